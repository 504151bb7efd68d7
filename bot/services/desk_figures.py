"""How the desk does: how long borrowers wait, what cases are about, how they end, what borrowers thought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, String, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from bot.services.desk_views import Figures, Spread
from bot.services.parts import Parts
from bot.store.tables import Case, CaseEvent, Feedback, OutboxMessage

NINE_IN_TEN = 0.9
TAKEN = ("claimed", "assigned")
# What tells the borrower something, once it has left; what only waits for a colleague's decision is none of these.
ANSWERS = ("answered", "proposed", "approved")
# By what a mark is known to be about a case and not about what the bot did.
ABOUT_CASE = "case:"


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
        Case.due_at,
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
    taken, answered = _first(session, ids, TAKEN), _first(session, ids, ANSWERS)
    in_time, to_be_answered = _in_time(session, opened, now)
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
        answered_in_time=in_time,
        to_be_answered=to_be_answered,
        marks=_marks(session, where, since),
    )


def _first(session: Session, ids: Sequence[int], kinds: Sequence[str]) -> dict[int, datetime]:
    """When something of some kinds happened to cases for the first time; what was held back did not."""
    rows = session.execute(
        select(CaseEvent.case_id, func.min(CaseEvent.at))
        .outerjoin(OutboxMessage, OutboxMessage.id == CaseEvent.outbox_id)
        .where(CaseEvent.kind.in_(kinds), CaseEvent.case_id.in_(ids), _has_left())
        .group_by(CaseEvent.case_id)
    ).tuples()
    return dict(rows.all())


def _in_time(session: Session, opened: Sequence[Any], now: datetime) -> tuple[int, int]:
    """Of how many cases the first answer came by when it was promised; and how many were answered, or should have been:
    those that nobody answered count once their time has passed, whatever became of them since."""
    rows = session.execute(
        select(CaseEvent.case_id, CaseEvent.data)
        .outerjoin(OutboxMessage, OutboxMessage.id == CaseEvent.outbox_id)
        .where(
            CaseEvent.kind.in_(ANSWERS),
            CaseEvent.case_id.in_([row.id for row in opened]),
            _has_left(),
        )
        .order_by(CaseEvent.id)
    ).tuples()
    first: dict[int, bool] = {}
    for case_id, data in rows:
        first.setdefault(case_id, bool(data.get("in_time")))
    late = [row.id for row in opened if row.id not in first and row.due_at < (row.resolved_at or now)]
    return sum(first.values()), len(first) + len(late)


def _has_left() -> ColumnElement[bool]:
    return func.coalesce(OutboxMessage.status, "") != "blocked"


def _marks(session: Session, where: Sequence[Any], since: datetime) -> dict[int, int]:
    """How many gave which mark after a case; what they thought of the bot is none of these."""
    about = select(literal(ABOUT_CASE) + cast(Case.id, String)).where(*where)
    rows = session.execute(
        select(Feedback.mark, func.count())
        .where(Feedback.mark.is_not(None), Feedback.given_at >= since, Feedback.subject.in_(about))
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
