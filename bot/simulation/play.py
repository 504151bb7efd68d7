"""One negotiation from the first word to its end, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.domain.authority import inside
from bot.domain.building import plan, settlement
from bot.domain.keeping import MONTH, KeepingModel
from bot.domain.offer import Terms
from bot.domain.policy import OfferPolicy
from bot.domain.table import Table
from bot.simulation.life import after_promise, burden, discount, live, without_agreement
from bot.simulation.mind import Act, Heard, Mind, utility
from bot.simulation.population import TODAY, Borrower, LifeRules
from bot.simulation.strategies import FULL_PAYMENT, Player, Strategy

MOST_TURNS = 40
Channel = Callable[[Mind, Act, Player], Act | None]  # how an act arrives; None: not as anything that can be answered


@dataclass(frozen=True)
class Talk:
    """How a negotiation went. ``offers``: what was put in each turn; ``outside``: offers outside authority."""

    agreed: Terms | None
    offers: tuple[tuple[Terms, ...], ...]
    rounds: int
    turns: int
    outside: int
    to_person: bool
    nanoseconds: tuple[int, ...] = field(default=(), compare=False)


Again = Callable[[Borrower], Talk | None]  # the talk about what a promise has left


@dataclass(frozen=True)
class Outcome:
    """What a talk comes to, as shares of what is owed: what arrives, what was waived, what is left to the borrower."""

    agreed: bool
    zone: bool
    kept: bool
    kept_value: float
    utility: float
    left_over: float
    waived: float
    rounds: int
    turns: int
    outside: int
    to_person: bool


def talk(strategy: Strategy, table: Table, borrower: Borrower, channel: Channel | None = None) -> Talk:
    """Plays one negotiation; every offer is checked against the authority by itself."""
    player, mind = strategy.starts(table), Mind(borrower)
    act, offers, spent = mind.opens(), [], []
    agreed, outside, heard = None, 0, Heard("ask")
    for _ in range(MOST_TURNS):
        if act.kind == "leave":
            break
        said = channel(mind, act, player) if channel else act
        if said is None:  # not understood: said again in other words, and a round of patience is gone
            mind.round += 1
            if mind.over():
                break
            act = mind.answers(heard) if heard.offers else act
            continue
        begun = time.thread_time_ns()
        heard = player.answer(said)
        spent.append(time.thread_time_ns() - begun)
        outside += sum(not inside(table, terms) for terms in heard.offers)
        if heard.state == "end":
            agreed = heard.offers[0] if heard.offers else None
            break
        offers.append(heard.offers)
        act = mind.answers(heard)
    person = bool(getattr(player, "awaiting", False)) and agreed is None
    return Talk(agreed, tuple(offers), mind.round + 1, len(spent), outside, person, tuple(spent))


def outcome(borrower: Borrower, found: Talk, zone: bool, rules: LifeRules, again: Again | None = None) -> Outcome:
    """What a talk comes to once it has been lived through; ``again`` plays the talk about what a promise left."""
    terms = found.agreed
    shared = (found.rounds, found.turns, found.outside, found.to_person)
    if terms is None:
        return Outcome(False, zone, False, without_agreement(borrower, rules), 0.0, 0.0, 0.0, *shared)
    life = live(borrower, terms, rules)
    arrived = life.arrived
    if life.comes_back and again is not None:
        arrived += _from_the_rest(borrower, terms, rules, again)
    left = max(1 - burden(borrower, terms), 0.0)
    waived = terms.saved.minor / terms.owed.minor
    return Outcome(True, zone, life.kept, arrived, utility(borrower, terms), left, waived, *shared)


def _from_the_rest(borrower: Borrower, terms: Terms, rules: LifeRules, again: Again) -> float:
    """What the second talk brings above what would have come in of the rest without one."""
    later = after_promise(borrower, terms)
    talked = again(later)
    if talked is None or talked.agreed is None:
        return 0.0
    worth = live(later, talked.agreed, rules).arrived - without_agreement(later, rules)
    months = (terms.ends_on - TODAY).days / MONTH
    share: float = worth * later.owed.minor / borrower.owed.minor * discount(rules) ** months
    return share


def zone_of_agreement(borrower: Borrower, policy: OfferPolicy, model: KeepingModel) -> bool:
    """Whether any terms that clear the debt lie inside the whole authority and within the borrower's true means."""
    table = FULL_PAYMENT.table(borrower, policy, model)
    if table is None:
        return False
    lightest = [plan(table, most, f) for f in table.frequencies if (most := table.most(f)) >= 2]
    soonest = settlement(table, waived=table.most_waived(table.authority.settlement.waive))
    return any(inside(table, terms) and burden(borrower, terms) <= 1 for terms in [*lightest, soonest])


def play(
    strategy: Strategy,
    borrower: Borrower,
    policy: OfferPolicy,
    model: KeepingModel,
    channel: Channel | None = None,
) -> tuple[Table, Talk] | None:
    """Seats a borrower at a strategy's table and plays; None where the policy lets nothing be offered."""
    table = strategy.table(borrower, policy, model)
    return None if table is None else (table, talk(strategy, table, borrower, channel))
