"""Times of day that Chinese words name; hours without a part of the day are read as in `clock`."""

from __future__ import annotations

import re

from bot.nlu.extraction.clock import CONTACT, DAY, show
from bot.nlu.extraction.patterns import HAN, rule
from bot.nlu.extraction.reading import Reading

_PART = "(?:早上|上午|清晨|凌晨|中午|午后|下午|傍晚|晚上|晚间|夜里|夜晚|半夜|早晨|晚|朝早|下昼|晏昼)"
_NOT_HOURS = "(?!候|间|期|儿|击|赞|评|不|没|费|利|钱|出|心|头)"


def _hour(name: str) -> str:
    return (
        rf"(?P<{name}>N+|一) ?(?:[点时]{_NOT_HOURS}钟?(?P<{name}_half>半)?(?P<{name}_quarter>[一三N]刻)?"
        rf"(?:(?P<{name}_minute>N+)(?:分|(?![位个人天次号月年块元点])))?|:(?P<{name}_colon>N+))"
    )


_RANGE = rule(
    rf"(?P<part>{_PART})?的?{_hour('a')} ?[到至和-] ?(?P<later_part>{_PART})?{_hour('b')}(?:之?间)?",
)
_SHORT_RANGE = rule(
    rf"(?P<part>{_PART})?(?P<a>N+) ?[到至-] ?(?P<later_part>{_PART})?(?P<b>N+) ?点(?:钟|之间)?",
)
_TIME = rule(rf"(?P<part>{_PART})?的?{_hour('a')} ?(?P<edge>以后|之后|过后|后|以前|之前|前)?")
_PARTS = re.compile(
    "(?P<part>早上|上午|清晨|凌晨|中午|下午|傍晚|晚上|晚间|夜里|夜晚|半夜|早晨|朝早|夜间|下昼)(?![好安])"
    "(?P<edge>以后|之后|之前|以前|前)?"
)
_VALUES = {
    "早": "06:00/12:00",
    "上": "06:00/12:00",
    "朝": "06:00/12:00",
    "清": "05:00/08:00",
    "凌": "00:00/06:00",
    "半": "00:00/06:00",
    "中": "12:00",
    "下": "12:00/18:00",
    "傍": "17:00/19:00",
    "晚": "18:00/22:00",
    "夜": "20:00/24:00",
}
_EVENING_BEFORE = ("今晚", "明晚", "昨晚", "听晚", "今夜")
_MORNING_BEFORE = ("明早", "今早", "听朝")
_PART_ALONE = re.compile("(?P<part>早上|上午|中午|下午|傍晚|晚上)(?:的|[^,，。;!?N0-9]){0,8}$")
_EARLIER = re.compile("(?:(?P<no>[不别勿]|不要|不能)?(?P<which>早于|晚于))$")
# 利率三点五, 涨了两点: a decimal, a point of a percentage.
_RATE_BEFORE = re.compile("(?:率|年化|利息|月息|日息|百分之|评分|[涨降]了?)[^,，。;!?]{0,3}$")
_FILLER = re.compile("吧|呢|可以|行|左右|[TD]")


def chinese_times(r: Reading) -> None:
    """下午三点, 晚上七点以后, 九点到十一点, 上午."""
    if not r.chinese:
        return
    for pattern in (_RANGE, _SHORT_RANGE):
        for m in r.find(pattern):
            part = m["part"] or _evening_before(r, m.start())
            start, end = (
                _minutes(r, m, "a", part),
                _minutes(r, m, "b", m["later_part"] or part),
            )
            if start is None or end is None:
                continue
            if end <= start and end + DAY // 2 <= DAY:
                end += DAY // 2
            if end > start:
                r.add("time_of_day", f"{show(start)}/{show(min(end, DAY))}", *m.span())
    for m in r.find(_TIME):
        value = _one_time(r, m)
        if value:
            r.add("time_of_day", value, *m.span())
    for m in r.find(_PARTS):
        value = _VALUES[m["part"][0]]
        if m["edge"] and m["part"] == "中午":
            value = "00:00/12:00" if "前" in m["edge"] else "12:00/24:00"
        r.add("time_of_day", value, *m.span())


def _one_time(r: Reading, m: re.Match[str]) -> str | None:
    part, edge = m["part"] or _part_before(r, m.start()), m["edge"] or ""
    earlier = _EARLIER.search(r.text[: m.start()])
    if earlier:
        edge = "后" if (earlier["which"] == "早于") == bool(earlier["no"]) else "前"
    said = m["a_half"] or edge or "钟" in m.group()
    if m["a"] == "一" and not (said or (part and part != "晚")):
        # 早一点 and 晚一点 are "a little".
        return None
    if not (part or edge or m["a_half"] or m["a_colon"]) and _RATE_BEFORE.search(r.text[: m.start()]):
        return None
    others = _FILLER.sub("", r.sketch[: m.start()] + r.sketch[m.end() :])
    alone = not re.search(f"[a-z0-9{HAN}]", others) and r.text[m.start("a")] not in "一两"
    dated = r.sketch[: m.start()].rstrip(" ,的").endswith("D")
    certain = part or said or dated or m["a_quarter"] or m["a_minute"] or m["a_colon"] or "时" in m.group()
    if not (certain or alone or CONTACT.search(r.text)):
        return None
    at = _minutes(r, m, "a", part, late="后" in edge)
    if at is None or at > DAY:
        return None
    if "后" in edge:
        return f"{show(at)}/24:00"
    return f"00:00/{show(at)}" if "前" in edge else show(at % DAY)


def _part_before(r: Reading, start: int) -> str:
    """The part of the day that stands apart from its hour: 明早九点, 下午的会改到三点."""
    if r.text[:start].endswith(_MORNING_BEFORE):
        return "早"
    evening = _evening_before(r, start)
    apart = None if evening else _PART_ALONE.search(r.sketch[:start])
    if apart is None:
        return evening
    r.claim(*apart.span("part"))
    return apart["part"]


def _evening_before(r: Reading, start: int) -> str:
    return "晚" if r.text[:start].endswith(_EVENING_BEFORE) else ""


def _minutes(r: Reading, m: re.Match[str], name: str, part: str, late: bool = False) -> int | None:
    named = m.groupdict()
    hour = 1 if m[name] == "一" else r.whole(m, name)
    minute = 0
    for group in (f"{name}_minute", f"{name}_colon"):
        if named.get(group):
            value = r.whole(m, group)
            if value is None or value > 59:
                return None
            minute = value
    if named.get(f"{name}_half"):
        minute = 30
    if named.get(f"{name}_quarter"):
        minute = 45 if r.text[m.start(f"{name}_quarter")] == "三" else 15
    if hour is None or hour > 24:
        return None
    if part:
        if part[0] in "晚夜" and hour == 12:
            hour = 24
        elif part[0] in "中下傍晚夜午晏" and hour < 12 and not (part[0] == "中" and hour >= 10):
            hour += 12
        elif part[0] in "凌半" and hour == 12:
            hour = 0
    elif 1 <= hour <= (8 if late else 7) and r.text[m.start(name)] != "0":
        hour += 12
    return hour * 60 + minute
