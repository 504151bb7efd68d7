"""The last look at a text before it leaves: every figure comes from the facts, no words are forbidden ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from bot.domain.policy import Strict
from bot.domain.stated import Reading, Stated, day_fits, stated

FIGURES = "figures"
# What stands for a gap inside of one sentence, in a row of patterns and in a regular expression.
GAP, IN_ONE_SENTENCE = "…", r"[^.!?;。！？；\n]{0,40}?"
MASK = "\ue000"


def _known_languages(rows: dict[str, list[str]]) -> dict[str, list[str]]:
    if unknown := set(rows) - {"en", "zh"}:
        raise ValueError(f"has rows for {', '.join(sorted(unknown))}, but must have en or zh")
    return rows


def _sound(row: str) -> str:
    try:
        re.compile(row.replace(GAP, IN_ONE_SENTENCE))
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    return row


Rows = Annotated[dict[str, list[Annotated[str, AfterValidator(_sound)]]], AfterValidator(_known_languages)]


class Category(Strict):
    """One kind of what must not leave: its words, the words that turn their meaning round, who may insist."""

    about: str
    source: str = ""
    may_insist: Literal["agent", "supervisor"] = "agent"
    forbidden: Rows
    unless: Rows | None = None


class GuardRules(Strict):
    """The whole of ``policies/guard.yml``."""

    categories: dict[str, Category]
    reviewed: dict[str, list[str]] = Field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """Something in a text that must not leave: its category, the words, why in plain words, who may insist on them."""

    category: str
    fragment: str
    why: str
    may_insist: Literal["agent", "supervisor"] = "agent"

    def __str__(self) -> str:
        return f"{self.category}: {self.fragment!r}: {self.why}"


@dataclass(frozen=True)
class Reader:
    """How figures are written for whoever reads a text: the decimal mark, and the time zone of moments."""

    decimal: str = "."
    time_zone: str = "UTC"


class Guard:
    """The rules, compiled. ``simplify`` gives Chinese text in simplified characters, everything else as it is."""

    def __init__(self, rules: GuardRules, simplify: Callable[[str], str]) -> None:
        self._simplify = simplify
        self._categories = {name: (c, _Rows(c.forbidden), _Rows(c.unless)) for name, c in rules.categories.items()}
        self._reviewed = {name: [self.simplify(text) for text in texts] for name, texts in rules.reviewed.items()}

    def simplify(self, text: str) -> str:
        return self._simplify(text) if _HAN.search(text) else text

    def look(self, text: str, facts: Any, reader: Reader = Reader(), response: str = "") -> list[Finding]:
        """What keeps a text from leaving; empty where it may leave.

        ``facts``: what the text may speak of, as services hand it over (`bot.dialogue.words`); ``response``: the name
        of the response that it was made of, whose reviewed words are allowed.
        """
        known = _Known(reader, self.simplify)
        known.add(facts)
        plain = self.simplify(text)
        for fragment in (f for name in (response, *known.responses) for f in self._reviewed.get(name, ())):
            plain = plain.replace(fragment, MASK * len(fragment))
        # The words of a lender's own text are looked at where it stands, by `accord policy check`.
        own = plain
        for told in known.lenders_texts:
            own = own.replace(told, MASK * len(told))
        return [*self._words(own), *self._figures(plain, known, reader)]

    def _figures(self, plain: str, known: _Known, reader: Reader) -> Iterator[Finding]:
        for figure in stated(plain, reader.decimal):
            if not any(known.has(reading) for reading in figure.readings):
                yield Finding(FIGURES, figure.text, "this figure is in none of the facts that were handed over")

    def _words(self, plain: str) -> Iterator[Finding]:
        lower = plain.lower()
        for name, (category, forbidden, unless) in self._categories.items():
            if forbidden.search(lower) and (found := forbidden.search(unless.mask(lower))):
                yield Finding(name, plain[found.start() : found.end()], category.about, category.may_insist)


class _Known:
    """What may be stated: the values of the facts, whichever way they are written."""

    def __init__(self, reader: Reader, simplify: Callable[[str], str]) -> None:
        self.reader = reader
        self.simplify = simplify
        self.responses: list[str] = []
        self.lenders_texts: list[str] = []
        self.days: set[date] = set()
        self.numbers: set[Decimal] = set()
        self.money: set[tuple[Decimal, str]] = set()
        self.told: set[Reading] = set()

    def add(self, value: Any) -> None:
        if isinstance(value, Mapping):
            self._add_mapping(value)
        elif isinstance(value, (list, tuple)):
            for part in value:
                self.add(part)
        elif isinstance(value, str):
            self._tell(stated(self.simplify(value), self.reader.decimal))
        elif isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            self.numbers.add(Decimal(value))

    def _add_mapping(self, value: Mapping[str, Any]) -> None:
        if "amount" in value and "currency" in value:
            self.money.add((Decimal(value["amount"]), value["currency"]))
        elif "date" in value:
            self.days.add(date.fromisoformat(value["date"]))
        elif "moment" in value:
            local = datetime.fromisoformat(value["moment"]).astimezone(ZoneInfo(self.reader.time_zone))
            self.days.add(local.date())
            self.told.add(("time", local.hour, local.minute))
        elif "response" in value:
            self.responses.append(value["response"])
            self.add(value["facts"])
        else:
            if "zh-Hans" in value:
                self.lenders_texts += [self.simplify(part) for part in value.values() if part]
            for part in value.values():
                self.add(part)

    def _tell(self, figures: list[Stated]) -> None:
        """Takes over the figures of a fact that is a text."""
        for reading in (reading for figure in figures for reading in figure.readings):
            self.told.add(reading)
            if reading[0] == "day" and reading[1] is not None:
                self.days.add(date(*map(int, reading[1:4])))  # type: ignore[arg-type]
            elif reading[0] == "number":
                self.numbers.add(reading[1])  # type: ignore[arg-type]

    def has(self, reading: Reading) -> bool:
        """Whether a figure is one of these, read in one way."""
        if reading in self.told:
            return True
        kind: Any
        values: list[Any]
        kind, *values = reading
        if kind in ("day", "month"):
            return any(day_fits(reading, day) for day in self.days)
        if kind == "monthday":
            return any(day.day == values[0] for day in self.days)
        if kind == "money":
            amount, codes = values
            return any(known == amount and (codes is None or code in codes) for known, code in self.money)
        if kind == "number":
            return (
                values[0] in self.numbers
                or any(amount == values[0] for amount, _ in self.money)
                or any(day.year == values[0] for day in self.days)
            )
        return kind == "percent" and values[0] in self.numbers


class _Rows:
    """Rows of both languages as patterns of lower-case text: English ones as whole words, Chinese ones anywhere."""

    def __init__(self, rows: Mapping[str, list[str]] | None) -> None:
        english, chinese = ("|".join(f"(?:{row})" for row in (rows or {}).get(name, ())) for name in ("en", "zh"))
        self.patterns = [
            (language, re.compile(_CAPITAL.sub(lambda m: m.group().lower(), text).replace(GAP, IN_ONE_SENTENCE)))
            for language, text in ((_LATIN, english and rf"\b(?:{english})\b"), (_HAN, chinese))
            if text
        ]

    def search(self, text: str) -> re.Match[str] | None:
        found = (pattern.search(text) for language, pattern in self.patterns if language.search(text))
        return next((match for match in found if match), None)

    def mask(self, text: str) -> str:
        for _, pattern in self.patterns:
            text = pattern.sub(lambda m: MASK * len(m.group()), text)
        return text


_LATIN, _HAN = re.compile("[a-z]"), re.compile("[一-鿿]")
_CAPITAL = re.compile(r"(?<!\\)[A-Z]")  # not of \W, \S, \B
