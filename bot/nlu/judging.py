"""Weighing the readings of a message: plain functions, no Rasa."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot.nlu.safety import ACT, CONFIRM, SURE, Heard, SafetyReader, Said

OUT_OF_SCOPE, ABUSE = "out_of_scope", "abuse"
# Readings that say little more than that somebody is there; nobody is asked whether they meant one of these.
TRIFLES = frozenset(["greet", "goodbye", "thank", "affirm", "deny", "give_feedback", OUT_OF_SCOPE])
# What people say beside something else, and what a clause says clearly even out of its message. Hard cases are not
# among them: the second reader hears those.
BESIDE = frozenset(
    [
        "ask_balance",
        "ask_balance_breakdown",
        "ask_consequences",
        "ask_credit_impact",
        "ask_data_use",
        "ask_due_date",
        "ask_payment_history",
        "ask_payment_methods",
        "bot_challenge",
        "cannot_pay",
        "promise_payment",
        "propose_plan",
        "question_legitimacy",
        "report_hardship",
        "request_callback",
        "request_deferral",
        "request_document",
        "request_human",
        "request_plan",
        "request_waiver",
        "request_data_deletion",
        "set_contact_preference",
        "update_contact_details",
    ]
)
# Of these, only what a clause says counts: a single word is often half one of them.
OF_A_CLAUSE = frozenset(
    [
        *("ask_balance_breakdown", "ask_data_use", "ask_payment_history", "question_legitimacy"),
        *("request_data_deletion", "request_document", "set_contact_preference", "update_contact_details"),
    ]
)
# Nobody is asked whether they meant to insult.
UNASKED = TRIFLES | {ABUSE}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Limits:
    """Chances, 0 to 1, that decide; chosen by cross-validation on the training messages (docs/understanding.md)."""

    # A message is refused where its chance of lying out of scope is at least this, whatever else it may be.
    outside: float = 0.4
    # The best reading below this is none to act on.
    unsure: float = 0.3
    # Readings are close where the best is less likely than this and the second is at least `near` of it.
    clear: float = 0.45
    near: float = 0.6

    def as_json(self) -> dict[str, float]:
        return asdict(self)


@dataclass(frozen=True)
class Judged:
    """The ranking with the reading in force on top, and what is doubtful about it."""

    ranking: list[dict[str, Any]]
    heard: tuple[Heard, ...] = ()
    close: tuple[str, ...] = ()
    unsure: bool = False
    outside: float = 0.0

    def purposes(self, found: Sequence[str]) -> list[str]:
        """All purposes, the reading in force first."""
        first = self.ranking[0]["name"] if self.ranking else None
        others = [*(h.intent for h in self.heard if h.then == ACT), *found]
        return list(dict.fromkeys(name for name in (first, *others) if name))


def judge(text: str, ranking: Sequence[Row], safety: SafetyReader, limits: Limits, said: Sequence[Said] = ()) -> Judged:
    """Decides what a message is taken to say.

    ``ranking``: the model's, rows of ``name`` and ``confidence``; ``said``: what its clauses surely say.
    """
    turned = safety.turned_round(text)
    doubted = [dict(row) for row in ranking if row["name"] in turned and row["confidence"] < SURE]
    rows = [dict(row) for row in ranking if row["name"] not in turned or row["confidence"] >= SURE]
    if not rows:
        return Judged(doubted, unsure=True)
    judged = _judge(text, rows, safety, limits, said)
    return replace(judged, ranking=[*judged.ranking, *doubted])


def _judge(text: str, rows: list[dict[str, Any]], safety: SafetyReader, limits: Limits, said: Sequence[Said]) -> Judged:
    """The same without the readings that the words turn round; they come last, whatever their chance."""
    outside = next((row["confidence"] for row in rows if row["name"] == OUT_OF_SCOPE), 0.0)
    heard = tuple(safety.hear(text, rows, said))
    first = heard[0] if heard else None
    if first is not None and first.then == ACT:
        return Judged(_on_top(rows, first.intent), heard, outside=outside)
    if first is not None and first.then != CONFIRM and _is_abuse(rows[0], limits):
        return Judged(rows, heard, outside=outside)
    if first is not None:
        other = next((row["name"] for row in rows if row["name"] not in (first.intent, *UNASKED)), None)
        asked = (first.intent, other) if other else (first.intent,)
        return Judged(_on_top(rows, first.intent) if first.then == CONFIRM else rows, heard, asked, outside=outside)
    if outside >= limits.outside:
        return Judged(_on_top(rows, OUT_OF_SCOPE), outside=outside)
    best, second = rows[0], rows[1] if len(rows) > 1 else {"name": None, "confidence": 0.0}
    near = best["confidence"] < limits.clear and second["confidence"] >= limits.near * best["confidence"]
    if near and not UNASKED & {best["name"], second["name"]}:
        return Judged(rows, close=(best["name"], second["name"]), outside=outside)
    half_abuse = best["name"] == ABUSE and not _is_abuse(best, limits)
    return Judged(rows, unsure=best["confidence"] < limits.unsure or half_abuse, outside=outside)


def _is_abuse(best: Row, limits: Limits) -> bool:
    return best["name"] == ABUSE and best["confidence"] >= limits.clear


def _on_top(rows: Sequence[dict[str, Any]], intent: str) -> list[dict[str, Any]]:
    """The ranking with one intent first, at least as likely as any other."""
    highest = max(row["confidence"] for row in rows)
    own = next((row for row in rows if row["name"] == intent), {"name": intent, "confidence": 0.0})
    return [{**own, "confidence": max(own["confidence"], highest)}, *(row for row in rows if row["name"] != intent)]
