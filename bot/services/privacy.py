"""What a borrower may ask about their data: all of it, its erasure, and why a machine offered what it did.

What is kept is kept for a reason and until a day: the contract, the ledger, agreements and disputes while something is
owed and for some years after; everything else may go at once. Nothing on the audit chain is changed: it holds no words.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from bot.services.accounts import (
    Accounts,
    UnknownAccount,
    active_plan,
    agreed_plan,
    balance_of,
    credit_of,
    offer_json,
    open_promises,
    payment_json,
    plan_json,
    promise_json,
    verified_account,
)
from bot.services.affordability import Affordability
from bot.services.cases import Cases, reference
from bot.services.feedback import feedback_json
from bot.services.parts import Parts
from bot.services.privacy_cases import forget_work_on, work_on
from bot.store.tables import (
    Account,
    Attachment,
    AuditRecord,
    Button,
    Case,
    Conversation,
    Disclosure,
    Feedback,
    FlaggedContact,
    ForumButton,
    ForumTopic,
    IdentityCheck,
    Incident,
    LedgerEntry,
    Offer,
    OutboxMessage,
    Passcode,
    Payment,
    Plan,
    Promise,
    TelegramChat,
    TelegramMessage,
    TelegramUpdate,
    Turn,
)

ERASED = "erased"
IDENTIFYING = ("start", "identifying", "passcode")
# Cases whose words are evidence of what was disputed, claimed or complained about.
EVIDENCE = (
    "dispute_debt",
    "claim_already_paid",
    "report_fraud",
    "report_bankruptcy",
    "legal_representation",
    "report_death",
    "complain",
    "payment_reversed",
    "object_to_automation",
)
PURPOSES = {
    "account": "to look after the debt and to know who may speak about it",
    "ledger, plans, promises, payments, offers": "to perform the agreement and to prove what is owed and was agreed",
    "conversations, outbox": "to answer you, and as evidence for both sides of what was said",
    "case_events, mentions, decisions, agent_files": "so that colleagues know what was done and said about a case",
    "cases": "so that a person can decide what a machine should not",
    "budget, hardship": "so that nothing is offered that you cannot afford; the budget is erased after 90 days",
    "disclosures": "to prove that you were told what the law wants told",
    "identity checks, passcodes": "so that nobody else learns about your account",
    "feedback": "to do better",
    "audit": "to prove that nothing was changed; it holds no words and no names",
}


@dataclass(frozen=True)
class Explained:
    """By which policy and rule the last offer was made. ``group``: the part of the policy, which goes by days late."""

    kind: str
    made_on: date
    policy: str
    version: str
    group: str


class Privacy:
    """Export, erasure and explanation of what is held about one borrower."""

    def __init__(self, parts: Parts, accounts: Accounts, cases: Cases, affordability: Affordability) -> None:
        self.parts = parts
        self.accounts = accounts
        self.cases = cases
        self.affordability = affordability

    def explain(self, conversation_id: str) -> Explained | None:
        """How the last offer to a conversation's verified borrower came about; None where there is none."""
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            account = verified_account(session, conversation, self.parts.now())
            if account is None:
                return None
            query = select(Offer).where(Offer.account_id == account.id).order_by(Offer.created_at.desc(), Offer.option)
            picked = json.loads(conversation.draft or "{}").get("selected")
            last = session.get(Offer, picked) if picked else session.scalars(query.limit(1)).one_or_none()
            if last is None:
                return None
            return Explained(
                kind=last.kind,
                made_on=last.created_at.date(),
                policy=last.policy,
                version=last.policy_version[:8],
                group=last.rule.rpartition(", ")[0] or last.rule,
            )

    # -- everything that is held

    def export(self, number: str) -> dict[str, Any]:
        """Everything that is held about the borrower of an account, what for and until when. Raises UnknownAccount."""
        with self.parts.store.reading() as session:
            account = self._find(session, number)
            held = _Held.of(session, account)
            cur = account.currency
            return {
                # The keyed hashes say nothing that is not here in the clear.
                "account": _without(_row(account), "number_hash", "phone_hash"),
                "owed": balance_of(session, account).as_json(),
                "credit": credit_of(session, account).as_json(),
                "purposes": PURPOSES,
                "retention": self._retention(session, account),
                "ledger": [_row(row) for row in _of(session, LedgerEntry, account)],
                "plans": [plan_json(row, cur) for row in _of(session, Plan, account)],
                "promises": [promise_json(row, cur) for row in _of(session, Promise, account)],
                "payments": [payment_json(row, cur) for row in _of(session, Payment, account)],
                "offers": [{**offer_json(row), "rule": row.rule} for row in held.offers],
                "conversations": [held.conversation_json(c) for c in held.conversations],
                "cases": [{**_row(case), "id": reference(case.id)} for case in held.cases],
                **{name: [_row(row) for row in rows] for name, rows in work_on(session, held.cases).items()},
                "outbox": [_row(row) for row in held.outbox],
                "disclosures": [_row(row) for row in held.disclosures],
                "flagged_contacts": [_row(row) for row in held.flagged],
                "feedback": [feedback_json(row) for row in held.feedback],
                "identity_checks": [_row(row) for row in held.checks],
                "passcodes": [_without(_row(row), "code_hash") for row in held.passcodes],
                "incidents": [_row(row) for row in held.incidents],
                "attachments": [_row(row) for row in held.attachments],
                "telegram_chats": [_row(row) for row in held.chats],
                "audit": [
                    {k: v for k, v in _row(record).items() if k != "hash"}
                    for record in _audited(session, account, held)
                ],
            }

    # -- erasure

    def erase(self, number: str, by: str, dry_run: bool = False) -> dict[str, Any]:
        """Erases what may be erased about a borrower, and says what is kept, why and until when.

        A second time changes nothing. ``dry_run``: only says what would be done. Raises UnknownAccount.
        """
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            account = self._find(session, number)
            trial = session.begin_nested()
            retention = self._retention(session, account)
            held = _Held.of(session, account)
            erased = self._words(session, account, held, everything=retention["over"])
            if retention["over"]:
                erased += _nameless(session, account, held)
            if dry_run:
                trial.rollback()
                session.expire_all()
            else:
                trial.commit()
                if erased:
                    account.erased_at = account.updated_at = now
                    self.parts.store.audit(
                        session, now, by[:40], "data_erased", account.number_hash, account=account.id, **erased
                    )
            return {
                "account_number": number,
                "by": by,
                "dry_run": dry_run,
                "erased": dict(sorted(erased.items())),
                "kept": _kept(retention),
                "retention": retention,
            }

    def _words(self, session: Session, account: Account, held: _Held, everything: bool) -> Counter[str]:
        """Erases what nobody needs, or all words; how many of each."""
        done: Counter[str] = Counter()
        done["budget"] += self.affordability.forget_within(account, held.own)
        if account.hardship is not None:
            account.hardship = None
            done["hardship"] += 1
        for conversation in held.own:
            done["what conversations were about"] += _forget_talk(session, conversation)
        needed = set() if everything else held.evidence(session)
        for turn in held.turns:
            if turn.id not in needed and turn.status == "answered":
                turn.text, turn.reply, turn.responses, turn.status = "", "[]", [], ERASED
                turn.intent = turn.confidence = turn.button_id = None
                done["turns"] += 1
        whose = [conversation.id for conversation in held.own]
        done["buttons"] += _deleted(session, Button, Button.conversation_id.in_(whose))
        done["passcodes"] += _deleted(session, Passcode, Passcode.account_id == account.id)
        for message in held.outbox:
            if message.status != ERASED:
                message.body, message.address, message.status = "", "", ERASED
                done["messages"] += 1
        for incident in held.incidents:
            if incident.error:
                incident.error = ""
                done["incidents"] += 1
        done["attachments"] += _deleted(session, Attachment, Attachment.id.in_([row.id for row in held.attachments]))
        for chat in held.chats:
            done["telegram messages"] += _forget_chat(session, chat.chat_id)
        for row in held.feedback:
            if row.words is not None:
                row.words = None
                done["feedback"] += 1
        for case in held.cases:
            if everything or case.reason not in EVIDENCE:
                done["case summaries"] += self._forget_case(session, case)
                if everything or case.resolved_at is not None:
                    done += forget_work_on(session, case)
        return +done

    def _forget_case(self, session: Session, case: Case) -> int:
        """Leaves of a case that it was there; one that is still open keeps what a person needs for it."""
        before = (case.summary, case.outcome)
        if case.resolved_at is not None:
            case.summary, case.outcome = "", None
            _forget_topic(session, case.id)
        else:
            session.flush()
            self.cases.sum_up(session, case)
        return int(before != (case.summary, case.outcome))

    def _retention(self, session: Session, account: Account) -> dict[str, Any]:
        """Whether something is owed or open, and until when records are kept."""
        years = self.parts.contact_of(account).retention_years
        owed = balance_of(session, account).total.minor > 0 or credit_of(session, account).minor > 0
        running = (
            active_plan(session, account.id) or agreed_plan(session, account.id) or open_promises(session, account.id)
        )
        waits = session.scalars(
            select(Case.id).where(Case.account_id == account.id, Case.resolved_at.is_(None), Case.reason.in_(EVIDENCE))
        ).first()
        last = _last_activity(session, account)
        until = _years_later(last, years)
        why = "owed" if owed else "agreed" if running else "disputed" if waits else "retention"
        over = why == "retention" and self.parts.today(account.time_zone) > until
        return {
            "over": over,
            "why": None if over else why,
            "years": years,
            "last_activity": last.isoformat(),
            "until": until.isoformat() if why == "retention" else None,
        }

    def _find(self, session: Session, number: str) -> Account:
        account = self.accounts.find(session, number)
        if account is None:
            raise UnknownAccount(f"there is no account {number}")
        return account


@dataclass(frozen=True)
class _Held:
    """The rows about one borrower. ``own``: conversations that are this account's now; of others in which its borrower
    once proved who they are, only the turns of that time."""

    account: Account
    conversations: Sequence[Conversation]
    own: Sequence[Conversation]
    turns: Sequence[Turn]
    offers: Sequence[Offer]
    cases: Sequence[Case]
    outbox: Sequence[OutboxMessage]
    disclosures: Sequence[Disclosure]
    flagged: Sequence[FlaggedContact]
    feedback: Sequence[Feedback]
    checks: Sequence[IdentityCheck]
    passcodes: Sequence[Passcode]
    incidents: Sequence[Incident]
    attachments: Sequence[Attachment]
    chats: Sequence[TelegramChat]

    @classmethod
    def of(cls, session: Session, account: Account) -> _Held:
        proven = select(IdentityCheck.conversation_id).where(
            IdentityCheck.account_id == account.id, IdentityCheck.factor == "passcode", IdentityCheck.passed.is_(True)
        )
        whose = or_(Conversation.account_id == account.id, Conversation.id.in_(proven))
        talks = session.scalars(select(Conversation).where(whose).order_by(Conversation.created_at)).all()
        own = [talk for talk in talks if talk.account_id in (account.id, None)]
        ids = [talk.id for talk in own]

        def rows(table: Any) -> Sequence[Any]:
            mine = or_(table.account_id == account.id, table.account_id.is_(None) & table.conversation_id.in_(ids))
            return session.scalars(select(table).where(mine).order_by(table.id)).all()

        def by_conversation(table: Any) -> Sequence[Any]:
            return session.scalars(select(table).where(table.conversation_id.in_(ids)).order_by(table.id)).all()

        return cls(
            account=account,
            conversations=talks,
            own=own,
            turns=[turn for talk in talks for turn in _turns(session, talk, account)],
            offers=_of(session, Offer, account, Offer.created_at),
            cases=rows(Case),
            outbox=rows(OutboxMessage),
            disclosures=rows(Disclosure),
            flagged=by_conversation(FlaggedContact),
            feedback=rows(Feedback),
            checks=rows(IdentityCheck),
            passcodes=_of(session, Passcode, account),
            incidents=by_conversation(Incident),
            attachments=by_conversation(Attachment),
            chats=session.scalars(select(TelegramChat).where(TelegramChat.conversation_id.in_(ids))).all(),
        )

    def conversation_json(self, conversation: Conversation) -> dict[str, Any]:
        """A conversation with every turn of the borrower's; what is open in it belongs to whoever has it now."""
        hidden = ("secret_hash",) if conversation in self.own else ("secret_hash", "claimed", "wish", "draft")
        turns = [_row(turn) for turn in self.turns if turn.conversation_id == conversation.id]
        return {**_without(_row(conversation), *hidden), "turns": turns}

    def evidence(self, session: Session) -> set[int]:
        """Turns on which an agreement or a dispute rests."""
        agreed = {offer.id for offer in self.offers if offer.status == "accepted"}
        needed = {offer.turn_id for offer in self.offers if offer.id in agreed}
        yes = session.scalars(
            select(AuditRecord).where(AuditRecord.action == "terms_agreed", AuditRecord.subject.in_(agreed))
        )
        needed |= {record.data["turn"] for record in yes if record.data.get("turn")}
        for case in self.cases:
            if case.reason in EVIDENCE:
                needed |= {turn.id for turn in self.turns if _belongs(turn, case)}
        return needed


def _belongs(turn: Turn, case: Case) -> bool:
    """Whether a turn opened a case or was said while it was open."""
    if turn.conversation_id != case.conversation_id:
        return False
    until = case.resolved_at
    return (turn.answered_at or turn.received_at) >= case.opened_at and (until is None or turn.received_at <= until)


def _turns(session: Session, conversation: Conversation, account: Account) -> list[Turn]:
    """The turns of an account's borrower. Where a conversation has had several accounts, what was said while somebody
    proved who they are belongs to the proof that follows it, everything else to the proof before it."""
    proofs = session.scalars(
        select(IdentityCheck)
        .where(
            IdentityCheck.conversation_id == conversation.id,
            IdentityCheck.factor == "passcode",
            IdentityCheck.passed.is_(True),
        )
        .order_by(IdentityCheck.at, IdentityCheck.id)
    ).all()
    turns = session.scalars(select(Turn).where(Turn.conversation_id == conversation.id).order_by(Turn.id)).all()
    if len({proof.account_id for proof in proofs}) < 2:
        return list(turns)

    def owner(turn: Turn) -> int | None:
        before = [proof for proof in proofs if proof.at < turn.received_at]
        after = [proof for proof in proofs if proof.at >= turn.received_at]
        nearest = (after[:1] or before[-1:]) if turn.stage in IDENTIFYING or not before else before[-1:]
        return nearest[0].account_id

    return [turn for turn in turns if owner(turn) == account.id]


def _forget_talk(session: Session, conversation: Conversation) -> int:
    """Erases what a conversation was about; what was open in it is closed."""
    before = (conversation.claimed, conversation.wish, conversation.draft, conversation.phrasings)
    for offer in session.scalars(select(Offer).where(Offer.conversation_id == conversation.id, Offer.status == "open")):
        offer.status = "superseded"
    conversation.claimed = conversation.wish = conversation.draft = None
    conversation.phrasings = {}
    conversation.asked = ""
    return int(any(before))


def _forget_chat(session: Session, chat_id: int) -> int:
    """Takes away what is still written down of a chat's messages; what waits to be sent is not sent any more."""
    session.execute(
        update(TelegramUpdate)
        .where(TelegramUpdate.chat_id == chat_id, TelegramUpdate.status == "failed")
        .values(payload=None)
    )
    count = session.execute(
        update(TelegramMessage)
        .where(TelegramMessage.chat_id == chat_id, TelegramMessage.payload.is_not(None))
        .values(payload=None, status="blocked")
    ).rowcount  # type: ignore[attr-defined]
    return int(count)


def _forget_topic(session: Session, case_id: int) -> None:
    """Has the topic of a case taken down in the agents' group, and forgets what its buttons were for."""
    session.execute(update(ForumTopic).where(ForumTopic.case_id == case_id).values(status="erased"))
    session.execute(delete(ForumButton).where(ForumButton.case_id == case_id))
    session.execute(
        update(TelegramMessage)
        .where(TelegramMessage.key.like(f"topic:{case_id}:%"), TelegramMessage.payload.is_not(None))
        .values(payload=None, status="blocked")
    )


def _nameless(session: Session, account: Account, held: _Held) -> Counter[str]:
    """Takes names, contact details and the words of agreements from records that have outlived their time.

    The keyed hash of the number stays, so that a later import knows the account.
    """
    done: Counter[str] = Counter()
    if account.borrower_name or account.phone:
        account.number = account.borrower_name = account.date_of_birth = account.phone = account.phone_hash = ""
        account.email = account.national_id = account.telegram_username = None
        done["names and contact details"] += 1
    for row in (*_of(session, Plan, account), *_of(session, Promise, account)):
        if row.agreed_words:
            row.agreed_words = ""
            done["words of agreements"] += 1
    for conversation in held.own:
        conversation.verified_until = None
    chats = [chat.chat_id for chat in held.chats]
    done["telegram chats"] += _deleted(session, TelegramChat, TelegramChat.chat_id.in_(chats))
    done["identity checks"] += _deleted(session, IdentityCheck, IdentityCheck.account_id == account.id)
    return +done


def _kept(retention: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What stays after an erasure, why and until when."""
    until = retention["until"]
    years = retention["years"]
    why = {
        "owed": f"something is owed or held; kept for {years} years after the last of it",
        "agreed": f"an agreement runs; kept for {years} years after its end",
        "disputed": f"a dispute or complaint is open; kept for {years} years after its end",
        "retention": f"records are kept for {years} years after the last activity",
        None: "",
    }[retention["why"]]
    audit = {"what": "the audit chain: who did what and when, without words or names", "why": "proof", "until": None}
    ledger = "the ledger and offers: figures and dates"
    if retention["over"]:
        return [{"what": f"{ledger}, without a name", "why": "the books add up", "until": None}, audit]
    return [
        {"what": "the contract: name, birth date, contact details, what was lent", "why": why, "until": until},
        {"what": ledger, "why": why, "until": until},
        {"what": "agreements with the words of the yes, and the turns they rest on", "why": why, "until": until},
        {"what": "disputes and complaints with what was said about them", "why": why, "until": until},
        {
            "what": "disclosures, identity checks, flagged addresses and marks, without words",
            "why": why,
            "until": until,
        },
        audit,
    ]


def _last_activity(session: Session, account: Account) -> date:
    """The last day on which something happened to the debt, its agreements or its disputes."""
    moments: list[datetime | None] = [account.created_at]
    for column, whose in (
        (LedgerEntry.recorded_at, LedgerEntry.account_id),
        (Plan.agreed_at, Plan.account_id),
        (Plan.ended_at, Plan.account_id),
        (Promise.agreed_at, Promise.account_id),
        (Payment.recorded_at, Payment.account_id),
    ):
        moments += session.scalars(select(column).where(whose == account.id)).all()
    resolved = select(Case.resolved_at).where(Case.account_id == account.id, Case.reason.in_(EVIDENCE))
    moments += session.scalars(resolved).all()
    return max(moment for moment in moments if moment is not None).date()


def _years_later(day: date, years: int) -> date:
    """The same day some years later; of the 29th of February the 1st of March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _of(session: Session, table: Any, account: Account, order: Any = None) -> Sequence[Any]:
    """The rows of a table that belong to an account, oldest first."""
    query = select(table).where(table.account_id == account.id).order_by(table.id if order is None else order)
    rows: Sequence[Any] = session.scalars(query).all()
    return rows


def _deleted(session: Session, table: Any, which: Any) -> int:
    """Deletes rows; how many there were."""
    count = session.execute(delete(table).where(which)).rowcount  # type: ignore[attr-defined]
    return int(count)


def _audited(session: Session, account: Account, held: _Held) -> Iterable[AuditRecord]:
    """The records of the audit chain about a borrower: by the account, their conversations, offers and cases."""
    subjects = {account.number_hash, *(row.id for row in held.own), *(row.id for row in held.offers)}
    subjects |= {reference(case.id) for case in held.cases}
    for record in session.scalars(select(AuditRecord).order_by(AuditRecord.seq).execution_options(yield_per=500)):
        if record.data.get("account") == account.id or record.subject in subjects:
            yield record


def _without(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _row(row: Any) -> dict[str, Any]:
    """Every column of a row, days and moments as text."""
    values = {column.name: getattr(row, column.name) for column in row.__table__.columns}
    return {name: v.isoformat() if isinstance(v, (date, datetime)) else v for name, v in values.items()}
