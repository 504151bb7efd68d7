"""How often a payment comes: weekly, biweekly or monthly, also for "a month" and 一个月 where they are rates."""

from __future__ import annotations

import re

from bot.nlu.extraction import calendar
from bot.nlu.extraction.patterns import (
    HAN_WEEK,
    HAN_WEEKDAY,
    WEEKDAY,
    any_of,
    han_weekday_of,
    listed,
    rule,
    weekday_of,
    whole,
)
from bot.nlu.extraction.reading import Reading

_EVERY = "(?:ev?e?ry|each|per|by the(?! (?:month|week)(?:-| |'s )?(?:end|of))|once (?:a|every|per))(?: single)?"
_DAY = f"(?:{WEEKDAY}|mon|tue|wed|thu|fri|sat|sun)"
_COUNTED = rule(
    r"(?<![a-z])(?P<n4>N+)-(?P<unit4>weekly|monthly)(?![a-z]| payments| ones| instal)|",
    r"(?<![a-z])(?:once )?(?:every|each) (?P<n>N+) (?P<unit>weeks?|days|months?)(?![a-z])",
    rf"|每(?P<skip>隔)?(?P<n2>N+)个?(?P<unit2>{HAN_WEEK}|天|月)(?:[N一]次)?",
    rf"|(?P<n3>N+)个?(?P<unit3>{HAN_WEEK}|月)[^,，。;NQ内后前]{{0,3}}[N一]次",
)
_FREQUENCIES = (
    (
        "biweekly",
        rule(
            whole(
                any_of(
                    "(?:once )?(?:every|each) (?:other|second|O+|couple of) weeks?",
                    "(?:every|each|per|once a) fortnight(?! ago|')(?:ly)?|fortnightly|/ ?fortnight",
                    "bi-? ?weekly|semi-?monthly|twice (?:a|per|each|every) month",
                    f"every (?:other|second|O+) (?:{WEEKDAY}|payday|paycheck)|alternate (?:weeks|{WEEKDAY}s?)",
                )
            ),
            rf"|每?隔[一N]?个?{HAN_WEEK}|双周[付还缴结]?|每半个?月|半个?月[^,，。;NQ内后]{{0,4}}[N一]次(?!性)",
        ),
    ),
    (
        "weekly",
        rule(
            whole(f"{_EVERY}[ -]w(?:ee)?k|weekly|/ ?w(?:ee)?k|(?:every|each) {_DAY}s?|(?:on )?{WEEKDAY}s"),
            r"|(?<=[NQ])(?: ?p/?w(?![a-z]))",
            rf"|(?:每个?|逢){HAN_WEEK}{HAN_WEEKDAY}?(?!末)|按周|(?<![每双隔N])周[付缴还](?!日)"
            rf"|[一N]周[一二三四五六两][次回趟遍]|/周|[一N]{HAN_WEEK}(?=[还付交给](?![不没差是够未]))",
        ),
    ),
    (
        "monthly",
        rule(
            whole(
                f"{_EVERY}[ -](?:calendar )?(?:month|mth)|monthly|month by month|per mo|/ ?(?:month|mth|mo)|pcm|a mo"
            ),
            r"|(?<=[NQ])(?: ?p/?m(?![a-z]))",
            r"|每个?月|[N一]个?月[N一]个?月(?![N内后])|逐个月|按月|月供|逐月|(?<!个)月月|/月|(?<![个首头隔单双])月还(?=[NQ款])"
            r"|(?<![个N0-9每按逐这上下本当半首头隔单双])月[付缴还交](?!款)",
        ),
    ),
)

_RATE_OR_LENGTH = rule(r"(?<![a-z])(?P<article>an?|the) (?P<unit>month|week|fortnight|mth|wk)(?![a-z']|'s)")
_UNITS = {"m": "monthly", "w": "weekly", "f": "biweekly"}
# "150 a month", "how much a month": a rate.
_RATE_BEFORE = rule(
    r"(?:[NVQ][a-z]*|[NVQ]+ ?",
    listed("dollars bucks quid pounds euros yuan rmb usd max each or_so tops only less more top"),
    "|",
    listed("much amount once twice times payment something anything less more bit little lot bucks that same half"),
    "|all i can) ?$",
)
# "for a month", "a month off": a length of time.
LENGTH_BEFORE = re.compile(
    "(?<![a-z])"
    + listed(
        "for another give_me give_us gimme need needs within about over take takes wait waited after by have of in"
        " than almost nearly only like just maybe half spare_me grant_me me us want wanted extra least ask_for got"
        " is was"
        " say let's_say do been be up_to as_long_as last past next first and or it quarter_of middle_of end_of"
        " rest_of beginning_of"
        " start_of time_of part_of days_of got delay extend postpone defer pause"
    )
    + " $"
)
LENGTH_AFTER = re.compile(
    " "
    + listed(
        "more or_so or_two or_N+ in_arrears in_hand off break extension to late behind ago longer extra from of"
        " and_a_half grace holiday pause"
        " delay before overdue without since at_most is_all"
    )
    + "(?![a-z])"
)

_HAN_RATE_OR_LENGTH = rule(
    rf"(?<![第每多这])(?P<period>(?:一|N)个?(?P<unit>月|{HAN_WEEK}))(?=(?P<rest>[^,，。;!?]{{0,10}}))"
)
_HAN_RATE_AFTER = rule(
    "(?!内|后|零|以|之|前|时间|左右|期|多|半|不|没|再)(?:我?",
    any_of("最多|只能|大概|差不多|就|能|可以|顶多|先|才|至少|固定|定期|平均|要|得|应该|想|只|大约|也就|撑死"),
    "*(?:再|拿|挤|省|剩|抽|匀)?(?:还|付|交|缴|给|出|拿|凑|承担|负担|接受|剩|下|来|bank in|pay)*(?:我|你们?|得起"
    "|的起|个|到|出|整|掏|打|转|弄)*(?:大概|差不多|最多|约|个|¥|rmb)?",
    "(?:[NVQ]|多少|少点|不超过|还一次|一次)|工资|收入|到手|能?赚|能?挣|[才就]?N|[才就]?V|利息|房租|房贷|生活费|开销"
    "|固定"
    "|还(?:款)?(?!清|完|上|我|就|行|可|不|没|差|是|够)|的月供|供|[^,，。;NQ]{0,8}(?:一|N)[次封回趟遍](?!性))",
)
_HAN_PRICE_BEFORE = rule("(?:[NVQ](?:块|元|块钱|蚊|刀)?(?:左右|上下)?|多少|多少钱|还|少一点|少点) ?$")
_HAN_WAGES_KEPT = re.compile("(?:[押压欠拖差扣]|预支)了?我?$")
_HAN_LENGTH_BEFORE = re.compile("(?:宽限|延|推迟|给我|再|缓|晚|等) ?$")
_HAN_LENGTH_AFTER = re.compile("内|后|以|之|前|时间")

_FROM_WEEK = re.compile(
    rf"(?:from|starting|beginning|start) (?:on )?(?P<which>next|this) week(?![a-z])"
    rf"|从?(?P<han>[下这本])个?{HAN_WEEK}(?!{HAN_WEEKDAY})(?:开始|起)"
)


def frequencies(r: Reading) -> None:
    """Every mention of how often."""
    for m in r.find(_COUNTED):
        _counted(r, m)
    for value, pattern in _FREQUENCIES:
        for m in r.find(pattern):
            found = r.add("frequency", value, *m.span())
            if value == "weekly":
                _first_of_weekly(r, found.start, found.end)
    for m in r.find(_RATE_OR_LENGTH):
        if _is_rate(r, m):
            r.add("frequency", _UNITS[m["unit"][0]], *m.span())
    for m in r.find(_HAN_RATE_OR_LENGTH) if r.chinese else ():
        if _is_han_rate(r, m):
            r.add(
                "frequency",
                "monthly" if m["unit"] == "月" else "weekly",
                *m.span("period"),
            )


def _counted(r: Reading, m: re.Match[str]) -> None:
    """ "Every two weeks", 每14天; what the vocabulary has no name for is claimed and left out."""
    group = next(group for group in ("n", "n2", "n3", "n4") if m[group])
    count, unit = r.whole(m, group), m[group.replace("n", "unit")]
    days = (count or 0) * (30 if unit[0] in "m月" else 1 if unit[0] in "d天" else 7)
    # 每隔一周 skips a week; 每隔两周 is said for every two.
    if m["skip"] and unit[0] not in "d天" and count == 1:
        days *= 2
    value = {7: "weekly", 14: "biweekly", 30: "monthly"}.get(days)
    if value:
        r.add("frequency", value, *m.span())
    else:
        r.claim(*m.span())


def _is_rate(r: Reading, m: re.Match[str]) -> bool:
    before, after = r.sketch[: m.start()], r.sketch[m.end() :]
    rate = _RATE_BEFORE.search(before[-30:])
    if m["article"] == "the":
        return bool(rate and rate.group().strip()[0] in "NVQ")
    if rate:
        return not re.match(r" (?:ago|late|behind|before|off)(?![a-z])", after)
    if LENGTH_BEFORE.search(before[-20:]) or LENGTH_AFTER.match(after):
        return False
    if re.search(", (?:just |maybe |say )?$", before) and re.match(" ?(?:$|[,.!?])", after):
        # "Extension pls, a week"
        return bool(re.search("[NVQ]", r.sketch))
    return m.start() > 0 or bool(re.search("[NVQ]", r.sketch))


def _is_han_rate(r: Reading, m: re.Match[str]) -> bool:
    if m["period"].startswith("N") and r.value(m, "period") != 1:
        return False
    if _HAN_WAGES_KEPT.search(r.text[: m.start()]):
        return False
    if _HAN_RATE_AFTER.match(m["rest"]):
        return True
    before = r.sketch[: m.start()]
    priced = _HAN_PRICE_BEFORE.search(before) and not _HAN_LENGTH_BEFORE.search(before)
    return bool(priced and not _HAN_LENGTH_AFTER.match(m["rest"]))


def _first_of_weekly(r: Reading, start: int, end: int) -> None:
    """ "Every friday, starting next week" names the first day."""
    weekday = re.search(f"{WEEKDAY}|{HAN_WEEKDAY}$", r.text[start:end])
    begin = _FROM_WEEK.search(r.text)
    if not (weekday and begin):
        return
    name = weekday.group()
    index = weekday_of(name) if name.isascii() else han_weekday_of(name)
    first = calendar.weekday_of_week(r.today, index, int(begin["which"] == "next" or begin["han"] == "下"))
    if first >= r.today and r.free(*begin.span()):
        r.add("date", first.isoformat(), *begin.span(), role="start")
