"""Reasons for not paying, by the phrases in which people tell them.

A reason is told as a fact of the speaker's own life.  "What if I lose my job", "I didn't lose my job" and the report
that the borrower has died are none.  Each reason is named once a message, where it is first told.
"""

from __future__ import annotations

import re

from bot.nlu.extraction.hardship_phrases import (
    BORROWER_DIED_CHINESE,
    BORROWER_DIED_ENGLISH,
    CHINESE,
    DEATH_CHINESE,
    DEATH_ENGLISH,
    ENGLISH,
    OWN_TROUBLE_CHINESE,
    OWN_TROUBLE_ENGLISH,
    SHORT,
    SUPPOSED_CHINESE,
)
from bot.nlu.extraction.patterns import any_of, listed, whole
from bot.nlu.extraction.reading import Reading

_BRACES = re.compile(r"\{([a-z]+|[\u4e00-\u9fff])\}")


def _compile(phrases: tuple[str, ...]) -> str:
    written = any_of(*phrases)
    while _BRACES.search(written):
        written = _BRACES.sub(lambda m: SHORT[m[1]], written)
    return written


def _either(english: tuple[str, ...], chinese: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(f"{whole(_compile(english))}|{_compile(chinese)}")


_RULES = tuple(
    (reason, re.compile(whole(_compile(phrases))), re.compile(_compile(CHINESE[reason])))
    for reason, phrases in ENGLISH.items()
)
_DEATH = _either(DEATH_ENGLISH, DEATH_CHINESE)
# The one who has died is the borrower: the speaker reports it, the debt is not theirs.
_BORROWER_DIED = _either(BORROWER_DIED_ENGLISH, BORROWER_DIED_CHINESE)
# What shows that a death is told as the reason why the speaker cannot pay.
_OWN_TROUBLE = _either(OWN_TROUBLE_ENGLISH, OWN_TROUBLE_CHINESE)
_SUPPOSED = re.compile(
    "(?:(?<![a-z])"
    + listed(
        "if unless in_?case suppose supposing in_the_event until(?!_the) till(?!_the) should when(?!_(?:i|we|my"
        "|she|he|our)_(?:was|were|got|had|lost|broke)) whether before or_else might may"
        " could afraid scared worried going_to gonna will i'd i'll wouldn't in_case_of what_about lie tell_you"
        " say_that"
    )
    + "(?: "
    + listed(
        "i we my they it you of that about ever get i'm to be lose have i'll 'll have_to there's there_is a an the"
    )
    + ")* |"
    + any_of(*SUPPOSED_CHINESE)
    + "[^,，。;.!?]{0,6})$"
)
_CONDITION = re.compile("(?:如果|要是|假如|万一)[^。;.!?]*$")
_DENIED = re.compile(
    "(?:(?:n't|(?<![a-z])(?:not|never|no longer|nobody|didnt|wasnt|havent|isnt|without|nor|neither))"
    "(?: (?:even|actually|been|being|really|yet|going|a|an|in|the|had|got|have|any|to|ever))* "
    "|(?:没有?|不是|并非|并没有?|未|从没|不会)(?:被|因为|真的|在|去|说)?)$"
)
# Somebody else's trouble ("my flatmate was scammed"), or a debt that the speaker disowns.
_IF_BEFORE = re.compile(r"(?<![a-z])(?:if|would|could|might)(?![a-z])[^.;!?]*$")
_OF_OTHERS = re.compile(
    "(?:室友|隔壁|朋友|同事|邻居|同学|别人|有人|很多人|人家|前夫|前妻|前同事|员工|伙计|房客|我[哥姐弟妹]"
    "|小[王李张刘陈马])[^,，。;!?]{0,8}$"
)
_DISOWNED = re.compile("前(?:夫|妻|男友|女友|任)的?(?:事|账|债)|打错|认错人|找错|不是本人|跟我没|我不认识|与我无关")
# A hospital is where people work, too.
_AT_WORK = re.compile(
    r"(?<![a-z])(?:work|works|working|worked|job|shifts?|nurse|porter|cleaner|cook|employed|employer)(?![a-z])"
    r"[^,.;!?]{0,24}$"
)
_HOSPITAL = re.compile("hospital|医院")
_WORKS_THERE = re.compile("(?:上班|工作|当|做|值班|值夜班|实习|打工|打扫|保洁|护工|食堂)")
# What follows from another reason that is told: off work because of the operation.
_FOLLOWING = {
    "job_loss": re.compile("没上班|不上班了|工作(?:给|都)?辞了|把工作辞了|辞[职工]|离职"),
    "income_cut": re.compile("上不了班|没法上班|停工|停薪留职|半薪"),
    "other": re.compile("怀孕|怀[了上]?[二三]胎|保胎|大肚|坐月子|产假|奶粉钱|修车|车坏|撞"),
}
_SELF = re.compile(
    r"(?:^|[^a-z])(?:i|i'm|i've|im|my|me)(?![a-z])|我(?![^,，。]{0,2}(?:妈|爸|老|儿|女|孩|家))|自己"
    r"|本人"
)


# "We divorced in 2017 and I've got nothing to do with it": told to be left out of it, not as a reason.
_SOMEBODY_ELSES = re.compile(
    "(?<![a-z])(?:nothing to do with|not my (?:debt|loan|problem)|(?:isn't|is not|aren't|wasn't) (?:mine|my"
    " (?:debt|loan))"
    "|leave me out|keep me out|(?:her|his|ex's) (?:debt|loan|mess|problem))(?![a-z])"
)


def hardship_reasons(r: Reading) -> None:
    """Why the borrower cannot pay, where it is told as a fact of their own life."""
    text = r.text
    if _DEATH.search(text) and (_BORROWER_DIED.search(text) or not _OWN_TROUBLE.search(text)):
        return
    foreign = bool(_SOMEBODY_ELSES.search(text))
    if r.chinese and _DISOWNED.search(text):
        return
    taken: list[tuple[int, int]] = []
    told: dict[str, tuple[int, int]] = {}
    for reason, english, chinese in _RULES:
        for pattern in (chinese, english) if r.chinese else (english,):
            for m in pattern.finditer(text):
                start, end = m.span()
                before = text[max(0, start - 40) : start]
                if start == end or any(start < b and a < end for a, b in taken):
                    continue
                if reason == "divorce" and foreign:
                    continue
                if m.group().startswith("lose ") and _IF_BEFORE.search(before):
                    continue
                if r.chinese and _OF_OTHERS.search(before):
                    continue
                place = _HOSPITAL.search(text, start, end)
                if reason == "illness" and place and _is_workplace(text, place):
                    continue
                if _SUPPOSED.search(before) or _DENIED.search(before) or _CONDITION.search(before[-24:]):
                    continue
                taken.append((start, end))
                # "My wife is ill and in hospital": the second half is hers, too.
                if reason == "illness" and "caring" in told and not _SELF.search(m.group() + before[-1:]):
                    continue
                if reason not in told or start < told[reason][0]:
                    told[reason] = (start, end)
    for reason, (start, end) in _without_what_follows(text, told).items():
        r.add("hardship_reason", reason, start, end)


def works_at_hospital(text: str) -> bool:
    """Whether every hospital of a text in lower case is where somebody works: "nights at the hospital", 在医院上班."""
    places = list(_HOSPITAL.finditer(text))
    return bool(places) and all(_is_workplace(text, place) for place in places)


def _is_workplace(text: str, place: re.Match[str]) -> bool:
    before = text[max(0, place.start() - 40) : place.start()]
    return bool(_AT_WORK.search(before) or _WORKS_THERE.match(text, place.end()))


def _without_what_follows(text: str, told: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Leaves out what is only the consequence of another reason that is told."""
    kept = {}
    for reason, (start, end) in told.items():
        causes = set(told) - {reason} if reason == "other" else set(told) & {"illness", "caring"}
        following = _FOLLOWING.get(reason)
        if not (causes and following and following.search(text[start:end])):
            kept[reason] = (start, end)
    return kept
