"""Identity: two factors before a word of anybody's affairs.

Knowledge (account number or registered phone, and the date of birth), then possession
(a six-digit passcode to the registered phone or e-mail). Whatever is tried, the answer is the
same whether or not there is such an account; five tries of either factor that lead nowhere lock for a day
and open a case.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain.identification import Identification, normal_number, read_identification
from bot.services.accounts import Accounts, verified_account
from bot.services.affordability import question_left
from bot.services.cases import CaseOpened, Cases
from bot.services.outbox import enqueue_words
from bot.services.parts import Parts, new_id
from bot.store.tables import Account, Conversation, IdentityCheck, Passcode

TRIES = 5
LOCK = timedelta(days=1)
PASSCODE_LIFETIME = timedelta(minutes=10)
NUMBERS_KEPT = 12
# What is remembered of somebody who said that they are not the borrower: nobody asks them who they are.
DENIED = "denied"

Outcome = Literal[
    "already",
    "ask_both",
    "ask_number",
    "ask_birth_date",
    "passcode_sent",
    "await_passcode",
    "wrong_passcode",
    "verified",
    "locked",
    "not_them",
]


@dataclass(frozen=True)
class IdentityStep:
    """Where proving one's identity stands after a message."""

    outcome: Outcome
    tries_left: int = TRIES
    case: CaseOpened | None = None


class Identity:
    """Proving who one is, step by step."""

    def __init__(self, parts: Parts, accounts: Accounts, cases: Cases) -> None:
        self.parts = parts
        self.accounts = accounts
        self.cases = cases

    def is_verified(self, conversation_id: str) -> bool:
        """Whether the person in a conversation has proven who they are, and the proof is still good."""
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            return verified_account(session, conversation, self.parts.now()) is not None

    def start(self, conversation_id: str, text: str = "", entities: Sequence[dict[str, Any]] = ()) -> IdentityStep:
        """Asks for the first factor, or for the piece of it that is still missing.

        A message that says something else may identify its writer in passing; then it is taken as that, too.
        """
        given = read_identification(text, entities, self.parts.now().date())
        if given.birth_dates or any(e["entity"] in ("account_number", "phone") for e in entities):
            return self.identify(conversation_id, text, entities)
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            now = self.parts.now()
            if verified_account(session, conversation, now):
                return IdentityStep("already")
            if conversation.locked_until and conversation.locked_until > now:
                return IdentityStep("locked", 0, self.cases.open_within(session, conversation, "identity_locked"))
            if conversation.asked == "passcode":
                return IdentityStep("await_passcode")
            if conversation.asked == DENIED:
                return IdentityStep("not_them")
            conversation.asked = "identity"
            numbers, birth_dates = _claimed(conversation)
            if numbers:
                return IdentityStep("ask_birth_date")
            return IdentityStep("ask_number" if birth_dates else "ask_both")

    def withdraw(self, conversation_id: str) -> None:
        """Ends a proof, because somebody else writes now: nothing more is revealed until it is given again."""
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            now = self.parts.now()
            if verified_account(session, conversation, now):
                conversation.verified_until = None
                self.parts.store.audit(session, now, "bot", "identity_withdrawn", conversation.id)

    def identify(self, conversation_id: str, text: str, entities: Sequence[dict[str, Any]]) -> IdentityStep:
        """Takes what a message holds of identification and says what comes next."""
        now = self.parts.now()
        given = read_identification(text, entities, now.date())
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            if verified_account(session, conversation, now):
                return IdentityStep("already")
            if conversation.locked_until and conversation.locked_until > now:
                return IdentityStep("locked", 0, self.cases.open_within(session, conversation, "identity_locked"))
            if conversation.asked == "passcode" and given.passcode and not given.birth_dates:
                return self._check_passcode(session, conversation, given.passcode, now)
            named = {normal_number(str(e["value"])) for e in entities if e["entity"] in ("account_number", "phone")}
            return self._check_knowledge(session, conversation, given, named, now)

    def _check_knowledge(
        self, session: Session, conversation: Conversation, given: Identification, named: set[str], now: datetime
    ) -> IdentityStep:
        known_numbers, known_dates = _claimed(conversation)
        numbers = list(dict.fromkeys([*sorted(given.numbers), *known_numbers]))[:NUMBERS_KEPT]
        birth_dates = sorted(day.isoformat() for day in given.birth_dates) or known_dates
        complete = bool(numbers and birth_dates)
        conversation.claimed = json.dumps([numbers, [] if complete else birth_dates])
        if conversation.asked == "passcode" and not given.birth_dates:
            # Another number than before puts the first one right; its birth date is not kept and is asked once more.
            return IdentityStep("ask_birth_date" if named - set(known_numbers) else "await_passcode")
        conversation.asked = "identity"
        if not complete:
            return IdentityStep("ask_birth_date" if numbers else "ask_number" if birth_dates else "ask_both")
        found = self.accounts.candidates(session, numbers)
        account = next((a for a in found if a.date_of_birth in birth_dates), None)
        usable = account is not None and not (account.locked_until and account.locked_until > now)
        self._note(session, conversation, account or next(iter(found), None), "knowledge", usable, now)
        conversation.asked = "passcode"
        step = self._after_try(session, conversation, next(iter(found), None), "knowledge", now, "passcode_sent")
        if account is not None and usable and step.outcome == "passcode_sent":
            self._send_passcode(session, conversation, account, now)
        return step

    def _check_passcode(self, session: Session, conversation: Conversation, code: str, now: datetime) -> IdentityStep:
        passcode = session.scalars(
            select(Passcode).where(Passcode.conversation_id == conversation.id).order_by(Passcode.id.desc()).limit(1)
        ).one_or_none()
        fits = (
            passcode is not None
            and passcode.used_at is None
            and passcode.expires_at > now
            and secrets.compare_digest(passcode.code_hash, self._hash(conversation, code))
        )
        account = session.get(Account, passcode.account_id) if passcode else None
        self._note(session, conversation, account, "passcode", fits, now)
        if not fits or passcode is None or account is None:
            return self._after_try(session, conversation, account, "passcode", now, "wrong_passcode")
        passcode.used_at = now
        if conversation.account_id not in (None, account.id):
            conversation.draft = None  # what is on the table for one account is nothing to the borrower of another
        conversation.account_id = account.id
        conversation.verified_until = now + timedelta(minutes=self.parts.settings.verified_minutes)
        conversation.claimed = None
        # A form goes on; terms that were read back, or approved meanwhile, still wait for a yes, options for a choice.
        open_terms = json.loads(conversation.draft or "{}")
        on_the_table = "confirm" if open_terms.get("selected") else "choose" if open_terms.get("offers") else ""
        conversation.asked = question_left(conversation) or on_the_table
        self.parts.store.audit(session, now, "borrower", "identity_proven", conversation.id, account=account.id)
        return IdentityStep("verified")

    def _send_passcode(self, session: Session, conversation: Conversation, account: Account, now: datetime) -> None:
        sent = session.scalar(
            select(func.count())
            .select_from(Passcode)
            .where(Passcode.account_id == account.id, Passcode.created_at > now - timedelta(days=1))
        )
        if (sent or 0) >= self.parts.settings.passcodes_a_day:
            return
        code = f"{secrets.randbelow(1_000_000):06d}"
        passcode = Passcode(
            conversation_id=conversation.id,
            account_id=account.id,
            code_hash=self._hash(conversation, code),
            created_at=now,
            expires_at=now + PASSCODE_LIFETIME,
        )
        session.add(passcode)
        session.flush()
        enqueue_words(
            self.parts,
            session,
            invited=True,
            key=new_id("passcode"),  # ids of rows are used again after an erasure
            kind="passcode",
            conversation=conversation,
            account=account,
            channel="sms",
            address=account.phone,
            response="utter_passcode",
            facts={"code": code},
        )
        self.parts.store.audit(session, now, "bot", "passcode_sent", conversation.id, account=account.id)

    def _after_try(
        self,
        session: Session,
        conversation: Conversation,
        account: Account | None,
        factor: Literal["knowledge", "passcode"],
        now: datetime,
        outcome: Outcome,
    ) -> IdentityStep:
        """Counts tries: after five of one factor the conversation is locked, after five failures the account.

        Details count whether or not they are right, and apart from passcodes; else the count would tell.
        """
        failed = IdentityCheck.passed.is_(False)
        if account is not None and self._tries(session, IdentityCheck.account_id == account.id, failed, now) >= TRIES:
            account.locked_until = now + LOCK
        tried = self._tries(
            session, IdentityCheck.conversation_id == conversation.id, IdentityCheck.factor == factor, now
        )
        if tried < TRIES:
            return IdentityStep(outcome, TRIES - tried)
        conversation.locked_until = now + LOCK
        conversation.claimed = None
        self.parts.store.audit(session, now, "bot", "identity_locked", conversation.id)
        return IdentityStep("locked", 0, self.cases.open_within(session, conversation, "identity_locked"))

    def _tries(self, session: Session, whose: Any, which: Any, now: datetime) -> int:
        """Checks since the last one that passed by passcode, at most a day back."""
        passed = session.scalar(
            select(func.max(IdentityCheck.id)).where(
                whose, IdentityCheck.factor == "passcode", IdentityCheck.passed.is_(True)
            )
        )
        return (
            session.scalar(
                select(func.count())
                .select_from(IdentityCheck)
                .where(
                    whose,
                    which,
                    IdentityCheck.at > now - LOCK,
                    IdentityCheck.id > (passed or 0),
                )
            )
            or 0
        )

    def _note(
        self,
        session: Session,
        conversation: Conversation,
        account: Account | None,
        factor: str,
        passed: bool,
        now: datetime,
    ) -> None:
        session.add(
            IdentityCheck(
                conversation_id=conversation.id,
                account_id=account.id if account else None,
                factor=factor,
                passed=passed,
                at=now,
            )
        )
        session.flush()
        self.parts.store.audit(
            session, now, "borrower", "identity_check", conversation.id, factor=factor, passed=passed
        )

    def _hash(self, conversation: Conversation, code: str) -> str:
        return self.parts.store.keyring.keyed_hash(f"{conversation.id}:{code}", "passcode")


def _claimed(conversation: Conversation) -> tuple[list[str], list[str]]:
    """The numbers that were named so far, and birth dates that were named before any number."""
    numbers, birth_dates = json.loads(conversation.claimed) if conversation.claimed else ([], [])
    return numbers, birth_dates
