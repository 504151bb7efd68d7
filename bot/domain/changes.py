"""Changing a running plan: the rest of it on other days, in other amounts, after a pause, or all at once.

A change becomes complete terms over what is owed now; after a yes these take the place of the plan that runs.
What was to be waived stays waived.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.domain.authority import outside
from bot.domain.building import plan, settlement
from bot.domain.debt import COMPONENTS, Balance
from bot.domain.money import Money
from bot.domain.offer import Terms
from bot.domain.proposal import Proposal
from bot.domain.schedule import DAYS_IN, Frequency, next_day_of_month
from bot.domain.table import Table

# A pause has an authority of its own, and what was waived by agreement stays so.
PAUSE_ALLOWS = ("plan.first_payment_within_days",)
SETTLING_ALLOWS = tuple(f"settlement.waive.{name}" for name in COMPONENTS)
MONTH_DAYS = 30


@dataclass(frozen=True)
class Rest:
    """What is left of a running plan: payments in order, their rhythm, what is waived with the last, pauses so far."""

    payments: tuple[tuple[date, Money], ...]
    frequency: Frequency | None
    waived: Balance
    pauses: int = 0


def changed(table: Table, rest: Rest, proposal: Proposal) -> Terms | None:
    """The rest by the borrower's new terms, what they leave open as it was; None where it lies outside authority."""
    frequency = proposal.frequency or rest.frequency or "monthly"
    amount = proposal.per_instalment or proposal.lump_sum
    count = proposal.count or _as_many(rest, frequency)
    first = proposal.first_on
    if first is None and proposal.day_of_month:
        first = next_day_of_month(table.today, proposal.day_of_month)
    if first is None:
        first = max(rest.payments[0][0], table.today)
    return _inside(table, rest, frequency, count, amount, first, proposal.day_of_month)


def says_what_stands(rest: Rest, proposal: Proposal) -> bool:
    """Whether a proposal names nothing but the amount and the rhythm that stand already: "150 a month is too much"."""
    named = proposal.per_instalment or proposal.lump_sum
    beside = replace(proposal, per_instalment=None, lump_sum=None, frequency=None)
    same = named == rest.payments[0][1] and proposal.frequency in (None, rest.frequency)
    return same and beside.empty


def paused(table: Table, rest: Rest, days: int | None, months: int | None) -> Terms | None:
    """The rest after a pause of that length (a month where none is named), as far as the authority for pauses goes."""
    rule = table.authority.pause
    wanted = (days or 0) + MONTH_DAYS * (months or 0) or min(MONTH_DAYS, rule.longest_days)
    if rest.pauses >= rule.most or not 1 <= wanted <= rule.longest_days or rest.frequency is None:
        return None
    first = max(rest.payments[0][0], table.today) + timedelta(days=wanted)
    return _inside(table, rest, rest.frequency, len(rest.payments), None, first, None, PAUSE_ALLOWS)


def settled(table: Table, rest: Rest, on: date | None = None) -> Terms:
    """All of it now, or on a day that is named, less what was to be waived."""
    return settlement(table, on=on or table.today, waived=rest.waived)


def moved(table: Table, rest: Rest, on: date) -> Terms:
    """One payment of all on another day: what was to be waived stays so as far as that day allows it."""
    kept = settlement(table, on=on, waived=rest.waived)
    return settlement(table, on=on) if "settlement.waive" in outside(table, kept) else kept


def _as_many(rest: Rest, frequency: Frequency) -> int:
    """As many payments as take about as long in another rhythm."""
    days = {**DAYS_IN, "monthly": MONTH_DAYS}
    return max(1, round(len(rest.payments) * days[rest.frequency or "monthly"] / days[frequency]))


def _inside(
    table: Table,
    rest: Rest,
    frequency: Frequency,
    count: int,
    amount: Money | None,
    first: date,
    day_of_month: int | None,
    allowed: tuple[str, ...] = (),
) -> Terms | None:
    waived = rest.waived if rest.waived.total < table.owed else Balance.zero(table.owed.currency)
    try:
        terms = plan(
            table,
            None if amount else count,
            frequency,
            amount=amount,
            first_on=first,
            day_of_month=day_of_month,
            waived=waived,
        )
    except ValueError:
        return None
    return None if set(outside(table, terms)) - set(allowed) else terms
