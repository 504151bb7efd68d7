"""The outbox: whatever leaves by itself is a row first and leaves once.

What leaves uninvited passes a gate, as it is put into the outbox and again as it is sent: nothing for a borrower who
stopped contact, nothing for an address that somebody said is not the borrower's. It stays there, blocked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain.guard import Finding
from bot.services.parts import Parts
from bot.store.tables import Account, Conversation, FlaggedContact, Incident, OutboxMessage, TelegramMessage

log = structlog.get_logger()

GUARD = "guard"  # the place of an incident where the guard stopped something


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


def enqueue_words(
    parts: Parts,
    session: Session,
    *,
    key: str,
    kind: str,
    response: str,
    facts: Mapping[str, Any],
    conversation: Conversation,
    account: Account | None,
    channel: str | None = None,
    address: str | None = None,
    invited: bool = False,
) -> None:
    """Adds a response in words to the outbox, in the transaction of what it tells; what is stopped is only recorded."""
    zone = account.time_zone if account else parts.handover.opening_hours.time_zone
    country = account.country if account else None
    text, reader = parts.say(response, facts, conversation.language, country, zone)
    findings = parts.guard.look(text, facts, reader, response)
    if findings:
        record_stopped(parts, session, conversation, response, findings)
        return
    enqueue(
        parts,
        session,
        parts.now(),
        key=key,
        kind=kind,
        body=text,
        conversation=conversation,
        account=account,
        channel=channel,
        address=address,
        invited=invited,
    )


def record_stopped(
    parts: Parts, session: Session, conversation: Conversation, response: str, findings: Sequence[Finding]
) -> None:
    """An incident with what was found, and a record on the audit chain."""
    now = parts.now()
    error = f"{response}: " + "; ".join(str(finding) for finding in findings)
    session.add(Incident(conversation_id=conversation.id, place=GUARD, error=error, at=now))
    parts.store.audit(
        session, now, "bot", "guard_stopped", conversation.id, response=response, findings=told_of(findings)
    )


def told_of(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """Findings as they stand on the audit chain."""
    return [{"category": finding.category, "fragment": finding.fragment} for finding in findings]


def _stop_at_gate(parts: Parts, session: Session, now: datetime, message: OutboxMessage) -> bool:
    """Blocks a message that must not leave; says whether it did."""
    why = None if message.invited else _obstacle(parts, session, message)
    if why is not None:
        _block(parts, session, now, message, why)
    return why is not None


def _block(parts: Parts, session: Session, now: datetime, message: OutboxMessage, why: str) -> None:
    message.status, message.blocked_by = "blocked", why
    parts.store.audit(
        session, now, "bot", "message_blocked", message.conversation_id or "-", outbox=message.id, why=why
    )


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
            errors = dict(
                session.execute(
                    select(TelegramMessage.outbox_id, TelegramMessage.error).where(
                        TelegramMessage.outbox_id.is_not(None), TelegramMessage.error.is_not(None)
                    )
                )
                .tuples()
                .all()
            )
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
                    "error": errors.get(row.id),
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
                    OutboxMessage.status.not_in(("blocked", "erased")),
                    OutboxMessage.id > after,
                )
                .order_by(OutboxMessage.id)
            )
            return [row for row in rows if row.status != "queued" or not _stop_at_gate(self.parts, session, now, row)]

    def sent(self, message_id: int) -> None:
        """Notes that a message reached its channel."""
        with self.parts.store.transaction() as session:
            self.note_sent(session, message_id)

    # -- for channels that have a queue of their own, in its transactions

    def note_sent(self, session: Session, message_id: int) -> None:
        """Notes that a message reached its channel."""
        now = self.parts.now()
        message = session.get_one(OutboxMessage, message_id)
        if message.sent_at is None:
            message.status, message.sent_at = "sent", now
            self.parts.store.audit(session, now, "bot", "message_sent", message.address, outbox=message.id)

    def obstacle(self, session: Session, message_id: int) -> str | None:
        """Why a message must not leave now; None where it may."""
        message = session.get_one(OutboxMessage, message_id)
        if message.status == "erased":
            return "erased"
        return None if message.invited else _obstacle(self.parts, session, message)

    def block(self, session: Session, message_id: int, why: str) -> None:
        """Notes that a message must not leave, or cannot."""
        message = session.get_one(OutboxMessage, message_id)
        if message.status not in ("blocked", "erased"):
            _block(self.parts, session, self.parts.now(), message, why)
