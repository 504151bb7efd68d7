"""What a number found in a text is."""

from __future__ import annotations

import re
from dataclasses import dataclass

EXACT = "exact"
VAGUE = "vague"
ORDINAL = "ordinal"
DIGITS = "digits"

# 三百多, 三百来块, 300多, 三千出头
VAGUE_AFTER_HAN = re.compile(
    "多(?![少久])[百千万]?(?:点(?![半钟]))?|来(?=[块元个蚊刀天年岁次])|来[百千万]|余(?=[块元万])|出头|把(?=[块元蚊])"
)


@dataclass(frozen=True)
class Number:
    """A number and where it stands.

    `kind` is EXACT, VAGUE ("a few hundred", no value), ORDINAL ("25th") or DIGITS (read one by one, kept in `digits`).
    `plain` is true for bare Arabic digits, without separators, decimals or multipliers.
    """

    start: int
    end: int
    value: int | float | None
    kind: str = EXACT
    digits: str = ""
    plain: bool = False


def tidy(value: float) -> int | float:
    """An int where nothing is lost, otherwise a float of at most four decimals."""
    rounded = round(value, 4)
    return int(rounded) if rounded == int(rounded) else rounded
