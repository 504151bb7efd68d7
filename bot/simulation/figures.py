"""Figures of simulated negotiations: means with bootstrap intervals, paired differences, groups, the worst of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sumprod
from typing import Any

from bot.simulation.play import Outcome
from bot.simulation.population import Borrower

Value = Callable[[Outcome], float]
RESAMPLES = 1000
LEAST_ROW = 30  # borrowers below which a group says nothing


@dataclass(frozen=True)
class Figure:
    """One figure of a strategy: the mean of ``value`` over the outcomes that ``counts`` lets in."""

    name: str
    title: str
    value: Value
    counts: Callable[[Outcome], bool] = lambda outcome: True
    share: bool = True


FIGURES = (
    Figure("agreement_rate", "Agreements", lambda o: o.agreed),
    Figure(
        "agreement_rate_in_zone", "Agreements where there is a zone of agreement", lambda o: o.agreed, lambda o: o.zone
    ),
    Figure("kept_value", "Money that arrives, of what is owed, in today's worth", lambda o: o.kept_value),
    Figure("borrower_surplus", "Borrower's utility (none without an agreement)", lambda o: o.utility),
    Figure(
        "left_over",
        "Left over a month, of what could be paid, after an agreement",
        lambda o: o.left_over,
        lambda o: o.agreed,
    ),
    Figure("plans_kept", "Agreements kept to the end", lambda o: o.kept, lambda o: o.agreed),
    Figure("waived", "Waived, of what is owed, in agreements", lambda o: o.waived, lambda o: o.agreed),
    Figure("rounds", "Rounds", lambda o: o.rounds, share=False),
    Figure("to_person", "Own terms handed to a person who may agree to them", lambda o: o.to_person),
)
PAIRED = ("kept_value", "borrower_surplus", "agreement_rate")
BY_NAME = {figure.name: figure for figure in FIGURES}
GROUPS: dict[str, Callable[[Borrower], str]] = {
    "language": lambda b: b.language,
    "manner": lambda b: b.manner,
    "typing": lambda b: "types" if b.types else "taps",
    "days past due": lambda b: _days(b.days_past_due),
    "stated means": lambda b: _stated(b),
    "arrears before": lambda b: "one broken" if b.record.broken else "none broken",
}


class Resampling:
    """Bootstrap samples of the same borrowers for every figure, so that differences are paired."""

    def __init__(self, count: int, seed: int, times: int = RESAMPLES) -> None:
        dice = random.Random(f"resampling/{seed}")  # noqa: S311
        levels = [float(number) for number in range(count + 1)]  # one object a level: there are millions of counts
        self.counts: list[list[float]] = []
        for _ in range(times):
            drawn = [0] * count
            for number in dice.choices(range(count), k=count):
                drawn[number] += 1
            self.counts.append([levels[number] for number in drawn])

    def interval(self, values: Sequence[float], weights: Sequence[float]) -> tuple[float, float]:
        """The middle 95 per cent of the mean of values by weights (1 where an outcome counts, else 0)."""
        found = []
        for row in self.counts:
            whole = sumprod(row, weights)
            found.append(sumprod(row, values) / whole if whole else 0.0)
        found.sort()
        cut = int(len(found) * 0.025)
        return found[cut], found[-1 - cut]


def measure(
    borrowers: Sequence[Borrower], played: Mapping[str, Sequence[Outcome]], seed: int, times: int = RESAMPLES
) -> dict[str, Any]:
    """All figures by strategy, the paired differences of the first strategy to the others, and its groups."""
    samples = Resampling(len(borrowers), seed, times)
    first = next(iter(played))
    return {
        "strategies": {
            name: {figure.name: _figure(figure, outcomes, samples) for figure in FIGURES}
            for name, outcomes in played.items()
        },
        "differences": {
            other: {name: _difference(BY_NAME[name], played[first], played[other], samples) for name in PAIRED}
            for other in played
            if other != first
        },
        "groups": groups(borrowers, played),
    }


def groups(borrowers: Sequence[Borrower], played: Mapping[str, Sequence[Outcome]]) -> list[dict[str, Any]]:
    """The figures of each group of borrowers under every strategy; the worst agreement of the first comes first.

    The worst row is the one with the fewest agreements where there is a zone of agreement.
    """
    first = next(iter(played))
    rows = []
    for kind, key in {**GROUPS, "income": _tertiles(borrowers)}.items():
        members: dict[str, list[int]] = {}
        for place, borrower in enumerate(borrowers):
            members.setdefault(key(borrower), []).append(place)
        for name, places in sorted(members.items()):
            if len(places) >= LEAST_ROW:
                chosen = {strategy: [outcomes[p] for p in places] for strategy, outcomes in played.items()}
                rows.append({"kind": kind, "group": name, "borrowers": len(places), **_row(chosen, first)})
    return sorted(rows, key=lambda row: row["strategies"][first]["agreement_rate_in_zone"])


def _row(chosen: Mapping[str, Sequence[Outcome]], first: str) -> dict[str, Any]:
    names = ("agreement_rate", "agreement_rate_in_zone", "kept_value", "borrower_surplus", "plans_kept", "rounds")
    found = {
        strategy: {name: rounded(_mean(BY_NAME[name], outcomes)) for name in names}
        for strategy, outcomes in chosen.items()
    }
    return {"in_zone": sum(o.zone for o in chosen[first]), "strategies": found}


def _figure(figure: Figure, outcomes: Sequence[Outcome], samples: Resampling) -> dict[str, float]:
    weights = [float(figure.counts(o)) for o in outcomes]
    values = [float(figure.value(o)) * w for o, w in zip(outcomes, weights, strict=True)]
    low, high = samples.interval(values, weights)
    return {"mean": rounded(_mean(figure, outcomes)), "low": rounded(low), "high": rounded(high)}


def _difference(
    figure: Figure, ours: Sequence[Outcome], theirs: Sequence[Outcome], samples: Resampling
) -> dict[str, float]:
    values = [float(figure.value(a)) - float(figure.value(b)) for a, b in zip(ours, theirs, strict=True)]
    low, high = samples.interval(values, [1.0] * len(values))
    return {"mean": rounded(sum(values) / max(len(values), 1)), "low": rounded(low), "high": rounded(high)}


def _mean(figure: Figure, outcomes: Sequence[Outcome]) -> float:
    values = [float(figure.value(o)) for o in outcomes if figure.counts(o)]
    return sum(values) / len(values) if values else 0.0


def _tertiles(borrowers: Sequence[Borrower]) -> Callable[[Borrower], str]:
    """Low, middle or high income among those of the same currency."""
    incomes: dict[str, list[int]] = {}
    for borrower in borrowers:
        incomes.setdefault(borrower.currency, []).append(borrower.income.minor)
    bounds = {}
    for currency, found in incomes.items():
        found.sort()
        bounds[currency] = (found[len(found) // 3], found[2 * len(found) // 3])

    def name(borrower: Borrower) -> str:
        low, high = bounds[borrower.currency]
        return "low" if borrower.income.minor < low else "middle" if borrower.income.minor < high else "high"

    return name


def _days(days: int) -> str:
    return "not yet due" if days <= 0 else "1 to 60" if days <= 60 else "61 to 180" if days <= 180 else "181 and more"


def _stated(borrower: Borrower) -> str:
    if borrower.stated is None:
        return "not stated"
    return (
        "stated too low"
        if borrower.honesty < 0.9
        else "stated too high"
        if borrower.honesty > 1.1
        else "stated about right"
    )


def rounded(value: float) -> float:
    """A figure as it is written: four decimals, the same on every machine."""
    return round(value, 4)
