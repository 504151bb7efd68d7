"""Finding terms: what is offered, and how a borrower's own terms are answered.

Pure functions of the table. What is offered unasked uses the share of the authority that is conceded so far
(`Table.share`), in every direction alike: half of the instalments and half of the waiver are two options that the
lender, who set the bounds, holds for equal. What the borrower names is answered with the nearest terms that are
worth as much to the lender as those options: a point on the same indifference curve, by what is expected to come in
(`bot.domain.keeping`). Nothing that is returned lies outside authority (`bot.domain.authority`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from bot.domain.affordability import A_YEAR
from bot.domain.authority import inside
from bot.domain.building import MOST_PAYMENTS, first_after, plan, promise, settlement
from bot.domain.debt import Balance
from bot.domain.keeping import MONTH, Shape, chance_kept, expected_share
from bot.domain.money import Money
from bot.domain.offer import Terms
from bot.domain.proposal import Proposal
from bot.domain.schedule import DAYS_IN, Frequency, Rhythm
from bot.domain.table import DAYS_OF, Table

Wish = Literal["plan", "waiver", "deferral", "relief", "pay_now"]
BETTER_FOR_BOTH = 0.02  # of what is owed: a trade is worth proposing from this gain on


@dataclass(frozen=True)
class Answer:
    """What is answered to a borrower's own terms.

    ``accept``: the one option is the borrower's own, completed. ``counter``: the options are the nearest that can
    be offered now. ``clarify``: the options are the two things that contradictory words can mean.
    ``ask``: ``missing`` names what has to be known first (amount or date). ``nothing``: no terms fit at all.
    """

    verdict: Literal["accept", "counter", "clarify", "ask", "nothing"]
    options: tuple[Terms, ...] = ()
    missing: Literal["", "amount", "date"] = ""


# -- what is offered


def options(table: Table, wish: Wish) -> tuple[Terms, ...]:
    """The terms that are offered unasked now: two where there are two, what was wished for first.

    Nothing where no terms fit what the borrower has left.
    """
    if wish == "pay_now":
        return (waived_settlement(table, today=True),)
    found = _options(table, wish)
    # Somebody whose means are not known can always be offered to pay in full; whoever has too little left, never.
    return found if found or table.surplus is not None else (waived_settlement(table),)


def _options(table: Table, wish: Wish) -> tuple[Terms, ...]:
    settled, steady = waived_settlement(table), steady_plan(table)
    if wish == "waiver":
        return _distinct([settled, steady])
    if wish == "deferral":
        latest = table.working_day(table.today + timedelta(days=table.authority.promise.within_days))
        later = settlement(table, on=latest)
        return _distinct([later if inside(table, later) else None, _later(steady, table)])
    if wish == "relief" or table.surplus is not None:
        return _distinct([steady, _later(steady, table), _other_rhythm(table, steady)])
    second = settled if settled.saved else steady_plan(table, table.share / 2) or settled
    return _distinct([steady, second])


def steady_plan(table: Table, share: Decimal | None = None) -> Terms | None:
    """The lightest plan within a share of the authority (the share conceded so far); None where none is possible.

    What the borrower declared to have left comes before what is held back: where the share's longest plan is above
    it, the plan is as long as it has to be.
    """
    for frequency in ("monthly", "biweekly", "weekly"):
        built = _steady(table, frequency, table.share if share is None else share)
        if built is not None:
            return built
    return None


def waived_settlement(table: Table, today: bool = False, whole: bool = False) -> Terms:
    """Payment in full soon, with the waiver that is conceded so far (or all of it)."""
    share = Decimal(1) if whole else table.share
    waived = table.most_waived(table.authority.settlement.waive, share)
    return settlement(table, on=table.today if today else None, waived=waived)


def _steady(table: Table, frequency: Frequency, share: Decimal) -> Terms | None:
    most = table.most(frequency, table.least_down)
    count = max(min(2, most), int(most * share), _least(table, frequency, table.least_down))
    if not 2 <= count <= most:
        return None
    waived = table.most_waived(table.authority.plan.waive, share)
    return _fitting(table, count, frequency, down=table.least_down or None, waived=waived)


def _fitting(
    table: Table,
    count: int | None,
    frequency: Frequency,
    *,
    amount: Money | None = None,
    down: Money | None = None,
    first_on: date | None = None,
    day_of_month: int | None = None,
    paydays: tuple[int, ...] = (),
    waived: Balance | None = None,
) -> Terms | None:
    """A plan, where there is one of such figures and it lies inside authority."""
    try:
        built = plan(
            table,
            count,
            frequency,
            amount=amount,
            down=down,
            first_on=first_on,
            day_of_month=day_of_month,
            paydays=paydays,
            waived=waived,
        )
    except ValueError:  # nothing is left to pay after the down payment and the waiver, or interest eats the amount
        return None
    return built if inside(table, built) else None


def _least(table: Table, frequency: Frequency, down: Money | None) -> int:
    """The fewest instalments after a down payment, none larger than the policy and what the borrower has left allow."""
    largest = table.largest(frequency)
    if largest is None:
        return 1
    if largest.minor <= 0:
        return MOST_PAYMENTS
    rest = table.owed - down if down else table.owed
    count = max(1, -(-rest.minor // largest.minor))
    # The last of equal parts takes the odd cents, and interest comes on top: one more where that would be too much.
    return count + 1 if table.annual_rate or rest.minor - rest.minor // count * (count - 1) > largest.minor else count


def _later(terms: Terms | None, table: Table) -> Terms | None:
    """The same plan with the first payment as late as the authority allows."""
    if terms is None or terms.frequency is None:
        return None
    count, down = len(terms.instalments), terms.down_payment
    return _fitting(table, count, terms.frequency, down=down, first_on=table.latest_first, waived=terms.waived)


def _other_rhythm(table: Table, terms: Terms | None) -> Terms | None:
    others = (f for f in table.frequencies if terms is None or f != terms.frequency)
    return next((built for f in others if (built := _steady(table, f, table.share))), None)


# -- what terms are worth


def shape_of(table: Table, terms: Terms) -> Shape:
    """Terms as far as their worth depends on them."""
    owed, parts = table.owed.minor, terms.instalments or terms.schedule
    down = terms.down_payment
    return Shape(
        count=len(parts),
        each=parts[0].amount.minor / owed,
        every=float(DAYS_OF[terms.frequency]) if terms.frequency else 0.0,
        starts_in=float((parts[0].due_on - table.today).days),
        down=down.minor / owed if down else 0.0,
        saved=terms.saved.minor / owed,
    )


def worth(table: Table, shape: Shape) -> float:
    """What is expected to come in, as a share of what is owed."""
    return expected_share(shape, table.model, table.days_past_due, table.record, _left(table))


def chance(table: Table, terms: Terms) -> float:
    """The chance that terms are kept to the end, 0 to 1."""
    return chance_kept(shape_of(table, terms), table.model, table.days_past_due, table.record, _left(table))


def curve(table: Table) -> float:
    """What the options that are conceded so far are worth: the height of the lender's indifference curve."""
    steady = steady_plan(table)
    return worth(table, shape_of(table, steady or waived_settlement(table)))


def share_asked(table: Table, terms: Terms) -> float:
    """How much of the bot's authority terms would use, 1 for all of it, above 1 for more than there is.

    It measures a borrower's moves: who asks for less than before has moved.
    """
    used = [0.0]
    waivers = table.authority.settlement.waive
    if terms.kind == "plan" and terms.frequency is not None:
        most = table.most(terms.frequency, terms.down_payment)
        used.append(len(terms.instalments) / max(most, 1))
        waivers = table.authority.plan.waive
    if terms.kind == "promise":
        used.append(float((table.owed.minor - terms.to_pay.minor) / table.owed.minor) + 1)
    cap = table.most_waived(waivers).total.minor
    if terms.saved:
        used.append(terms.saved.minor / cap if cap else 2.0)
    return max(used)


def _left(table: Table) -> float | None:
    return None if table.surplus is None else table.surplus.minor / max(table.owed.minor, 1)


def is_better(terms: Terms, shown: Sequence[Terms]) -> bool:
    """Whether terms ask less of the borrower than everything shown so far: smaller payments, or more waived."""
    if terms.kind == "plan":
        return all(_a_month(terms) < _a_month(other) for other in shown if other.kind == "plan")
    return bool(terms.saved) and all(terms.saved > other.saved for other in shown if other.kind == "settlement")


def _a_month(terms: Terms) -> int:
    """What the heaviest part of a plan comes to in a month, in minor units, whatever its rhythm."""
    a_year = A_YEAR[terms.frequency] if terms.frequency else 12
    parts = [row.amount.minor * a_year // 12 for row in terms.instalments]
    return max([*parts, *([terms.down_payment.minor] if terms.down_payment else [])])


# -- the borrower's own terms


def consider(table: Table, proposal: Proposal) -> Answer:
    """Answers a borrower's own terms: taken where they are inside authority, else the nearest that can be offered."""
    if proposal.first_on is not None and proposal.first_on < table.today:
        proposal = replace(proposal, first_on=None)
    if proposal.names_plan or proposal.down_payment:
        answer = _consider_plan(table, proposal)
    else:
        answer = _consider_single(table, proposal)
    if proposal.at_time or proposal.channel:
        hour, channel = proposal.at_time or "", proposal.channel or ""
        dated = (replace(t, at_time=hour, channel=channel) if t.kind != "plan" else t for t in answer.options)
        answer = replace(answer, options=tuple(dated))
    if answer.verdict == "counter" and not answer.options:
        return Answer("nothing")
    return answer


def wanted(table: Table, proposal: Proposal) -> Terms | None:
    """A borrower's own terms completed as they stand, inside authority or not; None where they are no terms yet."""
    if proposal.names_plan or proposal.down_payment:
        built = _built(table, proposal, proposal.frequency or "monthly")
        return built[0] if built else None
    if proposal.lump_sum and proposal.first_on and proposal.first_on >= table.today:
        return promise(table, proposal.lump_sum, proposal.first_on)
    return None


def _consider_single(table: Table, proposal: Proposal) -> Answer:
    if proposal.lump_sum is None:
        return Answer("ask", missing="amount")
    if proposal.first_on is None:
        return Answer("ask", missing="date")
    named, day = proposal.lump_sum, proposal.first_on
    quick = day <= table.today + timedelta(days=table.authority.settlement.within_days)
    caps = table.authority.settlement.waive
    most = table.most_waived(caps) if quick else Balance.zero(table.owed.currency)
    whole = promise(table, table.owed, day)
    if named == table.owed and proposal.in_figures and inside(table, whole):
        terms = whole  # whoever names the whole sum is taken at their word
    elif settlement(table, day, most).to_pay <= named:
        # Enough for a settlement: no more is taken than is asked for now, and never more than was named.
        now = settlement(table, day, table.most_waived(caps, table.share) if quick else None)
        terms = now if now.to_pay <= named else settlement(table, day, most)
        terms = terms if terms.saved else whole
    else:
        terms = promise(table, named, day)
    if inside(table, terms):
        return Answer("accept", (terms,))
    rule = table.authority.promise
    latest = min(day, table.today + timedelta(days=rule.within_days))
    nearest = promise(table, max(named, table.owed.percent(rule.least_percent), key=lambda m: m.minor), latest)
    return Answer("counter", _distinct([nearest if inside(table, nearest) else None, steady_plan(table)]))


def _consider_plan(table: Table, proposal: Proposal) -> Answer:
    frequency: Frequency = proposal.frequency or "monthly"
    down = proposal.down_payment
    if down and down >= table.owed:
        return _consider_single(table, Proposal(lump_sum=down, first_on=proposal.first_on or table.today))
    proposal = _counted(table, proposal, frequency)
    if proposal.per_instalment is None and proposal.count is None:
        return Answer("ask", missing="amount") if proposal.paydays else Answer("counter", options(table, "plan"))
    built = _built(table, proposal, frequency)
    fitting = [terms for terms in built if inside(table, terms)]
    if proposal.per_instalment and proposal.count and len({len(terms.schedule) for terms in built}) > 1:
        # The amount and the count do not belong together: which of the two counts is the borrower's to say.
        if len(fitting) == 2:
            return Answer("clarify", tuple(fitting))
        other = _nearest(table, replace(proposal, count=None), frequency) if fitting else ()
        return Answer("counter", _distinct([*fitting, *other]) or _nearest(table, proposal, frequency))
    if fitting:
        trade = _better_for_both(table, fitting[0])
        return Answer("counter", (trade, fitting[0])) if trade else Answer("accept", (fitting[0],))
    return Answer("counter", _nearest(table, proposal, frequency))


def _counted(table: Table, proposal: Proposal, frequency: Frequency) -> Proposal:
    """A proposal with the count that its length of time means, or that its down payment leaves to be chosen."""
    count = proposal.count or _periods(proposal, frequency)
    if proposal.paydays and proposal.months and not proposal.count:
        count = proposal.months * len(proposal.paydays)
    if proposal.down_payment and not proposal.per_instalment and not count:
        count = max(1, int(table.most(frequency) * table.share))
    return replace(proposal, count=count)


def _built(table: Table, proposal: Proposal, frequency: Frequency) -> list[Terms]:
    """A borrower's own terms completed: by the count, and by the amount where it gives other terms."""
    proposal = _counted(table, proposal, frequency)
    rest = table.owed - proposal.down_payment if proposal.down_payment else table.owed
    count, amount = proposal.count, proposal.per_instalment
    named: list[Terms | None] = []
    if count and count <= min(rest.minor, MOST_PAYMENTS):
        named.append(_as_named(table, proposal, frequency, count=count))
    if amount and -(-rest.minor // amount.minor) <= MOST_PAYMENTS:
        named.append(_as_named(table, proposal, frequency, amount=min(amount, rest, key=lambda m: m.minor)))
    return list(_distinct(named))


def _as_named(
    table: Table, proposal: Proposal, frequency: Frequency, count: int | None = None, amount: Money | None = None
) -> Terms | None:
    """The plan that was named, inside authority or not."""
    try:
        return plan(
            table,
            count,
            frequency,
            amount=amount,
            down=proposal.down_payment,
            first_on=proposal.first_on,
            day_of_month=proposal.day_of_month,
            paydays=proposal.paydays,
            rest_on=proposal.rest_on,
        )
    except ValueError:  # an amount that never pays off the interest
        return None


def _nearest(table: Table, proposal: Proposal, frequency: Frequency) -> tuple[Terms, ...]:
    """The borrower's own terms moved as little as can be: onto the lender's indifference curve, inside authority.

    Beside them a second way: the amount that was named after a larger first payment, or a settlement.
    """
    if table.most(frequency) < 1:
        frequency = next(iter(table.frequencies), frequency)
        proposal = replace(proposal, paydays=())
    amount, down = proposal.per_instalment, proposal.down_payment
    first = min(proposal.first_on, table.latest_first) if proposal.first_on else None
    if table.least_down and (down is None or down < table.least_down):
        down = table.least_down
    rest = table.owed - down if down else table.owed
    settled = waived_settlement(table)
    if not rest:
        return (settled,)
    most, least = table.most(frequency, down), _least(table, frequency, down)
    asked = proposal.count or (-(-rest.minor // amount.minor) if amount else most)
    candidates: list[Terms | None] = []
    if 1 <= max(1, least) <= most:
        count = max(_allowed(table, frequency, down, asked, most), least)
        waived = table.most_waived(table.authority.plan.waive, table.share)
        rhythm = Rhythm(frequency, None if proposal.paydays else proposal.day_of_month, proposal.paydays)
        candidates.append(
            _fitting(
                table,
                count,
                frequency,
                down=down,
                first_on=first,
                day_of_month=rhythm.day_of_month,
                paydays=rhythm.paydays,
                waived=waived,
            )
        )
        if amount and not down and amount >= table.smallest and count > 1:
            start = table.owed - amount * (count - 1)
            if 0 < start.minor <= table.owed.minor // 2:
                on = first or min(first_after(table.today, rhythm), table.latest_first)
                candidates.append(_fitting(table, None, frequency, amount=amount, down=start, first_on=on))
    candidates += [settled if settled.saved and table.surplus is None else None, _other_rhythm(table, None)]
    found = _distinct(candidates)
    return found if found or table.surplus is not None else (settled,)


def _allowed(table: Table, frequency: Frequency, down: Money | None, asked: int, most: int) -> int:
    """The count nearest to what was asked: as it is where the authority has it, else what the share conceded so far
    allows, or with a down payment what is worth as much."""
    if asked <= most:
        return asked
    free, count = max(1, int(table.most(frequency) * table.share)), most
    if not down:
        return free
    height, rest = curve(table), 1 - down.minor / table.owed.minor
    every = float(DAYS_OF[frequency])
    while count > free and worth(table, Shape(count, rest / count, every, every, 1 - rest)) < height:
        count -= 1
    return count


def _better_for_both(table: Table, terms: Terms) -> Terms | None:
    """Lighter terms from which the lender expects more, where payments weighed too much before: a plan was broken.

    None where there is no such trade.
    """
    if not table.record.broken or terms.frequency is None or terms.saved or terms.down_payment:
        return None
    now, best = worth(table, shape_of(table, terms)), None
    height = now + BETTER_FOR_BOTH
    base = shape_of(table, terms)
    for count in range(base.count + 1, min(table.most(terms.frequency), 2 * base.count) + 1):
        value = worth(table, replace(base, count=count, each=1 / count))
        if value > height:
            best, height = count, value
    if best is None:
        return None
    return _fitting(table, best, terms.frequency, first_on=terms.schedule[0].due_on)


def _periods(proposal: Proposal, frequency: Frequency) -> int | None:
    """How many payments fit into the length of time that was named."""
    if proposal.months is None and proposal.days is None:
        return None
    days = (proposal.months or 0) * MONTH + (proposal.days or 0)
    if frequency == "monthly":
        return max(1, round(days / MONTH))
    return max(1, round(days / DAYS_IN[frequency]))


def _distinct(candidates: Sequence[Terms | None]) -> tuple[Terms, ...]:
    """At most two different terms, in order."""
    kept: list[Terms] = []
    for terms in candidates:
        if terms is not None and all(terms.schedule != other.schedule for other in kept):
            kept.append(terms)
    return tuple(kept[:2])
