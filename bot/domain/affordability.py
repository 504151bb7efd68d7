"""What somebody can pay."""

from __future__ import annotations

from bot.domain.money import Money
from bot.domain.schedule import Frequency

A_YEAR = {"weekly": 52, "biweekly": 26, "monthly": 12}


def limit_per(frequency: Frequency, surplus: Money) -> Money:
    """The largest instalment of a frequency that stays inside a monthly surplus, rounded down to the minor unit."""
    return Money(surplus.minor * 12 // A_YEAR[frequency], surplus.currency)
