"""How people work on cases: teams, what becomes of cases that wait, call-backs, outcomes, sessions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from bot.domain.handover import HandoverRules
from bot.domain.policy import Strict
from bot.domain.rights import GENERAL
from bot.domain.unfit import raise_if_any

Count = Annotated[int, Field(ge=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,29}$")]
Hours = Annotated[float, Field(gt=0, le=24 * 90)]


class Title(Strict):
    """How something is called, in both languages of the desk."""

    en: Annotated[str, Field(min_length=1, max_length=80)]
    zh: Annotated[str, Field(min_length=1, max_length=80)]

    def of(self, language: str) -> str:
        """The words in a language of the desk: English, or Chinese for everything that begins with zh."""
        return self.zh if language.startswith("zh") else self.en


class Team(Strict):
    """People who take cases together: in which languages, for which reasons. What is left out is everything."""

    name: Name
    title: Title
    languages: list[str] = Field(default_factory=list)
    reasons: list[str] = Field(default_factory=list)

    def takes(self, language: str, reasons: Sequence[str]) -> bool:
        """Whether a case in a language is theirs, for any of its reasons."""
        return (not self.languages or language in self.languages) and (
            not self.reasons or any(reason in self.reasons for reason in reasons)
        )


class Outcome(Strict):
    """One way in which a case can end."""

    kind: Name
    title: Title


class Times(Strict):
    """How long cases may stand still. Hours count while people work; those of urgent cases count by the clock.

    ``claimed_idle_hours``: after which a case that somebody took and nobody answered goes back to waiting and is
    escalated. ``escalates_again_hours``: after the first escalation comes the second. ``expires_after_hours``: after
    the second one the borrower gets the bot back, with an apology, unless the case is one of ``never_expire``.
    ``borrower_silent_hours`` count by the clock: after an answer that nobody said anything to, a case ends quietly.
    """

    claimed_idle_hours: Hours = 4
    escalates_again_hours: Hours = 8
    expires_after_hours: Hours = 24
    borrower_silent_hours: Hours = 72
    never_expire: list[str] = Field(default_factory=list)


class CallbackSlots(Strict):
    """The times at which a borrower may be called back: so many, so many minutes apart, inside opening hours.

    In ``minutes_apart`` nobody makes more than one call. ``days_ahead``: later than that no call is promised.
    """

    offered: Annotated[int, Field(ge=1, le=6)] = 3
    minutes_apart: Annotated[int, Field(ge=15, le=480)] = 60
    notice_minutes: Annotated[int, Field(ge=0, le=1440)] = 30
    days_ahead: Annotated[int, Field(ge=1, le=60)] = 14


class SignInRules(Strict):
    """Signing in at the desk: how long it lasts, how often it may go wrong.

    Tries that failed are counted by login since it last went well, in a window and in a day, and by where they come
    from in a window, whatever went well meanwhile.
    """

    idle_minutes: Count = 30
    longest_hours: Count = 10
    link_hours: Count = 48
    telegram_code_minutes: Count = 10
    window_minutes: Count = 15
    tries_a_login: Count = 5
    tries_a_login_a_day: Count = 30
    tries_an_origin: Count = 40


class DeskRules(Strict):
    """The whole of ``policies/desk.yml``."""

    teams: Annotated[list[Team], Field(min_length=1)]
    outcomes: Annotated[list[Outcome], Field(min_length=1)]
    times: Times = Times()
    present_minutes: Annotated[int, Field(ge=1, le=120)] = 5
    callback_slots: CallbackSlots = CallbackSlots()
    sign_in: SignInRules = SignInRules()

    @field_validator("teams")
    @classmethod
    def _last_team_takes_all(cls, teams: list[Team]) -> list[Team]:
        names = [team.name for team in teams]
        raise_if_any(
            (f"another team is called {name!r} already", [index, "name"])
            for index, name in enumerate(names)
            if name in names[:index]
        )
        last = teams[-1]
        if last.name != GENERAL or last.languages or last.reasons:
            raise ValueError(f"must end with the team {GENERAL!r}, which has no languages and no reasons: it takes all")
        return teams

    @model_validator(mode="after")
    def _outcomes_differ(self) -> DeskRules:
        kinds = [outcome.kind for outcome in self.outcomes]
        raise_if_any(
            (f"another outcome is called {kind!r} already", ["outcomes", index, "kind"])
            for index, kind in enumerate(kinds)
            if kind in kinds[:index]
        )
        return self

    def team_for(self, language: str, reasons: Sequence[str], empty: Collection[str] = ()) -> str:
        """The name of the first team that takes a case and is not ``empty``; the last one takes what is left."""
        return next(
            (team.name for team in self.teams if team.takes(language, reasons) and team.name not in empty), GENERAL
        )

    def team(self, name: str) -> Team | None:
        """A team by its name; None where the lender has none of that name any more."""
        return next((team for team in self.teams if team.name == name), None)

    def outcome(self, kind: str) -> Outcome | None:
        """An outcome by its kind; None where there is no such one."""
        return next((outcome for outcome in self.outcomes if outcome.kind == kind), None)

    def slots(self, handover: HandoverRules, now: datetime, free: Callable[[datetime], bool]) -> list[datetime]:
        """The next times that are ``free`` for a call, inside opening hours, on round quarters of an hour."""
        rules, hours = self.callback_slots, handover.opening_hours
        found: list[datetime] = []
        at, last = _quarter(now + timedelta(minutes=rules.notice_minutes)), now + timedelta(days=rules.days_ahead)
        while len(found) < rules.offered and (at := max(at, hours.next_open(at))) <= last:
            if free(at):
                found.append(at)
            at += timedelta(minutes=rules.minutes_apart)
        return found


def _quarter(at: datetime) -> datetime:
    """The next full quarter of an hour, or the moment itself where it is one."""
    late = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    return at if not late else at - late + timedelta(minutes=15)


def after(handover: HandoverRules, priority: str, start: datetime, hours: float) -> datetime:
    """The moment at which that many hours have passed for a case: opening hours, or by the clock where it is urgent."""
    if handover.priorities[priority].around_the_clock:  # type: ignore[index]
        return start + timedelta(hours=hours)
    return handover.opening_hours.after(start, hours)
