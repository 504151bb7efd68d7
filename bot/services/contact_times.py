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
# Caps look back so far.
LONGEST_CAP = timedelta(days=366)


def keeps_waiting(parts: Parts, session: Session, message: OutboxMessage) -> Opening | None:
    """Until when a message has to wait, and why; None where it may leave now."""
    if message.invited:
        return None
    now = parts.now()
    conversation = session.get(Conversation, message.conversation_id) if message.conversation_id else None
    account_id = message.account_id or (conversation.account_id if conversation else None)
    account = session.get(Account, account_id) if account_id else None
    talked_at = _talked_at(session, message, now)
    if _is_answer(message, talked_at, now):
        return None
    zone = account.time_zone if account else parts.handover.opening_hours.time_zone
    return opening(parts.contact_of(account), now, zone, _contacts(session, message, account, now), talked_at)


def _contacts(
    session: Session, message: OutboxMessage, account: Account | None, now: datetime
) -> dict[Per, list[datetime]]:
    """When something left uninvited before. What is on its way has left; a debtor is known by the phone number."""
    debts = [account.id] if account else []
    if account is not None:
        debts = list(session.scalars(select(Account.id).where(Account.phone_hash == account.phone_hash)))
    whose = or_(OutboxMessage.conversation_id == message.conversation_id, OutboxMessage.account_id.in_(debts))
    query = select(OutboxMessage).where(
        whose,
        OutboxMessage.invited.is_(False),
        OutboxMessage.status.in_(("sending", "sent")),
        OutboxMessage.created_at > now - LONGEST_CAP,
        OutboxMessage.id != message.id,
    )
    left = [(row.sent_at or now, row) for row in session.scalars(query)]
    left = [(at, row) for at, row in left if not _is_answer(row, _talked_at(session, row, at), at)]
    return {
        "debtor": [at for at, _ in left],
        "debt": [at for at, row in left if account is not None and row.account_id == account.id],
        "address": [at for at, row in left if row.conversation_id == message.conversation_id],
    }


def _talked_at(session: Session, message: OutboxMessage, at: datetime) -> datetime | None:
    """When the borrower last said something in the conversation of a message, as it was at a time."""
    said = select(func.max(Turn.received_at))
    return session.scalar(said.where(Turn.conversation_id == message.conversation_id, Turn.received_at <= at))


def _is_answer(message: OutboxMessage, talked_at: datetime | None, at: datetime) -> bool:
    return message.kind in ANSWERS and talked_at is not None and at - talked_at < JUST_WRITTEN
