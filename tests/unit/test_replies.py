"""What is made of terms that were read back, by the chances of a reply and what it says besides."""

from __future__ import annotations

import pytest

from bot.nlu.replies import agrees, agrees_to_same, read_reply

UNSURE = {"agrees": 0.6, "agrees_if": 0.4}
NO_YES = {"agrees": 0.3, "agrees_if": 0.7}


def reading(*intents: str, sure: float = 0.9) -> list[dict]:
    return [{"name": name, "confidence": sure / (place + 1)} for place, name in enumerate(intents)]


@pytest.mark.parametrize(
    ("text", "reply", "agreed"),
    [
        ("put the kettle on, we're done here", {"agrees": 0.9}, True),
        ("grand so, go ahead, and what's the sort code", {"agrees": 0.3, "agrees_and_asks": 0.6}, True),
        ("can you send me a letter?", {"agrees": 0.1, "agrees_and_asks": 0.8}, False),
        ("ehh i guess so...", {"agrees": 0.9}, False),
        ("yes", UNSURE, True),
        ("the thing with the money", UNSURE, False),
        ("yes", NO_YES, False),
    ],
)
def test_an_unsure_yes_needs_plain_words_beside_it(text, reply, agreed):
    assert agrees(text, reply) is agreed


@pytest.mark.parametrize(("text", "agreed"), [("同意改成每月800", True), ("800 and not a penny more", False)])
def test_to_ask_for_the_terms_that_stand_is_to_agree_with_words_of_a_yes(text, agreed):
    assert agrees_to_same(text, {"wants_changed": 0.65, "agrees": 0.3}) is agreed


def test_a_sure_yes_is_one_whatever_the_message_alone_sounds_like():
    assert (
        read_reply("put the kettle on, done", set(), reading("complain", sure=0.4), False, {"agrees": 0.9}) == "affirm"
    )


@pytest.mark.parametrize(("top", "intent"), [("select_option", "propose_plan"), ("pay_now", "pay_now")])
def test_a_yes_that_names_terms_is_heard_by_what_looks_at_terms(top, intent):
    assert read_reply("75 it is", {"money"}, reading(top), False, {"agrees": 0.95}) == intent


@pytest.mark.parametrize(
    ("reply", "intent"),
    [
        ({"declines": 0.8}, "deny"),
        ({"too_much": 0.8}, "ask_better_offer"),
        ({"waits": 0.8}, "hold_on"),
        ({"agrees_if": 0.8}, "ask_repeat"),
        ({"asks": 0.8}, "ask_credit_impact"),
        ({"declines": 0.6, "agrees": 0.2}, None),
        ({"other": 0.9}, None),
    ],
)
def test_what_is_surely_no_yes_becomes_what_it_is(reply, intent):
    assert read_reply("…", set(), reading("out_of_scope", "ask_credit_impact"), False, reply) == intent


def test_what_the_message_alone_takes_for_a_yes_is_none_where_the_reply_is_none():
    assert (
        read_reply("yes this is Thandeka speaking, who is that?", set(), reading("affirm"), False, {"other": 0.9})
        == "ask_repeat"
    )


def test_so_short_a_yes_is_read_by_its_words():
    assert read_reply("是的，谢谢", set(), reading("affirm"), False, {"other": 0.9}) is None


def test_whoever_takes_leave_is_not_asked_to_take_their_time():
    assert read_reply("先这样，再见", set(), reading("goodbye"), False, {"waits": 0.9}) is None


@pytest.mark.parametrize("top", ["dispute_debt", "express_distress"])
def test_a_hard_case_goes_before_a_no(top):
    assert read_reply("no, it's not mine", set(), reading(top), True, {"declines": 0.9}) is None


@pytest.mark.parametrize("top", ["express_distress", "dispute_debt", "report_death"])
def test_a_hard_case_goes_before_a_yes(top):
    assert read_reply("yes, whatever", set(), reading(top), True, {"agrees": 0.95}) is None


def test_a_day_beside_a_wish_for_time_is_no_term():
    assert read_reply("i'll ask him tonight", {"date"}, reading("deny", sure=0.4), False, {"waits": 0.8}) == "hold_on"
    assert read_reply("no, 60", {"money"}, reading("deny"), False, {"declines": 0.9}) is None


def test_a_day_beside_a_question_is_no_term():
    top = reading("promise_payment", "ask_consequences", sure=0.4)
    assert read_reply("what if it's the 26th?", {"date", "duration"}, top, False, {"asks": 0.9}) == "ask_consequences"


@pytest.mark.parametrize(("asks", "intent"), [(0.99, "ask_consequences"), (0.78, None)])
def test_a_fee_to_come_is_asked_about_and_no_fee_to_be_taken_off(asks, intent):
    top = reading("request_waiver", "ask_consequences")
    assert read_reply("is there a fee if i pay one late", set(), top, False, {"asks": asks}) == intent


def test_without_a_reader_of_replies_plain_words_decide():
    assert agrees("yes", {}) is True
    assert read_reply("yes", set(), reading("affirm"), False, {}) is None
