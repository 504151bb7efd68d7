"""Lengths of time as ISO 8601: "over six months" P6M, "a couple of weeks" P2W, 一年半 P18M, 半个月 P15D.

Runs after dates and frequencies, so "in two weeks" is a date and "150 a month" a rate by now.  A vague length ("a few
days", 几天) gives nothing.
"""

from __future__ import annotations

import re

from bot.nlu.extraction.chinese_numbers import read
from bot.nlu.extraction.frequency import LENGTH_AFTER, LENGTH_BEFORE
from bot.nlu.extraction.number import tidy
from bot.nlu.extraction.patterns import (
    HALF,
    HAN,
    HAN_WEEKDAY,
    han_unit_of,
    rule,
    unit_of,
)
from bot.nlu.extraction.reading import Reading

_ENGLISH = rule(
    r"(?<![a-z])(?:(?P<n>N+)|(?P<couple>(?:a )?couple(?: of)?)|(?P<half>half(?: of)? an?)",
    rf"|(?P<article>an?|(?<=within )the)|(?P<one>another|one more|one))(?P<halves>{HALF})?",
    r"(?: (?P<more>more|extra|full|whole|further|additional|calendar|working|business|or so))?[ -]?",
    r"(?P<unit>days?|weeks?|wks?|fortnights?|months?|mo?nths?|mths?|mos|years?|yrs?|hours?|hrs?|minutes?|mins?)",
    rf"(?P<possessive>'s?|s')?(?P<halves2>{HALF})?(?![a-z])(?![ -]?olds?(?![a-z]))",
)
_OTHER = rule(
    r"(?<![a-z])(?:(?P<P6M>half (?:of )?year)|(?P<P9M>three quarters of a year)"
    r"|(?P<P3M>a quarter of a year|(?<=for )(?:a|one) quarter(?![a-z])(?! of)))(?![a-z])"
)
# "Six months rather than twelve"
_SAME_UNIT = rule(
    r"L+[,?.!]* (?:rather than|instead of|not|or|to|over|and not|or maybe|if not|(?:can we |could we |could you "
    r"|please |let's )?"
    r"(?:make it|call it)) (?P<n>N+)(?= *(?:$|[,.!?;]|please|if |would |is ))"
)
_TIMES_BEFORE = re.compile("(?:once|twice|times|end of|half) $")
_PLACE_AFTER = re.compile(" (?:in|at|off work)(?![a-z])")
_CHINESE = rule(
    r"(?:(?:(?<!N)(?P<years>N+|一)年(?:零|又|加)?)?(?:(?P<half>半)"
    # 成个月 is a whole month, 成年半 a year and a half
    r"|(?P<n>N+|一|(?P<rough>V+)(?=[天日周个年小星礼])|(?<![完达变做分])成(?=个(?:星期|礼拜|月)"
    r"|年半)))) ?(?P<half_more>个半)?"
    r"(?P<unit>天|日(?!元|本|子|常|期|后|工)",
    rf"|周(?![年末岁])(?!{HAN_WEEKDAY})|个?多?(?:星期|礼拜)(?!{HAN_WEEKDAY})",
    r"|个多?月(?!底)|月(?!底|初|末|中旬|份|供|薪|[N日]|还款)|年(?!底|初|末|[N轻纪代级])|(?<=半)年(?!底|初|末"
    r"|[轻纪代级]|利率)|个?多?小时|个?多?钟头?|粒钟|分钟"
    r"|个?季度)(?P<half_more2>半)?",
)
# 上两个月, 第三天, 2026年, 每两周 are no lengths; 再两个月 is one.
_MORE_BEFORE = re.compile("[给再延容]多$|多[给延容]$")
# "一天" is a rate or a story ("一天打十次") unless it is late, granted or left over.
_ONE_DAY = re.compile("(?:晚|逾期|迟|差|多|宽限|拖|缓|延|超过?|等|歇|提前|提早)[了过给我期出]*$")
_RATE_AFTER = re.compile("[N0-9¥]|rm|能|最多|大概|得|才|要")
_GRANTED = re.compile("(?:给|宽限|多|再|逾期|迟|晚|延期?|拖|缓|等|足|满|住院|隔离)[了我给到期住多足]{0,2} ?$")
_LATER_BEFORE = ("延后", "推后", "往后", "过去", "到期前", "还款日前", "最后")
# 去年 is a year's name; 交上去一个月 is a length.
_NO_YEAR_BEFORE = ("去", "同")
_NO_LENGTH_BEFORE = (
    "每",
    "第",
    "多",
    "哪",
    "几",
    "上",
    "今",
    "这",
    "那",
    "去",
    "明",
    "后",
    "同",
    "隔",
)


def durations(r: Reading) -> None:
    """Every length of time."""
    for m in r.find(_ENGLISH):
        value = _english(r, m)
        if value:
            r.add("duration", value, *m.span())
    for m in r.find(_SAME_UNIT):
        before = [e for e in r.of("duration") if e.end <= m.start("n")]
        value = r.whole(m, "n")
        if before and value:
            r.add("duration", iso(value, str(before[-1].value)[-1]), *m.span("n"))
    for m in r.find(_OTHER):
        r.add("duration", m.lastgroup, *m.span())
    for m in r.find(_CHINESE) if r.chinese else ():
        value = _chinese(r, m)
        if value:
            r.add("duration", value, *m.span())


def iso(count: float, unit: str) -> str | None:
    """ISO 8601 for a count of m, H, D, W, M or Y; halves go down to the next smaller unit, a month being 30 days."""
    if unit == "m":
        return f"PT{int(count)}M" if count == int(count) and 0 < count <= 10_000 else None
    if unit == "H" and count > 0:
        return f"PT{tidy(count)}H" if count == int(count) else f"PT{round(count * 60)}M"
    if unit == "Y" and count != int(count):
        count, unit = count * 12, "M"
    if unit == "M" and count != int(count):
        months, days = int(count), round((count - int(count)) * 30)
        return f"P{months}M{days}D" if months else f"P{days}D"
    if unit == "W" and count != int(count):
        count, unit = round(count * 7), "D"
    if unit == "H" or count != int(count) or not 0 < count <= 10_000:
        return None
    return f"P{int(count)}{unit}"


def _english(r: Reading, m: re.Match[str]) -> str | None:
    minutes = m["unit"].startswith("mi")
    if (m["article"] and (minutes or not _is_length(r, m))) or m.group() in ("another day", "one minute", "one min"):
        # "Give me a minute" asks for patience.
        return None
    value = r.value(m, "n") if m["n"] else 2 if m["couple"] else 0.5 if m["half"] else 1
    if value is None:
        return None
    if m["halves"] or m["halves2"]:
        value += 0.5
    if m["unit"].startswith("f"):
        value *= 2
    return iso(value, "m" if minutes else "H" if m["unit"].startswith("h") else unit_of(m["unit"]))


def _is_length(r: Reading, m: re.Match[str]) -> bool:
    """ "A month" is a length after "for", before "off" or alone; "150 a year" is a rate without a name."""
    before, after = r.sketch[: m.start()], r.sketch[m.end() :]
    if _TIMES_BEFORE.search(before) or (m["unit"] == "day" and _PLACE_AFTER.match(after)):
        return False
    if m["halves2"] or m["possessive"] or m["more"] or not re.search(f"[a-zA-Z{HAN}]", before + after):
        return True
    if re.search(", (?:just |maybe |say |like )?$", before) and re.match(" ?(?:$|[,.!?])", after):
        # "Extension pls, a week"
        return True
    return bool(LENGTH_BEFORE.search(before[-20:]) or LENGTH_AFTER.match(after))


def _rough(r: Reading, m: re.Match[str]) -> int | float | None:
    """四十多天 is read as 四十天, like "over six months"; 几十天 names no length."""
    said = r.text[m.start("rough") : m.end("rough")].rstrip("多来余")
    return None if said == r.text[m.start("rough") : m.end("rough")] else int(said) if said.isdigit() else read(said)


def _chinese(r: Reading, m: re.Match[str]) -> str | None:
    value = 0.5 if m["half"] else 1 if m["n"] in ("一", "成") else _rough(r, m) if m["rough"] else r.value(m, "n")
    before, unit = r.text[: m.start()], m["unit"]
    if unit == "日" and r.text[m.start("n")].isdigit() and not (value and value > 31) and not _GRANTED.search(before):
        # 14日 is a day of the month, 45日 and 宽限14日 are lengths.
        return None
    if unit in ("天", "日") and before.endswith("前") and not before.endswith(_LATER_BEFORE):
        # 前两天 is "the other day".
        return None
    if value == 1 and unit in ("天", "日") and not (_ONE_DAY.search(before) or r.text.startswith("内", m.end())):
        return None
    if value == 1 and _RATE_AFTER.match(r.sketch, m.end()):
        return None
    if _MORE_BEFORE.search(before) or before.endswith(_LATER_BEFORE):
        before = ""
    if before.endswith(_NO_YEAR_BEFORE) and not unit.endswith("年"):
        before = ""
    if value is None or before.endswith(_NO_LENGTH_BEFORE) or (m["half"] and before.endswith(("年", "月", "号", "下"))):
        return None
    if m["half_more"] or m["half_more2"]:
        value += 0.5
    if unit == "分钟":
        return iso(value, "m")
    if unit[-1] in "时头钟":
        return iso(value, "H")
    if unit.endswith("季度"):
        return iso(value * 3, "M")
    if m["years"]:
        years = 1 if m["years"] == "一" else r.value(m, "years")
        return iso(years * 12 + value, "M") if years and unit.endswith("月") else None
    if unit == "月" and not (m["half"] or m["half_more"] or r.text[m.start("n")] in "两仨"):
        # 5月 is May.
        return None
    if unit == "年" and value > 40:
        return None
    return iso(value, han_unit_of(unit))
