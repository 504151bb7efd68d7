"""Building complete terms out of figures: every amount exact, every day a day on which a payment can be made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import islice

from bot.domain.debt import Balance
from bot.domain.interest import with_running_interest
from bot.domain.money import Money
from bot.domain.offer import Terms, number_payments
from bot.domain.schedule import (
    DAYS_IN,
    Frequency,
    Rhythm,
    add_months,
    due_dates,
    next_day_of_month,
    next_payday,
    split_by_amount,
    split_evenly,
)
from bot.domain.table import Table

MOST_PAYMENTS = 1000  # of terms that are worth building before they are compared with the authority


def settlement(table: Table, on: date | None = None, waived: Balance | None = None) -> Terms:
    """Everything that is owed in one payment, less what is waived of it once it arrives (nothing unless named).

    ``on`` is the borrower's own day; without it, it is the latest day of the settlement authority.
    """
    rule = table.authority.settlement
    due = on or table.working_day(table.today + timedelta(days=rule.within_days))
    if waived is None or waived.total >= table.owed:
        waived = Balance.zero(table.owed.currency)
    return Terms(
        kind="settlement",
        owed=table.owed,
        schedule=number_payments([(due, table.owed - waived.total)], down_payment=False),
        waived=waived,
        rule=table.rule("settlement"),
    )


def promise(table: Table, amount: Money, on: date) -> Terms:
    """One payment at a later date, of everything at most."""
    amount = min(amount, table.owed, key=lambda m: m.minor)
    return Terms(
        kind="promise",
        owed=table.owed,
        schedule=number_payments([(on, amount)], down_payment=False),
        waived=Balance.zero(table.owed.currency),
        rule=table.rule("promise"),
    )


def plan(
    table: Table,
    count: int | None,
    frequency: Frequency,
    *,
    amount: Money | None = None,
    down: Money | None = None,
    first_on: date | None = None,
    day_of_month: int | None = None,
    paydays: tuple[int, ...] = (),
    rest_on: date | None = None,
    waived: Balance | None = None,
) -> Terms:
    """Builds a plan; with ``amount`` the last payment is the rest, else ``count`` payments share the total.

    With a down payment, it is due on ``first_on`` (or today) and the instalments follow a period later. Days that
    the borrower named stay; the others move to working days by the policy's rule. With ``paydays`` (days of the month)
    a payment falls on each of them.
    """
    rhythm = Rhythm(frequency, None if paydays else day_of_month, paydays)
    waived = waived or Balance.zero(table.owed.currency)
    if down:
        start = first_on or table.today
        first = rest_on if rest_on and rest_on > start else first_after(start, rhythm)
    else:
        first = first_on or min(first_after(table.today, rhythm), table.latest_first)
    earliest = start + timedelta(days=1) if down else table.today
    payable = table.owed - waived.total - (down or Money.zero(table.owed.currency))
    if amount is not None:
        count = min(-(-payable.minor // amount.minor), MOST_PAYMENTS)
    rate, principal = table.annual_rate, table.debt.balance.principal
    if rate and principal:
        count = count or 1
        dates = _days(table, first, rhythm, count if amount is None else min(2 * count, MOST_PAYMENTS), earliest)
        running = with_running_interest(
            table.debt.balance,
            waived,
            dates,
            rate,
            table.policy.payment_order,
            today=table.today,
            amount=amount,
            down=(start, down) if down else None,
        )
        payments, interest = running.payments, [row.interest for row in running.repayments]
    else:
        parts = split_by_amount(payable, amount) if amount is not None else split_evenly(payable, count or 1)
        dates = _days(table, first, rhythm, len(parts), earliest)
        payments = ([(start, down)] if down else []) + list(zip(dates, parts, strict=True))
        interest = []
    return Terms(
        kind="plan",
        owed=table.owed,
        schedule=number_payments(payments, bool(down), interest),
        waived=waived,
        rule=table.rule("plan"),
        frequency=frequency,
    )


def first_after(start: date, rhythm: Rhythm) -> date:
    """One period after a day: on the next payday, or for monthly plans on the named day of the month."""
    if rhythm.paydays:
        return next_payday(start, rhythm.paydays)
    if rhythm.frequency == "monthly":
        return next_day_of_month(start, rhythm.day_of_month) if rhythm.day_of_month else add_months(start, 1)
    return start + timedelta(days=DAYS_IN[rhythm.frequency])


def _days(table: Table, first: date, rhythm: Rhythm, count: int, earliest: date) -> Sequence[date]:
    rules = table.policy.due_dates
    if rules.weekends == rules.holidays == "stay":
        return list(islice(rhythm.dates(first), count))
    return due_dates(first, rhythm, count, business_days=table.calendar, earliest=earliest)
