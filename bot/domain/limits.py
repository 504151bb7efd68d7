"""By how much terms pass a limit: what was asked for, and what the limit is, for whoever decides on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from bot.domain.authority import approval_needed, cost_of, outside
from bot.domain.money import Money
from bot.domain.offer import Terms
from bot.domain.table import Table

# A sum, a day, a length of time, a count, or per cent.
Figure = Money | date | timedelta | int | Decimal


@dataclass(frozen=True)
class Passed:
    """A limit that terms pass: its key as in `bot.domain.authority`, what they ask for, and what it allows.

    ``approval``: whether the limit is one above which a second person's yes is wanted, and not one of authority.
    """

    key: str
    asked: Figure
    limit: Figure
    approval: bool = False


def passed(table: Table, terms: Terms) -> tuple[Passed, ...]:
    """The limits of the role at the table that terms pass."""
    keys = dict.fromkeys(outside(table, terms))
    return tuple(Passed(key, *_figures(table, terms, key)) for key in keys)


def wanting_approval(table: Table, terms: Terms) -> tuple[Passed, ...]:
    """The limits above which a person has to approve of terms to which the borrower said yes."""
    rules, owed, days = table.segment.needs_approval, terms.owed, (terms.ends_on - table.today).days
    share = rules.waived_percent_over
    figures: dict[str, Callable[[], tuple[Figure, Figure]]] = {
        "balance_over": lambda: (owed, Money.parse(str(rules.balance_over[owed.currency]), owed.currency)),
        "waived_percent_over": lambda: (terms.saved, owed.percent(share or Decimal(0))),
        "longer_than_days": lambda: (timedelta(days=days), timedelta(days=rules.longer_than_days or 0)),
        "after_broken_plans": lambda: (table.record.broken, (rules.after_broken_plans or 0) - 1),
    }
    return tuple(Passed(key, *figures[key](), approval=True) for key in approval_needed(table, terms))


def _figures(table: Table, terms: Terms, key: str) -> tuple[Figure, Figure]:
    kind, _, name = key.partition(".")
    if name.startswith("waive."):
        component, rule = name.removeprefix("waive."), getattr(table.authority, kind)
        return getattr(terms.waived, component), getattr(table.most_waived(rule.waive), component)
    return _OF[key](table, terms)


def _first(terms: Terms) -> date:
    return terms.schedule[0].due_on


def _within(table: Table, days: int) -> date:
    return table.today + timedelta(days=days)


def _most_instalments(table: Table, terms: Terms) -> tuple[Figure, Figure]:
    most = table.authority.plan.most_instalments
    return len(terms.instalments), most.get(terms.frequency, 0) if terms.frequency else 0


def _span(table: Table, terms: Terms) -> tuple[Figure, Figure]:
    rows = terms.instalments
    return rows[-1].due_on - rows[0].due_on, timedelta(days=table.authority.plan.longest_days or 0)


def _largest(table: Table, terms: Terms) -> tuple[Figure, Figure]:
    amounts = [row.amount for row in terms.instalments]
    limit = table.largest(terms.frequency) if terms.frequency else None
    return max(amounts, key=lambda amount: amount.minor), limit or amounts[0]


def _cost(table: Table, terms: Terms) -> tuple[Figure, Figure]:
    cap = table.authority.cost_cap_percent_a_year
    return cost_of(table, terms), cap if cap is not None else Decimal(0)


_OF: dict[str, Callable[[Table, Terms], tuple[Figure, Figure]]] = {
    "owed": lambda table, terms: (terms.owed, table.owed),
    "today": lambda table, terms: (_first(terms), table.today),
    "promise.within_days": lambda table, terms: (_first(terms), _within(table, table.authority.promise.within_days)),
    "promise.least_percent": lambda table, terms: (
        terms.to_pay,
        table.owed.percent(table.authority.promise.least_percent),
    ),
    "promise.waive": lambda table, terms: (terms.saved, Money.zero(terms.owed.currency)),
    "settlement.waive": lambda table, terms: (_first(terms), _within(table, table.authority.settlement.within_days)),
    "settlement.within_days": lambda table, terms: (
        _first(terms),
        _within(table, max(table.authority.settlement.within_days, table.authority.promise.within_days)),
    ),
    "plan.most_instalments": _most_instalments,
    "plan.longest_days": _span,
    "plan.first_payment_within_days": lambda table, terms: (_first(terms), table.latest_first),
    "plan.smallest_instalment": lambda table, terms: (
        min((row.amount for row in terms.instalments[:-1]), key=lambda amount: amount.minor),
        table.smallest,
    ),
    "plan.largest_instalment": _largest,
    "plan.least_down_payment_percent": lambda table, terms: (
        terms.down_payment or Money.zero(terms.owed.currency),
        table.least_down,
    ),
    "cost_cap_percent_a_year": _cost,
}
