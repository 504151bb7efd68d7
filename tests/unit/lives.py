"""Terms as a test wants them, agreed to without a negotiation."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from bot.bootstrap import Services
from bot.domain.debt import Balance
from bot.domain.money import Money
from bot.domain.offer import Kind, Terms, number_payments
from bot.domain.schedule import due_dates, split_evenly
from bot.services.accounts import active_plan, balance_of
from bot.store.tables import Account, AuditRecord, Conversation, LedgerEntry, Offer, Turn


def account_of(services: Services, session: Any, number: str) -> Account:
    account = services.accounts.find(session, number)
    assert account is not None
    return account


def terms_for(
    owed: Balance,
    first: date,
    count: int = 3,
    *,
    kind: Kind = "plan",
    waive: int = 0,
    frequency: str = "monthly",
    interest: int = 0,
    amount: int = 0,
) -> Terms:
    """Terms that pay what is owed in equal parts; ``waive`` and ``interest`` (of each part) in minor units.

    A promise pays ``amount``, or all.
    """
    nothing = Money.zero(owed.currency)
    waived = Balance(nothing, nothing, Money(waive, owed.currency))
    to_pay = owed.total - waived.total + Money(interest * count, owed.currency)
    amounts = [Money(amount, owed.currency)] if amount else split_evenly(to_pay, count)
    dates = due_dates(first, frequency, len(amounts))
    shares = [Money(interest, owed.currency)] * count if interest else []
    schedule = number_payments(list(zip(dates, amounts, strict=True)), False, shares)
    return Terms(kind, owed.total, schedule, waived, "by hand", frequency if kind == "plan" else None)


def agree(
    services: Services,
    number: str,
    count: int = 3,
    *,
    days: int = 10,
    replacing: bool = False,
    needs_approval: bool = False,
    conversation: str = "",
    **given: Any,
) -> int:
    """A borrower's yes to terms on all that is owed, first paid in some days; the id of the plan or the promise."""
    now = services.parts.now()
    with services.parts.store.transaction() as session:
        account = account_of(services, session, number)
        today = services.parts.today(account.time_zone)
        terms = terms_for(balance_of(session, account), today + timedelta(days=days), count, **given)
        offer = offer_of(session, account, terms, now, conversation or f"talk-{account.id}")
        made = services.plans.start(
            session,
            account,
            offer,
            terms,
            "yes please",
            now,
            "bot",
            needs_approval,
            turn_id=offer.turn_id,
            replaces=active_plan(session, account.id) if replacing else None,
        )
        return made.id


def offer_of(session: Any, account: Account, terms: Terms, now: Any, conversation: str, hours: int = 72) -> Offer:
    """An open offer of terms, with its turn and conversation."""
    if session.get(Conversation, conversation) is None:
        session.add(Conversation(id=conversation, channel="web", language="en", created_at=now, updated_at=now))
        session.flush()
    turn = Turn(
        conversation_id=conversation, key=uuid.uuid4().hex, text="yes please", status="answered", received_at=now
    )
    session.add(turn)
    session.flush()
    offer = Offer(
        id=f"o_{uuid.uuid4().hex}",
        account_id=account.id,
        conversation_id=conversation,
        turn_id=turn.id,
        option=1,
        round=1,
        kind=terms.kind,
        terms=terms.as_json(),
        policy="unit",
        policy_version="v",
        rule=terms.rule,
        status="open",
        created_at=now,
        expires_at=now + timedelta(hours=hours),
    )
    session.add(offer)
    session.flush()
    return offer


def entries(services: Services, number: str) -> dict[str, int]:
    """The ledger of an account: amounts by key, those of the opening left out."""
    with services.parts.store.transaction() as session:
        account = account_of(services, session, number)
        rows = session.scalars(select(LedgerEntry).where(LedgerEntry.account_id == account.id))
        return {row.key: row.amount for row in rows if row.kind != "opening"}


def written(services: Services) -> tuple[int, int]:
    """How many ledger entries and audit records there are."""
    with services.parts.store.transaction() as session:
        return tuple(session.scalar(select(func.count()).select_from(t)) for t in (LedgerEntry, AuditRecord))


def audited(services: Services) -> list[str]:
    """What stands in the audit chain, in order."""
    with services.parts.store.transaction() as session:
        return list(session.scalars(select(AuditRecord.action).order_by(AuditRecord.seq)))
