"""Exact amounts of money: integer minor units and a currency."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.numbers import get_currency_precision, list_currencies

# The largest amount that is taken from outside, in minor units.
LARGEST = 10**15
PLAIN = re.compile(r"([+-]?)(?=\.?[0-9])([0-9]{0,30})(?:\.([0-9]{0,60}))?")


class MoneyError(ValueError):
    """An amount that cannot be: another currency, too many decimals, not a number."""


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """Every ISO 4217 code that CLDR knows."""
    return frozenset(list_currencies())


@lru_cache(maxsize=256)
def decimals(currency: str) -> int:
    """The number of decimals that a currency has (ISO 4217 as kept by CLDR): 2 for USD, 0 for JPY.

    Raises MoneyError for a code that is no currency.
    """
    if currency not in currencies():
        raise MoneyError(f"{currency!r} is not an ISO 4217 currency code")
    return get_currency_precision(currency)


@dataclass(frozen=True, order=False)
class Money:
    """An amount in integer minor units (cents, fen) of one currency.

    Adding or comparing two currencies raises MoneyError.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise MoneyError(f"minor units are an integer, not {self.minor!r}")

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Reads a plain decimal such as ``1234.5`` exactly.

        Raises MoneyError if it is no finite plain decimal or has more decimals than the currency.
        """
        places = decimals(currency)
        match = PLAIN.fullmatch(text.strip())
        if match is None:
            raise MoneyError(f"{text!r} is not a plain decimal amount")
        sign, whole, part = match[1], match[2], (match[3] or "").rstrip("0")
        if len(part) > places:
            raise MoneyError(f"{text!r} has more decimals than {currency} ({places})")
        return cls(int(f"{sign}{whole}{part.ljust(places, '0')}"), currency)

    @classmethod
    def from_units(cls, value: float | int | str, currency: str) -> Money:
        """An amount that a borrower named in currency units, rounded half up to the minor unit."""
        exact = Decimal(str(value)).scaleb(decimals(currency))
        return cls(int(exact.to_integral_value(ROUND_HALF_UP)), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in currency units, with exactly the decimals of the currency."""
        return Decimal(self.minor).scaleb(-decimals(self.currency))

    def percent(self, share: Decimal | int) -> Money:
        """That many per cent of the amount, rounded half up to the minor unit."""
        exact = Decimal(self.minor) * Decimal(share) / 100
        return Money(int(exact.to_integral_value(ROUND_HALF_UP)), self.currency)

    def as_json(self) -> dict[str, str]:
        return {"amount": f"{self.amount:f}", "currency": self.currency}

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise MoneyError(f"{self.currency} and {other.currency} do not mix")
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, count: int) -> Money:
        return Money(self.minor * count, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0
