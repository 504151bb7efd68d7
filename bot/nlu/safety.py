"""A second reader for what must not be missed, independent of the model: plain words of both languages.

The words stand in `policies/safety.yml`, and so does the table of what happens where the two readers disagree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

FILE = Path(__file__).resolve().parents[2] / "policies" / "safety.yml"
# So much of a message is read.
LONGEST = 600
CERTAINTIES = ("certain", "likely")
NEVER = "never"
# Where words turn a hard case round, the model alone is believed from this chance on.
SURE = 0.6
# What follows: it is taken as said; it is taken as the likeliest and confirmed with the borrower; the model's reading
# stands, and the borrower is asked whether this was meant; nothing.
THEN = ACT, CONFIRM, MENTION, NOTHING = "act", "confirm", "mention", "nothing"


class BadSafetyFile(ValueError):
    """The file of the second reader does not hold what it must; the message says where."""


# Words of a payment that was made stand beside much else ("I paid for the funeral"): the whole message has to say it.
BORNE_OUT = ("claim_already_paid",)
# A clause, what the model surely takes it for where it stands alone, and the chance of that.
Said = tuple[str, str, float]


@dataclass(frozen=True)
class Heard:
    """A hard case that was heard: by whom, and what follows from it."""

    intent: str
    words: str | None
    chance: float
    then: str

    def as_json(self) -> dict[str, Any]:
        return {"intent": self.intent, "words": self.words, "chance": round(self.chance, 4), "then": self.then}


@dataclass(frozen=True)
class Decision:
    """One row of the table: what follows where the words are so certain and the model's chance lies in a range."""

    words: str
    least: float
    then: str
    intents: frozenset[str]

    def fits(self, heard_intent: str, words: str, chance: float) -> bool:
        return words == self.words and chance >= self.least and (not self.intents or heard_intent in self.intents)


class SafetyReader:
    """The patterns of the file, compiled, and its table."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.intents: tuple[str, ...] = tuple(data["intents"])
        self._patterns: dict[str, dict[str, re.Pattern[str]]] = {
            intent: {level: pattern(FILE.name, intent, level, rows.get(level)) for level in (*CERTAINTIES, NEVER)}
            for intent, rows in data["intents"].items()
        }
        self._in_conversation: dict[str, dict[str, re.Pattern[str]]] = {
            intent: {level: pattern(FILE.name, intent, level, rows.get(level)) for level in (CERTAINTIES[0], NEVER)}
            for intent, rows in data.get("in_conversation", {}).items()
        }
        self._table = [_decision(row, self.intents) for row in data["when_they_disagree"]]

    def words(self, text: str) -> dict[str, str]:
        """The hard cases whose words a message holds, each "certain" or "likely"."""
        text = text[:LONGEST]
        found = {}
        for intent, patterns in self._patterns.items():
            certainty = next((level for level in CERTAINTIES if patterns[level].search(text)), None)
            if certainty is not None and not patterns[NEVER].search(text):
                found[intent] = certainty
        return found

    def turned_round(self, text: str) -> frozenset[str]:
        """The hard cases that a message's words turn round ("don't tell my wife" is no stop)."""
        text = text[:LONGEST]
        return frozenset(intent for intent, patterns in self._patterns.items() if patterns[NEVER].search(text))

    def said(self, text: str) -> str | None:
        """What no message is an example of, heard by its words alone and in a conversation only; None for the rest."""
        text = text[:LONGEST]
        for intent, patterns in self._in_conversation.items():
            if patterns[CERTAINTIES[0]].search(text) and not patterns[NEVER].search(text):
                return intent
        return None

    def hear(self, text: str, ranking: Sequence[Mapping[str, Any]], said: Sequence[Said] = ()) -> list[Heard]:
        """Every hard case that either reader heard and that something follows from, the surest first.

        ``ranking``: the model's own, rows of ``name`` and ``confidence``. ``said``: what clauses surely say; one that
        holds a hard case in its words too says so for the whole ("… , and stop messaging me").
        """
        words = self.words(text)
        chances = {row["name"]: float(row["confidence"]) for row in ranking}
        for clause, intent, chance in said:
            if intent not in BORNE_OUT and intent in words and intent in self.words(clause):
                chances[intent] = max(chance, chances.get(intent, 0.0))
        heard = []
        for intent in self.intents:
            level, chance = words.get(intent, "none"), chances.get(intent, 0.0)
            row = next((row for row in self._table if row.fits(intent, level, chance)), None)
            if row is not None and row.then != NOTHING:
                heard.append(Heard(intent, words.get(intent), chance, row.then))
        order = (*CERTAINTIES, None)
        return sorted(heard, key=lambda h: (THEN.index(h.then), order.index(h.words), -h.chance))


@lru_cache(maxsize=1)
def safety_reader() -> SafetyReader:
    """The reader of the installed file, made once a process. Raises BadSafetyFile."""
    try:
        return SafetyReader(YAML(typ="safe").load(FILE.read_text(encoding="utf-8")))
    except (YAMLError, KeyError, TypeError, AttributeError) as error:
        raise BadSafetyFile(f"{FILE.name}: {error}") from error


def pattern(file: str, intent: str, level: str, rows: Mapping[str, Sequence[str]] | None) -> re.Pattern[str]:
    """One pattern of all rows: English ones as whole words in any case, Chinese ones anywhere. Raises BadSafetyFile."""
    parts = [rf"\b(?:{row})\b" for row in (rows or {}).get("en", ())]
    parts += [f"(?:{row})" for row in (rows or {}).get("zh", ())]
    try:
        return re.compile("|".join(parts) or r"(?!)", re.IGNORECASE)
    except re.error as error:
        raise BadSafetyFile(f"{file}: {intent}, {level}: {error}") from error


def _decision(row: Mapping[str, Any], known: Sequence[str]) -> Decision:
    if row["words"] not in (*CERTAINTIES, "none") or row["then"] not in THEN:
        raise BadSafetyFile(
            f"{FILE.name}: words are certain, likely or none; then is one of {', '.join(THEN)}: {dict(row)}"
        )
    unknown = set(row.get("intents", ())) - set(known)
    if unknown:
        raise BadSafetyFile(f"{FILE.name}: no words are given for {', '.join(sorted(unknown))}")
    return Decision(row["words"], float(row.get("model_at_least", 0.0)), row["then"], frozenset(row.get("intents", ())))
