"""Dates in digits: 2026-12-01 · 3/7/1988 · 25/11 · 11.28号 · 19900512.

Day first in English, month first in Chinese, whichever the calendar allows where only one does.  For `en-US` an order
that is open is read as whichever day comes sooner.
"""

from __future__ import annotations

import re
from datetime import date

from bot.nlu.extraction import calendar
from bot.nlu.extraction.reading import Reading
from bot.nlu.extraction.tense import told_around

BIRTH = re.compile(
    r"born|birth|dob(?![a-z])|b-?day|d\.o\.b|出[生世]|生日|生于|\d\d年(?:\d{1,2}月)?的|[年号月日]生(?![活意气病])|生人"
    r"|属[鼠牛虎兔龙蛇马羊猴鸡狗猪]"
)

_NO_DATES = re.compile(r"(?<![\d/])(?:24/7|7/24)(?![\d/])")
# "886": bye.
_SLANG = re.compile("^(?:886?|666|3166)(?=[~!。 -]|$)(?!.*[还付月期周元块钱a-z])")
_ENDS = r"(?![\d/-]|\.\d)"
_YEAR_FIRST = re.compile(
    rf"(?<![\d./-])(?P<y>(?:19|20)\d\d)(?P<sep>[-/.])(?P<m>\d{{1,2}})(?P=sep)(?P<d>\d{{1,2}}){_ENDS}[号日]?"
)
_YEAR_LAST = re.compile(
    rf"(?<![\d./-])(?P<d>\d{{1,2}})(?P<sep>[-/.])(?P<m>\d{{1,2}})(?P=sep)(?P<y>(?:19|20)?\d\d){_ENDS}"
)
_SLASHED = re.compile(
    rf"(?<![\d./$£€¥-])(?<!flat )(?<!unit )(?<!apt )(?<!house )(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}}){_ENDS}[号日]?"
)
_DOTTED = re.compile(r"(?<![\d./$£€¥-])(?P<a>\d{1,2})\.(?P<b>\d{1,2})(?![\d/.-])[号日]?")
_COMPACT = re.compile(
    r"(?<![\d.,$£€¥-])(?P<y>19\d\d|20[0-4]\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?![\d.,-])"
)
_YEAR_APART = re.compile(r"(?<![\d/.-])(?:(?P<full>(?:19|20)\d\d)(?![\d/.-])|(?P<short>\d\d)(?=年))")
_SIX_DIGITS = re.compile(r"(?<![\d.,$£€¥-])(?P<a>\d\d)(?P<b>\d\d)(?P<c>\d\d)(?![\d.,-])")
_RATING = re.compile(r"\d{1,2}/(?:5|10)(?!\d)")
_SHARE = re.compile("(?:1/[2-5]|2/3|3/4)")
_FRACTION = re.compile(_SHARE.pattern + r"(?= (?:of|now|off|the|today|it|my|later|then|upfront|and|first)(?![a-z])|$)")
_DAY_WORD_BEFORE = re.compile(r"(?:(?<![a-z])(?:on|by|until|till|from|before) (?:the )?|[到在从] ?)$")
_AMOUNT_AFTER = re.compile(r" ?(?:%|k|w|percent|per|a |万|千|元|块|折|成|-)")
_ACCOUNT_WORD = re.compile(r"accou?nt|acct|a/c|账号|账户|户号|编号|loan (?:no|num|id)|ref(?:erence)?(?![a-z])")


def full_year(digits: str, today: date, birth: bool = False) -> int:
    """The year of four or two digits: up to five years ahead, and in the past for births."""
    year = int(digits)
    if len(digits) == 4:
        return year
    year += 2000 if year <= today.year % 100 + 5 else 1900
    return year - 100 if birth and year > today.year - 5 else year


def birth_year(r: Reading) -> int | None:
    """The year of a birth that is told apart from its day ("born in 1983, october 21", 95年的)."""
    if not BIRTH.search(r.text):
        return None
    apart = _YEAR_APART.search(r.text)
    if apart is None:
        return None
    return full_year(apart[0][:4] if apart["full"] else apart["short"], r.today, birth=True)


def numeric_dates(r: Reading) -> None:
    """Digits that can be nothing but a date."""
    for m in _NO_DATES.finditer(r.text):
        r.claim(*m.span())
    for m in _SLANG.finditer(r.text):
        r.claim(*m.span())
    birth = bool(BIRTH.search(r.text))
    for m in _YEAR_FIRST.finditer(r.text):
        _add(r, m, _with_year(r, m, birth))
    for m in _YEAR_LAST.finditer(r.text):
        if len(m["y"]) == 4 or m["sep"] != "." or birth:
            _add(
                r,
                m,
                _with_year(r, m, birth, american=(r.language or "").lower() == "en-us"),
            )
    fractions = any(_FRACTION.match(r.text, m.start()) for m in _SLASHED.finditer(r.text))
    for m in _SLASHED.finditer(r.text):
        said = _DAY_WORD_BEFORE.search(r.text[: m.start()])
        share = fractions and _SHARE.fullmatch(m.group())
        # "2/10 you just repeat yourself" rates us.
        rating = _RATING.fullmatch(m.group()) and int(m["a"]) <= int(m["b"])
        if said or not (share or rating):
            _add(r, m, _without_year(r, m))
    for m in _DOTTED.finditer(r.text):
        said = _DAY_WORD_BEFORE.search(r.text[: m.start()]) and not _AMOUNT_AFTER.match(r.text, m.end())
        if said or m.group()[-1] in "号日":
            _add(r, m, _without_year(r, m))
    for m in _COMPACT.finditer(r.text):
        alone = not re.search(r"[a-z0-9]", r.text[: m.start()] + r.text[m.end() :])
        long_past = int(m["y"]) < r.today.year - 10
        if (birth or (alone and long_past)) and not _ACCOUNT_WORD.search(r.text):
            _add(r, m, _with_year(r, m, birth))
    for m in _SIX_DIGITS.finditer(r.text) if birth else ():
        # "dob 110396"; year first in Chinese.
        year, number = (m["a"], m["c"]) if r.chinese else (m["c"], m["a"])
        _add(r, m, calendar.day(full_year(year, r.today, birth=True), int(m["b"]), int(number)))


def _add(r: Reading, m: re.Match[str], found: date | None) -> None:
    if found and r.free(*m.span()) and "X" not in r.sketch[m.start() : m.end()]:
        r.add("date", found.isoformat(), *m.span())


def _with_year(r: Reading, m: re.Match[str], birth: bool, american: bool = False) -> date | None:
    year, month, number = full_year(m["y"], r.today, birth), int(m["m"]), int(m["d"])
    if american:
        month, number = number, month
    return calendar.day(year, month, number) or calendar.day(year, number, month)


def _without_year(r: Reading, m: re.Match[str]) -> date | None:
    first, second = int(m["a"]), int(m["b"])
    day_first = calendar.next_month_day(r.today, second, first)
    month_first = calendar.next_month_day(r.today, first, second)
    language = (r.language or "").lower()
    if language == "en-us" and day_first and month_first:
        return min(day_first, month_first)
    if r.chinese or language.startswith("zh"):
        found = month_first or day_first
        past = found and found > r.today and told_around(r, *m.span())
        return found.replace(year=found.year - 1) if past else found
    return day_first or month_first
