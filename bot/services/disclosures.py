"""What the law wants said: which disclosures are due, once each as their rule says, and the record of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from bot.domain.contact import ContactPack, Kind, dispute_by
from bot.services.accounts import balance_of, status_of, verified_account
from bot.services.cases import DISTRESS
from bot.services.parts import Parts
from bot.services.reminders import NO_DEMAND, collector_notice
from bot.store.tables import Account, Conversation, Disclosure

AT_START: tuple[Kind, ...] = ("automated", "stop")
AFTER_IDENTITY: tuple[Kind, ...] = ("collector", "validation", "stop")
STOPPED = "utter_contact_stopped"
SAID_ANY = select(Disclosure.id).where(Disclosure.conversation_id == bindparam("conversation")).limit(1)


@dataclass(frozen=True)
class Notice:
    """What has to be said now that identity is proven: the parts by name, and the facts for all of them."""

    parts: tuple[str, ...]
    facts: dict[str, Any]


class Disclosures:
    """Says what is due and writes down that it was said, by which rules, in which version."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def at_start(self, conversation_id: str, responses: Collection[str]) -> list[Kind]:
        """What belongs into the first answer of a conversation, by the strictest rules; nothing in any later one.

        ``responses``: what is answered. Whoever is in distress reads nothing but that a machine is writing, and whoever
        stops all messages is not told how to.
        """
        with self.parts.store.transaction() as session:
            if session.scalars(SAID_ANY, {"conversation": conversation_id}).one_or_none() is not None:
                return []
            pack = self.parts.contact(None)
            kinds = [kind for kind in AT_START if pack.says(kind, "start")]
            if {STOPPED, f"utter_case_{DISTRESS}"} & set(responses):
                kinds = [kind for kind in kinds if kind != "stop"]
            self._record(session, conversation_id, None, pack, kinds)
            return kinds

    def after_identity(self, conversation_id: str) -> Notice | None:
        """What is due as soon as identity is proven: in full the first time, in short in each later session.

        None before identity, where nothing is due, and while nothing is demanded.
        """
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            account = verified_account(session, session.get_one(Conversation, conversation_id), now)
            if account is None:
                return None
            today = self.parts.today(account.time_zone)
            if status_of(session, account, today) in NO_DEMAND:
                return None
            pack = self.parts.contact_of(account)
            said = set(session.scalars(select(Disclosure.kind).where(Disclosure.account_id == account.id)))
            due = [
                kind for kind in AFTER_IDENTITY if pack.says(kind, "every_later" if kind in said else "first_message")
            ]
            if not due:
                return None
            self._record(session, conversation_id, account, pack, due)
            names = tuple(self._name(kind, kind in said) for kind in due)
            return Notice(names, self._facts(session, account, pack, today))

    def of_debt(self, conversation_id: str, disputed: bool = False) -> Notice | None:
        """What is due whenever a debt is disputed, or somebody asks what it is: whose it is, until when it can be
        disputed. The time for that runs from when it was said for the first time.

        None before identity, where the rules do not ask for it, and after that time unless it is disputed.
        """
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            account = verified_account(session, session.get_one(Conversation, conversation_id), now)
            pack = self.parts.contact_of(account)
            if account is None or not pack.says("validation", "when_asked"):
                return None
            said = select(func.min(Disclosure.at)).where(
                Disclosure.account_id == account.id, Disclosure.kind == "validation"
            )
            zone, today = ZoneInfo(account.time_zone), self.parts.today(account.time_zone)
            first = session.scalar(said)
            facts = self._facts(session, account, pack, first.astimezone(zone).date() if first else today)
            past = facts["dispute_by"] < today
            if past and not disputed:
                return None
            self._record(session, conversation_id, account, pack, ["validation"])
            return Notice(("particulars_past" if past else "particulars",), facts)

    def _name(self, kind: Kind, later: bool) -> str:
        """The words for a disclosure: a debt collector's where the lender collects for others."""
        if kind == "stop":
            return "stop_reminder"  # how to stop messages was said when the conversation began
        name = collector_notice(self.parts) if kind == "collector" else kind
        return f"{name}_later" if later and kind == "collector" else name

    def _facts(self, session: Session, account: Account, pack: ContactPack, sent_on: date) -> dict[str, Any]:
        balance = balance_of(session, account)
        return {
            "lender": self.parts.lender.name,
            "creditor": account.lender or self.parts.lender.name,
            "account": account.number[-4:],
            "total": balance.total,
            "principal": balance.principal,
            "interest": balance.interest,
            "fees": balance.fees,
            "dispute_by": dispute_by(pack.validation, sent_on, account.country),
        }

    def _record(
        self,
        session: Session,
        conversation_id: str,
        account: Account | None,
        pack: ContactPack,
        kinds: Collection[Kind],
    ) -> None:
        now = self.parts.now()
        about = {"jurisdiction": pack.jurisdiction, "version": pack.version}
        for kind in kinds:
            row = Disclosure(conversation_id=conversation_id, kind=kind, at=now, **about)
            row.account_id = account.id if account else None
            session.add(row)
        if kinds:
            self.parts.store.audit(session, now, "bot", "disclosed", conversation_id, kinds=list(kinds), **about)
