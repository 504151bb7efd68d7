"""Days that borrowers name, counted from Saturday 21 November 2026."""

from datetime import datetime, timedelta, timezone

import pytest

from bot.nlu.extraction import extract

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=timezone(timedelta(hours=8)))


def days(text, language=None, now=NOW):
    return [(e.value, e.role) for e in extract(text, now, language) if e.entity == "date"]


def values(text, language=None, now=NOW):
    return [value for value, _ in days(text, language, now)]


ENGLISH = [
    ("friday", "2026-11-27"),
    ("this friday", "2026-11-27"),
    ("next friday", "2026-11-27"),
    ("next week friday", "2026-11-27"),
    ("friday after next", "2026-12-04"),
    ("saturday", "2026-11-28"),
    ("on fri", "2026-11-27"),
    ("today", "2026-11-21"),
    ("tonight", "2026-11-21"),
    ("tmrw", "2026-11-22"),
    ("tommorow", "2026-11-22"),
    ("the day after tomorrow", "2026-11-23"),
    ("yesterday", "2026-11-20"),
    ("last friday", "2026-11-20"),
    ("in two weeks", "2026-12-05"),
    ("in a fortnight", "2026-12-05"),
    ("in six months", "2027-05-21"),
    ("two weeks from now", "2026-12-05"),
    ("a week from friday", "2026-12-04"),
    ("in a month's time", "2026-12-21"),
    ("half a month from now", "2026-12-06"),
    ("the 25th", "2026-11-25"),
    ("on 25th", "2026-11-25"),
    ("the 21st", "2026-11-21"),
    ("by the 1st", "2026-12-01"),
    ("on the 31st", "2026-12-31"),
    ("the 5th of next month", "2026-12-05"),
    ("25 Nov", "2026-11-25"),
    ("Nov 25th", "2026-11-25"),
    ("december the 1st", "2026-12-01"),
    ("20 Nov", "2027-11-20"),
    ("Dec 1, 2026", "2026-12-01"),
    ("monday, 30th nov", "2026-11-30"),
    ("2026-12-01", "2026-12-01"),
    ("25/11", "2026-11-25"),
    ("12/25", "2026-12-25"),
    ("on 25.11", "2026-11-25"),
    ("end of the month", "2026-11-30"),
    ("month end", "2026-11-30"),
    ("at the end of next month", "2026-12-31"),
    ("end of november", "2026-11-30"),
    ("two weeks from today", "2026-12-05"),
    ("see you thurs", "2026-11-26"),
    ("since tuesday", "2026-11-17"),
    ("since the 6th", "2026-11-06"),
    ("they said the 14th", "2026-12-14"),
    ("the debit went through on the 15th", "2026-11-15"),
]
CHINESE = [
    ("周五", "2026-11-27"),
    ("这周五", "2026-11-27"),
    ("下周五", "2026-11-27"),
    ("下個禮拜五", "2026-11-27"),
    ("下下周三", "2026-12-02"),
    ("礼拜五", "2026-11-27"),
    ("本周日", "2026-11-22"),
    ("上周五", "2026-11-13"),
    ("明天", "2026-11-22"),
    ("听日", "2026-11-22"),
    ("聽日", "2026-11-22"),
    ("后天", "2026-11-23"),
    ("大后天", "2026-11-24"),
    ("今晚", "2026-11-21"),
    ("昨天", "2026-11-20"),
    ("月底", "2026-11-30"),
    ("下个月底", "2026-12-31"),
    ("年底", "2026-12-31"),
    ("两周后", "2026-12-05"),
    ("半个月后", "2026-12-06"),
    ("一個月後", "2026-12-21"),
    ("三天之后", "2026-11-24"),
    ("过三天", "2026-11-24"),
    ("25号", "2026-11-25"),
    ("二十五号", "2026-11-25"),
    ("下个月15号", "2026-12-15"),
    ("12月1号", "2026-12-01"),
    ("十二月一號前", "2026-12-01"),
    ("明年1月15号", "2027-01-15"),
    ("2026年12月1日", "2026-12-01"),
    ("12/1", "2026-12-01"),
    ("11.28号", "2026-11-28"),
]


@pytest.mark.parametrize(("text", "day"), ENGLISH)
def test_a_day_named_in_english_is_the_next_to_come(text, day):
    assert values(text) == [day]


@pytest.mark.parametrize(("text", "day"), CHINESE)
def test_a_day_named_in_chinese_is_the_next_to_come(text, day):
    language = "zh-Hans" if text == "12/1" else None

    assert values(text, language) == [day]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12 May 1990", "1990-05-12"),
        ("12th of may 1990", "1990-05-12"),
        ("May 12, 1990", "1990-05-12"),
        ("12 may 90", "1990-05-12"),
        ("3/7/1988", "1988-07-03"),
        ("dob 03/07/88", "1988-07-03"),
        ("born 12.5.1990", "1990-05-12"),
        ("my date of birth is 1990-05-12", "1990-05-12"),
        ("19900512", "1990-05-12"),
        ("1990年5月12日", "1990-05-12"),
        ("90年5月12号", "1990-05-12"),
        ("一九九零年五月十二日", "1990-05-12"),
        ("1990.5.12", "1990-05-12"),
        ("dob 110396", "1996-03-11"),
        ("born in 1983, october 21", "1983-10-21"),
        ("我是95年的，8月20号", "1995-08-20"),
        ("民國79年5月12日", "1990-05-12"),
        ("twentieth of march nineteen ninety one", "1991-03-20"),
    ],
)
def test_a_birth_date_stays_in_the_past_and_has_no_role(text, day):
    assert days(text) == [(day, None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("300 a week from next Friday", [("2026-11-27", "start")]),
        ("starting next monday", [("2026-11-23", "start")]),
        ("pay 200 a month starting on the 15th", [("2026-12-15", "start")]),
        ("from monday onwards", [("2026-11-23", "start")]),
        ("从下周五开始每月还300", [("2026-11-27", "start")]),
        ("下个月1号起每月还300", [("2026-12-01", "start")]),
        ("every friday, starting next week", [("2026-11-27", "start")]),
        ("I'll pay on friday", [("2026-11-27", "payment")]),
        ("400 on the 25th", [("2026-11-25", "payment")]),
        ("I get paid on the 25th, I'll pay 400 then", [("2026-11-25", "payment")]),
        ("下周五之前还你三千", [("2026-11-27", "payment")]),
        ("聽日還錢", [("2026-11-22", "payment")]),
        ("I get paid on friday", [("2026-11-27", None)]),
        ("call me tomorrow after 6", [("2026-11-22", None)]),
        ("25號發工資", [("2026-11-25", None)]),
        ("I paid on the 3rd", [("2026-11-03", None)]),
        ("I paid 200 on 5 November and 200 on 12 November", [("2026-11-05", None), ("2026-11-12", None)]),
        ("3号还了500", [("2026-11-03", None)]),
    ],
)
def test_a_date_is_a_start_or_a_day_of_payment_where_the_words_say_so(text, expected):
    assert days(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "next month",
        "next week",
        "in a few days",
        "in may I lost my job",
        "I might pay",
        "when I get paid",
        "beginning of december",
        "three months ago",
        "two days ago",
        "24/7",
        "I sat down",
        "monday to friday",
        "first thing",
        "give me a second",
        "the first payment",
        "on the 30th of february",
        "my birthday is 12 May",
        "下个月",
        "过几天",
        "过两天",
        "月初",
        "周一到周五",
        "以后天天打",
        "一周一次",
        "5月份还",
        "第三期",
        "I never missed a payment in four years",
        "two hours ago",
        "2/10, you only repeat yourself",
        "1/3 now, 1/3 later",
        "再给十日",
        "我迟了三日",
        "超过九十天",
        "payday is every second thursday",
    ],
)
def test_a_vague_day_gives_no_date(text):
    assert values(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on the 15th of every month", [15]),
        ("150 a month on the 15th", [15]),
        ("every 15th", [15]),
        ("pay on the 1st and 15th of each month", [1, 15]),
        ("can we move my payment date to the 5th?", [5]),
        ("move my payment date from the 1st to the 15th", [1, 15]),
        ("the end of every month", [31]),
        ("每个月十五号还两百五", [15]),
        ("每月十五号和三十号", [15, 30]),
        ("还款日能不能改到20号", [20]),
        ("把还款日从5号改到20号", [5, 20]),
        ("每月底还", [31]),
        ("can my emi date be changed from 3rd to 10th", [3, 10]),
        ("move my due date to month end", [31]),
        ("每月还款改到月底", [31]),
        ("还款日搬去十号", [10]),
        ("is my due date the 9th? I get paid on the 28th", []),
        ("400 on the 25th, then 100 a month", []),
        ("I get paid on the 25th", []),
    ],
)
def test_a_day_that_recurs_or_is_the_plans_own_is_a_day_of_the_month(text, expected):
    assert [e.value for e in extract(text, NOW) if e.entity == "day_of_month"] == expected


def test_every_month_and_its_day_are_both_told():
    found = [(e.entity, e.value) for e in extract("每个月十五号", NOW)]

    assert found == [("frequency", "monthly"), ("day_of_month", 15)]


def test_the_order_of_day_and_month_follows_the_language():
    assert values("on 3/5", "en") == ["2027-05-03"]
    assert values("on 3/5", "zh-Hans") == ["2027-03-05"]
    assert values("on 3/5", "en-US") == ["2027-03-05"]
    assert values("on 3/12", "en-US") == ["2026-12-03"]


def test_a_weekday_said_on_that_day_is_a_week_ahead():
    friday = datetime(2026, 11, 27, 10, 0, tzinfo=timezone.utc)

    assert values("friday", now=friday) == ["2026-12-04"]
    assert values("this friday", now=friday) == ["2026-11-27"]
    assert values("周五", now=friday) == ["2026-12-04"]


def test_next_friday_is_the_friday_of_the_next_week():
    tuesday = datetime(2026, 11, 24, 10, 0, tzinfo=timezone.utc)

    assert values("friday", now=tuesday) == values("this friday", now=tuesday) == ["2026-11-27"]
    assert values("next friday", now=tuesday) == ["2026-12-04"]
    assert values("下周五", now=tuesday) == ["2026-12-04"]


def test_the_day_is_that_of_the_borrowers_clock():
    late_in_shanghai = datetime(2026, 11, 22, 0, 30, tzinfo=timezone(timedelta(hours=8)))

    assert values("明天", now=late_in_shanghai) == ["2026-11-23"]
