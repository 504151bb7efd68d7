"""When a borrower may be written to uninvited: the rules of contact, asked at the moment of sending."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.domain.contact import Opening, Per, opening
from bot.services.parts import Parts
from bot.store.tables import Account, Conversation, OutboxMessage, Turn

# What people of the lender say to somebody who has just written is an answer, at any hour.
ANSWERS = ("agent", "files", "terms", "question", "late_answer")
JUST_WRITTEN = timedelta(hours=24)


def keeps_waiting(parts: Parts, session: Session, message: OutboxMessage) -> Opening | None:
    """Until when a message has to wait, and why; None where it may leave now."""
    if message.invited:
        return None
    now = parts.now()
    conversation = session.get(Conversation, message.conversation_id) if message.conversation_id else None
    account_id = message.account_id or (conversation.account_id if conversation else None)
    account = session.get(Account, account_id) if account_id else None
    if _is_answer(session, message, now):
        return None
    zone = account.time_zone if account else parts.handover.opening_hours.time_zone
    rules = parts.contact_of(account)
    # A day more than a cap counts: its days are those of the borrower's zone.
    days = max((cap.days + 1 for cap in rules.caps.get("contacts", ())), default=0)
    contacts = _contacts(session, message, account, now, timedelta(days=days)) if days else {}
    return opening(rules, now, zone, contacts, _talked_at(session, message, now))


def _contacts(
    session: Session, message: OutboxMessage, account: Account | None, now: datetime, within: timedelta
) -> dict[Per, list[datetime]]:
    """When something left uninvited before, within as long as a cap looks back. What is on its way has left; a debtor
    is known by the phone number."""
    debts = [account.id] if account else []
    if account is not None:
        debts = list(session.scalars(select(Account.id).where(Account.phone_hash == account.phone_hash)))
    whose = or_(OutboxMessage.conversation_id == message.conversation_id, OutboxMessage.account_id.in_(debts))
    query = select(OutboxMessage).where(
        whose,
        OutboxMessage.invited.is_(False),
        OutboxMessage.status.in_(("sending", "sent")),
        or_(OutboxMessage.sent_at.is_(None), OutboxMessage.sent_at > now - within),
        OutboxMessage.id != message.id,
    )
    left = [(row.sent_at or now, row) for row in session.scalars(query)]
    left = [(at, row) for at, row in left if not _is_answer(session, row, at)]
    return {
        "debtor": [at for at, _ in left],
        "debt": [at for at, row in left if account is not None and row.account_id == account.id],
        "address": [at for at, row in left if row.conversation_id == message.conversation_id],
    }


def _talked_at(session: Session, message: OutboxMessage, at: datetime) -> datetime | None:
    """When the borrower last said something in the conversation of a message, as it was at a time."""
    said = select(func.max(Turn.received_at))
    return session.scalar(said.where(Turn.conversation_id == message.conversation_id, Turn.received_at <= at))


def _is_answer(session: Session, message: OutboxMessage, at: datetime) -> bool:
    """Whether a message answers what the borrower had just written at a time."""
    if message.kind not in ANSWERS:
        return False
    talked_at = _talked_at(session, message, at)
    return talked_at is not None and at - talked_at < JUST_WRITTEN
