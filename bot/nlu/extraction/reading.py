"""A message prepared for the grammar: folded, its numbers found, with a sketch in which what is understood is a tag.

The *sketch* has the length of the text.  Numbers are runs of `N` (exact), `V` (vague) or `O` (ordinal); whatever a
kind has claimed becomes a run of that kind's tag.  "from next friday 100 a month" ends as
"from DDDDDDDDDDD QQQ FFFFFFF", so that later rules can be written over tags: `Q+ F+` is money per instalment.
Folded text has no ASCII capitals, so tags never clash with letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.nlu.extraction import number as kinds
from bot.nlu.extraction.characters import fold
from bot.nlu.extraction.entity import Entity
from bot.nlu.extraction.number import Number
from bot.nlu.extraction.numbers import scan

LONGEST = 2_000
"""Characters of a message that are looked at; what comes after is no negotiation."""

MOST_NUMBERS = 80
"""Numbers of a message that are looked at: a table pasted into the chat must not hold up the conversation."""

TAGS = {
    "money": "Q",
    "date": "D",
    "day_of_month": "M",
    "duration": "L",
    "instalments": "I",
    "frequency": "F",
    "percentage": "P",
    "option": "S",
    "account_number": "A",
    "phone": "A",
    "email": "A",
    "passcode": "A",
    "time_of_day": "T",
}
IGNORED = "X"
"""The tag of what is understood to be none of our kinds ("24/7", a card number)."""

_NUMBER_TAGS = {
    kinds.EXACT: "N",
    kinds.DIGITS: "N",
    kinds.VAGUE: "V",
    kinds.ORDINAL: "O",
}
_HAN = re.compile("[\u3400-\u9fff]")
_CLAUSE = re.compile(r"[;。!?\n]|(?<!\d)[.](?!\d)|[.](?=\s|$)|[,，](?!\d{3})")
_SENTENCE = re.compile(r"[;。!?\n]|[.](?=\s|$)")


class Reading:
    """One message under the grammar; kinds read `text` and `sketch` and add what they find."""

    def __init__(self, raw: str, now: datetime, language: str | None = None) -> None:
        self.raw = raw[:LONGEST]
        self.now = now
        self.today = now.date()
        self.text = fold(self.raw)
        self.chinese = bool(_HAN.search(self.text))
        self.language = language
        self.entities: list[Entity] = []
        self.numbers: dict[int, Number] = {}
        sketch = list(self.text)
        for number in scan(self.text)[:MOST_NUMBERS]:
            self.numbers[number.start] = number
            sketch[number.start : number.end] = _NUMBER_TAGS[number.kind] * (number.end - number.start)
        self._sketch = sketch
        self._joined: str | None = None

    @property
    def sketch(self) -> str:
        """The text with tags in place of what is understood so far."""
        if self._joined is None:
            self._joined = "".join(self._sketch)
        return self._joined

    def number(self, match: re.Match[str], group: str | int = 0) -> Number | None:
        """The number that a group of tags stands for."""
        return self.numbers.get(match.start(group))

    def value(self, match: re.Match[str], group: str | int = 0) -> int | float | None:
        """The value of the number that a group of tags stands for, None where it is vague or absent."""
        found = self.numbers.get(match.start(group)) if match.start(group) >= 0 else None
        return found.value if found else None

    def whole(self, match: re.Match[str], group: str | int = 0) -> int | None:
        """The same, where only a whole number makes sense."""
        value = self.value(match, group)
        return value if isinstance(value, int) else None

    def find(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Matches over the sketch as it stands; what is claimed meanwhile does not match again."""
        position = 0
        while True:
            match = pattern.search(self.sketch, position)
            if match is None:
                return
            yield match
            position = max(match.end(), position + 1)

    def add(self, entity: str, value: Any, start: int, end: int, **more: Any) -> Entity:
        """Adds a mention and puts its tag into the sketch."""
        while end > start and self.text[end - 1] == " ":
            end -= 1
        while start < end and self.text[start] == " ":
            start += 1
        found = Entity(
            entity,
            value,
            more.pop("role", None),
            start,
            end,
            self.raw[start:end],
            **more,
        )
        self.entities.append(found)
        tag = TAGS.get(entity)
        if tag:
            self.claim(start, end, tag)
        return found

    def claim(self, start: int, end: int, tag: str = IGNORED) -> None:
        """Keeps a stretch from being read as anything else."""
        self._sketch[start:end] = tag * (end - start)
        self._joined = None

    def free(self, start: int, end: int) -> bool:
        """Whether no mention stands in the stretch yet."""
        return all(end <= e.start or e.end <= start for e in self.entities)

    def change(self, old: Entity, **changes: Any) -> Entity:
        """Replaces a mention by a corrected one."""
        new = replace(old, **changes)
        self.entities[self.entities.index(old)] = new
        return new

    def clause(self, start: int, end: int) -> tuple[int, int]:
        """Bounds of the clause (between commas or stops) around a stretch."""
        return self._around(_CLAUSE, start, end)

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """Bounds of the sentence around a stretch."""
        return self._around(_SENTENCE, start, end)

    def _around(self, pattern: re.Pattern[str], start: int, end: int) -> tuple[int, int]:
        left = 0
        for match in pattern.finditer(self.text, 0, start):
            left = match.end()
        match = pattern.search(self.text, end)
        return left, match.start() if match else len(self.text)

    def of(self, kind: str) -> list[Entity]:
        """The mentions of one kind, in order."""
        return sorted((e for e in self.entities if e.entity == kind), key=lambda e: e.start)
