"""Reasons for not paying, told by the one who cannot pay."""

from datetime import datetime, timezone

import pytest

from bot.nlu.extraction import extract

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=timezone.utc)


def reasons(text):
    return [e.value for e in extract(text, NOW) if e.entity == "hardship_reason"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("I lost my job in March", "job_loss"),
        ("made redundant 3 months ago", "job_loss"),
        ("my employer went bust", "job_loss"),
        ("my company let me go", "job_loss"),
        ("我上个月失业了", "job_loss"),
        ("我被裁了", "job_loss"),
        ("冇咗份工", "job_loss"),
        ("公司倒闭了", "job_loss"),
        ("they cut my hours", "income_cut"),
        ("my hours went from thirty to twelve", "income_cut"),
        ("去年离的婚", "divorce"),
        ("爷爷瘫了，得我在家照看", "caring"),
        ("开了八年的面馆，年底收掉了", "business_failure"),
        ("my boss hasn't paid me for two months", "income_cut"),
        ("降薪了", "income_cut"),
        ("老闆拖糧", "income_cut"),
        ("现在没收入", "income_cut"),
        ("I've been sick for two weeks", "illness"),
        ("I just broke my leg", "illness"),
        ("medical bills", "illness"),
        ("我生病住院了", "illness"),
        ("开春起一直病着", "illness"),
        ("入咗醫院", "illness"),
        ("我出车祸了，腿断了", "illness"),
        ("my wife's in hospital and I can't work", "caring"),
        ("just had a baby", "other"),
        ("老婆生病住院了", "caring"),
        ("要照顾生病的父母", "caring"),
        ("my dad died and I had to pay for the funeral", "bereavement"),
        ("I lost my husband and I'm struggling to pay", "bereavement"),
        ("我爸上个月去世了，办丧事花了很多钱，还不上", "bereavement"),
        ("we got divorced and she took everything", "divorce"),
        ("离婚了，钱都给前妻了", "divorce"),
        ("my company went bankrupt", "business_failure"),
        ("had to close my shop", "business_failure"),
        ("我开的公司倒闭了", "business_failure"),
        ("生意失败了", "business_failure"),
        ("house flooded last week", "disaster"),
        ("家里着火了", "disaster"),
        ("my car broke down and I had to fix it", "other"),
        ("被骗了三万块", "other"),
    ],
)
def test_a_reason_is_recognised(text, reason):
    assert reasons(text) == [reason]


def test_two_reasons_are_both_told_and_each_once():
    assert reasons("I was laid off, unemployed since May, and my hours had been cut before") == [
        "job_loss",
        "income_cut",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "what if I lose my job?",
        "I'm worried I'll lose my job",
        "I didn't lose my job, I just forgot",
        "if I get sick what happens",
        "I'm sick of your calls",
        "I have no money at all",
        "I can't pay",
        "如果我失业了怎么办",
        "我没失业",
        "我没有生病",
        "现在真的没钱",
        "最近手头紧",
        "会坐牢吗",
        "no, I'm not sick",
        "省得大家麻烦",
        "我怕以后会失业",
    ],
)
def test_what_is_feared_denied_or_no_reason_is_none(text):
    assert reasons(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "my father passed away in May",
        "my father passed away, he owed you money",
        "Mum died in June. She had a loan with you.",
        "my husband passed away and I can't pay his loan",
        "the borrower has died",
        "我父亲去世了",
        "他已经去世了",
        "借款人已经过世了",
        "my brother was killed in a road accident, this is his number",
        "he lost his fight with cancer in june",
        "他癌症走了",
    ],
)
def test_the_report_of_a_death_is_no_reason(text):
    assert reasons(text) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("I work nights at the hospital", []),
        ("我在医院上班", []),
        ("I was at the hospital for two weeks", ["illness"]),
        ("mam came home from hospital and I'm minding her full time", ["caring"]),
        ("there's only the carers allowance coming in", ["caring"]),
    ],
)
def test_a_hospital_is_where_people_lie_and_where_they_work(text, told):
    assert reasons(text) == told
