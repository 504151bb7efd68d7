"""Finding terms: what the bot offers, and how it answers a borrower's own terms.

Pure functions of the debt, the policy, the day and the round. Nothing that they
return lies outside the authority of the policy's segment; `inside` states what that means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from bot.domain.debt import Debt
from bot.domain.money import Money
from bot.domain.offer import Terms, number_payments
from bot.domain.policy import OfferPolicy, Segment
from bot.domain.proposal import Proposal
from bot.domain.schedule import (
    DAYS_IN,
    Frequency,
    add_months,
    due_dates,
    next_day_of_month,
    split_by_amount,
    split_evenly,
)

Wish = Literal["plan", "waiver", "deferral", "relief", "pay_now"]
MOST_PAYMENTS = 1000  # of terms that are worth building before they are compared with the authority


@dataclass(frozen=True)
class Answer:
    """What the bot answers to a borrower's own terms.

    ``accept``: the one option is the borrower's own, completed. ``counter``: the options are the nearest
    inside authority. ``ask``: ``missing`` names what has to be known first (amount or date).
    """

    verdict: Literal["accept", "counter", "ask"]
    options: tuple[Terms, ...] = ()
    missing: Literal["", "amount", "date"] = ""


@dataclass(frozen=True)
class Table:
    """A negotiation at one moment: the debt, the authority over it, the day, the round."""

    debt: Debt
    policy: OfferPolicy
    segment: Segment
    today: date
    round: int = 1

    @property
    def owed(self) -> Money:
        return self.debt.balance.total

    @property
    def last_round(self) -> bool:
        return self.round >= self.policy.rounds

    @property
    def share(self) -> Decimal:
        """The part of the authority that is offered unasked: the opening share, rising to all in the last round."""
        opening = self.policy.opening_percent / 100
        steps = max(self.policy.rounds - 1, 1)
        return min(opening + (1 - opening) * (self.round - 1) / steps, Decimal(1))

    def rule(self, name: str) -> str:
        return f"{self.segment.name}: {name}"

    def most(self, frequency: Frequency) -> int:
        """The most instalments of a frequency that the policy and the smallest instalment leave room for."""
        allowed = self.segment.plan.most_instalments.get(frequency, 0)
        return min(allowed, self.owed.minor // self.smallest.minor)

    @property
    def smallest(self) -> Money:
        return self.segment.plan.smallest(self.owed.currency)

    @property
    def least_down(self) -> Money:
        """The least down payment of a plan; nothing where the policy asks for none."""
        return self.owed.percent(self.segment.plan.least_down_payment_percent)

    @property
    def longest_gap(self) -> int:
        """The most days that may lie between a down payment and the first instalment: a month at least."""
        return max(self.segment.plan.first_payment_within_days, 31)

    @property
    def latest_first(self) -> date:
        return self.today + timedelta(days=self.segment.plan.first_payment_within_days)


def options(table: Table, wish: Wish) -> tuple[Terms, ...]:
    """The terms that the bot offers of its own in this round: two where there are two, what was wished first."""
    first = table.today if wish == "pay_now" else None
    settled = settlement(table, on=first)
    steady = offered_plan(table, table.share)
    if wish == "deferral":
        later = promise(table, table.owed, table.today + timedelta(days=table.segment.promise.within_days))
        return _distinct([later, _shifted(steady, table)])
    if wish == "relief":
        lightest = offered_plan(table, Decimal(1))
        return _distinct([lightest, _shifted(lightest, table)]) or (settled,)
    if wish == "pay_now":
        return (settled,)
    if wish == "waiver":
        return _distinct([settled, steady])
    brisk = offered_plan(table, table.share / 2)
    second = settled if settled.waived_fees else (brisk or settled)
    return _distinct([steady, second])


def consider(table: Table, proposal: Proposal) -> Answer:
    """Answers a borrower's own terms: taken where they are inside authority, else the nearest that are."""
    if proposal.first_on is not None and proposal.first_on < table.today:
        proposal = replace(proposal, first_on=None)
    if proposal.names_plan or proposal.down_payment:
        return _consider_plan(table, proposal)
    return _consider_single(table, proposal)


def settlement(table: Table, on: date | None = None, full_waiver: bool = False) -> Terms:
    """Payment in full soon, with the part of the fees waived that this round offers (or all that is authorised)."""
    rule = table.segment.settlement
    due = on or table.today + timedelta(days=rule.within_days)
    quick = due <= table.today + timedelta(days=rule.within_days)
    percent = rule.waive_fees_percent if quick else Decimal(0)
    waived = table.debt.balance.fees.percent(percent * (Decimal(1) if full_waiver else table.share))
    if waived.minor >= table.owed.minor:
        waived = Money.zero(table.owed.currency)
    return Terms(
        kind="settlement",
        owed=table.owed,
        schedule=number_payments([(due, table.owed - waived)], down_payment=False),
        waived_fees=waived,
        rule=table.rule("settlement"),
    )


def promise(table: Table, amount: Money, on: date) -> Terms:
    """One payment at a later date; a promise of everything is a settlement without a waiver."""
    if amount >= table.owed:
        return settlement(table, on=on)
    return Terms(
        kind="promise",
        owed=table.owed,
        schedule=number_payments([(on, amount)], down_payment=False),
        waived_fees=Money.zero(table.owed.currency),
        rule=table.rule("promise"),
    )


def offered_plan(table: Table, share: Decimal) -> Terms | None:
    """A monthly plan over that share of the longest term; None where no plan of two payments is possible."""
    down = table.least_down
    for frequency in ("monthly", "biweekly", "weekly"):
        most = min(table.most(frequency), (table.owed - down).minor // table.smallest.minor)
        if most >= 2:
            return plan(table, max(2, int(most * share)), frequency, down=down or None)
    return None


def plan(
    table: Table,
    count: int | None,
    frequency: Frequency,
    *,
    amount: Money | None = None,
    down: Money | None = None,
    first_on: date | None = None,
    day_of_month: int | None = None,
    rest_on: date | None = None,
) -> Terms:
    """Builds a plan; with ``amount`` the last payment is the rest, else ``count`` payments share the total.

    With a down payment, it is due on ``first_on`` (or today) and the instalments follow a period later.
    """
    rest = table.owed - down if down else table.owed
    parts = split_by_amount(rest, amount) if amount else split_evenly(rest, count or 1)
    if down:
        start = first_on or table.today
        first = rest_on if rest_on and rest_on > start else _first(start, frequency, day_of_month)
        payments = [(start, down)]
    else:
        first = first_on or min(_first(table.today, frequency, day_of_month), table.latest_first)
        payments = []
    payments += list(zip(due_dates(first, frequency, len(parts), day_of_month), parts, strict=True))
    return Terms(
        kind="plan",
        owed=table.owed,
        schedule=number_payments(payments, down_payment=bool(down)),
        waived_fees=Money.zero(table.owed.currency),
        rule=table.rule("plan"),
        frequency=frequency,
    )


def is_better(terms: Terms, shown: Sequence[Terms]) -> bool:
    """Whether terms ask less of the borrower than everything shown so far: smaller payments, or more waived."""
    if terms.kind == "plan":
        return all(_largest(terms) < _largest(other) for other in shown if other.kind == "plan")
    return bool(terms.waived_fees) and all(
        terms.waived_fees > other.waived_fees for other in shown if other.kind == "settlement"
    )


def _largest(terms: Terms) -> Money:
    return max((row.amount for row in terms.schedule), key=lambda amount: amount.minor)


def inside(table: Table, terms: Terms) -> bool:
    """Whether terms lie inside the bot's authority."""
    first = terms.schedule[0].due_on
    if first < table.today or terms.owed != table.owed:
        return False
    if terms.kind == "promise":
        rule = table.segment.promise
        return first <= table.today + timedelta(days=rule.within_days) and terms.to_pay >= table.owed.percent(
            rule.least_percent
        )
    if terms.kind == "settlement":
        quick = first <= table.today + timedelta(days=table.segment.settlement.within_days)
        cap = table.debt.balance.fees.percent(table.segment.settlement.waive_fees_percent if quick else 0)
        latest = max(table.segment.settlement.within_days, table.segment.promise.within_days)
        return terms.waived_fees <= cap and first <= table.today + timedelta(days=latest)
    count, down, least_down = len(terms.instalments), terms.down_payment, table.least_down
    return (
        terms.frequency is not None
        and 1 <= count <= table.segment.plan.most_instalments.get(terms.frequency, 0)
        and not terms.waived_fees
        and first <= table.latest_first
        and (down is None or (terms.instalments[0].due_on - first).days <= table.longest_gap)
        and all(p.amount >= table.smallest for p in terms.instalments[:-1])
        and (not least_down or (down is not None and down >= least_down))
    )


def _first(start: date, frequency: Frequency, day_of_month: int | None) -> date:
    """One period after a day; for monthly plans on the named day of the month."""
    if frequency == "monthly":
        return next_day_of_month(start, day_of_month) if day_of_month else add_months(start, 1)
    return start + timedelta(days=DAYS_IN[frequency])


def _consider_single(table: Table, proposal: Proposal) -> Answer:
    if proposal.lump_sum is None:
        return Answer("ask", missing="amount")
    if proposal.first_on is None:
        return Answer("ask", missing="date")
    full = settlement(table, on=proposal.first_on, full_waiver=True)
    if full.to_pay <= proposal.lump_sum:
        # Enough for a settlement: no more is taken than this round asks for, and never more than was named.
        terms = settlement(table, on=proposal.first_on)
        wanted = terms if terms.to_pay <= proposal.lump_sum else full
    else:
        wanted = promise(table, proposal.lump_sum, proposal.first_on)
    if inside(table, wanted):
        return Answer("accept", (wanted,))
    latest = min(proposal.first_on, table.today + timedelta(days=table.segment.promise.within_days))
    least = table.owed.percent(table.segment.promise.least_percent)
    nearest = promise(table, max(proposal.lump_sum, least, key=lambda m: m.minor), latest)
    return Answer("counter", _distinct([nearest, offered_plan(table, table.share)]))


def _consider_plan(table: Table, proposal: Proposal) -> Answer:
    frequency: Frequency = proposal.frequency or "monthly"
    down = proposal.down_payment
    if down and down >= table.owed:
        return _consider_single(table, Proposal(lump_sum=down, first_on=proposal.first_on or table.today))
    rest = table.owed - down if down else table.owed
    amount = proposal.per_instalment
    count = proposal.count or _periods(proposal, frequency)
    if down and not amount and not count:
        count = max(1, int(table.most(frequency) * table.share))
    if amount is None and count is None:
        return Answer("counter", options(table, "plan"))
    built: list[Terms] = []
    if count and count <= min(rest.minor, MOST_PAYMENTS):
        built.append(_as_named(table, proposal, frequency, count=count))
    if amount and -(-rest.minor // amount.minor) <= MOST_PAYMENTS:
        built.append(_as_named(table, proposal, frequency, amount=min(amount, rest, key=lambda m: m.minor)))
    fitting = [terms for terms in _distinct(built) if inside(table, terms)]
    agreed = len({tuple(p.amount for p in t.schedule) for t in built}) == 1 or not (amount and count)
    if len(fitting) == 1 and agreed:
        return Answer("accept", (fitting[0],))
    if fitting:
        other = _nearest(table, replace(proposal, count=None), frequency, amount, None) if amount and count else ()
        return Answer("counter", _distinct([*fitting, *other]))
    return Answer("counter", _nearest(table, proposal, frequency, amount, count))


def _as_named(
    table: Table,
    proposal: Proposal,
    frequency: Frequency,
    count: int | None = None,
    amount: Money | None = None,
) -> Terms:
    return plan(
        table,
        count,
        frequency,
        amount=amount,
        down=proposal.down_payment,
        first_on=proposal.first_on,
        day_of_month=proposal.day_of_month,
        rest_on=proposal.rest_on,
    )


def _nearest(
    table: Table, proposal: Proposal, frequency: Frequency, amount: Money | None, count: int | None
) -> tuple[Terms, ...]:
    """The borrower's own terms moved as little as the authority asks for; beside them a second way."""
    if table.most(frequency) < 1:
        frequency = next((f for f in ("monthly", "biweekly", "weekly") if table.most(f) >= 1), frequency)
    most = max(table.most(frequency), 1)
    first = min(proposal.first_on, table.latest_first) if proposal.first_on else None
    down = proposal.down_payment
    if table.least_down and (down is None or down < table.least_down):
        down = table.least_down
    rest = table.owed - down if down else table.owed
    if not rest:
        return (settlement(table),)
    most = max(1, min(most, rest.minor // table.smallest.minor))
    wanted = count or (-(-rest.minor // amount.minor) if amount else most)
    candidates: list[Terms | None] = [
        plan(
            table,
            min(wanted, most),
            frequency,
            down=down,
            first_on=first,
            day_of_month=proposal.day_of_month,
        )
    ]
    if amount and not down and amount >= table.smallest:
        larger_first = table.owed - amount * (most - 1)
        if 0 < larger_first.minor <= table.owed.minor // 2 and most > 1:
            candidates.append(
                plan(
                    table,
                    None,
                    frequency,
                    amount=amount,
                    down=larger_first,
                    first_on=first or min(_first(table.today, frequency, proposal.day_of_month), table.latest_first),
                    day_of_month=proposal.day_of_month,
                )
            )
    settled = settlement(table)
    candidates.append(settled if settled.waived_fees else None)
    return tuple(t for t in _distinct(candidates) if inside(table, t)) or (settled,)


def _periods(proposal: Proposal, frequency: Frequency) -> int | None:
    """How many payments fit into the length of time that was named."""
    if proposal.months is None and proposal.days is None:
        return None
    days = (proposal.months or 0) * 30.4375 + (proposal.days or 0)
    if frequency == "monthly":
        return max(1, round(days / 30.4375))
    return max(1, round(days / DAYS_IN[frequency]))


def _shifted(terms: Terms | None, table: Table) -> Terms | None:
    """The same plan with the first payment as late as the authority allows."""
    if terms is None or terms.frequency is None:
        return None
    return plan(table, len(terms.instalments), terms.frequency, down=terms.down_payment, first_on=table.latest_first)


def _distinct(candidates: Sequence[Terms | None]) -> tuple[Terms, ...]:
    """At most two different terms, in order."""
    kept: list[Terms] = []
    for terms in candidates:
        if terms is not None and all(terms.schedule != other.schedule for other in kept):
            kept.append(terms)
    return tuple(kept[:2])
