"""When a person takes over: reasons, priorities, and the time by which somebody answers."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator, model_validator

from bot.domain.policy import Strict

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


class Priority(Strict):
    """How soon a case of this priority is answered."""

    answer_within_hours: Annotated[float, Field(gt=0)]
    around_the_clock: bool = False


class Reason(Strict):
    """What a reason for a case brings with it."""

    priority: Literal["urgent", "high", "normal", "low"]
    holds: bool
    stops_collection: bool


class HandoverRules(Strict):
    """The whole of ``policies/handover.yml``."""

    opening_hours: OpeningHours
    priorities: dict[Literal["urgent", "high", "normal", "low"], Priority]
    reasons: dict[str, Reason]

    @model_validator(mode="after")
    def _priorities_have_hours(self) -> HandoverRules:
        missing = sorted({rule.priority for rule in self.reasons.values()} - set(self.priorities))
        if missing:
            raise ValueError(f"priorities has no line for {', '.join(missing)}")
        return self

    def due(self, reason: str, now: datetime) -> datetime:
        """When somebody will have answered a case opened now."""
        priority = self.priorities[self.reasons[reason].priority]
        if priority.around_the_clock:
            return now + timedelta(hours=priority.answer_within_hours)
        return self.opening_hours.after(now, priority.answer_within_hours)
