"""Schedules: the parts sum to the whole, the days ascend, months end where they end."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.money import Money
from bot.domain.schedule import (
    FREQUENCIES,
    add_months,
    due_dates,
    next_day_of_month,
    split_by_amount,
    split_evenly,
)

totals = st.integers(1, 10**12)
counts = st.integers(1, 520)
days = st.dates(date(2000, 1, 1), date(2100, 12, 31))
currencies = st.sampled_from(["JPY", "USD", "KWD"])


@given(total=totals, count=counts, currency=currencies)
def test_instalments_always_add_up_to_what_is_owed(total, count, currency):
    count = min(count, total)

    parts = split_evenly(Money(total, currency), count)

    assert sum(parts, start=Money.zero(currency)) == Money(total, currency)
    assert len(parts) == count
    assert all(part.minor > 0 for part in parts)


@given(total=totals, count=counts)
def test_only_the_last_instalment_takes_the_odd_cents(total, count):
    count = min(count, total)

    *equal, last = split_evenly(Money(total, "USD"), count)

    assert len(set(equal)) <= 1
    assert all(0 <= last.minor - part.minor < count for part in equal)


@given(total=totals, amount=st.integers(1, 10**12))
def test_payments_of_a_fixed_amount_add_up_and_the_last_is_the_rest(total, amount):
    amount = max(amount, total // 500 + 1)

    *whole, last = split_by_amount(Money(total, "USD"), Money(amount, "USD"))

    assert sum(whole, start=last) == Money(total, "USD")
    assert all(part.minor == amount for part in whole)
    assert 0 < last.minor <= amount


@pytest.mark.parametrize("count", [0, -3])
def test_a_schedule_without_payments_is_refused(count):
    with pytest.raises(ValueError, match="at least one"):
        split_evenly(Money(1000, "USD"), count)


def test_a_cent_cannot_be_halved():
    with pytest.raises(ValueError, match="cannot be split"):
        split_evenly(Money(1, "USD"), 2)


@pytest.mark.parametrize("minor", [0, -100])
def test_an_instalment_of_nothing_is_refused(minor):
    with pytest.raises(ValueError, match="more than nothing"):
        split_by_amount(Money(1000, "USD"), Money(minor, "USD"))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 10, 31), 1, date(2026, 11, 30)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 11, 15), 14, date(2028, 1, 15)),
        (date(2026, 11, 15), 0, date(2026, 11, 15)),
    ],
)
def test_a_month_later_stops_at_the_months_end(start, months, end):
    later = add_months(start, months)

    assert later == end


def test_a_plan_on_the_31st_falls_on_every_months_last_day():
    dates = due_dates(date(2027, 1, 31), "monthly", 5, day_of_month=31)

    assert dates == [
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2027, 4, 30),
        date(2027, 5, 31),
    ]


def test_a_plan_that_starts_on_the_31st_returns_to_it_after_february():
    dates = due_dates(date(2027, 1, 31), "monthly", 3)

    assert dates[2] == date(2027, 3, 31)


@given(first=days, frequency=st.sampled_from(FREQUENCIES), count=counts, day=st.none() | st.integers(1, 31))
def test_due_dates_ascend_from_the_first(first, frequency, count, day):
    dates = due_dates(first, frequency, count, day)

    assert len(dates) == count
    assert dates[0] == first
    assert all(earlier < later for earlier, later in pairwise(dates))


@pytest.mark.parametrize(("frequency", "gap"), [("weekly", 7), ("biweekly", 14)])
def test_weeks_stay_weeks(frequency, gap):
    dates = due_dates(date(2026, 12, 25), frequency, 4)

    assert {later - earlier for earlier, later in pairwise(dates)} == {timedelta(days=gap)}


@given(today=days, day=st.integers(1, 31))
def test_the_next_day_of_the_month_is_after_today_and_within_a_month_or_so(today, day):
    found = next_day_of_month(today, day)

    assert today < found <= today + timedelta(days=31)
    assert found.day == day or (found + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("today", "day", "found"),
    [
        (date(2026, 11, 23), 5, date(2026, 12, 5)),
        (date(2026, 11, 23), 25, date(2026, 11, 25)),
        (date(2026, 11, 23), 23, date(2026, 12, 23)),
        (date(2027, 1, 31), 31, date(2027, 2, 28)),
        (date(2026, 11, 30), 31, date(2026, 12, 31)),
    ],
)
def test_a_day_of_the_month_means_the_next_one_to_come(today, day, found):
    result = next_day_of_month(today, day)

    assert result == found
