"""Whether terms lie inside what a role may agree to, and by which rule they do not.

Everything that is offered or agreed goes through here, however it was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from bot.domain.debt import COMPONENTS
from bot.domain.interest import cost_percent_a_year
from bot.domain.money import Money
from bot.domain.offer import Terms
from bot.domain.policy import ROLES, Role, Waivers
from bot.domain.table import DAYS_OF, Table


def outside(table: Table, terms: Terms) -> Iterator[str]:
    """The keys of the authority that terms do not keep to; nothing where they lie inside."""
    first = terms.schedule[0].due_on
    if terms.owed != table.owed:
        yield "owed"
        return
    if first < table.today:
        yield "today"
    yield from {"plan": _plan, "settlement": _settlement, "promise": _promise}[terms.kind](table, terms, first)


def inside(table: Table, terms: Terms) -> bool:
    """Whether terms lie inside the authority of the role at the table."""
    return next(outside(table, terms), None) is None


def least_role(table: Table, terms: Terms, roles: Sequence[Role] = ROLES) -> Role | None:
    """The lowest of some roles, in rising order, that may agree to terms; None where none may.

    What a borrower has left bounds every role.
    """
    return next((role for role in roles if inside(replace(table, role=role), terms)), None)


def approval_needed(table: Table, terms: Terms) -> list[str]:
    """Why a yes to terms needs a person's approval before it counts; empty where it does not."""
    rules, owed = table.segment.needs_approval, terms.owed
    over = rules.balance_over.get(owed.currency)
    length = (terms.ends_on - table.today).days
    return [
        key
        for key, holds in (
            ("balance_over", over is not None and owed.amount > over),
            ("waived_percent_over", _above(terms.saved, owed, rules.waived_percent_over)),
            ("longer_than_days", rules.longer_than_days is not None and length > rules.longer_than_days),
            (
                "after_broken_plans",
                rules.after_broken_plans is not None and table.record.broken >= rules.after_broken_plans,
            ),
        )
        if holds
    ]


def _above(part: Money, whole: Money, percent: Decimal | None) -> bool:
    return percent is not None and part > whole.percent(percent)


def _waived(table: Table, terms: Terms, waivers: Waivers) -> Iterator[str]:
    most = table.most_waived(waivers)
    for name in COMPONENTS:
        if getattr(terms.waived, name) > getattr(most, name):
            yield f"waive.{name}"


def _latest(table: Table, day: date) -> date:
    """The last day that a limit allows: itself, or the working day to which the policy moves it."""
    return max(day, table.working_day(day))


def _promise(table: Table, terms: Terms, first: date) -> Iterator[str]:
    rule = table.authority.promise
    if first > _latest(table, table.today + timedelta(days=rule.within_days)):
        yield "promise.within_days"
    if terms.to_pay < table.owed.percent(rule.least_percent):
        yield "promise.least_percent"
    if terms.saved:
        yield "promise.waive"


def _settlement(table: Table, terms: Terms, first: date) -> Iterator[str]:
    rule = table.authority.settlement
    quick = first <= _latest(table, table.today + timedelta(days=rule.within_days))
    if terms.saved and not quick:
        yield "settlement.waive"
    yield from (f"settlement.{key}" for key in _waived(table, terms, rule.waive))
    days = max(rule.within_days, table.authority.promise.within_days)
    if first > _latest(table, table.today + timedelta(days=days)):
        yield "settlement.within_days"


def _plan(table: Table, terms: Terms, first: date) -> Iterator[str]:
    rule, down = table.authority.plan, terms.down_payment
    frequency = terms.frequency
    if frequency is None or not 1 <= len(terms.instalments) <= rule.most_instalments.get(frequency, 0):
        yield "plan.most_instalments"
        return
    if rule.longest_days is not None:
        span = (terms.instalments[-1].due_on - terms.instalments[0].due_on).days
        if span > rule.longest_days + DAYS_OF[frequency] // 4:  # months and moved days are not of one length
            yield "plan.longest_days"
    if first > _latest(table, table.latest_first):
        yield "plan.first_payment_within_days"
    if down is not None and (terms.instalments[0].due_on - first).days > table.longest_gap + 7:
        yield "plan.first_payment_within_days"
    if any(p.amount < table.smallest for p in terms.instalments[:-1]):
        yield "plan.smallest_instalment"
    largest = table.largest(frequency)
    if largest is not None and any(p.amount > largest for p in terms.instalments):
        yield "plan.largest_instalment"
    if table.least_down and (down is None or down < table.least_down):
        yield "plan.least_down_payment_percent"
    yield from (f"plan.{key}" for key in _waived(table, terms, rule.waive))
    cap = table.authority.cost_cap_percent_a_year
    if cap is not None and terms.added and cost_of(table, terms) > cap:
        yield "cost_cap_percent_a_year"


def cost_of(table: Table, terms: Terms) -> Decimal:
    """What the interest of a plan costs, in per cent a year of the principal, paid back evenly."""
    principal = table.debt.balance.principal - terms.waived.principal
    left, payments = principal, []
    for row in reversed(terms.schedule):
        rest = row.amount.minor - (row.interest.minor if row.interest else 0)
        part = Money(min(left.minor, max(rest, 0)), left.currency)
        payments.append((row.due_on, part))
        left -= part
    # The interest of each period is rounded to the minor unit, so each may be one too many.
    surely = Money(max(terms.added.minor - len(terms.schedule), 0), principal.currency)
    return cost_percent_a_year(surely, principal, table.today, payments[::-1])
