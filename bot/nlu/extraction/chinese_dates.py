"""Days that Chinese words name; the same readings of what is open as in `english_dates`."""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.nlu.extraction import calendar
from bot.nlu.extraction.numeric_dates import BIRTH, birth_year, full_year
from bot.nlu.extraction.patterns import (
    HAN_UNIT,
    HAN_WEEK,
    HAN_WEEKDAY,
    han_unit_of,
    han_weekday_of,
    rule,
)
from bot.nlu.extraction.plan_days import is_moved_from, is_plan_day
from bot.nlu.extraction.reading import Reading
from bot.nlu.extraction.tense import told_around

_RELATIVE = re.compile(
    "(?P<days3>大后天)|(?P<back3>大前天)|(?<![以之然今])(?P<days2>后[天日](?!天))|(?P<back2>前[天日](?!天))"
    "|(?P<days1>明[天日晚早儿]|听[日晚朝])|(?P<days0>今[天日晚夜早儿朝]|本日(?!常))|(?P<back1>昨[天日晚]|寻日)"
)
_WEEKDAY = rule(
    rf"(?P<which>下下个?|下个?|上上个?|上个?|这个?|本|呢个|今个?)?{HAN_WEEK}(?P<day>{HAN_WEEKDAY}|[1-6](?!\d))"
)
_WEEKDAY_RANGE = rule(
    rf"{HAN_WEEK}{HAN_WEEKDAY} ?[到至-] ?(?:{HAN_WEEK}?{HAN_WEEKDAY}|[N一]|N+(?!N))(?![百千万十点号])"
)
_REPEATED_BEFORE = re.compile("(?:[每逢隔]|每个|[N一两]个?)$")
_MONTH_AHEAD = "下下个?月|下个?月|上个?月|这个?月|本月|当月"
_MONTH_DAY = rule(
    r"(?:(?P<relative_year>今年|明年|去年|前年)|(?P<era>民国)?(?P<year>N+) ?年)? ?",
    rf"(?:(?P<month>N+) ?月(?:份)?|(?P<ahead>{_MONTH_AHEAD}))的? ?(?P<day>N+) ?",
    r"(?P<mark>[号日](?![码线楼])|(?=$|[,，。;!? ]|之?前|以前|还|付|到|交|开始|给|再|出[生世]|生(?!病)|生日))",
)
_DAY = rule(
    r"(?P<every>每个?月(?:的|还款日)?[是在]? ?)?(?<![第NV.])(?P<day>N+) ?",
    r"(?P<mark>号(?!码|线|楼|方案|选|套|风球|波|台|铺|机|店|门|窗|桌|床|仓|院)|日(?!元|内|之内|以内|后|本|之后"
    r"|以后|子|常))",
)
# 每月初五
_FIRST_TEN = re.compile("(?<=每月)初(?P<day>[一二三四五六七八九十])")
_AND_DAY = rule("[和跟,，或、及] ?(?P<day>N+) ?[号日]")
_LENGTH_BEFORE = re.compile("(?:再|多|等|宽限|迟|延|缓|拖|逾期|[给畀]我)(?:给|多|了|我|期|足){0,2} ?$")
_OPTION_BEFORE = re.compile("[选要第路街巷弄道村栋]$|方案$|(?:门牌|地址|住址|楼)[^。;!?]{0,12}$")
_OPTION_AFTER = re.compile("那个(?:[?,，。!吧 ]|$)")
_EDGE = rule(
    r"(?P<every>每个?)?(?:(?P<which>下下个?|下个?|这个?|本|当|上个?)?(?P<unit>月)|(?P<month>N+) ?月(?:份)?",
    r"|(?P<year>今|明)?年)(?P<edge>底|末|尾|的?最后[一N]天)(?! ?(?:[NO]+ ?[号日]|[N一]天))",
)
_EACH_MONTH_BEFORE = re.compile("每个?月的?$")
# Days that a name is enough for; those of the moon's calendar are left to the one who talks.
_FESTIVAL = re.compile(
    "(?P<year>今年|明年|去年)?的?(?:(?P<d0101>元旦)|(?P<d1225>圣诞(?![树老礼卡帽]))|(?P<d1224>平安夜)"
    "|(?P<d1231>跨年夜?)|(?P<d0214>情人节)|(?P<d0308>妇女节|三八节)|(?P<d0501>劳动节|五一(?=节|当天|那天|之?前"
    "|以前|之?后|假|放|计|出|回))"
    "|(?P<d0601>儿童节|六一节)|(?P<d1001>国庆)"
    "|(?P<d1111>双十一|双11)|(?P<d1212>双十二|双12))(?:节|当天|那天)?"
)
_LATER = rule(
    r"(?P<past>(?<![超通经不])再?过)?(?:(?P<half>半)|(?P<n>N+)(?P<half2>个半)?) ?",
    rf"{HAN_UNIT}(?P<half3>半)? ?(?P<after>[之以]?后|过后)?",
)
_AGO = rule(rf"(?:(?P<half>半)|(?<![边哪那某第])(?P<n>N+)) ?{HAN_UNIT}(?:之|以)?前(?![还付给交打转结])")


def chinese_dates(r: Reading) -> None:
    """Everything about days that Chinese words say."""
    if not r.chinese:
        return
    for m in _FESTIVAL.finditer(r.text):
        _festival(r, m)
    for m in r.find(_EDGE):
        _month_edge(r, m)
    for m in r.find(_MONTH_DAY):
        _month_day(r, m)
    for m in _FIRST_TEN.finditer(r.text):
        r.add("day_of_month", "一二三四五六七八九十".index(m["day"]) + 1, *m.span())
    for m in r.find(_DAY):
        _day(r, m)
    for m in r.find(_WEEKDAY_RANGE):
        r.claim(*m.span())
    for m in r.find(_WEEKDAY):
        found = _weekday(r, m)
        if found:
            r.add("date", found.isoformat(), *m.span())
    for m in r.find(_RELATIVE):
        name = str(m.lastgroup)
        days = int(name[-1]) * (-1 if name.startswith("back") else 1)
        r.add("date", (r.today + timedelta(days=days)).isoformat(), *m.span())
    for m in r.find(_AGO):
        number, unit = 0.5 if m["half"] else r.value(m, "n"), han_unit_of(m["unit"])
        found = calendar.plus(r.today, -number, unit) if number and unit == "D" else None
        if found:
            r.add("date", found.isoformat(), *m.span())
    for m in r.find(_LATER):
        _later(r, m)


def _festival(r: Reading, m: re.Match[str]) -> None:
    name = next(name for name, said in m.groupdict().items() if said and name != "year")
    month, number = int(name[1:3]), int(name[3:])
    if m["year"]:
        found = calendar.day(r.today.year + {"今": 0, "明": 1, "去": -1}[m["year"][0]], month, number)
    else:
        found = calendar.next_month_day(r.today, month, number)
        if found and told_around(r, m.start(), m.end()):
            found = calendar.day(found.year - 1, month, number)
    if found:
        r.add("date", found.isoformat(), *m.span())


def _month_edge(r: Reading, m: re.Match[str]) -> None:
    """月底, 下月底, 12月底, 年底; every month's end is the plan's day 31."""
    recurring = _EACH_MONTH_BEFORE.search(r.text[: m.start()])
    start = m.start("edge") if m["every"] else m.start()
    if recurring or (m["every"] and m["unit"]) or (m["unit"] and not m["which"] and is_plan_day(r, *m.span())):
        r.add("day_of_month", 31, start, m.end())
        return
    if m["month"]:
        month = r.whole(m, "month")
        if not month or month > 12:
            return
        found = calendar.month_end(r.today.year + (month < r.today.month), month)
    elif m["unit"]:
        found = calendar.month_end(r.today.year, r.today.month + _ahead(m["which"] or ""))
    else:
        found = date(r.today.year + (m["year"] == "明"), 12, 31)
    r.add("date", found.isoformat(), *m.span())


def _ahead(which: str) -> int:
    return which.count("下") - which.count("上")


def _weekday(r: Reading, m: re.Match[str]) -> date | None:
    which, following = m["which"] or "", r.text[m.end() : m.end() + 1]
    if not which and _REPEATED_BEFORE.search(r.sketch[: m.start()]):
        return None
    if following and following in "百千万十个":
        return None
    weekday = int(m["day"]) - 1 if m["day"].isdigit() else han_weekday_of(m["day"])
    if not which:
        coming = calendar.next_weekday(r.today, weekday)
        return coming - timedelta(days=7) if told_around(r, m.start(), m.end()) else coming
    found = calendar.weekday_of_week(r.today, weekday, _ahead(which))
    return calendar.next_weekday(r.today, weekday) if found < r.today and not _ahead(which) else found


def _month_day(r: Reading, m: re.Match[str]) -> None:
    number, year = r.whole(m, "day"), _year(r, m) or birth_year(r)
    if number is None or not 1 <= number <= 31 or r.text[: m.start()].endswith("每"):
        return
    if m["ahead"]:
        found = calendar.day_of_coming_month(r.today, _ahead(m["ahead"]), number)
    else:
        month = r.whole(m, "month")
        if month is None or not 1 <= month <= 12:
            return
        found = calendar.day(year, month, number) if year else calendar.next_month_day(r.today, month, number)
        if not year and found and found > r.today and told_around(r, m.start(), m.end()):
            found = calendar.day(found.year - 1, month, number)
    end = m.end("mark") if m["mark"] else m.end("day")
    # A birthday without its year names no day.
    if found and (year or not BIRTH.search(r.text)):
        r.add("date", found.isoformat(), m.start(), end)
    else:
        r.claim(m.start(), end)


def _year(r: Reading, m: re.Match[str]) -> int | None:
    if m["relative_year"]:
        return r.today.year + {"今": 0, "明": 1, "去": -1, "前": -2}[m["relative_year"][0]]
    value = r.whole(m, "year")
    if value is None:
        return None
    if m["era"]:
        return value + 1911
    written = r.numbers[m.start("year")]
    digits = written.digits or r.text[written.start : written.end]
    if digits.isdigit() and len(digits) in (2, 4):
        return full_year(digits, r.today, bool(BIRTH.search(r.text)))
    return value


def _day(r: Reading, m: re.Match[str]) -> None:
    number, start = r.whole(m, "day"), m.start("day")
    if number is None or not 1 <= number <= 31:
        return
    before = r.text[:start]
    if (
        m["mark"] == "日"
        and not m["every"]
        and (_LENGTH_BEFORE.search(before) or (number <= 10 and not r.text[start].isdigit()))
    ):
        # 再给多十日, 迟了三日: days, not the 10th and the 3rd.
        return
    moved = before.rstrip().endswith(("从", "由")) and is_moved_from(r, start, m.end())
    if m["every"] or moved or is_plan_day(r, start, m.end()):
        r.add("day_of_month", number, start, m.end())
        other = _AND_DAY.match(r.sketch, m.end())
        if other and (r.whole(other, "day") or 0) in range(1, 32):
            r.add("day_of_month", r.whole(other, "day"), other.start("day"), other.end())
        return
    if _OPTION_BEFORE.search(before) or (number <= 3 and _OPTION_AFTER.match(r.text, m.end())):
        return
    if told_around(r, m.start(), m.end()):
        found = calendar.last_day_of_month(r.today, number)
    else:
        found = calendar.next_day_of_month(r.today, number)
    if found:
        r.add("date", found.isoformat(), start, m.end())


def _later(r: Reading, m: re.Match[str]) -> None:
    """两周后, 半个月后, 过三天."""
    if not (m["after"] or m["past"]) or r.text[: m.start()].endswith(("每", "第", "近")):
        return
    number, start = (0.5, m.start()) if m["half"] else _last_number(r, m)
    if number is None:
        return
    if not m["after"] and number == 2 and m["unit"] == "天":
        # 过两天 is "in a while".
        r.claim(*m.span())
        return
    if m["half2"] or m["half3"]:
        number += 0.5
    found = calendar.plus(r.today, number, han_unit_of(m["unit"]))
    if found:
        r.add("date", found.isoformat(), start, m.end())


def _last_number(r: Reading, m: re.Match[str]) -> tuple[int | float | None, int]:
    """The number right before the unit, and where the day begins: 剩下600三个星期后 names two numbers in a row."""
    joined = [n for at, n in r.numbers.items() if m.start("n") < at and n.end == m.end("n")]
    return (joined[0].value, joined[0].start) if joined else (r.value(m, "n"), m.start())
