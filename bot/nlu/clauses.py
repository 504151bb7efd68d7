"""Cutting a message into the clauses that may each have a purpose of their own."""

from __future__ import annotations

import re

MOST = 6
# Where one clause ends and the next begins: punctuation, and the words that join two thoughts.
_CUT = re.compile(
    r"[.!?;。！？；\n…]+\s*|[,，、]\s*|\s+-+\s+"
    r"|\s+(?:but|so|and|also|because|cos|cause|though|although|however|plus|then)\s+"
    r"|(?=但是|可是|不过|不過|所以|而且|另外|还有|還有|同埋|因为|因為|能不能|可不可以|可唔可以)",
    re.IGNORECASE,
)
_HAN = re.compile("[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-z0-9$€£¥']+")
# A greeting before what somebody has to say.
_GREETING = re.compile(
    r"\W*(?:(?:hi|hiya|hello|hey|good (?:morning|afternoon|evening|day))(?: there| all| team)?\b"
    r"|(?:你|您)们?好|(?:你|您)們好|早上好|下午好|晚上好|哈喽|哈囉|嗨)[呀啊哦喔]?[\s,，.。!！~～:：-]+",
    re.IGNORECASE,
)
# A clause says something of its own from so many words or Chinese characters on.
LEAST_WORDS, LEAST_HAN = 4, 6


def clauses(text: str) -> list[str]:
    """The clauses of a message that say something of their own; none where it is but one."""
    found: list[str] = []
    for part in _CUT.split(text):
        part = part.strip()
        if not part:
            continue
        if (found and not _says_something(part)) or (found and not _says_something(found[-1])):
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return found[:MOST] if len(found) > 1 else []


def past_greeting(text: str) -> str:
    """A message without the greeting that it begins with, where something is said after it; else the message."""
    greeting = _GREETING.match(text)
    rest = text[greeting.end() :] if greeting else ""
    return rest if _says_something(rest) else text


def _says_something(part: str) -> bool:
    return len(_HAN.findall(part)) >= LEAST_HAN or len(_WORD.findall(part)) >= LEAST_WORDS
