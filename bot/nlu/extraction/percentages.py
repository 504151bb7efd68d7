"""Reductions and shares, of a hundred: half is 50, 百分之二十 is 20, 打八折 takes 20 off."""

from __future__ import annotations

import re

from bot.nlu.extraction.number import tidy
from bot.nlu.extraction.patterns import any_of, rule
from bot.nlu.extraction.reading import Reading

_PERCENT = r"(?:%|percent(?:age)?|per ?cent|pct|趴(?![下着在])|厘(?!米))"
_FIRST_OF_RANGE = rule(rf"(?P<n>N+) ?(?:-|to|到|至|or|和) ?(?=N+ ?{_PERCENT})")
_PERCENTAGE = rule(rf"(?P<n>N+) ?{_PERCENT}")
# 七厘二 is 7.2 percent of interest.
_TENTH_MORE = rule("厘(?P<n>N+)")
# Read from the text: in the sketch "third" is an ordinal.
_SHARE = re.compile(
    r"(?<![a-z])"
    + any_of(
        r"(?P<third>(?:a|one) third(?! (?:one|option|party|person|parties|time|payment|instal))|1/3)",
        r"(?P<thirds>(?:2|two)[ -]thirds|2/3)",
        r"(?P<quarter>(?<!for )(?:a|one) quarter(?! (?:past|to|of an hour|after|of a year))|1/4)",
        r"(?P<quarters>(?:3|three)[ -]quarters(?! of an? )|3/4)",
        r"(?P<fifth>(?:a|one) fifth|1/5)",
        r"(?P<half>(?:one[ -]|a )?half(?! ?(?:past|a year|a month|a grand|of a year|an? |hour|day|week|term|time|year"
        r"|month"
        r"|brother|sister|hearted|dead|asleep|way|to death|crazy|\d"
        r"|the (?:time|websites?|people|world|town|night|battle|stuff|things|words|country|street|morning)"
        r"|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve))|1/2|50/50)",
    )
    + r"(?![a-z\d])"
)
_SHARES = {
    "third": 33.33,
    "thirds": 66.67,
    "quarter": 25,
    "quarters": 75,
    "fifth": 20,
    "half": 50,
}
_NO_HALF_BEFORE = re.compile(r"(?:first|second|better|don't|dont|didn't|not) $")
_HUNDREDTHS = rule("百分之(?P<n>N+|[一百])|(?P<all>百分(?:百|N+)(?!之))")
_FRACTION = rule("(?P<bottom>N+)分之(?P<top>N+|一)")
_TENTHS = rule("(?P<n>N+|一)成(?P<half>半)?(?!功|都(?![没不也是要要可])|本|立|为|绩|交|年|员|了|N?期)")
_DISCOUNT = rule("(?:打个?)?(?P<n>N+|一) ?折(?![腾磨扣])")
# 申请到一半 is "halfway".
_HALVES = re.compile(
    "(?<![^减降砍]到)(?<![做讲说看])一大?半|(?<=[减砍])半(?![年个月天])|半(?=薪)|半数|对折|半价|打半折"
)


# "70p in the pound", "60 cents on the dollar"
_OF_THE_UNIT = rule(
    r"(?P<n>N+) ?(?:p|pence|pennies|cents?|c|paise) (?:in|on|to) the (?:pound|£|dollar|\$|rupee)(?![a-z])"
)


def percentages(r: Reading) -> None:
    """Every reduction or share."""
    for m in r.find(_OF_THE_UNIT):
        value = r.value(m, "n")
        if value is not None:
            r.add("percentage", value, *m.span())
    for pattern in (_FIRST_OF_RANGE, _PERCENTAGE):
        for m in r.find(pattern):
            value, end = r.value(m, "n"), m.end() if pattern is _PERCENTAGE else m.end("n")
            more = _TENTH_MORE.match(r.sketch, end - 1)
            tenths = r.whole(more, "n") if more else None
            if value is not None and more and tenths and tenths < 10:
                value, end = tidy(value + tenths / 10), more.end()
            if value is not None:
                r.add("percentage", value, m.start(), end)
    for m in _SHARE.finditer(r.text):
        before = r.text[: m.start()]
        and_a_half = m.group() == "a half" and before.endswith("and ")
        # "My other half says it's fair" is no share.
        partner = m.group() == "half" and before.endswith(
            ("my other ", "me other ", "his other ", "her other ", "better ")
        )
        if r.free(*m.span()) and not and_a_half and not partner and not _NO_HALF_BEFORE.search(before):
            r.add("percentage", _SHARES[str(m.lastgroup)], *m.span())
    if r.chinese:
        _chinese(r)


def _chinese(r: Reading) -> None:
    for m in r.find(_HUNDREDTHS):
        value = 100 if m["all"] or m["n"] == "百" else _han(r, m, "n")
        if value is not None:
            r.add("percentage", value, *m.span())
    for m in r.find(_FRACTION):
        bottom, top = r.value(m, "bottom"), _han(r, m, "top")
        if bottom and top is not None:
            r.add("percentage", tidy(round(100 * top / bottom, 2)), *m.span())
    for m in r.find(_TENTHS):
        value = _han(r, m, "n")
        if value and value <= 10:
            r.add("percentage", tidy(value * 10 + (5 if m["half"] else 0)), *m.span())
    for m in r.find(_DISCOUNT):
        value = _han(r, m, "n")
        if value and value < 100:
            r.add(
                "percentage",
                tidy(100 - (value * 10 if value < 10 else value)),
                *m.span(),
            )
    for m in r.find(_HALVES):
        r.add("percentage", 50, *m.span())


def _han(r: Reading, m: re.Match[str], group: str) -> int | float | None:
    return 1 if m[group] == "一" else r.value(m, group)
