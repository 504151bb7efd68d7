"""A past for the sample accounts, made through the same use cases that borrowers meet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.services.accounts import Accounts, UnknownAccount, active_plan
from bot.services.cases import Cases
from bot.services.negotiation import Negotiation
from bot.services.parts import Parts
from bot.store.tables import Account, Conversation, Turn


class SampleHistory:
    """Conversations that took place before the first start."""

    def __init__(self, parts: Parts, accounts: Accounts, negotiation: Negotiation, cases: Cases) -> None:
        self.parts = parts
        self.accounts = accounts
        self.negotiation = negotiation
        self.cases = cases

    def agree(self, number: str, entities: list[dict[str, Any]]) -> None:
        """A borrower named terms and said yes to their read-back."""
        read_back = self.negotiation.consider(self._turn(number, "terms"), entities)
        step = self.negotiation.agree(self._turn(number, "yes"), read_back.offers[0].id)
        if step.state != "agreed":
            raise AssertionError(f"the sample terms for {number} are outside the policy")

    def break_plan(self, number: str) -> None:
        """The first instalment was missed, and the plan ended."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            account = self._account(session, number)
            plan = active_plan(session, account.id)
            if plan is not None:
                plan.status, plan.ended_at = "broken", now
                for row in plan.instalments:
                    row.status = "missed" if row.number == 1 else "cancelled"
                self.parts.store.audit(session, now, "operator", "plan_broken", str(plan.id))

    def dispute(self, number: str) -> None:
        """A borrower said that the debt is wrong; a person looks into it."""
        self._turn(number, "I never received the second half of this loan.")
        self.cases.open(f"sample-{number}", "dispute_debt")

    def _turn(self, number: str, text: str) -> int:
        """One turn of a verified conversation of an account."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            account = self._account(session, number)
            name = f"sample-{number}"
            conversation = session.get(Conversation, name)
            if conversation is None:
                conversation = Conversation(
                    id=name, channel="web", language=account.language, created_at=now, updated_at=now
                )
                conversation.account_id = account.id
                conversation.verified_until = now + timedelta(minutes=5)
                session.add(conversation)
                session.flush()
            turn = Turn(
                conversation_id=name,
                key=text[:40],
                text=text,
                status="answered",
                responses=[],
                received_at=now,
                answered_at=now,
            )
            session.add(turn)
            session.flush()
            return turn.id

    def _account(self, session: Any, number: str) -> Account:
        account = self.accounts.find(session, number)
        if account is None:
            raise UnknownAccount(f"there is no account {number}")
        return account
