"""Rounds: how a negotiation goes on from move to move. Pure functions of where it stands.

The service keeps where a negotiation stands in the ledger, the simulation in memory; both call these functions, so
that what is simulated is what is served. How much of the authority the next round concedes is `bot.domain.concession`'s
to say: the outcomes are what could be offered on this debt, their value to the lender is the share of the authority
that they leave unused, and the borrower's own terms are the moves that it answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_UP, Decimal
from typing import Literal

from bot.domain import negotiation
from bot.domain.concession import Features, Negotiator, Tactics, moment
from bot.domain.keeping import MONTH
from bot.domain.negotiation import Wish
from bot.domain.offer import Terms
from bot.domain.proposal import Proposal
from bot.domain.schedule import Frequency
from bot.domain.table import DAYS_OF, Table

LONGEST = 1096.0  # days that count as a length of 1
# How much the largest payment, the total and the length are thought to please a borrower before they have spoken.
LEANING = (-0.6, -0.3, 0.1)


@dataclass(frozen=True)
class Standing:
    """Where a negotiation stands before a borrower's move.

    ``offered``: what they can still take; ``shown``: everything that was offered and has not run out.
    """

    table: Table
    offered: tuple[Terms, ...] = ()
    shown: tuple[Terms, ...] = ()


@dataclass(frozen=True)
class Move:
    """What is done about a borrower's move, at the table of the round that it leads to.

    ``put``: the options are offered; ``take``: the borrower's own terms, completed, are read back; ``clarify``: the
    options are what contradictory words can mean; ``ask``: ``missing`` has to be known first; ``final``: the rounds
    are over; ``unaffordable``: nothing fits. ``named``: the terms that the borrower named, where they are any.
    """

    state: Literal["put", "take", "clarify", "ask", "final", "unaffordable"]
    table: Table
    options: tuple[Terms, ...] = ()
    named: Terms | None = None
    missing: Literal["", "amount", "date"] = ""


def offer(standing: Standing, wish: Wish) -> Move:
    """What is put to a borrower who wishes for something and names no terms."""
    options = negotiation.options(standing.table, wish)
    return Move("put" if options else "unaffordable", standing.table, options)


def improve(standing: Standing) -> Move:
    """Answers a refusal: a round with something better, or the end of the rounds.

    A round with nothing better of what is talked about is passed over; the last may better the other way. Where no
    round has anything better, all that can be offered is put once more as the last offer before the rounds are over.
    """
    if not standing.offered:
        return offer(standing, "plan")
    # A settlement without a reduction is more time, not a reduction: who turns it down has less to pay with.
    first = standing.offered[0]
    wish: Wish = "waiver" if first.kind == "settlement" and first.saved else "plan"
    table = standing.table
    for table in _rounds_after(at_least(standing.table, standing.offered)):
        options = negotiation.options(table, wish)
        better = [t for t in options if negotiation.is_better(t, standing.shown)]
        if any((t.kind == "plan") == (wish == "plan") for t in better):
            return Move("put", table, tuple(better))
        if better and table.last_round:  # what was talked about stays beside what is better the other way
            return Move("put", table, options)
    if standing.table.last_round:
        return Move("final", table)
    return offer(replace(standing, table=table), wish)


def consider(standing: Standing, proposal: Proposal) -> Move:
    """Answers terms that the borrower named; a counter-offer while something is on the table is another round."""
    table = standing.table
    answer = negotiation.consider(table, proposal)
    if answer.verdict == "ask":
        return Move("ask", table, missing=answer.missing)
    if answer.verdict == "accept":
        return Move("take", table, answer.options)
    if answer.verdict == "clarify":
        return Move("clarify", table, answer.options)
    named = negotiation.wanted(table, proposal)
    table = heard(table, named)
    if standing.offered:
        if table.last_round:
            return Move("final", table, named=named)
        table = next_round(at_least(table, standing.offered))
        answer = negotiation.consider(table, proposal)
        while answer.options == standing.offered and not table.last_round:
            table = next_round(table)  # the same once more is no answer
            answer = negotiation.consider(table, proposal)
    return Move("unaffordable" if answer.verdict == "nothing" else "put", table, answer.options, named)


def heard(table: Table, named: Terms | None) -> Table:
    """The table after the borrower named terms, whole or not, inside authority or not."""
    if named is None:
        return table
    move = (table.round, features(table, named), 1 - negotiation.share_asked(table, named))
    return replace(table, moves=(*table.moves, move))


def at_least(table: Table, offered: Sequence[Terms]) -> Table:
    """The table with no less conceded than what the borrower can take already."""
    shares = [negotiation.share_asked(table, terms) for terms in offered if terms.kind != "promise"]
    share = Decimal(str(min(max(shares, default=0.0), 1.0))).quantize(Decimal("0.000001"), ROUND_UP)
    return replace(table, conceded=max(table.share, share))


def next_round(table: Table) -> Table:
    """The table of the next round: the share that the time and the borrower's moves have earned.

    At least one instalment more than before, so that no round is empty; what is held back stays until the last.
    """
    number, rounds = table.round + 1, table.policy.rounds
    core = Negotiator(_outcomes(table), 0.0, _tactics(table), LEANING)
    for round_number, named, value in table.moves:
        core.hear(named, moment(round_number, rounds), value)
    earned = Decimal(str(round(1 - core.aspiration(moment(number, rounds)), 4)))
    earned = min(max(earned, _one_more(table)), table.kept_back)
    return replace(table, round=number, conceded=max(table.share, earned))


def _one_more(table: Table) -> Decimal:
    """The share at which the longest plan has one instalment more than now."""
    most = table.most(next(iter(table.frequencies), "monthly"))
    more = Decimal(int(most * table.share) + 1) / max(most, 1)
    return more.quantize(Decimal("0.000001"), ROUND_UP)


def features(table: Table, terms: Terms) -> Features:
    """What terms ask of a borrower, each from 0 to 1: the largest payment in a month, the total, how long it lasts."""
    shape = negotiation.shape_of(table, terms)
    days = (terms.ends_on - table.today).days
    return (min(shape.a_month, 1.0), min(terms.to_pay.minor / table.owed.minor, 1.0), min(days / LONGEST, 1.0))


def _outcomes(table: Table) -> list[tuple[Features, float]]:
    """What could be offered on this debt: plans of every length, settlements with every waiver."""
    frequency: Frequency = next(iter(table.frequencies), "monthly")
    most, days = table.most(frequency), DAYS_OF[frequency]
    a_month = MONTH / days
    found: list[tuple[Features, float]] = [
        ((min(a_month / count, 1.0), 1.0, min(days * count / LONGEST, 1.0)), 1 - count / most)
        for count in range(2, most + 1)
    ]
    waived = table.most_waived(table.authority.settlement.waive).total.minor / table.owed.minor
    within = min(table.authority.settlement.within_days / LONGEST, 1.0)
    found += [((1.0 - waived * part / 4,) * 2 + (within,), 1 - part / 4) for part in range(5)]
    return found


def _tactics(table: Table) -> Tactics:
    return Tactics(opening_share=float(table.opening), hold_back=float(table.policy.hold_back_percent) / 100)


def as_change(proposal: Proposal, offered: Sequence[Terms], chosen: Terms | None = None) -> Proposal:
    """Terms named while something is on the table, read as a change of what was read back, or else of the first option
    that they can be a change of."""
    meant = chosen if chosen is not None else _changed(proposal, offered)
    return proposal.amending(meant) if meant is not None else proposal


def _changed(proposal: Proposal, offered: Sequence[Terms]) -> Terms | None:
    """Which option somebody changes: an amount that is not all of one and names no day is paid each time, wherever
    instalments were shown at all."""
    amount = proposal.lump_sum
    same = next((terms for terms in offered if terms.kind != "plan" and terms.to_pay == amount), None)
    if amount is not None and same is None and proposal.first_on is None:
        plan = next((terms for terms in offered if terms.kind == "plan" and amount < terms.owed), None)
        if plan is not None:
            return plan
    return same or next(iter(offered), None)


def _rounds_after(table: Table) -> Iterator[Table]:
    while not table.last_round:
        table = next_round(table)
        yield table
