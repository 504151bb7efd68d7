"""Payment schedules: what is paid on which day, exact to the minor unit."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from itertools import count as count_from
from itertools import islice
from typing import TYPE_CHECKING, Literal

from bot.domain.money import Money

if TYPE_CHECKING:
    from bot.domain.calendar import BusinessCalendar

Frequency = Literal["weekly", "biweekly", "monthly"]
FREQUENCIES: tuple[Frequency, ...] = ("weekly", "biweekly", "monthly")
DAYS_IN: dict[str, int] = {"weekly": 7, "biweekly": 14}


@dataclass(frozen=True)
class Rhythm:
    """How often and on which days a plan is paid.

    Weeks are counted from the first payment. Months keep the day of the first payment or ``day_of_month``.
    With ``paydays`` (days of the month on which the borrower is paid) a payment falls on each of them; the
    frequency is then merely the name under which a policy counts them. A day past a month's end means its last day.

    Raises ValueError for a frequency or a day of the month that does not exist, and for both kinds of day at once.
    """

    frequency: Frequency
    day_of_month: int | None = None
    paydays: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.frequency not in FREQUENCIES:
            raise ValueError(f"a plan is paid {', '.join(FREQUENCIES)}, not {self.frequency!r}")
        _check_days_of_month(self.paydays)
        if self.day_of_month is not None:
            _check_days_of_month((self.day_of_month,))
            if self.paydays:
                raise ValueError("a plan follows paydays or one day of the month, not both")

    def dates(self, first: date) -> Iterator[date]:
        """The due dates from ``first`` on, without end; with paydays, from the first payday that is not before it.

        Raises ValueError where the next date would lie beyond the year 9999.
        """
        if self.paydays:
            return (day for day in _month_by_month(first, self.paydays) if day >= first)
        if self.frequency == "monthly":
            day = self.day_of_month or first.day
            return (add_months(first, index, day) if index else first for index in count_from())
        days = DAYS_IN[self.frequency]
        return (add_days(first, days * index) for index in count_from())


@dataclass(frozen=True)
class Instalment:
    """One payment of a schedule; ``interest`` is what accrues until it since the one before, where interest goes on."""

    number: int
    due_on: date
    amount: Money
    down_payment: bool = False
    interest: Money | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "number": self.number,
            "due_on": self.due_on.isoformat(),
            "amount": self.amount.as_json(),
            "down_payment": self.down_payment,
            **({} if self.interest is None else {"interest": self.interest.as_json()}),
        }


def split_evenly(total: Money, count: int) -> list[Money]:
    """Splits a total into equal parts; the last part also takes the odd cents, so the parts sum to the whole.

    Raises ValueError for a count below one or above the minor units there are.
    """
    if count < 1:
        raise ValueError(f"a schedule has at least one instalment, not {count}")
    if total.minor < count:
        raise ValueError(f"{total.minor} minor units cannot be split into {count} payments")
    part = Money(total.minor // count, total.currency)
    return [part] * (count - 1) + [total - part * (count - 1)]


def split_by_amount(total: Money, amount: Money) -> list[Money]:
    """Splits a total into payments of a fixed amount; the last one is the rest (at most the amount).

    Raises ValueError for an amount of nothing, a total below nothing or two currencies.
    """
    if amount.minor < 1:
        raise ValueError("an instalment is more than nothing")
    if total < Money.zero(amount.currency):
        raise ValueError(f"{total.amount} {total.currency} cannot be paid in instalments")
    whole, rest = divmod(total.minor, amount.minor)
    parts = [amount] * whole
    return [*parts, Money(rest, total.currency)] if rest else parts


def add_days(start: date, days: int) -> date:
    """The day some days later. Raises ValueError outside of the years 1 to 9999."""
    try:
        return start + timedelta(days=days)
    except OverflowError:
        raise ValueError(f"{days} days from {start} lie outside of the years {MINYEAR} to {MAXYEAR}") from None


def add_months(start: date, months: int, day: int | None = None) -> date:
    """The same day some months later (or ``day`` of that month), clamped to the month's end.

    Raises ValueError outside of the years 1 to 9999.
    """
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise ValueError(f"{months} months from {start} lie outside of the years {MINYEAR} to {MAXYEAR}")
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day or start.day, last))


def due_dates(
    first: date,
    rhythm: Rhythm | Frequency,
    count: int,
    day_of_month: int | None = None,
    *,
    business_days: BusinessCalendar | None = None,
    earliest: date | None = None,
) -> list[date]:
    """The due dates of ``count`` payments, strictly ascending; from ``first`` on as `Rhythm.dates` says.

    ``day_of_month`` belongs to a bare frequency. With ``business_days`` the dates are moved by its rules as
    `BusinessCalendar.moved_all` says, never to before ``earliest``. The rhythm goes on from the unmoved dates.

    Raises ValueError for a count below one, for dates beyond the year 9999 and for what is no rhythm.
    """
    if count < 1:
        raise ValueError(f"a schedule has at least one payment, not {count}")
    if not isinstance(rhythm, Rhythm):
        rhythm = Rhythm(rhythm, day_of_month)
    elif day_of_month is not None:
        raise ValueError("the day of the month is the rhythm's own")
    dates = list(islice(rhythm.dates(first), count))
    return business_days.moved_all(dates, earliest) if business_days else dates


def next_day_of_month(today: date, day: int) -> date:
    """The next date that falls on that day of the month (its last day where the month is shorter), after today."""
    return next_payday(today, (day,))


def next_payday(today: date, paydays: tuple[int, ...]) -> date:
    """The next date that falls on one of those days of the month, after today.

    Raises ValueError for days outside of 1 to 31 and beyond the year 9999.
    """
    _check_days_of_month(paydays)
    if not paydays:
        raise ValueError("there is at least one payday")
    return next(day for day in _month_by_month(today, paydays) if day > today)


def _month_by_month(start: date, days: Iterable[int]) -> Iterator[date]:
    """Those days of every month from the month of ``start`` on; days that fall together count once."""
    for months in count_from():
        yield from sorted({add_months(start, months, day) for day in days})


def _check_days_of_month(days: Iterable[int]) -> None:
    for day in days:
        if not 1 <= day <= 31:
            raise ValueError(f"a day of the month is 1 to 31, not {day}")
