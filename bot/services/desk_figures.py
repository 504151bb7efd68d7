"""How the desk does: how long borrowers wait, what cases are about, how they end, what borrowers thought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.services.desk_views import Figures, Spread
from bot.services.parts import Parts
from bot.store.tables import Case, CaseEvent, Feedback, OutboxMessage

NINE_IN_TEN = 0.9
TAKEN = ("claimed", "assigned")


def figures_of(parts: Parts, session: Session, where: Sequence[Any], days: int, team: str | None) -> Figures:
    """Figures of the cases that fit some conditions, over the last days."""
    now, zone = parts.now(), ZoneInfo(parts.handover.opening_hours.time_zone)
    today = now.astimezone(zone).date()
    since = datetime.combine(today - timedelta(days=days - 1), datetime.min.time(), zone)
    columns = (
        Case.id,
        Case.reason,
        Case.status,
        Case.opened_at,
        Case.resolved_at,
        Case.outcome_kind,
        Case.reopened,
        Case.escalated,
    )
    within = or_(Case.opened_at >= since, Case.resolved_at >= since)
    rows = session.execute(select(*columns).where(within, *where)).all()
    opened = [row for row in rows if row.opened_at >= since]
    ended = [row for row in rows if row.resolved_at is not None and row.resolved_at >= since]
    ids = [row.id for row in rows]
    taken, answered = _first(session, ids, TAKEN), _first(session, ids, ("answered", "proposed"))
    still = select(func.count()).select_from(Case).where(Case.resolved_at.is_(None), *where)
    days_of = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    begun = Counter(_day(row.opened_at, zone) for row in opened)
    over = Counter(_day(row.resolved_at, zone) for row in ended)
    return Figures(
        days=days,
        team=team,
        opened=len(opened),
        open_now=session.scalar(still) or 0,
        ended=len(ended),
        to_claim=_spread(_minutes(row.opened_at, taken.get(row.id)) for row in opened),
        to_answer=_spread(_minutes(row.opened_at, answered.get(row.id)) for row in opened),
        to_end=_spread(_minutes(row.opened_at, row.resolved_at) for row in ended),
        by_reason=dict(Counter(row.reason for row in opened).most_common()),
        by_outcome=dict(Counter(row.outcome_kind or row.status for row in ended).most_common()),
        by_day=tuple((day, begun[day], over[day]) for day in days_of),
        returned=sum(row.status == "returned" for row in ended),
        reopened=sum(row.reopened > 0 for row in rows),
        expired=sum(row.status == "expired" for row in ended),
        escalated=sum(row.escalated > 0 for row in opened),
        answered_in_time=_in_time(session, [row.id for row in opened]),
        marks=_marks(session, where, since),
    )


def _first(session: Session, ids: Sequence[int], kinds: Sequence[str]) -> dict[int, datetime]:
    """When something of some kinds happened to cases for the first time."""
    rows = session.execute(
        select(CaseEvent.case_id, func.min(CaseEvent.at))
        .where(CaseEvent.kind.in_(kinds), CaseEvent.case_id.in_(ids))
        .group_by(CaseEvent.case_id)
    ).tuples()
    return dict(rows.all())


def _in_time(session: Session, ids: Sequence[int]) -> int:
    """Of how many cases the first answer came by when it was promised."""
    rows = session.execute(
        select(CaseEvent.case_id, CaseEvent.data)
        .outerjoin(OutboxMessage, OutboxMessage.id == CaseEvent.outbox_id)
        .where(
            CaseEvent.kind.in_(("answered", "proposed")),
            CaseEvent.case_id.in_(ids),
            func.coalesce(OutboxMessage.status, "") != "blocked",
        )
        .order_by(CaseEvent.id)
    ).tuples()
    first: dict[int, bool] = {}
    for case_id, data in rows:
        first.setdefault(case_id, bool(data.get("in_time")))
    return sum(first.values())


def _marks(session: Session, where: Sequence[Any], since: datetime) -> dict[int, int]:
    """How many gave which mark after a case."""
    mine = select(Case.conversation_id).where(*where)
    rows = session.execute(
        select(Feedback.mark, func.count())
        .where(
            Feedback.about.in_(("case", "refusal")),
            Feedback.mark.is_not(None),
            Feedback.given_at >= since,
            Feedback.conversation_id.in_(mine),
        )
        .group_by(Feedback.mark)
    ).tuples()
    return {mark: count for mark, count in rows if mark is not None}


def _minutes(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else (end - start).total_seconds() / 60


def _spread(values: Iterable[float | None]) -> Spread:
    """The median, and what nine in ten are at most."""
    found = sorted(value for value in values if value is not None)
    if not found:
        return Spread()
    middle = len(found) // 2
    median = found[middle] if len(found) % 2 else (found[middle - 1] + found[middle]) / 2
    return Spread(len(found), median, found[min(len(found) - 1, int(len(found) * NINE_IN_TEN))])


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()
