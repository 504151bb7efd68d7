"""Accounts: who owes what. Balances are derived from the ledger entries alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import phonenumbers
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain.agreement import LIVE_PLEDGE
from bot.domain.debt import COMPONENTS, Balance, Debt
from bot.domain.identification import normal_number
from bot.domain.keeping import Record
from bot.domain.money import Money
from bot.services.parts import Parts
from bot.store.tables import Account, Case, Conversation, LedgerEntry, Offer, Payment, Plan, PlanInstalment, Promise


class UnknownAccount(LookupError):
    """There is no account with that number."""


def national_phone(number: str) -> str:
    """The national part of a phone number that may or may not begin with its country's code."""
    digits = normal_number(number)
    try:
        parsed = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return digits
    return str(parsed.national_number) if phonenumbers.is_possible_number(parsed) else digits


# The ledger's component for money that is held for a borrower; its sum is below zero while there is some.
CREDIT = "credit"


def balance_of(session: Session, account: Account) -> Balance:
    """What is owed on an account now, by component: the sums of its ledger entries."""
    rows = session.execute(
        select(LedgerEntry.component, func.sum(LedgerEntry.amount))
        .where(LedgerEntry.account_id == account.id)
        .group_by(LedgerEntry.component)
    )
    sums = {component: int(amount) for component, amount in rows}
    return Balance(**{name: Money(sums.get(name, 0), account.currency) for name in COMPONENTS})


def credit_of(session: Session, account: Account) -> Money:
    """Money that was paid beyond what was owed and is held for the borrower."""
    held = session.scalar(
        select(func.sum(LedgerEntry.amount)).where(
            LedgerEntry.account_id == account.id, LedgerEntry.component == CREDIT
        )
    )
    return Money(-int(held or 0), account.currency)


def verified_account(session: Session, conversation: Conversation, now: datetime) -> Account | None:
    """The account whose borrower has proven to be the one talking, while the proof is good."""
    if conversation.account_id is None or conversation.verified_until is None:
        return None
    return session.get(Account, conversation.account_id) if conversation.verified_until > now else None


def debt_of(session: Session, account: Account) -> Debt:
    """The facts of an account that a negotiation stands on."""
    return Debt(
        balance_of(session, account),
        account.due_date,
        account.product,
        account.portfolio,
        account.country,
        Decimal(account.annual_rate or 0),
    )


def record_of(session: Session, account: Account) -> Record:
    """How earlier agreements of an account went."""
    ended = [
        *session.scalars(select(Plan.status).where(Plan.account_id == account.id)),
        *session.scalars(select(Promise.status).where(Promise.account_id == account.id)),
    ]
    return Record(
        broken=ended.count("broken"),
        kept=ended.count("kept") + ended.count("completed"),
        hardship=account.hardship is not None,
    )


def active_plan(session: Session, account_id: int) -> Plan | None:
    """The plan or settlement that is being kept, if there is one."""
    return _plan(session, account_id, "active")


def agreed_plan(session: Session, account_id: int) -> Plan | None:
    """The plan or settlement that waits for a person's approval, if there is one."""
    return _plan(session, account_id, "agreed")


def _plan(session: Session, account_id: int, status: str) -> Plan | None:
    return session.scalars(select(Plan).where(Plan.account_id == account_id, Plan.status == status)).one_or_none()


def open_promises(session: Session, account_id: int) -> list[Promise]:
    """Promises that are neither kept nor broken yet, the earliest first."""
    query = select(Promise).where(Promise.account_id == account_id, Promise.status.in_(LIVE_PLEDGE))
    return list(session.scalars(query.order_by(Promise.due_on)))


def status_of(session: Session, account: Account, today: date) -> str:
    """One word for where an account stands: held, settled, in_plan, agreed, promised, overdue or current."""
    if account.hold:
        return "held"
    if balance_of(session, account).total.minor <= 0:
        return "settled"
    if active_plan(session, account.id):
        return "in_plan"
    if agreed_plan(session, account.id):
        return "agreed"
    if open_promises(session, account.id):
        return "promised"
    return "overdue" if account.due_date < today else "current"


@dataclass(frozen=True)
class Picture:
    """An account as its borrower may see it."""

    status: str
    balance: Balance
    due_date: date
    days_past_due: int
    next_due: tuple[date, Money] | None
    schedule: list[dict[str, Any]]
    last_payment: tuple[date, Money] | None
    waiting: list[dict[str, Any]] = field(default_factory=list)  # the schedule that waits for a person's approval

    def facts(self) -> dict[str, Any]:
        """The figures and days by the names that responses use."""
        facts: dict[str, Any] = {
            "total": self.balance.total,
            "principal": self.balance.principal,
            "interest": self.balance.interest,
            "fees": self.balance.fees,
            "due_date": self.due_date,
            "days": abs(self.days_past_due),
        }
        if self.next_due:
            facts |= {"next_date": self.next_due[0], "next_amount": self.next_due[1]}
        if self.schedule or self.waiting:
            facts |= {"schedule": self.schedule or self.waiting, "count": len(self.schedule or self.waiting)}
        if self.last_payment:
            facts |= {"paid_on": self.last_payment[0], "paid": self.last_payment[1]}
        return facts


class Accounts:
    """Looking accounts up and telling what is known of them."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def find(self, session: Session, number: str) -> Account | None:
        """The account with a number, however it is written."""
        wanted = self.parts.store.keyring.keyed_hash(normal_number(number), "account number")
        return session.scalars(select(Account).where(Account.number_hash == wanted)).one_or_none()

    def candidates(self, session: Session, numbers: Iterable[str]) -> list[Account]:
        """Every account whose number or registered phone is among some normalised numbers."""
        ring = self.parts.store.keyring
        names = list(numbers)
        bare = {name.lstrip("0") for name in names}
        phones = {national_phone(name) for name in bare | set(names)} | bare
        by_number = [ring.keyed_hash(n, "account number") for n in names]
        by_phone = [ring.keyed_hash(n, "phone") for n in phones]
        query = select(Account).where(Account.number_hash.in_(by_number) | Account.phone_hash.in_(by_phone))
        return list(session.scalars(query.order_by(Account.id)))

    def picture(self, conversation_id: str) -> Picture:
        """The account of a conversation's verified borrower. Raises LookupError where nobody is verified."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            account = verified_account(session, session.get_one(Conversation, conversation_id), now)
            if account is None:
                raise UnknownAccount("nobody has proven who they are")
            today = self.parts.today(account.time_zone)
            plan, promises = active_plan(session, account.id), open_promises(session, account.id)
            rows = [row for row in plan.instalments if row.status != "cancelled"] if plan else []
            waiting = agreed_plan(session, account.id)
            due = sorted((row.due_on, row.amount - row.paid) for row in rows if row.status != "paid")
            upcoming = due or [(p.due_on, p.amount - p.paid) for p in promises]
            last = None
            if account.last_payment_on and account.last_payment_amount:
                last = (account.last_payment_on, Money(account.last_payment_amount, account.currency))
            return Picture(
                status=status_of(session, account, today),
                balance=balance_of(session, account),
                due_date=account.due_date,
                days_past_due=(today - account.due_date).days,
                next_due=(upcoming[0][0], Money(upcoming[0][1], account.currency)) if upcoming else None,
                schedule=[instalment_json(row, account.currency) for row in rows],
                last_payment=last,
                waiting=[instalment_json(row, account.currency) for row in waiting.instalments] if waiting else [],
            )

    def missed(self, conversation_id: str) -> tuple[str, dict[str, Any]] | None:
        """What was agreed last, where it came to nothing and nothing was agreed since: "promise" or "plan" and its
        facts. None where all is well, where nothing is owed and while a person looks into the account.
        """
        with self.parts.store.transaction() as session:
            account = verified_account(session, session.get_one(Conversation, conversation_id), self.parts.now())
            if account is None or account.hold or balance_of(session, account).total.minor <= 0:
                return None
            plans = select(Plan).where(Plan.account_id == account.id).order_by(Plan.id.desc()).limit(1)
            promises = select(Promise).where(Promise.account_id == account.id).order_by(Promise.id.desc()).limit(1)
            agreed: list[Plan | Promise] = [*session.scalars(plans), *session.scalars(promises)]
            last = max(agreed, key=lambda row: row.agreed_at, default=None)
            if last is None or last.status != "broken":
                return None
            if isinstance(last, Plan):
                return "plan", {}
            return "promise", {"date": last.due_on, "amount": Money(last.amount - last.paid, account.currency)}

    def show(self, number: str) -> dict[str, Any]:
        """Everything that `accord account show` prints. Raises UnknownAccount."""
        with self.parts.store.transaction() as session:
            account = self.find(session, number)
            if account is None:
                raise UnknownAccount(f"there is no account {number}")
            today = self.parts.today(account.time_zone)
            plans = session.scalars(select(Plan).where(Plan.account_id == account.id).order_by(Plan.id.desc())).all()
            active = next((plan for plan in plans if plan.status == "active"), None)
            entries = session.scalars(
                select(LedgerEntry).where(LedgerEntry.account_id == account.id).order_by(LedgerEntry.id)
            ).all()
            offers = session.scalars(
                select(Offer).where(Offer.account_id == account.id).order_by(Offer.created_at, Offer.option)
            )
            promises = session.scalars(select(Promise).where(Promise.account_id == account.id).order_by(Promise.id))
            received = session.scalars(select(Payment).where(Payment.account_id == account.id).order_by(Payment.id))
            cases = session.scalars(select(Case.id).where(Case.account_id == account.id).order_by(Case.id))
            return {
                "account_number": account.number,
                "borrower_name": account.borrower_name,
                "language": account.language,
                "country": account.country,
                "time_zone": account.time_zone,
                "currency": account.currency,
                "due_date": account.due_date.isoformat(),
                "days_past_due": (today - account.due_date).days,
                "status": status_of(session, account, today),
                "hold": account.hold,
                "hardship": account.hardship,
                "contact_stopped": account.contact_stopped_at is not None,
                "balance": balance_of(session, account).as_json(),
                "credit": credit_of(session, account).as_json(),
                "plan": plan_json(active, account.currency) if active else None,
                "plans": [plan_json(plan, account.currency) for plan in plans],
                "promises": [promise_json(row, account.currency) for row in promises],
                "payments": [
                    {
                        "amount": Money(-row.amount, account.currency).as_json(),
                        "component": row.component,
                        "on": row.occurred_on.isoformat(),
                        "key": row.key,
                    }
                    for row in entries
                    if row.kind == "payment"
                ],
                "received": [payment_json(row, account.currency) for row in received],
                "offers": [offer_json(row) for row in offers],
                "cases": list(cases),
            }


def plan_json(plan: Plan, currency: str) -> dict[str, Any]:
    """An agreed plan as `accord account show` prints it."""
    waived = Balance(**{name: Money(plan.waived[name], currency) for name in COMPONENTS})
    return {
        "id": plan.id,
        "offer": plan.offer_id,
        "replaces": plan.replaces_id,
        "kind": plan.kind,
        "status": plan.status,
        "frequency": plan.frequency,
        "total": Money(plan.total, currency).as_json(),
        "waived": waived.as_json(),
        "waived_fees": waived.fees.as_json(),
        "interest_to_come": Money(plan.interest_to_come, currency).as_json(),
        "paid": Money(sum(row.paid for row in plan.instalments), currency).as_json(),
        "pauses": plan.pauses,
        "authority": plan.authority,
        "approved_by": plan.approved_by,
        "agreed_at": plan.agreed_at.isoformat(),
        "agreed_words": plan.agreed_words,
        "began_on": plan.began_on.isoformat() if plan.began_on else None,
        "ended_at": plan.ended_at.isoformat() if plan.ended_at else None,
        "schedule": [instalment_json(row, currency) for row in plan.instalments],
    }


def instalment_json(row: PlanInstalment, currency: str) -> dict[str, Any]:
    """One payment of a plan as `accord account show` prints it."""
    return {
        "number": row.number,
        "due_on": row.due_on.isoformat(),
        "amount": Money(row.amount, currency).as_json(),
        "interest": Money(row.interest, currency).as_json(),
        "paid": Money(row.paid, currency).as_json(),
        "down_payment": row.down_payment,
        "status": row.status,
    }


def payment_json(payment: Payment, currency: str) -> dict[str, Any]:
    """Money that arrived, as `accord account show` prints it."""
    return {
        "id": payment.provider_id,
        "amount": Money(payment.amount, currency).as_json(),
        "credited": Money(payment.credited, currency).as_json(),
        "received_on": payment.received_on.isoformat(),
        "recorded_at": payment.recorded_at.isoformat(),
        "reversed_at": payment.reversed_at.isoformat() if payment.reversed_at else None,
    }


def promise_json(promise: Promise, currency: str) -> dict[str, Any]:
    """A promise as `accord account show` prints it."""
    return {
        "id": promise.id,
        "offer": promise.offer_id,
        "replaces": promise.replaces_id,
        "amount": Money(promise.amount, currency).as_json(),
        "paid": Money(promise.paid, currency).as_json(),
        "due_on": promise.due_on.isoformat(),
        "at_time": promise.at_time,
        "channel": promise.channel,
        "status": promise.status,
        "agreed_at": promise.agreed_at.isoformat(),
        "agreed_words": promise.agreed_words,
    }


def offer_json(offer: Offer) -> dict[str, Any]:
    """An offer as `accord account show` prints it."""
    return {
        "id": offer.id,
        "round": offer.round,
        "option": offer.option,
        "status": offer.status,
        "policy": offer.policy,
        "policy_version": offer.policy_version,
        "authority": offer.authority,
        "proposed_by": offer.proposed_by,
        "approval": offer.approval,
        "created_at": offer.created_at.isoformat(),
        "expires_at": offer.expires_at.isoformat(),
        **offer.terms,
    }
