"""Interest: accrued to the minor unit, paid in level instalments that clear the debt exactly."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.debt import COMPONENTS, Balance
from bot.domain.interest import accrued, cost_percent_a_year, with_running_interest
from bot.domain.money import Money, MoneyError
from bot.domain.schedule import due_dates, split_by_amount, split_evenly

TODAY = date(2026, 11, 23)

currencies = st.sampled_from(["JPY", "USD", "KWD"])
rates = st.decimals(Decimal("0.01"), 100, places=2)
orders = st.sampled_from(list(permutations(COMPONENTS)))
due = st.lists(st.integers(1, 62), min_size=1, max_size=60).map(
    lambda gaps: [TODAY + timedelta(days=days) for days in accumulate(gaps)]
)


def balance(principal, interest=0, fees=0, currency="USD"):
    return Balance(Money(principal, currency), Money(interest, currency), Money(fees, currency))


@st.composite
def debts(draw, least_principal=0):
    """A balance and a part of it that is waived."""
    currency = draw(currencies)
    owed = [draw(st.integers(least_principal, 10**9)), *(draw(st.integers(0, 10**6)) for _ in range(2))]
    waived = [draw(st.integers(0, minor)) for minor in (owed[0] - least_principal, *owed[1:])]
    return balance(*owed, currency=currency), balance(*waived, currency=currency)


def nothing(currency="USD"):
    return balance(0, currency=currency)


def total(plan):
    return sum((row.amount.minor for row in plan.repayments), start=0)


@given(
    principal=st.integers(0, 10**15),
    rate=st.decimals(0, 1000, places=4),
    days=st.integers(0, 40000),
    currency=currencies,
)
def test_interest_is_the_exact_quotient_rounded_half_up(principal, rate, days, currency):
    interest = accrued(Money(principal, currency), rate, TODAY, TODAY + timedelta(days=days))

    exact = Fraction(rate) * principal * days / 36500
    assert interest.minor - Fraction(1, 2) <= exact < interest.minor + Fraction(1, 2)


@pytest.mark.parametrize(
    ("principal", "currency", "rate", "start", "end", "interest"),
    [
        # 1,000.00 at 24 % for 31 days: 20.3835…
        (100000, "USD", "24", date(2026, 12, 1), date(2027, 1, 1), 2038),
        # A leap year has 366 days of interest at a 365th each.
        (36500, "USD", "10", date(2028, 1, 1), date(2029, 1, 1), 3660),
        # The leap day itself counts.
        (36500, "USD", "100", date(2028, 2, 28), date(2028, 3, 1), 200),
        # Half a minor unit is rounded up.
        (365, "JPY", "50", date(2026, 11, 23), date(2026, 11, 24), 1),
        (364, "JPY", "50", date(2026, 11, 23), date(2026, 11, 24), 0),
        (1000000, "KWD", "7.3", date(2026, 12, 31), date(2027, 1, 10), 2000),
        (100000, "USD", "24", date(2026, 12, 1), date(2026, 12, 1), 0),
        (0, "USD", "24", date(2026, 12, 1), date(2027, 12, 1), 0),
    ],
)
def test_interest_of_known_periods(principal, currency, rate, start, end, interest):
    assert accrued(Money(principal, currency), Decimal(rate), start, end) == Money(interest, currency)


@given(debt=debts(least_principal=1), dates=due, rate=rates, order=orders)
def test_level_payments_clear_the_debt_exactly(debt, dates, rate, order):
    owed, waived = debt
    assume((owed.total - waived.total).minor >= len(dates))

    plan = with_running_interest(owed, waived, dates, rate, order, today=TODAY)

    *level, last = [row.amount.minor for row in plan.repayments]
    assert [row.due_on for row in plan.repayments] == dates[: len(level) + 1]
    assert len(set(level)) <= 1
    assert last > 0
    assert not level or last <= level[0] or (len(level) + 1 == len(dates) and last - level[0] < len(dates))
    assert total(plan) == (owed.total - waived.total + plan.interest_to_come).minor
    check_account(plan, owed, waived, rate, order)


@given(debt=debts(least_principal=10**5), dates=due, rate=st.decimals(Decimal("0.01"), 36, places=2))
def test_of_all_levels_the_lowest_leaves_no_more_than_itself_for_the_last(debt, dates, rate):
    owed, waived = debt
    dates = dates[:12]
    plan = with_running_interest(owed, waived, dates, rate, today=TODAY)
    *level, _ = [row.amount for row in plan.repayments]
    assume(level)

    lower = Money(level[0].minor - 1, owed.currency)

    assert len(plan.repayments) == len(dates)
    with pytest.raises(ValueError, match="never paid off"):
        with_running_interest(owed, waived, dates, rate, today=TODAY, amount=lower)


@given(debt=debts(least_principal=1), dates=due, rate=rates, order=orders, share=st.integers(1, 100))
def test_fixed_payments_clear_the_debt_exactly_and_the_last_is_the_rest(debt, dates, rate, order, share):
    owed, waived = debt
    amount = Money((owed.total - waived.total).minor * share // 100 + 1, owed.currency)
    try:
        plan = with_running_interest(owed, waived, dates, rate, order, today=TODAY, amount=amount)
    except ValueError as error:
        assert "never paid off" in str(error)  # noqa: PT017
        assert sum(left_after([(day, amount.minor) for day in dates], owed, waived, rate, order).values()) > 0
        return

    *whole, last = [row.amount for row in plan.repayments]
    assert set(whole) <= {amount}
    assert 0 < last.minor <= amount.minor
    assert total(plan) == (owed.total - waived.total + plan.interest_to_come).minor
    check_account(plan, owed, waived, rate, order)


@given(
    debt=debts(least_principal=1000),
    dates=due,
    rate=rates,
    order=orders,
    share=st.integers(1, 90),
    wait=st.integers(0, 30),
)
def test_a_down_payment_comes_first_and_takes_interest_off_what_follows(debt, dates, rate, order, share, wait):
    owed, waived = debt
    dates = [day + timedelta(days=wait) for day in dates]
    down = (TODAY + timedelta(days=wait), Money((owed.total - waived.total).minor * share // 100 + 1, owed.currency))
    assume((owed.total - waived.total - down[1]).minor >= len(dates))

    plan = with_running_interest(owed, waived, dates, rate, order, today=TODAY, down=down)

    assert plan.payments[0] == down
    assert len({amount for _, amount in plan.payments[1:-1]}) <= 1
    assert total(plan) == (owed.total - waived.total + plan.interest_to_come).minor
    check_account(plan, owed, waived, rate, order)


def check_account(plan, owed, waived, rate, order):
    """Every payment is taken whole, each leaves what a second bookkeeper finds, and the last leaves nothing."""
    principal, since = owed.principal - waived.principal, TODAY
    for count, row in enumerate(plan.repayments, 1):
        payments = [(row.due_on, row.amount.minor) for row in plan.repayments[:count]]
        left = left_after(payments, owed, waived, rate, order)
        assert {name: getattr(row.left, name).minor for name in COMPONENTS} == left
        assert all(minor >= 0 for minor in left.values())
        assert row.interest == accrued(principal, rate, since, row.due_on)
        principal, since = row.left.principal, row.due_on
    assert not any(left.values())


def left_after(payments, owed, waived, rate, order):
    """What is owed after payments, by component; below nothing where one of them exceeds the debt."""
    left = {name: (getattr(owed, name) - getattr(waived, name)).minor for name in COMPONENTS}
    since = TODAY
    for day, amount in payments:
        left["interest"] += accrued(Money(max(left["principal"], 0), owed.currency), rate, since, day).minor
        for name in order[:-1]:
            paid = min(amount, left[name])
            left[name], amount = left[name] - paid, amount - paid
        left[order[-1]] -= amount
        since = day
    return left


@given(debt=debts(), dates=due, order=orders)
def test_without_a_rate_the_total_is_split_evenly(debt, dates, order):
    owed, waived = debt
    to_pay = owed.total - waived.total
    assume(to_pay.minor >= len(dates))

    plan = with_running_interest(owed, waived, dates, Decimal(0), order, today=TODAY)

    assert [amount for _, amount in plan.payments] == split_evenly(to_pay, len(dates))
    assert not plan.interest_to_come


@given(debt=debts(), count=st.integers(1, 60), order=orders)
def test_without_a_rate_a_fixed_amount_splits_the_total(debt, count, order):
    owed, waived = debt
    to_pay = owed.total - waived.total
    assume(to_pay.minor >= 1)
    amount = Money(-(-to_pay.minor // count), owed.currency)
    dates = due_dates(date(2026, 12, 1), "monthly", count)

    plan = with_running_interest(owed, waived, dates, Decimal(0), order, today=TODAY, amount=amount)

    assert [amount for _, amount in plan.payments] == split_by_amount(to_pay, amount)


def test_fees_bear_no_interest():
    dates = [date(2027, 1, 1), date(2027, 2, 1)]

    plan = with_running_interest(balance(0, 0, 10001), nothing(), dates, Decimal(30), today=TODAY)

    assert [amount.minor for _, amount in plan.payments] == [5000, 5001]


def test_a_year_of_payments_month_by_month():
    dates = due_dates(date(2026, 12, 23), "monthly", 12)

    plan = with_running_interest(balance(100000, 1200, 4500), balance(0, 0, 4500), dates, Decimal(24), today=TODAY)

    # 1,000.00 for 30 days at 24 % is 19.7260…
    assert plan.repayments[0].interest == Money(1973, "USD")
    assert [amount.minor for _, amount in plan.payments] == [9564] * 11 + [9557]
    assert plan.interest_to_come == Money(13561, "USD")
    assert plan.repayments[-1].left.total == Money(0, "USD")


def test_interest_that_is_paid_last_costs_less():
    dates = due_dates(date(2026, 12, 23), "monthly", 12)

    def cost(*order):
        return with_running_interest(
            balance(100000, 20000, 20000), nothing(), dates, Decimal(24), order, today=TODAY
        ).interest_to_come

    assert cost("principal", "interest", "fees") < cost("fees", "interest", "principal")


def test_instalments_of_few_minor_units_may_leave_a_greater_last_one():
    dates = due_dates(date(2026, 12, 1), "weekly", 100)

    plan = with_running_interest(balance(5000, currency="JPY"), nothing("JPY"), dates, Decimal(1), today=TODAY)

    assert [amount.minor for _, amount in plan.payments] == [50] * 99 + [99]


def test_where_one_minor_unit_more_clears_the_debt_much_sooner_the_last_dates_are_not_used():
    dates = due_dates(date(2026, 12, 1), "weekly", 520)

    plan = with_running_interest(balance(20000), nothing(), dates, Decimal(36), today=TODAY)

    *level, last = [amount.minor for _, amount in plan.payments]
    assert level == [143] * 494
    assert last == 11


@pytest.mark.parametrize(
    ("amount", "count", "sentence"),
    [
        (1900, 24, "USD does not cover the interest of a period"),
        (3000, 24, "24 payments of 30.00 USD do not suffice"),
    ],
)
def test_an_amount_that_never_pays_the_debt_off_is_refused(amount, count, sentence):
    dates = due_dates(date(2026, 12, 23), "monthly", count)

    with pytest.raises(ValueError, match=f"never paid off: .*{sentence}"):
        with_running_interest(balance(100000), nothing(), dates, Decimal(24), today=TODAY, amount=Money(amount, "USD"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"due_on": []}, "at least one payment"),
        ({"due_on": [date(2026, 11, 22)]}, "ascend from today"),
        ({"due_on": [date(2026, 12, 1), date(2026, 12, 1)]}, "ascend from today"),
        ({"waived": balance(0, 0, 4501)}, "of the fees, between nothing and all is waived"),
        ({"waived": balance(-1)}, "of the principal, between nothing and all is waived"),
        ({"waived": balance(100000, 1200, 4500)}, "nothing is left"),
        ({"order": ("fees", "principal")}, "once each"),
        ({"order": ("fees", "principal", "principal")}, "once each"),
        ({"annual_percent": Decimal(-1)}, "nothing or more per cent"),
        ({"annual_percent": Decimal("NaN")}, "nothing or more per cent"),
        ({"amount": Money(0, "USD")}, "more than nothing"),
        ({"down": (TODAY, Money(0, "USD"))}, "down payment"),
        ({"down": (TODAY, Money(105700, "USD"))}, "down payment"),
        ({"down": (date(2026, 12, 23), Money(100, "USD"))}, "ascend from today"),
        ({"down": (TODAY, Money(105690, "USD")), "waived": balance(0)}, "cannot be split"),
    ],
)
def test_what_is_no_plan_is_refused(change, sentence):
    plan = {
        "balance": balance(100000, 1200, 4500),
        "waived": nothing(),
        "due_on": due_dates(date(2026, 12, 23), "monthly", 12),
        "annual_percent": Decimal(24),
        "today": TODAY,
    }

    with pytest.raises(ValueError, match=sentence):
        with_running_interest(**plan | change)


@pytest.mark.parametrize("change", [{"amount": Money(9000, "EUR")}, {"down": (TODAY, Money(9000, "EUR"))}])
def test_a_debt_is_not_paid_in_another_currency(change):
    with pytest.raises(MoneyError, match="do not mix"):
        with_running_interest(balance(100000), nothing(), [date(2027, 1, 1)], Decimal(24), today=TODAY, **change)


@pytest.mark.parametrize(("principal", "end"), [(-1, date(2026, 12, 1)), (1, date(2026, 11, 22))])
def test_interest_on_less_than_nothing_is_refused(principal, end):
    with pytest.raises(ValueError, match="interest"):
        accrued(Money(principal, "USD"), Decimal(24), TODAY, end)


@given(debt=debts(least_principal=10**6), dates=due, rate=rates, order=orders)
def test_the_cost_of_interest_alone_is_its_rate(debt, dates, rate, order):
    owed, waived = debt
    plan = with_running_interest(owed, waived, dates, rate, order, today=TODAY)

    cost = cost_percent_a_year(plan.interest_to_come, plan.principal, TODAY, plan.principal_payments)

    # Each period is rounded by half a minor unit at most; the first one alone has so many unit days.
    unit_days = plan.principal.minor * (dates[0] - TODAY).days
    assert abs(cost - rate) <= Decimal(len(dates) * 36500) / 2 / unit_days + Decimal("0.0001")


def test_a_cost_is_measured_on_the_principal_outstanding():
    # 1,000.00 for 73 days, then 500.00 for 146: 146,000 unit days; 36.50 of them a year are 365 · 36.50 / 146,000.
    payments = [(TODAY + timedelta(days=73), Money(50000, "USD")), (TODAY + timedelta(days=219), Money(50000, "USD"))]

    cost = cost_percent_a_year(Money(3650, "USD"), Money(100000, "USD"), TODAY, payments)

    assert cost == Decimal("9.1250")


def test_what_costs_nothing_has_no_rate():
    assert cost_percent_a_year(Money(0, "USD"), Money(0, "USD"), TODAY, []) == 0


@pytest.mark.parametrize(
    ("cost", "payments", "sentence"),
    [
        (10, [], "no yearly rate"),
        (-1, [(date(2026, 12, 1), 100)], "nothing or more"),
        (10, [(date(2026, 11, 22), 100)], "comes before"),
        (10, [(date(2026, 12, 1), 101)], "part of the principal"),
        (10, [(date(2026, 12, 1), -1)], "part of the principal"),
    ],
)
def test_what_cannot_have_a_yearly_cost_is_refused(cost, payments, sentence):
    parts = [(day, Money(minor, "USD")) for day, minor in payments]

    with pytest.raises(ValueError, match=sentence):
        cost_percent_a_year(Money(cost, "USD"), Money(100, "USD"), TODAY, parts)
