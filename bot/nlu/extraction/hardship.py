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
        "if unless in_?case suppose supposing in_the_event until till should when whether before or_else might may"
        " could afraid scared worried going_to gonna will i'd i'll wouldn't in_case_of what_about lie tell_you"
        " say_that"
    )
    + "(?: "
    + listed(
        "i we my they it you of that about ever get i'm to be lose have was i'll 'll have_to there's there_is a an the"
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
_SELF = re.compile(
    r"(?:^|[^a-z])(?:i|i'm|i've|im|my|me)(?![a-z])|我(?![^,，。]{0,2}(?:妈|爸|老|儿|女|孩|家))|自己"
    r"|本人"
)


def hardship_reasons(r: Reading) -> None:
    """Why the borrower cannot pay, where it is told as a fact of their own life."""
    text = r.text
    if _DEATH.search(text) and (_BORROWER_DIED.search(text) or not _OWN_TROUBLE.search(text)):
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
                if _SUPPOSED.search(before) or _DENIED.search(before) or _CONDITION.search(before[-24:]):
                    continue
                taken.append((start, end))
                # "My wife is ill and in hospital": the second half is hers, too.
                if reason == "illness" and "caring" in told and not _SELF.search(m.group() + before[-1:]):
                    continue
                if reason not in told or start < told[reason][0]:
                    told[reason] = (start, end)
    for reason, (start, end) in told.items():
        r.add("hardship_reason", reason, start, end)
