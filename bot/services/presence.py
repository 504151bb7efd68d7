"""Who is there at the desk: whether somebody can be expected to answer soon."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from bot.domain.rights import GENERAL
from bot.services.parts import Parts
from bot.store.tables import Membership, Person

WORKERS = ("agent", "supervisor")
JOINED = or_(Person.password_hash.is_not(None), Person.subject.is_not(None))
HERE = (Person.role.in_(WORKERS), Person.left_at.is_(None), JOINED)


def works_for(team: str) -> ColumnElement[bool]:
    """That somebody works on cases of a team; whoever belongs to no team works for the general one."""
    theirs = Person.id.in_(select(Membership.person_id).where(Membership.team == (team or GENERAL)))
    return or_(theirs, Person.id.not_in(select(Membership.person_id))) if team in ("", GENERAL) else theirs


def is_staffed(session: Session) -> bool:
    """Whether anybody who works on cases has joined the desk."""
    return session.scalars(select(Person.id).where(*HERE).limit(1)).first() is not None


def how_many(session: Session, team: str) -> int:
    """How many people who have joined work on cases of a team."""
    return session.scalar(select(func.count()).select_from(Person).where(*HERE, works_for(team))) or 0


def empty_teams(parts: Parts, session: Session) -> tuple[str, ...]:
    """The teams to which nobody who has joined belongs; none where nobody has joined at all."""
    if not is_staffed(session):
        return ()
    names = (team.name for team in parts.desk.teams)
    return tuple(
        name for name in names if session.scalar(select(Person.id).where(*HERE, works_for(name)).limit(1)) is None
    )


def team_for(parts: Parts, session: Session, language: str, reasons: Sequence[str]) -> str:
    """The team of a case: the first that takes it and to which somebody who has joined belongs."""
    return parts.desk.team_for(language, reasons, empty_teams(parts, session))


def is_present(parts: Parts, session: Session, team: str) -> bool:
    """Whether anybody of a team is there: available, and seen at the desk lately, while people work."""
    now = parts.now()
    if not parts.handover.opening_hours.are_open(now):
        return False
    seen = Person.seen_at >= now - timedelta(minutes=parts.desk.present_minutes)
    query = select(Person.id).where(*HERE, works_for(team), Person.available.is_(True), seen).limit(1)
    return session.scalars(query).first() is not None
