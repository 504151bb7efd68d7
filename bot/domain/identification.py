"""Reading what somebody says of who they are: account numbers, phones, birth dates, passcodes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

SPACED_NUMBER = re.compile(r"(?<![A-Za-z0-9])\+?\d(?:[-\s.()]{0,2}\d){3,20}(?![A-Za-z0-9])")
TOKEN = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
LETTERS_THEN_DIGITS = re.compile(r"(?<![A-Za-z])([A-Za-z]{1,4})\s(\d{3,})")
DATE_NUMBERS = re.compile(r"(?<!\d)(\d{1,4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,4})(?!\d)")
COMPACT_DATE = re.compile(r"(?<!\d)(19|20)(\d\d)(\d\d)(\d\d)(?!\d)")
DASHES = re.compile("[\u2010-\u2015\u2212]")
PASSCODE = re.compile(r"(?<![\dA-Za-z-])(\d{3})[\s-]?(\d{3})(?![\d-])")
IDENTIFIERS = ("account_number", "phone", "email", "passcode")


@dataclass(frozen=True)
class Identification:
    """What a message holds: normalised numbers to look up, possible birth dates, a passcode."""

    numbers: frozenset[str]
    birth_dates: frozenset[date]
    passcode: str | None

    @property
    def empty(self) -> bool:
        return not (self.numbers or self.birth_dates or self.passcode)


def normal_number(text: str) -> str:
    """An account number or phone as it is looked up: letters and digits only, upper case."""
    return re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", text).upper())


def read_identification(text: str, entities: Iterable[Mapping[str, Any]], today: date) -> Identification:
    """Everything in a message that may identify somebody.

    A numeric date whose order is open (3/7/1988) is read both ways; a number counts as a candidate
    for a look-up even where it may be something else, since only a match has an effect.
    """
    plain = unicodedata.normalize("NFKC", text) if not unicodedata.is_normalized("NFKC", text) else text
    plain = DASHES.sub("-", plain)
    mentions = list(entities)
    births = {d for d in _dates(plain) if _can_be_birth(d, today)}
    births |= {date.fromisoformat(m["value"]) for m in mentions if _is_birth(m, today)}
    for start, end in sorted(
        ((m["start"], m["end"]) for m in mentions if "start" in m and _is_birth(m, today)), reverse=True
    ):
        plain = plain[:start] + " " * (end - start) + plain[end:]
    without_dates = COMPACT_DATE.sub(" ", DATE_NUMBERS.sub(" ", plain)) if births else plain
    written = [*SPACED_NUMBER.findall(without_dates), *TOKEN.findall(without_dates)]
    written += ["".join(parts) for parts in LETTERS_THEN_DIGITS.findall(without_dates)]
    written += [str(m["value"]) for m in mentions if m["entity"] in ("account_number", "phone") and m.get("value")]
    numbers = {normal_number(text) for text in written}
    code = PASSCODE.search(without_dates)
    return Identification(
        numbers=frozenset(
            n for n in numbers if 4 <= len(n) <= 26 and sum(c.isdigit() for c in n) >= (4 if n.isdigit() else 3)
        ),
        birth_dates=frozenset(births),
        passcode="".join(code.groups()) if code else None,
    )


def _dates(text: str) -> set[date]:
    found: set[date] = set()
    for first, second, third in DATE_NUMBERS.findall(text):
        a, b, c = int(first), int(second), int(third)
        orders = [(a, b, c)] if len(first) == 4 else [(c, b, a), (c, a, b), (a, b, c)]
        for year, month, day in orders:
            for full_year in [year] if year > 99 else [1900 + year, 2000 + year]:
                found |= _valid(full_year, month, day)
    for century, year, month, day in COMPACT_DATE.findall(text):
        found |= _valid(int(century + year), int(month), int(day))
    return found


def _valid(year: int, month: int, day: int) -> set[date]:
    try:
        return {date(year, month, day)}
    except ValueError:
        return set()


def without_identifiers(mentions: Iterable[dict[str, Any]], today: date) -> list[dict[str, Any]]:
    """The entities of a message without those that only say who somebody is."""
    return [m for m in mentions if m["entity"] not in IDENTIFIERS and not _is_birth(m, today)]


def _is_birth(mention: Mapping[str, Any], today: date) -> bool:
    """Whether an entity is a day on which a borrower may have been born."""
    if mention["entity"] != "date" or not mention.get("value"):
        return False
    try:
        return _can_be_birth(date.fromisoformat(str(mention["value"])), today)
    except ValueError:
        return False


def _can_be_birth(day: date, today: date) -> bool:
    return 0 <= today.year - day.year - 14 <= 106
