"""Marks from 1 to 5, said in answer to the question how it was: "4", "four stars", 五分. Plain functions, no Rasa."""

from __future__ import annotations

import re

LOWEST, HIGHEST = 1, 5
NUMBERS = {
    **{word: n for n, word in enumerate(["zero", "one", "two", "three", "four", "five"])},
    **{han: n for n, han in enumerate("零一二三四五")},
    **{wide: n for n, wide in enumerate("０１２３４５")},
    **{str(n): n for n in range(6)},
    "〇": 0,
    "两": 2,
    "兩": 2,
    "满": 5,
    "滿": 5,
}
_LED = (
    r"(?:(?:i'?d|i would|i|we'?d|let'?s|ok(?:ay)?|well|um+|hmm+|maybe|about|so|then|just|that'?s|that was|it'?s|it was"
    r"|my (?:mark|score|rating)(?: is|:)?|solid|say|give|gave|rate|rated|it|this|you|him|her|them|a|an|full|marks?|of)"
    r"[ ,:]+)*"
)
ENGLISH = re.compile(
    rf"\s*{_LED}(?P<n>zero|one|two|three|four|five|[0-5])"
    r"(?P<unit>\s*(?:/\s*5|out of (?:5|five)|of (?:5|five)|stars?|points?|marks?))*"
    r"(?![\d%.,/:]*\d|\w)(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
CHINESE = re.compile(
    r"\s*(?:我|那|就|嗯|好|好的|吧|想|可以|这次|這次|您|你们|你們|你|他|给|給|打|评|評|俾|畀|个|個|满意度|滿意度|评分|評分|是|[,，:：\s])*"
    r"(?P<n>[0-5０-５零〇一二三四五两兩满滿])(?P<unit>\s*(?:分(?![钟鐘期之开開])|颗?星(?!期)|顆星|/\s*[5５]))?"
    r"(?P<rest>.*)",
    re.DOTALL,
)
# A mark that stands anywhere says by its unit that it is one.
ANYWHERE = re.compile(
    r"(?<![\w.])(?P<n>zero|one|two|three|four|five|[0-5])\s*(?:/\s*5|out of (?:5|five)|stars?)(?![\w/])"
    r"|(?<![\d.０-９一二三四五六七八九十])(?P<han>[0-5０-５零一二三四五两兩满滿])\s*(?:分(?![钟鐘期之开開])|颗?星(?!期)|顆星)",
    re.IGNORECASE,
)
# What makes of the number something else than a mark: "4 payments", "5 more days", "3 pm".
COUNTED = re.compile(
    r"\s*(?:more|other|days?|weeks?|months?|years?|hours?|minutes?|payments?|instal\w+|times|people|kids|o'?clock|am|pm"
    r"|hundred|thousand|k|dollars?|bucks|pounds?|quid|yuan|rmb|percent|of (?:us|them|those)|thing|moment|second|minute"
    r"|[.,/]\d|[个個天周月年点點号號期次块塊元百千万萬成岁歲])",
    re.IGNORECASE,
)
ENDS = " \t\n.!。！~～,，;；:：-–—的吧啦了哦呀啊"


def mark_said(text: str) -> int | None:
    """The mark in a message that is an answer to how it was, 1 to 5 (0 counts as 1); None where there is none."""
    for shape in (ENGLISH, CHINESE):
        found = shape.fullmatch(text)
        if found is None or re.search(r"[?？]", found["rest"]) or COUNTED.match(found["rest"]):
            continue
        bare = (
            not found["unit"]
            and found["rest"].strip(ENDS)
            and not re.match(r"\s*[.!,;:。！，；：–—-]|\s", found["rest"])
        )
        if not bare:
            return max(LOWEST, NUMBERS[found["n"].lower()])
    named = {(row["n"] or row["han"]).lower() for row in ANYWHERE.finditer(text)}
    if len(named) == 1 and not re.search(r"[?？]", text):
        return max(LOWEST, NUMBERS[named.pop()])
    return None


def words_beside(text: str) -> str | None:
    """What was said beside the mark, None where there is nothing else."""
    found = ENGLISH.fullmatch(text) or CHINESE.fullmatch(text)
    rest = found["rest"].strip(ENDS) if found and mark_said(text) is not None else text.strip()
    return text.strip() if rest else None
