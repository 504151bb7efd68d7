"""The audit chain as auditors read it: newest first, masked as elsewhere, verified, exported; reading is recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from bot.domain import masking
from bot.domain.rights import Actor
from bot.services.case_names import reference
from bot.services.parts import Parts
from bot.store import audit
from bot.store.tables import AuditRecord, Case, Offer

A_PAGE = 50
# From how many of the latest records the actors and actions are taken that a form suggests.
SUGGESTED_FROM = 2000
EXPORTED_AT_A_TIME = 500
VERIFIED = "audit_verified"
CHAIN = "audit"
CASE = re.compile(r"C-0*(\d{1,15})", re.IGNORECASE)
# Ids, hashes and moments: they identify nobody, and hidden figures in them would make them unreadable.
PLAIN = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{64}"
    r"|\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?"
)


@dataclass(frozen=True)
class Sought:
    """Which records: of whom (`agent:mei`), of which action (`case_claimed`), about which case; empty is any.

    ``before``: those with a lower number alone.
    """

    actor: str = ""
    action: str = ""
    case: str = ""
    before: int | None = None

    @property
    def narrowed(self) -> list[str]:
        """By what the records are narrowed."""
        return [name for name in ("actor", "action", "case") if getattr(self, name)]


@dataclass(frozen=True)
class Recorded:
    """One record; ``case``: the reference of the case that it is about, where its subject is one."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    data: dict[str, Any]
    hash: str
    case: str | None

    def as_json(self) -> dict[str, Any]:
        return {
            "seq": self.seq,
            "at": self.at.astimezone(UTC).isoformat(),
            "actor": self.actor,
            "action": self.action,
            "subject": self.subject,
            "data": self.data,
            "hash": self.hash,
        }


@dataclass(frozen=True)
class Verified:
    """What came of walking the chain; ``broken_at``: the first record that does not fit, where there is one."""

    at: datetime
    by: str
    records: int
    broken_at: int | None


@dataclass(frozen=True)
class Trail:
    """A page of records; ``older``: the number before which the next page begins."""

    records: tuple[Recorded, ...]
    older: int | None
    count: int
    verified: Verified | None
    actors: tuple[str, ...]
    actions: tuple[str, ...]


class AuditTrail:
    """The audit chain for whoever has the right to read it. Every call raises NotAllowed."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def page(self, actor: Actor, wanted: Sought) -> Trail:
        """A page of records, the newest first; that it was read is recorded."""
        actor.demand("audit")
        with self.parts.store.reading() as session:
            query = select(AuditRecord).where(*_which(session, wanted)).order_by(AuditRecord.seq.desc())
            rows = session.scalars(query.limit(A_PAGE + 1)).all()
            last = session.scalar(select(func.max(AuditRecord.seq))) or 0
            actors, actions = _lately(session, last)
            trail = Trail(
                records=tuple(map(_recorded, rows[:A_PAGE])),
                older=rows[A_PAGE - 1].seq if len(rows) > A_PAGE else None,
                count=last,
                verified=_verified(session),
                actors=actors,
                actions=actions,
            )
        self._record(actor, "audit_read", wanted)
        return trail

    def export(self, actor: Actor, wanted: Sought) -> Iterator[Recorded]:
        """Every record sought that there is now, the oldest first; that they were exported is recorded before."""
        actor.demand("audit")
        with self.parts.store.reading() as session:
            last = session.scalar(select(func.max(AuditRecord.seq))) or 0
        self._record(actor, "audit_exported", wanted)
        return self._from_the_first(wanted, last)

    def verify(self, actor: Actor) -> None:
        """Walks the whole chain; what came of it is recorded at its end, and stands on the page from then on."""
        actor.demand("audit")
        found: dict[str, Any] = {}
        with self.parts.store.reading() as session:
            try:
                found["records"] = audit.verify(session, self.parts.store.keyring)
            except audit.BrokenChain as error:
                found |= {"records": session.scalar(select(func.count()).select_from(AuditRecord)) or 0}
                found["broken_at"] = error.seq
        with self.parts.store.transaction() as session:
            self.parts.store.audit(session, self.parts.now(), actor.signature, VERIFIED, CHAIN, **found)

    def _from_the_first(self, wanted: Sought, last: int) -> Iterator[Recorded]:
        seen = 0
        while True:
            with self.parts.store.reading() as session:
                query = (
                    select(AuditRecord)
                    .where(AuditRecord.seq > seen, AuditRecord.seq <= last, *_which(session, wanted))
                    .order_by(AuditRecord.seq)
                    .limit(EXPORTED_AT_A_TIME)
                )
                rows = [_recorded(row) for row in session.scalars(query)]
            if not rows:
                return
            yield from rows
            seen = rows[-1].seq

    def _record(self, actor: Actor, action: str, wanted: Sought) -> None:
        """Who read the chain, by what it was narrowed, and about which case; nothing else that was typed."""
        about: dict[str, Any] = {"narrowed_by": wanted.narrowed} if wanted.narrowed else {}
        if case := _case_in(wanted.case):
            about["case"] = case
        with self.parts.store.transaction() as session:
            self.parts.store.audit(session, self.parts.now(), actor.signature, action, CHAIN, **about)


def _which(session: Session, wanted: Sought) -> list[ColumnElement[bool]]:
    """The conditions of what is sought. Of a case: itself, its conversation, and the offers that were made in it."""
    found: list[ColumnElement[bool]] = []
    if wanted.actor:
        found.append(AuditRecord.actor == wanted.actor)
    if wanted.action:
        found.append(AuditRecord.action == wanted.action)
    if wanted.before is not None:
        found.append(AuditRecord.seq < wanted.before)
    if wanted.case:
        name = _case_in(wanted.case)
        number = int(name.removeprefix("C-")) if name else None
        talk = session.scalars(select(Case.conversation_id).where(Case.id == number)).one_or_none()
        offers = select(Offer.id).where(Offer.conversation_id == talk)
        found.append(or_(AuditRecord.subject.in_([name or "", talk or ""]), AuditRecord.subject.in_(offers)))
    return found


def _case_in(text: str) -> str | None:
    """The reference of a case as it was typed, written as cases are called."""
    found = CASE.fullmatch(text.strip())
    return reference(int(found[1])) if found else None


def _lately(session: Session, last: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who did what in the latest records, in the order of the alphabet."""
    since = AuditRecord.seq > last - SUGGESTED_FROM
    rows = session.execute(select(AuditRecord.actor, AuditRecord.action).where(since).distinct()).tuples().all()
    return tuple(sorted({actor for actor, _ in rows})), tuple(sorted({action for _, action in rows}))


def _verified(session: Session) -> Verified | None:
    query = select(AuditRecord).where(AuditRecord.action == VERIFIED).order_by(AuditRecord.seq.desc()).limit(1)
    row = session.scalars(query).one_or_none()
    return None if row is None else Verified(row.at, row.actor, row.data.get("records", 0), row.data.get("broken_at"))


def _recorded(row: AuditRecord) -> Recorded:
    case = row.subject if CASE.fullmatch(row.subject) else None
    return Recorded(
        row.seq, row.at, _masked(row.actor), row.action, _masked(row.subject), _masked(row.data), row.hash, case
    )


def _masked(value: Any) -> Any:
    """What a record says, without figures that identify somebody."""
    if isinstance(value, dict):
        return {name: _masked(part) for name, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_masked(part) for part in value]
    if isinstance(value, str) and not PLAIN.fullmatch(value):
        return masking.figures(value)
    return value
