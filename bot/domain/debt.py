"""What is owed on an account, and how late it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from bot.domain.money import Money

COMPONENTS = ("principal", "interest", "fees")


@dataclass(frozen=True)
class Balance:
    """What is owed, by component; every component is in the same currency."""

    principal: Money
    interest: Money
    fees: Money

    @classmethod
    def zero(cls, currency: str) -> Balance:
        nothing = Money.zero(currency)
        return cls(nothing, nothing, nothing)

    @cached_property
    def total(self) -> Money:
        return self.principal + self.interest + self.fees

    @property
    def currency(self) -> str:
        return self.principal.currency

    def as_json(self) -> dict[str, dict[str, str]]:
        return {
            **{name: getattr(self, name).as_json() for name in COMPONENTS},
            "total": self.total.as_json(),
        }


@dataclass(frozen=True)
class Debt:
    """The facts that a negotiation stands on. ``annual_rate``: per cent a year; ``country``: ISO 3166."""

    balance: Balance
    due_date: date
    product: str = ""
    portfolio: str = ""
    country: str = ""
    annual_rate: Decimal = Decimal(0)

    def days_past_due(self, today: date) -> int:
        """Days since the due date; negative before it."""
        return (today - self.due_date).days
