"""A whole simulation: everybody plays with every strategy, and the figures of it."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.keeping import KeepingModel
from bot.domain.policy import OfferPolicy
from bot.simulation import figures
from bot.simulation.accord import ACCORD
from bot.simulation.fairness import unlike
from bot.simulation.play import Channel, Outcome, Talk, outcome, play, zone_of_agreement
from bot.simulation.population import Borrower, PopulationRules, endless, population, rules
from bot.simulation.strategies import BASELINES, Strategy

STRATEGIES = (ACCORD, *BASELINES)
REPORTED_SEED = 2026  # never used for choosing anything; seeds 1 to 5 are for that
FAIR = 20  # one borrower of so many is compared with twins
NOTE = (
    "Simulation, not a field trial: borrowers are drawn from stated assumptions. In the field people keep what they "
    "promise to a machine less than what they promise to a person (Choi, Huang, Yang & Zhang, NBER w33669)."
)


@dataclass(frozen=True)
class World:
    """What is the same for everybody who plays."""

    policy: OfferPolicy
    model: KeepingModel
    rules: PopulationRules

    def talk(self, strategy: Strategy, borrower: Borrower, channel: Channel | None = None) -> Talk | None:
        """One negotiation; None where the policy lets nothing be offered."""
        played = play(strategy, borrower, self.policy, self.model, channel)
        return None if played is None else played[1]

    def outcome(
        self, strategy: Strategy, borrower: Borrower, zone: bool, channel: Channel | None = None
    ) -> tuple[Talk | None, Outcome]:
        """One negotiation and what came of it."""
        talk = self.talk(strategy, borrower, channel)
        found = talk or Talk(None, (), 0, 0, 0, False)
        again: Callable[[Borrower], Talk | None] = lambda later: self.talk(strategy, later)  # noqa: E731
        return talk, outcome(borrower, found, zone, self.rules.life, again)

    def zone(self, borrower: Borrower) -> bool:
        return zone_of_agreement(borrower, self.policy, self.model)


def simulate(
    policy: OfferPolicy,
    model: KeepingModel,
    borrowers: int,
    seed: int,
    resamples: int = figures.RESAMPLES,
    strategies: Sequence[Strategy] = STRATEGIES,
) -> dict[str, Any]:
    """Everybody plays with every strategy; the figures as `accord simulate --json` prints them."""
    world, people = World(policy, model, rules()), population(borrowers, seed)
    zones = [world.zone(borrower) for borrower in people]
    played: dict[str, list[Outcome]] = {}
    spent = array("Q")
    concessions: dict[str, Any] = {}
    for strategy in strategies:
        talks, played[strategy.name] = [], []
        for borrower, zone in zip(people, zones, strict=True):
            talk, came = world.outcome(strategy, borrower, zone)
            played[strategy.name].append(came)
            if talk is not None:
                talks.append(talk)
        concessions[strategy.name] = _concession(talks)
        if strategy.name == ACCORD.name:
            for talk in talks:
                spent.extend(talk.nanoseconds)
    found = figures.measure(people, played, seed, resamples)
    mine = played[ACCORD.name]
    return {
        "note": NOTE,
        "seed": seed,
        "borrowers": borrowers,
        "in_zone": sum(zones),
        "policy": {"name": policy.name, "version": policy.version},
        **found,
        "titles": {strategy.name: strategy.title for strategy in strategies},
        "concession": concessions,
        "authority": {
            "turns": sum(o.turns for o in mine),
            "outside": {name: sum(o.outside for o in outcomes) for name, outcomes in played.items()},
        },
        "fairness": unlike(people[::FAIR], lambda borrower: world.talk(ACCORD, borrower)),
        "timing": timing(spent),
    }


def count_turns(policy: OfferPolicy, model: KeepingModel, turns: int, seed: int) -> dict[str, Any]:
    """Plays Accord with one borrower after the other until so many turns were made; every offer is checked."""
    world = World(policy, model, rules())
    spent, outside, people, offers = array("Q"), 0, 0, 0
    for borrower in endless(seed):
        talk = world.talk(ACCORD, borrower)
        people += 1
        if talk is not None:
            spent.extend(talk.nanoseconds)
            outside += talk.outside
            offers += sum(map(len, talk.offers))
        if len(spent) >= turns:
            break
        if people % 20000 == 0:
            print(f"{len(spent):,} turns, {outside} offers outside authority", file=sys.stderr)
    return {
        "note": NOTE,
        "seed": seed,
        "borrowers": people,
        "turns": len(spent),
        "offers": offers,
        "outside": outside,
        "timing": timing(spent),
    }


def timing(spent: Sequence[int]) -> dict[str, float]:
    """Processor time of a decision in milliseconds; the one part of the figures that differs from run to run."""
    ordered = sorted(spent) or [0]

    def at(share: float) -> float:
        return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)] / 1e6, 4)

    return {"median_ms": at(0.5), "p99_ms": at(0.99), "most_ms": at(1.0)}


def _concession(talks: Sequence[Talk]) -> list[dict[str, float]]:
    """How far the offers went by round: the longest plan that was put and the most that was waived, on average."""
    rows = []
    for number in range(6):
        lengths, waived = [], []
        for talk in talks:
            if number < len(talk.offers):
                offers = talk.offers[number]
                lengths.append(
                    max((len(t.instalments) / DAYS_A_MONTH[t.frequency] for t in offers if t.frequency), default=0)
                )
                waived.append(max((t.saved.minor / t.owed.minor for t in offers), default=0.0))
        if not lengths:
            break
        counted = [x for x in lengths if x]
        rows.append(
            {
                "round": number + 1,
                "talks": len(lengths),
                "months": figures.rounded(sum(counted) / max(len(counted), 1)),
                "waived": figures.rounded(sum(waived) / len(waived)),
            }
        )
    return rows


DAYS_A_MONTH = {"weekly": 52 / 12, "biweekly": 26 / 12, "monthly": 1.0}
