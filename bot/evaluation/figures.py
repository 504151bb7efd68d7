"""The figures of understanding, computed from examples and how they were read. Plain functions, no Rasa."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

from bot.evaluation.sets import Example, Mention

OUT_OF_SCOPE = "out_of_scope"
_PERIOD = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")


@dataclass(frozen=True)
class Reading:
    """How a message was read: the intent in force, the model's ranking, what else it says, its entities, its cost."""

    intent: str
    ranking: dict[str, float]
    purposes: tuple[str, ...] = ()
    mentions: tuple[Mention, ...] = ()
    outside: float = 0.0
    heard: tuple[str, ...] = ()
    milliseconds: float = 0.0


Pair = tuple[Example, Reading]


@dataclass
class Tally:
    """Hits out of a number of chances."""

    hits: int = 0
    chances: int = 0

    @property
    def share(self) -> float:
        return self.hits / self.chances if self.chances else 0.0

    def add(self, hit: bool) -> None:
        self.hits += hit
        self.chances += 1

    def as_json(self) -> dict[str, Any]:
        return {"share": round(self.share, 4), "hits": self.hits, "of": self.chances}


def accuracy(pairs: Iterable[Pair], key: Callable[[Example], str]) -> dict[str, dict[str, Tally]]:
    """Strict accuracy and with second readings accepted, by a key of the example such as its language."""
    tallies: dict[str, dict[str, Tally]] = defaultdict(lambda: {"strict": Tally(), "accepted": Tally()})
    for example, reading in pairs:
        for group in ("all", key(example)):
            tallies[group]["strict"].add(reading.intent == example.intent)
            tallies[group]["accepted"].add(reading.intent in example.accepted)
    return dict(tallies)


@dataclass
class PerIntent:
    """How well one intent is told apart; a second reading that a judge would accept is no error."""

    recall: Tally = field(default_factory=Tally)
    precision: Tally = field(default_factory=Tally)


def per_intent(pairs: Iterable[Pair]) -> dict[str, PerIntent]:
    """Precision and recall of each intent."""
    found: dict[str, PerIntent] = defaultdict(PerIntent)
    for example, reading in pairs:
        right = reading.intent in example.accepted
        found[example.intent].recall.add(right)
        found[reading.intent].precision.add(right)
    return dict(sorted(found.items()))


def confusions(pairs: Iterable[Pair]) -> list[tuple[str, str, list[str]]]:
    """Pairs of intents that are confused (labelled, read, messages), the most frequent first."""
    mistaken: dict[tuple[str, str], list[str]] = defaultdict(list)
    for example, reading in pairs:
        if reading.intent not in example.accepted:
            mistaken[example.intent, reading.intent].append(example.text)
    return sorted(((a, b, texts) for (a, b), texts in mistaken.items()), key=lambda row: -len(row[2]))


def safety_recall(pairs: Iterable[Pair], safety: Sequence[str]) -> dict[str, dict[str, Tally]]:
    """How often a safety intent is caught: as the intent in force, or else confirmed with the borrower.

    ``read``: the reading in force is the label or an accepted second one. ``caught``: that, or either reader heard
    it and the borrower is asked.
    """
    tallies: dict[str, dict[str, Tally]] = defaultdict(lambda: {"read": Tally(), "caught": Tally()})
    tallies["all"] = {"read": Tally(), "caught": Tally()}
    for example, reading in pairs:
        if example.intent not in safety:
            continue
        read = reading.intent in example.accepted
        for group in ("all", example.intent):
            tallies[group]["read"].add(read)
            tallies[group]["caught"].add(read or bool(set(reading.heard) & set(example.accepted)))
    return dict(tallies)


def out_of_scope_curve(pairs: Sequence[Pair]) -> list[dict[str, float]]:
    """In-scope accuracy (second readings accepted) and out-of-scope recall as the gate closes step by step.

    A message is refused where its score of lying outside is at least the threshold.
    """
    inside = [(e, r) for e, r in pairs if e.intent != OUT_OF_SCOPE]
    outside = [r for e, r in pairs if e.intent == OUT_OF_SCOPE]
    curve = []
    for step in range(101):
        threshold = 1.0 - step / 100
        kept = sum(_inside(r) in e.accepted and r.outside < threshold for e, r in inside)
        refused = sum(r.outside >= threshold for r in outside)
        curve.append(
            {
                "threshold": round(threshold, 2),
                "in_scope_accuracy": kept / len(inside),
                "out_of_scope_recall": refused / len(outside),
            }
        )
    return curve


def _inside(reading: Reading) -> str:
    """The best reading that lies in scope."""
    if reading.intent != OUT_OF_SCOPE:
        return reading.intent
    return next((name for name in reading.ranking if name != OUT_OF_SCOPE), "")


def recall_at_loss(curve: Sequence[dict[str, float]], points: float = 0.02) -> float:
    """The best out-of-scope recall while in-scope accuracy falls by at most so much from its highest."""
    highest = max(row["in_scope_accuracy"] for row in curve)
    return max(row["out_of_scope_recall"] for row in curve if row["in_scope_accuracy"] >= highest - points - 1e-9)


def recall_at_accuracy(curve: Sequence[dict[str, float]], least: float) -> float:
    """The best out-of-scope recall while in-scope accuracy is at least so much; 0 where it never is."""
    return max((row["out_of_scope_recall"] for row in curve if row["in_scope_accuracy"] >= least), default=0.0)


def entity_figures(pairs: Iterable[Pair]) -> dict[str, Any]:
    """Exact match of entities (kind, value, role): recall and precision by kind, and messages that are wholly right."""
    recall: dict[str, Tally] = defaultdict(Tally, all=Tally())
    precision: dict[str, Tally] = defaultdict(Tally, all=Tally())
    whole = Tally()
    misses = []
    for example, reading in pairs:
        wanted, got = Counter(map(comparable, example.mentions)), Counter(map(comparable, reading.mentions))
        if wanted or got:
            whole.add(wanted == got)
        if wanted != got:
            misses.append(
                {
                    "text": example.text,
                    "missed": [_words(m) for m in (wanted - got).elements()],
                    "wrong": [_words(m) for m in (got - wanted).elements()],
                }
            )
        for mention, count in wanted.items():
            for number in range(count):
                for group in ("all", mention[0]):
                    recall[group].add(number < got[mention])
        for mention, count in got.items():
            for number in range(count):
                for group in ("all", mention[0]):
                    precision[group].add(number < wanted[mention])
    return {"recall": dict(recall), "precision": dict(precision), "messages": whole, "misses": misses}


def comparable(mention: Mention) -> tuple[str, str, str]:
    """A mention in a form in which equal values are equal: 1500 and 1500.0, P2W and P14D."""
    value = mention.value
    if value is None:
        text = ""
    elif mention.entity == "duration":
        text = str(_days(str(value)))
    elif isinstance(value, (int, float)):
        text = f"{float(value):.2f}"
    else:
        try:
            text = f"{float(value):.2f}" if mention.entity in ("money", "percentage") else str(value).lower()
        except ValueError:
            text = str(value).lower()
    if mention.entity in ("day_of_month", "instalments", "option") and value is not None:
        text = str(int(value))
    return mention.entity, text, mention.role or ""


def _days(duration: str) -> float:
    """The length of an ISO 8601 duration in days; a month counts 30 and a year 360, so that P12M is P1Y."""
    parts = _PERIOD.fullmatch(duration)
    if parts is None:
        return -1.0
    years, months, weeks, days, hours, minutes = (int(part or 0) for part in parts.groups())
    return years * 360 + months * 30 + weeks * 7 + days + hours / 24 + minutes / 1440


def _words(mention: tuple[str, str, str]) -> str:
    return " ".join(part for part in mention if part)


def purpose_figures(pairs: Iterable[Pair]) -> dict[str, Tally]:
    """Messages with several purposes: how many purposes are found, and how many of the found ones are there."""
    recall, precision = Tally(), Tally()
    for example, reading in pairs:
        found = {reading.intent, *reading.purposes}
        if len(example.purposes) > 1:
            for purpose in example.purposes:
                recall.add(purpose in found)
        for purpose in reading.purposes:
            if purpose != reading.intent:
                precision.add(purpose in (*example.purposes, *example.accepted))
    return {"recall": recall, "precision": precision}


def latency(pairs: Sequence[Pair]) -> dict[str, float]:
    """Milliseconds of processor time a message: median, and 95 of 100 are below."""
    times = [reading.milliseconds for _, reading in pairs]
    return {"median": round(median(times), 1), "p95": round(quantiles(times, n=20)[18], 1)}
