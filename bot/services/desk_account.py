"""The account of a case as a person at the desk sees it: what is owed, agreed and promised; who it is, masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from bot.domain import masking
from bot.domain.agreement import LIVE_PLEDGE
from bot.domain.debt import COMPONENTS, Balance
from bot.domain.money import Money
from bot.domain.offer import Terms
from bot.domain.rights import Actor
from bot.services.accounts import CREDIT
from bot.services.affordability import budget_of
from bot.services.desk_views import AccountView, Masked, PaymentView, PlanView, PromiseView
from bot.services.parts import Parts
from bot.store.tables import Account, Case, Conversation, LedgerEntry, Offer, Plan, Promise


@dataclass(frozen=True)
class Reading:
    """A case under the eyes of somebody, and what everything about it is made of."""

    parts: Parts
    session: Session
    actor: Actor
    case: Case
    conversation: Conversation
    account: Account | None
    now: datetime
    names: Mapping[int, str]


def account_view(read: Reading) -> AccountView:
    account = read.account
    assert account is not None
    rows = read.session.execute(
        select(LedgerEntry.component, func.sum(LedgerEntry.amount))
        .where(LedgerEntry.account_id == account.id)
        .group_by(LedgerEntry.component)
    )
    sums = {component: int(amount) for component, amount in rows}
    balance = Balance(**{name: Money(sums.get(name, 0), account.currency) for name in COMPONENTS})
    today = read.parts.today(account.time_zone)
    budget = budget_of(account, today)
    last = None
    if account.last_payment_on and account.last_payment_amount:
        last = (account.last_payment_on, Money(account.last_payment_amount, account.currency))
    return AccountView(
        name=Masked("borrower_name", masking.name(account.borrower_name)),
        number=Masked("number", masking.ending(account.number, 4)),
        date_of_birth=Masked("date_of_birth", "••••-••-••"),
        phone=Masked("phone", masking.ending(account.phone, 3)),
        email=Masked("email", masking.email(account.email)) if account.email else None,
        national_id=Masked("national_id", masking.ending(account.national_id, 2)) if account.national_id else None,
        language=account.language,
        country=account.country,
        time_zone=account.time_zone,
        currency=account.currency,
        product=account.product,
        lender=account.lender,
        jurisdiction=account.jurisdiction,
        status=_standing(read, balance),
        due_date=account.due_date,
        days_past_due=(today - account.due_date).days,
        balance=balance,
        credit=Money(-sums.get(CREDIT, 0), account.currency),
        last_payment=last,
        surplus=budget.surplus if budget else None,
        budget_on=account.budget_on if budget else None,
    )


def _standing(read: Reading, balance: Balance) -> str:
    """One word for where an account stands, as `bot.services.accounts.status_of`."""
    account = read.account
    assert account is not None
    if account.hold:
        return "held"
    if balance.total.minor <= 0:
        return "settled"
    plans = set(read.session.scalars(select(Plan.status).where(Plan.account_id == account.id)))
    if "active" in plans:
        return "in_plan"
    if "agreed" in plans:
        return "agreed"
    promised = select(Promise.id).where(Promise.account_id == account.id, Promise.status.in_(LIVE_PLEDGE))
    if read.session.scalars(promised.limit(1)).first() is not None:
        return "promised"
    return "overdue" if account.due_date < read.parts.today(account.time_zone) else "current"


@dataclass(frozen=True)
class Agreed:
    view: PlanView
    terms: Terms


def plan_of(read: Reading) -> Agreed | None:
    """The plan that runs or waits for approval, else the last one."""
    if read.account is None:
        return None
    currency = read.account.currency
    plans = read.session.execute(
        select(Plan, Offer.terms)
        .join(Offer, Offer.id == Plan.offer_id)
        .options(defer(Plan.agreed_words))
        .where(Plan.account_id == read.account.id)
        .order_by(Plan.id.desc())
    ).all()
    if not plans:
        return None
    row, terms = next(((plan, terms) for plan, terms in plans if plan.status in ("active", "agreed")), plans[0])
    return Agreed(
        PlanView(
            id=row.id,
            kind=row.kind,
            status=row.status,
            frequency=row.frequency,
            total=Money(row.total, currency),
            waived=Money(sum(row.waived.values()), currency),
            paid=Money(sum(part.paid for part in row.instalments), currency),
            authority=row.authority,
            approved_by=row.approved_by,
            agreed_at=row.agreed_at,
            schedule=tuple(
                PaymentView(
                    number=part.number,
                    due_on=part.due_on,
                    amount=Money(part.amount, currency),
                    paid=Money(part.paid, currency),
                    down_payment=part.down_payment,
                    status=part.status,
                )
                for part in row.instalments
            ),
        ),
        Terms.from_json(terms),
    )


def promises_of(read: Reading) -> tuple[PromiseView, ...]:
    if read.account is None:
        return ()
    rows = read.session.scalars(
        select(Promise)
        .options(defer(Promise.agreed_words))
        .where(Promise.account_id == read.account.id)
        .order_by(Promise.id)
    )
    return tuple(
        PromiseView(
            id=row.id,
            amount=Money(row.amount, read.account.currency),
            paid=Money(row.paid, read.account.currency),
            due_on=row.due_on,
            at_time=row.at_time,
            status=row.status,
            agreed_at=row.agreed_at,
        )
        for row in rows
    )
