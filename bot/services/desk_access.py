"""Which cases somebody at the desk may see, as conditions of a query."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from bot.domain.rights import GENERAL, Actor
from bot.store.tables import Case


def visible(actor: Actor) -> list[ColumnElement[bool]]:
    """Of cases, those that somebody may see."""
    if actor.sees_all_teams:
        return []
    teams = set(actor.sees_teams)
    return [Case.team.in_([*teams, ""] if GENERAL in teams else [*teams])]


def of_team(team: str) -> ColumnElement[bool]:
    return Case.team.in_([team, ""]) if team == GENERAL else Case.team == team
