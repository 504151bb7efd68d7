"""What a message is taken to say is decided from all its readers, in one place."""

from __future__ import annotations

import pytest

from bot.nlu.judging import Limits, judge
from bot.nlu.safety import BadSafetyFile, SafetyReader

LIMITS = Limits(outside=0.4, unsure=0.25, clear=0.45, near=0.6)
READER = SafetyReader(
    {
        "intents": {
            "stop_contact": {
                "certain": {"en": ["stop (?:texting|writing to) me"], "zh": ["别再发了"]},
                "likely": {"en": ["leave me alone"]},
                "never": {"en": ["don'?t stop"]},
            },
            "dispute_debt": {"likely": {"en": ["never (?:took|had) (?:this|any) loan"], "zh": ["没借过"]}},
            "claim_already_paid": {},
        },
        "when_they_disagree": [
            {"words": "certain", "then": "act"},
            {"words": "likely", "model_at_least": 0.1, "then": "act"},
            {"words": "likely", "model_at_least": 0.05, "then": "confirm"},
            {"words": "likely", "then": "mention"},
            {"words": "none", "model_at_least": 0.4, "then": "nothing"},
            {"words": "none", "model_at_least": 0.2, "then": "confirm", "intents": ["claim_already_paid"]},
        ],
    }
)


def ranked(**chances: float) -> list[dict[str, object]]:
    return [{"name": name, "confidence": chance} for name, chance in chances.items()]


def test_certain_words_count_whatever_the_model_reads():
    judged = judge("thanks, but stop texting me", ranked(thank=0.9, greet=0.1), READER, LIMITS)

    assert judged.ranking[0] == {"name": "stop_contact", "confidence": 0.9}
    assert judged.heard[0].then == "act"


def test_words_in_either_language_are_heard():
    assert READER.words("别再发了") == {"stop_contact": "certain"}
    assert READER.words("我没借过这笔钱") == {"dispute_debt": "likely"}


def test_words_that_mean_the_contrary_are_not_heard():
    assert READER.words("please don't stop texting me") == {}


def test_english_words_are_whole_words():
    assert READER.words("nonstop writing to meet you") == {}


def test_likely_words_count_where_the_model_thinks_of_it_too():
    judged = judge("i never took this loan", ranked(complain=0.5, dispute_debt=0.3), READER, LIMITS)

    assert judged.ranking[0]["name"] == "dispute_debt"
    assert not judged.close


def test_likely_words_that_the_model_half_expects_are_confirmed():
    judged = judge("leave me alone", ranked(refuse_to_pay=0.8, stop_contact=0.06), READER, LIMITS)

    assert judged.ranking[0]["name"] == "stop_contact"
    assert judged.close == ("stop_contact", "refuse_to_pay")


def test_likely_words_alone_are_asked_about_while_the_models_reading_stands():
    judged = judge("leave me alone", ranked(refuse_to_pay=0.9, greet=0.05), READER, LIMITS)

    assert judged.ranking[0]["name"] == "refuse_to_pay"
    assert judged.close == ("stop_contact", "refuse_to_pay")


def test_a_weak_reading_of_weight_is_asked_about():
    judged = judge("all settled", ranked(claim_already_paid=0.3, affirm=0.28), READER, LIMITS)

    assert judged.close[0] == "claim_already_paid"


def test_a_surely_read_case_needs_no_words():
    judged = judge("all settled", ranked(claim_already_paid=0.8, affirm=0.1), READER, LIMITS)

    assert judged.ranking[0]["name"] == "claim_already_paid"
    assert not judged.close


def test_what_probably_lies_outside_is_refused():
    judged = judge("best pizza near me", ranked(ask_payment_methods=0.45, out_of_scope=0.42), READER, LIMITS)

    assert judged.ranking[0]["name"] == "out_of_scope"
    assert judged.outside == 0.42


def test_two_close_readings_are_both_named():
    judged = judge("make it lighter", ranked(ask_better_offer=0.35, modify_plan=0.33), READER, LIMITS)

    assert judged.close == ("ask_better_offer", "modify_plan")


@pytest.mark.parametrize("trifle", ["greet", "affirm", "thank"])
def test_nobody_is_asked_whether_they_meant_a_trifle(trifle):
    assert judge("yo", ranked(**{trifle: 0.35, "modify_plan": 0.33}), READER, LIMITS).close == ()


def test_a_weak_best_reading_is_unsure():
    assert judge("hm", ranked(ask_balance=0.2, greet=0.05), READER, LIMITS).unsure
    assert not judge("hm", ranked(ask_balance=0.6, greet=0.05), READER, LIMITS).unsure


def test_a_message_without_any_reading_is_unsure():
    assert judge("", [], READER, LIMITS).unsure


def test_purposes_begin_with_the_reading_in_force():
    judged = judge("I lost my job, stop texting me", ranked(report_hardship=0.8, greet=0.1), READER, LIMITS)

    assert judged.purposes(["report_hardship"]) == ["stop_contact", "report_hardship"]


@pytest.mark.parametrize(
    "data",
    [
        {"intents": {}, "when_they_disagree": [{"words": "perhaps", "then": "act"}]},
        {"intents": {}, "when_they_disagree": [{"words": "certain", "then": "shout"}]},
        {"intents": {}, "when_they_disagree": [{"words": "certain", "then": "act", "intents": ["nobody"]}]},
        {"intents": {"complain": {"certain": {"en": ["(open"]}}}, "when_they_disagree": []},
    ],
)
def test_a_bad_file_is_refused_with_a_reason(data):
    with pytest.raises(BadSafetyFile, match=r"safety\.yml"):
        SafetyReader(data)


def test_a_plain_insult_is_one_beside_half_a_hard_case():
    judged = judge("leave me alone", ranked(abuse=0.89, stop_contact=0.01), READER, LIMITS)

    assert judged.ranking[0]["name"] == "abuse"
    assert judged.close == ()


def test_nobody_is_asked_whether_they_meant_to_insult():
    beside = judge("leave me alone", ranked(abuse=0.4, modify_plan=0.3, stop_contact=0.01), READER, LIMITS)
    alone = judge("you lot", ranked(abuse=0.35, modify_plan=0.33), READER, LIMITS)

    assert beside.close == ("stop_contact", "modify_plan")
    assert (alone.close, alone.unsure) == ((), True)


def test_a_clause_that_says_a_hard_case_and_holds_its_words_says_it_for_the_whole():
    text, whole = "how much is left? and leave me alone", ranked(ask_balance=0.97, stop_contact=0.004)
    said = [("how much is left", "ask_balance", 0.99), ("leave me alone", "stop_contact", 0.96)]

    assert judge(text, whole, READER, LIMITS, said).ranking[0]["name"] == "stop_contact"
    assert judge(text, whole, READER, LIMITS).ranking[0]["name"] == "ask_balance"
    paid = [("never took this loan", "claim_already_paid", 0.99), ("never took this loan", "dispute_debt", 0.95)]
    heard = judge("how much? never took this loan", ranked(ask_balance=0.97), READER, LIMITS, paid).heard
    assert [row.intent for row in heard] == ["dispute_debt"]
    elsewhere = [("leave me alone", "ask_balance", 0.99), ("how much is left", "stop_contact", 0.96)]
    assert judge(text, whole, READER, LIMITS, elsewhere).ranking[0]["name"] == "ask_balance"
