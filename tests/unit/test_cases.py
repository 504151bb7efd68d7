"""Cases: one open case a conversation, with all that a person needs to see."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.services.cases import UnknownCase
from tests.unit.desk_cases import audited, happened
from tests.unit.fakes import MONDAY, Chat


def only_case(services) -> dict:
    (case,) = services.cases.all()
    return case


def test_a_conversation_has_one_open_case(odalys, services):
    first = services.cases.open(odalys.id, "request_human")

    second = services.cases.open(odalys.id, "complain")

    assert first.reference == second.reference
    assert only_case(services)["status"] == "waiting"


def test_a_graver_reason_takes_over_and_brings_the_answer_forward(odalys, services):
    before = services.cases.open(odalys.id, "request_human")

    after = services.cases.open(odalys.id, "express_distress")

    case = only_case(services)
    assert (case["reason"], case["priority"]) == ("express_distress", "urgent")
    assert after.answer_by == MONDAY + timedelta(hours=1)
    assert after.answer_by < before.answer_by


def test_a_lighter_reason_changes_nothing(odalys, services):
    urgent = services.cases.open(odalys.id, "express_distress")

    light = services.cases.open(odalys.id, "request_document")

    assert only_case(services)["reason"] == "express_distress"
    assert light.answer_by == urgent.answer_by


def test_an_answer_is_never_put_off_by_a_second_reason(odalys, services, clock):
    first = services.cases.open(odalys.id, "request_human")
    clock.passes(hours=5)

    second = services.cases.open(odalys.id, "refuse_to_pay")

    assert second.answer_by == first.answer_by


def test_a_case_that_holds_keeps_the_conversation_for_a_person(odalys, services):
    services.cases.open(odalys.id, "request_human")

    assert services.conversations.situation(odalys.id).held
    assert services.cases.current(odalys.id).holds


def test_a_wish_to_pay_takes_back_a_conversation_whose_case_yields(odalys, services):
    services.cases.open(odalys.id, "refuse_to_pay")

    assert not services.cases.yield_to(odalys.id, "deny")
    assert services.cases.yield_to(odalys.id, "propose_plan")

    assert not services.conversations.situation(odalys.id).held
    assert only_case(services)["status"] == "waiting"

    services.cases.open(odalys.id, "refuse_to_pay")
    assert services.conversations.situation(odalys.id).held


@pytest.mark.parametrize("also", ["complain", "dispute_debt", "request_human"])
def test_no_wish_takes_back_a_conversation_that_a_person_must_have(odalys, services, also):
    services.cases.open(odalys.id, "refuse_to_pay")
    services.cases.open(odalys.id, also)

    assert not services.cases.yield_to(odalys.id, "propose_plan")
    assert services.conversations.situation(odalys.id).held


def test_a_case_that_holds_nothing_lets_the_borrower_go_on(odalys, services):
    case = services.cases.open(odalys.id, "request_document")

    assert not case.holds
    assert not services.conversations.situation(odalys.id).held


def test_a_reason_that_holds_makes_an_open_case_hold(odalys, services):
    services.cases.open(odalys.id, "request_document")

    services.cases.open(odalys.id, "request_human")

    assert services.conversations.situation(odalys.id).held


def test_a_dispute_stops_collection_until_a_person_lifts_it(odalys, services):
    case = services.cases.open(odalys.id, "dispute_debt")
    held = services.accounts.show("7001-3344")["hold"]

    services.cases.hand_back(case.reference, "the figures are right")

    assert held == "dispute_debt"
    assert services.accounts.show("7001-3344")["hold"] is None
    (lifted,) = audited(services, "collection_goes_on")
    assert (lifted.actor, lifted.data["reason"]) == ("agent", "dispute_debt")
    assert happened(services, case.reference) == ["opened", "resolved", "hold_lifted"]


def test_a_request_stops_nothing(odalys, services):
    services.cases.open(odalys.id, "request_human")

    assert services.accounts.show("7001-3344")["hold"] is None


def test_a_stranger_cannot_stop_collection_on_an_account(chat, services):
    chat.identify("7001-3344")

    services.cases.open(chat.id, "dispute_debt")

    assert services.accounts.show("7001-3344")["hold"] is None
    assert only_case(services)["account"] is None


def test_a_case_handed_back_gives_the_conversation_to_the_bot_and_remembers_the_outcome(odalys, services):
    case = services.cases.open(odalys.id, "request_human")
    services.conversations.misunderstood(odalys.id)

    services.cases.hand_back(case.reference, "answered by phone", "Rosa")

    shown = services.cases.show(case.reference)
    assert (shown["status"], shown["outcome"]) == ("resolved", "answered by phone")
    assert shown["resolved_at"]
    assert not services.conversations.situation(odalys.id).held
    assert services.conversations.misunderstood(odalys.id) == 1


def test_after_a_case_is_resolved_the_next_one_is_new(odalys, services):
    first = services.cases.open(odalys.id, "request_human")
    services.cases.hand_back(first.reference, "done")

    second = services.cases.open(odalys.id, "complain")

    assert second.reference != first.reference
    assert [case["status"] for case in services.cases.all()] == ["waiting", "resolved"]


def test_one_case_handed_back_leaves_the_hold_that_another_needs(odalys, services):
    services.cases.open(odalys.id, "dispute_debt")
    elsewhere = Chat(services, "elsewhere").prove("7001-3344, 1987-03-07")
    letter = services.cases.open(elsewhere.id, "request_document")

    services.cases.hand_back(letter.reference, "sent")

    assert services.accounts.show("7001-3344")["hold"] == "dispute_debt"


def test_a_case_is_resolved_once(odalys, services, clock):
    case = services.cases.open(odalys.id, "request_human")
    services.cases.hand_back(case.reference, "done")
    before = services.cases.show(case.reference)
    clock.passes(hours=1)

    services.cases.hand_back(case.reference, "done again")

    assert services.cases.show(case.reference) == before


def test_the_summary_tells_a_person_what_they_need(odalys, services):
    services.negotiation.offer(odalys.turn("can I pay bit by bit?"), "plan")
    odalys.turn("that is still too much for me")

    services.cases.open(odalys.id, "request_human")

    summary = only_case(services)["summary"]
    for part in ("request_human (normal)", "7001-3344", "1325.50 USD", "fees 45.00", "37 days", "round 1", "too much"):
        assert part in summary


def test_the_summary_of_somebody_unknown_says_so(chat, services):
    chat.turn("a person please")

    services.cases.open(chat.id, "request_human")

    assert "not proven" in only_case(services)["summary"]


def test_a_case_shows_the_whole_transcript(odalys, services):
    turn = odalys.turn("转人工")
    services.conversations.answer(turn, [{"text": "好的"}], ["utter_case_request_human"], "request_human", 0.9)
    case = services.cases.open(odalys.id, "request_human")

    (row,) = services.cases.show(case.reference)["transcript"]

    assert (row["borrower"], row["intent"], row["bot"]) == ("转人工", "request_human", ["utter_case_request_human"])


def test_urgent_cases_come_first_and_resolved_ones_last(services, clock):
    opened = {}
    for number, reason in enumerate(["request_human", "express_distress", "complain", "request_document"]):
        clock.passes(minutes=1)
        opened[reason] = services.cases.open(Chat(services, f"c-{number}").id, reason).reference
    services.cases.hand_back(opened["express_distress"], "safe")

    order = [case["reason"] for case in services.cases.all()]

    assert order == ["complain", "request_human", "request_document", "express_distress"]


@pytest.mark.parametrize("id", ["C-99999", "", "C-", "one", "C-1; DROP TABLE cases", "C-²"])
def test_a_case_that_does_not_exist_is_named(services, id):
    with pytest.raises(UnknownCase):
        services.cases.show(id)


@pytest.mark.parametrize("id", ["C-00001", "c-1", "1", "C-1"])
def test_a_case_is_found_however_its_reference_is_written(chat, services, id):
    services.cases.open(chat.id, "request_human")

    assert services.cases.show(id)["id"] == "C-00001"


def test_an_agents_words_go_to_the_borrowers_own_chat(chat, services):
    case = services.cases.open(chat.id, "request_human")

    services.guarding.write_to(case.reference, "Hello, this is Rosa.")

    (message,) = services.outbox.waiting_for(chat.id, 0)
    assert (message.body, message.channel, message.status) == ("Hello, this is Rosa.", "web", "queued")


def test_whoever_has_no_case_is_held_by_nobody(chat, services):
    with pytest.raises(UnknownCase):
        services.cases.current(chat.id)


def test_the_answer_is_promised_in_the_borrowers_own_time_zone(odalys, services):
    case = services.cases.open(odalys.id, "request_human")

    assert case.time_zone == "America/New_York"
    assert case.country == "US"
    assert isinstance(case.answer_by, datetime)
