"""What somebody can pay: income and expenses of a month, and the instalments that stay inside what is left.

Source: FCA Handbook, CONC 7.3: an arrangement is sustainable and affordable, and nobody is pressed to pay more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any, Literal

from bot.domain.money import LARGEST, Money, decimals
from bot.domain.schedule import Frequency

Item = Literal["income", "housing", "living", "debts"]
ITEMS: tuple[Item, ...] = ("income", "housing", "living", "debts")
Period = Literal["weekly", "biweekly", "four_weekly", "twice_monthly", "monthly", "yearly"]
A_YEAR: dict[str, int] = {
    "weekly": 52,
    "biweekly": 26,
    "four_weekly": 13,
    "twice_monthly": 24,
    "monthly": 12,
    "yearly": 1,
}
# Circumstances change: a budget older than this counts for nothing and is erased.
GOOD_FOR_DAYS = 90


class BudgetError(ValueError):
    """A figure that cannot stand in a budget; the message says why."""


@dataclass(frozen=True)
class Budget:
    """What comes in and goes out in a month, as the borrower told it.

    Raises BudgetError for an amount below nothing, above the largest that is taken, or in another currency.
    """

    income: Money
    housing: Money
    living: Money
    debts: Money

    def __post_init__(self) -> None:
        for item in ITEMS:
            checked(item, getattr(self, item), self.income.currency)

    @property
    def costs(self) -> Money:
        """What goes out."""
        return self.housing + self.living + self.debts

    @property
    def surplus(self) -> Money:
        """What is left; below nothing where more goes out than comes in."""
        return self.income - self.costs

    def as_json(self) -> dict[str, Any]:
        return {item: getattr(self, item).as_json() for item in ITEMS}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Budget:
        return cls(**{item: Money.parse(data[item]["amount"], data[item]["currency"]) for item in ITEMS})


def checked(item: Item, amount: Money, currency: str) -> Money:
    """The amount, if it can stand in a budget. Raises BudgetError."""
    if amount.currency != currency:
        raise BudgetError(f"{item} is in {amount.currency}, the budget in {currency}")
    if amount.minor < 0:
        raise BudgetError(f"{item} is below nothing: {amount.amount} {currency}")
    if amount.minor > LARGEST:
        raise BudgetError(f"{item} is more than {Money(LARGEST, currency).amount} {currency}")
    return amount


def a_month(value: Decimal, period: Period) -> Fraction:
    """An amount named for a period, for the twelfth part of a year, exactly."""
    return Fraction(value) * A_YEAR[period] / 12


def in_favour(item: Item, units: Fraction, currency: str) -> Money:
    """An exact amount in currency units, rounded to the minor unit in the borrower's favour.

    Income is rounded down, a cost half up. Raises BudgetError for what cannot stand in a budget.
    """
    minor = units * 10 ** decimals(currency)
    rounded = floor(minor) if item == "income" else floor(minor + Fraction(1, 2))
    return checked(item, Money(rounded, currency), currency)


def limit_per(frequency: Frequency, surplus: Money) -> Money:
    """The largest instalment of a frequency that stays inside a monthly surplus, rounded down to the minor unit.

    The instalments of a year are compared with the surplus of a year. Without a surplus it is nothing.
    """
    return Money(max(surplus.minor, 0) * 12 // A_YEAR[frequency], surplus.currency)


def is_fresh(given_on: date, today: date) -> bool:
    """Whether a budget that was given on a day still counts."""
    return (today - given_on).days <= GOOD_FOR_DAYS
