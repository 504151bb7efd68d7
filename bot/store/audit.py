"""The audit chain: whatever is said or decided, in an order that cannot be changed unseen.

The hash of a record is HMAC-SHA-256 over the hash before it and its own canonical JSON, with a key
that is not in the database. The end of the chain is anchored by its length: removing the last records
is noticed because the sequence is written down beside it (`AuditHead`, authenticated in the same way).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import String, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.store.encryption import Keyring
from bot.store.tables import AuditRecord, Base

START = "0" * 64


class AuditHead(Base):
    """The last record's number and hash, so that a cut-off end is seen; locked while a record is added."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))


HEADS, RECORDS = (AuditHead.metadata.tables[table.__tablename__] for table in (AuditHead, AuditRecord))
LAST = select(HEADS.c.seq, HEADS.c.hash).where(HEADS.c.id == 1).with_for_update()
ADDED, MOVED = insert(RECORDS), update(HEADS).where(HEADS.c.id == 1)
BEGUN = {
    name: dialect.insert(HEADS).on_conflict_do_nothing()
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


class BrokenChain(Exception):
    """A record was changed, removed or added by other means. ``seq`` is the first that does not fit."""

    def __init__(self, seq: int, why: str) -> None:
        super().__init__(f"record {seq}: {why}")
        self.seq = seq


def append(
    session: Session,
    keyring: Keyring,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    data: dict[str, Any] | None = None,
) -> None:
    """Adds a record in the transaction of what it records. ``data`` holds ids, rules and amounts, no personal data."""
    # Past the session's objects, with statements put together once: a record is added twice a turn.
    connection = session.connection()
    last = connection.execute(LAST).one_or_none()
    if last is None:  # of two first records at once, one waits here for the other
        first = {"id": 1, "seq": 0, "hash": START, "seal": _seal(keyring, 0, START)}
        connection.execute(BEGUN[connection.dialect.name], first)
        last = connection.execute(LAST).one()
    seq, before = last
    now = _hash(keyring, before, seq + 1, at, actor, action, subject, data or {})
    row = {"seq": seq + 1, "at": at, "actor": actor, "action": action, "subject": subject, "data": data or {}}
    connection.execute(ADDED, {**row, "hash": now})
    head = {"seq": seq + 1, "hash": now, "seal": _seal(keyring, seq + 1, now)}
    connection.execute(MOVED, head)


def latest(session: Session, action: str) -> AuditRecord | None:
    """The last record of an action. Nobody adds another one before the transaction ends."""
    session.get(AuditHead, 1, with_for_update=True)
    query = select(AuditRecord).where(AuditRecord.action == action).order_by(AuditRecord.seq.desc()).limit(1)
    return session.scalars(query).one_or_none()


def verify(session: Session, keyring: Keyring) -> int:
    """Walks the whole chain and returns the count of records. Raises BrokenChain at the first that does not fit."""
    before, count = START, 0
    for record in session.scalars(select(AuditRecord).order_by(AuditRecord.seq).execution_options(yield_per=500)):
        count += 1
        if record.seq != count:
            raise BrokenChain(count, "is missing")
        said = record.seq, record.at, record.actor, record.action, record.subject, record.data
        if record.hash != _hash(keyring, before, *said):
            raise BrokenChain(count, "does not match its hash")
        before = record.hash
    head = session.get(AuditHead, 1)
    if (head is None) != (count == 0) or (
        head is not None
        and (head.seal != _seal(keyring, head.seq, head.hash) or (head.seq, head.hash) != (count, before))
    ):
        raise BrokenChain(count + 1, "the end of the chain was cut off or added to")
    return count


def _hash(
    keyring: Keyring, before: str, seq: int, at: datetime, actor: str, action: str, subject: str, data: dict[str, Any]
) -> str:
    body = [seq, at.astimezone(UTC).isoformat(), actor, action, subject, data]
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return keyring.keyed_hash(f"{before}{canonical}", "audit")


def _seal(keyring: Keyring, seq: int, last: str) -> str:
    return keyring.keyed_hash(f"{seq}:{last}", "audit head")
