"""Interest that runs while a plan is paid: simple, by the day, on the principal that is still owed.

Day count: actual/365 (fixed), as in ISDA 2006 definitions 4.16(d): the days between two dates over 365, in leap
years too. What accrues from one payment to the next is rounded once, half up, to the minor unit. Interest bears no
interest. All of it is computed in integers, so that the payments sum exactly to what they pay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from bot.domain.debt import COMPONENTS, Balance
from bot.domain.money import Money, MoneyError
from bot.domain.schedule import split_evenly

DAYS_IN_YEAR = 365
DEFAULT_ORDER = ("fees", "interest", "principal")


@dataclass(frozen=True)
class Repayment:
    """One payment, the interest that accrued since the one before it, and what is owed once it is made."""

    due_on: date
    amount: Money
    interest: Money
    left: Balance


@dataclass(frozen=True)
class RunningPlan:
    """A plan that pays everything off while interest runs; ``principal`` is what it begins with."""

    principal: Money
    repayments: tuple[Repayment, ...]

    @property
    def payments(self) -> list[tuple[date, Money]]:
        return [(row.due_on, row.amount) for row in self.repayments]

    @property
    def interest_to_come(self) -> Money:
        return sum((row.interest for row in self.repayments), start=Money.zero(self.principal.currency))

    @property
    def principal_payments(self) -> list[tuple[date, Money]]:
        """The part of each payment that pays principal."""
        owed = [self.principal, *(row.left.principal for row in self.repayments)]
        return [
            (row.due_on, before - after) for row, (before, after) in zip(self.repayments, pairwise(owed), strict=True)
        ]


def accrued(principal: Money, annual_percent: Decimal, start: date, end: date) -> Money:
    """The interest on a principal from one day to another, at a rate in per cent a year.

    Raises ValueError for a negative principal or rate and for an end before the start.
    """
    if principal.minor < 0:
        raise ValueError(f"interest runs on what is owed, not on {principal.amount} {principal.currency}")
    if end < start:
        raise ValueError(f"no interest accrues from {start} back to {end}")
    return Money(_Rate.parse(annual_percent).on(principal.minor, (end - start).days), principal.currency)


def with_running_interest(
    balance: Balance,
    waived: Balance,
    due_on: Sequence[date],
    annual_percent: Decimal,
    order: Sequence[str] = DEFAULT_ORDER,
    *,
    today: date,
    amount: Money | None = None,
    down: tuple[date, Money] | None = None,
) -> RunningPlan:
    """The payments that clear a balance without what is waived, with the interest that accrues until each.

    Without ``amount`` there is a payment on each of the due dates. All are equal except the last, which is smaller
    by as little as whole minor units allow. Where no interest can accrue, they are those of `split_evenly`. Where
    one minor unit more on each would clear the debt before the last date, the last is the greater one by fewer minor
    units than there are payments, as in `split_evenly`; where that is not enough either, the last dates are not used.

    With ``amount`` every instalment is that amount, the last is the rest, and ``due_on`` holds the most dates that
    may be used. A down payment comes first. Each payment is allocated to the components in ``order``. Interest
    accrues from ``today``; nothing accrues on what is waived.

    sum(payments) == balance.total - waived.total + interest_to_come, and the last payment leaves nothing.

    Raises ValueError for dates that do not ascend from today, for a waiver of more than there is, for a down payment
    that leaves nothing, for more payments than minor units, and where a fixed amount never pays the debt off.
    """
    _check_dates(due_on, down, today)
    _check_currency(balance, *([amount] if amount else []), *([down[1]] if down else []))
    account = _Account.opened(_after_waiver(balance, waived), _Rate.parse(annual_percent), order)
    principal, repayments = Money(account.principal, balance.currency), list[Repayment]()
    if down:
        repayments.append(account.repay(down[0], (down[0] - today).days, down[1]))
        if down[1].minor < 1 or not account.total:
            raise ValueError("a down payment is more than nothing and less than what is owed")
    days = [(later - earlier).days for earlier, later in pairwise([down[0] if down else today, *due_on])]
    if amount is not None:
        parts = _fixed_parts(account, days, amount)
    elif account.bears_interest:
        parts = _level_parts(account, days)
    else:
        parts = split_evenly(Money(account.total, balance.currency), len(days))
    # Not every date may be needed.
    repayments += [account.repay(*row) for row in zip(due_on, days, parts, strict=False)]
    return RunningPlan(principal, tuple(repayments))


def cost_percent_a_year(
    interest_to_come: Money, principal: Money, start: date, payments: Sequence[tuple[date, Money]]
) -> Decimal:
    """What a plan costs, in per cent a year of the principal outstanding on average, to four decimals.

        100 * cost * 365 / sum(outstanding principal * days it was outstanding)

    which is cost / average principal / years, and the annual rate itself where interest is the only cost, but for
    the rounding of each period (24 % may come out as 24.0006 %). ``payments`` are the parts that pay principal
    (`RunningPlan.principal_payments`); what is outstanding after the last does not count. Fees for the plan are
    added to the interest by the caller.

    Raises ValueError where payments precede the start or each other or exceed the principal, and for a cost
    below nothing or without principal to bear it.
    """
    if interest_to_come < Money.zero(principal.currency):
        raise ValueError("a cost is nothing or more")
    outstanding, since, unit_days = principal, start, 0
    for day, part in payments:
        if day < since:
            raise ValueError(f"a payment on {day} comes before {since}")
        if not Money.zero(principal.currency) <= part <= outstanding:
            raise ValueError("a payment is a part of the principal that is owed")
        unit_days += outstanding.minor * (day - since).days
        outstanding, since = outstanding - part, day
    if not interest_to_come:
        return Decimal(0)
    if not unit_days:
        raise ValueError("a cost without outstanding principal is no yearly rate")
    ten_thousandths = _half_up(interest_to_come.minor * DAYS_IN_YEAR * 100 * 10_000, unit_days)
    return Decimal(ten_thousandths).scaleb(-4)


@dataclass(frozen=True)
class _Rate:
    """The interest of one day on one minor unit, as a fraction."""

    numerator: int
    denominator: int

    @classmethod
    def parse(cls, annual_percent: Decimal) -> _Rate:
        if not annual_percent.is_finite() or annual_percent < 0:
            raise ValueError(f"a rate is nothing or more per cent a year, not {annual_percent}")
        numerator, denominator = annual_percent.as_integer_ratio()
        return cls(numerator, denominator * 100 * DAYS_IN_YEAR)

    def on(self, principal: int, days: int) -> int:
        """The interest on so many minor units over so many days, in minor units."""
        return _half_up(principal * self.numerator * days, self.denominator)


@dataclass
class _Account:
    """What is owed while it is paid, in minor units by component."""

    currency: str
    rate: _Rate
    order: tuple[str, ...]
    owed: dict[str, int]

    @classmethod
    def opened(cls, balance: Balance, rate: _Rate, order: Sequence[str]) -> _Account:
        if sorted(order) != sorted(COMPONENTS):
            raise ValueError(f"the order of allocation names {', '.join(COMPONENTS)} once each, not {', '.join(order)}")
        return cls(balance.currency, rate, tuple(order), {name: getattr(balance, name).minor for name in COMPONENTS})

    def copy(self) -> _Account:
        return replace(self, owed=dict(self.owed))

    @property
    def principal(self) -> int:
        return self.owed["principal"]

    @property
    def total(self) -> int:
        return sum(self.owed.values())

    @property
    def bears_interest(self) -> bool:
        return bool(self.rate.numerator and self.principal)

    def accrue(self, days: int) -> int:
        interest = self.rate.on(self.principal, days)
        self.owed["interest"] += interest
        return interest

    def pay(self, amount: int) -> None:
        """Allocates a payment; what exceeds the debt is not taken."""
        for name in self.order:
            part = min(amount, self.owed[name])
            self.owed[name] -= part
            amount -= part

    def repay(self, day: date, days: int, amount: Money) -> Repayment:
        """Makes a payment on a day, so many days after the last one."""
        interest = Money(self.accrue(days), self.currency)
        self.pay(amount.minor)
        left = Balance(**{name: Money(minor, self.currency) for name, minor in self.owed.items()})
        return Repayment(day, amount, interest, left)


def _level_parts(account: _Account, days: Sequence[int]) -> list[Money]:
    """Level payments after periods of so many days, and the last, which takes the difference.

    What is left for the last payment falls as the level rises, so the smallest level that leaves no more than
    itself is found by bisection. It lies between an equal share of the debt as it stands and an equal share of the
    debt with all the interest that would accrue if no principal were paid before the end.
    """
    count = len(days)

    def last(level: int) -> int:
        return _left_for_last(account, days, level)

    most = account.total + sum(account.rate.on(account.principal, length) for length in days)
    level = _first_true(lambda level: last(level) <= level, _up(account.total, count), _up(most, count))
    if not last(level):
        # One minor unit more on each payment clears the debt before its last date.
        if level < 2:
            raise ValueError(f"{account.total} minor units cannot be split into {count} payments")
        below = level - 1
        if last(below) - below < count:
            return [Money(below, account.currency)] * (count - 1) + [Money(last(below), account.currency)]
    return _fixed_parts(account, days, Money(level, account.currency))


def _left_for_last(account: _Account, days: Sequence[int], level: int) -> int:
    """What is owed on the last of the dates where every payment before it is the level one."""
    trial = account.copy()
    for length in days[:-1]:
        trial.accrue(length)
        trial.pay(level)
    trial.accrue(days[-1])
    return trial.total


def _fixed_parts(account: _Account, days: Sequence[int], amount: Money) -> list[Money]:
    """Payments of a fixed amount and the rest, after periods of so many days; not all of them may be needed."""
    if amount.minor < 1:
        raise ValueError("an instalment is more than nothing")
    trial, interest = account.copy(), 0
    for number, length in enumerate(days):
        interest = trial.accrue(length)
        if trial.total <= amount.minor:
            return [amount] * number + [Money(trial.total, account.currency)]
        trial.pay(amount.minor)
    text = f"{amount.amount} {amount.currency}"
    if amount.minor <= interest:
        raise ValueError(f"never paid off: {text} does not cover the interest of a period")
    raise ValueError(f"never paid off: {len(days)} payments of {text} do not suffice")


def _after_waiver(balance: Balance, waived: Balance) -> Balance:
    left = {name: getattr(balance, name) - getattr(waived, name) for name in COMPONENTS}
    for name, money in left.items():
        if money.minor < 0 or getattr(waived, name).minor < 0:
            raise ValueError(f"of the {name}, between nothing and all is waived")
    if not any(left.values()):
        raise ValueError("nothing is left to be paid")
    return Balance(**left)


def _check_dates(due_on: Sequence[date], down: tuple[date, Money] | None, today: date) -> None:
    if not due_on:
        raise ValueError("a schedule has at least one payment")
    dates = [down[0], *due_on] if down else due_on
    if dates[0] < today or any(later <= earlier for earlier, later in pairwise(dates)):
        raise ValueError("the days of a schedule ascend from today")


def _check_currency(account: Balance, *amounts: Money) -> None:
    for amount in amounts:
        if amount.currency != account.currency:
            raise MoneyError(f"{account.currency} and {amount.currency} do not mix")


def _first_true(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The smallest number from low to high for which a condition holds that goes on holding; high, if no other."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _up(whole: int, parts: int) -> int:
    return -(-whole // parts)


def _half_up(numerator: int, denominator: int) -> int:
    """A quotient of nothing or more, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)
