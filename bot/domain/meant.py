"""Which of several mentions in a message is meant: of two amounts, days or counts one is often only spoken of.

"Can't do 300, 180 tops", 十五号不行，要二十号, "rent is 900, so 60 a month".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

Mention = Mapping[str, Any]

# The wrong one of two that a correction names stands right after these: "150, not 115", 不是三百，是两百.
WRONG_ONE = re.compile(
    r"(?:\bnot|\binstead of|\brather than|\bwasn'?t|\bisn'?t|\bno longer"
    r"|\b(?:can(?:'?t|not)|couldn'?t|won'?t|not able to|no way (?:i can|can i)) "
    r"(?:do|pay|manage|afford|swing|stretch to|go to|make)"
    r"|\b(?:was (?:going|gonna|hoping|planning)|wanted|had hoped|meant) to (?:say|do|pay|offer|manage)"
    r"|不是|唔係|不该是|不該是|不要|唔要|别再|別再|不用|(?:本来|本來|原本|原来|原來)(?:是)?(?:想|打算|要)[说說还還]?"
    r"|(?:拿|还|還|付|出)不(?:出|起|了))\s*"
    r"(?:the |on |每月|每個月|每个月|一个月|一個月)?[¥$£€]?\s*\Z",
    re.IGNORECASE,
)
# ... or before these: "300 is pushing it", 一百不行, "15th no".
NOT_THIS = re.compile(
    r"\s*(?:(?:a|per|each|every) (?:week|month)|块钱?|塊錢?|元)?"
    r"(?:(?:'s|s| is| was|,)? (?:pushing|killing|too|a (?:bit|lot|stretch)|no good\b|impossible|out\b|rent day|my rent)"
    r"|,? (?:no\b(?! (?:problem|bother|worries))|won'?t|doesn'?t|isn'?t|i (?:won'?t|don'?t|haven'?t))"
    r"|\?+ (?:we|i|you) (?:said|thought)"
    r"|[号號日]?(?:[我也都可是就还還真怕确確实實這这那恐]{0,3})(?:不行|拿不|还不|還不|付不|不够|不夠|没钱|沒錢|没有(?!问题|問題)|做不到|太|够呛|夠嗆"
    r"|不好|我没|我沒|我还没|我還沒|我工资还没|還沒|还没|銀行|银行|(?:缴|繳|交|还|還)(?:房租|房贷|信用卡)))",
    re.IGNORECASE,
)
# The one that somebody settles on stands right after these ...
CHOSEN_BEFORE = re.compile(
    r"(?:\b(?:so|make (?:it|that)|say|rather|more like|instead|has to be|have to be|let'?s do|be)"
    r"|(?:那?就|还是|還是|改[到成为為]?|挪到|挪去|延到|推到|要等到|等到|得等?|要|换成?|換成?|顶多|頂多|最多|只能|那天?))"
    r"[,，]?\s*(?:on |the |it'?s |at )*[¥$£€]?\s*\Z",
    re.IGNORECASE,
)
# ... or before these.
CHOSEN_AFTER = re.compile(
    r"\s*(?:块钱?|塊錢?|元)?"
    r"(?:(?: (?:a|per|each|every) (?:week|month))? (?:tops|max|please|definitely|instead|would (?:be|suit|do|work)"
    r"|i (?:can|could)|is (?:fine|perfect|better|ok|safer|grand|good|what i)|works|at most)\b"
    r"|[号號日]?(?:才有|才行|比[較较]|好一?[点點]|行不|行吗|行嗎|可以吗|可以嗎|起|顶天|頂天|我(?:勉强|勉強)?(?:可以|还得起|扛得住|能)))",
    re.IGNORECASE,
)
# What is paid elsewhere or comes in is no offer.
OF_OTHER_THINGS = re.compile(
    r"\b(?:rent|mortgage|creche|childcare|nursery|electric\w*|gas|groceries|food|insurance|phone bill|council tax"
    r"|klarna|vodafone|credit union|car payment|the car is|student loan|school fees|fees|wages?|salary|i'?m on|i earn"
    r"|i make|take home|benefits?)\b"
    r"|房租|房贷|房貸|租金|水电|水電|奶粉|学费|學費|学贷|學貸|花呗|借呗|信用卡|手机费|手機費|社保|工资|工資|薪水|月薪|那边每月|那家",
    re.IGNORECASE,
)
# Where an offer goes on although costs were spoken of: "rent's 900 so I'd say 60".
CLAUSE_ENDS = re.compile(
    r"[,，。;；.!?！？](?!\d)|\b(?:so|but|and then|then|when)\b"
    r"|所以|但是?|不过|不過|这边|這邊|你们(?:这|這)|你們(?:这|這)"
)
IN_PARTS = re.compile(
    r"\b(?:now|today|first|upfront|up front|down|deposit|rest|remaining|half|then)\b"
    r"|现在|現在|今天|首期|首付|先|剩|余下|餘下|其余|其餘|一半",
    re.IGNORECASE,
)
# A day of which somebody only says when something was said: 就按前天说的, "like we said on Monday".
SAID_THEN = re.compile(
    r"\A\s*(?:的时候|的時候|那天|时|時)?(?:跟|和|同)?(?:你们?|你們|您|我们?|我們|咱们?|咱們)?\s*"
    r"(?:说|說|讲|講|谈|談|聊|商量|提|答应|答應|约|約|定)(?:好|过|過|定|妥)?(?:的|了|那)"
)
SAID_ON = re.compile(
    r"\b(?:said|agreed|discussed|talked|spoke|mentioned|offered|told you|promised|started|began|since|joined|hired"
    r"|finished)"
    r"(?: \w+){0,3} (?:on |last )?\Z",
    re.IGNORECASE,
)
KINDS = ("money", "date", "instalments", "day_of_month")


def meant(mentions: Iterable[Mention], text: str, today: date) -> list[Mention]:
    """The mentions that count, in order; of those of one kind at least one is left.

    ``mentions``: entities with ``entity``, ``value`` and, where they stand in the text, ``start`` and ``end``.
    """
    left = [m for m in mentions if not _is_when_it_was_said(m, text, today)]
    left = _without(left, [m for m in left if "start" in m and WRONG_ONE.search(text[: m["start"]])])
    for kind in KINDS:
        those = [m for m in left if m["entity"] == kind and "start" in m and m.get("value") is not None]
        if len({str(m["value"]) for m in those}) < 2:
            continue
        if kind == "money":
            left = _without(left, [m for m in those if OF_OTHER_THINGS.search(_clause(text, m))])
            those = [m for m in those if m in left]
        left = _without(left, [m for m in those if NOT_THIS.match(text, m["end"])])
        those = [m for m in those if m in left]
        if len(those) > 1 and not _in_parts(kind, left, text):
            chosen = [
                m for m in those if CHOSEN_BEFORE.search(text[: m["start"]]) or CHOSEN_AFTER.match(text, m["end"])
            ]
            left = _without(left, [m for m in those if m not in chosen] if len(chosen) == 1 else [])
    return left


def without_what_stands(mentions: list[Any], amounts: set[Decimal], days: set[int], counts: set[int]) -> list[Any]:
    """Mentions without what stands already, where another of their kind is named: "600 is tight, 450?", 六期改十期.

    An amount that stands goes with another count too: "180's a bit steep, go back to six".
    ``amounts`` of one payment, ``days`` of the month on which payments fall due, ``counts`` of payments.
    """

    def stands(m: Mention) -> bool:
        value = m.get("value")
        if value is None:
            return False
        if m["entity"] == "money":
            return Decimal(str(value)) in amounts
        if m["entity"] == "date":
            return is_date(value) and date.fromisoformat(str(value)).day in days
        return int(value) in (days if m["entity"] == "day_of_month" else counts)

    left, counted = mentions, [m for m in mentions if m["entity"] == "instalments"]
    if counted and not any(stands(m) for m in counted):
        left = [m for m in left if m["entity"] != "money" or not stands(m)]
    for kinds in (("money",), ("date", "day_of_month"), ("instalments",)):
        those = [m for m in left if m["entity"] in kinds]
        other = [m for m in those if not stands(m)]
        if other and not (kinds == ("money",) and any(m.get("role") == "down_payment" for m in those)):
            left = [m for m in left if m not in those or m in other]
    return left


def _without(mentions: list[Mention], wrong: list[Mention]) -> list[Mention]:
    """Mentions without some, where another of their kind is left."""
    right = {m["entity"] for m in mentions if m not in wrong}
    return [m for m in mentions if m not in wrong or m["entity"] not in right]


def _in_parts(kind: str, mentions: list[Mention], text: str) -> bool:
    """Whether several of a kind may all be meant: a part now and the rest later, a part on each of two days."""
    if kind in ("money", "date") and IN_PARTS.search(text):
        return True
    other = ("date", "day_of_month") if kind == "money" else ("money", "percentage")
    return sum(m["entity"] in other for m in mentions) > 1


def _clause(text: str, mention: Mention) -> str:
    """The clause of a text in which a mention stands."""
    ends = [m.end() for m in CLAUSE_ENDS.finditer(text, 0, mention["start"])]
    following = CLAUSE_ENDS.search(text, mention["end"])
    return text[ends[-1] if ends else 0 : following.start() if following else len(text)]


def is_date(text: Any) -> bool:
    """Whether a value is a day as ISO 8601 writes it."""
    try:
        date.fromisoformat(str(text))
    except ValueError:
        return False
    return True


def _is_when_it_was_said(mention: Mention, text: str, today: date) -> bool:
    """Whether a past day only says when something was said."""
    if mention["entity"] != "date" or "start" not in mention or not is_date(mention.get("value")):
        return False
    if date.fromisoformat(str(mention["value"])) >= today:
        return False
    return bool(SAID_THEN.search(text[mention["end"] :]) or SAID_ON.search(text[: mention["start"]]))
