"""The outbox: whatever leaves by itself is a row first and leaves once.

What leaves uninvited passes a gate, as it is put into the outbox and again as it is sent: nothing for a borrower who
stopped contact, nothing for an address that somebody said is not the borrower's. It stays there, blocked.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.services.parts import Parts
from bot.store.tables import Account, Conversation, FlaggedContact, OutboxMessage

log = structlog.get_logger()


def enqueue(
    parts: Parts,
    session: Session,
    now: datetime,
    *,
    key: str,
    kind: str,
    body: str,
    conversation: Conversation | None = None,
    account: Account | None = None,
    channel: str | None = None,
    address: str | None = None,
    invited: bool = False,
) -> OutboxMessage:
    """Adds a message to the outbox in the transaction of what it tells; the same key again adds nothing.

    ``invited``: a passcode, or an answer to what the borrower asked; everything else has to pass the gate.
    """
    known = session.scalars(select(OutboxMessage).where(OutboxMessage.key == key)).one_or_none()
    if known is not None:
        return known
    message = OutboxMessage(
        key=key,
        kind=kind,
        conversation_id=conversation.id if conversation else None,
        account_id=account.id if account else None,
        channel=channel or (conversation.channel if conversation else "sms"),
        address=address or (conversation.id if conversation else ""),
        body=body,
        status="queued",
        invited=invited,
        created_at=now,
    )
    session.add(message)
    session.flush()
    _stop_at_gate(parts, session, now, message)
    return message


def _stop_at_gate(parts: Parts, session: Session, now: datetime, message: OutboxMessage) -> bool:
    """Blocks a message that must not leave; says whether it did."""
    message.blocked_by = None if message.invited else _obstacle(parts, session, message)
    if message.blocked_by is None:
        return False
    message.status = "blocked"
    parts.store.audit(
        session,
        now,
        "bot",
        "message_blocked",
        message.conversation_id or "-",
        outbox=message.id,
        why=message.blocked_by,
    )
    return True


def _obstacle(parts: Parts, session: Session, message: OutboxMessage) -> str | None:
    """Why a message must not leave uninvited: ``contact_stopped``, ``flagged_contact``, or None where it may."""
    conversation = session.get(Conversation, message.conversation_id) if message.conversation_id else None
    account_id = message.account_id or (conversation.account_id if conversation else None)
    account = session.get(Account, account_id) if account_id else None
    if any(known is not None and known.contact_stopped_at for known in (account, conversation)):
        return "contact_stopped"
    whose = [FlaggedContact.address_hash == parts.store.keyring.keyed_hash(message.address, "contact")]
    if conversation is not None:
        whose.append(FlaggedContact.conversation_id == conversation.id)
    flagged = select(FlaggedContact.id).where(FlaggedContact.lifted_at.is_(None), or_(*whose)).limit(1)
    return "flagged_contact" if session.scalars(flagged).one_or_none() is not None else None


class Outbox:
    """Listing the outbox, and sending what waits in it for the web chat and the development sender."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def all(self) -> list[dict[str, Any]]:
        """Every message, the oldest first."""
        with self.parts.store.transaction() as session:
            rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
            return [
                {
                    "id": row.id,
                    "kind": row.kind,
                    "channel": row.channel,
                    "address": row.address,
                    "conversation": row.conversation_id,
                    "body": row.body,
                    "status": row.status,
                    "blocked_by": row.blocked_by,
                    "created_at": row.created_at.isoformat(),
                    "sent_at": row.sent_at.isoformat() if row.sent_at else None,
                }
                for row in rows
            ]

    def release_passcodes(self) -> None:
        """The development sender: passcodes stay in the outbox, and the log says so."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            waiting = session.scalars(
                select(OutboxMessage).where(OutboxMessage.kind == "passcode", OutboxMessage.status == "queued")
            )
            for message in waiting:
                message.status, message.sent_at = "sent", now
                log.warning("passcode_in_outbox", outbox=message.id, read_it_with="accord outbox list --json")

    def waiting_for(self, conversation_id: str, after: int) -> list[OutboxMessage]:
        """Messages to a conversation after an id, oldest first; what must not leave any more is blocked now."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            rows = session.scalars(
                select(OutboxMessage)
                .where(
                    OutboxMessage.conversation_id == conversation_id,
                    OutboxMessage.kind != "passcode",
                    OutboxMessage.status != "blocked",
                    OutboxMessage.id > after,
                )
                .order_by(OutboxMessage.id)
            )
            return [row for row in rows if row.status != "queued" or not _stop_at_gate(self.parts, session, now, row)]

    def sent(self, message_id: int) -> None:
        """Notes that a message reached its channel."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            message = session.get_one(OutboxMessage, message_id)
            if message.sent_at is None:
                message.status, message.sent_at = "sent", now
                self.parts.store.audit(session, now, "bot", "message_sent", message.address, outbox=message.id)
