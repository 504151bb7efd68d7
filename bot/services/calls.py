"""When a borrower can be called: while people work, at an hour allowed where the borrower is, not all at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.rights import GENERAL
from bot.services.desk_access import of_team
from bot.services.parts import Parts
from bot.services.presence import how_many
from bot.store.tables import Account, Case

# Why nobody is called at a time: it has passed, it is too far off, nobody works, the borrower is left in peace then.
Obstacle = Literal["passed", "far", "closed", "resting"]


def obstacle(parts: Parts, account: Account | None, at: datetime) -> Obstacle | None:
    """Why nobody is called at a time; None where it may be. What is not known of a borrower hinders nothing."""
    now = parts.now()
    if at <= now:
        return "passed"
    if at > now + timedelta(days=parts.desk.callback_slots.days_ahead):
        return "far"
    if not parts.handover.opening_hours.are_open(at):
        return "closed"
    if account is not None and not parts.contact_of(account).allows(at.astimezone(ZoneInfo(account.time_zone))):
        return "resting"
    return None


def slots(parts: Parts, session: Session, case: Case) -> list[datetime]:
    """The next times at which somebody of a case's team can call its borrower: none where nobody is in the team."""
    return parts.desk.slots(parts.handover, parts.now(), _may_be(parts, session, case))


def is_free(parts: Parts, session: Session, case: Case, at: datetime) -> bool:
    """Whether a borrower may pick a time: no more calls stand then than there are people in the team."""
    return _may_be(parts, session, case)(at)


def _may_be(parts: Parts, session: Session, case: Case) -> Callable[[datetime], bool]:
    people = how_many(session, case.team)
    if not people:
        return lambda _: False
    taken = select(Case.call_at).where(
        of_team(case.team or GENERAL), Case.resolved_at.is_(None), Case.call_at.is_not(None), Case.id != case.id
    )
    calls = [at for at in session.scalars(taken) if at is not None]
    account = session.get(Account, case.account_id) if case.account_id is not None else None
    length = timedelta(minutes=parts.desk.callback_slots.minutes_apart)

    def may_be(at: datetime) -> bool:
        return sum(abs(call - at) < length for call in calls) < people and obstacle(parts, account, at) is None

    return may_be
