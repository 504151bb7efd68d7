"""Reading one figure of a budget from the amounts of an answer: sums, ranges, periods, corrections."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, cast

from bot.domain.affordability import BudgetError, Item, Period, a_month, in_favour
from bot.domain.money import Money
from bot.domain.proposal import CORRECTION

# Why an answer gives no figure.
Problem = Literal["no_figure", "vague", "currency", "period", "negative", "too_large"]

PERIODS: dict[Period, re.Pattern[str]] = {
    "four_weekly": re.compile(
        r"\b(?:every |each )?(?:4|four)[ -]week(?:s|ly)\b|每?[四4][个個]?(?:周|週|星期|礼拜|禮拜)(?!年)", re.IGNORECASE
    ),
    "twice_monthly": re.compile(
        r"\btwice (?:a|per|each|every) month|\bsemi-?monthly|每?半[个個]月|月(?:付|发|發)?[两兩二2]次", re.IGNORECASE
    ),
    "yearly": re.compile(
        r"(?:\b(?:a|an|per|each|every)|/) ?(?:year|yr|annum)\b|\byearly\b|\bannual(?:ly)?\b|\bp\.?a\b"
        r"|年薪|年收入|每年|一年|全年",
        re.IGNORECASE,
    ),
}
# Periods that no month can be made of without knowing more.
OTHER_PERIOD = re.compile(
    r"(?:\b(?:a|an|per|each|every)|/) ?(?:day|hour|hr|shift|night|job|quarter)\b|\bdaily\b|\bhourly\b|\bquarterly\b"
    r"|\bevery (?:2|two|3|three|6|six|other) months?\b"
    r"|每天|每日|一天|日薪|时薪|時薪|(?:每|一个?|一個?)(?:小时|小時|钟头|鐘頭)|每?季度|每?(?:[两兩三六236])[个個]月|半年",
    re.IGNORECASE,
)
BEGINS_AS_CORRECTION = re.compile(
    r"\W*(?:(?:oh |oops,? )?no(?:pe)?\s*(?:[,.!;—–-]|sorry|wait|i mean|it'?s|make (?:it|that)|that)|wait,"
    r"|(?:sorry,? )?i meant?\b|make (?:it|that)|correction"
    r"|scratch that|不[,，。 是对對]|不是|哦不|等等|更正|说错|說錯|应该是|應該是|改成|改为|改為)",
    re.IGNORECASE,
)
CORRECTS_ITSELF = re.compile(
    CORRECTION.pattern + r"|\b(?:no|wait|oops|scratch that),? (?=[£$€¥]?\d)|不[,，] ?(?:是|应该是|應該是)?(?=[¥]?\d)",
    re.IGNORECASE,
)
PUT_RIGHT = re.compile(r"(?:\bnot|\brather than|\binstead of|(?:而)?不是)(?: the| about)?\s*[£$€¥]?\s*$", re.IGNORECASE)
NEGATIVE = re.compile(r"(?:^\s*[-−]|\bminus |[负負])\s*[£$€¥]?\s*$", re.IGNORECASE)
RANGE = re.compile(r"\s*(?:-|–|—|~|～|to|or|到|至|或者?)\s*(?:about |around )?[£$€¥]?\s*", re.IGNORECASE)
BETWEEN = re.compile(r"\bbetween [£$€¥]?\s*$", re.IGNORECASE)
TOTAL = re.compile(
    r"\b(?:altogether|all together|in total|total(?:s|ling)?(?: of)?|all in|in all|overall|makes|comes? to"
    r"|adds? up to)\b"
    r"|一共|总共|總共|合计|合計|加起来|加起來|共计|共計|总计|總計",
    re.IGNORECASE,
)
# A pause between an amount and a period: they seldom belong together across it.
PAUSE = re.compile(r"[,，;；、。]|\b(?:and|plus)\b|[和还還]", re.IGNORECASE)
FAR = 30


class NoFigure(ValueError):
    """An answer that gives no figure; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem: Problem = problem


@dataclass(frozen=True)
class Part:
    """One amount of an answer, from ``least`` to ``most`` where a range was named, for a period."""

    least: Decimal
    most: Decimal
    start: int
    end: int
    period: Period = "monthly"

    def of(self, item: Item) -> Fraction:
        """What counts of it in a month: the lesser income, the greater cost."""
        return a_month(self.least if item == "income" else self.most, self.period)


@dataclass(frozen=True)
class Figure:
    """What an answer names, in one currency; ``put_right`` was named only to say that it is wrong."""

    parts: tuple[Part, ...]
    put_right: tuple[Part, ...]
    currency: str
    begins_as_correction: bool

    def for_a_month(self, item: Item) -> Money:
        """The figure as an item of a monthly budget. Raises NoFigure."""
        try:
            return in_favour(item, sum((part.of(item) for part in self.parts), start=Fraction(0)), self.currency)
        except BudgetError:
            raise NoFigure("too_large") from None

    def corrects(self, item: Item, given: Money) -> bool:
        """Whether it is said in place of a figure that was given before ("no, 2100 not 1200")."""
        if self.begins_as_correction:
            return True
        return any(in_favour(item, part.of(item), self.currency) == given for part in self.put_right)


def read_figure(mentions: Iterable[Mapping[str, Any]], text: str, currency: str) -> Figure:
    """Reads the amounts of an answer as one figure; several are added up.

    ``mentions``: entities as `vocabulary.yml` names them, with their place in the text. Raises NoFigure.
    """
    found = sorted(mentions, key=lambda m: m.get("start", 0))
    money = [m for m in found if m["entity"] == "money"]
    if not money:
        raise NoFigure("no_figure")
    if any(m.get("currency") not in (None, currency) for m in money):
        raise NoFigure("currency")
    if any(m.get("value") is None for m in money):
        raise NoFigure("vague")
    amounts = [_part(m, len(text)) for m in money]
    if any(part.least < 0 or NEGATIVE.search(text[: part.start]) for part in amounts):
        raise NoFigure("negative")
    if OTHER_PERIOD.search(text):
        raise NoFigure("period")
    parts = _ranges(_with_periods(amounts, _periods(found, text), text), text)
    wrong = tuple(part for part in parts if PUT_RIGHT.search(text[: part.start]))
    kept = _total(_last_word([part for part in parts if part not in wrong], text), text)
    if not kept:
        raise NoFigure("no_figure")
    return Figure(tuple(kept), wrong, currency, bool(BEGINS_AS_CORRECTION.match(text)))


def _part(mention: Mapping[str, Any], length: int) -> Part:
    value = Decimal(str(mention["value"]))
    return Part(value, value, mention.get("start", 0), mention.get("end", length))


def _periods(mentions: Sequence[Mapping[str, Any]], text: str) -> list[tuple[Period, int, int]]:
    """Every mention of a period with its place."""
    said = [(period, *match.span()) for period, pattern in PERIODS.items() for match in pattern.finditer(text)]
    for m in mentions:
        if m["entity"] != "frequency" or "start" not in m:
            continue
        if not any(start < m["end"] and m["start"] < end for _, start, end in said):
            said.append((cast(Period, m["value"]), m["start"], m["end"]))
    return said


def _with_periods(parts: Sequence[Part], periods: Sequence[tuple[Period, int, int]], text: str) -> list[Part]:
    """Each period given to the amount that it stands by; an amount without one is for a month, as it was asked for."""
    nearest: dict[int, tuple[int, Period]] = {}
    for period, start, end in periods:
        index, distance = min(
            ((i, _distance(part, start, end, text)) for i, part in enumerate(parts)), key=lambda row: row[1]
        )
        if distance < nearest.get(index, (FAR * 10, period))[0]:
            nearest[index] = (distance, period)
    return [replace(part, period=nearest[i][1]) if i in nearest else part for i, part in enumerate(parts)]


def _distance(part: Part, start: int, end: int, text: str) -> int:
    between = text[part.end : start] if part.end <= start else text[end : part.start]
    return len(between) + (FAR if PAUSE.search(between) else 0)


def _ranges(parts: Sequence[Part], text: str) -> list[Part]:
    """ "300 to 400" is one amount with two ends."""
    made: list[Part] = []
    for part in parts:
        last = made[-1] if made else None
        if last is not None and last.least == last.most and _are_ends(last, part, text):
            least, most = sorted((last.least, part.least))
            period = part.period if part.period != "monthly" else last.period
            made[-1] = Part(least, most, last.start, part.end, period)
        else:
            made.append(part)
    return made


def _are_ends(one: Part, other: Part, text: str) -> bool:
    between = text[one.end : other.start]
    return bool(RANGE.fullmatch(between) or (between.strip() == "and" and BETWEEN.search(text[: one.start])))


def _last_word(parts: Sequence[Part], text: str) -> list[Part]:
    """ "800, no sorry, 850": the amount before the correction is replaced."""
    for match in CORRECTS_ITSELF.finditer(text):
        before = [part for part in parts if part.end <= match.start()]
        after = [part for part in parts if part.start >= match.end()]
        if before and after:
            return [*before[:-1], *after]
    return list(parts)


def _total(parts: Sequence[Part], text: str) -> list[Part]:
    """ "800 and 120, 920 in total" is not added up once more."""
    for match in TOTAL.finditer(text) if len(parts) > 1 else ():
        for whole in sorted(parts, key=lambda part: _distance(part, *match.span(), text))[:2]:
            if whole.most >= sum(part.most for part in parts if part is not whole):
                return [whole]
    return list(parts)
