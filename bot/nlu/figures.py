"""Figures that only the question makes figures: "900 rent", "none", 没有. Plain functions, no Rasa.

The grammar of amounts reads what is money in any message. Where a figure of a budget was asked for, a word for nothing
is one as well, and so is a number that counts nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# The question to which a bare "no" is a figure: whoever has no other debts answers it so.
NO_IS_NONE = "budget_debts"
BARE_NO = re.compile(r"(?:no|nope|nah|none|没|沒)[\s.!。！~～]*", re.IGNORECASE)
_THINGS = (
    r"(?:income|wages?|salary|pay|benefits?|job|work|money(?: coming in)?|rent|mortgage|housing(?: costs?)?"
    r"|(?:other )?(?:bills|debts?|loans?|cards?|credit cards?|payments?|expenses|costs)|others?)"
)
# Said before it by whoever pays no rent.
_LIVES = (
    r"(?:i(?:'m| am)? (?:live|living|stay|staying) (?:with|at) (?:my |a |the |some )?\w+(?:'s)?(?: house| home| place)?"
    r"(?:,| so| and|;)* )?"
)
_LIVES_HAN = (
    r"(?:(?:我|现在|現在|目前|一直|就)*(?:[跟和同与與](?:父母|爸妈|爸媽|家人|朋友|亲戚|親戚)(?:一起)?)?住在?"
    r"(?:父母|爸妈|爸媽|家里|家裡|老家|自己|宿舍|公司|朋友|亲戚|親戚)?(?:家里?|家裡?|那里|那儿|的?房子)?[,，。\s]+)?"
)
UNKNOWN = re.compile(
    r"\b(?:do not|don'?t|dont|not) (?:really |exactly )?(?:know|sure|certain)\b|\bno idea\b|\bhard to (?:say|tell)\b"
    r"|\bit (?:varies|depends|changes)\b|不知道|不晓得|不曉得|不太?清楚"
    r"|不确定|不確定|说不准|說不準|不一定|不固定|[记記]不[清得]",
    re.IGNORECASE,
)
NOTHING = re.compile(
    rf"{_LIVES}"
    r"(?:(?:well|um+|honestly|currently|right now|at the moment|sadly|i(?:'ve| have)(?: got)?|i(?:'m| am) on|i get"
    r"|i pay|i earn|i owe|there(?:'s| is| are)|it'?s|that'?s|just),? )*"
    rf"(?:nothing|none(?! of)|nil|zero|(?<!\d)0(?:[.,]0+)?(?!\d)|(?:no|zero|0) {_THINGS}"
    rf"|(?:i )?(?:do not|don'?t|dont) (?:have|get|pay|earn|owe)(?: (?:any|a))?(?:thing)?(?: {_THINGS})?)"
    rf"(?: (?:or |nor |and (?:no )?)?(?:{_THINGS}|at all|(?:right )?now|at the moment|this month|at present|currently"
    r"|really|yet|else|left|any ?more|(?:a|per|each|every) month|to anyone|to anybody))*"
    r"\s*(?:$|[,.;:!])"
    rf"|{_LIVES_HAN}"
    r"(?:我|目前|现在|現在|暂时|暫時|这个月|這個月|每?个月|每?個月|每月|都|也|真的|基本上?|其他|其它|别的|別的|房租|收入|工资)*"
    r"(?:没有?|沒有?|冇|无|無|零|〇|0|不用[交付缴繳]|不欠)"
    r"(?:任何|其他|其它|别的|別的|别人|什么|什麼|啥|收入|工资|工資|工作|房租|房贷|房貸|租金|贷款|貸款|欠款|信用卡|债务?|債務?"
    r"|负债|負債|支出|开销|開銷|钱|錢|元|块|塊|了|的|呢|呀|啊|\s)*(?:$|[,，。;；!！~～])",
    re.IGNORECASE,
)
ENDS = " .!。！~～"
CLAUSE = re.compile(r"[,，;；。！]|[.!] ")
AGED = re.compile(r"(?:\b(?:i'?m|i am|aged?|turned|turning)|今年|[我他她])\s*$", re.IGNORECASE)
NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.,/])(?<!\d[:-])[£$€¥]?(?P<n>\d{1,3}(?:,\d{3})+|\d+)(?P<part>\.\d+)?(?![\d/:]|\.\d|[A-Za-z])"
)
COUNTED = re.compile(
    r"\s?(?:%|percent|kids?|child(?:ren)?|people|persons?|(?:calendar )?(?:weeks?|months?|days?|years?)|hours?|hrs?"
    r"|minutes|times|jobs?|cars?|cats?|dogs?|cards|loans|debts|bedrooms?|[个個天岁歲点點号號月年周次口人位张張份])",
    re.IGNORECASE,
)


def says_nothing(text: str, asked: str) -> bool:
    """Whether an answer says, first or last, that there is nothing of what was asked for."""
    said = text.strip().replace("’", "'")
    last = CLAUSE.split(said.rstrip(ENDS))[-1].strip()
    return bool(says_only_nothing(text, asked) or NOTHING.match(said) or NOTHING.fullmatch(last))


def says_only_nothing(text: str, asked: str) -> bool:
    """Whether an answer says that and no more."""
    said = text.strip().replace("’", "'")
    return bool((asked == NO_IS_NONE and BARE_NO.fullmatch(said)) or NOTHING.fullmatch(said.rstrip(ENDS)))


def figures_said(text: str, asked: str, entities: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The amounts of an answer to a question for a figure: money as it was read and bare numbers, else nothing.

    Of somebody who does not know it is an amount without a value, as "a few hundred" is.
    """
    figures = [*(e for e in entities if e["entity"] == "money"), *_bare_numbers(text, entities)]
    if not figures and UNKNOWN.search(text):
        return [{"entity": "money", "value": None, "approximate": True, "start": 0, "end": len(text)}]
    if figures or not says_nothing(text, asked):
        return figures
    return [{"entity": "money", "value": 0, "start": 0, "end": len(text)}]


def _bare_numbers(text: str, entities: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    taken = {i for e in entities if "start" in e for i in range(e["start"], e["end"])}
    for match in NUMBER.finditer(text):
        start, end = match.span()
        if COUNTED.match(text, end) or AGED.search(text[:start]) or taken & set(range(start, end)):
            continue
        if len(match["n"]) > 1 or not any(char.isalpha() for char in text):
            value = match["n"].replace(",", "") + (match["part"] or "")
            yield {"entity": "money", "value": value, "start": start, "end": end}
