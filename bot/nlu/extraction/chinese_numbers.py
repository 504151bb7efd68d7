"""Chinese and mixed numerals: 一千二 1200, 三万五 35000, 1万2 12000, 两百五 250, 百五 150, 一点五万 15000.

`cn2an` raises on what it holds malformed (万二, 百五, 三五百) and does not find numbers in a text, so the
reader is our own; the tests hold it against `cn2an`.
"""

from __future__ import annotations

import re

from bot.nlu.extraction.number import (
    DIGITS,
    EXACT,
    VAGUE,
    VAGUE_AFTER_HAN,
    Number,
    tidy,
)

_ONES = {character: value for value, character in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "仨": 3,
}
_TWENTIES = {"廿": 20, "卅": 30}
_UNITS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_SUFFIXES = {"k": 1_000, "w": 10_000}
# As on contracts and cheques.
_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千")

_FORMAL_ALONE = frozenset("壹贰叁肆伍陆柒捌玖拾佰仟")
_NUMERAL = "零〇一二两仨三四五六七八九十百千万亿几廿卅壹贰叁肆伍陆柒捌玖拾佰仟数"
_RUN = re.compile(
    rf"(?:(?<![0-9.])\d{{1,9}}(?:,\d{{3}})*(?:\.\d{{1,4}})?(?=[几来]?[百千万亿])|(?=[{_NUMERAL}]))"
    rf"[{_NUMERAL}]{{0,20}}(?:点[零一二三四五六七八九]{{1,4}}(?=[万千百亿kw折成%]|个百分))?[万千百亿kw]?"
    r"(?:\d{1,4}(?:[千百](?:\d{1,3})?)?(?![0-9.,:]|[期个天次月号年日]))?"
)
# Words that hold a numeral and count nothing.
_WORDS = re.compile(
    "一了百了|一块(?:儿|(?=[还结付交来去给]))"
    "|一(?:[下起直定样些旦般切共律向辈家边会并概生心时刻致晚手路齐经贯连再来看听想说张句位行场种旁面体道度番带趟身言笔无]"
    "|口气|次性|个人|方面|味|半|大早|开始|点(?!五|钟|半|前|后|以|之|[零〇一二三四五六七八九十\\d]))"
    "|万[一分能岁物]|千(?:万(?!以|多|块|元|的|[零一二三四五六七八九十\\d])|方百计|辛万苦)"
    "|十(?:分(?![钟之期])|足)|百(?:分|姓|般|度)|三[八星]|三天两头|三番五次|四[处川]|五险|六神|七上八下|乱七八糟|八卦"
    "|九牛"
)
_DECIMAL = re.compile(r"([零〇一二两三四五六七八九十百]+)点([零一二三四五六七八九]+)([百千万亿kw]?)")
# 三五百, 一两千: two neighbouring digits in front of a unit name no number.
_NEIGHBOURS = re.compile("([一二两三四五六七八])([二两三四五六七八九])(?=[十百千万]|$)")
_ONE_BY_ONE = re.compile("[零〇一二三四五六七八九]{2,}")
_A_MONTH_AFTER = re.compile("个?(?:月|星期|礼拜)|[周期次年天把笔]|口气")
_WEEK = ("周", "星期", "礼拜")
# 张三, 小二, 唯一, 同一: one numeral after these is part of a name or word.
_PARTS_OF_WORDS = frozenset("张李王赵老小唯统专同单初哪这那某另")
_NUMBER_OF = frozenset("分多少总人天期次笔指岁")
_PIECES = re.compile(r"[\d,]+(?:\.\d+)?|.")
_HAS = re.compile(f"[{_NUMERAL}]")


def chinese_numbers(text: str) -> list[Number]:
    """Every number that holds a Chinese numeral."""
    found: list[Number] = []
    position = 0 if _HAS.search(text) else len(text)
    while match := _RUN.search(text, position):
        start, end = match.span()
        position = _after_no_number(text, start, end)
        if position is None:
            numbers = _in_run(text, start, end)
            if numbers:
                numbers[-1] = _maybe_vague(text, numbers[-1])
                end = max(end, numbers[-1].end)
            found += numbers
            position = max(end, start + 1)
    return found


def _after_no_number(text: str, start: int, end: int) -> int | None:
    """Where to go on when what stands here counts nothing, None when it is a number."""
    if start == end:
        return end + 1
    leading = text[start - 1] if start else ""
    if end - start == 1 and text[start] in _FORMAL_ALONE:
        return end
    if leading == "息" and text[start] == "万":
        # 日息万五: five in ten thousand.
        return end
    if text[start].isascii():
        digits = re.match(r"[\d,.]+", text[start:end])
        if digits and digits.end() == end - start:
            return end
    word = _WORDS.match(text, start)
    if word and not _DECIMAL.match(text, start, end):
        return word.end()
    if text[start] == "数" and (text[start + 1 : start + 2] not in tuple("十百千万") or leading in _NUMBER_OF):
        return start + 1
    return end if end - start == 1 and leading in _PARTS_OF_WORDS else None


def _in_run(text: str, start: int, end: int) -> list[Number]:
    """What a run of numerals means where it stands; more than one number where a weekday or two amounts touch."""
    run = text[start:end].translate(_FORMAL)
    before = text[:start]
    if before.endswith("第"):
        return []
    if before.endswith(_WEEK) and run[0] in "一二三四五六":
        # 周五, 下周五五百; but 每周五百 is five hundred a week.
        if len(run) == 1:
            return []
        touching = run[1] in _ONES or run[1].isdigit()
        if touching and not (before.endswith(("每周", "每星期", "每礼拜")) and read(run) is not None):
            return _in_run(text, start + 1, end)
    if "几" in run or "数" in run or _neighbours(run, text[end : end + 1]):
        return [Number(start, end, None, VAGUE)] if re.search("[十百千万kw]|[一二两三四五六七八九]{2}", run) else []
    if _ONE_BY_ONE.fullmatch(run):
        digits = "".join(str(_ONES[character]) for character in run)
        return [Number(start, end, int(digits), DIGITS, digits)]
    if _A_MONTH_AFTER.match(text, end) and re.search(r"[百千万\d一二三四五六七八九]一$", run):
        # 五百一个月 is 五百 for 一个月; 310一次付清 is 310 at once.
        return [*_in_run(text, start, end - 1), Number(end - 1, end, 1)]
    value = read(run)
    if value is not None:
        return [
            Number(
                start,
                end,
                tidy(value * 0.5) if before.endswith("半") and run[0] in "百千万" else value,
            )
        ]
    for cut in range(end - 1, start, -1):
        head = read(text[start:cut])
        if head is not None:
            return [Number(start, cut, head), *_in_run(text, cut, end)]
    return []


def _neighbours(run: str, following: str) -> bool:
    pair = _NEIGHBOURS.search(run)
    if not pair or not _ONES[pair[1]] < _ONES[pair[2]] <= _ONES[pair[1]] + 2:
        return False
    if pair.end() < len(run):
        return True
    # 七八折 is 22 percent off; 一千二三 goes on reading.
    return pair.start() == 0 and following not in tuple("折成")


def _maybe_vague(text: str, number: Number) -> Number:
    leading = text[number.start - 1 : number.start]
    if number.kind == VAGUE:
        return Number(number.start - (leading == "好"), number.end, None, VAGUE)
    if number.kind != EXACT:
        return number
    rough = VAGUE_AFTER_HAN.match(text, number.end)
    at_least = (
        leading == "上"
        and text[number.start] in "百千万"
        and text[number.start - 2 : number.start - 1] not in ("以", "晚")
    )
    at_least = at_least or (leading == "成" and number.end - number.start == 1 and text[number.start] in "百千万")
    # 小两千: almost two thousand
    at_least = at_least or (leading == "小" and bool(re.search("[百千万]$", text[number.start : number.end])))
    if rough or at_least:
        return Number(number.start - at_least, rough.end() if rough else number.end, None, VAGUE)
    return number


def read(run: str) -> int | float | None:
    """Reads a numeral; None where it is none."""
    run = run.translate(_FORMAL)
    if run in ("零", "〇"):
        return 0
    decimal = _DECIMAL.fullmatch(run)
    if decimal:
        whole = read(decimal[1])
        digits = "".join(str(_ONES[character]) for character in decimal[2])
        return None if whole is None else tidy(float(f"{whole}.{digits}") * (_UNITS | _SUFFIXES).get(decimal[3], 1))
    total = section = 0.0
    current: float | None = None
    last_unit, after_zero, one_digit = 0, False, False
    for piece in _PIECES.findall(run):
        if piece[0].isascii() and piece[0].isdigit():
            if current is not None:
                return None
            current, one_digit = float(piece.replace(",", "")), len(piece) == 1
        elif piece in "零〇":
            after_zero = True
        elif piece in _ONES:
            if current is not None:
                return None
            current, one_digit = _ONES[piece], True
        elif piece in _TWENTIES:
            section, last_unit = section + _TWENTIES[piece], 10
        elif piece in _SUFFIXES:
            total, section, current = (
                (total + section + (current or 0)) * _SUFFIXES[piece],
                0.0,
                None,
            )
        elif piece in _UNITS:
            unit = _UNITS[piece]
            if unit >= 10_000:
                total, section = (total + section + (current or 0) or 1) * unit, 0.0
            elif 0 < last_unit <= unit:
                return None
            else:
                section += (1 if current is None else current) * unit
            current, after_zero = None, False
            last_unit = 0 if unit >= 10_000 and not run.endswith(piece) and _starts_section(run, piece) else unit
        else:
            return None
    if current is not None:
        # The last digit stands for the next lower unit: 一千二 is 1200, 一千零二 is 1002.
        section += current * (last_unit / 10 if last_unit >= 100 and not after_zero and one_digit else 1)
    value = total + section
    return tidy(value) if value else None


def _starts_section(run: str, unit: str) -> bool:
    """Whether another unit follows 万 or 亿, so that 一万两千 goes on while 一万二 ends."""
    return bool(re.search("[十百千]", run[run.rindex(unit) + 1 :]))
