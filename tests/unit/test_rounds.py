"""The rounds of a negotiation: what follows from a borrower's move, without a ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.domain import rounds
from bot.domain.money import Money
from bot.domain.negotiation import consider, is_better, options
from bot.domain.offer import Terms
from bot.domain.proposal import Proposal
from bot.domain.rounds import Standing
from bot.domain.table import Table
from tests.unit.test_negotiation_rules import debt, policy, table

TWELVE = {"weekly": 52, "biweekly": 26, "monthly": 12}


def refuse(at: Table, offered: tuple[Terms, ...]) -> list[rounds.Move]:
    """Every answer to somebody who only ever says no, until the rounds are over."""
    standing, moves = Standing(at, offered, offered), []
    while not moves or moves[-1].state == "put":
        moves.append(rounds.improve(standing))
        move = moves[-1]
        standing = Standing(move.table, move.options, (*standing.shown, *move.options))
    return moves


def test_a_refusal_is_answered_with_something_better_until_the_rounds_are_over():
    at = table(terms=policy(most=TWELVE))

    moves = refuse(at, options(at, "plan"))

    counts = [len(move.options[0].instalments) for move in moves[:-1]]
    assert counts == sorted(set(counts))
    assert moves[-2].table.last_round
    assert moves[-1].state == "final"


def test_who_was_offered_all_there_is_hears_it_once_more_as_the_last_offer():
    at = replace(table(terms=policy(most=TWELVE)), surplus=Money(debt().balance.total.minor // 12 + 100, "USD"))
    first = options(at, "plan")
    assert len(first[0].instalments) == 12

    again, final = refuse(at, first)

    assert again.table.last_round
    assert again.options[0] == first[0]
    assert final.state == "final"


def test_a_monthly_plan_that_is_lighter_than_a_weekly_one_is_better():
    at = table(debt(principal=30000, interest=0, fees=0), policy(most=TWELVE), round=4)
    (weekly,) = consider(at, Proposal(count=12, frequency="weekly")).options
    (monthly,) = consider(at, Proposal(count=12, frequency="monthly")).options

    assert is_better(monthly, [weekly])
    assert not is_better(weekly, [monthly])


def test_who_turns_down_more_time_is_offered_smaller_payments_not_a_settlement():
    at = table(terms=policy(most=TWELVE))
    later = options(at, "deferral")
    assert (later[0].kind, bool(later[0].saved)) == ("settlement", False)

    move = rounds.improve(Standing(at, later, later))

    assert move.options[0].kind == "plan"
    assert len(move.options[0].instalments) > len(later[1].instalments)


def test_who_turns_down_a_reduction_is_offered_a_larger_one():
    at = table()
    reduced = options(at, "waiver")

    move = rounds.improve(Standing(at, reduced, reduced))

    assert move.options[0].saved > reduced[0].saved


def test_terms_named_first_are_countered_in_the_round_they_were_named_in():
    move = rounds.consider(Standing(table()), Proposal(count=24, frequency="monthly"))

    assert (move.state, move.table.round) == ("put", 1)
    assert move.named is not None


def test_terms_named_while_something_is_offered_lead_to_the_next_round():
    at = table()
    offered = options(at, "plan")

    move = rounds.consider(Standing(at, offered, offered), Proposal(count=24, frequency="monthly"))

    assert (move.state, move.table.round) == ("put", 2)


def test_the_last_round_is_the_end_for_terms_outside_authority():
    at = table(round=4)
    offered = options(at, "plan")

    move = rounds.consider(Standing(at, offered, offered), Proposal(count=24, frequency="monthly"))

    assert move.state == "final"


def test_a_named_day_changes_what_was_read_back_not_what_is_first():
    at = table(terms=policy(most=TWELVE))
    offered = options(at, "plan")
    other = rounds.consider(Standing(at), Proposal(count=3, frequency="monthly")).options[0]

    changed = rounds.as_change(Proposal(day_of_month=5), offered, other)

    assert (changed.count, changed.day_of_month) == (3, 5)
    assert rounds.as_change(Proposal(day_of_month=5), offered).count == len(offered[0].instalments)
    assert rounds.as_change(Proposal(day_of_month=5), ()) == Proposal(day_of_month=5)
    assert date(2026, 11, 23) == at.today


def test_an_amount_alone_is_paid_each_time_where_instalments_were_shown():
    at = table(terms=policy(most=TWELVE))
    plan = options(at, "plan")[0]
    whole = rounds.consider(Standing(at), Proposal(lump_sum=at.owed, first_on=date(2026, 12, 4))).options[0]
    some, all_of_it = plan.instalments[0].amount, whole.to_pay

    changed = rounds.as_change(Proposal(lump_sum=some), (whole, plan))

    assert (changed.per_instalment, changed.lump_sum, changed.frequency) == (some, None, plan.frequency)
    assert rounds.as_change(Proposal(lump_sum=some), (whole,)).first_on == date(2026, 12, 4)
    assert rounds.as_change(Proposal(lump_sum=all_of_it), (whole, plan)).lump_sum == all_of_it


def test_who_was_offered_all_there_is_keeps_the_plan_beside_a_larger_reduction():
    at = table(terms=policy(most=TWELVE))
    named = consider(at, Proposal(count=12, frequency="monthly")).options

    move = rounds.improve(Standing(at, named, named))

    assert move.table.last_round
    assert {terms.kind for terms in move.options} == {"plan", "settlement"}
    assert named[0] in move.options


def test_hardship_alone_opens_no_further_than_anybody_else_is_offered():
    at = table(terms=policy(most=TWELVE))

    relief, plan = options(at, "relief"), options(at, "plan")

    assert relief[0] == plan[0]
    assert all(not terms.saved for terms in relief)
