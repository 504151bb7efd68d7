"""Terms as a person at the desk names them, completed by the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.domain.building import MOST_PAYMENTS, plan, promise, settlement
from bot.domain.debt import COMPONENTS, Balance
from bot.domain.money import Money
from bot.domain.offer import Kind, Terms
from bot.domain.schedule import FREQUENCIES
from bot.domain.table import Table


class NoTerms(ValueError):
    """What was named makes no terms; ``why`` is one word for it, the message one clear sentence."""

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why


@dataclass(frozen=True)
class Wanted:
    """What somebody names of terms; everything else is worked out.

    A plan has an amount for each payment or their count; without a frequency it is monthly, without a first day it
    begins as late as one period from now. A settlement pays everything at once, less what is waived. A promise is one
    amount (``each``) on one day (``first_on``). ``waive``: by component, taken off with the last payment.
    """

    kind: Kind
    each: Money | None = None
    count: int | None = None
    frequency: str | None = None
    first_on: date | None = None
    down_payment: Money | None = None
    waive: Mapping[str, Money] = field(default_factory=dict)


def terms_of(table: Table, wanted: Wanted) -> Terms:
    """Complete terms, inside authority or not, under the rule of the role at the table. Raises NoTerms."""
    waived = _waived(table, wanted)
    if wanted.first_on is not None and wanted.first_on < table.today:
        raise NoTerms("past", f"{wanted.first_on} has passed.")
    if wanted.kind == "settlement":
        return settlement(table, wanted.first_on, waived)
    if wanted.kind == "promise":
        return _promise(table, wanted, waived)
    return _plan(table, wanted, waived)


def _waived(table: Table, wanted: Wanted) -> Balance:
    unknown = sorted(set(wanted.waive) - set(COMPONENTS))
    if unknown:
        raise NoTerms("component", f"There is nothing called {unknown[0]} to waive.")
    nothing = Money.zero(table.owed.currency)
    waived = Balance(**{name: _own(table, wanted.waive.get(name, nothing)) for name in COMPONENTS})
    for name in COMPONENTS:
        part, most = getattr(waived, name), getattr(table.debt.balance, name)
        if part.minor < 0 or part > most:
            raise NoTerms("waive", f"Of the {name}, between nothing and {most.amount} {most.currency} can be waived.")
    if waived.total >= table.owed:
        raise NoTerms("waive_all", "Something has to be left to pay.")
    return waived


def _own(table: Table, amount: Money) -> Money:
    if amount.currency != table.owed.currency:
        raise NoTerms("currency", f"The debt is in {table.owed.currency}.")
    return amount


def _promise(table: Table, wanted: Wanted, waived: Balance) -> Terms:
    if wanted.each is None or wanted.first_on is None:
        raise NoTerms("promise_incomplete", "A promise has an amount and a day.")
    if waived.total:
        raise NoTerms("promise_waives", "A promise waives nothing.")
    amount = _own(table, wanted.each)
    if amount.minor <= 0:
        raise NoTerms("amount", "An amount is more than nothing.")
    return promise(table, amount, wanted.first_on)


def _plan(table: Table, wanted: Wanted, waived: Balance) -> Terms:
    frequency = wanted.frequency or "monthly"
    if frequency not in FREQUENCIES:
        raise NoTerms("frequency", f"A plan is paid {', '.join(FREQUENCIES)}.")
    if (wanted.each is None) == (wanted.count is None):
        raise NoTerms("each_or_count", "Name the amount of each payment or how many there are, not both.")
    down = _own(table, wanted.down_payment) if wanted.down_payment else None
    rest = table.owed - waived.total - (down or Money.zero(table.owed.currency))
    if rest.minor <= 0 or (down is not None and down.minor < 0):
        raise NoTerms("down_payment", "After the down payment something has to be left to pay.")
    if wanted.count is not None and not 1 <= wanted.count <= min(MOST_PAYMENTS, rest.minor):
        raise NoTerms("count", f"A plan has between 1 and {min(MOST_PAYMENTS, rest.minor)} payments.")
    each = _own(table, wanted.each) if wanted.each is not None else None
    if each is not None and each.minor <= 0:
        raise NoTerms("amount", "An amount is more than nothing.")
    if each is not None and -(-rest.minor // each.minor) > MOST_PAYMENTS:
        raise NoTerms("count", f"A plan has at most {MOST_PAYMENTS} payments.")
    try:
        return plan(
            table,
            wanted.count,
            frequency,
            amount=None if each is None else min(each, rest, key=lambda m: m.minor),
            down=down,
            first_on=wanted.first_on,
            waived=waived,
        )
    except ValueError:
        raise NoTerms("never_ends", "Payments of that size never pay it off.") from None
