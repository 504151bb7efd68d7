"""Whether a day is told of as past, when nothing but the words around says so."""

from __future__ import annotations

import re

from bot.nlu.extraction.patterns import listed, whole
from bot.nlu.extraction.reading import Reading

_PAST = re.compile(
    "(?<!get )(?<!getting )(?<!be )(?<!got )(?<! am )(?<!are )(?<! is )(?<!i'm )(?<!direct )"
    + whole(
        listed(
            "paid sent transferred settled took signed lost made cleared was were died passed_away wrote written had"
            " bought came went buried expired filed hit since(?!_(?:i|i'm|im|we|you|it|my|he|she|they)(?![a-z]))"
            " did didn't didnt emailed closed agreed confirmed released gave rang spoke"
            " got_(?:this|the|a|your) you_set sold fell began dated left stolen won(?!')"
        )
        + r"|(?!hundred|kindred|sacred|need|schedul|suppos|expect|plann|allow|want|interest|tired|worried"
        r"|married|indeed|promis|look|exhaust|confus|mix"
        r"|prepar|feed|seed|speed|bleed|proceed|succeed|exceed)[a-z]{2,}ed"
    )
)
_FUTURE = re.compile(
    whole(
        listed(
            "will can could going_to gonna want get pay payment do is would shall until till til by(?!_me|_us|_my)"
            " next then but i'll ill we'll you'd pays gives please i'd we'd rather offer clears lands arrives"
            " hits enters"
        )
    )
    + "|'ll(?![a-z])"
)
_HAN_PAST_AFTER = re.compile(
    "[^,，。;!?]{0,4}(?:已经|就)?[还付交转打存扣汇缴签借](?:款|钱|掉|清|完|过)?了|已经"
    "|[^,，。;!?]{0,10}[还付交转存汇缴]过(?![来去])"
    "|[^,，。;!?]{0,6}[还付交转扣汇缴签借办寄收打申](?:请|到|来|款|钱|出)?的|有[还付交转汇缴]|那[笔期次](?!钱?会)"
    "|[^,，。;!?]{0,4}成功"
    "|[^,，。;!?]{0,8}(?:去世|过世|离世|病逝|走的|走了|死|往生|汇出|出事)"
)
_HAN_PAST_BEFORE = re.compile("(?:已[经于在]*|曾[于在]?|[还付交转打汇缴][^。;!?]{0,10}[过了][,， ])$")


# "The screenshot with the green tick from Tuesday"
_KEPT_FROM = re.compile(
    "(?<![a-z])(?:screen ?shot|receipt|letter|text|message|e-?mail|confirmation|slip|photo|statement|call|voicemail"
    "|reminder|notice)s?(?! me| us)[^.;!?]{0,30} (?:from|of|dated) (?:the )?$"
)
_INQUIRY = re.compile(
    "(?<![a-z])(?:(?:can|could|do) (?:you|u|yous|ye) see (?!me|us)|is there (?:a payment|one|any ?thing|a"
    " transfer)|have you"
    " (?:got|had|received)|see (?:if|whether) there)[^.;!?]*$"
)
_IF = re.compile("(?<![a-z])if (?:i|we|you|it|nothing|nothing's|it's|the|my|there's) [^.;,!?]*$")
_STARTING = re.compile("(?<![a-z])(?:commenc|start|beginn)ing (?:on |from )?(?:the )?$")


def told_before(r: Reading, start: int, left: int | None = None) -> bool:
    """Whether the English words before, in the same sentence or from `left`, tell what happened ("I paid on …")."""
    left = r.sentence(start, start)[0] if left is None else left
    before = r.text[left:start]
    if _STARTING.search(before):
        return False
    if _KEPT_FROM.search(before) or _INQUIRY.search(before):
        return True
    if _IF.search(before):
        # "If I started on the 30th"
        return False
    ends = [match.end() for match in _PAST.finditer(before)]
    return bool(ends) and not _FUTURE.search(before, ends[-1])


_TOLD_AFTER = re.compile(
    "(?: payment| one| transfer| instal+ment| debit)? (?:was|were|went|bounced|failed|never|cleared|came|got"
    "|didn't|didnt|has"
    " been|had been|wasn't|hasn't|still hasn't|showed|landed)(?![a-z])(?! (?:too|due|supposed|meant|going|my|the"
    "|when|paid"
    " on))"
)
_MADE_ON = re.compile(
    "(?<![a-z])(?:my|the|that|your) (?:payment|transfer|deposit|cheque|check|money order|instal+ment|letter|call|text)"
    " (?:of|from|dated) (?:the )?$"
)


def told_after(r: Reading, start: int, end: int) -> bool:
    """Whether the words around a day tell what happened on it ("my transfer of October 2 was credited")."""
    return bool(_MADE_ON.search(r.text[:start]) and not _FUTURE.search(r.text, end)) or bool(
        _TOLD_AFTER.match(r.text, end)
    )


def told_around(r: Reading, start: int, end: int) -> bool:
    """Whether the Chinese words around tell what has happened (3号还了500, 已于3号…)."""
    return bool(_HAN_PAST_AFTER.match(r.text, end) or _HAN_PAST_BEFORE.search(r.text[:start]))
