"""Digressions, cancellations, second thoughts, several purposes, and what is open after a while."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from actions.accounts import ActionBalance, ActionPlanStatus
from actions.base import Turn
from actions.conversation import (
    ActionGoOn,
    ActionNotUnderstood,
    ActionSwitchLanguage,
)
from actions.handover import ActionStopContact
from actions.hardship import ActionHearHardship
from actions.identity import ActionIdentify
from actions.negotiation import (
    ActionAgree,
    ActionChangePlan,
    ActionChoose,
    ActionConsiderPromise,
    ActionConsiderTerms,
    ActionHoldOn,
    ActionNameAmount,
    ActionOfferPlans,
    ActionPayNow,
    ActionRepeat,
    ActionResume,
    ActionSetAside,
)
from actions.questions import ActionExplain
from bot.channels.router import Router
from bot.dialogue.words import LANGUAGES, Voice
from bot.services.conversations import SILENCE, Choice
from bot.store.tables import Conversation
from tests.unit.fakes import FakeDialogue

NINETY = [{"entity": "money", "value": 90, "role": None, "start": 0, "end": 2}]
EACH_MONTH = [
    {"entity": "money", "value": 300, "role": "per_instalment"},
    {"entity": "frequency", "value": "monthly"},
]


def turn_of(chat: Any, intent: str, text: str = "…", **more: Any) -> Turn:
    return replace(Turn(chat.turn(text), chat.id, text, intent, 0.9, [], chat.stage, "en"), **more)


def after(response: str, turn: Turn, services: Any) -> Turn:
    """A turn that follows a response of the bot."""
    with services.parts.store.transaction() as session:
        session.get_one(Conversation, turn.conversation_id).last_response = response
    return turn


def names(replies: list[Any]) -> list[str]:
    return [reply.response for reply in replies]


@pytest.fixture
def read_back(odalys, services):
    """Odalys, to whom 300 a month was read back."""
    ActionConsiderTerms(services).perform(turn_of(odalys, "propose_plan", entities=EACH_MONTH))
    assert odalys.stage == "confirming"
    return odalys


@pytest.fixture
def agreed(read_back, services):
    """Odalys, who has agreed to 300 a month."""
    assert names(ActionAgree(services).perform(turn_of(read_back, "affirm", "yes")))[0] == "utter_agreed"
    return read_back


def test_a_question_is_answered_and_the_read_back_taken_up_again(read_back, services):
    replies = ActionBalance(services).perform(turn_of(read_back, "ask_balance"))

    assert names(replies) == ["utter_balance_in_passing", "utter_read_back"]
    assert not replies[0].choices


def test_a_wish_about_messages_beside_terms_is_noted_and_the_terms_are_read_back(odalys, services):
    turn = turn_of(odalys, "propose_plan", entities=EACH_MONTH, purposes=("propose_plan", "set_contact_preference"))

    replies = ActionConsiderTerms(services).perform(turn)

    assert names(replies) == ["utter_case_set_contact_preference", "utter_case_noted", "utter_read_back"]
    assert [case["reason"] for case in services.cases.all()] == ["set_contact_preference"]


def test_a_wish_about_messages_beside_terms_waits_until_it_is_known_whose_it_is(chat, services):
    turn = turn_of(chat, "propose_plan", entities=EACH_MONTH, purposes=("propose_plan", "set_contact_preference"))

    ActionConsiderTerms(services).perform(turn)

    assert services.cases.all() == []


@pytest.mark.parametrize(
    ("text", "entities", "said"),
    [
        ("yes, 300 a month, agreed", EACH_MONTH, "utter_agreed"),
        ("对，每月300，同意", EACH_MONTH, "utter_agreed"),
        ("300 a month then", EACH_MONTH, "utter_read_back"),
        ("yes but 300 a month from March", EACH_MONTH, "utter_read_back"),
        ("yes, 250 a month", [{**EACH_MONTH[0], "value": 250}, EACH_MONTH[1]], "utter_read_back"),
    ],
)
def test_a_clear_yes_along_with_the_same_terms_is_a_yes(read_back, services, text, entities, said):
    turn = after("utter_read_back", turn_of(read_back, "propose_plan", text, entities=entities), services)

    replies = ActionConsiderTerms(services).perform(turn)
    again = ActionConsiderTerms(services).perform(turn)

    assert names(replies)[0] == said
    assert names(again)[0] == said


def test_leaving_a_read_back_closes_it_and_a_late_yes_agrees_to_nothing(read_back, services):
    left = ActionSetAside(services).perform(turn_of(read_back, "set_aside"))
    after = read_back.stage

    late = ActionAgree(services).perform(turn_of(read_back, "affirm", "yes"))

    assert names(left) == ["utter_negotiation_set_aside"]
    assert not left[0].choices
    assert after == "verified"
    assert names(late) == ["utter_offer_expired"]


def test_leaving_twice_in_one_turn_says_the_same(read_back, services):
    turn = turn_of(read_back, "set_aside")

    said = [names(ActionSetAside(services).perform(turn)) for _ in range(2)]

    assert said[0] == said[1]


def test_leaving_a_change_keeps_what_was_agreed(agreed, services):
    weekly = [{"entity": "frequency", "value": "weekly"}]
    ActionChangePlan(services).perform(turn_of(agreed, "modify_plan", entities=weekly))

    left = ActionSetAside(services).perform(turn_of(agreed, "set_aside"))

    assert names(left) == ["utter_change_set_aside"]
    assert agreed.stage == "planned"
    assert services.accounts.show("7001-3344")["plan"]["frequency"] == "monthly"


def test_whoever_needs_a_moment_is_told_until_when_it_stays_open(read_back, services):
    reply = ActionHoldOn(services).perform(turn_of(read_back, "hold_on"))[0]

    assert reply.response == "utter_hold_on_until"
    assert reply.facts["until"] == services.parts.now() + timedelta(hours=services.parts.policy().offer_lifetime_hours)
    assert read_back.stage == "confirming"


def test_a_yes_after_a_moment_is_a_yes(read_back, services):
    turn = after("utter_hold_on_until", turn_of(read_back, "affirm", "yes"), services)

    replies = ActionAgree(services).perform(turn)

    assert names(replies)[0] == "utter_agreed"


def test_what_is_off_the_subject_twice_is_met_with_what_can_be_done(odalys, services):
    action = ActionNotUnderstood(services)
    first = action.perform(turn_of(odalys, "out_of_scope"))

    second = action.perform(turn_of(odalys, "out_of_scope"))

    shown = [[choice.title for choice in replies[0].choices] for replies in (first, second)]
    assert shown == [["utter_button_person"], ["utter_button_plans", "utter_button_pay_now", "utter_button_person"]]


def test_where_were_we_before_identity_asks_who_it_is(chat, services):
    replies = ActionRepeat(services).perform(turn_of(chat, "ask_repeat", "where were we"))

    assert names(replies) == ["utter_ask_help", "utter_identity_ask_both"]


def test_a_no_right_after_an_agreement_leads_to_what_can_be_changed(agreed, services):
    replies = ActionGoOn(services).perform(after("utter_agreed", turn_of(agreed, "deny", "no"), services))

    assert names(replies) == ["utter_change_of_mind"]
    assert [choice.intent for choice in replies[0].choices] == ["request_deferral", "cancel_plan", "request_human"]


def test_second_thoughts_without_terms_ask_what_should_change_and_the_terms_are_read_back(agreed, services):
    asked = ActionChangePlan(services).perform(turn_of(agreed, "modify_plan"))
    changed = ActionChangePlan(services).perform(
        turn_of(agreed, "modify_plan", entities=[{"entity": "frequency", "value": "weekly"}])
    )

    assert names(asked) == ["utter_change_of_mind"]
    assert names(changed) == ["utter_read_back"]


def test_an_amount_alone_is_asked_about_and_monthly_makes_a_plan_of_it(odalys, services):
    asked = ActionNameAmount(services).perform(turn_of(odalys, "name_amount", "90", entities=NINETY))
    resumed = ActionResume(services).perform(turn_of(odalys, "ask_help"))
    weekly = [{"entity": "frequency", "value": "weekly"}]
    answered = ActionConsiderTerms(services).perform(turn_of(odalys, "propose_plan", "weekly", entities=weekly))

    assert names(asked) == ["utter_negotiation_ask_rhythm"]
    assert names(resumed) == ["utter_resume_ask_rhythm"]
    assert names(answered) == ["utter_read_back"]
    assert answered[0].facts["terms"].facts["each"].minor == 9000


def test_a_yes_to_each_month_or_once_is_asked_again(odalys, services):
    ActionNameAmount(services).perform(turn_of(odalys, "name_amount", "90", entities=NINETY))

    again = ActionChoose(services).perform(turn_of(odalys, "accept_offer", "that works"))

    assert names(again) == ["utter_negotiation_ask_rhythm"]
    assert again[0].facts["amount"].minor == 9000


def test_all_of_it_on_a_day_to_come_is_read_back_for_that_day(odalys, services):
    friday = [{"entity": "date", "value": "2026-11-27", "role": "payment"}]

    replies = ActionPayNow(services).perform(turn_of(odalys, "pay_now", "the lot, on Friday", entities=friday))

    assert names(replies) == ["utter_read_back"]
    assert [row["due_on"] for row in replies[0].facts["schedule"]] == ["2026-11-27"]


def test_an_amount_alone_that_is_meant_once_asks_for_the_day(odalys, services):
    ActionNameAmount(services).perform(turn_of(odalys, "name_amount", "90", entities=NINETY))

    asked = ActionConsiderPromise(services).perform(turn_of(odalys, "promise_payment", "just once"))

    assert names(asked) == ["utter_negotiation_ask_date"]
    assert asked[0].facts["amount"].minor == 9000


def test_an_amount_as_large_as_the_debt_is_meant_once(odalys, services):
    whole = [{"entity": "money", "value": "1325.50", "role": None}]

    asked = ActionNameAmount(services).perform(turn_of(odalys, "name_amount", "1325.50", entities=whole))

    assert names(asked) == ["utter_negotiation_ask_date"]


@pytest.mark.parametrize(
    ("words", "kind"),
    [("the one with less per month", "plan"), ("the quicker one", "settlement"), ("the cheaper one", "settlement")],
)
def test_an_option_is_told_by_how_it_differs(odalys, services, words, kind):
    ActionOfferPlans(services).perform(turn_of(odalys, "request_plan"))

    replies = ActionChoose(services).perform(turn_of(odalys, "select_option", words))

    assert names(replies) == ["utter_read_back"]
    assert services.negotiation.standing(odalys.id).offers[0].terms.kind == kind


@pytest.mark.parametrize(
    ("intent", "purposes", "said"),
    [
        ("propose_plan", ("propose_plan", "ask_balance"), ["utter_balance_in_passing", "utter_read_back"]),
        (
            "propose_plan",
            ("propose_plan", "ask_consequences", "ask_balance"),
            ["utter_ask_consequences", "utter_read_back"],
        ),
        ("propose_plan", ("propose_plan", "request_plan"), ["utter_read_back"]),
    ],
)
def test_a_question_beside_terms_is_answered_first_and_no_more_than_one(odalys, services, intent, purposes, said):
    replies = ActionConsiderTerms(services).perform(turn_of(odalys, intent, entities=EACH_MONTH, purposes=purposes))

    assert names(replies) == said


def test_hardship_is_heard_before_the_question_beside_it(odalys, services):
    told = [{"entity": "hardship_reason", "value": "job_loss"}]
    purposes = ("ask_consequences", "report_hardship")

    replies = ActionHearHardship(services).perform(turn_of(odalys, "report_hardship", entities=told, purposes=purposes))

    assert names(replies)[:2] == ["utter_hardship_job_loss", "utter_ask_consequences"]
    assert len(replies) > 2


def test_nothing_of_the_account_is_answered_beside_anything_before_identity(chat, services):
    replies = ActionExplain(services).perform(turn_of(chat, "bot_challenge", purposes=("bot_challenge", "ask_balance")))

    assert names(replies) == ["utter_bot_challenge"]


def test_what_was_agreed_comes_from_the_ledger(agreed, services):
    assert names(ActionPlanStatus(services).perform(turn_of(agreed, "ask_plan_status"))) == ["utter_plan_status"]


def test_what_was_not_agreed_is_said_honestly(odalys, services):
    before = ActionPlanStatus(services).perform(turn_of(odalys, "ask_plan_status"))
    ActionOfferPlans(services).perform(turn_of(odalys, "request_plan"))

    during = ActionPlanStatus(services).perform(turn_of(odalys, "ask_plan_status"))

    assert names(before) == ["utter_no_plan"]
    assert names(during) == ["utter_nothing_agreed_yet", "utter_resume_options"]


def test_options_are_still_there_after_identity_was_proven_anew(odalys, services, clock):
    ActionOfferPlans(services).perform(turn_of(odalys, "request_plan"))
    clock.passes(hours=5)
    assert odalys.stage == "start"
    odalys.prove("7001-3344, born 1987-03-07")

    replies = ActionResume(services).perform(turn_of(odalys, "provide_identity"))

    assert odalys.stage == "negotiating"
    assert names(replies) == ["utter_resume_options"]


def test_what_has_lapsed_meanwhile_is_said_so_and_made_anew(odalys, services, clock):
    ActionOfferPlans(services).perform(turn_of(odalys, "request_plan"))
    clock.passes(days=9)
    odalys.prove("7001-3344, born 1987-03-07")

    replies = ActionResume(services).perform(turn_of(odalys, "provide_identity"))

    assert names(replies) == ["utter_offers_lapsed", "utter_options"]


def test_who_is_not_understood_twice_sees_again_what_is_open(read_back, services):
    action = ActionNotUnderstood(services)
    first = action.perform(turn_of(read_back, "nlu_fallback"))

    second = action.perform(turn_of(read_back, "nlu_fallback"))

    assert names(first) == ["utter_not_understood", "utter_read_back"]
    assert names(second) == ["utter_not_understood_open", "utter_read_back"]


def test_a_yes_to_shall_we_look_for_a_plan_shows_options(odalys, services):
    replies = ActionGoOn(services).perform(after("utter_no_plan", turn_of(odalys, "affirm", "yes"), services))

    assert names(replies) == ["utter_options"]


def test_a_wish_for_chinese_written_in_chinese_never_leads_back_to_english(chat, services):
    turn = turn_of(chat, "switch_language", "换一种语言", language="zh-Hans", spoken="en")

    ActionSwitchLanguage(services).perform(turn)

    assert services.conversations.situation(chat.id).language == "zh-Hans"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_button_that_is_typed_word_for_word_means_what_a_tap_means(chat, services, words, language):
    titles = [name for name in words.names() if name.startswith(("utter_button_", "utter_means_"))]
    voice = Voice(language)
    facts = {"number": 2, "mark": 5, "moment": {"moment": "2026-11-24T09:00:00+00:00"}}
    for name in titles:
        title = words.say(name, facts, voice)
        chat.turn("earlier")
        services.conversations.buttons(
            chat.id, [(title, Choice(name, "thank", ({"entity": name, "value": 1},)).as_json())]
        )

        tap = services.conversations.typed(chat.turn(f" {title.upper()}。"))

        assert tap is not None
        assert (tap.intent, tap.entities[0]["entity"]) == ("thank", name)


def test_a_title_that_was_not_shown_last_is_read_like_any_words(chat, services, clock):
    chat.turn("earlier")
    services.conversations.buttons(chat.id, [("Pay it off", Choice("utter_button_pay_now", "pay_now").as_json())])
    clock.passes(seconds=5)
    chat.turn("something else")
    clock.passes(seconds=5)

    assert services.conversations.typed(chat.turn("Pay it off")) is None


@pytest.mark.anyio
async def test_the_router_takes_a_typed_title_as_the_tap(chat, services, words):
    dialogue = FakeDialogue()
    choice = Choice("utter_button_plans", "request_plan").as_json()
    dialogue.replies = [{"response": "utter_greet", "facts": {}, "choices": [choice]}]
    router = Router(services, dialogue, words)
    await router.take(chat.id, "k1", "hi there")

    await router.take(chat.id, "k2", "pay in instalments")

    assert dialogue.taps[1] is not None
    assert dialogue.taps[1]["intent"] == "request_plan"


def test_a_birth_year_that_is_put_right_leads_to_the_whole_date(chat, services):
    ActionIdentify(services).perform(turn_of(chat, "provide_identity", "7001-3344, born 1990-03-07"))
    asked = ActionIdentify(services).perform(turn_of(chat, "provide_identity", "sorry, born in 1987 not 1990"))

    ActionIdentify(services).perform(turn_of(chat, "provide_identity", "1987-03-07"))

    assert names(asked) == ["utter_identity_ask_birth_date"]
    assert chat.passcode() is not None


def test_a_stop_is_confirmed_where_a_case_had_stopped_messages_before(chat, services):
    services.cases.open(chat.id, "report_death")

    replies = ActionStopContact(services).perform(turn_of(chat, "stop_contact", "stop texting me"))

    assert names(replies) == ["utter_contact_stopped"]


def test_whoever_asks_after_a_stop_whether_it_is_so_is_told(odalys, services):
    def say(text):
        turn = turn_of(odalys, "stop_contact", text)
        replies = ActionStopContact(services).perform(turn)
        services.conversations.answer(turn.id, [], names(replies), turn.intent, 1.0)
        return replies

    first, again, asked = map(say, ("no more texts please", "stop texting me", "so you won't text me again?"))

    assert names(first) == names(asked) == ["utter_contact_stopped"]
    assert names(again) == [SILENCE]
