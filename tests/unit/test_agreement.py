"""The life of a plan and of a promise, without a ledger: every amount exact, every end an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.domain.agreement import Agreement, Ended, Entry, NotPossible, Part, Pledge, Rules, Step
from bot.domain.debt import COMPONENTS, Balance
from bot.domain.money import Money, decimals
from bot.domain.offer import Terms, number_payments
from bot.domain.policy import PauseAuthority, PlanAuthority
from bot.domain.schedule import due_dates, split_evenly

START = date(2026, 1, 31)
ORDER = ("fees", "interest", "principal")
RULES = Rules(ORDER, days_of_grace=3, missed_instalments=1)
PAUSE = PauseAuthority(most=2, longest_days=30)
CURRENCIES = ("JPY", "USD", "KWD")


def balance_in(currency: str, principal: int, interest: int = 0, fees: int = 0) -> Balance:
    return Balance(Money(principal, currency), Money(interest, currency), Money(fees, currency))


def authority(currency: str, **named: Any) -> PlanAuthority:
    smallest = Money(10, currency).amount
    given = {"smallest_instalment": {currency: smallest}, "most_instalments": {"monthly": 24, "weekly": 60}}
    return PlanAuthority.model_validate({"first_payment_within_days": 40, **given, **named})


def shared(interest: Money, count: int) -> list[Money]:
    """Interest that is less in every period than in the one before, as where a debt is paid down."""
    shares = [interest * (count - index) for index in range(count)]
    even = [Money(share.minor * 2 // (count * (count + 1)), interest.currency) for share in shares]
    return [even[0] + interest - sum(even, start=interest * 0), *even[1:]]


def terms_of(
    owed: Balance, waived: Balance, count: int, frequency: str | None = "monthly", added: int = 0, kind: str = "plan"
) -> Terms:
    to_come = Money(added, owed.currency)
    amounts = split_evenly(owed.total + to_come - waived.total, count)
    dates = due_dates(START + timedelta(days=10), frequency or "monthly", count)
    schedule = number_payments(list(zip(dates, amounts, strict=True)), False, shared(to_come, count))
    return Terms(kind, owed.total, schedule, waived, "test", frequency)


def running(
    currency: str = "USD", *, count: int = 4, waive: int = 500, added: int = 0, rules: Rules = RULES, kind: str = "plan"
) -> Agreement:
    """A plan over 10 000 minor units of principal, 2 000 of interest and 1 000 of fees, begun on START."""
    owed, waived = balance_in(currency, 10_000, 2_000, 1_000), balance_in(currency, 0, 0, waive)
    agreed = Agreement.of(terms_of(owed, waived, count, added=added, kind=kind), owed, rules)
    return agreed.begin(START).agreement


def paid_by(step: Step) -> dict[str, int]:
    return {e.component: -e.amount.minor for e in step.entries if e.kind == "payment"}


def names(step: Step) -> list[str]:
    return [event.name for event in step.events]


each_currency = pytest.mark.parametrize("currency", CURRENCIES)


def test_the_currencies_stand_for_no_two_and_three_decimals():
    assert [decimals(currency) for currency in CURRENCIES] == [0, 2, 3]


# -- payments


@each_currency
def test_a_payment_goes_to_the_components_in_the_order_of_the_policy(currency):
    step = running(currency).pay(Money(1_700, currency), START)

    # Of the fees, the waived part is kept back: it is no payment that clears it.
    assert paid_by(step) == {"fees": 500, "interest": 1_200}
    assert step.agreement.balance == balance_in(currency, 10_000, 800, 500)


@each_currency
def test_another_order_is_another_allocation(currency):
    rules = Rules(("principal", "interest", "fees"), 3, 1)

    step = running(currency, rules=rules).pay(Money(10_500, currency), START)

    assert paid_by(step) == {"principal": 10_000, "interest": 500}


def test_a_part_is_paid_in_pieces():
    plan = running()
    first = plan.parts[0].amount

    some = plan.pay(Money(1_000, "USD"), START)
    rest = some.agreement.pay(first - Money(1_000, "USD"), START)

    assert [p.status for p in some.agreement.parts] == ["partly", "due", "due", "due"]
    assert [p.status for p in rest.agreement.parts] == ["paid", "due", "due", "due"]
    assert names(rest) == ["instalment_paid"]


@each_currency
def test_the_last_payment_completes_the_plan_and_earns_the_waiver(currency):
    plan = running(currency)
    steps = []
    for part in plan.parts:
        steps.append(plan.pay(part.amount, part.due_on))
        plan = steps[-1].agreement

    assert [len([e for e in step.entries if e.kind == "waiver"]) for step in steps] == [0, 0, 0, 1]
    assert steps[-1].entries[-1] == Entry("waiver", "fees", Money(-500, currency))
    assert names(steps[-1]) == ["instalment_paid", "completed", "waiver_earned"]
    assert plan.standing == "completed"
    assert not plan.balance.total


@each_currency
def test_what_is_paid_too_much_is_credit(currency):
    plan = running(currency)

    step = plan.pay(plan.left_to_pay + Money(77, currency), START)

    assert step.agreement.standing == "completed"
    assert step.credit == Money(77, currency)
    assert not step.agreement.balance.total


@pytest.mark.parametrize("minor", [0, -1])
def test_nothing_is_no_payment(minor):
    with pytest.raises(NotPossible, match="more than nothing"):
        running().pay(Money(minor, "USD"), START)


def test_what_was_missed_is_paid_first():
    plan = running()
    late = plan.day_passes(plan.parts[0].due_on + timedelta(days=4)).agreement

    step = late.pay(late.parts[0].amount, late.parts[0].due_on + timedelta(days=5))

    assert [p.status for p in late.parts] == ["missed", "due", "due", "due"]
    assert [p.status for p in step.agreement.parts] == ["paid", "due", "due", "due"]


# -- interest


@each_currency
def test_interest_is_added_part_by_part_and_sums_to_what_was_agreed(currency):
    plan = running(currency, added=241)
    posted = []
    for part in plan.parts:
        step = plan.day_passes(part.due_on)
        posted += [e for e in step.entries if e.kind == "interest"]
        plan = step.agreement.pay(part.amount, part.due_on).agreement

    assert sum(e.amount.minor for e in posted) == 241
    assert [e.number for e in posted] == [1, 2, 3, 4]
    assert [e.amount for e in posted] == shared(Money(241, currency), 4)
    assert plan.standing == "completed"


def test_interest_is_added_once():
    plan = running(added=100)
    day = plan.parts[0].due_on

    again = plan.day_passes(day).agreement.day_passes(day)

    assert again.effects == ()


def test_a_payment_on_the_due_day_adds_the_interest_itself():
    plan = running(added=100)

    step = plan.pay(plan.parts[0].amount, plan.parts[0].due_on)

    assert [e.kind for e in step.entries][:1] == ["interest"]


@each_currency
def test_paying_early_saves_the_interest_to_come(currency):
    plan = running(currency, added=300)
    first = plan.parts[0]
    plan = plan.pay(first.amount, first.due_on).agreement
    quote = plan.quote(first.due_on)

    step = plan.settle_early(first.due_on)

    assert quote == plan.still_due - plan.interest_to_come
    assert sum(paid_by(step).values()) == quote.minor
    assert step.agreement.standing == "completed"
    assert names(step)[-2:] == ["completed", "waiver_earned"]
    assert not step.agreement.balance.total
    assert not step.agreement.still_due


# -- days


def test_a_part_is_missed_after_its_grace_and_not_before():
    plan = running()
    due = plan.parts[0].due_on

    in_time, late = plan.day_passes(due + timedelta(days=3)), plan.day_passes(due + timedelta(days=4))

    assert in_time.effects == ()
    assert names(late) == ["instalment_missed"]
    assert late.agreement.standing == "active"


def test_a_part_that_was_paid_in_part_is_missed_too():
    plan = running().pay(Money(100, "USD"), START).agreement

    late = plan.day_passes(plan.parts[0].due_on + timedelta(days=4)).agreement

    assert late.parts[0].status == "missed"
    assert late.parts[0].left == late.parts[0].amount - Money(100, "USD")


@pytest.mark.parametrize(("allowed", "broken_by"), [(0, 1), (1, 2), (2, 3)])
def test_a_plan_is_broken_by_one_missed_part_too_many(allowed, broken_by):
    plan = running(rules=Rules(ORDER, 3, allowed))
    missed = 0
    for part in plan.parts:
        if plan.ended:
            break
        plan = plan.day_passes(part.due_on + timedelta(days=4)).agreement
        missed += 1

    assert (plan.standing, missed) == ("broken", broken_by)


def test_a_broken_plan_loses_its_waiver_and_keeps_what_was_paid():
    plan = running().pay(Money(2_000, "USD"), START).agreement
    step = plan.day_passes(plan.parts[-1].due_on + timedelta(days=100))

    assert names(step)[-2:] == ["broken", "waiver_lost"]
    assert step.entries == ()
    assert step.agreement.balance.total == Money(11_000, "USD")
    assert step.agreement.paid == Money(2_000, "USD")


def test_a_settlement_that_is_not_paid_is_broken_although_one_missed_part_is_borne():
    settlement = running(count=1, kind="settlement")

    step = settlement.day_passes(settlement.parts[0].due_on + timedelta(days=4))

    assert step.agreement.standing == "broken"


def test_a_plan_ends_with_its_last_part_missed():
    plan = running()
    for part in plan.parts[:-1]:
        plan = plan.pay(part.amount, part.due_on).agreement

    assert plan.day_passes(plan.parts[-1].due_on + timedelta(days=4)).agreement.standing == "broken"


def test_the_clock_going_back_changes_nothing():
    plan = running()
    late = plan.day_passes(plan.parts[0].due_on + timedelta(days=4)).agreement

    assert late.day_passes(START).effects == ()
    assert late.day_passes(START).agreement == late


# -- changes


def test_a_pause_moves_what_is_still_due_and_is_counted():
    plan = running()
    plan = plan.day_passes(plan.parts[0].due_on + timedelta(days=4)).agreement

    paused = plan.pause(14, PAUSE).agreement

    moved = [(after.due_on - before.due_on).days for before, after in zip(plan.parts, paused.parts, strict=True)]
    assert moved == [0, 14, 14, 14]
    assert paused.pauses == 1


def test_pauses_run_out():
    plan = running().pause(5, PAUSE).agreement.pause(5, PAUSE).agreement

    with pytest.raises(NotPossible, match="2 of 2 pauses"):
        plan.pause(1, PAUSE)


@pytest.mark.parametrize("days", [0, -3, 31])
def test_a_pause_is_no_longer_than_the_policy_says(days):
    with pytest.raises(NotPossible, match="1 to 30 days"):
        running().pause(days, PAUSE)


def test_another_day_of_the_month_is_clamped_to_the_end_of_short_months():
    plan = running().move_day(31, START).agreement

    assert [p.due_on.isoformat() for p in plan.parts] == ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]


def test_the_new_day_lies_ahead():
    plan = running()

    moved = plan.move_day(5, plan.parts[0].due_on).agreement

    assert moved.parts[0].due_on == date(2026, 3, 5)


def test_only_monthly_plans_have_a_day_of_the_month():
    owed = balance_in("USD", 5_000)
    plan = Agreement.of(terms_of(owed, balance_in("USD", 0), 4, "weekly"), owed, RULES).begin(START).agreement

    with pytest.raises(NotPossible, match="only a monthly plan"):
        plan.move_day(5, START)


@each_currency
def test_another_amount_divides_what_still_waits(currency):
    plan = running(currency)
    plan = plan.pay(plan.parts[0].amount, plan.parts[0].due_on).agreement

    step = plan.change_amount(Money(1_000, currency), authority(currency))

    live = [p for p in step.agreement.parts if p.waits]
    assert step.agreement.still_due == plan.still_due
    assert [p.amount.minor for p in live][:-1] == [1_000] * (len(live) - 1)
    assert [p.due_on for p in live][:2] == [plan.parts[1].due_on, date(2026, 4, 10)]
    assert {p.status for p in step.agreement.parts[1:4]} == {"cancelled"}


def test_what_a_replaced_part_had_been_paid_stays_paid():
    plan = running().pay(Money(100, "USD"), START).agreement

    changed = plan.change_amount(Money(2_000, "USD"), authority("USD")).agreement

    assert changed.paid == Money(100, "USD")
    assert changed.paid + changed.still_due == plan.paid + plan.still_due


@pytest.mark.parametrize(
    ("minor", "named", "why"),
    [
        (9, {}, "at least"),
        (3_000, {"largest_instalment": {"USD": "20"}}, "at most"),
        (100, {}, "too many"),
        (1_000, {"longest_days": 100}, "would last"),
    ],
)
def test_another_amount_stays_inside_authority(minor, named, why):
    with pytest.raises(NotPossible, match=why):
        running().change_amount(Money(minor, "USD"), authority("USD", **named))


def test_a_plan_to_which_interest_is_added_is_not_stretched():
    plan = running(added=100)

    with pytest.raises(NotPossible, match="cannot be made longer"):
        plan.change_amount(Money(1_000, "USD"), authority("USD"))
    faster = plan.change_amount(Money(7_000, "USD"), authority("USD")).agreement
    assert faster.interest_to_come == Money(100, "USD")


# -- ends


@pytest.mark.parametrize("end", ["cancel", "supersede"])
def test_an_end_loses_the_waiver_and_keeps_what_was_paid(end):
    plan = running().pay(Money(700, "USD"), START).agreement

    step = getattr(plan, end)()

    assert names(step)[-1] == "waiver_lost"
    assert step.entries == ()
    assert step.agreement.balance == plan.balance
    assert {p.status for p in step.agreement.parts} == {"cancelled"}


def steps_on(plan: Agreement) -> list[Any]:
    one = Money(100, plan.currency)
    return [
        lambda: plan.begin(START),
        lambda: plan.pay(one, START),
        lambda: plan.day_passes(START),
        lambda: plan.pause(5, PAUSE),
        lambda: plan.move_day(5, START),
        lambda: plan.change_amount(one, authority(plan.currency)),
        lambda: plan.settle_early(START),
        lambda: plan.quote(START),
        lambda: plan.take_back({"fees": one}),
        plan.cancel,
        plan.supersede,
    ]


@pytest.mark.parametrize("standing", ["completed", "broken", "cancelled", "superseded"])
def test_an_end_has_no_next_step(standing):
    for step in steps_on(replace(running(), standing=standing)):
        with pytest.raises(Ended, match=standing):
            step()


# -- approval


def test_nothing_is_missed_and_no_waiver_is_earned_before_approval():
    owed = balance_in("USD", 10_000, 0, 1_000)
    waiting = Agreement.of(terms_of(owed, balance_in("USD", 0, 0, 500), 2), owed, RULES)

    paid = waiting.day_passes(START + timedelta(days=400)).agreement.pay(Money(11_000, "USD"), START)
    begun = paid.agreement.begin(START + timedelta(days=1))

    assert paid.agreement.standing == "agreed"
    assert paid.credit == Money(500, "USD")
    assert begun.agreement.standing == "completed"
    assert not begun.agreement.balance.total


def test_what_fell_due_while_it_waited_is_late_only_after_the_grace_of_the_approval():
    owed = balance_in("USD", 10_000)
    waiting = Agreement.of(terms_of(owed, balance_in("USD", 0), 3), owed, RULES)
    late = waiting.parts[0].due_on + timedelta(days=20)

    begun = waiting.begin(late).agreement

    assert [p.status for p in begun.parts] == ["due", "due", "due"]
    assert begun.day_passes(late + timedelta(days=4)).agreement.parts[0].status == "missed"


def test_terms_that_do_not_fit_what_is_owed_are_no_plan():
    owed = balance_in("USD", 10_000, 0, 1_000)
    terms = terms_of(owed, balance_in("USD", 0, 0, 500), 2)

    with pytest.raises(NotPossible, match="is owed"):
        Agreement.of(terms, balance_in("USD", 9_000), RULES)
    with pytest.raises(NotPossible, match="no more of a component"):
        Agreement.of(terms, balance_in("USD", 10_900, 0, 100), RULES)


# -- money that changes outside of the plan


def test_a_debt_that_the_lender_lowered_is_paid_with_less():
    plan = running()
    lowered = replace(plan, balance=balance_in("USD", 1_000, 0, 500))

    step = lowered.pay(Money(1_000, "USD"), START)

    assert step.agreement.standing == "completed"
    assert not step.agreement.balance.total
    assert not step.agreement.still_due


def test_a_debt_that_is_gone_completes_the_plan():
    gone = replace(running(), balance=balance_in("USD", 0))

    assert gone.day_passes(START).agreement.standing == "completed"


def test_what_was_added_to_the_debt_beside_the_plan_stays_owed():
    plan = running()
    raised = replace(plan, balance=balance_in("USD", 10_900, 2_000, 1_000))

    exact = raised.pay(plan.still_due, START)
    more = raised.pay(plan.still_due + Money(1_000, "USD"), START)

    assert exact.agreement.balance.total == Money(900, "USD")
    assert (more.agreement.balance.total.minor, more.credit.minor) == (0, 100)


# -- payments that bounce


@each_currency
def test_a_payment_that_bounced_is_due_again(currency):
    plan = running(currency)
    step = plan.pay(Money(4_000, currency), START)
    back = {e.component: -e.amount for e in step.entries}

    again = step.agreement.take_back(back).agreement

    assert again == plan


def test_what_bounced_from_a_replaced_part_is_due_with_the_last():
    plan = running().pay(Money(100, "USD"), START)
    changed = plan.agreement.change_amount(Money(5_000, "USD"), authority("USD")).agreement

    again = changed.take_back({"fees": Money(100, "USD")}).agreement

    assert again.paid == Money(0, "USD")
    assert again.still_due == Money(12_500, "USD")


# -- promises


def pledge(**given: Any) -> Pledge:
    fields = {"amount": Money(500, "USD"), "due_on": START, "days_of_grace": 2, "paid": Money(0, "USD")}
    return Pledge(**{**fields, **given})


def test_a_promise_is_kept_when_the_whole_sum_arrived_in_time():
    some = pledge().pay(Money(200, "USD"), START)
    kept = some.pay(Money(400, "USD"), START + timedelta(days=2))

    assert (some.status, some.left) == ("partly", Money(300, "USD"))
    assert (kept.status, kept.paid) == ("kept", Money(500, "USD"))


def test_a_promise_is_broken_after_its_grace():
    assert pledge().day_passes(START + timedelta(days=2)).status == "open"
    assert pledge().day_passes(START + timedelta(days=3)).status == "broken"
    assert pledge().pay(Money(500, "USD"), START + timedelta(days=3)).status == "broken"


def test_money_for_a_promise_that_bounced_is_promised_again():
    some = pledge().pay(Money(200, "USD"), START)

    assert some.take_back(Money(200, "USD")) == pledge()


@pytest.mark.parametrize(("another", "status"), [(True, "moved"), (False, "superseded")])
def test_a_promise_makes_way(another, status):
    assert pledge().make_way(another).status == status


@pytest.mark.parametrize("status", ["kept", "broken", "moved", "superseded"])
def test_a_promise_that_ended_takes_no_step(status):
    ended = pledge(status=status)
    for step in (
        lambda: ended.pay(Money(1, "USD"), START),
        lambda: ended.day_passes(START),
        lambda: ended.take_back(Money(1, "USD")),
        lambda: ended.make_way(True),
    ):
        with pytest.raises(Ended, match=status):
            step()


# -- any life at all


class AnyLife(RuleBasedStateMachine):
    """One debt and the plans that follow each other on it, with steps of any kind in any order."""

    steps = 0

    @initialize(
        currency=st.sampled_from(CURRENCIES),
        owed=st.tuples(st.integers(100, 10**7), st.integers(0, 10**5), st.integers(0, 10**4)),
    )
    def borrow(self, currency: str, owed: tuple[int, int, int]) -> None:
        self.currency, self.debt = currency, balance_in(currency, *owed)
        self.today = START
        self.plans = 0
        self.plan: Agreement | None = None

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)

    @property
    def alive(self) -> bool:
        return self.plan is not None and not self.plan.ended

    def take(self, name: str, *arguments: Any) -> None:
        """One step, with all that must hold of any step."""
        type(self).steps += 1
        assert self.plan is not None
        try:
            step: Step = getattr(self.plan, name)(*arguments)
        except Ended:
            raise
        except NotPossible:
            return
        self.history.append((name, arguments))
        for entry in step.entries:
            amount = entry.amount.minor
            assert (amount > 0) == (entry.kind == "interest" or name == "take_back")
            self.sums[entry.kind] += amount
        self.credit += step.credit.minor
        self.plan, self.debt = step.agreement, step.agreement.balance
        if step.agreement.standing != "completed":
            assert self.sums["waiver"] == 0
        if name == "pay":
            self.payments.append({e.component: -e.amount for e in step.entries if e.kind == "payment"})
            assert sum(self.payments[-1].values(), start=step.credit) == arguments[0]

    @precondition(lambda self: not self.alive and self.debt.total.minor >= 100)
    @rule(data=st.data())
    def agree(self, data: st.DataObject) -> None:
        """New terms on what is still owed."""
        type(self).steps += 1
        waived = Balance(
            **{
                name: self.money(getattr(self.debt, name).minor * data.draw(st.integers(0, 90)) // 100)
                for name in COMPONENTS
            }
        )
        to_pay = self.debt.total - waived.total
        added = data.draw(st.sampled_from([0, 1, to_pay.minor // 20]))
        count = data.draw(st.integers(1, min(8, to_pay.minor)))
        frequency = data.draw(st.sampled_from(["monthly", "weekly"]))
        amounts = split_evenly(to_pay + self.money(added), count)
        dates = due_dates(self.today + timedelta(days=data.draw(st.integers(0, 31))), frequency, count)
        shares = shared(self.money(added), count)
        down = count > 1 and data.draw(st.booleans())
        schedule = number_payments(list(zip(dates, amounts, strict=True)), down, shares)
        terms = Terms("plan", self.debt.total, schedule, waived, "any", frequency)
        rules = Rules(
            tuple(data.draw(st.permutations(ORDER))), data.draw(st.integers(0, 5)), data.draw(st.integers(0, 2))
        )
        self.plan = self.first = Agreement.of(terms, self.debt, rules)
        self.owed, self.added = self.debt.total.minor, added
        self.history: list[tuple[str, tuple[Any, ...]]] = []
        self.payments: list[dict[str, Money]] = []
        self.sums = {"payment": 0, "interest": 0, "waiver": 0}
        self.credit = 0
        self.plans += 1
        if data.draw(st.integers(0, 3)):
            self.take("begin", self.today)

    @precondition(lambda self: self.alive and self.plan.standing == "agreed")
    @rule()
    def begin(self) -> None:
        self.take("begin", self.today)

    @precondition(lambda self: self.alive)
    @rule(percent=st.integers(1, 130))
    def pay_a_share(self, percent: int) -> None:
        self.take("pay", self.money(max(1, self.plan.still_due.minor * percent // 100)), self.today)

    @precondition(lambda self: self.alive)
    @rule(minor=st.sampled_from([1, 2, 99]))
    def pay_a_trifle_twice(self, minor: int) -> None:
        self.take("pay", self.money(minor), self.today)
        if self.alive:
            self.take("pay", self.money(minor), self.today)

    @precondition(lambda self: self.alive and any(p.left for p in self.plan.parts))
    @rule(late=st.integers(-5, 2))
    def pay_the_next_part(self, late: int) -> None:
        part = min((p for p in self.plan.parts if p.left), key=lambda p: p.due_on)
        self.today = max(self.today, part.due_on + timedelta(days=late))
        self.take("pay", part.left, self.today)

    @precondition(lambda self: self.alive)
    @rule(days=st.integers(-10, 12))
    def day_passes(self, days: int) -> None:
        self.today += timedelta(days=days)
        self.take("day_passes", self.today)
        if self.alive:
            assert self.plan.day_passes(self.today).effects == ()
            assert self.plan.day_passes(self.today - timedelta(days=30)).effects == ()

    @precondition(lambda self: self.alive)
    @rule(days=st.integers(1, 35))
    def pause(self, days: int) -> None:
        self.take("pause", days, PAUSE)

    @precondition(lambda self: self.alive)
    @rule(day=st.integers(1, 31))
    def move_day(self, day: int) -> None:
        self.take("move_day", day, self.today)

    @precondition(lambda self: self.alive)
    @rule(parts=st.integers(1, 30))
    def change_amount(self, parts: int) -> None:
        amount = self.money(max(1, self.plan.still_due.minor // parts))
        self.take("change_amount", amount, authority(self.currency))

    @precondition(lambda self: self.alive and self.payments)
    @rule(data=st.data())
    def bounce(self, data: st.DataObject) -> None:
        self.take("take_back", self.payments.pop(data.draw(st.integers(0, len(self.payments) - 1))))

    @precondition(lambda self: self.alive)
    @rule(end=st.sampled_from(["settle_early", "cancel", "supersede", "nothing", "nothing", "nothing"]))
    def end(self, end: str) -> None:
        if end != "nothing":
            self.take(end, *([self.today] if end == "settle_early" else []))

    @precondition(lambda self: self.plan is not None and self.plan.ended)
    @rule()
    def knock_at_the_end(self) -> None:
        type(self).steps += 1
        for step in steps_on(self.plan):
            with pytest.raises(Ended):
                step()

    @precondition(lambda self: not self.alive and self.debt.total.minor < 100)
    @rule(principal=st.integers(100, 10**6), fees=st.integers(0, 10**4))
    def borrow_again(self, principal: int, fees: int) -> None:
        self.debt, self.plan = balance_in(self.currency, principal, 0, fees), None

    @invariant()
    def nothing_is_below_nothing(self) -> None:
        assert all(getattr(self.debt, name).minor >= 0 for name in COMPONENTS)
        for part in self.plan.parts if self.plan else ():
            assert 0 <= part.paid.minor <= part.amount.minor
            assert part.status == "cancelled" or (part.status == "paid") == (not part.left)
            assert part.status != "partly" or part.paid

    @invariant()
    def the_parts_sum_to_the_whole(self) -> None:
        if self.plan is None:
            return
        ledger = self.owed + self.sums["interest"] + self.sums["payment"] + self.sums["waiver"]
        assert ledger == self.debt.total.minor
        if self.alive:
            assert (self.plan.paid + self.plan.still_due + self.plan.waived.total).minor == self.owed + self.added
            open_now = self.plan.still_due - self.plan.interest_to_come
            assert self.debt.total == open_now + self.plan.waived.total
            assert self.plan.left_to_pay == open_now
            assert all(getattr(self.debt, name) >= getattr(self.plan.waived, name) for name in COMPONENTS)

    @invariant()
    def a_waiver_is_earned_only_with_the_last_payment(self) -> None:
        if self.plan is not None and self.plan.standing == "completed":
            assert -self.sums["waiver"] == self.plan.waived.total.minor
            assert not self.plan.still_due
            assert not self.debt.total
            assert -self.sums["payment"] == self.plan.paid.minor
        elif self.plan is not None:
            assert self.sums["waiver"] == 0

    @invariant()
    def a_kept_plan_bears_what_it_may(self) -> None:
        if self.alive:
            missed = [p for p in self.plan.parts if p.status == "missed"]
            assert len(missed) <= self.plan.rules.missed_instalments
            waiting = [p.due_on for p in self.plan.parts if p.waits and not p.down_payment]
            assert waiting == sorted(waiting)

    @invariant()
    def the_same_steps_lead_to_the_same_place(self) -> None:
        if self.plan is None or len(self.history) % 5:
            return
        again = self.first
        for name, arguments in self.history:
            again = getattr(again, name)(*arguments).agreement
        assert again == self.plan


def test_any_life_of_a_plan_keeps_its_sums():
    AnyLife.steps = 0
    run_state_machine_as_test(AnyLife, settings=settings(max_examples=260, stateful_step_count=60, deadline=None))

    assert AnyLife.steps >= 10_000


def test_a_part_knows_what_is_left():
    part = Part(1, START, Money(10, "JPY"), Money(3, "JPY"), Money(4, "JPY"))

    assert (part.left, part.to_come) == (Money(6, "JPY"), Money(3, "JPY"))
    assert not replace(part, status="cancelled").left
