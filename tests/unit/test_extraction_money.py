"""Amounts as borrowers write them, and the part each plays in a deal."""

from datetime import datetime, timedelta, timezone

import pytest

from bot.nlu.extraction import extract

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=timezone(timedelta(hours=8)))

DOWN, EACH, LUMP = "down_payment", "per_instalment", "lump_sum"


def amounts(text):
    return [(e.value, e.role) for e in extract(text, NOW) if e.entity == "money"]


WRITTEN_AMOUNTS = [
    ("$1,500.50", 1500.5),
    ("1.5k", 1500),
    ("2 grand", 2000),
    ("2.5 grand", 2500),
    ("half a grand", 500),
    ("a grand and a half", 1500),
    ("two and a half thousand", 2500),
    ("two fifty", 250),
    ("one twenty-five", 125),
    ("twelve hundred", 1200),
    ("fifteen hundred bucks", 1500),
    ("a hundred and twenty", 120),
    ("2 hundred and fifty", 250),
    ("one thousand two hundred and fifty dollars", 1250),
    ("400", 400),
    ("maybe 400?", 400),
    ("no, 350", 350),
    ("£200", 200),
    ("€300", 300),
    ("S$150", 150),
    ("RMB 3000", 3000),
    ("usd500", 500),
    ("80 quid", 80),
    ("一千二", 1200),
    ("三万五", 35000),
    ("1万2", 12000),
    ("1万2千", 12000),
    ("1.5万", 15000),
    ("一点五万", 15000),
    ("两百五", 250),
    ("兩百五", 250),
    ("百五蚊", 150),
    ("万二", 12000),
    ("一百零五块", 105),
    ("两千零五十", 2050),
    ("一万零五百", 10500),
    ("三千块", 3000),
    ("五百塊", 500),
    ("三百刀", 300),
    ("500蚊", 500),
    ("三块五", 3.5),
    ("三千块零五毛", 3000.5),
    ("10w", 100000),
    ("2k", 2000),
    ("￥３，０００", 3000),
    ("ＲＭＢ３００", 300),
    ("贰仟伍佰元", 2500),
    ("貳仟伍佰圓", 2500),
    ("人民币3000元", 3000),
    ("二百五十块", 250),
    ("十二万五", 125000),
    ("Rs 6,500", 6500),
    ("八百太贵", 800),
    ("6,500 would do", 6500),
]


@pytest.mark.parametrize(("text", "value"), WRITTEN_AMOUNTS)
def test_an_amount_is_read_however_it_is_written(text, value):
    assert [found for found, _ in amounts(text)] == [value]


@pytest.mark.parametrize(
    "text",
    [
        "a few hundred maybe",
        "a couple hundred bucks",
        "two or three hundred a month",
        "hundreds of dollars",
        "300ish",
        "300+",
        "200 odd",
        "a hundred or two",
        "几百块吧",
        "三百多",
        "300多",
        "三五百",
        "两三千",
        "好几万",
        "上千块",
        "十几万",
        "百来块",
        "千把块",
        "三千出头",
        "几k",
        "around 3-4 hundred",
        "a grand and a bit",
        "二十多万",
        "十来万",
    ],
)
def test_a_vague_amount_is_approximate_and_has_no_value(text):
    found = [e for e in extract(text, NOW) if e.entity == "money"]

    assert [(e.value, e.approximate) for e in found] == [(None, True)]
    assert found[0].as_dict()["approximate"] is True


@pytest.mark.parametrize(
    ("text", "value"),
    [("about 200 a month", 200), ("around a grand or so", 1000), ("每月两千左右", 2000), ("不到三千", 3000)],
)
def test_a_hedged_amount_keeps_its_value(text, value):
    found = [e for e in extract(text, NOW) if e.entity == "money"]

    assert [(e.value, e.approximate) for e in found] == [(value, False)]
    assert "approximate" not in found[0].as_dict()


ROLES = [
    ("I could do two fifty a month", [(250, EACH)]),
    ("150/mo for 12 months", [(150, EACH)]),
    ("200 p/m", [(200, EACH)]),
    ("50 dollars every friday", [(50, EACH)]),
    ("75 a fortnight", [(75, EACH)]),
    ("6 payments of 150", [(150, EACH)]),
    ("6 x 150", [(150, EACH)]),
    ("150 x 6", [(150, EACH)]),
    ("100 for 24 months", [(100, EACH)]),
    ("500 each time", [(500, EACH)]),
    ("100-150 a month", [(100, EACH), (150, EACH)]),
    ("lower it from 600 to 400 a month", [(600, EACH), (400, EACH)]),
    ("you said 45 a week but I can only do 30", [(45, EACH), (30, EACH)]),
    ("reduce my payments from 600 to 400", [(600, EACH), (400, EACH)]),
    ("it's 150 not 115", [(150, None), (115, None)]),
    ("at most 180", [(180, None)]),
    ("180 tops", [(180, None)]),
    ("500 down", [(500, DOWN)]),
    ("500 upfront then 100 a month", [(500, DOWN), (100, EACH)]),
    ("500 now and the rest in 6 payments", [(500, DOWN)]),
    ("I'll pay 200 today and the rest over 6 months", [(200, DOWN)]),
    ("deposit of 400 followed by 6 payments of 150", [(400, DOWN), (150, EACH)]),
    ("I can start with 100 and then 50 a week", [(100, DOWN), (50, EACH)]),
    ("$400 by Friday, then $100 weekly", [(400, DOWN), (100, EACH)]),
    ("400 on the 25th", [(400, None)]),
    ("I get paid on the 25th, I'll pay 400 then", [(400, None)]),
    ("settle for 2000", [(2000, None)]),
    ("2000 in full", [(2000, LUMP)]),
    ("a one time payment of 1200", [(1200, LUMP)]),
    ("rent went up 400 in one go", [(400, None)]),
    ("a one-off payment of 900", [(900, LUMP)]),
    ("5000 in one go", [(5000, LUMP)]),
    ("if you drop the late fee of 35 I'll pay 600 today", [(35, None), (600, None)]),
    ("I paid 300 yesterday", [(300, None)]),
    ("I owe 3000 but can pay 500 down", [(3000, None), (500, DOWN)]),
    ("my salary is 2500 a month", [(2500, None)]),
    ("I have 2 kids and 300 left", [(300, None)]),
    ("先还一千五,剩下分六期", [(1500, DOWN)]),
    ("先还1500，剩下的分六期还", [(1500, DOWN)]),
    ("首付两千，之后每月五百", [(2000, DOWN), (500, EACH)]),
    ("頭期五千，每期一千二", [(5000, DOWN), (1200, EACH)]),
    ("今晚还500，剩下的下个月还", [(500, DOWN)]),
    ("我每个月最多还一千二", [(1200, EACH)]),
    ("500块一个月可以吗", [(500, EACH)]),
    ("每月从600降到400", [(600, EACH), (400, EACH)]),
    ("分12期，每期350", [(350, EACH)]),
    ("月供3000太高了", [(3000, EACH)]),
    ("下周五之前还你三千", [(3000, None)]),
    ("我25号发工资，到时候还400", [(400, None)]),
    ("一次性还5000可以结清吗", [(5000, LUMP)]),
    ("我可以出两万结清", [(20000, None)]),
    ("不超过500", [(500, None)]),
    ("不是115，是150", [(115, None), (150, None)]),
    ("我欠你们两万三", [(23000, None)]),
    ("房租每月1500", [(1500, None)]),
    ("我昨天还了500", [(500, None)]),
    ("本金20000，利息3000，一共23000", [(20000, None), (3000, None), (23000, None)]),
    ("還三百，100是利息", [(300, None), (100, None)]),
    ("我可以每月还 200 dollars", [(200, EACH)]),
    ("I can pay 三百块 a month", [(300, EACH)]),
    ("我 next friday 还你们 three hundred", [(300, None)]),
    ("120 on the 15th of each month works", [(120, EACH)]),
    ("I'll give you 1000 today and then 250 a month", [(1000, DOWN), (250, EACH)]),
    ("12 months at 95", [(95, EACH)]),
    ("2k now", [(2000, None)]),
    ("hold on till friday, I'll send the whole 220", [(220, LUMP)]),
    ("take the 35 late fee off and I'll clear it today", [(35, None)]),
    ("they put me on 116 quid a week, that's my only income", [(116, None)]),
    ("五百一个月我就行", [(500, EACH)]),
    ("头一笔给一千，之后每半个月给三百", [(1000, DOWN), (300, EACH)]),
    ("分三次，每次1800", [(1800, EACH)]),
    ("我一个月到手四千二，拿出八百还您", [(4200, None), (800, None)]),
    ("我马上还你们四千，别再打电话了", [(4000, None)]),
    ("我下月10号一次性还本金18000", [(18000, LUMP)]),
]


@pytest.mark.parametrize(("text", "expected"), ROLES)
def test_amounts_get_a_role_where_the_words_make_it_clear(text, expected):
    assert amounts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2",
        "I have 3 kids and 2 jobs",
        "I'm 45 years old",
        "since 2019 I've been paying",
        "chapter 13 bankruptcy",
        "call 911",
        "24/7",
        "my pin is 1234",
        "5 stars",
        "the 6th payment",
        "option 2",
        "at 5%",
        "in 6 payments",
        "我有两个孩子",
        "打四分",
        "我今年四十五岁",
        "打八折",
        "千万别打电话",
        "万一还不上",
        "一点钱都没有",
        "2019年借的",
        "第三期",
        "十分感谢",
        "551208",
        "the full number is 9047-2231, it ends with 2231",
        "8840-1279 not 8804",
        "they cut my hours from 40 to 16",
        "10/10",
        "thanks a million",
        "I was 16 then",
        "street number is 18 not 81",
        "把本金利息一块儿还了",
        "一了百了",
        "日息万五",
        "再砍一刀",
        "一块钱都没有",
        "身份证后四位 3821",
        "死了两百多头猪",
    ],
)
def test_a_number_that_counts_something_else_is_no_money(text):
    assert amounts(text) == []


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("$50", None),
        ("50 bucks", None),
        ("500块", None),
        ("US$50", "USD"),
        ("S$50", "SGD"),
        ("HK$50", "HKD"),
        ("£50", "GBP"),
        ("50 euros", "EUR"),
        ("RMB50", "CNY"),
        ("¥50", "CNY"),
        ("五十美元", "USD"),
        ("500港币", "HKD"),
        ("50 us dollars", "USD"),
    ],
)
def test_a_written_currency_is_told(text, currency):
    assert [e.currency for e in extract(text, NOW)] == [currency]


def test_the_mention_stands_where_its_text_stands():
    text = "ok，我每个月还１，５００块"

    found = next(e for e in extract(text, NOW) if e.entity == "money")

    assert found.as_dict() == {
        "entity": "money",
        "value": 1500,
        "role": "per_instalment",
        "start": text.index("１"),
        "end": len(text),
        "text": "１，５００块",
    }
