"""Numbers in English words: "two fifty" 250, "twelve hundred", "a hundred and twenty", "two and a half grand"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.nlu.extraction.number import DIGITS, ORDINAL, VAGUE, Number, tidy

_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    *(
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS = (
    *(
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "eleventh",
    ),
    *(
        "twelfth",
        "thirteenth",
        "fourteenth",
        "fifteenth",
        "sixteenth",
        "seventeenth",
        "eighteenth",
        "nineteenth",
    ),
    "twentieth",
)
_SMALL = {
    "zero": 0,
    **{word: value for value, word in enumerate(_UNITS, start=1)},
    **{word: value for value, word in enumerate(_TEENS, start=10)},
    **{word: 10 * value for value, word in enumerate(_TENS, start=2)},
    "fourty": 40,
}
_LARGE = {
    "hundred": 100,
    "thousand": 1_000,
    "grand": 1_000,
    "k": 1_000,
    "million": 1_000_000,
}
_NTH = {word: value for value, word in enumerate(_ORDINALS, start=1)} | {"thirtieth": 30}


def _longest_first(words: dict[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_ANY = rf"(?:{_longest_first(_SMALL)}|hundred|thousand|grand(?! total)|million|k)(?![a-z])"
_RUN = re.compile(
    rf"(?<![a-z])(?:(?:half a |a )(?=(?:hundred|thousand|grand|million)(?![a-z])))?{_ANY}"
    rf"(?:(?:[ -]| and a half |,? (?:and|n|'n'?|&) (?:a )?){_ANY}){{0,12}}"
)
_ORDINAL = re.compile(rf"(?<![a-z])(?:(?P<tens>twenty|thirty)[ -])?(?P<last>{_longest_first(_NTH)})(?![a-z])")
_DIGIT = "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)"
_ONE_BY_ONE = re.compile(
    rf"(?<![a-z])(?:{_DIGIT}[ ,-]{{1,2}}){{3,15}}{_DIGIT}(?![a-z]|[ -](?:hundred|thousand|grand|k)\b)"
)
_OH = re.compile(
    r"(?<![a-z])(?P<a>one|two|three|four|five|six|seven|eight|nine)[ -](?:oh|o)[ -]"
    r"(?P<b>one|two|three|four|five|six|seven|eight|nine)(?![a-z]|[ -](?:oh|one|two|three|four|five|six|seven"
    r"|eight|nine|am|pm))"
)
_VAGUE = re.compile(
    r"(?<![a-z])(?:(?:a |the )?(?:few|couple(?: of)?|several)(?: more)? (?:hundred|thousand|grand|k)s?(?![a-z])"
    r"(?: of(?= (?:dollars|bucks|pounds|quid|euros|yuan)))?"
    r"|(?:hundreds|thousands)(?= (?:of )?(?:dollars|bucks|pounds|quid|euros|yuan))(?: of)?"
    r"|(?:a )?(?:few|couple(?: of)?|several) (?:more )?(?=(?:dollars|bucks|pounds|quid|euros|rupees|pesos"
    r"|rand)(?![a-z]))"
    rf"|(?:{_DIGIT}|\d)(?: (?:or|to) |-)(?:{_DIGIT}|\d) (?:hundred|thousand|grand|k)(?![a-z]))"
)
_HAS_VAGUE = re.compile("hundred|thousand|grand|k|few|couple|several")
_ROUGH_AFTER = re.compile(
    r"[ -]?ish(?![a-z])|[ -](?:odd|something)(?![a-z])| or two(?![a-z])| and (?:a bit|some|change)(?![a-z])(?! more)"
)
_AND_A_HALF = re.compile(r" and a half(?! (?:years?|months?|weeks?|days?|hours?)(?![a-z]))(?![a-z])")
# "One" counts only where it measures: "the second one" and "no one" are no numbers.
_MEASURED = re.compile(
    r"(?: more| extra| single| full| monthly| weekly| lump| big| other)?[ -]"
    r"(?:month|week|day|year|fortnight|hour|payment|instal|time|go(?![a-z])|percent|per cent|pct|off|sum|dollar|buck"
    r"|pound|quid|euro|yuan)"
)
_HAS = re.compile(rf"{_longest_first(_SMALL)}|{_longest_first(_NTH)}|hundred|thousand|grand|million")
_WORD = re.compile("[a-z]+")


def vague_words(text: str) -> list[Number]:
    """ "A few hundred", "two or three hundred", "hundreds of dollars"."""
    if not _HAS_VAGUE.search(text):
        return []
    return [Number(*m.span(), None, VAGUE) for m in _VAGUE.finditer(text)]


def english_numbers(text: str) -> list[Number]:
    """Cardinals, ordinals and digits said one by one."""
    if not _HAS.search(text):
        return []
    found: list[Number] = []
    for m in _ONE_BY_ONE.finditer(text):
        digits = "".join(str(0 if word == "oh" else _SMALL[word]) for word in _WORD.findall(m.group()))
        found.append(Number(*m.span(), int(digits), DIGITS, digits))
    for m in _OH.finditer(text):
        # "Two-oh-six"
        if all(m.end() <= number.start or number.end <= m.start() for number in found):
            found.append(Number(*m.span(), _SMALL[m["a"]] * 100 + _SMALL[m["b"]]))
    for m in _ORDINAL.finditer(text):
        found.append(Number(*m.span(), _SMALL.get(m["tens"], 0) + _NTH[m["last"]], ORDINAL))
    for m in _RUN.finditer(text):
        if all(m.end() <= number.start or number.end <= m.start() for number in found):
            found += _in_run(text, m)
    return found


def small_number(text: str) -> tuple[int, int] | None:
    """The number below a hundred that a text begins with, and its length."""
    if text[:2].isdigit():
        return int(text[:2]), 2
    words = _Words.of(text, 0)
    value = words.small()
    return (int(value), words.end) if value else None


def _in_run(text: str, run: re.Match[str]) -> list[Number]:
    """The numbers of a run of words; two may meet ("two hundred and three hundred")."""
    found: list[Number] = []
    words = _Words.of(run.group(), run.start())
    while not words.done:
        start = words.start
        value = words.number()
        if value is None:
            words.at += 1
            continue
        if text[start : words.end] in ("grand", "k"):
            # "You're grand" praises.
            continue
        if text[start : words.end] == "one" and not _MEASURED.match(text, words.end):
            continue
        found.append(Number(start, words.end, tidy(value)))
    if found and found[-1].end == run.end():
        last = found[-1]
        half = _AND_A_HALF.match(text, last.end)
        rough = _ROUGH_AFTER.match(text, last.end)
        if half and text[last.start : last.end].endswith(("thousand", "grand", "k")):
            found[-1] = Number(last.start, half.end(), tidy((last.value or 0) + 500))
        elif rough and (last.value or 0) >= 20:
            found[-1] = Number(last.start, rough.end(), None, VAGUE)
    return found


@dataclass
class _Words:
    """Reads numbers from a list of words; every method moves on past what it has read."""

    words: list[tuple[str, int, int]]
    at: int = 0

    @classmethod
    def of(cls, text: str, offset: int) -> _Words:
        return cls([(m.group(), offset + m.start(), offset + m.end()) for m in _WORD.finditer(text)])

    @property
    def done(self) -> bool:
        return self.at >= len(self.words)

    @property
    def start(self) -> int:
        return self.words[self.at][1]

    @property
    def end(self) -> int:
        return self.words[self.at - 1][2]

    def peek(self, ahead: int = 0) -> str:
        return self.words[self.at + ahead][0] if self.at + ahead < len(self.words) else ""

    def small(self) -> float | None:
        """0 to 99."""
        value = _SMALL.get(self.peek())
        if value is None:
            return None
        self.at += 1
        if value >= 20 and 0 < _SMALL.get(self.peek(), 0) < 10:
            value += _SMALL[self.peek()]
            self.at += 1
        return value

    def hundreds(self) -> float | None:
        """Up to the hundreds: "two hundred and fifty", "fifteen hundred", and "two fifty" for 250."""
        value: float | None
        if self.peek() == "a" and self.peek(1) == "hundred":
            self.at, value = self.at + 1, 1
        else:
            value = 1 if self.peek() == "hundred" else self.small()
        if value is None:
            return None
        if self.peek() == "hundred":
            self.at += 1
            return value * 100 + (self._joined(100, _Words.small) or 0)
        if value > 20 and _SMALL.get(self.peek(), 0) >= 10 and self.peek(1) not in _LARGE:
            # "Forty nine ninety nine" is a price.
            before = self.at
            cents = self.small()
            if cents is not None and self.peek() not in _LARGE and (value % 10 or cents % 10):
                return value + cents / 100
            self.at = before
        if 1 <= value <= 19 and _SMALL.get(self.peek(), 0) >= 10:
            before = self.at
            rest = self.small()
            if rest is not None and self.peek() not in _LARGE:
                return value * 100 + rest
            self.at = before
        return value

    def number(self) -> float | None:
        """A whole number with its thousands; "half a grand", "two and a half thousand"."""
        halved = self.peek() == "half"
        if halved:
            self.at += 1
        if self.peek() == "a" and _LARGE.get(self.peek(1), 0) >= 1_000:
            self.at += 1
        value = 1 if _LARGE.get(self.peek(), 0) >= 1_000 else self.hundreds()
        if value is None:
            return None
        if self.peek() == "and" and self.peek(1) == "a" and self.peek(2) == "half" and self.peek(3) in _LARGE:
            self.at, value = self.at + 3, value + 0.5
        size = _LARGE.get(self.peek(), 0)
        if size == 100:
            self.at, value = self.at + 1, value * 100
        elif size:
            self.at += 1
            value = value * size + (self._joined(size, _Words.hundreds) or 0)
        return value / 2 if halved else value

    def _joined(self, size: int, read: object) -> float | None:
        """What follows and belongs to the number: less than its unit, and not the start of the next number."""
        before = self.at
        if self.peek() in ("and", "n"):
            self.at += 1
        value = read(self)  # type: ignore[operator]
        belongs = value is not None and value < size and self.peek() not in _LARGE
        # "Two hundred and one fifty" are two numbers.
        if belongs and size == 100 and value < 10 and _SMALL.get(self.peek(), 0) >= 10:
            belongs = False
        if not belongs:
            self.at = before
            return None
        return value
