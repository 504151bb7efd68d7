"""Figures that a text states, read back from its words without knowing how the text was made.

Read are amounts in the forms of every locale, plain numbers, parts of a whole, percentages, days and times, in digits,
in Chinese numerals (三百五, 叁佰) and in English words: before a unit, and from eleven on without one. Chinese is read
in simplified characters.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import batched
from typing import Any

from bot.domain.money import currencies

# What a figure says, in a form that can be compared: its kind and its values.
Reading = tuple[Any, ...]

ZH_DIGITS = {char: n for n, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "俩": 2}
ZH_TENS = {"十": 10, "百": 100, "千": 1000}
ZH_MYRIADS = {"万": 10_000, "亿": 100_000_000}
TIMES = {**ZH_TENS, **ZH_MYRIADS, "k": 1000, "K": 1000}
EN_WORDS = {
    **{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10},
    **{"eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17},
    **{"eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60},
    **{"seventy": 70, "eighty": 80, "ninety": 90},
}
EN_TIMES = {"hundred": 100, "thousand": 1000, "grand": 1000}
# Smaller numbers in words are said of anything: one of them, two or three.
EN_PLAIN_FROM = 11
EN_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZH_WEEKDAYS = "一二三四五六日天"
AFTERNOON = ("下午", "晚上", "傍晚")

# What stands at an amount, and the currencies that it can mean; None: any.
_DOLLARS = "USD AUD CAD SGD HKD TWD NZD MXN ARS CLP COP BBD BMD BND BSD BZD DOP FJD GYD JMD KYD LRD"
_OF_ONE = """
US$ USD HK$ HKD NT$ TWD S$ SGD A$ AUD CA$ CAD C$ CAD NZ$ NZD MX$ MXN R$ BRL CN¥ CNY JP¥ JPY € EUR ₹ INR ₩ KRW ₫ VND
₱ PHP ฿ THB ₽ RUB ₺ TRY ₴ UAH ₦ NGN ₪ ILS RM MYR yuan CNY rmb CNY yen JPY euro EUR euros EUR quid GBP
人民币 CNY 美元 USD 美金 USD 港币 HKD 港元 HKD 新币 SGD 新元 SGD 台币 TWD 英镑 GBP 欧元 EUR 日元 JPY 泰铢 THB
令吉 MYR 澳元 AUD 加元 CAD
"""
MARKS: dict[str, frozenset[str] | None] = {
    **{mark: frozenset({code}) for mark, code in batched(_OF_ONE.split(), 2)},
    **dict.fromkeys(("$", "dollar", "dollars", "bucks"), frozenset(_DOLLARS.split())),
    **dict.fromkeys(("£", "pound", "pounds"), frozenset({"GBP", "EGP", "GIP", "FKP", "SHP", "LBP", "SSP"})),
    "¥": frozenset({"CNY", "JPY"}),
    **dict.fromkeys(("元", "块", "圆")),
}

_WIDE = str.maketrans("０１２３４５６７８９％：．￥－／", "0123456789%:.¥-/")
# Numerals as they stand on a receipt; by itself each is a word or a name (陆续, 收拾).
_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟圆", "一二三四五六七八九十百千元")
_FORMAL_RUN = re.compile("[壹贰叁肆伍陆柒捌玖拾佰仟][壹贰叁肆伍陆柒捌玖拾佰仟万亿零元圆]+")
_ZH = "[〇零一二两俩三四五六七八九十][〇零一二两俩三四五六七八九十百千万亿]*"
_ZH_SMALL = "[一二两三四五六七八九十]{1,3}"
# Without a unit: 九百四十五, 一千二, 十五. 十一 is a holiday as well, 千万 and 百万 are words.
_ZH_PLAIN = "[一二两俩三四五六七八九][十百千万][〇零一二两三四五六七八九十百千万亿]*|十[二三四五六七八九]"
_SPACES = "\u00a0\u202f"
_MONTH = (
    r"(?:[Jj]an(?:uary)?|[Ff]eb(?:ruary)?|Mar(?:ch)?|march|[Aa]pr(?:il)?|May|[Jj]une?|[Jj]uly?|[Aa]ug(?:ust)?"
    r"|[Ss]ept?(?:ember)?|[Oo]ct(?:ober)?|[Nn]ov(?:ember)?|[Dd]ec(?:ember)?)\b"
)
_WEEKDAY = r"(?:[Mm]on|[Tt]ue|[Ww]ed|[Tt]hu|[Ff]ri|[Ss]at|[Ss]un)[a-z]*"
_YEAR = r"(?:19|20)\d\d(?![\d.,:]\d|\d)"
_PART = "(?:上午|早上|清晨|凌晨|午夜|半夜|中午|下午|傍晚|晚上)"
_LATER = "|".join(sorted((mark for mark in MARKS if mark[0].isalpha() or mark == "€"), key=len, reverse=True))
_BEFORE = "|".join(re.escape(mark) for mark in sorted(MARKS, key=len, reverse=True) if not mark[0].islower())
# Units that make a Chinese numeral a figure; what is said with 一 before the second kind is no figure (一天, 一点).
_ZH_UNIT = rf"{_LATER}|%|折|成|期|倍|个?月|个?工作日|个?小时|个?钟头|分钟"
_ZH_LOOSE = "天|日|号|年|周|个?星期|个?礼拜"
_EN_UNIT = (
    r"per ?cent|%|(?:working |business |calendar )?days?|weeks?|months?|years?|hours?|minutes?|dollars?|bucks|pounds?"
    r"|quid|euros?|yuan|rmb|yen|instal?lments?|(?:\w+ly )?payments?"
)
_EN_WORD = "|".join([*EN_WORDS, *EN_TIMES])
# What every figure has one of, and what those in English words have: most texts need not be read for the latter.
_EN_PART = r"hal(?:f|ves)|thirds?|quarters?|fifths?|tenths?"
_HINT = re.compile(rf"[\d{''.join(ZH_DIGITS)}十对减半]|\b(?i:{_EN_WORD}|{_EN_PART})\b")
_WORDS = re.compile(rf"\b(?i:{_EN_WORD}|{_EN_PART})\b")


@dataclass(frozen=True)
class Stated:
    """A figure as it stands in a text, and what it can be read as."""

    text: str
    start: int
    end: int
    readings: tuple[Reading, ...]


# In the place of a line's end, which no figure goes across.
LINE_END = "\u2424"


def stated(text: str, decimal: str = ".") -> list[Stated]:
    """Every figure of a text, in order. ``decimal``: the decimal mark of the reader's locale, "." or ","."""
    text = _FORMAL_RUN.sub(lambda run: run.group().translate(_FORMAL), text.translate(_WIDE)).replace("\n", LINE_END)
    if not _HINT.search(text):
        return []
    return [
        Stated(match.group().strip(), match.start(), match.start() + len(match.group().rstrip()), tuple(readings))
        for match in _pattern(decimal, bool(_WORDS.search(text))).finditer(text)
        if (readings := list(_READ[str(match.lastgroup)](match, decimal)))
    ]


def zh_number(text: str) -> Decimal | None:
    """A number in Chinese numerals, 三百五 as 350; None for what is none (七八)."""
    if all(char in ZH_DIGITS for char in text):
        if len(text) == 1 or len(text) == 4 or "〇" in text or "零" in text:
            return Decimal("".join(str(ZH_DIGITS[char]) for char in text))
        return None
    whole = part = digit = 0
    last = 1
    for char in text:
        if char in ZH_DIGITS:
            if digit:
                return None
            digit = ZH_DIGITS[char]
            last = 1 if char in "〇零" else last
        elif char in ZH_TENS:
            part += (digit or 1) * ZH_TENS[char]
            digit, last = 0, ZH_TENS[char]
        else:
            whole = (whole + part + digit) * ZH_MYRIADS[char]
            part, digit, last = 0, 0, ZH_MYRIADS[char]
    return Decimal(whole + part + digit * (last // 10 if last >= 100 else 1))


def en_number(text: str) -> Decimal:
    """A number in English words: twenty-five, three hundred and fifty."""
    whole = part = 0
    for word in re.split(r"[\s-]+", text.lower()):
        if word in EN_WORDS:
            part += EN_WORDS[word]
        elif word == "hundred":
            part = (part or 1) * 100
        elif word in EN_TIMES:
            whole, part = whole + (part or 1) * EN_TIMES[word], 0
    return Decimal(whole + part)


def currencies_of(mark: str) -> frozenset[str] | None:
    """The currencies that a mark at an amount can mean; None: any."""
    if mark in MARKS:
        return MARKS[mark]
    return MARKS[mark.lower()] if mark.lower() in MARKS else frozenset({mark})


@functools.cache
def _pattern(decimal: str, words: bool) -> re.Pattern[str]:
    group = ",'’" if decimal == "." else ".'’"
    mark = re.escape(decimal)
    number = (
        rf"\d{{1,3}}(?:[{group}{_SPACES}]\d{{2,3}})*[{group}{_SPACES}]\d{{3}}(?!\d)(?:{mark}\d+)?|\d+(?:{mark}\d+)?"
    )
    zh_day = rf"(?:\d{{1,2}}|{_ZH_SMALL})"
    en_count = rf"(?:{_EN_WORD})(?:[\s-]+(?:and\s+)?(?:{_EN_WORD}))*"
    alternatives = [
        r"(?P<iso>(?P<iso_y>\d{4})-(?P<iso_m>\d\d?)-(?P<iso_d>\d\d?)(?!\d))",
        rf"(?P<zh_date>(?:(?P<zd_y>\d{{4}}|[〇零一二三四五六七八九]{{4}})年)?(?P<zd_m>{zh_day})月(?P<zd_d>{zh_day})[日号]"
        rf"(?:[（(]?(?:周|星期|礼拜)(?P<zd_w>[{ZH_WEEKDAYS}])[)）]?)?)",
        rf"(?P<zh_month>(?:(?P<zm_y>\d{{4}})年)?(?P<zm_m>{zh_day})月(?:份|底|初)?)",
        rf"(?P<en_date>(?:(?P<ed_w>{_WEEKDAY})[.,]?\s+)?(?P<ed_d>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?[\s-](?P<ed_m>{_MONTH})"
        rf"(?:\.?,?[\s-]?(?P<ed_y>{_YEAR}))?)",
        rf"(?P<us_date>(?:(?P<ud_w>{_WEEKDAY})[.,]?\s+)?\b(?P<ud_m>{_MONTH})\.?\s+(?P<ud_d>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])"
        rf"(?:,?\s+(?P<ud_y>{_YEAR}))?)",
        rf"(?P<en_month>\b(?P<em_m>{_MONTH})\.?,?\s+(?P<em_y>{_YEAR}))",
        r"(?P<numeric>(?P<nu_a>\d\d?)(?P<nu_s>[-/.])(?P<nu_b>\d\d?)(?P=nu_s)(?P<nu_y>\d{4}|\d\d)(?!\d))",
        r"(?P<always>24/7)",
        r"(?P<slashed>(?<![\d/])(?P<sl_a>\d\d?)/(?P<sl_b>\d\d?)(?![\d/]))",
        rf"(?P<clock>(?P<cl_z>{_PART})?\s?(?P<cl_h>\d\d?):(?P<cl_m>\d\d)(?!\d)(?:\s?(?P<cl_p>[AaPp])\.?[Mm]\b)?"
        r"|(?P<cl_h2>\d\d?)\s?(?P<cl_p2>[AaPp])\.?[Mm]\b)",
        r"(?P<dotted>(?<=, )(?P<do_h>\d\d?)\.(?P<do_m>[0-5]\d)(?!\d|[.,]\d|\s?[€%]))",
        rf"(?P<zh_clock>(?P<zc_p>{_PART})?\s?(?P<zc_h>{zh_day})点(?:(?P<zc_half>半)|(?P<zc_m>{zh_day})分?)?)",
        r"(?P<code>\b[A-Z]{1,4}-\d[\d-]*\b)",
        rf"(?P<zh_percent>百分之(?P<zp>{_ZH}|\d+(?:{mark}\d+)?))",
        rf"(?P<zh_part>(?P<zq>{_ZH_SMALL}|\d{{1,3}})分之(?P<zr>{_ZH_SMALL}|\d{{1,3}})|一半|减半|对半(?![年个天小])|对折|半价)",
        rf"(?P<zh_figure>(?P<zf>{_ZH})\s?(?:(?P<zf_unit>{_ZH_UNIT})|(?P<zf_loose>{_ZH_LOOSE})))",
        rf"(?P<zh_plain>{_ZH_PLAIN})",
        rf"(?P<en_part>\b(?i:(?:(?P<pa_n>a|one|two|three|four)[\s-]+(?P<pa_d>{_EN_PART})|half)"
        r"(?=\s+(?:of|off|the|what|it|that|this|your|now|then|today|tomorrow|up)\b))(?!\s+(?:the|your)\s+(?:time|day))\b)",
        rf"(?P<en_figure>\b(?i:(?P<ef>{en_count})[\s-]+(?P<ef_unit>{_EN_UNIT}))\b)",
        rf"(?P<en_plain>\b(?i:{en_count})\b)",
        rf"(?P<number>(?:(?P<nb_before>{_BEFORE}|(?<![A-Za-z])[A-Z]{{3}})[\s{_SPACES}]?)?(?P<nb>{number})[\s{_SPACES}]?"
        rf"(?P<nb_times>[万千百亿]|[kK]\b)?[\s{_SPACES}]?(?P<nb_after>(?i:{_LATER})(?![a-z])|[A-Z]{{3}}\b|%"
        rf"|(?i:per ?cent)|折|成(?!功|立)|号(?!码|线)|(?:st|nd|rd|th)\b)?)",
    ]
    if not words:
        alternatives = [part for part in alternatives if not part.startswith(("(?P<en_f", "(?P<en_p"))]
    # Most places of a text are passed over at once: figures begin with a digit, or where a word does.
    begins = (
        rf"[\d百{''.join(ZH_DIGITS)}十对减半上早清凌午半中下傍晚{re.escape(''.join({mark[0] for mark in MARKS}))}A-Z"
    )
    begins += "a-z]" if words else "jfmasond]"
    return re.compile(rf"(?:(?<![A-Za-z])|(?=\d))(?={begins})(?:{'|'.join(alternatives)})")


def _int(text: str) -> int:
    number = int(text) if text.isdecimal() else zh_number(text)
    return -1 if number is None else int(number)


def _day(year: str | None, month: int, day: int, weekday: int | None = None) -> Reading:
    years = int(year) if year else None
    return ("day", years + 2000 if years is not None and year and len(year) == 2 else years, month, day, weekday)


def _month(name: str) -> int:
    return MONTHS.index(name[:3].lower()) + 1


def _weekday(name: str | None) -> int | None:
    if not name:
        return None
    return min(ZH_WEEKDAYS.index(name), 6) if name in ZH_WEEKDAYS else WEEKDAYS.index(name[:3].lower())


def _read_zh_date(match: re.Match[str], _: str) -> Iterator[Reading]:
    year = match["zd_y"]
    if year and not year.isdecimal():
        year = str(zh_number(year))
    yield _day(year, _int(match["zd_m"]), _int(match["zd_d"]), _weekday(match["zd_w"]))


def _read_numeric(match: re.Match[str], _: str) -> Iterator[Reading]:
    yield _day(match["nu_y"], int(match["nu_a"]), int(match["nu_b"]))
    yield _day(match["nu_y"], int(match["nu_b"]), int(match["nu_a"]))


def _read_slashed(match: re.Match[str], _: str) -> Iterator[Reading]:
    yield _day(None, int(match["sl_a"]), int(match["sl_b"]))
    yield _day(None, int(match["sl_b"]), int(match["sl_a"]))


def _read_clock(match: re.Match[str], _: str) -> Iterator[Reading]:
    hour, half = int(match["cl_h"] or match["cl_h2"]), match["cl_p"] or match["cl_p2"]
    minute, part = int(match["cl_m"] or 0), match["cl_z"]
    if half:
        yield ("time", hour % 12 + 12 * (half in "Pp"), minute)
    else:
        yield from (("time", possible, minute) for possible in _hours(hour, part or "24"))


def _hours(hour: int, part: str = "") -> Iterator[int]:
    """The hours that an hour can mean in a part of the day; "24": by the clock of 24 hours, none: by either clock."""
    if part == "24" or hour > 12:
        yield hour
    elif part in AFTERNOON:
        yield hour % 12 + 12
    elif part == "中午":
        yield hour if hour >= 10 else hour + 12
    elif part:
        yield hour % 12
    else:
        yield from (hour, (hour + 12) % 24)


def _read_dotted(match: re.Match[str], _: str) -> Iterator[Reading]:
    yield ("time", int(match["do_h"]), int(match["do_m"]))
    yield ("number", Decimal(f"{match['do_h']}.{match['do_m']}"))


def _read_zh_clock(match: re.Match[str], _: str) -> Iterator[Reading]:
    if match["zc_h"] == "一" and not match["zc_p"]:
        return  # 一点: a little
    hour = _int(match["zc_h"])
    minute = 30 if match["zc_half"] else _int(match["zc_m"]) if match["zc_m"] else 0
    yield from (("time", possible, minute) for possible in _hours(hour, match["zc_p"] or ""))


def _read_zh_percent(match: re.Match[str], decimal: str) -> Iterator[Reading]:
    value = match["zp"]
    number = Decimal(value.replace(decimal, ".")) if value[0].isdecimal() else zh_number(value)
    yield ("percent", number)


def _read_zh_figure(match: re.Match[str], _: str) -> Iterator[Reading]:
    text, unit = match["zf"], match["zf_unit"] or match["zf_loose"]
    if text == "一" and (
        match["zf_loose"] or unit == "个月" or match.string[max(match.start() - 1, 0)] in "每那这哪第下上同后整任"
    ):
        return
    if text[-1] in "万千百" and unit in ("成", "年", "天", "日", "周", "倍") and len(text) == 1:
        return
    number = zh_number(text)
    yield from _with_unit(number, unit)
    if number is None:
        yield ("none", text)


def _read_en_figure(match: re.Match[str], _: str) -> Iterator[Reading]:
    unit = match["ef_unit"].lower()
    if match["ef"].lower() == "one" and not unit.startswith(("dollar", "pound", "euro", "yuan", "per", "%")):
        return  # "one payment", "one day": as good as "a"
    yield from _with_unit(en_number(match["ef"]), unit)


def _read_zh_part(match: re.Match[str], _: str) -> Iterator[Reading]:
    whole, part = (_int(match["zq"]), _int(match["zr"])) if match["zq"] else (2, 1)
    if whole > 0:
        yield from _part(part, whole)


def _read_en_part(match: re.Match[str], _: str) -> Iterator[Reading]:
    name = (match["pa_d"] or "half").lower()
    count = {"two": 2, "three": 3, "four": 4}.get((match["pa_n"] or "").lower(), 1)
    yield from _part(count, EN_PARTS.get(name) or EN_PARTS[name.removesuffix("s")])


def _part(part: int, whole: int) -> Iterator[Reading]:
    """A part of a whole, as the percentage that it is."""
    yield ("percent", (Decimal(100 * part) / whole).quantize(Decimal("0.01")))


def _read_en_plain(match: re.Match[str], _: str) -> Iterator[Reading]:
    number = en_number(match.group())
    if number >= EN_PLAIN_FROM:
        yield ("number", number)


def _read_number(match: re.Match[str], decimal: str) -> Iterator[Reading]:
    text = match["nb"]
    plain = "".join("." if char == decimal else char for char in text if char.isdecimal() or char == decimal)
    number = Decimal(plain) * TIMES.get(match["nb_times"] or "", 1)
    before, after = match["nb_before"] or "", match["nb_after"] or ""
    if before in MARKS or before in currencies():
        yield ("money", number, currencies_of(before))
    else:
        yield from _with_unit(number, after)


def _with_unit(number: Decimal | None, unit: str) -> Iterator[Reading]:
    if number is None:
        return
    name = unit.lower()
    if name == "%" or name.startswith("per"):
        yield ("percent", number)
    elif unit in ("折", "成"):
        tenths = number if number < 10 else number / 10
        yield from (("percent", tenths * 10), ("percent", 100 - tenths * 10), ("number", number))
    elif unit in ("号", "st", "nd", "rd", "th"):
        yield from (("monthday", int(number)), ("number", number))
    elif unit in MARKS or name in MARKS or unit in currencies():
        yield ("money", number, currencies_of(unit))
    else:
        yield ("number", number)


_READ: dict[str, Callable[[re.Match[str], str], Iterator[Reading]]] = {
    "iso": lambda m, _: iter([_day(m["iso_y"], int(m["iso_m"]), int(m["iso_d"]))]),
    "zh_date": _read_zh_date,
    "zh_month": lambda m, _: iter([("month", int(m["zm_y"]) if m["zm_y"] else None, _int(m["zm_m"]))]),
    "en_date": lambda m, _: iter([_day(m["ed_y"], _month(m["ed_m"]), int(m["ed_d"]), _weekday(m["ed_w"]))]),
    "us_date": lambda m, _: iter([_day(m["ud_y"], _month(m["ud_m"]), int(m["ud_d"]), _weekday(m["ud_w"]))]),
    "en_month": lambda m, _: iter([("month", int(m["em_y"]), _month(m["em_m"]))]),
    "numeric": _read_numeric,
    "always": lambda m, _: iter(()),
    "slashed": _read_slashed,
    "clock": _read_clock,
    "dotted": _read_dotted,
    "zh_clock": _read_zh_clock,
    "code": lambda m, _: iter([("code", m.group())]),
    "zh_percent": _read_zh_percent,
    "zh_part": _read_zh_part,
    "zh_figure": _read_zh_figure,
    "zh_plain": lambda m, _: iter([("number", zh_number(m.group()))]),
    "en_part": _read_en_part,
    "en_figure": _read_en_figure,
    "en_plain": _read_en_plain,
    "number": _read_number,
}


def day_fits(reading: Reading, day: date) -> bool:
    """Whether a reading ``("day", year, month, day, weekday)`` or ``("month", year, month)`` speaks of a day."""
    _, year, month, *rest = reading
    if month != day.month or year not in (None, day.year):
        return False
    return not rest or (rest[0] == day.day and rest[1] in (None, day.weekday()))
