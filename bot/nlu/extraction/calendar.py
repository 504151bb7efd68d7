"""Days counted from the day of the message."""

from __future__ import annotations

import calendar as _calendar
from datetime import date, timedelta


def day(year: int, month: int, number: int) -> date | None:
    """The day, or None where the calendar has none such."""
    try:
        return date(year, month, number)
    except ValueError:
        return None


def month_end(year: int, month: int) -> date:
    """The last day of a month; months may run past twelve."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, _calendar.monthrange(year, month)[1])


def plus_months(start: date, months: int) -> date:
    """The same day so many months later, or the month's last day where it is shorter."""
    index = start.year * 12 + start.month - 1 + months
    last = month_end(index // 12, index % 12 + 1)
    return last.replace(day=min(start.day, last.day))


def plus(start: date, count: float, unit: str) -> date | None:
    """`start` plus a count of D, W, M or Y; halves of months count 15 days. None beyond the calendar."""
    try:
        if unit == "D":
            return start + timedelta(days=round(count))
        if unit == "W":
            return start + timedelta(days=round(count * 7))
        months = count * (12 if unit == "Y" else 1)
        later = plus_months(start, int(months))
        return later + timedelta(days=round((months - int(months)) * 30))
    except (ValueError, OverflowError):
        return None


def next_weekday(today: date, weekday: int) -> date:
    """The next such day after today (Monday is 0)."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def weekday_of_week(today: date, weekday: int, weeks: int) -> date:
    """That day of the week `weeks` after this one; weeks begin on Monday."""
    return today + timedelta(days=weekday - today.weekday() + 7 * weeks)


def next_day_of_month(today: date, number: int) -> date | None:
    """The next day of that number, today included; months too short for it are passed over."""
    for ahead in range(4):
        first = plus_months(today.replace(day=1), ahead)
        found = day(first.year, first.month, number)
        if found and found >= today:
            return found
    return None


def next_month_day(today: date, month: int, number: int) -> date | None:
    """The next such day of that month, today included."""
    for year in range(today.year, min(today.year + 9, date.max.year)):
        found = day(year, month, number)
        if found and found >= today:
            return found
    return None


def last_day_of_month(today: date, number: int) -> date | None:
    """The last day of that number, today included."""
    for back in range(4):
        first = plus_months(today.replace(day=1), -back)
        found = day(first.year, first.month, number)
        if found and found <= today:
            return found
    return None


def day_of_coming_month(today: date, ahead: int, number: int) -> date | None:
    """The day of that number so many months ahead."""
    first = plus_months(today.replace(day=1), ahead)
    return day(first.year, first.month, number)
