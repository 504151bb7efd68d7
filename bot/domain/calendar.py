"""Working days: on which day a payment is due that falls on a weekend or a public holiday.

Weekends, public holidays and make-up working days are computed by the `holidays` library. It knows them for
some years only (most countries: until 2100; announced ones, such as China's make-up days, as far as they are
announced); outside of those every day that is no weekend is a working day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

import holidays

DayRule = Literal["stay", "next", "previous"]
DAY_RULES: tuple[DayRule, ...] = ("stay", "next", "previous")

ISO_3166 = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?")
SATURDAY = 5
# Where public holidays differ by region, the region whose holidays close the country's clearing systems
# (Bacs and CHAPS follow the bank holidays of England and Wales).
CLEARING_REGION = {"GB": "ENG"}


class DaysOff(NamedTuple):
    """The days of one year on which a country does not work; a holiday on a weekend is in both."""

    weekend: frozenset[date]
    holidays: frozenset[date]


@dataclass(frozen=True)
class BusinessCalendar:
    """A country's working days, and what happens to a due date that falls on another day.

    ``country`` is an ISO 3166 code, of a country ("US") or of a region ("GB-SCT"); a country that is not known
    has no holidays and rests on Saturday and Sunday. A rule says whether such a day stays, or moves to the next
    or the previous working day. A holiday on a weekend follows the rule for holidays, or the one for weekends
    where holidays stay. Days that move always move to a day that is neither weekend nor holiday.

    Raises ValueError for a rule that is none.
    """

    country: str
    weekend_rule: DayRule = "next"
    holiday_rule: DayRule = "next"

    def __post_init__(self) -> None:
        for rule in (self.weekend_rule, self.holiday_rule):
            if rule not in DAY_RULES:
                raise ValueError(f"a day moves by one of {', '.join(DAY_RULES)}, not {rule!r}")

    def is_working_day(self, day: date) -> bool:
        """Whether a day is neither weekend nor public holiday, or is a make-up working day."""
        off = days_off(self.country, day.year)
        return day not in off.weekend and day not in off.holidays

    def moved(self, day: date) -> date:
        """The day on which a payment is due that falls on ``day``.

        Raises ValueError where the first or the last day that there is would have to be passed.
        """
        rule = self._rule(day)
        if rule == "stay":
            return day
        return self._nearest(day, 1 if rule == "next" else -1)

    def moved_all(self, days: Sequence[date], earliest: date | None = None) -> list[date]:
        """Moves the days of a schedule, which ascend, and keeps them ascending.

        A day that would fall on or before the one before it moves to the next working day after that one;
        a day that would fall before ``earliest`` moves to the first working day from there on.

        Raises ValueError for days that do not ascend.
        """
        placed: list[date] = []
        for index, day in enumerate(days):
            if index and day <= days[index - 1]:
                raise ValueError(f"the days of a schedule ascend, but {day} comes after {days[index - 1]}")
            due = self.moved(day)
            if earliest is not None and due < earliest:
                due = self._nearest(earliest, 1)
            if placed and due <= placed[-1]:
                due = self._nearest(_step(placed[-1], 1), 1)
            placed.append(due)
        return placed

    def _rule(self, day: date) -> DayRule:
        off = days_off(self.country, day.year)
        if day in off.holidays and self.holiday_rule != "stay":
            return self.holiday_rule
        return self.weekend_rule if day in off.weekend else "stay"

    def _nearest(self, day: date, step: int) -> date:
        """The first working day from ``day`` on, forwards (1) or backwards (-1)."""
        while not self.is_working_day(day):
            day = _step(day, step)
        return day


@lru_cache(maxsize=1024)
def days_off(country: str, year: int) -> DaysOff:
    """The weekends and the public holidays of a country in one year; make-up working days are in neither."""
    first = date(year, 1, 1)
    days = [first + timedelta(days=index) for index in range((date(year, 12, 31) - first).days + 1)]
    known = _known(country, year)
    if known is None:
        return DaysOff(frozenset(day for day in days if day.weekday() >= SATURDAY), frozenset())
    # The weekend is asked for day by day: countries have changed theirs (the Emirates in 2022).
    weekend = frozenset(day for day in days if known.is_weekend(day) and day not in known.weekend_workdays)
    return DaysOff(weekend, frozenset(known))


def _known(country: str, year: int) -> holidays.HolidayBase | None:
    """What the library knows of a country (of the whole country, where it does not know the region)."""
    code = ISO_3166.fullmatch(country.upper())
    if code is None:
        return None
    for region in (code[2] or CLEARING_REGION.get(code[1]), None):
        try:
            return holidays.country_holidays(code[1], subdiv=region, years=year, expand=False)
        except NotImplementedError:
            continue
    return None


def _step(day: date, step: int) -> date:
    try:
        return day + timedelta(days=step)
    except OverflowError:
        raise ValueError(f"there is no working day beyond {day}") from None
