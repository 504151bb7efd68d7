"""What actions make of a turn, on real services and without Rasa."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from actions.accounts import ActionBalance
from actions.base import Turn
from actions.conversation import ActionNotUnderstood, ActionSwitchLanguage
from actions.handover import ActionHandOver, open_case
from actions.identity import ActionIdentify, ActionWelcome, wish_beside
from actions.negotiation import ActionConsiderTerms, ActionOfferDeferral, ActionOfferPlans, ActionPayNow


def turn_of(chat: Any, intent: str, stage: str, **more: Any) -> Turn:
    return replace(Turn(chat.turn("…"), chat.id, "…", intent, 0.9, [], stage, "en"), **more)


def test_a_yes_to_a_person_opens_a_case_whatever_was_wished_before(chat, services):
    services.conversations.remember_wish(chat.id, "ask_balance", [], "how much do I owe")

    replies = ActionHandOver(services).perform(turn_of(chat, "affirm", "offered_person"))

    assert replies[0].response == "utter_case_request_human"
    assert services.cases.all()[0]["reason"] == "request_human"


def test_the_balance_tells_of_a_promise_that_is_open(odalys, services):
    named = [
        {"entity": "money", "value": 20, "role": "lump_sum"},
        {"entity": "date", "value": services.parts.now().date().replace(day=28).isoformat()},
    ]
    step = services.negotiation.consider(odalys.turn("20 on the 28th"), named, single=True)
    services.negotiation.agree(odalys.turn("yes"), step.offers[0].id)

    replies = ActionBalance(services).perform(turn_of(odalys, "ask_balance", "planned"))

    assert replies[0].response == "utter_balance_promised"
    assert {"next_amount", "next_date"} <= set(replies[0].facts)


def test_two_close_readings_become_two_buttons_that_keep_what_was_named(odalys, services):
    named = [{"entity": "money", "value": 50, "role": "per_instalment"}]
    close = ("ask_better_offer", "propose_plan")

    reply = ActionNotUnderstood(services).perform(
        turn_of(odalys, "nlu_fallback", "verified", close=close, entities=named)
    )[0]

    assert reply.response == "utter_did_you_mean"
    assert [(choice.title, choice.intent) for choice in reply.choices] == [
        ("utter_means_ask_better_offer", "ask_better_offer"),
        ("utter_means_propose_plan", "propose_plan"),
    ]
    assert all(choice.entities == tuple(named) for choice in reply.choices)


def test_a_hard_case_alone_is_asked_about_with_a_person_beside_it(odalys, services):
    turn = turn_of(odalys, "nlu_fallback", "verified", close=("stop_contact",), heard=("stop_contact",))

    reply = ActionNotUnderstood(services).perform(turn)[0]

    assert [choice.intent for choice in reply.choices] == ["stop_contact", "request_human"]


def test_whoever_is_not_understood_again_is_told_so_and_offered_a_person(odalys, services):
    close = ("ask_better_offer", "propose_plan")
    ActionNotUnderstood(services).perform(turn_of(odalys, "nlu_fallback", "verified", close=close))

    again = ActionNotUnderstood(services).perform(turn_of(odalys, "nlu_fallback", "verified", close=close))[0]

    assert again.response == "utter_not_understood_again"


def test_a_hardship_told_beside_a_proposal_is_heard_too(odalys, services):
    named = [{"entity": "money", "value": 50, "role": "per_instalment"}, {"entity": "frequency", "value": "monthly"}]
    named.append({"entity": "hardship_reason", "value": "illness"})

    replies = ActionConsiderTerms(services).perform(turn_of(odalys, "propose_plan", "verified", entities=named))

    assert replies[0].response == "utter_hardship_illness"
    assert len(replies) > 1


def test_a_hardship_whose_reason_nobody_named_is_not_kept_beside_a_proposal(odalys, services):
    named = [{"entity": "money", "value": 50, "role": "per_instalment"}, {"entity": "frequency", "value": "monthly"}]
    turn = turn_of(odalys, "propose_plan", "verified", entities=named, purposes=("propose_plan", "report_hardship"))

    ActionConsiderTerms(services).perform(turn)

    assert services.accounts.show("7001-3344")["hardship"] is None


@pytest.mark.parametrize(
    ("named", "spoken"),
    [(["en", "zh-Hans"], "zh-Hans"), (["zh-Hant"], "zh-Hant"), (["en"], "zh-Hans"), ([], "zh-Hans")],
)
def test_the_language_that_is_not_spoken_yet_is_the_one_that_is_wanted(chat, services, named, spoken):
    entities = [{"entity": "language", "value": value, "start": 0, "end": 2} for value in named]

    ActionSwitchLanguage(services).perform(turn_of(chat, "switch_language", "start", entities=entities))

    assert services.conversations.situation(chat.id).language == spoken


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_the_language_whose_button_is_tapped_is_spoken_also_where_it_is_spoken_already(chat, services, language):
    tapped = [{"entity": "language", "value": language}]

    ActionSwitchLanguage(services).perform(turn_of(chat, "switch_language", "start", entities=tapped))

    assert services.conversations.situation(chat.id).language == language


def test_more_time_to_a_day_moves_a_promise(odalys, services):
    day = services.parts.now().date()
    named = [
        {"entity": "money", "value": 20, "role": "lump_sum"},
        {"entity": "date", "value": (day + timedelta(days=3)).isoformat()},
    ]
    step = services.negotiation.consider(odalys.turn("20 in three days"), named, single=True)
    services.negotiation.agree(odalys.turn("yes"), step.offers[0].id)
    later = {"entity": "date", "value": (day + timedelta(days=9)).isoformat()}

    replies = ActionOfferDeferral(services).perform(turn_of(odalys, "request_deferral", "planned", entities=[later]))

    assert [reply.response for reply in replies] == ["utter_read_back"]
    assert replies[0].facts["schedule"][0]["due_on"] == later["value"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("paying this month's one now", ["utter_next_payment", "utter_ask_payment_methods"]),
        ("I'd like to pay off the rest of it", ["utter_read_back"]),
    ],
)
def test_whoever_pays_while_a_plan_runs_pays_what_is_due_unless_all_is_meant(odalys, services, text, said):
    offers = services.negotiation.offer(odalys.turn("bit by bit"), "plan").offers
    services.negotiation.choose(odalys.turn("1"), 1)
    services.negotiation.agree(odalys.turn("yes"), offers[0].id)

    replies = ActionPayNow(services).perform(turn_of(odalys, "pay_now", "planned", text=text))

    assert [reply.response for reply in replies] == said


def test_what_is_wanted_beside_the_first_details_is_taken_up(chat, services):
    details = [
        {"entity": "account_number", "value": "70013344"},
        {"entity": "date", "value": "1987-03-07"},
        {"entity": "duration", "value": "P3M"},
    ]
    text = "7001-3344, born 1987-03-07, over three months please"
    identify = ActionIdentify(services)

    identify.perform(turn_of(chat, "provide_identity", "start", text=text, entities=details))
    replies = identify.perform(turn_of(chat, "provide_identity", "passcode", text=chat.passcode()))

    assert replies[0].response == "utter_identity_verified"
    assert replies[-1].response in ("utter_read_back", "utter_counter", "utter_counter_one")


def test_what_is_wanted_beside_a_greeting_is_taken_up_after_identification(chat, services):
    said = turn_of(chat, "greet", "start", purposes=("greet", "request_plan"), text="hello, instalments please")
    ActionWelcome(services).perform(said)
    identify = ActionIdentify(services)

    identify.perform(turn_of(chat, "provide_identity", "identifying", text="7001-3344, born 1987-03-07"))
    replies = identify.perform(turn_of(chat, "provide_identity", "passcode", text=chat.passcode()))

    assert replies[-1].response == "utter_options"


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("I don't have my account number here, it's 202 555 0119, born 1987-03-07", None),
        ("I can't pay, 7001-3344, born 1987-03-07", "cannot_pay"),
    ],
)
def test_what_somebody_lacks_to_identify_themselves_is_no_lack_of_money(chat, text, wish):
    turn = turn_of(chat, "provide_identity", "start", text=text, purposes=("provide_identity", "cannot_pay"))

    assert wish_beside(turn) == wish


def test_whoever_a_failure_hands_over_is_told_that_nobody_is_there(odalys, services):
    action = ActionBalance(replace(services, accounts=None))

    said = [action._perform_kindly(turn_of(odalys, "ask_balance", "verified")) for _ in range(2)]

    assert [[reply.response for reply in replies] for replies in said] == [
        ["utter_trouble"],
        ["utter_trouble_person", "utter_case_nobody_to_call"],
    ]


@pytest.mark.parametrize(("named", "reply"), [("owed", "utter_options"), (400, "utter_negotiation_ask_rhythm")])
def test_what_is_owed_said_again_is_no_amount_to_pay(odalys, services, named, reply):
    owed = services.accounts.picture(odalys.id).balance.total.amount
    money = [{"entity": "money", "value": str(owed if named == "owed" else named)}]

    replies = ActionOfferPlans(services).perform(turn_of(odalys, "request_plan", "verified", entities=money))

    assert replies[0].response == reply


@pytest.mark.parametrize("reason", ["wrong_person", "third_party"])
def test_whoever_is_not_the_borrower_is_told_so_in_one_reply(chat, services, reason):
    replies = open_case(services, turn_of(chat, reason, "start"), reason)

    assert [reply.response for reply in replies] == [f"utter_case_{reason}"]
    assert services.cases.all()[0]["reason"] == reason


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("i told you it's not me", ["wrong_person"]),
        ("somebody stole my identity and took out this loan", ["wrong_person", "report_fraud"]),
    ],
)
def test_what_a_wrong_person_says_again_is_no_fraud_unless_in_plain_words(chat, services, text, reasons):
    open_case(services, turn_of(chat, "wrong_person", "start"), "wrong_person")

    open_case(services, turn_of(chat, "report_fraud", "start", text=text), "report_fraud")

    assert sorted(services.cases.reasons(chat.id)) == sorted(reasons)
