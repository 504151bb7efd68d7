"""Cases and time: honest waiting, call-backs, calling it off, escalation, return with an apology, quiet ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from actions.base import Turn
from actions.handover import ActionHandOver
from actions.held import WhileHeld
from actions.nobody_there import CALL_AT, NO_PERSON
from actions.waiting import WhileWaiting
from bot.domain.desk import after
from bot.domain.wanted import Wanted
from bot.services.cases import UnknownCase
from bot.store.tables import Person
from tests.unit.desk_cases import click, happened, opened, row, sent, talk, worker
from tests.unit.fakes import ODALYS, Chat

SINGAPORE = ZoneInfo("Asia/Singapore")


@pytest.fixture
def mei(services):
    return worker(services, "mei", name="Mei Castellane")


def turn_of(chat, intent, text="…", entities=()):
    return Turn(chat.turn(text), chat.id, text, intent, 0.9, list(entities), chat.stage, "en")


def hands_over(chat, reason="request_human"):
    return ActionHandOver(chat.services).perform(turn_of(chat, reason))


def names(replies):
    return [reply.response for reply in replies]


def buttons(replies):
    return [choice for reply in replies for choice in reply.choices]


def taps(chat, choice):
    return WhileWaiting(chat.services).perform(turn_of(chat, choice.intent, entities=choice.entities))


def night(clock):
    """Eleven in the evening in Singapore."""
    clock.passes(hours=9)


def leaves(services):
    """Everybody goes to lunch."""
    with services.parts.store.transaction() as session:
        for person in session.query(Person):
            person.available = False


# -- never into an empty queue


def test_where_nobody_joined_the_desk_that_is_said_without_calls_that_nobody_would_make(odalys, services):
    replies = hands_over(odalys)

    assert names(replies) == ["utter_case_request_human", "utter_case_held", "utter_case_nobody_to_call"]
    assert [choice.intent for choice in buttons(replies)] == [NO_PERSON]
    assert names(taps(odalys, buttons(replies)[0])) == ["utter_case_cancelled"]


def test_that_nobody_is_there_is_said_once_as_somebody_is_handed_over(odalys):
    assert names(hands_over(odalys, "set_contact_preference")) == [
        "utter_case_set_contact_preference",
        "utter_case_noted",
    ]
    assert names(hands_over(odalys))[-1] == "utter_case_nobody_to_call"

    assert names(hands_over(odalys, "report_payment_problem"))[-1] == "utter_case_held"


def test_while_somebody_is_there_a_case_is_simply_handed_over(odalys, services, mei):
    assert services.casework.present("general")
    assert names(hands_over(odalys)) == ["utter_case_request_human", "utter_case_held"]


@pytest.mark.parametrize("gone", ["night", "unavailable", "unseen"])
def test_when_nobody_is_there_that_is_said_with_times_to_be_called(odalys, services, clock, mei, gone):
    if gone == "night":
        night(clock)
    elif gone == "unseen":
        clock.passes(minutes=6)
    else:
        leaves(services)
    odalys.prove("7001-3344, born 1987-03-07") if odalys.stage == "start" else None

    replies = hands_over(odalys)

    assert names(replies) == ["utter_case_request_human", "utter_case_held", "utter_case_nobody_there"]
    *calls, last = buttons(replies)
    assert [choice.intent for choice in calls] == [CALL_AT] * 3
    assert last.intent == NO_PERSON


@pytest.mark.parametrize("gone", ["trainer", "left"])
def test_a_team_from_which_everybody_is_gone_promises_no_calls(odalys, services, clock, mei, gone):
    with services.parts.store.transaction() as session:
        person = session.get_one(Person, mei.id)
        if gone == "left":
            person.left_at = clock()
        else:
            person.role = gone
    worker(services, "lou", teams=("chinese",))

    replies = hands_over(odalys)

    assert names(replies)[-1] == "utter_case_nobody_to_call"
    assert [choice.intent for choice in buttons(replies)] == [NO_PERSON]


def slots_of(services, conversation):
    return [slot.astimezone(SINGAPORE).strftime("%a %H:%M") for slot in services.casework.slots(conversation)]


def test_times_to_be_called_lie_inside_opening_hours(services, chat, clock, mei):
    clock.passes(days=5, hours=3, minutes=7)  # Saturday, a quarter past five
    opened(services, chat.id)

    assert slots_of(services, chat.id) == ["Sat 17:45", "Mon 09:00", "Mon 10:00"]


def test_times_to_be_called_are_times_at_which_the_borrower_may_be_called(odalys, services, mei):
    opened(services, odalys.id)

    assert slots_of(services, odalys.id) == ["Tue 09:00", "Wed 09:00", "Thu 09:00"]  # eight in the evening in New York


def test_a_time_is_offered_to_no_more_borrowers_than_there_are_people_to_call_them(services, chat, clock, mei):
    night(clock)
    second, third = Chat(services, "c-2"), Chat(services, "c-3")
    for talk_ in (chat, second, third):
        opened(services, talk_.id)
    nine = services.casework.slots(chat.id)[0]

    assert services.casework.choose_call(chat.id, nine) == "chosen"
    assert slots_of(services, second.id) == ["Tue 10:00", "Tue 11:00", "Tue 12:00"]
    assert services.casework.choose_call(second.id, nine) == "passed"

    worker(services, "tam")
    assert services.casework.choose_call(second.id, nine) == "chosen"
    assert slots_of(services, third.id)[0] == "Tue 10:00"


def test_somebody_in_distress_is_offered_no_times(odalys, services, clock, mei):
    leaves(services)

    assert names(hands_over(odalys, "express_distress")) == ["utter_case_express_distress"]


def test_somebody_whom_a_lawyer_represents_is_offered_no_calls(odalys, services, mei):
    leaves(services)

    assert "utter_case_nobody_to_call" in names(hands_over(odalys, "legal_representation"))


def test_a_time_that_is_picked_is_when_somebody_calls(odalys, services, clock, mei):
    leaves(services)
    choice = buttons(hands_over(odalys))[1]
    at = datetime.fromisoformat(next(e["value"] for e in choice.entities if e["entity"] == "moment"))
    reference = opened(services, odalys.id)

    replies = taps(odalys, choice)

    assert names(replies) == ["utter_call_chosen"]
    assert (row(services, reference).call_at, row(services, reference).due_at) == (at, at)
    assert happened(services, reference)[-1] == "call_chosen"


def test_a_time_that_has_passed_is_not_kept_and_others_are_offered(odalys, services, clock, mei):
    leaves(services)
    choice = buttons(hands_over(odalys))[0]
    clock.passes(days=1)

    replies = taps(odalys, choice)

    assert names(replies) == ["utter_call_passed"]
    assert len(buttons(replies)) == 4
    assert row(services, "C-1").call_at is None


# -- calling it off


def test_a_borrower_calls_it_off_while_nobody_has_the_case(odalys, services, mei):
    leaves(services)
    choice = buttons(hands_over(odalys))[-1]

    replies = taps(odalys, choice)

    assert names(replies) == ["utter_case_cancelled"]
    found = row(services, "C-1")
    assert (found.status, found.outcome_kind) == ("returned", "cancelled")
    assert not services.conversations.situation(odalys.id).held
    assert sent(services, odalys.id) == []


def test_a_case_that_somebody_has_is_not_called_off(odalys, services, mei):
    leaves(services)
    choice = buttons(hands_over(odalys))[-1]
    services.casework.claim(mei, "C-1", click())

    assert names(taps(odalys, choice)) == ["utter_case_not_cancelled"]
    assert row(services, "C-1").resolved_at is None


@pytest.mark.parametrize("reason", ["express_distress", "dispute_debt", "complain", "plan_approval"])
def test_what_is_more_than_a_wish_is_not_called_off(odalys, services, mei, reason):
    opened(services, odalys.id)
    opened(services, odalys.id, reason)

    assert not services.casework.cancel(odalys.id)
    assert not services.casework.cancel(Chat(services, "c-9").id)


def test_whoever_asks_how_long_can_call_it_off(odalys, services, mei):
    opened(services, odalys.id)

    replies = WhileHeld(services).perform(turn_of(odalys, "request_human", "how long?"))

    assert [choice.intent for choice in buttons(replies)] == [NO_PERSON]


# -- what time brings


def test_where_nobody_joined_the_desk_whoever_waits_gets_the_bot_back_with_an_apology(odalys, services, clock):
    name = opened(services, odalys.id)
    for _ in range(24 * 12):
        clock.passes(hours=1)
        services.casework.sweep()

    assert happened(services, name) == ["opened", "escalated", "escalated", "expired"]
    assert not services.conversations.situation(odalys.id).held
    assert len(sent(services, odalys.id)) == 1


def test_whoever_is_answered_from_the_command_line_is_not_apologised_to(odalys, services, clock):
    name = opened(services, odalys.id)
    services.guarding.write_to(name, "Hello, what can I do for you?")
    clock.passes(hours=71)
    assert services.casework.sweep() == 0
    clock.passes(hours=1)

    services.casework.sweep()

    assert row(services, name).outcome_kind == "no_answer"
    assert [message.kind for message in sent(services, odalys.id)] == ["agent"]


def test_whoever_joins_finds_what_waits_for_a_team_in_which_nobody_is(odalys, services):
    name = opened(services, odalys.id, "express_distress")
    assert row(services, name).team == "care"
    mei = worker(services, "mei")

    services.casework.sweep()

    assert row(services, name).team == "general"
    assert happened(services, name) == ["opened", "moved"]
    services.casework.claim(mei, name, click())


def test_a_case_that_nobody_took_in_time_is_escalated_once(odalys, services, clock, mei):
    name = opened(services, odalys.id)
    assert services.casework.sweep() == 0
    clock.at = row(services, name).due_at

    assert (services.casework.sweep(), services.casework.sweep()) == (1, 0)

    assert (row(services, name).escalated, happened(services, name)) == (1, ["opened", "escalated"])


def test_it_is_escalated_again_and_then_given_back_with_an_apology(odalys, services, clock, mei):
    name = opened(services, odalys.id)
    moments = []
    for _ in range(24 * 12):
        clock.passes(hours=1)
        if services.casework.sweep():
            moments.append((clock(), happened(services, name)[-1]))

    rules = services.parts.handover
    assert [kind for _, kind in moments] == ["escalated", "escalated", "expired"]
    (first, _), (second, _), (third, _) = moments
    assert second >= after(rules, "normal", first, 8) > second - timedelta(hours=1)
    assert third >= after(rules, "normal", second, 24) > third - timedelta(hours=1)
    found = row(services, name)
    assert (found.status, found.outcome_kind) == ("expired", "expired")
    assert not services.conversations.situation(odalys.id).held
    (message,) = sent(services, odalys.id)
    assert name in message.body


def test_supervisors_are_told_of_each_escalation_and_the_second_one_hurries(odalys, services, clock, mei):
    vera = worker(services, "vera", "supervisor")
    worker(services, "ada", "supervisor", ("care",))
    name = opened(services, odalys.id)
    clock.passes(days=2)
    services.casework.sweep()
    (told,) = services.desk.mentions(vera)
    assert (told.reference, told.kind, row(services, name).priority) == (name, "escalated", "normal")
    clock.passes(days=2)

    for _ in range(2):
        services.casework.sweep()

    assert [told.data for told in services.desk.mentions(vera)] == [{"times": 2, "priority": "high"}, {"times": 1}]
    assert row(services, name).priority == "high"
    assert services.desk.mentions(mei) == []


def test_where_a_team_has_no_supervisor_all_of_it_are_told(odalys, services, clock, mei):
    opened(services, odalys.id)
    clock.passes(days=2)

    services.casework.sweep()

    assert [told.kind for told in services.desk.mentions(mei)] == ["escalated"]


@pytest.mark.parametrize("reason", ["express_distress", "dispute_debt", "complain"])
def test_a_grave_case_waits_for_a_person_however_long_it_takes(odalys, services, clock, mei, reason):
    name = opened(services, odalys.id, reason)
    for _ in range(40):
        clock.passes(days=1)
        services.casework.sweep()

    found = row(services, name)
    assert (found.escalated, found.resolved_at) == (2, None)


def test_a_case_that_was_taken_and_not_answered_goes_back_and_is_escalated(odalys, services, clock, mei):
    name = opened(services, odalys.id)
    services.casework.claim(mei, name, click())
    clock.passes(hours=3)
    assert services.casework.sweep() == 0
    clock.passes(days=1)

    services.casework.sweep()

    found = row(services, name)
    assert (found.status, found.owner_id, found.escalated) == ("waiting", None, 1)
    assert happened(services, name)[-1] == "returned_idle"


def test_whoever_works_on_a_case_keeps_it(odalys, services, clock, mei):
    name = opened(services, odalys.id)
    services.casework.claim(mei, name, click())
    clock.passes(hours=3)
    services.casework.note(mei, name, click(), "calling the branch")
    clock.passes(minutes=90)

    assert services.casework.sweep() == 0
    assert row(services, name).owner_id == mei.id


def test_a_case_whose_terms_wait_for_a_supervisor_stays_with_its_agent(odalys, services, clock, mei):
    odalys.turn("a person please")
    name = opened(services, odalys.id)
    services.casework.propose(mei, name, click(), Wanted("plan", count=12), "one income")
    clock.passes(days=2)

    services.casework.sweep()

    assert row(services, name).owner_id == mei.id


def test_a_case_that_was_answered_ends_quietly_when_the_borrower_says_no_more(odalys, services, clock, mei):
    name = opened(services, odalys.id)
    services.casework.answer(mei, name, click(), "Is there anything else?")
    clock.passes(hours=71)
    assert services.casework.sweep() == 0
    clock.passes(hours=1)

    assert services.casework.sweep() == 1

    found = row(services, name)
    assert (found.status, found.outcome_kind) == ("resolved", "no_answer")
    assert [message.kind for message in sent(services, odalys.id)] == ["agent"]
    assert not talk(services, odalys.id).case_id


def test_a_silent_end_leaves_collection_stopped(odalys, services, clock):
    vera = worker(services, "vera", "supervisor", ("general", "care"))
    name = opened(services, odalys.id, "dispute_debt", about="amount")
    services.casework.answer(vera, name, click(), "Could you send us the receipt?")
    clock.passes(days=4)

    services.casework.sweep()

    assert row(services, name).outcome_kind == "no_answer"
    assert services.accounts.show(ODALYS)["hold"] == "dispute_debt"


def test_a_call_that_is_still_to_come_keeps_a_case_open(odalys, services, clock, mei):
    name = opened(services, odalys.id)
    services.casework.answer(mei, name, click(), "I'll call you next week.")
    services.casework.call_back(mei, name, click(), clock() + timedelta(days=6, hours=19))
    clock.passes(days=5)

    services.casework.sweep()

    assert row(services, name).resolved_at is None


def test_one_case_that_fails_does_not_keep_the_others_waiting(odalys, services, clock, mei, monkeypatch):
    broken, sound = opened(services, odalys.id), opened(services, Chat(services, "c-2").id)
    clock.passes(days=2)
    escalated = services.casework._escalated

    def fails(session, case):
        if case.id == row(services, broken).id:
            raise RuntimeError("a broken row")
        return escalated(session, case)

    monkeypatch.setattr(services.casework, "_escalated", fails)

    assert services.casework.sweep() == 1
    assert row(services, sound).escalated == 1


def test_nobody_can_ask_about_a_case_that_there_is_not(services):
    with pytest.raises(UnknownCase):
        services.cases.waiting(Chat(services, "c-1").id)


def test_rules_of_the_desk_that_make_no_sense_are_refused(services):
    rules = services.parts.desk
    with pytest.raises(ValueError, match="general"):
        type(rules).model_validate({**rules.model_dump(), "teams": [team.model_dump() for team in rules.teams[:-1]]})
    twice = [*rules.outcomes, rules.outcomes[0]]
    with pytest.raises(ValueError, match="already"):
        type(rules).model_validate({**rules.model_dump(), "outcomes": [outcome.model_dump() for outcome in twice]})
