"""Money that arrives: booked once for each id of the payment provider, to the plan, the promise, or what is owed."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, cast

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.agreement import LIVE_PLEDGE, LIVING, allocate
from bot.domain.debt import COMPONENTS
from bot.domain.money import LARGEST, Money, MoneyError
from bot.domain.policy import Component
from bot.services.accounts import (
    CREDIT,
    Accounts,
    UnknownAccount,
    active_plan,
    agreed_plan,
    balance_of,
    credit_of,
    payment_json,
    verified_account,
)
from bot.services.cases import SILENT, Cases
from bot.services.outbox import enqueue_words
from bot.services.parts import Parts
from bot.services.plan_rows import Book, locked, pledge_of
from bot.store.tables import Account, Conversation, LedgerEntry, Offer, Payment, Plan, Promise

log = structlog.get_logger()

PROVIDER_ID = re.compile(r"[!-~](?:[ -~]{0,118}[!-~])?")


class BadPayment(ValueError):
    """A payment that cannot be booked; the message is one clear sentence, and nothing was written."""


class Payments:
    """Recording what arrived, and taking back what bounced."""

    def __init__(self, parts: Parts, accounts: Accounts, cases: Cases) -> None:
        self.parts = parts
        self.accounts = accounts
        self.cases = cases

    def record(self, number: str, amount: str, provider_id: str, received_on: date | None = None) -> dict[str, Any]:
        """Books a payment: to the plan of the account, else to what is owed; what is not owed is held as credit.

        ``received_on`` is the borrower's day (today where it is not said). The same payment again changes nothing.
        Raises BadPayment and UnknownAccount.
        """
        if not PROVIDER_ID.fullmatch(provider_id):
            raise BadPayment("the provider's id is 1 to 120 printable ASCII characters without blanks at its ends")
        with self.parts.store.transaction() as session:
            account = self.accounts.find(session, number)
            if account is None:
                raise UnknownAccount(f"there is no account {number}")
            book = Book(self.parts, self.cases, session, locked(session, account.id), "operator")
            sum_ = _amount(amount, account.currency)
            on = received_on or book.today
            known = session.scalars(select(Payment).where(Payment.provider_id == provider_id)).one_or_none()
            if known is not None:
                return self._again(known, account, sum_, received_on)
            if on > book.today:
                raise BadPayment(f"{on} is still to come; a payment is recorded when it has arrived")
            payment = Payment(
                account_id=account.id,
                provider_id=provider_id,
                amount=sum_.minor,
                credited=0,
                received_on=on,
                recorded_at=book.now,
            )
            session.add(payment)
            session.flush()
            book.audit("payment_recorded", provider_id, amount=sum_.as_json(), received_on=on.isoformat())
            payment.credited = self._book(book, payment, sum_, on)
            if account.last_payment_on is None or account.last_payment_on <= on:
                account.last_payment_on, account.last_payment_amount = on, sum_.minor
            session.flush()
            self._receipt(book, provider_id, sum_)
            return payment_json(payment, account.currency)

    def settle_early(self, number: str, provider_id: str, received_on: date | None = None) -> dict[str, Any]:
        """Books the payment of exactly what ends the plan of an account. Raises BadPayment and UnknownAccount."""
        with self.parts.store.transaction() as session:
            account = self.accounts.find(session, number)
            if account is None:
                raise UnknownAccount(f"there is no account {number}")
            known = session.scalars(select(Payment).where(Payment.provider_id == provider_id)).one_or_none()
            if known is not None:
                left = Money(known.amount, account.currency)
            else:
                plan = active_plan(session, account.id)
                if plan is None:
                    raise BadPayment(f"no plan runs on account {account.number}")
                book = Book(self.parts, self.cases, session, account, "operator")
                left = book.agreement(plan).quote(received_on or book.today)
        return self.record(number, f"{left.amount:f}", provider_id, received_on)

    def reverse(self, provider_id: str) -> dict[str, Any]:
        """Takes back a payment that bounced: what it paid is owed again. Doing so again changes nothing.

        The parts of a plan that is still kept are due again. Where the plan has ended, or money held for the borrower
        is spent by now, the money alone is booked and a case asks a person. Raises BadPayment.
        """
        with self.parts.store.transaction() as session:
            payment = session.scalars(select(Payment).where(Payment.provider_id == provider_id)).one_or_none()
            if payment is None:
                raise BadPayment(f"no payment with the id {provider_id!r} has been recorded")
            account = locked(session, payment.account_id)
            session.refresh(payment)
            if payment.reversed_at is not None:
                return payment_json(payment, account.currency)
            book = Book(self.parts, self.cases, session, account, "operator")
            payment.reversed_at = book.now
            book.audit("payment_reversed", provider_id, amount=Money(payment.amount, account.currency).as_json())
            if self._take_back(book, payment):
                self._ask_a_person(book)
            return payment_json(payment, account.currency)

    # -- within

    def _again(self, known: Payment, account: Account, amount: Money, received_on: date | None) -> dict[str, Any]:
        """A payment that is there already. Raises BadPayment where it was another one."""
        same_day = received_on is None or received_on == known.received_on
        if (known.account_id, known.amount) != (account.id, amount.minor) or not same_day:
            raise BadPayment(
                f"a payment with the id {known.provider_id!r} was recorded already, with another account, amount or day"
            )
        return payment_json(known, account.currency)

    def _book(self, book: Book, payment: Payment, amount: Money, on: date) -> int:
        """Books an amount and returns what of it became credit, in minor units."""
        session, account = book.session, book.account
        key = f"payment:{payment.provider_id}"
        plan = active_plan(session, account.id) or agreed_plan(session, account.id)
        if plan is not None:
            step = book.agreement(plan).pay(amount, on)
            book.take(plan, step, payment=key, on=on)
            credit = step.credit
        else:
            owed = balance_of(session, account)
            book.post(allocate(amount, owed, book.rules.payment_order), payment=key, on=on)
            credit = max(amount - owed.total, Money.zero(account.currency), key=lambda m: m.minor)
        book.pay_promises(amount, on)
        if credit:
            book.enter("payment", CREDIT, -credit.minor, f"{key}:{CREDIT}", on=on)
            session.flush()
        return credit.minor

    def _receipt(self, book: Book, provider_id: str, paid: Money) -> None:
        """Tells the borrower in their latest conversation, with figures only while they have proven who they are."""
        conversation = latest_conversation(book.session, book.account)
        if conversation is None:
            return
        if book.account.hold in SILENT:
            return
        total = balance_of(book.session, book.account).total
        if verified_account(book.session, conversation, book.now) is not book.account:
            name, facts = "utter_receipt_without_figures", {}
        else:
            name = "utter_receipt_held" if book.account.hold else "utter_receipt"
            name = name if total else "utter_receipt_settled"
            facts = {"paid": paid.as_json(), "total": total.as_json()}
        enqueue_words(
            self.parts,
            book.session,
            key=f"receipt:{provider_id}",
            kind="receipt",
            response=name,
            facts=facts,
            conversation=conversation,
            account=book.account,
        )

    def _take_back(self, book: Book, payment: Payment) -> bool:
        """Counters every entry of a payment; says whether a person has to see to the rest."""
        session, account = book.session, book.account
        prefix = f"payment:{payment.provider_id}:"
        keys = [f"{prefix}{name}" for name in (*COMPONENTS, CREDIT)]
        entries = session.scalars(select(LedgerEntry).where(LedgerEntry.key.in_(keys))).all()
        owed = {
            cast(Component, e.component): Money(-e.amount, account.currency) for e in entries if e.component != CREDIT
        }
        plan_id = next((e.plan_id for e in entries if e.plan_id is not None), None)
        plan = session.get(Plan, plan_id) if plan_id is not None else None
        to_a_person = plan is not None and plan.status not in LIVING
        key = f"reversal:{payment.provider_id}"
        if plan is not None and plan.status in LIVING:
            book.take(plan, book.agreement(plan).take_back(owed), payment=key)
        else:
            for name, amount in owed.items():
                book.enter("reversal", name, amount.minor, f"{key}:{name}")
        held = min(payment.credited, max(credit_of(session, account).minor, 0))
        if held:
            book.enter("reversal", CREDIT, held, f"{key}:{CREDIT}")
        spent = payment.credited - held
        if spent:
            # What was held has paid something since; that much is owed again, and a person says under what.
            book.enter("reversal", book.rules.payment_order[-1], spent, f"{key}:spent")
            to_a_person = True
        session.flush()
        return self._promises_lose(book, payment) or to_a_person

    def _promises_lose(self, book: Book, payment: Payment) -> bool:
        """Promises that the payment went to count it no longer; says whether one had been kept by it."""
        left = payment.amount
        for promise in promises_before(book.session, book.account, payment):
            taken = min(left, promise.paid)
            if taken and promise.status == "kept":
                return True
            if taken and promise.status in LIVE_PLEDGE:
                pledge = pledge_of(book.account, promise, book.rules)
                book.keep(promise, pledge.take_back(Money(taken, book.account.currency)))
            left -= taken
        return False

    def _ask_a_person(self, book: Book) -> None:
        """Opens a case in the latest conversation about the account; without one the log alone says it."""
        conversation = latest_conversation(book.session, book.account)
        if conversation is None:
            log.warning("payment_reversed_without_conversation", account=book.account.id)
            return
        self.cases.open_within(book.session, conversation, "payment_reversed", book.account)


def promises_before(session: Session, account: Account, payment: Payment) -> list[Promise]:
    """Promises that stood when a payment was recorded, the latest first."""
    query = select(Promise).where(Promise.account_id == account.id, Promise.agreed_at <= payment.recorded_at)
    return list(session.scalars(query.order_by(Promise.id.desc())))


def latest_conversation(session: Session, account: Account) -> Conversation | None:
    """The conversation in which the borrower of an account was last heard; else one in which an offer was made."""
    spoken = select(Conversation).where(Conversation.account_id == account.id).order_by(Conversation.updated_at.desc())
    offered = (
        select(Conversation)
        .join(Offer, Offer.conversation_id == Conversation.id)
        .where(Offer.account_id == account.id)
        .order_by(Offer.created_at.desc())
    )
    return session.scalars(spoken.limit(1)).first() or session.scalars(offered.limit(1)).first()


def _amount(text: str, currency: str) -> Money:
    """An amount that somebody paid. Raises BadPayment."""
    try:
        amount = Money.parse(text, currency)
    except MoneyError as error:
        raise BadPayment(str(error)) from None
    if amount.minor <= 0:
        raise BadPayment(f"{text!r} is no payment: it is more than nothing")
    if amount.minor > LARGEST:
        raise BadPayment(f"{text!r} is too large to be true")
    return amount
