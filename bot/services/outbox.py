"""The outbox: whatever leaves without being asked for is a row first and leaves once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.services.parts import Parts
from bot.store.tables import Account, Conversation, OutboxMessage

log = structlog.get_logger()


def enqueue(
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
) -> OutboxMessage:
    """Adds a message to the outbox in the transaction of what it tells; the same key again adds nothing."""
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
        created_at=now,
    )
    session.add(message)
    session.flush()
    return message


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
        """Messages to a conversation after an id, oldest first."""
        with self.parts.store.transaction() as session:
            rows = session.scalars(
                select(OutboxMessage)
                .where(
                    OutboxMessage.conversation_id == conversation_id,
                    OutboxMessage.kind != "passcode",
                    OutboxMessage.status != "erased",
                    OutboxMessage.id > after,
                )
                .order_by(OutboxMessage.id)
            )
            return list(rows)

    def sent(self, message_id: int) -> None:
        """Notes that a message reached its channel."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            message = session.get_one(OutboxMessage, message_id)
            if message.sent_at is None:
                message.status, message.sent_at = "sent", now
                self.parts.store.audit(session, now, "bot", "message_sent", message.address, outbox=message.id)
