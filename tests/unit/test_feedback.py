"""How it was is asked once and softly, never of somebody in need; what is answered is kept, and a low mark is heard."""

from __future__ import annotations

from typing import Any

import pytest

from actions.feedback import ActionGiveFeedback
from actions.negotiation import ActionAgree, ActionNameHour
from bot.store.tables import Conversation, Turn
from tests.unit.fakes import Chat
from tests.unit.test_actions import turn_of

DAY = {"entity": "date", "value": "2026-11-28"}
ASK = "utter_ask_feedback"


def agree(chat: Chat, *named: dict[str, Any], single: bool = False) -> list[str]:
    """Terms are proposed and agreed to; the names of what is said to the yes."""
    services = chat.services
    if named:
        services.negotiation.consider(chat.turn("terms"), list(named), single=single)
    else:
        services.negotiation.offer(chat.turn("instalments please"), "plan")
    if services.negotiation.standing(chat.id).state == "options":
        services.negotiation.choose(chat.turn("the first"), 1)
    return [reply.response for reply in ActionAgree(services).perform(turn_of(chat, "affirm", "confirming"))]


def asked(chat: Chat) -> str:
    return chat.services.conversations.situation(chat.id).asked


def answered(chat: Chat, text: str) -> list[str]:
    """What is said to a mark or a word."""
    turn = turn_of(chat, "give_feedback", "planned")
    with chat.services.parts.store.transaction() as session:
        session.get_one(Turn, turn.id).text = text
    return [reply.response for reply in ActionGiveFeedback(chat.services).perform(turn)]


def test_after_a_plan_is_agreed_it_is_asked_as_the_last_thing(odalys, services):
    said = agree(odalys)

    assert said == ["utter_agreed", ASK]
    assert asked(odalys) == "feedback"
    assert [(row["about"], row["mark"]) for row in services.feedback.all()] == [("plan", None)]


def test_after_a_promise_the_hour_comes_first(odalys, services):
    said = agree(odalys, {"entity": "money", "value": 400, "role": "lump_sum"}, DAY, single=True)

    hour = turn_of(odalys, "name_hour", "planned", entities=[{"entity": "time_of_day", "value": "18:00"}])
    noted = [reply.response for reply in ActionNameHour(services).perform(hour)]

    assert said == ["utter_agreed_promise", "utter_ask_hour"]
    assert noted == ["utter_hour_noted", ASK]


def test_a_mark_and_a_word_are_kept_and_asked_for_no_more(odalys, services):
    agree(odalys)

    said = answered(odalys, "4 stars, very helpful")

    [row] = services.feedback.all()
    assert said == ["utter_feedback_noted"]
    assert (row["mark"], row["words"], row["about"]) == (4, "4 stars, very helpful", "plan")
    assert (row["account"], asked(odalys)) == ("7001-3344", "")
    assert not services.feedback.ask(odalys.id, "plan", row["subject"])


def test_a_word_right_after_a_mark_belongs_to_it(odalys, services, clock):
    agree(odalys)
    answered(odalys, "5")
    clock.passes(minutes=2)

    said = answered(odalys, "you were really patient with me")

    [row] = services.feedback.all()
    assert said == ["utter_give_feedback"]
    assert (row["mark"], row["words"]) == (5, "you were really patient with me")


def test_a_low_mark_opens_a_case_that_holds_nothing(odalys, services):
    agree(odalys)

    said = answered(odalys, "2")

    [case] = services.cases.all()
    assert said == ["utter_feedback_low"]
    assert (case["reason"], case["about"], case["status"]) == ("low_mark", "feedback", "waiting")
    assert not services.conversations.situation(odalys.id).held


def test_the_same_turn_twice_is_one_answer(odalys, services):
    agree(odalys)
    turn = odalys.turn("1")

    services.feedback.give(turn)
    services.feedback.give(turn)

    assert [row["mark"] for row in services.feedback.all()] == [1]
    assert len(services.cases.all()) == 1


def test_another_message_lets_the_question_go(odalys, services):
    agree(odalys)
    turn = odalys.turn("when is my next payment?")
    services.conversations.begin(turn)

    services.conversations.answer(turn, [], ["utter_next_payment"])

    assert asked(odalys) == ""


def test_when_a_person_is_done_the_question_goes_out_by_itself(odalys, services):
    case = services.cases.open(odalys.id, "request_human").reference

    services.cases.hand_back(case, "answered")
    services.cases.hand_back(case, "answered")

    [message] = [row for row in services.outbox.all() if row["kind"] == "feedback"]
    assert "1" in message["body"]
    assert "5" in message["body"]
    assert [row["about"] for row in services.feedback.all()] == ["case"]


def test_a_refusal_that_a_person_closed_is_asked_about_as_a_refusal(odalys, services):
    case = services.cases.open(odalys.id, "refuse_to_pay").reference

    services.cases.hand_back(case, "left in peace")

    assert [row["about"] for row in services.feedback.all()] == ["refusal"]


@pytest.mark.parametrize("reason", ["express_distress", "report_death", "wrong_person", "third_party"])
def test_whoever_was_in_need_or_is_not_the_borrower_is_never_asked(odalys, services, reason):
    case = services.cases.open(odalys.id, reason).reference
    services.cases.hand_back(case, "looked after")

    said = agree(odalys)

    assert said == ["utter_agreed"]
    assert services.feedback.all() == []
    assert not [row for row in services.outbox.all() if row["kind"] == "feedback"]


def test_whoever_wants_no_messages_is_not_asked(odalys, services):
    services.wellbeing.stop_contact(odalys.id)

    said = agree(odalys)

    assert said == ["utter_agreed"]


def test_nothing_else_that_is_asked_is_disturbed(odalys, services):
    with services.parts.store.transaction() as session:
        session.get_one(Conversation, odalys.id).asked = "confirm"

    assert not services.feedback.ask(odalys.id, "case", "case:1")
    assert asked(odalys) == "confirm"
