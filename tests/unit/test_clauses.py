"""A message with several thoughts is cut where one ends and the next begins."""

from __future__ import annotations

import pytest

from bot.nlu.clauses import clauses, past_greeting


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("I lost my job, could I do 50 a month", ["I lost my job", "could I do 50 a month"]),
        ("can't do 300 this month but I could manage 180", ["can't do 300 this month", "I could manage 180"]),
        ("我上个月失业了，每月还五百行不行", ["我上个月失业了", "每月还五百行不行"]),
        ("我们公司倒闭了能不能先缓两个月", ["我们公司倒闭了", "能不能先缓两个月"]),
        ("thanks, how much do I owe?", ["how much do I owe"]),
        ("选第一个，然后怎么付款呢", ["怎么付款呢"]),
        ("選第一個，那要怎麼繳呢", ["要怎麼繳呢"]),
        ("the first one, and how do i pay it", ["how do i pay it"]),
        ("我想申请分期还款 最近工资减了不少", ["我想申请分期还款", "最近工资减了不少"]),
        ("well, I, er, lost my job", ["well I er lost my job"]),
        ("how much do I owe", []),
        ("1,250.50 is too much for me", []),
        ("", []),
        ("...", []),
    ],
)
def test_clauses(text, parts):
    assert clauses(text) == parts


def test_there_are_never_too_many():
    assert len(clauses("one two three four. " * 40)) == 6


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("hi, I lost my job in March", "I lost my job in March"),
        ("在吗在吗？我上个月丢了工作", "我上个月丢了工作"),
        ("有人嗎 我想問還剩多少錢", "我想問還剩多少錢"),
        ("Hello there I have never borrowed this", "I have never borrowed this"),
        ("你好，我上个月失业了没钱还", "我上个月失业了没钱还"),
        ("hi there", "hi there"),
        ("你好，在吗", "你好，在吗"),
        ("high fees are not fair on me", "high fees are not fair on me"),
    ],
)
def test_a_greeting_does_not_hide_what_is_said_after_it(text, rest):
    assert past_greeting(text) == rest
