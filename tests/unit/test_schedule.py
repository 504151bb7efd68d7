"""Schedules: the parts sum to the whole, the days ascend, months end where they end."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendar import DAY_RULES, BusinessCalendar
from bot.domain.money import Money, MoneyError
from bot.domain.schedule import (
    FREQUENCIES,
    Rhythm,
    add_months,
    due_dates,
    next_day_of_month,
    next_payday,
    split_by_amount,
    split_evenly,
)

totals = st.integers(1, 10**12)
counts = st.integers(1, 520)
days = st.dates(date(2000, 1, 1), date(2100, 12, 31))
currencies = st.sampled_from(["JPY", "USD", "KWD"])
days_of_month = st.integers(1, 31)
paydays = st.lists(days_of_month, min_size=1, max_size=5).map(tuple)
rhythms = st.one_of(
    st.builds(Rhythm, st.sampled_from(FREQUENCIES), st.none() | days_of_month),
    st.builds(Rhythm, st.sampled_from(FREQUENCIES), paydays=paydays),
)


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


@given(total=totals, amount=st.integers(1, 10**12), currency=currencies)
def test_payments_of_a_fixed_amount_add_up_and_the_last_is_the_rest(total, amount, currency):
    amount = max(amount, total // 500 + 1)

    *whole, last = split_by_amount(Money(total, currency), Money(amount, currency))

    assert sum(whole, start=last) == Money(total, currency)
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


def test_a_debt_below_nothing_is_not_split():
    with pytest.raises(ValueError, match="cannot be paid"):
        split_by_amount(Money(-1000, "USD"), Money(100, "USD"))


def test_a_debt_is_not_paid_in_another_currency():
    with pytest.raises(MoneyError, match="do not mix"):
        split_by_amount(Money(1000, "USD"), Money(100, "EUR"))


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


@given(first=days, rhythm=rhythms, count=counts)
def test_every_rhythm_ascends_and_begins_no_earlier_than_it_may(first, rhythm, count):
    dates = due_dates(first, rhythm, count)

    assert len(dates) == count
    assert dates[0] >= first
    assert all(earlier < later for earlier, later in pairwise(dates))


@given(first=days, days=paydays, count=counts)
def test_payments_fall_on_paydays_and_leave_none_out(first, days, count):
    dates = due_dates(first, Rhythm("monthly", paydays=days), count)

    every_day = [first + timedelta(days=n) for n in range((dates[-1] - first).days + 1)]
    assert dates == [day for day in every_day if is_payday(day, days)]


def is_payday(day, days):
    month_ends = (day + timedelta(days=1)).day == 1
    return day.day in days or (month_ends and max(days) > day.day)


@given(first=days, day=days_of_month, count=counts)
def test_a_month_that_is_too_short_moves_only_its_own_payment(first, day, count):
    dates = due_dates(first, Rhythm("monthly", day), count)

    assert all(due.day == day or (due.day < day and (due + timedelta(days=1)).day == 1) for due in dates[1:])


@given(
    first=days,
    rhythm=rhythms,
    count=st.integers(1, 60),
    country=st.sampled_from(["CN", "GB", "US", "KW", "ZZ"]),
    weekend_rule=st.sampled_from(DAY_RULES),
    holiday_rule=st.sampled_from(DAY_RULES),
)
def test_dates_moved_to_working_days_ascend_and_stay_near(first, rhythm, count, country, weekend_rule, holiday_rule):
    calendar = BusinessCalendar(country, weekend_rule, holiday_rule)

    moved = due_dates(first, rhythm, count, business_days=calendar, earliest=first)

    assert len(moved) == count
    assert moved[0] >= first
    assert all(earlier < later for earlier, later in pairwise(moved))
    unmoved = due_dates(first, rhythm, count)
    assert all(abs((a - b).days) <= 20 for a, b in zip(moved, unmoved, strict=True))


def test_the_15th_and_the_months_end():
    dates = due_dates(date(2028, 1, 20), Rhythm("biweekly", paydays=(31, 15)), 6)

    assert dates == [
        date(2028, 1, 31),
        date(2028, 2, 15),
        date(2028, 2, 29),
        date(2028, 3, 15),
        date(2028, 3, 31),
        date(2028, 4, 15),
    ]


def test_paydays_that_meet_at_a_months_end_are_one_payment():
    dates = due_dates(date(2027, 2, 1), Rhythm("monthly", paydays=(29, 30, 31)), 3)

    assert dates == [date(2027, 2, 28), date(2027, 3, 29), date(2027, 3, 30)]


def test_a_payday_on_the_first_day_counts():
    dates = due_dates(date(2026, 12, 15), Rhythm("monthly", paydays=(15,)), 2)

    assert dates == [date(2026, 12, 15), date(2027, 1, 15)]


def test_the_rhythm_goes_on_from_the_days_before_they_were_moved():
    calendar = BusinessCalendar("GB")

    dates = due_dates(date(2026, 12, 25), "weekly", 3, business_days=calendar)

    assert dates == [date(2026, 12, 29), date(2027, 1, 4), date(2027, 1, 8)]


def test_instalments_in_a_long_holiday_do_not_meet():
    calendar = BusinessCalendar("CN")

    dates = due_dates(date(2027, 2, 5), Rhythm("monthly", paydays=(5, 10, 11)), 3, business_days=calendar)

    assert dates == [date(2027, 2, 11), date(2027, 2, 12), date(2027, 2, 15)]


@pytest.mark.parametrize("count", [0, -1])
def test_no_due_dates_are_refused(count):
    with pytest.raises(ValueError, match="at least one payment"):
        due_dates(date(2026, 11, 23), "monthly", count)


@pytest.mark.parametrize(
    "rhythm", ["weekly", "biweekly", "monthly", Rhythm("monthly", 31), Rhythm("monthly", paydays=(15, 31))]
)
def test_the_calendar_ends_with_the_year_9999(rhythm):
    with pytest.raises(ValueError, match="outside of the years 1 to 9999"):
        due_dates(date(9999, 12, 20), rhythm, 5)


def test_nothing_comes_before_the_year_1():
    with pytest.raises(ValueError, match="outside of the years 1 to 9999"):
        add_months(date(1, 3, 1), -3)


@pytest.mark.parametrize("day", [0, 32, -1])
def test_a_day_that_no_month_has_is_refused(day):
    with pytest.raises(ValueError, match="1 to 31"):
        Rhythm("monthly", paydays=(15, day))
    with pytest.raises(ValueError, match="1 to 31"):
        due_dates(date(2026, 11, 23), "monthly", 3, day)
    with pytest.raises(ValueError, match="1 to 31"):
        next_payday(date(2026, 11, 23), (day,))


def test_an_unknown_frequency_is_refused():
    with pytest.raises(ValueError, match="weekly, biweekly, monthly"):
        due_dates(date(2026, 11, 23), "daily", 3)


def test_paydays_and_a_day_of_the_month_are_not_both_followed():
    with pytest.raises(ValueError, match="not both"):
        Rhythm("monthly", 5, (15, 31))
    with pytest.raises(ValueError, match="rhythm's own"):
        due_dates(date(2026, 11, 23), Rhythm("monthly"), 3, 5)


@pytest.mark.parametrize(
    ("today", "days", "found"),
    [
        (date(2026, 11, 14), (15, 31), date(2026, 11, 15)),
        (date(2026, 11, 15), (31, 15), date(2026, 11, 30)),
        (date(2026, 12, 31), (15, 31), date(2027, 1, 15)),
        (date(2028, 2, 28), (31,), date(2028, 2, 29)),
    ],
)
def test_the_next_payday_is_after_today(today, days, found):
    assert next_payday(today, days) == found


def test_there_is_no_next_payday_without_paydays():
    with pytest.raises(ValueError, match="at least one payday"):
        next_payday(date(2026, 11, 23), ())
