"""Questions about the lender are answered from the lender's data, and what is not known is said to be not known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from actions.questions import ANSWERS, ActionExplain, ActionMinimumPayment
from actions.rights import ActionRequestDocument
from bot.bootstrap import Services
from bot.dialogue.words import LANGUAGES, Voice
from tests.unit.fakes import CHANGGENG, Chat
from tests.unit.test_actions import turn_of
from tests.unit.test_feedback import DAY, agree

OPTIONAL = (
    "about",
    "registration",
    "verify",
    "never_asked",
    "number_source",
    "seen_by",
    "payment_link",
    "credit_record",
)


@pytest.fixture
def silent(services) -> Services:
    """The services of a lender whose file holds only what it must."""
    lender = services.parts.lender
    empty = lender.consequences.model_copy(update={"costs": None, "steps": [], "outside_team": None, "legal": None})
    gone = dict.fromkeys(OPTIONAL) | {"documents": [], "consequences": empty}
    return replace(services, parts=replace(services.parts, lender=lender.model_copy(update=gone)))


def said(services: Services, words: Any, chat: Chat, intent: str, stage: str = "start", language: str = "en") -> str:
    [reply] = ActionExplain(services).perform(turn_of(chat, intent, stage))
    return words.say(reply.response, reply.as_json()["facts"], Voice(language))


@pytest.mark.parametrize("intent", ANSWERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_is_answered_in_every_language_with_much_or_little_data(
    services, silent, words, chat, intent, language
):
    for known in (services, silent):
        text = said(known, words, chat, intent, language=language)

        assert text
        assert "{" not in text
        assert "None " not in text.replace("None of that", "")


def test_how_to_check_the_lender_is_by_a_way_that_is_not_in_the_chat(services, words, chat):
    text = said(services, words, chat, "question_legitimacy")

    assert "SAMPLE-0000" in text
    assert "public register" in text
    assert "don't use a number from this chat" in text
    assert "never ask for your password" in text


@pytest.mark.parametrize(
    ("intent", "words_of_it"),
    [
        ("question_legitimacy", "don't have our registration"),
        ("ask_data_use", "isn't recorded here"),
        ("ask_consequences", "won't guess"),
        ("ask_credit_impact", "don't know whether"),
    ],
)
def test_what_is_not_known_is_said_so_and_a_person_is_offered(silent, words, chat, intent, words_of_it):
    [reply] = ActionExplain(silent).perform(turn_of(chat, intent, "start"))

    text = words.say(reply.response, reply.as_json()["facts"], Voice("en"))
    assert words_of_it in text
    assert [choice.intent for choice in reply.choices] == ["request_human"]


def test_courts_are_spoken_of_only_to_a_borrower_whose_debt_is_not_too_old(services, words, chat, odalys, clock):
    stranger = said(services, words, Chat(services, "somebody"), "ask_consequences")
    known = said(services, words, odalys, "ask_consequences", "verified")
    clock.passes(days=3 * 365)
    odalys.prove("7001-3344, born 1987-03-07")
    old = said(services, words, odalys, "ask_consequences", "verified")

    assert "court" not in stranger
    assert "court" in known
    assert "court" not in old


def test_a_link_to_pay_right_now_is_named_where_there_is_one(services, silent, words, chat):
    assert "https://pay.harbour-wallet.example/repay" in said(services, words, chat, "ask_payment_methods")
    assert "https://" not in said(silent, words, chat, "ask_payment_methods")


def test_a_lender_that_reports_nothing_says_so(services, words, chat):
    lender = services.parts.lender
    record = lender.credit_record.model_copy(update={"reports": False, "to": None, "from_days": None})
    none = replace(services, parts=replace(services.parts, lender=lender.model_copy(update={"credit_record": record})))

    assert "doesn't report" in said(none, words, chat, "ask_credit_impact")


def test_documents_are_named_with_how_long_they_take(services, silent, odalys):
    turn = turn_of(odalys, "request_document", "verified")

    named, plain = ActionRequestDocument(services).perform(turn), ActionRequestDocument(silent).perform(turn)

    assert named[0].response == "utter_documents"
    assert [row.facts["days"] for row in named[0].facts["documents"]] == [2, 5, 5]
    assert plain[0].response == "utter_case_request_document"


# -- the least to pay


def least(chat: Chat, stage: str) -> list[Any]:
    return ActionMinimumPayment(chat.services).perform(turn_of(chat, "ask_minimum_payment", stage))


def test_without_an_agreement_there_is_no_minimum_but_an_offer(odalys):
    replies = least(odalys, "verified")

    assert [reply.response for reply in replies] == ["utter_minimum_none", "utter_options"]


def test_while_options_are_open_no_others_are_made(odalys, services):
    services.negotiation.offer(odalys.turn("options?"), "plan")

    replies = least(odalys, "negotiating")

    assert [reply.response for reply in replies] == ["utter_minimum_none", "utter_resume_options"]
    assert len(services.accounts.show("7001-3344")["offers"]) == 2


def test_under_a_plan_it_is_the_next_payment(odalys):
    agree(odalys)

    [reply] = least(odalys, "planned")

    assert reply.response == "utter_minimum_agreed"
    assert {"next_amount", "next_date"} <= set(reply.facts)


def test_of_a_promise_the_rest_stays_owed(odalys):
    agree(odalys, {"entity": "money", "value": 400, "role": "lump_sum"}, DAY, single=True)

    [reply] = least(odalys, "planned")

    assert reply.response == "utter_minimum_agreed"
    assert str(reply.facts["next_amount"].amount) == "400.00"


def test_of_the_last_payment_nothing_stays(odalys, services):
    services.negotiation.offer(odalys.turn("all at once"), "pay_now")
    agree_to = services.negotiation.standing(odalys.id)
    assert agree_to.offers
    services.negotiation.choose(odalys.turn("yes"), 1)
    services.negotiation.agree(odalys.turn("yes"), agree_to.offers[0].id)

    [reply] = least(odalys, "planned")

    assert reply.response == "utter_minimum_last"


def test_before_identity_nothing_is_said_of_any_minimum(chat, services):
    replies = least(chat, "start")

    assert [reply.response for reply in replies] == ["utter_identity_first", "utter_identity_ask_both"]


def test_an_account_that_a_person_looks_into_asks_for_nothing(services):
    other = Chat(services, "conversation-2", "zh-Hans").prove(f"{CHANGGENG}, 1991-08-03")
    services.cases.open(other.id, "dispute_debt")

    [reply] = least(other, "verified")

    assert reply.response == "utter_balance_held"
