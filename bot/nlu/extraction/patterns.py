"""Pieces that patterns of several kinds are made of."""

from __future__ import annotations

import re

_RUN = re.compile(r"(\[[A-Z]+\]|[A-Z])\+")


def rule(*pieces: str) -> re.Pattern[str]:
    """Compiles a pattern over the sketch, in which `N+` takes a whole run of a tag and never a part of it.

    Not to start within a run is also what keeps a run of thousands of tags from being tried at each of them.
    """
    return re.compile(_RUN.sub(r"(?<!\1)\1+(?!\1)", "".join(pieces)))


def any_of(*alternatives: str) -> str:
    """A group of alternatives."""
    return f"(?:{'|'.join(alternatives)})"


def listed(words: str) -> str:
    """A group of the words of a string; `_` in them stands for a space."""
    return any_of(*(word.replace("_", " ") for word in words.split()))


def whole(pattern: str) -> str:
    """A pattern that is not part of a longer Latin word."""
    return rf"(?<![a-z])(?:{pattern})(?![a-z])"


WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)day"
WEEKDAY_SHORT = r"(?:mon|tues?|weds?|thurs?|thu|fri|sat|sun)(?![a-z])\.?"
WEEKDAYS = {name: index for index, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)(?![a-z])\.?"
)
MONTHS = {
    name: index
    for index, name in enumerate(
        (
            "jan",
            "feb",
            "mar",
            "apr",
            "may",
            "jun",
            "jul",
            "aug",
            "sep",
            "oct",
            "nov",
            "dec",
        ),
        start=1,
    )
}
UNIT = r"(?P<unit>days?|weeks?|wks?|fortnights?|months?|mths?|mos|years?|yrs?)"
HALF = " and a half"

HAN = "\u3400-\u9fff"
HAN_WEEK = "(?:周|星期|礼拜)"
HAN_WEEKDAY = "[一二三四五六日天]"
HAN_UNIT = "(?P<unit>天|日|周|个?星期|个?礼拜|个?月|年)"

_UNITS = {"d": "D", "w": "W", "f": "W", "m": "M", "y": "Y"}
_HAN_UNITS = {
    "天": "D",
    "日": "D",
    "周": "W",
    "期": "W",
    "拜": "W",
    "月": "M",
    "年": "Y",
}


def weekday_of(word: str) -> int:
    """0 for Monday, from an English name."""
    return WEEKDAYS[word[:3]]


def han_weekday_of(character: str) -> int:
    """0 for Monday, from the last character of a Chinese name."""
    return 6 if character in "日天" else "一二三四五六".index(character)


def unit_of(word: str) -> str:
    """D, W, M or Y for an English unit of time; a fortnight is two W."""
    return _UNITS[word[0]]


def han_unit_of(word: str) -> str:
    """D, W, M or Y for a Chinese unit of time."""
    return _HAN_UNITS[word[-1]]
