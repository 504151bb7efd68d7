"""When a person will have answered: by the clock where it is urgent, else in opening hours."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.handover import HandoverRules, OpeningHours

SINGAPORE = ZoneInfo("Asia/Singapore")
RULES = HandoverRules.model_validate(
    {
        "opening_hours": {
            "time_zone": "Asia/Singapore",
            "days": ["mon", "tue", "wed", "thu", "fri"],
            "from": "09:00",
            "to": "18:00",
        },
        "priorities": {
            "urgent": {"answer_within_hours": 1, "around_the_clock": True},
            "high": {"answer_within_hours": 4},
            "normal": {"answer_within_hours": 8},
            "low": {"answer_within_hours": 24},
        },
        "reasons": {
            "express_distress": {"priority": "urgent", "holds": True, "stops_collection": True},
            "dispute_debt": {"priority": "high", "holds": True, "stops_collection": True},
            "request_human": {"priority": "normal", "holds": True, "stops_collection": False},
            "request_document": {"priority": "low", "holds": False, "stops_collection": False},
        },
    }
)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment in November 2026 in Singapore; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SINGAPORE)


@pytest.mark.parametrize(
    ("reason", "now", "due"),
    [
        ("dispute_debt", local(23, 10), local(23, 14)),
        ("dispute_debt", local(23, 7), local(23, 13)),
        ("dispute_debt", local(23, 16), local(24, 11)),
        ("dispute_debt", local(23, 14), local(23, 18)),
        ("dispute_debt", local(23, 22), local(24, 13)),
        ("dispute_debt", local(27, 16), local(30, 11)),
        ("dispute_debt", local(28, 12), local(30, 13)),
        ("dispute_debt", local(29, 23, 59), local(30, 13)),
        ("request_human", local(27, 17, 30), local(30, 16, 30)),
        ("request_document", local(26, 12), local(30, 18)),
    ],
)
def test_opening_hours_alone_count_and_weekends_do_not(reason, now, due):
    promised = RULES.due(reason, now)

    assert promised == due


@pytest.mark.parametrize("now", [local(28, 3), local(23, 23, 30), local(29, 12)])
def test_what_is_urgent_is_answered_by_the_clock(now):
    promised = RULES.due("express_distress", now)

    assert (promised - now).total_seconds() == 3600


def test_the_borrowers_time_zone_changes_nothing():
    now = local(23, 10).astimezone(UTC)

    promised = RULES.due("dispute_debt", now)

    assert promised == local(23, 14)


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    hours=st.floats(0.1, 60),
)
def test_an_answer_is_promised_for_a_moment_at_which_somebody_works(start, hours):
    hours_of_work: OpeningHours = RULES.opening_hours

    promised = hours_of_work.after(start, hours).astimezone(SINGAPORE)

    assert promised > start
    assert promised.weekday() < 5
    assert hours_of_work.opens <= promised.time() <= hours_of_work.closes
