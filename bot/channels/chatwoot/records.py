"""How far each case was told to Chatwoot, in the ledger: what is new, what is under way, what went wrong."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from bot.channels.chatwoot.telling import Telling, teams_told
from bot.services.cases import reference
from bot.services.parts import Parts
from bot.store.tables import Case, CaseEvent, ChatwootConversation, Incident, OutboxMessage, Turn

PLACE = "chatwoot"
# What agents do in Chatwoot has clicks that begin so; what they wrote there need not be told there.
CLICK = "chatwoot:"
FROM_THERE = ("answered", "noted", "claimed", "released")
# So many times the same thing is refused before it is left out.
TRIES = 8
ITEMS_AT_ONCE = 50
# In the place of an owner: there was a conversation before this one.
ANEW = -1
DELIVERY_KEPT = timedelta(hours=2)
DELIVERY = {"sent": "delivered", "blocked": "failed", "dead": "failed"}

Status = Literal["new", "open", "resolved"]


@dataclass(frozen=True)
class Progress:
    """How far a case was told and heard, as the ledger keeps it in `ChatwootConversation.up_to`.

    ``turn`` and ``event``: the last ones that were told. ``heard``: the last message of Chatwoot that was worked on.
    ``owner``: the person to whom the conversation was given. ``trying``: the mark of what may have been sent.
    """

    turn: int = 0
    event: int = 0
    heard: int = 0
    owner: int = 0
    trying: str = ""

    def __str__(self) -> str:
        return f"{self.turn}:{self.event}:{self.heard}:{self.owner}:{self.trying}"

    @classmethod
    def of(cls, text: str) -> Progress:
        parts = (text or "0:0:0:0:").split(":")
        turn, event, heard, owner = (int(part) for part in parts[:4])
        return cls(turn, event, heard, owner, parts[4])


@dataclass(frozen=True)
class Item:
    """One thing to be told: a turn or an event by its id; text None where it came from Chatwoot itself."""

    mark: str
    at: datetime
    text: str | None
    incoming: bool = False
    turn: int = 0
    event: int = 0
    kind: str = ""


@dataclass(frozen=True)
class Told:
    """A case and where it stands in Chatwoot."""

    case_id: int
    reference: str
    conversation_id: str
    open: bool
    owner: int
    contact: int | None
    number: int | None
    status: Status
    progress: Progress
    attempts: int
    last_event: int

    @property
    def there(self) -> int:
        """The number of the conversation, once there is one."""
        if self.number is None:
            raise LookupError(f"{self.reference} has no conversation in Chatwoot")
        return self.number


@dataclass(frozen=True)
class Delivery:
    """Whether words that an agent wrote in Chatwoot reached the borrower."""

    number: int
    message: int
    status: str
    why: str


class Records:
    """Reads and writes where cases stand in Chatwoot."""

    def __init__(self, parts: Parts, telling: Telling) -> None:
        self.parts = parts
        self.telling = telling
        self.teams = teams_told(parts.settings)

    # -- what is to be done

    def due(self, heard_of: Collection[int]) -> tuple[list[int], set[int]]:
        """Cases of which something is to be told, or of whose conversations something was heard; and those of these
        conversations that have to wait, since something went wrong."""
        now = self.parts.now()
        turns = select(func.max(Turn.id)).where(Turn.conversation_id == Case.conversation_id).scalar_subquery()
        events = select(func.max(CaseEvent.id)).where(CaseEvent.case_id == Case.id).scalar_subquery()
        row = ChatwootConversation
        query = (
            select(Case.id, Case.resolved_at, Case.owner_id, turns, events, row)
            .outerjoin(row, row.case_id == Case.id)
            .where(
                or_(
                    Case.resolved_at.is_(None) & self._told_of(),
                    row.status.in_(("new", "open")),
                    row.chatwoot_id.in_(heard_of),
                )
            )
            .order_by(Case.id)
        )
        found: list[int] = []
        later: set[int] = set()
        with self.parts.store.reading() as session:
            for case_id, resolved_at, owner, turn, event, known in session.execute(query).tuples():
                if known is None:
                    found.append(case_id)
                    continue
                if known.next_try_at is not None and known.next_try_at > now:
                    later |= {known.chatwoot_id} & set(heard_of)
                    continue
                progress, is_open = Progress.of(known.up_to), resolved_at is None
                behind = (turn or 0) > progress.turn and is_open
                behind = behind or (event or 0) > progress.event or (owner or 0) != progress.owner
                stands = known.status == ("open" if is_open else "resolved")
                if behind or not stands or progress.trying or known.chatwoot_id in heard_of:
                    found.append(case_id)
        return found, later

    def _told_of(self) -> ColumnElement[bool]:
        return Case.team.in_(self.teams) if self.teams else Case.id.is_not(None)

    def numbers(self) -> list[int]:
        """The conversations of cases that are open in Chatwoot."""
        query = select(ChatwootConversation.chatwoot_id).where(
            ChatwootConversation.status == "open", ChatwootConversation.chatwoot_id.is_not(None)
        )
        with self.parts.store.reading() as session:
            return [number for number in session.scalars(query) if number is not None]

    def deliveries(self) -> list[Delivery]:
        """What became of words that agents wrote in Chatwoot lately."""
        since = self.parts.now() - DELIVERY_KEPT
        query = (
            select(ChatwootConversation.chatwoot_id, CaseEvent.key, OutboxMessage.status, OutboxMessage.blocked_by)
            .join(CaseEvent, CaseEvent.case_id == ChatwootConversation.case_id)
            .join(OutboxMessage, OutboxMessage.id == CaseEvent.outbox_id)
            .where(
                CaseEvent.kind == "answered", CaseEvent.at >= since, OutboxMessage.status.in_(DELIVERY),
                CaseEvent.key.like(f"%:{CLICK}%"),
            )
        )  # fmt: skip
        with self.parts.store.reading() as session:
            return [
                Delivery(number, int(key.rsplit(":", 1)[1]), DELIVERY[status], blocked_by or status)
                for number, key, status, blocked_by in session.execute(query).tuples()
                if number is not None
            ]

    # -- one case

    def load(self, case_id: int) -> Told:
        """Where a case stands; what it has come to by now is what its conversation will begin with."""
        with self.parts.store.transaction() as session:
            case = session.get_one(Case, case_id)
            row = session.get(ChatwootConversation, case_id)
            if row is None:
                row = ChatwootConversation(case_id=case_id, attempts=0, changed_at=self.parts.now())
                self._begin(session, case, row)
                session.add(row)
                session.flush()
            return self._as_told(session, case, row)

    def items(self, told: Told) -> list[Item]:
        """What happened and was said since, in order of time."""
        at = told.progress
        with self.parts.store.reading() as session:
            case = session.get_one(Case, told.case_id)
            events = session.scalars(
                select(CaseEvent)
                .where(CaseEvent.case_id == case.id, CaseEvent.id > at.event)
                .order_by(CaseEvent.id)
                .limit(ITEMS_AT_ONCE)
            ).all()
            found = [
                Item(
                    mark=f"e{event.id}",
                    at=event.at,
                    text=None if self._from_there(event) else self.telling.event(session, case, event),
                    event=event.id,
                    kind=event.kind,
                )
                for event in events
            ]
            if told.open:
                turns = session.scalars(
                    select(Turn)
                    .where(Turn.conversation_id == case.conversation_id, Turn.id > at.turn)
                    .order_by(Turn.id)
                    .limit(ITEMS_AT_ONCE)
                ).all()
                found += [
                    Item(f"t{turn.id}", turn.received_at, self._words(session, case, turn), True, turn=turn.id)
                    for turn in turns
                ]
            return sorted(found, key=lambda item: (item.at, item.incoming, item.turn + item.event))

    def _words(self, session: Session, case: Case, turn: Turn) -> str | None:
        return None if turn.status == "erased" else self.telling.of_borrower(session, case, turn)

    @staticmethod
    def _from_there(event: CaseEvent) -> bool:
        return event.kind in FROM_THERE and f":{CLICK}" in event.key

    def note(
        self,
        told: Told,
        progress: Progress | None = None,
        *,
        contact: int | None = None,
        number: int | None = None,
        status: Status | None = None,
    ) -> Told:
        """Writes down how far it got; what failed before did not fail for good."""
        with self.parts.store.transaction() as session:
            case, row = session.get_one(Case, told.case_id), session.get_one(ChatwootConversation, told.case_id)
            row.up_to = str(progress or Progress.of(row.up_to))
            row.contact_id, row.chatwoot_id = contact or row.contact_id, number or row.chatwoot_id
            if row.status == "new" and status == "open":
                self.parts.store.audit(session, self.parts.now(), PLACE, "chatwoot_told", told.reference)
            row.status = status or row.status
            row.attempts, row.next_try_at, row.changed_at = 0, None, self.parts.now()
            session.flush()
            return self._as_told(session, case, row)

    def trying(self, told: Told, mark: str) -> Told:
        """Marks something as perhaps sent, or by an empty mark as not; how often it failed stays."""
        with self.parts.store.transaction() as session:
            case, row = session.get_one(Case, told.case_id), session.get_one(ChatwootConversation, told.case_id)
            row.up_to = str(replace(told.progress, trying=mark))
            session.flush()
            return self._as_told(session, case, row)

    def lost(self, told: Told) -> None:
        """The conversation was deleted in Chatwoot: where the case goes on, another one is made."""
        with self.parts.store.transaction() as session:
            case, row = session.get_one(Case, told.case_id), session.get_one(ChatwootConversation, told.case_id)
            self.parts.store.audit(
                session, self.parts.now(), PLACE, "chatwoot_lost", reference(case.id), conversation=told.number
            )
            row.changed_at = self.parts.now()
            if case.resolved_at is not None:
                row.status = "resolved"
                return
            row.chatwoot_id = None
            self._begin(session, case, row)

    def lost_contact(self, told: Told) -> None:
        """The contact was deleted in Chatwoot; the next try makes it anew."""
        with self.parts.store.transaction() as session:
            session.get_one(ChatwootConversation, told.case_id).contact_id = None

    def failed(self, case_id: int, error: str, seconds: float, refused: bool) -> None:
        """Something did not work; it is tried again after some seconds. ``refused``: it would be refused again."""
        with self.parts.store.transaction() as session:
            row = session.get(ChatwootConversation, case_id)
            if row is None:
                return
            row.attempts += 1
            row.next_try_at = self.parts.now() + timedelta(seconds=seconds)
            row.changed_at = self.parts.now()
            if row.attempts == TRIES and refused:
                self._incident(session, session.get_one(Case, case_id), error)

    def given_up(self, told: Told, item: Item, error: str) -> None:
        """Something was refused so often that it is left out; it is seen among what failed."""
        with self.parts.store.transaction() as session:
            self._incident(session, session.get_one(Case, told.case_id), f"{item.mark} left out: {error}")

    def refused(self, told: Told, why: str, **data: int) -> None:
        """Somebody tried in Chatwoot what they may not."""
        with self.parts.store.transaction() as session:
            self.parts.store.audit(
                session, self.parts.now(), PLACE, "desk_refused", told.reference, why=why, page="chatwoot", **data
            )

    def handover(self, told: Told) -> str:
        """The note with which the conversation of a case begins."""
        at = told.progress
        with self.parts.store.reading() as session:
            case = session.get_one(Case, told.case_id)
            return self.telling.handover(session, case, at.turn, at.event, anew=at.owner == ANEW)

    def face(self, told: Told) -> tuple[str, str, dict[str, str]]:
        """By what the borrower is known in Chatwoot, their name there, and what the sidebar shows."""
        with self.parts.store.reading() as session:
            case = session.get_one(Case, told.case_id)
            source = self.telling.source(case.conversation_id)
            return source, self.telling.name(session, case), self.telling.attributes(case)

    def _begin(self, session: Session, case: Case, row: ChatwootConversation) -> None:
        """Sets a case to the beginning: all that has happened so far goes into the first note."""
        turn = session.scalar(select(func.max(Turn.id)).where(Turn.conversation_id == case.conversation_id))
        event = session.scalar(select(func.max(CaseEvent.id)).where(CaseEvent.case_id == case.id))
        row.status, row.up_to = "new", str(Progress(turn or 0, event or 0, owner=ANEW if row.up_to else 0))

    def _incident(self, session: Session, case: Case, error: str) -> None:
        now = self.parts.now()
        session.add(Incident(conversation_id=case.conversation_id, place=PLACE, error=error[:500], at=now))
        self.parts.store.audit(session, now, PLACE, "incident", reference(case.id), place=PLACE)

    def _as_told(self, session: Session, case: Case, row: ChatwootConversation) -> Told:
        last = session.scalar(select(func.max(CaseEvent.id)).where(CaseEvent.case_id == case.id))
        status: Status = row.status if row.status in ("open", "resolved") else "new"  # type: ignore[assignment]
        return Told(
            case_id=case.id,
            reference=reference(case.id),
            conversation_id=case.conversation_id,
            open=case.resolved_at is None,
            owner=case.owner_id or 0,
            contact=row.contact_id,
            number=row.chatwoot_id,
            status=status,
            progress=Progress.of(row.up_to),
            attempts=row.attempts,
            last_event=last or 0,
        )


def figures(session: Session) -> dict[str, int]:
    """How many cases are in Chatwoot, wait to be, and of how many something could not be told yet."""
    row = ChatwootConversation
    status = dict(session.execute(select(row.status, func.count()).group_by(row.status)).tuples().all())
    failing = session.scalar(select(func.count()).where(row.attempts > 0)) or 0
    return {"open": status.get("open", 0), "new": status.get("new", 0), "failing": failing}
