"""One cell of the map: a borrower at one stage says one thing; what is said, recorded, stopped and opened."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from ruamel.yaml import YAML
from sqlalchemy import func, select

from bot.bootstrap import Services
from bot.store.tables import Account, Case, Conversation, Feedback, FlaggedContact, Offer, Plan, Promise, Turn

MAP = Path(__file__).with_name("map.yml")
STAGES = (
    "before_identity",
    "verified",
    "negotiating",
    "awaiting_confirmation",
    "plan_active",
    "held",
    "closed",
)
HEADER = (
    "account_number,borrower_name,date_of_birth,phone,language,country,time_zone,currency,"
    "principal,interest,fees,due_date"
)


@dataclass(frozen=True)
class Cell:
    """What happens. ``says``: response names without ``utter_``; the others: what changed in the ledger."""

    says: tuple[str, ...]
    records: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: dict[str, Any]) -> Cell:
        return cls(**{name: tuple(values) for name, values in row.items()})

    def as_row(self) -> dict[str, list[str]]:
        return {name: list(values) for name, values in vars(self).items() if values or name == "says"}


def read_map() -> dict[str, dict[str, Any]]:
    """The map: by intent an example in English and in Chinese, and a cell for each stage."""
    return YAML(typ="safe").load(MAP.read_text(encoding="utf-8"))


class Board:
    """The running program with a borrower at any stage."""

    def __init__(self, url: str, services: Services) -> None:
        self.url, self.services = url, services
        self.prepare: dict[str, Callable[[str, str], None]] = {
            "before_identity": self._meet,
            "verified": self._prove,
            "negotiating": self._offer,
            "awaiting_confirmation": self._read_back,
            "plan_active": self._agree,
            "held": self._hold,
            "closed": self._prove,
        }

    def play(self, stage: str, text: str, language: str = "en") -> Cell:
        """Says one thing at one stage, in a conversation of that language."""
        mark = uuid.uuid4().hex[:10].upper()
        number, conversation = f"MAP-{mark}", f"map-{mark}"
        owed = "0.00,0.00,0.00" if stage == "closed" else "900.00,10.00,35.00"
        due = self.services.parts.now().date() - timedelta(days=60)
        row = f"{number},Robin Ashgrove,1990-05-12,+12025550142,{language},US,America/New_York,USD,{owed},{due}"
        self.services.portfolio.import_text(f"{HEADER}\n{row}\n", "map")
        token = self.services.conversations.claim(conversation, "web", None, language)
        self.prepare[stage](conversation, number)
        before = self._facts(conversation, number)
        body = {"conversation": conversation, "token": token, "text": text}
        answer = httpx.post(f"{self.url}/api/chat", json=body, timeout=60)
        answer.raise_for_status()
        after = self._facts(conversation, number)
        said = tuple(name.removeprefix("utter_") for name in after.pop("said"))
        before.pop("said")
        changed = [name for name, value in after.items() if value != before[name]]
        opened = tuple(sorted(after["cases"] - before["cases"]))
        return Cell(
            said,
            tuple(name for name in changed if name not in ("cases", "collection", "contact")),
            tuple(name for name in ("collection", "contact") if name in changed),
            opened,
        )

    def _facts(self, conversation_id: str, number: str) -> dict[str, Any]:
        with self.services.parts.store.transaction() as session:

            def count(table: Any, *where: Any) -> int:
                return session.scalar(select(func.count()).select_from(table).where(*where)) or 0

            account = self.services.accounts.find(session, number)
            assert account is not None
            conversation = session.get_one(Conversation, conversation_id)
            turns = select(Turn).where(Turn.conversation_id == conversation_id).order_by(Turn.id.desc()).limit(1)
            turn = session.scalars(turns).one_or_none()
            cases = session.scalars(select(Case.reason).where(Case.conversation_id == conversation_id))
            return {
                "said": list(turn.responses) if turn else [],
                "wish": conversation.wish,
                "language": conversation.language,
                "hardship": account.hardship,
                "refusal": conversation.refusals,
                "offers": count(Offer, Offer.account_id == account.id),
                "plan": count(Plan, Plan.account_id == account.id),
                "promise": count(Promise, Promise.account_id == account.id),
                "flagged": count(FlaggedContact, FlaggedContact.conversation_id == conversation_id),
                "feedback": count(
                    Feedback, Feedback.conversation_id == conversation_id, Feedback.given_at.is_not(None)
                ),
                "collection": account.hold,
                "contact": conversation.contact_stopped_at,
                "cases": set(cases),
            }

    def _turn(self, conversation: str, text: str) -> int:
        """A turn that the running program takes for answered and leaves alone; returns its id."""
        now = self.services.parts.now()
        row = Turn(conversation_id=conversation, key=uuid.uuid4().hex, text=text, received_at=now)
        row.status, row.responses = "answered", []
        with self.services.parts.store.transaction() as session:
            session.add(row)
            session.flush()
            turn = row.id
        self.services.conversations.begin(turn)
        return turn

    def _said(self, conversation: str, text: str, responses: Sequence[str]) -> int:
        """A turn that was answered; returns its id."""
        turn = self._turn(conversation, text)
        self.services.conversations.answer(turn, [], list(responses))
        return turn

    def _meet(self, conversation: str, number: str) -> None:
        self._said(conversation, "hello", ["utter_welcome", "utter_identity_ask_both"])
        self.services.conversations.ask(conversation, "identity")

    def _prove(self, conversation: str, number: str) -> None:
        with self.services.parts.store.transaction() as session:
            account = self.services.accounts.find(session, number)
            row = session.get_one(Conversation, conversation)
            assert isinstance(account, Account)
            row.account_id, row.verified_until = account.id, self.services.parts.now() + timedelta(hours=2)
        self._said(conversation, "hello", ["utter_identity_verified"])

    def _offer(self, conversation: str, number: str) -> None:
        self._prove(conversation, number)
        self.services.negotiation.offer(self._said(conversation, "instalments?", ["utter_options"]), "plan")

    def _read_back(self, conversation: str, number: str) -> None:
        self._offer(conversation, number)
        self.services.negotiation.choose(self._said(conversation, "the first", ["utter_read_back"]), 1)

    def _agree(self, conversation: str, number: str) -> None:
        self._read_back(conversation, number)
        turn = self._turn(conversation, "yes, I agree")
        self.services.negotiation.agree(turn)
        self.services.conversations.answer(turn, [], ["utter_agreed"])

    def _hold(self, conversation: str, number: str) -> None:
        self._prove(conversation, number)
        self.services.cases.open(conversation, "request_human")
        self._said(conversation, "a person please", ["utter_case_request_human", "utter_case_held"])
