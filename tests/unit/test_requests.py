"""Requests about one's data and about what a machine decided are heard, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from bot.nlu.answers import request_made
from bot.nlu.requests import REQUESTS, request_reader

HEARD = {
    "object_to_automation": [
        "I don't want a computer deciding",
        "i object to automated decisions",
        "a human should decide this, not a machine",
        "我不同意由机器决定",
        "我不要電腦來決定我的事",
        "要人工复核",
    ],
    "ask_explanation": [
        "why did the machine turn me down",
        "how did you come to that offer?",
        "on what basis did you decide that offer",
        "why won't you accept my offer",
        "你们为什么拒绝我",
        "这个方案是怎么得出来的",
        "機器是怎麼決定的",
    ],
    "request_data_access": [
        "send me everything you have on me",
        "I'd like to make a subject access request",
        "can I get a copy of my personal data",
        "把你们掌握的我的信息都发给我",
        "我要查阅我的个人信息",
        "請提供你們保存的關於我的資料",
        "删除之前先把我的全部个人资料给我一份",
    ],
    "request_correction": [
        "my name is spelt wrong in your file",
        "my date of birth is wrong in your records",
        "please correct my name",
        "the address you've got on my file is wrong",
        "你们登记的出生日期不对",
        "我的地址有誤",
    ],
}


@pytest.mark.parametrize(("intent", "text"), [(intent, text) for intent, rows in HEARD.items() for text in rows])
def test_a_request_is_heard_in_both_languages(intent, text):
    assert request_reader().hear(text) == intent


@pytest.mark.parametrize(
    "text",
    [
        "why is there a fee",
        "how do you calculate the interest",
        "why was my card declined",
        "send me a copy of my contract",
        "explain the options again please",
        "I refuse to pay",
        "delete all my data",
        "I want all the data you hold on me erased",
        "have everything you store about me removed",
        "where did you get my data",
        "stop automatic payments",
        "I don't want to talk to a robot",
        "can you change my due date",
        "the amount is wrong",
        "sorry I typed my date of birth wrong",
        "为什么有手续费",
        "利息怎么算的",
        "取消自动扣款",
        "把我的资料删掉",
        "你们把我的信息给了谁",
        "金额不对",
        "我不同意",
        "我生日刚才打错了",
    ],
)
def test_what_only_sounds_like_a_request_is_none(text):
    assert request_reader().hear(text) is None


def test_every_request_has_words_of_both_languages():
    assert set(HEARD) == set(REQUESTS)


def test_a_hard_case_in_plain_words_goes_before_a_request_but_a_wish_for_a_person_does_not():
    text = "I don't want a computer deciding, let me talk to a person"

    assert request_made(text, "verified", [{"intent": "complain", "words": "certain"}]) is None
    assert request_made(text, "verified", [{"intent": "request_human", "words": "certain"}]) == "object_to_automation"
    assert request_made(text, "verified", [{"intent": "complain", "words": None}]) == "object_to_automation"


def test_details_put_right_while_identifying_are_no_request():
    text = "my date of birth is wrong, it's 9 January 1991"

    assert request_made(text, "identifying", []) is None
    assert request_made(text, "verified", []) == "request_correction"
