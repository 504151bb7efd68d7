"""What a conversation came to, from the record alone."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.debt import Balance
from bot.domain.money import Money
from bot.domain.offer import Terms, number_payments
from bot.domain.proposal import Proposal
from bot.domain.schedule import due_dates, split_evenly
from bot.domain.summary import CODES, Line, Put, Record, Told, summary, why_refused
from bot.domain.wanted import Wanted
from tests.unit.desk_cases import click, opened, worker


def usd(amount: str) -> Money:
    return Money.parse(amount, "USD")


def months(count: int) -> Terms:
    parts = split_evenly(usd("1200.00"), count)
    days = due_dates(date(2026, 12, 5), "monthly", count)
    nothing = Balance.zero("USD")
    schedule = number_payments(list(zip(days, parts, strict=True)), False)
    return Terms("plan", usd("1200.00"), schedule, nothing, "early, bot: plan", "monthly")


def codes(record: Record) -> list[str]:
    return [line.code for line in summary(record)]


def test_of_nothing_it_says_so():
    assert summary(Record()) == (Line("nothing"),)


def test_the_last_wish_counts_and_small_talk_is_none():
    told = [Told(1, "a plan?", "request_plan"), Told(2, "less?", "request_waiver"), Told(3, "thanks", "thank")]

    assert summary(Record(told=told)) == (Line("wants", {"wish": "request_waiver"}),)


def test_what_was_named_is_told_as_it_was_named():
    wanted = Proposal(per_instalment=usd("90"), frequency="monthly", first_on=date(2026, 12, 5))

    (line,) = summary(Record(wanted=wanted))

    assert line == Line("named", {"each": usd("90"), "frequency": "monthly", "on": date(2026, 12, 5)})


def test_what_was_offered_is_told_with_what_was_said_against_it():
    told = [Told(1, "a plan?", "request_plan"), Told(2, "ok so", None), Told(3, "too much for me", "reject_offer")]
    put = [Put(1, months(4), 1, "superseded", "bot"), Put(3, months(6), 2, "open", "bot")]

    lines = summary(Record(told=told, put=put))

    assert [line.code for line in lines] == ["wants", "offered", "refused", "offered"]
    assert lines[2].facts == {"terms": months(4), "words": "too much for me"}
    assert (lines[3].facts["round"], lines[3].facts["status"]) == (2, "open")


@pytest.mark.parametrize(("status", "why"), [("open", None), ("accepted", None), ("rejected", "no"), ("expired", None)])
def test_only_what_was_turned_down_was_refused(status, why):
    told = [Told(1, "a plan?", "request_plan"), Told(2, "no", "deny")]

    assert why_refused(told, Put(1, months(4), 1, status, "bot")) == why


def test_nothing_is_guessed_about_why_where_nobody_said():
    told = [Told(1, "a plan?", "request_plan"), Told(2, "hello", "greet")]

    assert codes(Record(told=told, put=[Put(1, months(4), 1, "superseded", "bot")])) == ["wants", "offered"]


def test_whoever_decided_against_terms_is_told_with_their_words():
    put = [Put(1, months(12), 1, "rejected", "agent", "Ask for a down payment first.")]

    lines = summary(Record(put=put))

    assert lines[-1] == Line("not_allowed", {"terms": months(12), "words": "Ask for a down payment first."})


def test_of_many_offers_the_last_are_told_and_the_others_counted():
    lines = summary(Record(put=[Put(n, months(n + 2), n, "expired", "bot") for n in range(1, 6)]))

    assert lines[0] == Line("offered_more", {"count": 2})
    assert [line.facts["round"] for line in lines[1:]] == [3, 4, 5]


def test_what_was_agreed_and_promised_is_told():
    record = Record(
        agreed=(months(6), date(2026, 11, 23), "active"),
        promises=[(usd("100"), date(2026, 12, 1), "open")],
        earlier=[("C-00001", "complain", "answered", date(2026, 10, 2))],
        hardship="illness",
        surplus=usd("120"),
        budget_on=date(2026, 11, 20),
        about="amount",
    )

    assert codes(record) == ["hardship", "budget", "disputes", "agreed", "promised", "earlier"]


def test_a_plan_that_waits_for_approval_waits():
    assert codes(Record(agreed=(months(6), date(2026, 11, 23), "agreed"))) == ["waits"]


def test_every_code_is_one_that_the_desk_knows():
    assert len(set(CODES)) == len(CODES)


def test_a_case_comes_with_its_summary(odalys, services):
    mei = worker(services, "mei")
    turn = odalys.turn("can I pay bit by bit?")
    services.negotiation.offer(turn, "plan")
    services.conversations.answer(turn, [], ["utter_options"], "request_plan", 0.9)
    turn = odalys.turn("that is still too much for me")
    services.negotiation.improve(turn)
    services.conversations.answer(turn, [], ["utter_options"], "reject_offer", 0.9)
    case = opened(services, odalys.id)
    services.casework.propose(mei, case, click(), Wanted("plan", count=9), "")

    lines = services.desk.case(mei, case).summary

    told = [(line.code, line.facts.get("words")) for line in lines]
    assert told[0] == ("wants", None)
    assert ("refused", "that is still too much for me") in told
    assert (lines[-1].code, lines[-1].facts["by"]) == ("offered", "agent")
