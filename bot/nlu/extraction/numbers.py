"""Every number of a message, in the ways people type them.

Digits ("1,500.50", "1.5k", "2 grand"), English words (`english_numbers`) and Chinese numerals (`chinese_numbers`).
All of it works on folded text (see `characters.fold`).
"""

from __future__ import annotations

import re

from bot.nlu.extraction.chinese_numbers import chinese_numbers
from bot.nlu.extraction.english_numbers import (
    english_numbers,
    small_number,
    vague_words,
)
from bot.nlu.extraction.number import ORDINAL, VAGUE, VAGUE_AFTER_HAN, Number, tidy

_TIMES = {
    "k": 1_000,
    "w": 10_000,
    "hundred": 100,
    "thousand": 1_000,
    "grand": 1_000,
    "mil": 1_000_000,
    "million": 1_000_000,
    "lakh": 100_000,
    "lakhs": 100_000,
    "lac": 100_000,
    "crore": 10_000_000,
}
_DIGITS = re.compile(
    r"(?<![0-9.])(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?(?!\d)|\d{1,15}(?:\.\d{1,4})?(?!\.?\d))(?![百千万亿])"
    r"(?:(?P<half> and a half)?[ -]?(?P<times>k|w|hundred|thousand|grand(?! total)|mil|million|lakhs?|lac"
    r"|crore)(?![a-z0-9])|(?P<short>[kw])(?P<next>\d)(?![a-z0-9.,]))?"
    r"(?P<tail>(?<=hundred) and (?:[a-z]+(?:[ -][a-z]+)?|\d\d)(?![a-z0-9]))?"
    r"(?P<ordinal>(?:st|nd|rd|th)(?![a-z]))?"
    r"(?P<vague>\+(?!\d)| ?-?ish(?![a-z])|[ -](?:odd|something)(?![a-z])| ?plus(?![a-z0-9]))?",
    re.ASCII,
)
_SMALLEST_VAGUE = 20
"""Below it "20+" and "5ish" are ages and hours."""


def scan(text: str) -> list[Number]:
    """Every number of a folded text, in order and without overlaps."""
    found: list[Number] = []
    for numbers in (
        vague_words(text),
        chinese_numbers(text),
        _digit_numbers(text),
        english_numbers(text),
    ):
        found += [number for number in numbers if all(number.end <= n.start or n.end <= number.start for n in found)]
    return sorted(found, key=lambda number: number.start)


def _digit_numbers(text: str) -> list[Number]:
    found: list[Number] = []
    for m in _DIGITS.finditer(text):
        value = float(m["number"].replace(",", ""))
        if m["ordinal"] and not m["times"]:
            if value <= 31:
                found.append(Number(m.start(), m.end("ordinal"), int(value), ORDINAL))
            continue
        if m["short"]:
            # 2w3 is 23000, 3k5 is 3500
            value += int(m["next"]) / 10
            found.append(Number(m.start(), m.end("next"), tidy(value * _TIMES[m["short"]])))
            continue
        end = m.end("times") if m["times"] else m.end("number")
        value = (value + (0.5 if m["half"] else 0)) * _TIMES.get(m["times"], 1)
        tail = small_number(m["tail"][5:]) if m["tail"] else None
        if tail:
            # "2 hundred and fifty"
            value, end = value + tail[0], m.start("tail") + 5 + tail[1]
        rough = VAGUE_AFTER_HAN.match(text, end)
        if m["vague"] and value >= _SMALLEST_VAGUE:
            found.append(Number(m.start(), m.end(), None, VAGUE))
        elif rough and value >= 10:
            found.append(Number(m.start(), rough.end(), None, VAGUE))
        else:
            found.append(
                Number(
                    m.start(),
                    end,
                    tidy(value),
                    plain=not m["times"] and m["number"].isdigit(),
                )
            )
    return found
