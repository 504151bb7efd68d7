"""Plans between the ledger's rows and `bot.domain.agreement`: reading one, and writing what a step did to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.agreement import Agreement, Entry, Part, PartStatus, Pledge, PledgeStatus, Rules, Standing, Step
from bot.domain.debt import COMPONENTS, Balance
from bot.domain.money import Money
from bot.domain.offer import Kind
from bot.domain.schedule import Frequency
from bot.services.accounts import balance_of, open_promises
from bot.services.cases import Cases
from bot.services.parts import Parts
from bot.store.tables import Account, Conversation, LedgerEntry, Offer, Plan, PlanInstalment, Promise

AUDITED = {
    "began": "plan_began",
    "instalment_paid": "instalment_paid",
    "instalment_missed": "instalment_missed",
    "paused": "plan_paused",
    "day_moved": "plan_day_moved",
    "amount_changed": "plan_amount_changed",
    "payment_taken_back": "plan_payment_taken_back",
    "completed": "plan_completed",
    "broken": "plan_broken",
    "cancelled": "plan_cancelled",
    "superseded": "plan_superseded",
    "waiver_earned": "waiver_earned",
    "waiver_lost": "waiver_lost",
}


def locked(session: Session, account_id: int) -> Account:
    """An account that nobody else changes until the transaction ends."""
    return session.get_one(Account, account_id, with_for_update=True)


def agreement_of(session: Session, account: Account, plan: Plan, rules: Rules) -> Agreement:
    """A plan as it stands in the ledger."""

    def money(minor: int) -> Money:
        return Money(minor, account.currency)

    posted = set(session.scalars(select(LedgerEntry.key).where(LedgerEntry.plan_id == plan.id)))
    return Agreement(
        kind=cast(Kind, plan.kind),
        parts=tuple(
            Part(
                row.number,
                row.due_on,
                money(row.amount),
                money(row.interest),
                money(row.paid),
                not row.interest or interest_key(plan.id, row.number) in posted,
                cast(PartStatus, row.status),
                row.down_payment,
            )
            for row in plan.instalments
        ),
        balance=balance_of(session, account),
        waived=Balance(**{name: money(plan.waived[name]) for name in COMPONENTS}),
        rules=rules,
        frequency=cast(Frequency | None, plan.frequency),
        standing=cast(Standing, plan.status),
        began_on=plan.began_on,
        pauses=plan.pauses,
    )


def pledge_of(account: Account, promise: Promise, rules: Rules) -> Pledge:
    """A promise as it stands in the ledger."""
    return Pledge(
        Money(promise.amount, account.currency),
        promise.due_on,
        rules.days_of_grace,
        Money(promise.paid, account.currency),
        cast(PledgeStatus, promise.status),
    )


def write_agreement(session: Session, plan: Plan, agreement: Agreement, now: datetime) -> None:
    """Writes where an agreement stands into its rows; new parts become new rows."""
    if agreement.ended and plan.ended_at is None:
        plan.ended_at = now
    plan.status, plan.pauses, plan.began_on = agreement.standing, agreement.pauses, agreement.began_on
    rows = {row.number: row for row in plan.instalments}
    for part in agreement.parts:
        row = rows.get(part.number)
        if row is None:
            row = PlanInstalment(number=part.number, down_payment=part.down_payment)
            plan.instalments.append(row)
        row.due_on, row.amount, row.interest = part.due_on, part.amount.minor, part.interest.minor
        row.paid, row.status = part.paid.minor, part.status
    session.flush()


class Book:
    """One transaction's writing on one account: entries, rows, audit records and cases."""

    def __init__(self, parts: Parts, cases: Cases, session: Session, account: Account, actor: str) -> None:
        self.parts = parts
        self.cases = cases
        self.session = session
        self.account = account
        self.actor = actor
        self.now = parts.now()
        self.today: date = parts.today(account.time_zone)
        self.rules = Rules.of(parts.policy())

    def agreement(self, plan: Plan) -> Agreement:
        return agreement_of(self.session, self.account, plan, self.rules)

    def take(self, plan: Plan, step: Step, *, payment: str = "", on: date | None = None) -> None:
        """Writes a step of a plan. ``payment``: the key of what was paid, where entries of the step pay something."""
        self.post(step.entries, plan_id=plan.id, payment=payment, on=on)
        write_agreement(self.session, plan, step.agreement, self.now)
        for event in step.events:
            told: dict[str, Any] = {}
            if event.number is not None:
                told["day" if event.name == "day_moved" else "number"] = event.number
            if event.amount is not None:
                told["amount"] = event.amount.as_json()
            self.audit(AUDITED[event.name], str(plan.id), **told)
            if event.name == "broken":
                self.open_case(plan.offer_id, "plan_broken")

    def pay_promises(self, amount: Money, on: date) -> None:
        """Money that arrived on a day goes to the promises that are still to be kept, the earliest first."""
        for promise in open_promises(self.session, self.account.id):
            pledge = pledge_of(self.account, promise, self.rules)
            taken = min(amount, pledge.left, key=lambda m: m.minor)
            if taken:
                self.keep(promise, pledge.pay(taken, on))
                amount = amount - taken

    def keep(self, promise: Promise, pledge: Pledge) -> None:
        """Writes where a promise stands."""
        if (promise.paid, promise.status) == (pledge.paid.minor, pledge.status):
            return
        turned = promise.status != pledge.status
        promise.paid, promise.status = pledge.paid.minor, pledge.status
        self.session.flush()
        if turned:
            self.audit(f"promise_{pledge.status}", str(promise.id), paid=pledge.paid.as_json())
        if turned and pledge.status == "broken":
            self.open_case(promise.offer_id, "promise_broken")

    def post(
        self, entries: Iterable[Entry], *, plan_id: int | None = None, payment: str = "", on: date | None = None
    ) -> None:
        """Adds entries to the ledger; what is paid of a component in one go is one entry."""
        paid: dict[str, int] = {}
        for entry in entries:
            if entry.kind == "payment":
                paid[entry.component] = paid.get(entry.component, 0) + entry.amount.minor
                continue
            number = str(entry.number) if entry.kind == "interest" else entry.component
            self.enter(
                entry.kind, entry.component, entry.amount.minor, f"{entry.kind}:plan:{plan_id}:{number}", plan_id
            )
        kind = payment.partition(":")[0]
        for component, amount in paid.items():
            self.enter(kind, component, amount, f"{payment}:{component}", plan_id, on)
        self.session.flush()

    def enter(
        self, kind: str, component: str, amount: int, key: str, plan_id: int | None = None, on: date | None = None
    ) -> None:
        """Adds one entry to the ledger, in minor units."""
        self.session.add(
            LedgerEntry(
                account_id=self.account.id,
                kind=kind,
                component=component,
                amount=amount,
                occurred_on=on or self.today,
                recorded_at=self.now,
                key=key,
                plan_id=plan_id,
            )
        )

    def audit(self, action: str, subject: str, **data: Any) -> None:
        self.parts.store.audit(self.session, self.now, self.actor, action, subject, account=self.account.id, **data)

    def open_case(self, offer_id: str, reason: str) -> None:
        """Opens a case in the conversation in which an offer was made."""
        offer = self.session.get_one(Offer, offer_id)
        conversation = self.session.get_one(Conversation, offer.conversation_id)
        self.cases.open_within(self.session, conversation, reason, self.account)


def interest_key(plan_id: int, number: int) -> str:
    """The ledger's key of the interest that one payment of a plan adds."""
    return f"interest:plan:{plan_id}:{number}"
