"""Payment schedules: what is paid on which day, exact to the minor unit."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from bot.domain.money import Money

Frequency = Literal["weekly", "biweekly", "monthly"]
FREQUENCIES: tuple[Frequency, ...] = ("weekly", "biweekly", "monthly")
DAYS_IN: dict[str, int] = {"weekly": 7, "biweekly": 14}


@dataclass(frozen=True)
class Instalment:
    """One payment of a schedule."""

    number: int
    due_on: date
    amount: Money
    down_payment: bool = False

    def as_json(self) -> dict[str, object]:
        return {
            "number": self.number,
            "due_on": self.due_on.isoformat(),
            "amount": self.amount.as_json(),
            "down_payment": self.down_payment,
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
    """Splits a total into payments of a fixed amount; the last one is the rest (at most the amount)."""
    if amount.minor < 1:
        raise ValueError("an instalment is more than nothing")
    whole, rest = divmod(total.minor, amount.minor)
    parts = [amount] * whole
    return [*parts, Money(rest, total.currency)] if rest else parts


def add_months(start: date, months: int, day: int | None = None) -> date:
    """The same day some months later (or ``day`` of that month), clamped to the month's end."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day or start.day, last))


def due_dates(first: date, frequency: Frequency, count: int, day_of_month: int | None = None) -> list[date]:
    """The due dates of ``count`` payments; monthly ones keep their day, clamped to the month's end."""
    if frequency == "monthly":
        day = day_of_month or first.day
        return [first] + [add_months(first, index, day) for index in range(1, count)]
    return [first + timedelta(days=DAYS_IN[frequency] * index) for index in range(count)]


def next_day_of_month(today: date, day: int) -> date:
    """The next date that falls on that day of the month (its last day where the month is shorter), after today."""
    candidate = add_months(today, 0, day)
    return candidate if candidate > today else add_months(today, 1, day)
