"""Negotiation as pure rules: whatever the debt, the round and the wish, terms stay inside authority."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.domain.authority import inside
from bot.domain.debt import COMPONENTS, Balance, Debt
from bot.domain.money import Money
from bot.domain.negotiation import consider, options
from bot.domain.offer import Terms
from bot.domain.policy import OfferPolicy
from bot.domain.proposal import Proposal
from bot.domain.table import Table

TODAY = date(2026, 11, 23)
WISHES = ("plan", "waiver", "deferral", "pay_now")


def policy(
    rounds: int = 4,
    opening: int = 50,
    most: dict[str, int] | None = None,
    smallest: str = "10",
    first_within: int = 35,
    settle_within: int = 7,
    waive: int = 50,
    promise_within: int = 31,
    least: int = 0,
    least_down: int = 0,
    waive_later: int = 0,
    interest: str = "frozen",
    day_rule: str = "stay",
    hold_back: int = 0,
) -> OfferPolicy:
    return OfferPolicy.model_validate(
        {
            "name": "unit",
            "rounds": rounds,
            "opening_percent": min(opening, 100 - hold_back),
            "hold_back_percent": hold_back,
            "keeping": {"interest": interest},
            "due_dates": {"weekends": day_rule, "holidays": day_rule},
            "offer_lifetime_hours": 72,
            "segments": [
                {
                    "name": "all",
                    "authority": {
                        "bot": {
                            "plan": {
                                "most_instalments": most or {"weekly": 26, "biweekly": 13, "monthly": 6},
                                "smallest_instalment": {"USD": smallest, "JPY": 1000},
                                "first_payment_within_days": first_within,
                                "least_down_payment_percent": least_down,
                                "waive": {"interest": waive_later},
                            },
                            "settlement": {
                                "within_days": settle_within,
                                "waive": {"fees": {"percent": waive, "amount": {"USD": 50}}},
                            },
                            "promise": {"within_days": promise_within, "least_percent": least},
                            "cost_cap_percent_a_year": 24,
                        }
                    },
                }
            ],
        }
    )


def debt(
    principal: int = 120000, interest: int = 8050, fees: int = 4500, currency: str = "USD", rate: Decimal = Decimal(0)
) -> Debt:
    balance = Balance(*(Money(part, currency) for part in (principal, interest, fees)))
    return Debt(balance, date(2026, 10, 17), country="GB", annual_rate=rate)


def table(owed: Debt | None = None, terms: OfferPolicy | None = None, round: int = 1, today: date = TODAY) -> Table:
    terms = terms or policy()
    return Table(owed or debt(), terms, terms.segments[0], today, round)


frequencies = st.sampled_from(["weekly", "biweekly", "monthly"])
debts = st.builds(
    debt,
    principal=st.integers(0, 10**9),
    interest=st.integers(0, 10**7),
    fees=st.integers(0, 10**6),
    currency=st.sampled_from(["USD", "JPY", "KWD"]),
    rate=st.sampled_from([Decimal(0), Decimal("18.5"), Decimal(90)]),
).filter(lambda d: d.balance.total.minor > 0)
policies = st.builds(
    policy,
    rounds=st.integers(1, 6),
    opening=st.integers(0, 100),
    most=st.dictionaries(frequencies, st.integers(1, 60), min_size=1),
    smallest=st.sampled_from(["0.01", "10", "250"]),
    first_within=st.integers(1, 60),
    settle_within=st.integers(0, 40),
    waive=st.integers(0, 100),
    promise_within=st.integers(0, 40),
    least=st.integers(0, 100),
    least_down=st.sampled_from([0, 0, 0, 10, 35, 99, 100]),
    waive_later=st.sampled_from([0, 0, 40, 100]),
    interest=st.sampled_from(["frozen", "frozen", "running"]),
    day_rule=st.sampled_from(["stay", "next", "previous"]),
    hold_back=st.sampled_from([0, 0, 10, 50]),
)
days = st.dates(date(2026, 1, 1), date(2028, 12, 31))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    terms = draw(policies)
    owed = draw(debts)
    left = st.none() | st.none() | st.integers(0, 2 * owed.balance.total.minor)
    surplus = draw(left.map(lambda minor: None if minor is None else Money(minor, owed.balance.currency)))
    at = table(owed, terms, draw(st.integers(1, terms.rounds)), draw(days))
    return replace(at, surplus=surplus, conceded=draw(st.none() | st.decimals(0, 1, places=2)))


@st.composite
def proposals(draw: st.DrawFn, of: Table) -> Proposal:
    amounts = st.none() | st.integers(1, 2 * of.owed.minor).map(lambda minor: Money(minor, of.owed.currency))
    return Proposal(
        per_instalment=draw(amounts),
        count=draw(st.none() | st.integers(1, 80) | st.just(10**6)),
        frequency=draw(st.none() | frequencies),
        down_payment=draw(amounts),
        lump_sum=draw(amounts),
        first_on=draw(st.none() | st.integers(-40, 400).map(lambda n: of.today + timedelta(days=n))),
        day_of_month=draw(st.none() | st.integers(1, 31)),
        paydays=draw(st.sampled_from([(), (), (), (15, 31), (5, 20)])),
        months=draw(st.none() | st.integers(1, 40) | st.just(10**6)),
        days=draw(st.none() | st.integers(1, 400)),
    )


def assert_lawful(at: Table, offered: tuple[Terms, ...]) -> None:
    assert len(offered) <= 2
    assert len({terms.schedule for terms in offered}) == len(offered)
    for terms in offered:
        assert inside(at, terms), terms
        dates = [row.due_on for row in terms.schedule]
        assert dates == sorted(set(dates))
        assert dates[0] >= at.today
        assert terms.to_pay + terms.saved + terms.remaining == at.owed + terms.added
        assert terms.remaining.minor == 0 or terms.kind == "promise"
        assert all(getattr(terms.waived, c) <= getattr(at.debt.balance, c) for c in COMPONENTS)
        assert terms.rule.startswith("all, bot: ")
        if at.surplus is not None and terms.kind == "plan":
            assert max(row.amount.minor for row in terms.instalments) <= at.surplus.minor


@settings(max_examples=400)
@given(at=tables(), wish=st.sampled_from(WISHES))
def test_whatever_the_bot_offers_is_inside_authority_and_sums_to_what_is_owed(at, wish):
    offered = options(at, wish)

    assert offered or at.surplus is not None
    assert_lawful(at, offered)


@settings(max_examples=800)
@given(data=st.data(), at=tables())
def test_whatever_a_borrower_proposes_the_answer_is_inside_authority(data, at):
    proposal = data.draw(proposals(at))

    answer = consider(at, proposal)

    assert_lawful(at, answer.options)
    assert (answer.verdict == "ask") == bool(answer.missing)
    assert (answer.verdict in ("ask", "nothing")) == (not answer.options)
    assert answer.verdict != "accept" or len(answer.options) == 1


@given(owed=debts, terms=policies, wish=st.sampled_from(WISHES))
def test_concessions_never_get_worse_over_the_rounds(owed, terms, wish):
    rounds = [options(table(owed, terms, number), wish) for number in range(1, terms.rounds + 1)]

    for kind in ("settlement", "plan"):
        first = [next((t for t in offered if t.kind == kind), None) for offered in rounds]
        for before, after in pairwise(first):
            if before and after:
                assert after.saved >= before.saved
                assert len(after.instalments) >= len(before.instalments)
                assert after.schedule[-1].due_on >= before.schedule[-1].due_on or after.frequency != before.frequency


@given(owed=debts, terms=policies)
def test_the_last_round_uses_the_whole_authority(owed, terms):
    at = table(owed, terms, terms.rounds)
    assume(terms.rounds > 1)

    share = at.share

    assert share == 1


@given(data=st.data(), owed=debts)
def test_a_number_of_instalments_inside_authority_is_taken_as_it_is(data, owed):
    at = table(owed)
    frequency = data.draw(frequencies)
    assume(at.most(frequency) >= 1)
    count = data.draw(st.integers(1, at.most(frequency)))

    answer = consider(at, Proposal(count=count, frequency=frequency))

    assert answer.verdict == "accept"
    (terms,) = answer.options
    assert (len(terms.instalments), terms.frequency) == (count, frequency)
    assert terms.to_pay == at.owed


@given(data=st.data(), owed=debts)
def test_an_amount_inside_authority_is_taken_to_the_cent(data, owed):
    at = table(owed)
    most = at.most("monthly")
    assume(most >= 1)
    least = max(-(-at.owed.minor // most), at.smallest.minor)
    assume(least <= at.owed.minor)
    amount = Money(data.draw(st.integers(least, at.owed.minor)), at.owed.currency)

    answer = consider(at, Proposal(per_instalment=amount, frequency="monthly"))

    assert answer.verdict == "accept"
    *whole, last = answer.options[0].instalments
    assert all(row.amount == amount for row in whole)
    assert last.amount <= amount
    assert answer.options[0].to_pay == at.owed


@given(data=st.data(), owed=debts)
def test_a_promise_inside_authority_is_taken_with_its_sum_and_day(data, owed):
    at = table(owed, policy(waive=0))
    assume(at.owed.minor > 1)
    amount = Money(data.draw(st.integers(1, at.owed.minor - 1)), at.owed.currency)
    on = TODAY + timedelta(days=data.draw(st.integers(0, 31)))

    answer = consider(at, Proposal(lump_sum=amount, first_on=on))

    assert answer.verdict == "accept"
    (terms,) = answer.options
    assert (terms.kind, terms.to_pay, terms.schedule[0].due_on) == ("promise", amount, on)
    assert terms.remaining == at.owed - amount


@pytest.mark.parametrize(("number", "most"), [(1, 3), (4, 6)])
def test_too_many_instalments_are_met_with_the_most_that_the_round_concedes(number, most):
    answer = consider(table(round=number), Proposal(count=24, frequency="monthly"))

    assert answer.verdict == "counter"
    assert len(answer.options[0].instalments) == most


def test_a_down_payment_brings_more_instalments_where_they_are_worth_as_much():
    plain = consider(table(), Proposal(count=24, frequency="monthly"))
    proposal = Proposal(down_payment=Money(66275, "USD"), count=24, frequency="monthly")

    answer = consider(table(), proposal)

    assert len(answer.options[0].instalments) > len(plain.options[0].instalments)


def test_too_small_an_amount_is_met_with_the_nearest_and_with_that_amount_after_a_larger_start():
    answer = consider(table(round=4), Proposal(per_instalment=Money(15000, "USD"), frequency="monthly"))

    assert answer.verdict == "counter"
    nearest, larger_first = answer.options
    assert len(nearest.instalments) == 6
    assert larger_first.down_payment == Money(132550 - 5 * 15000, "USD")
    assert {row.amount for row in larger_first.instalments} == {Money(15000, "USD")}


def test_a_start_too_late_is_met_with_the_latest_start_there_can_be():
    answer = consider(table(), Proposal(count=6, frequency="monthly", first_on=date(2027, 3, 1)))

    assert answer.verdict == "counter"
    assert answer.options[0].schedule[0].due_on == TODAY + timedelta(days=35)
    assert len(answer.options[0].instalments) == 6


def test_a_promise_too_late_is_met_with_the_latest_day_there_can_be():
    answer = consider(table(), Proposal(lump_sum=Money(40000, "USD"), first_on=date(2027, 6, 1)))

    assert answer.verdict == "counter"
    assert answer.options[0].schedule[0].due_on == TODAY + timedelta(days=31)
    assert answer.options[0].to_pay == Money(40000, "USD")


def test_a_promise_too_small_is_met_with_the_least_there_can_be():
    answer = consider(table(terms=policy(least=25)), Proposal(lump_sum=Money(1000, "USD"), first_on=TODAY))

    assert answer.verdict == "counter"
    assert answer.options[0].to_pay == Money(132550, "USD").percent(25)


def test_a_rhythm_that_the_policy_does_not_have_is_met_with_one_that_it_has():
    monthly = policy(most={"monthly": 6})

    answer = consider(table(terms=monthly), Proposal(count=6, frequency="weekly"))

    assert answer.verdict == "counter"
    assert answer.options[0].frequency == "monthly"


def test_amount_and_count_that_disagree_are_asked_about():
    answer = consider(table(), Proposal(per_instalment=Money(30000, "USD"), count=6, frequency="monthly"))

    assert answer.verdict == "clarify"
    assert [len(terms.instalments) for terms in answer.options] == [6, 5]


def test_of_contradictory_words_only_what_can_be_agreed_is_shown_with_the_nearest_to_the_rest():
    answer = consider(table(), Proposal(per_instalment=Money(15000, "USD"), count=3, frequency="monthly"))

    assert answer.verdict == "counter"
    assert len(answer.options[0].instalments) == 3


def test_a_down_payment_comes_first_and_the_rest_is_shared():
    proposal = Proposal(down_payment=Money(32550, "USD"), count=5, frequency="monthly", first_on=TODAY)

    (terms,) = consider(table(), proposal).options

    assert terms.schedule[0].amount == Money(32550, "USD")
    assert terms.schedule[0].due_on == TODAY
    assert [row.amount.minor for row in terms.instalments] == [20000] * 5
    assert terms.instalments[0].due_on == date(2026, 12, 23)


def test_a_plan_falls_on_the_day_of_the_month_that_was_named():
    (terms,) = consider(table(), Proposal(count=4, frequency="monthly", day_of_month=5)).options

    assert [row.due_on for row in terms.schedule] == [date(2026, 12, 5), *(date(2027, m, 5) for m in (1, 2, 3))]


@pytest.mark.parametrize(("months", "frequency", "count"), [(6, None, 6), (3, "weekly", 13), (5, "biweekly", 11)])
def test_a_length_of_time_is_counted_in_payments(months, frequency, count):
    (terms,) = consider(table(), Proposal(months=months, frequency=frequency)).options

    assert len(terms.instalments) == count


@pytest.mark.parametrize(
    ("proposal", "missing"),
    [
        (Proposal(), "amount"),
        (Proposal(first_on=date(2026, 12, 1)), "amount"),
        (Proposal(lump_sum=Money(40000, "USD")), "date"),
    ],
)
def test_what_was_left_open_is_asked(proposal, missing):
    answer = consider(table(), proposal)

    assert (answer.verdict, answer.missing) == ("ask", missing)


def test_a_day_that_has_passed_meanwhile_is_asked_again():
    answer = consider(table(), Proposal(lump_sum=Money(40000, "USD"), first_on=TODAY - timedelta(days=1)))

    assert (answer.verdict, answer.missing) == ("ask", "date")


def test_paying_everything_soon_takes_off_what_this_round_takes_off():
    opening = consider(table(), Proposal(lump_sum=Money(132550, "USD"), first_on=TODAY))

    (terms,) = opening.options
    assert (terms.kind, terms.saved) == ("settlement", Money(1125, "USD"))


def test_enough_for_the_whole_waiver_settles_even_in_the_first_round():
    enough = Money(132550 - 2250, "USD")

    (terms,) = consider(table(), Proposal(lump_sum=enough, first_on=TODAY)).options

    assert (terms.kind, terms.to_pay, terms.saved) == ("settlement", enough, Money(2250, "USD"))


def test_paying_everything_late_takes_nothing_off():
    (terms,) = consider(table(), Proposal(lump_sum=Money(132550, "USD"), first_on=TODAY + timedelta(days=20))).options

    assert (terms.kind, terms.to_pay, terms.saved) == ("promise", Money(132550, "USD"), Money(0, "USD"))


def test_more_than_is_owed_is_never_taken():
    (terms,) = consider(table(), Proposal(lump_sum=Money(500000, "USD"), first_on=TODAY)).options

    assert terms.to_pay <= Money(132550, "USD")


def test_the_smallest_instalment_leaves_room_for_fewer_payments():
    small = table(debt(principal=2500, interest=0, fees=0))

    most = small.most("monthly")

    assert most == 2


def test_yen_are_split_without_decimals():
    yen = table(debt(principal=90500, interest=0, fees=0, currency="JPY"))

    (terms,) = consider(yen, Proposal(count=3, frequency="monthly")).options

    assert [row.amount.minor for row in terms.schedule] == [30166, 30166, 30168]


@pytest.mark.parametrize(
    "spoil",
    [
        {"owed": Money(100, "USD")},
        {"frequency": None},
    ],
)
def test_terms_of_another_debt_or_without_a_rhythm_are_outside(spoil):
    at = table()
    (terms,) = consider(at, Proposal(count=6, frequency="monthly")).options
    if "owed" in spoil:
        at = table(debt(principal=1, interest=0, fees=0))
    else:
        terms = Terms(terms.kind, terms.owed, terms.schedule, terms.waived, terms.rule, None)

    assert not inside(at, terms)


def test_terms_that_do_not_sum_to_what_is_owed_cannot_be_made():
    (terms,) = consider(table(), Proposal(count=6, frequency="monthly")).options

    with pytest.raises(ValueError, match="sum to what is owed"):
        Terms("plan", terms.owed, terms.schedule[:-1], terms.waived, terms.rule, "monthly")


def test_terms_survive_being_stored():
    (terms,) = consider(table(), Proposal(down_payment=Money(1, "USD"), count=6, frequency="monthly")).options

    assert Terms.from_json(terms.as_json()) == terms


def test_a_plan_follows_two_paydays_and_comes_back_to_the_months_end():
    proposal = Proposal(count=6, frequency="biweekly", paydays=(15, 31))

    (terms,) = consider(table(), proposal).options

    assert [row.due_on.isoformat()[5:] for row in terms.schedule] == [
        "11-30",
        "12-15",
        "12-31",
        "01-15",
        "01-31",
        "02-15",
    ]
    assert terms.on_paydays
    assert not consider(table(), Proposal(count=6, frequency="biweekly")).options[0].on_paydays


def test_months_of_paydays_are_counted_by_the_paydays():
    (terms,) = consider(table(), Proposal(months=3, frequency="biweekly", paydays=(5, 20))).options

    assert len(terms.instalments) == 6
