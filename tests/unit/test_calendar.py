"""Working days: due dates leave weekends and holidays by the rule and stay in order."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendar import DAY_RULES, BusinessCalendar

days = st.dates(date(2015, 1, 1), date(2040, 12, 31))
countries = st.sampled_from(["CN", "GB", "US", "KW", "JP", "HK", "BN", "AE", "GB-SCT", "ZZ", ""])
rules = st.sampled_from(DAY_RULES)
moving = st.sampled_from(["next", "previous"])


@given(country=countries, weekend_rule=moving, holiday_rule=moving, day=days)
def test_a_day_moves_to_a_working_day_and_a_working_day_stays(country, weekend_rule, holiday_rule, day):
    calendar = BusinessCalendar(country, weekend_rule, holiday_rule)

    moved = calendar.moved(day)

    assert calendar.is_working_day(moved)
    assert (moved == day) == calendar.is_working_day(day)
    assert calendar.moved(moved) == moved


@given(country=countries, day=days)
def test_a_day_moves_only_the_way_that_its_rule_says_and_past_no_working_day(country, day):
    later = BusinessCalendar(country, "next", "next").moved(day)
    earlier = BusinessCalendar(country, "previous", "previous").moved(day)

    calendar = BusinessCalendar(country)
    between = [earlier + timedelta(days=n) for n in range(1, (later - earlier).days)]
    assert earlier <= day <= later
    assert not any(calendar.is_working_day(each) for each in between)


@given(country=countries, day=days)
def test_where_every_day_may_stay_nothing_moves(country, day):
    calendar = BusinessCalendar(country, "stay", "stay")

    assert calendar.moved(day) == day


@given(
    country=countries,
    weekend_rule=rules,
    holiday_rule=rules,
    first=days,
    gaps=st.lists(st.integers(1, 14), max_size=40),
    lead=st.integers(0, 10),
)
def test_the_days_of_a_schedule_stay_in_order(country, weekend_rule, holiday_rule, first, gaps, lead):
    schedule = [first + timedelta(days=sum(gaps[:count])) for count in range(len(gaps) + 1)]
    earliest = first - timedelta(days=lead)

    moved = BusinessCalendar(country, weekend_rule, holiday_rule).moved_all(schedule, earliest)

    assert len(moved) == len(schedule)
    assert moved[0] >= earliest
    assert all(before < after for before, after in pairwise(moved))


@pytest.mark.parametrize(
    ("country", "day", "following", "preceding"),
    [
        # Spring Festival 2027: from the eve (5 February) to the 10th, by law and its substitute days.
        ("CN", date(2027, 2, 5), date(2027, 2, 11), date(2027, 2, 4)),
        ("CN", date(2027, 2, 8), date(2027, 2, 11), date(2027, 2, 4)),
        # Sunday 4 January 2026 was a make-up working day for Friday the 2nd.
        ("CN", date(2026, 1, 2), date(2026, 1, 4), date(2025, 12, 31)),
        ("CN", date(2026, 1, 4), date(2026, 1, 4), date(2026, 1, 4)),
        # Christmas 2026 is a Friday; Boxing Day, a Saturday, is kept on Monday the 28th.
        ("GB", date(2026, 12, 25), date(2026, 12, 29), date(2026, 12, 24)),
        ("GB", date(2026, 12, 26), date(2026, 12, 29), date(2026, 12, 24)),
        ("GB", date(2026, 12, 28), date(2026, 12, 29), date(2026, 12, 24)),
        # Easter Monday is a bank holiday in England and none in Scotland.
        ("GB", date(2027, 3, 29), date(2027, 3, 30), date(2027, 3, 25)),
        ("GB-SCT", date(2027, 3, 29), date(2027, 3, 29), date(2027, 3, 29)),
        ("gb", date(2027, 3, 29), date(2027, 3, 30), date(2027, 3, 25)),
        ("GB-XX", date(2026, 12, 28), date(2026, 12, 29), date(2026, 12, 24)),
        # Thanksgiving.
        ("US", date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 25)),
        # New Year's Day 2028 is a Saturday, kept on Friday 31 December 2027.
        ("US", date(2027, 12, 31), date(2028, 1, 3), date(2027, 12, 30)),
        # The year ends within a weekend.
        ("US", date(2022, 12, 31), date(2023, 1, 3), date(2022, 12, 30)),
        # Kuwait rests on Friday and Saturday and works on Sunday.
        ("KW", date(2026, 11, 27), date(2026, 11, 29), date(2026, 11, 26)),
        ("KW", date(2026, 11, 28), date(2026, 11, 29), date(2026, 11, 26)),
        ("KW", date(2026, 11, 29), date(2026, 11, 29), date(2026, 11, 29)),
        # The Emirates rested on Friday and Saturday until 2021.
        ("AE", date(2021, 6, 4), date(2021, 6, 6), date(2021, 6, 3)),
        ("AE", date(2026, 6, 5), date(2026, 6, 5), date(2026, 6, 5)),
        # 29 February 2028 is a Tuesday.
        ("US", date(2028, 2, 29), date(2028, 2, 29), date(2028, 2, 29)),
        # A country that is not known.
        ("ZZ", date(2026, 12, 25), date(2026, 12, 25), date(2026, 12, 25)),
        ("ZZ", date(2026, 11, 28), date(2026, 11, 30), date(2026, 11, 27)),
        ("date", date(2026, 11, 28), date(2026, 11, 30), date(2026, 11, 27)),
    ],
)
def test_known_days_move_as_the_country_works(country, day, following, preceding):
    assert BusinessCalendar(country, "next", "next").moved(day) == following
    assert BusinessCalendar(country, "previous", "previous").moved(day) == preceding


@pytest.mark.parametrize(
    ("weekend_rule", "holiday_rule", "day", "moved"),
    [
        ("stay", "next", date(2026, 11, 28), date(2026, 11, 28)),
        ("stay", "next", date(2026, 11, 26), date(2026, 11, 27)),
        ("next", "stay", date(2026, 11, 26), date(2026, 11, 26)),
        ("previous", "next", date(2026, 11, 28), date(2026, 11, 27)),
        ("previous", "next", date(2026, 11, 26), date(2026, 11, 27)),
        # 4 July 2026 is a Saturday, kept on Friday the 3rd.
        ("next", "previous", date(2026, 7, 4), date(2026, 7, 2)),
        ("next", "stay", date(2026, 7, 4), date(2026, 7, 6)),
        ("stay", "next", date(2026, 7, 4), date(2026, 7, 6)),
    ],
)
def test_weekends_and_holidays_have_rules_of_their_own(weekend_rule, holiday_rule, day, moved):
    calendar = BusinessCalendar("US", weekend_rule, holiday_rule)

    assert calendar.moved(day) == moved


def test_payments_that_meet_on_one_day_go_on_to_the_next_working_days():
    calendar = BusinessCalendar("CN", "next", "next")

    moved = calendar.moved_all([date(2027, 2, 4), date(2027, 2, 6), date(2027, 2, 9), date(2027, 2, 11)])

    assert moved == [date(2027, 2, 4), date(2027, 2, 11), date(2027, 2, 12), date(2027, 2, 15)]


def test_a_day_does_not_move_to_before_the_earliest():
    calendar = BusinessCalendar("US", "previous", "previous")

    moved = calendar.moved_all([date(2026, 11, 28), date(2026, 12, 5)], earliest=date(2026, 11, 28))

    assert moved == [date(2026, 11, 30), date(2026, 12, 4)]


def test_days_out_of_order_are_refused():
    with pytest.raises(ValueError, match="ascend"):
        BusinessCalendar("US").moved_all([date(2026, 11, 25), date(2026, 11, 25)])


@pytest.mark.parametrize("rule", [("nearest", "next"), ("next", "")])
def test_what_is_no_rule_is_refused(rule):
    with pytest.raises(ValueError, match="stay, next, previous"):
        BusinessCalendar("US", *rule)


def test_no_day_moves_out_of_the_years_that_there_are():
    friday = date(9999, 12, 31)

    with pytest.raises(ValueError, match="no working day beyond 9999-12-31"):
        BusinessCalendar("KW").moved(friday)
