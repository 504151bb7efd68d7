"""Rounds: how a negotiation goes on from move to move. Pure functions of where it stands.

The service keeps where a negotiation stands in the ledger, the simulation in memory; both call these functions, so
that what is simulated is what is served.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.domain import negotiation
from bot.domain.negotiation import Wish
from bot.domain.offer import Terms
from bot.domain.proposal import Proposal
from bot.domain.table import Table


@dataclass(frozen=True)
class Standing:
    """Where a negotiation stands before a borrower's move.

    ``offered``: what they can still take; ``shown``: everything that was offered and has not run out;
    ``asked_share``: how much of the authority the terms that they named last would use.
    """

    table: Table
    offered: tuple[Terms, ...] = ()
    shown: tuple[Terms, ...] = ()
    asked_share: float | None = None


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
    for table in _rounds_after(standing.table):
        better = tuple(t for t in negotiation.options(table, wish) if negotiation.is_better(t, standing.shown))
        if any((t.kind == "plan") == (wish == "plan") for t in better) or (better and table.last_round):
            return Move("put", table, better)
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
    if standing.offered:
        if table.last_round:
            return Move("final", table, named=named)
        table = next_round(table, moved(table, standing.asked_share, named))
        answer = negotiation.consider(table, proposal)
    return Move("unaffordable" if answer.verdict == "nothing" else "put", table, answer.options, named)


def next_round(table: Table, moved: float) -> Table:
    """The table of the next round, after a move of the borrower's towards the lender (0 to 1)."""
    return replace(table, round=table.round + 1, conceded=negotiation.next_share(table, moved))


def moved(table: Table, asked_share: float | None, named: Terms | None) -> float:
    """How far the borrower came towards what was conceded since they last named terms, 0 to 1."""
    if named is None or asked_share is None:
        return 0.0
    now, conceded = negotiation.share_asked(table, named), float(table.share)
    return max(0.0, (asked_share - now) / (asked_share - conceded)) if asked_share > conceded else 0.0


def as_change(proposal: Proposal, offered: Sequence[Terms], chosen: Terms | None = None) -> Proposal:
    """Terms named while something is on the table, read as a change of what was read back, or else of the first."""
    meant = chosen if chosen is not None else next(iter(offered), None)
    return proposal.amending(meant) if meant is not None else proposal


def _rounds_after(table: Table) -> Iterator[Table]:
    while not table.last_round:
        table = next_round(table, moved=0)
        yield table
