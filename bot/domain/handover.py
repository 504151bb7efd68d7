"""When a person takes over: reasons, priorities, and the time by which somebody answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator, model_validator

from bot.domain.policy import Strict

# What a dispute can be about.
About = Literal["amount", "not_mine", "already_paid", "name_used"]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class OpeningHours(Strict):
    """When people work, in their own time zone."""

    time_zone: str
    days: Annotated[list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]], Field(min_length=1)]
    opens: time = Field(alias="from")
    closes: time = Field(alias="to")

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"{name!r} is no IANA time zone")
        return name

    @model_validator(mode="after")
    def _day_has_hours(self) -> OpeningHours:
        if self.closes <= self.opens:
            raise ValueError("the day closes after it opens")
        return self

    def after(self, start: datetime, hours: float) -> datetime:
        """The moment at which that many opening hours have passed since ``start`` (aware)."""
        zone, left = ZoneInfo(self.time_zone), timedelta(hours=hours)
        day = start.astimezone(zone).date()
        while True:
            if DAYS[day.weekday()] in self.days:
                opens = max(datetime.combine(day, self.opens, zone), start.astimezone(zone))
                closes = datetime.combine(day, self.closes, zone)
                if closes - opens >= left:
                    return opens + left
                left -= max(closes - opens, timedelta())
            day += timedelta(days=1)

    def next_open(self, at: datetime) -> datetime:
        """A moment itself where people work then, else the moment at which they begin again."""
        zone = ZoneInfo(self.time_zone)
        local = at.astimezone(zone)
        day = local.date()
        while True:
            if DAYS[day.weekday()] in self.days:
                opens, closes = (datetime.combine(day, hour, zone) for hour in (self.opens, self.closes))
                if local < closes:
                    return max(opens, local)
            day += timedelta(days=1)

    def are_open(self, at: datetime) -> bool:
        """Whether people work at a moment."""
        return self.next_open(at) == at


class Priority(Strict):
    """How soon a case of this priority is answered."""

    answer_within_hours: Annotated[float, Field(gt=0)]
    around_the_clock: bool = False


class Reason(Strict):
    """What a reason for a case brings with it."""

    priority: Literal["urgent", "high", "normal", "low"]
    holds: bool
    stops_collection: bool
    stops_contact: bool = False
    yields: bool = False


class Phrases(Strict):
    """Words by which something is recognised: regular expressions, English ones as whole words and in any case."""

    en: list[str] = Field(default_factory=list)
    zh: list[str] = Field(default_factory=list)

    @field_validator("en", "zh")
    @classmethod
    def _are_expressions(cls, rows: list[str]) -> list[str]:
        for row in rows:
            try:
                re.compile(row)
            except re.error as error:
                raise ValueError(f"{row!r} is no regular expression: {error}") from None
        return rows

    def stand_in(self, text: str) -> bool:
        """Whether a message holds any of them."""
        return bool(_pattern(tuple(self.en), tuple(self.zh)).search(text))


class HandoverRules(Strict):
    """The whole of ``policies/handover.yml``."""

    opening_hours: OpeningHours
    priorities: dict[Literal["urgent", "high", "normal", "low"], Priority]
    reasons: dict[str, Reason]
    disputes: dict[About, Phrases] = Field(default_factory=dict)
    asking_when: Phrases = Field(default_factory=Phrases)

    @model_validator(mode="after")
    def _priorities_have_hours(self) -> HandoverRules:
        missing = sorted({rule.priority for rule in self.reasons.values()} - set(self.priorities))
        if missing:
            raise ValueError(f"priorities has no line for {', '.join(missing)}")
        return self

    def about(self, text: str) -> About | None:
        """What a dispute is about by the borrower's own words, None where they do not say."""
        return next((about for about, phrases in self.disputes.items() if phrases.stand_in(text)), None)

    def due(self, reason: str, now: datetime) -> datetime:
        """When somebody will have answered a case opened now."""
        priority = self.priorities[self.reasons[reason].priority]
        if priority.around_the_clock:
            return now + timedelta(hours=priority.answer_within_hours)
        return self.opening_hours.after(now, priority.answer_within_hours)


@lru_cache(maxsize=32)
def _pattern(english: Sequence[str], chinese: Sequence[str]) -> re.Pattern[str]:
    rows = [*(rf"\b(?:{row})\b" for row in english), *chinese]
    return re.compile("|".join(f"(?:{row})" for row in rows) or r"(?!)", re.IGNORECASE)
