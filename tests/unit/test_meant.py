"""Which of several amounts, days and counts in a message is meant."""

from datetime import date
from decimal import Decimal

import pytest

from bot.domain.meant import meant, without_what_stands

TODAY = date(2026, 11, 23)


def found(text, *rows):
    """Mentions by ``(entity, value, words)``, in the order of the text."""
    mentions, at = [], 0
    for entity, value, words in rows:
        at = text.index(words, at)
        mentions.append({"entity": entity, "value": value, "start": at, "end": at + len(words)})
        at += len(words)
    return mentions


def values(text, *rows):
    return [m["value"] for m in meant(found(text, *rows), text, TODAY)]


@pytest.mark.parametrize(
    ("text", "amounts", "left"),
    [
        ("can't do 300, 180 tops", ("300", "180"), ["180"]),
        ("90 is pushing it. 75 i could stick to", ("90", "75"), ["75"]),
        ("65?? we said 56", ("65", "56"), ["56"]),
        ("rent's 900 and i'm on 1500 so id say 60 monthly", ("900", "1500", "60"), ["60"]),
        ("花呗那边每月要还800，你们这儿我最多150一个月", ("800", "150"), ["150"]),
        ("學貸每個月要繳2000，這邊500我勉強可以", ("2000", "500"), ["500"]),
        ("我两周结一次钱不假，可100不行，80", ("100", "80"), ["80"]),
        ("150, not 115", ("150", "115"), ["150"]),
        ("200 now and then 100 a month", ("200", "100"), ["200", "100"]),
        ("房租2000，水电300，你自己算", ("2000", "300"), ["2000", "300"]),
        ("300 down so 80 a month", ("300", "80"), ["300", "80"]),
    ],
)
def test_of_several_amounts_those_count_that_are_offered(text, amounts, left):
    assert values(text, *(("money", amount, amount) for amount in amounts)) == left


@pytest.mark.parametrize(
    ("text", "days", "left"),
    [
        ("5號繳房租，15號比較ok", ("5號", "15號"), ["15號"]),
        ("2号银行放假到不了账，4号", ("2号", "4号"), ["4号"]),
        ("发薪日10号，留两天缓冲，就12号", ("10号", "12号"), ["12号"]),
        ("1月15号我没钱，25号起", ("15号", "25号"), ["25号"]),
        ("not gonna have it on the 20th, 27th definitely", ("20th", "27th"), ["27th"]),
        ("the 15th and the 30th", ("15th", "30th"), ["15th", "30th"]),
    ],
)
def test_of_several_days_that_counts_on_which_somebody_settles(text, days, left):
    assert values(text, *(("day_of_month", day, day) for day in days)) == left


def test_two_parts_may_fall_on_two_days():
    text = "200 on the 5th so 300 on the 20th"
    rows = (("money", 200, "200"), ("date", "2026-12-05", "5th"), ("money", 300, "300"), ("date", "2026-12-20", "20th"))

    assert values(text, *rows) == [200, "2026-12-05", 300, "2026-12-20"]


@pytest.mark.parametrize(
    ("mentions", "left"),
    [
        ([("instalments", 6), ("instalments", 10)], [10]),
        ([("date", "2026-12-23"), ("date", "2026-12-28")], ["2026-12-28"]),
        ([("day_of_month", 23), ("date", "2026-12-28")], ["2026-12-28"]),
        ([("money", "150"), ("money", "120")], ["120"]),
        ([("instalments", 6), ("money", "150")], [6, "150"]),
        ([("instalments", 4), ("money", "150")], [4]),
    ],
)
def test_what_stands_already_is_no_wish_where_another_is_named(mentions, left):
    rows = [{"entity": entity, "value": value} for entity, value in mentions]

    assert [m["value"] for m in without_what_stands(rows, {Decimal(150)}, {23}, {6})] == left
