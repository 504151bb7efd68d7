"""Terms of a plan: frequency, instalments, length of time, percentage and the option that is picked."""

from datetime import datetime, timezone

import pytest

from bot.nlu.extraction import extract

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=timezone.utc)


def values(entity, text):
    return [e.value for e in extract(text, NOW) if e.entity == entity]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("every month", "monthly"),
        ("150 a month", "monthly"),
        ("monthly payments of 150", "monthly"),
        ("too much per month", "monthly"),
        ("$150/mo", "monthly"),
        ("200pm", "monthly"),
        ("how much a month", "monthly"),
        ("once a month", "monthly"),
        ("每月", "monthly"),
        ("每個月還兩千五", "monthly"),
        ("一个月还500", "monthly"),
        ("500一个月", "monthly"),
        ("我一个月最多能还八百", "monthly"),
        ("500元/月", "monthly"),
        ("月供3000", "monthly"),
        ("按月还", "monthly"),
        ("weekly", "weekly"),
        ("20 per week", "weekly"),
        ("every friday", "weekly"),
        ("on fridays", "weekly"),
        ("每周", "weekly"),
        ("每个礼拜五", "weekly"),
        ("一周一次", "weekly"),
        ("every two weeks", "biweekly"),
        ("every 2 weeks", "biweekly"),
        ("every 14 days", "biweekly"),
        ("every other friday", "biweekly"),
        ("fortnightly", "biweekly"),
        ("75 a fortnight", "biweekly"),
        ("bi-weekly", "biweekly"),
        ("每两周", "biweekly"),
        ("隔周还200块", "biweekly"),
        ("两周一次", "biweekly"),
        ("逐個月還五百", "monthly"),
        ("evry month", "monthly"),
    ],
)
def test_how_often_is_told_in_many_ways(text, value):
    assert values("frequency", text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "give me a month",
        "for a month",
        "another month",
        "a month off",
        "in a month",
        "every four weeks",
        "一个月后",
        "宽限一个月",
        "一个月内还清",
        "每期三百块",
    ],
)
def test_a_length_of_time_is_no_frequency(text):
    assert values("frequency", text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("in 6 payments", 6),
        ("in six installments", 6),
        ("split it into 4", 4),
        ("6 monthly payments", 6),
        ("twelve equal payments", 12),
        ("6 x 150", 6),
        ("150 x 6", 6),
        ("in 3 goes", 3),
        ("分十二期", 12),
        ("分12期", 12),
        ("剩下分六期", 6),
        ("餘下分十期", 10),
        ("6期", 6),
        ("分3次还清", 3),
        ("共24期", 24),
    ],
)
def test_the_number_of_instalments_is_read(text, value):
    assert values("instalments", text) == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("I missed 3 payments", 3),
        ("I've made 4 payments already", 4),
        ("3 payments behind", 3),
        ("31 of 60 payments made", 60),
        ("the 12 payment one", 12),
        ("还了四期了", 4),
        ("两期没还", 2),
    ],
)
def test_payments_that_were_made_or_missed_are_counted_too(text, value):
    assert values("instalments", text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "the first payment",
        "600 goes on rent",
        "I called three times",
        "漏了一期",
        "第三期",
        "最后一期",
        "能分几期",
    ],
)
def test_payments_that_are_told_are_no_terms(text):
    assert values("instalments", text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("over six months", "P6M"),
        ("for two weeks", "P2W"),
        ("two more weeks", "P2W"),
        ("a couple of weeks", "P2W"),
        ("another month", "P1M"),
        ("6-month plan", "P6M"),
        ("half a year", "P6M"),
        ("a year and a half", "P18M"),
        ("spread over a year", "P1Y"),
        ("pay it off in six months", "P6M"),
        ("within 10 days", "P10D"),
        ("48 hours", "PT48H"),
        ("20 mins", "PT20M"),
        ("two weeks ago", "P2W"),
        ("half an hour ago", "PT30M"),
        ("freeze it for a quarter", "P3M"),
        ("半个月", "P15D"),
        ("半年", "P6M"),
        ("一年半", "P18M"),
        ("一个半月", "P1M15D"),
        ("三个月", "P3M"),
        ("两個星期", "P2W"),
        ("宽限十天", "P10D"),
        ("三天内", "P3D"),
        ("分六个月还", "P6M"),
        ("48小时内", "PT48H"),
        ("延期三个月", "P3M"),
        ("再畀多十日我", "P10D"),
    ],
)
def test_a_length_of_time_is_iso_8601(text, value):
    assert values("duration", text) == [value]


@pytest.mark.parametrize(
    "text", ["a few days", "几天", "几个月", "150 a month", "in two weeks", "两周后", "2024年5月借的", "45 years old"]
)
def test_a_vague_length_or_another_meaning_gives_no_duration(text):
    assert values("duration", text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50%", [50]),
        ("20 percent off", [20]),
        ("10-20%", [10, 20]),
        ("half the balance", [50]),
        ("half now and half later", [50, 50]),
        ("a third of it", [33.33]),
        ("two thirds", [66.67]),
        ("1/2 now", [50]),
        ("打八折", [20]),
        ("七五折", [25]),
        ("85折", [15]),
        ("打个七折", [30]),
        ("对折", [50]),
        ("一半", [50]),
        ("利息减半", [50]),
        ("三成", [30]),
        ("三成半", [35]),
        ("百分之二十", [20]),
        ("百分百", [100]),
        ("三分之一", [33.33]),
        ("half an hour", []),
        ("half a year", []),
        ("two and a half grand", []),
        ("成功", []),
        ("打折", []),
    ],
)
def test_a_reduction_or_a_share_is_of_a_hundred(text, expected):
    assert values("percentage", text) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("the second one", 2),
        ("option 2", 2),
        ("option two", 2),
        ("option b", 2),
        ("plan A", 1),
        ("first", 1),
        ("I'll take the second", 2),
        ("the middle one", 2),
        ("the one in the middle", 2),
        ("the last one", -1),
        ("2", 2),
        ("方案二", 2),
        ("方案1", 1),
        ("第二个", 2),
        ("第一個", 1),
        ("选二", 2),
        ("就按方案一", 1),
        ("2号方案", 2),
        ("选A", 1),
        ("中间那个", 2),
        ("后面那个", -1),
        ("前者", 1),
    ],
)
def test_an_option_is_counted_from_one_and_the_last_is_minus_one(text, value):
    assert values("option", text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "4",
        "the first payment is late",
        "first one on dec 4",
        "no one told me",
        "second thoughts",
        "my number 2 phone",
        "第二期",
        "第一次逾期",
        "第一笔",
    ],
)
def test_counting_something_else_picks_no_option(text):
    assert values("option", text) == []
