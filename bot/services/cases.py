"""Cases: what a person has to decide, with all that they need to see at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.money import Money
from bot.services.accounts import active_plan, agreed_plan, balance_of, open_promises, verified_account
from bot.services.affordability import budget_of
from bot.services.feedback import ask_after_case
from bot.services.parts import Parts
from bot.store.tables import Account, Case, Conversation, Offer, Turn

URGENCY = ("low", "normal", "high", "urgent")
LAST_TURNS = 8
# What no borrower asked for: an agent's words about it are uninvited.
OPENED_BY_THE_LEDGER = ("plan_broken", "promise_broken", "payment_reversed")
DISTRESS = "express_distress"


class UnknownCase(LookupError):
    """There is no case with that id."""


@dataclass(frozen=True)
class CaseOpened:
    """What a borrower may be told of their case."""

    reference: str
    answer_by: datetime
    time_zone: str
    holds: bool
    country: str | None
    stops_collection: bool = False


class Cases:
    """Opening cases, showing them, giving conversations back to the bot."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def open(self, conversation_id: str, reason: str, about: str | None = None) -> CaseOpened:
        """Opens a case of a conversation for a reason of the hand-over rules, or adds the reason to the open one.

        ``about``: one word for what it is about, where the reason alone does not say.
        """
        with self.parts.store.transaction() as session:
            return self.open_within(session, session.get_one(Conversation, conversation_id), reason, about=about)

    def open_within(
        self,
        session: Session,
        conversation: Conversation,
        reason: str,
        account: Account | None = None,
        about: str | None = None,
    ) -> CaseOpened:
        """The same inside a transaction that is under way.

        ``account``: whose account it is about, where the ledger and not somebody talking gives the reason.
        """
        now, rules = self.parts.now(), self.parts.handover
        rule = rules.reasons[reason]
        account = account or verified_account(session, conversation, now)
        case = self._open_case(session, conversation)
        if case is None:
            case = Case(
                account_id=account.id if account else None,
                conversation_id=conversation.id,
                reason=reason,
                about=about,
                priority=rule.priority,
                status="waiting",
                holds=rule.holds,
                summary="",
                language=conversation.language,
                opened_at=now,
                due_at=rules.due(reason, now),
            )
            session.add(case)
            session.flush()
            self._audit(session, now, "case_opened", case, reason=reason)
        elif reason != case.reason:
            if URGENCY.index(rule.priority) >= URGENCY.index(case.priority):
                case.reason, case.priority = reason, rule.priority
                case.due_at = min(case.due_at, rules.due(reason, now))
            case.holds = case.holds or rule.holds
            self._audit(session, now, "case_reason_added", case, reason=reason)
        case.account_id = case.account_id or (account.id if account else None)
        case.about = _with(case.about, about)
        if case.holds:
            conversation.case_id = case.id
            conversation.asked = ""
        if rule.stops_collection and account is not None and account.hold is None:
            account.hold = reason
            self._audit(session, now, "collection_stopped", case, reason=reason)
        case.summary = self._summary(session, case, conversation, account, now)
        return CaseOpened(
            reference=reference(case.id),
            answer_by=case.due_at,
            time_zone=account.time_zone if account else rules.opening_hours.time_zone,
            holds=case.holds,
            country=account.country if account else None,
            stops_collection=rule.stops_collection and account is not None and reason != DISTRESS,
        )

    def current(self, conversation_id: str) -> CaseOpened:
        """The case that holds a conversation, as its borrower may know it. Raises UnknownCase."""
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            if conversation.case_id is None:
                raise UnknownCase(f"no case holds {conversation_id}")
            case = session.get_one(Case, conversation.case_id)
            account = verified_account(session, conversation, self.parts.now())
            zone = account.time_zone if account else self.parts.handover.opening_hours.time_zone
            return CaseOpened(reference(case.id), case.due_at, zone, True, account.country if account else None)

    def hand_back(self, case_id: str, outcome: str, agent: str = "agent") -> None:
        """Resolves a case and gives its conversation back to the bot. Raises UnknownCase."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            case = self.find(session, case_id)
            if case.status != "resolved":
                self._resolve(session, now, case, outcome, agent)
                ask_after_case(session, self.parts, case, now)

    def settle_within(
        self, session: Session, conversation: Conversation, reason: str, outcome: str, agent: str
    ) -> None:
        """Resolves the open case of a conversation if it is about that reason; a graver one stays open."""
        case = self._open_case(session, conversation)
        if case is not None and case.reason == reason:
            self._resolve(session, self.parts.now(), case, outcome, agent)

    def all(self) -> list[dict[str, Any]]:
        """Open cases, the most urgent and oldest first, then the resolved ones."""
        with self.parts.store.transaction() as session:
            cases = session.scalars(select(Case)).all()
            ordered = sorted(cases, key=lambda c: (c.status == "resolved", -URGENCY.index(c.priority), c.opened_at))
            return [self._as_json(session, case) for case in ordered]

    def show(self, case_id: str) -> dict[str, Any]:
        """One case with its transcript. Raises UnknownCase."""
        with self.parts.store.transaction() as session:
            case = self.find(session, case_id)
            turns = session.scalars(select(Turn).where(Turn.conversation_id == case.conversation_id).order_by(Turn.id))
            return {
                **self._as_json(session, case),
                "transcript": [
                    {
                        "at": turn.received_at.isoformat(),
                        "borrower": turn.text,
                        "intent": turn.intent,
                        "confidence": turn.confidence,
                        "bot": turn.responses,
                    }
                    for turn in turns
                ],
            }

    def sum_up(self, session: Session, case: Case) -> None:
        """Writes the summary of a case anew from what is known now."""
        conversation = session.get_one(Conversation, case.conversation_id)
        account = session.get(Account, case.account_id) if case.account_id else None
        case.summary = self._summary(session, case, conversation, account, self.parts.now())

    def _open_case(self, session: Session, conversation: Conversation) -> Case | None:
        query = select(Case).where(Case.conversation_id == conversation.id, Case.status != "resolved")
        return session.scalars(query).one_or_none()

    def _resolve(self, session: Session, now: datetime, case: Case, outcome: str, agent: str) -> None:
        case.status, case.resolved_at, case.outcome = "resolved", now, outcome
        conversation = session.get_one(Conversation, case.conversation_id)
        if conversation.case_id == case.id:
            conversation.case_id = None
        conversation.misunderstandings = conversation.refusals = 0
        account = session.get(Account, case.account_id) if case.account_id else None
        if account is not None and not self._others_hold(session, case):
            account.hold = None
        self._audit(session, now, "case_resolved", case, actor=agent)

    def _others_hold(self, session: Session, case: Case) -> bool:
        """Whether another open case of the same account needs collection to stay stopped."""
        others = session.scalars(
            select(Case.reason).where(Case.account_id == case.account_id, Case.id != case.id, Case.status != "resolved")
        )
        return any(self.parts.handover.reasons[reason].stops_collection for reason in others)

    def find(self, session: Session, case_id: str) -> Case:
        """A case by its reference, however that is written. Raises UnknownCase."""
        digits = case_id.upper().removeprefix("C-")
        case = session.get(Case, int(digits)) if digits.isdecimal() else None
        if case is None:
            raise UnknownCase(f"there is no case {case_id}")
        return case

    def _as_json(self, session: Session, case: Case) -> dict[str, Any]:
        account = session.get(Account, case.account_id) if case.account_id else None
        return {
            "id": reference(case.id),
            "account": account.number if account else None,
            "conversation": case.conversation_id,
            "reason": case.reason,
            "about": case.about,
            "priority": case.priority,
            "status": case.status,
            "language": case.language,
            "summary": case.summary,
            "opened_at": case.opened_at.isoformat(),
            "due_at": case.due_at.isoformat(),
            "resolved_at": case.resolved_at.isoformat() if case.resolved_at else None,
            "outcome": case.outcome,
        }

    def _summary(
        self, session: Session, case: Case, conversation: Conversation, account: Account | None, now: datetime
    ) -> str:
        about = f", about {case.about}" if case.about else ""
        lines = [f"Reason: {case.reason} ({case.priority}{about})"]
        if account is None:
            lines.append("Identity: not proven; nothing was revealed")
        else:
            balance = balance_of(session, account)
            today = self.parts.today(account.time_zone)
            proven = verified_account(session, conversation, now) is not None
            lines += [
                f"Identity: proven until {conversation.verified_until:%Y-%m-%d %H:%M} UTC"
                if proven
                else "Identity: not proven now",
                f"Account: {account.number}, {balance.total.amount} {account.currency} "
                f"(principal {balance.principal.amount}, interest {balance.interest.amount}, "
                f"fees {balance.fees.amount}), {(today - account.due_date).days} days past due",
            ]
            plan = active_plan(session, account.id)
            if plan:
                lines.append(
                    f"Plan: {plan.kind} with {len(plan.instalments)} payments, agreed {plan.agreed_at:%Y-%m-%d}"
                )
            waiting = agreed_plan(session, account.id)
            if waiting:
                lines.append(
                    f"Waits for approval: {waiting.kind} with {len(waiting.instalments)} payments, "
                    f"{Money(waiting.total, account.currency).amount} {account.currency} in all"
                )
            lines += [f"Promise: {p.due_on}" for p in open_promises(session, account.id)]
            budget = budget_of(account, today)
            if budget:
                lines.append(
                    f"Budget told {account.budget_on}: {budget.income.amount} {account.currency} a month comes in, "
                    f"{budget.costs.amount} goes out, {budget.surplus.amount} is left"
                )
            if account.hardship:
                lines.append(f"Hardship told: {account.hardship}")
            offers = session.scalars(
                select(Offer).where(Offer.conversation_id == conversation.id).order_by(Offer.created_at, Offer.option)
            ).all()
            lines += [
                f"Offered (round {o.round}, {o.status}): {o.kind}, {len(o.terms['schedule'])} payments, "
                f"{o.terms['to_pay']['amount']} {o.terms['to_pay']['currency']}"
                for o in offers
            ]
        turns = session.scalars(
            select(Turn).where(Turn.conversation_id == conversation.id).order_by(Turn.id.desc()).limit(LAST_TURNS)
        ).all()
        lines.append("Said last:")
        lines += [f"- {turn.text[:200]}" for turn in reversed(turns) if turn.text]
        return "\n".join(lines)

    def _audit(self, session: Session, now: datetime, action: str, case: Case, actor: str = "bot", **data: Any) -> None:
        self.parts.store.audit(session, now, actor, action, reference(case.id), **data)


def _with(said: str | None, about: str | None) -> str | None:
    """What a case is about, and what it is about now as well."""
    words = [word for part in (said, about) if part for word in part.split(", ")]
    return ", ".join(dict.fromkeys(words))[:40] or None


def reference(case_id: int) -> str:
    """How a case is called to borrowers and agents."""
    return f"C-{case_id:05d}"
