"""Which of the offers on the table somebody means: by its place, by figures and days in it, by what it is like.

Read off the words and what the grammar found in them. What is turned down in the same breath ("1 is too much, 2 then")
points to nothing. Whatever is picked is read back before it counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from bot.domain.offer import Terms
from bot.nlu.extraction.characters import fold
from bot.nlu.extraction.chinese_numbers import chinese_numbers

Mention = Mapping[str, Any]
LAST = -1
# Where one thing ends that is said, and the next begins; a blank between Chinese characters is one too.
CLAUSE_ENDS = re.compile(
    r"[,;.!?，。；！？\n]+(?!\d)|(?<=[^\x00-\x7f]) +(?=[^\x00-\x7f])|\b(?:but|so|cos|cause)\b|(?=\bnot (?:the|that)\b)"
    r"|但是?|不过|因为",
    re.ASCII,
)
TURNED_DOWN = re.compile(
    r"\b(?:not|no|nope|never|neither|too (?:much|steep|high|dear|long)|can'?t|cannot|couldn'?t|won'?t|don'?t|skip"
    r"|forget|rather than|instead of|was going to|was gonna|thought about)\b"
    r"|不(?:选|要|行|可|能|想|用|好|够|合|适|考虑|太|然|宽)|[还付拿吃扛搞顶受记]不|遭不住|别选|太(?!好|谢|感)|就算了|没办法|除了"
    r"|省得|免得|以免|懒得|忘记|我?怕|本来想|原本",
    re.ASCII,
)
NOT_TURNED_DOWN = re.compile(
    r"\bno\.? ?\d|\b(?:no (?:problem|worries|bother|interest|fees?)|why not|not bad|can'?t (?:complain|go wrong)"
    r"|don'?t (?:love|like|mind|want (?:to|any)|need|have))\b"
    r"|\b(?:ja|yeah|ya|yah|aye|yes),? (?:no|nah)\b|不(?:错|反对|用多|改|囉|啰|想拖|想欠|想再|用想|要紧|要再)",
    re.ASCII,
)
# The one that is said after this is meant, of two.
SETTLES = re.compile(
    r"\b(?:actually|i mean|no wait|make (?:that|it)|rather|still)\b|还是|改成|算了|不对|噢不|哦不", re.ASCII
)
# An option by its place. "The first of March" is a day, "the first payment" no option.
WORD_PLACES = {
    **dict.fromkeys(("first", "1st", "top", "former"), 1),
    **dict.fromkeys(("second", "2nd", "middle"), 2),
    **dict.fromkeys(("third", "3rd"), 3),
    **dict.fromkeys(("last", "bottom", "latter"), LAST),
}
PLACE = re.compile(
    r"(?:\b(?:the|take|your|put|have put) |\A\W*|[,.;!?]\W*)"
    r"(?P<place>first|1st|second|2nd|third|3rd|last|top|bottom|middle|former|latter)(?:'?s)?\b"
    r"(?! (?:payment|instal\w*|of|week|month|day|time|thing|few|two|half|part|bit|person)\b)",
    re.ASCII,
)
# A number that stands alone, or after a word for an option however it is spelt, and counts nothing.
NUMBER_ALONE = re.compile(
    r"(?<![\d.,:/$£€¥#a-z])(?<!\d )(?P<n>\d)(?!\d|[.,:/%]\d|[a-z%:/])"
    r"(?! ?(?:am|pm|a month|a week|per|more|the|kids|children|people|payments?|instal\w*"
    r"|months?|weeks?|days?|years?|times?|of|to|in|[-x]"
    r"|[个月号日天年周期次点块元万千百份笔成礼折]))"
    r"|\A\W*(?P<w>one|two|tow|three|uno|dos|tres)\W*(?:please|pls|then|thanks)?\W*\Z",
    re.ASCII,
)
AFTER_NOUN = re.compile(
    r"\b(?:opt\w*|numb\w*|nr|no|num|plan|choice|variant|offer)\.? ?#?(?P<n>\d|one|two|three)\b"
    r"|第 ?(?P<h>[一二三四五1-5])(?![期次天周月年笔])|[地弟底帝](?P<typo>[一二三])(?=[个种])"
    r"|(?<![a-z])(?P<letter>[abc])(?=嗰个|那个|这个|[吧啦])"
    r"|(?:\A|[选要拣就, ])(?P<bare>[一二三])(?=[拉啦吧嘛号])",
    re.ASCII,
)
HAN = "一二三四五"
WORDS = {"one": 1, "two": 2, "tow": 2, "three": 3, "uno": 1, "dos": 2, "tres": 3}
HAN_PLACES = (
    (re.compile(r"最上[面边]?|最前面?|头一[个种条]|前面那|上面那"), 1),
    (re.compile(r"最[底下后尾][下面边头]?(?:那|提到|的|一[个种]|[个嘅说讲])"), LAST),
    (re.compile(r"[中当]间(?:那|的|一)"), 2),
)
FIGURE = re.compile(r"(?<![\d.,])(?P<whole>\d[\d,]*)(?:(?:\.|块)(?P<cents>\d{1,2}))?(?![\d%])", re.ASCII)
COUNT = re.compile(
    r"\b(?P<n>\d{1,2}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve) "
    r"(?:monthly |weekly |fortnightly |equal |small )?(?:payments?|instal\w*|months?|parts|times|ones)\b"
    r"|(?P<h>\d{1,2}|[一两二三四五六七八九十]{1,2})(?:个月|[期次份趟])",
    re.ASCII,
)
COUNTS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
MONTH = re.compile(
    r"\b(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)(?:[a-z]*)\b|(?P<n>\d{1,2}|十[一二]?|[一二三四五六七八九])月",
    re.ASCII,
)
DAY = re.compile(
    r"(?<![\d.,])(?P<n>\d{1,2})(?:(?:st|nd|rd|th)\b|(?= (?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)))"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]* (?P<m>\d{1,2})\b(?!\d)"
    r"|(?P<h>\d{1,2}|廿[一二三四五六七八九]|三十)[号日]",
    re.ASCII,
)
BEGINS = re.compile(r"\b(?:start\w*|begin\w*|from)\b|开始|[从由]|起", re.ASCII)
RHYTHMS = {
    "biweekly": re.compile(
        r"\b(?:two[- ]?week\w*|bi-?weekl\w*|fortnight\w*|every (?:other|two|2|second) weeks?|2[- ]?weekl?y?"
        r"|twice a month)\b"
        r"|[两二2]个?(?:周|礼拜|星期)|双周|隔周|wiki mbili",
        re.ASCII,
    ),
    "weekly": re.compile(
        r"\b(?:weekl(?:y|ies)|(?:every|each|a|per) week|fridays?)\b|[每按](?:周|礼拜|星期)|周付",
        re.ASCII,
    ),
    "monthly": re.compile(r"\b(?:month(?:ly|lies)|(?:every|each|a|per) month)\b|按月|每个?月|月[还付供缴]", re.ASCII),
}
LEAST_IN_ALL = re.compile(
    r"\bcheap(?:er|est|o)?\b|便宜|划算|(?<!反)[省悭慳](?!得)"
    r"|\b(?:less|least|lowest)\b.{0,24}\b(?:overall|altogether|in total|total|in all|all in|in the end)\b"
    r"|\b(?:total|overall)\b.{0,12}\b(?:lower|lowest|less|least)\b|\bsaves?\b|\bsaving\b"
    r"|(?:总共|一共|合计|总的|总价|总额|加起来).{0,8}[少低]",
    re.ASCII,
)
SOMETHING_OFF = re.compile(
    r"\b(?:off|waiv\w*|discount\w*|reduc\w*|knock\w*|without|no)\b.{0,24}\bfees?\b"
    r"|\b(?:less|minus) the fees?\b|\bfees?\b.{0,12}\b(?:off|waived|less|gone|dropped|removed)\b"
    r"|\b(?:discount(?:ed)?|waiver|reduction|reduced)\b"
    r"|(?:减|免|少|不用|没有|不收|去掉|折).{0,6}(?:费|罚息|滞纳金)"
    r"|费.{0,4}(?:减|免|少)|减免|打折|优惠|[免减][咗了]|少收",
    re.ASCII,
)
AT_ONCE = re.compile(
    r"\b(?:one[- ]off|(?:all )?at once|(?:in )?one (?:go|hit|shot|time|payment)|one and done|single (?:payment|shot)"
    r"|(?:1|one)[- ]?time|lump(?: sum)?"
    r"|in full|full settlement|settle|(?:pay|clear|close|finish)"
    r" (?:(?:it|everything|them|that|this|the whole (?:lot|thing|amount)|the lot|all)"
    r"(?: all)?(?: off)?|off)|whole (?:lot|thing)|all off|get it over|full (?:amount|payment))\b"
    r"|一次|一把|一笔(?!一笔)|一口气|一下子?(?:还|付|交|清|结)|一回(?:付|还|清)|全款|全额|清数|结清|还清(?!的时间)|清掉|直接还完|一次过",
    re.ASCII,
)
IN_PARTS = re.compile(
    r"\b(?:instal+ments?|monthl(?:y|ies)|weekly|fortnightly|(?:in|by) (?:parts|bits?)|spread\w*|bit by bit"
    r"|over (?:the|a few|some|several) months)\b"
    r"|分期|分开还|月供|慢慢还|[细小]{2}份|细水长流",
    re.ASCII,
)
LIGHTER = re.compile(
    r"\b(?:small(?:er|est)?|low(?:er|est)?|less|least|light(?:er|est)?|eas(?:y|ier|iest)|lil+|little(?:st)?|teeny|tiny|tiniest"
    r"|wee)\b|(?:压力|金额|数目|钱|每期|每次|负担)[^,，。]{0,3}[小少低轻]|(?<!数)[少低]的|(?<!数)[少低]一?点|轻松|小小|[细小]额|细细",
    re.ASCII,
)
LONGER = re.compile(
    r"\b(?:long(?:er|est)?|more payments|most payments|as many|spread\w* (?:out|over))\b"
    r"|最?长(?:的|一点|那|嗰|个|期)|拖最?久|久一点|时间长|期数多|慢慢|细水长流|最耐|最久",
    re.ASCII,
)
SHORTER = re.compile(
    r"\b(?:short(?:er|est)?|quick(?:er|est)?|fast(?:er|est)?|soon(?:er|est)|fewer|few(?:est)?|finish(?:es)? first"
    r"|done (?:first|sooner|quicker)|big(?:ger|gest)|high(?:er|est))\b"
    r"|最?短(?:的|一点|那)|时间短|最?快(?:的|一点|那|还完)|期数少|早点还?完|(?<!数)[多高]的",
    re.ASCII,
)
EACH_TIME = re.compile(
    r"\b(?:each|per|a|every) (?:time|month|week|payment)\b|\b(?:month|week)ly\b|每期|每月|每次|月付|每个月",
    re.ASCII,
)
CHEAPER = re.compile(r"\bcheap\w*|便宜|划算", re.ASCII)


def picked(offered: Sequence[Terms], words: str, mentions: Sequence[Mention] = ()) -> int | None:
    """The place, from 0, of the one offer that is meant; None where nothing singles one out.

    ``mentions``: what the grammar found in the words, as Rasa has it; those without a place stand for buttons.
    """
    said = fold(words)
    said, named = _without_refused(said, mentions)
    place = _place(said, named, len(offered))
    if place is not None:
        return place if place < len(offered) else None
    if len(offered) == 1:
        return 0
    left = set(range(len(offered)))
    for points in (*_by_figures(offered, said), *_by_days(offered, said), *_by_kind(offered, said, named)):
        left = left & points or left
    for points_among in _by_likeness(said):
        if len(left) > 1:
            left = points_among([(i, offered[i]) for i in sorted(left)])
    return left.pop() if len(left) == 1 else None


def _without_refused(said: str, mentions: Sequence[Mention]) -> tuple[str, list[Mention]]:
    """The words and mentions without the clauses that turn something down, where anything is left beside them."""
    ends = [0, *(end for m in CLAUSE_ENDS.finditer(said) for end in m.span()), len(said)]
    clauses = list(zip(ends[::2], ends[1::2], strict=True))
    refused = [(start, end) for start, end in clauses if TURNED_DOWN.search(NOT_TURNED_DOWN.sub("  ", said[start:end]))]
    kept = [span for span in clauses if span not in refused and re.search(r"\w", said[slice(*span)])]
    if not refused or not kept:
        return said, list(mentions)
    named = [m for m in mentions if not any(start <= m.get("start", -1) < end for start, end in refused)]
    for start, end in refused:
        said = said[:start] + "," * (end - start) + said[end:]
    return said, named


def _place(said: str, mentions: Sequence[Mention], count: int) -> int | None:
    """The place that is named, by number, letter or word; of several the last, where words settle on it."""
    found: list[tuple[int, int]] = []
    for m in mentions:
        if m["entity"] == "option" and m.get("value"):
            found.append((m.get("start", -1), int(m["value"])))
    if any(start < 0 for start, _ in found):  # a button
        found = [row for row in found if row[0] < 0]
    else:
        found += [(match.start(), WORD_PLACES[match["place"]]) for match in PLACE.finditer(said)]
        found += [(match.start(), place) for pattern, place in HAN_PLACES for match in pattern.finditer(said)]
        found += [(match.start(), _number(str(match[match.lastgroup or 0]))) for match in AFTER_NOUN.finditer(said)]
        if not found:
            alone = [(match.start(), _number(match["n"] or match["w"])) for match in NUMBER_ALONE.finditer(said)]
            found += [(at, number) for at, number in alone if number <= count]
    places = [(at, count if place == LAST else place) for at, place in sorted(found)]
    places = [(at, place) for at, place in places if place >= 1]
    if not places:
        return None
    if len({place for _, place in places}) > 1 and not SETTLES.search(said):
        return None
    return places[-1][1] - 1


def _number(written: str) -> int:
    if written in "abc":
        return "abc".index(written) + 1
    return WORDS.get(written) or (HAN.index(written) + 1 if written in HAN else int(written))


def _by_figures(offered: Sequence[Terms], said: str) -> list[set[int]]:
    """The offers in which a figure stands: an amount, with or without its cents; how many payments there are."""
    amounts: set[int] = set()
    for m in FIGURE.finditer(said):
        whole = Decimal(m["whole"].replace(",", ""))
        exact = whole + Decimal(m["cents"].ljust(2, "0")) / 100 if m["cents"] else None
        fits = {i for i, terms in enumerate(offered) if _stands(exact, whole, terms)}
        amounts |= fits if whole >= 10 else set()
    counts: set[int] = set()
    for m in COUNT.finditer(said):
        number = _count(m["n"] or m["h"])
        counts |= {i for i, terms in enumerate(offered) if number > 1 and number == len(terms.instalments)}
    return [amounts, counts]


def _stands(exact: Decimal | None, whole: Decimal, terms: Terms) -> bool:
    figures = {row.amount.amount for row in terms.schedule} | {terms.to_pay.amount}
    return exact in figures or any(whole == figure // 1 for figure in figures if exact is None or figure % 1)


def _count(written: str) -> int:
    if written.isdigit():
        return int(written)
    if written in COUNTS:
        return COUNTS.index(written) + 2
    return next((int(number.value or 0) for number in chinese_numbers(written)), 0)


def _by_days(offered: Sequence[Terms], said: str) -> list[set[int]]:
    """The offers that begin or end in the month, or on the day, that is named."""
    months = {_month(m) for m in MONTH.finditer(said)}
    days = {_day(m["n"] or m["m"] or m["h"]) for m in DAY.finditer(said)}
    ends: list[Callable[[Terms], date]] = [lambda terms: terms.ends_on, lambda terms: terms.schedule[0].due_on]
    if BEGINS.search(said):
        ends.reverse()
    found = []
    for end in ends:
        on_day = {i for i, terms in enumerate(offered) if end(terms).day in days}
        in_month = {i for i, terms in enumerate(offered) if end(terms).month in months}
        found.append(on_day & in_month if on_day and in_month else on_day or in_month)
    return found


def _day(written: str) -> int:
    return int(written) if written.isdigit() else _count(written)


def _month(m: re.Match[str]) -> int:
    if m["name"]:
        return MONTHS.index(m["name"][:3]) + 1
    return _count(m["n"])


def _by_kind(offered: Sequence[Terms], said: str, mentions: Sequence[Mention]) -> list[set[int]]:
    """The offers of a rhythm, paid once, with something waived, in parts: as far as one of these is said."""
    rhythms = {m["value"] for m in mentions if m["entity"] == "frequency"} | {
        name for name, pattern in RHYTHMS.items() if pattern.search(said)
    }
    if "biweekly" in rhythms:
        rhythms.discard("weekly")
    found = [{i for i, terms in enumerate(offered) if terms.frequency in rhythms}]
    if AT_ONCE.search(said):
        found.append({i for i, terms in enumerate(offered) if len(terms.schedule) == 1})
    if SOMETHING_OFF.search(said):
        found.append({i for i, terms in enumerate(offered) if terms.saved})
    if IN_PARTS.search(said):
        found.append({i for i, terms in enumerate(offered) if len(terms.instalments) > 1})
    return found


Placed = tuple[int, Terms]


def _by_likeness(said: str) -> list[Callable[[Sequence[Placed]], set[int]]]:
    """How offers compare with each other in what is said of one: cheaper, lighter, longer, shorter."""

    def least(value: Callable[[Terms], int]) -> Callable[[Sequence[Placed]], set[int]]:
        def those(placed: Sequence[Placed]) -> set[int]:
            wanted = min(value(terms) for _, terms in placed)
            return {i for i, terms in placed if value(terms) == wanted}

        return those

    each_time = bool(EACH_TIME.search(said) and CHEAPER.search(said))
    cheaper = bool(LEAST_IN_ALL.search(said)) and not each_time
    found = []
    if cheaper:
        found.append(least(lambda terms: terms.to_pay.minor))
    if (LIGHTER.search(said) and not cheaper) or each_time:
        found.append(least(lambda terms: max(row.amount.minor for row in terms.schedule)))
    if LONGER.search(said):
        found.append(least(lambda terms: -terms.ends_on.toordinal()))
    if SHORTER.search(said):
        found.append(least(lambda terms: terms.ends_on.toordinal()))
    return found
