"""What is made of options on the table, by the chances of a message and what it says besides."""

from __future__ import annotations

from typing import Any

import pytest

from bot.nlu.choices import read_choice


def reading(*intents: str, sure: float = 0.9) -> list[dict[str, Any]]:
    return [{"name": name, "confidence": sure / (place + 1)} for place, name in enumerate(intents)]


def heard(intent: str, words: str | None = None, then: str = "ask") -> list[dict[str, Any]]:
    return [{"intent": intent, "words": words, "then": then, "chance": 0.4}]


@pytest.mark.parametrize(
    ("text", "choice", "top", "meant"),
    [
        ("the lil payments", {"picks": 0.6}, "out_of_scope", "select_option"),
        ("这还用问", {"agrees": 0.6}, "give_feedback", "accept_offer"),
        ("half me pay mate", {"too_much": 0.6}, "request_waiver", "ask_better_offer"),
        ("none的 sorry ya", {"declines": 0.6}, "ask_help", "reject_offer"),
        ("諗諗先", {"waits": 0.6}, "ask_help", "hold_on"),
        ("the lil payments", {"picks": 0.4, "asks": 0.3}, "out_of_scope", None),
        ("happy thanksgiving", {"other": 0.9}, "out_of_scope", None),
    ],
)
def test_what_the_model_of_all_messages_leaves_open_is_settled(text, choice, top, meant):
    assert read_choice(text, set(), reading(top, sure=0.4), [], choice) == meant


@pytest.mark.parametrize(
    ("choice", "top", "meant"),
    [
        ({"picks": 0.8}, "cancel_plan", "select_option"),
        ({"picks": 0.6}, "cancel_plan", None),
        ({"picks": 0.99}, "ask_credit_impact", None),
        ({"waits": 0.8}, "request_callback", "hold_on"),
        ({"agrees": 0.8}, "thank", "accept_offer"),
        ({"declines": 0.99}, "thank", None),
        ({"agrees": 0.8}, "goodbye", None),
        ({"agrees": 0.69}, "ask_better_offer", None),
        ({"too_much": 0.72}, "request_plan", "ask_better_offer"),
        ({"asks": 0.9}, "request_waiver", None),
    ],
)
def test_where_it_is_sure_more_is_needed_and_it_must_be_said_of_terms(choice, top, meant):
    assert read_choice("…", set(), reading(top, sure=0.7), [], choice) == meant


def test_whoever_wants_to_be_called_is_called():
    assert read_choice("call me tomorrow at 9", set(), reading("request_callback"), [], {"waits": 0.99}) is None


def test_what_says_the_same_already_is_settled_where_it_was_in_doubt():
    choice = {"picks": 0.94}

    assert read_choice("one and done", set(), reading("accept_offer", sure=0.4), [], choice) == "accept_offer"
    assert read_choice("one and done", set(), reading("accept_offer"), [], choice) is None


@pytest.mark.parametrize(
    "case", [heard("express_distress"), heard("dispute_debt", "likely"), heard("abuse", then="act")]
)
def test_a_hard_case_goes_before(case):
    assert read_choice("…", set(), reading("dispute_debt", sure=0.4), case, {"too_much": 0.99}) is None


def test_a_hard_case_that_the_model_alone_half_hears_does_not():
    ranking = reading("legal_representation", sure=0.4)

    assert read_choice("我問問老公先覆你", set(), ranking, heard("third_party"), {"waits": 0.9}) == "hold_on"
    assert read_choice("我問問老公先覆你", set(), ranking, heard("third_party"), {"waits": 0.6}) is None


def test_terms_of_ones_own_need_terms_and_a_plain_no_needs_none():
    ranking = reading("set_up_autopay", sure=0.4)

    assert read_choice("about half, longer", set(), ranking, [], {"wants_changed": 0.9}) is None
    assert read_choice("100, longer", {"money"}, ranking, [], {"wants_changed": 0.9}) == "propose_plan"
    assert read_choice("236 a month?? lol", {"money"}, reading("propose_plan"), [], {"too_much": 0.72}) is None
    assert read_choice("236 a month?? lol", {"money"}, reading("propose_plan"), [], {"too_much": 0.76}) == (
        "ask_better_offer"
    )


def test_what_is_named_along_with_a_pick_is_looked_for_on_the_table():
    picks = {"picks": 0.9}

    assert read_choice("每个月105吧", {"money", "frequency"}, reading("propose_plan"), [], picks) is None
    assert read_choice("the fortnightly", {"frequency"}, reading("propose_plan"), [], picks) == "select_option"


def test_a_question_is_the_likeliest_one_and_an_unknown_one_picks_nothing():
    asks = {"asks": 0.9}

    assert read_choice("…", set(), reading("select_option", "ask_due_date"), [], asks) == "ask_due_date"
    assert read_choice("2 and 1 same total?", set(), reading("select_option"), [], asks) == "ask_repeat"
    assert read_choice("…", set(), reading("out_of_scope"), [], asks) is None


def test_a_trouble_is_a_hardship_or_no_money_whichever_is_likelier():
    ranking = reading("thank", "cannot_pay", "report_hardship", sure=0.4)

    assert read_choice("we're eating noodles", set(), ranking, [], {"trouble": 0.6}) == "cannot_pay"


def test_nothing_is_said_where_no_options_are_on_the_table():
    assert read_choice("the second", set(), reading("out_of_scope"), [], {}) is None
