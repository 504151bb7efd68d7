"""Cutting a message into the clauses that may each have a purpose of their own."""

from __future__ import annotations

import re

MOST = 6
# Where one clause ends and the next begins: punctuation, and the words that join two thoughts.
_CUT = re.compile(
    r"(?:(?!(?<=\d)\.\d)[.!?;。！？；\n…])+\s*|(?!(?<=\d),\d)[,，、]\s*|\s+-+\s+"
    r"|(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])"
    r"|\s+(?:but|so|and|also|because|cos|cause|though|although|however|plus|then)\s+"
    r"|(?=但是|可是|不过|不過|所以|而且|另外|还有|還有|同埋|因为|因為|能不能|可不可以|可唔可以)",
    re.IGNORECASE,
)
# What only joins a clause to the one before; without it the clause reads as if it stood alone.
_JOINED = re.compile(
    r"^(?:and|but|so|also|then|plus)\s+"
    r"|^(?:然后|然後|还有|還有|另外|而且|不过|不過|顺便|順便|那么|那麼|那(?=[怎要我能可在什去到从從多]))",
    re.IGNORECASE,
)
_HAN = re.compile("[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-z0-9$€£¥']+")
# A greeting before what somebody has to say.
_GREETING = re.compile(
    r"\W*(?:(?:hi|hiya|hello|hey|good (?:morning|afternoon|evening|day))(?: there| all| team)?\b"
    r"|(?:你|您)们?好|(?:你|您)們好|早上好|下午好|晚上好|哈喽|哈囉|嗨|(?:有人)?在(?:吗|嗎|么|嘛|不在)(?:在(?:吗|嗎|么|嘛))?|有人(?:吗|嗎)|喂)"
    r"[呀啊哦喔]?[\s,，.。!！?？~～:：-]+",
    re.IGNORECASE,
)
# A clause says something of its own from so many words or Chinese characters on.
LEAST_WORDS, LEAST_HAN = 4, 6


def clauses(text: str) -> list[str]:
    """The clauses of a message that say something of their own; none where it is but one."""
    parts = [part for part in (part.strip() for part in _CUT.split(text)) if part]
    found: list[str] = []
    short = ""
    for part in parts:
        if _says_something(part):
            found.append(_JOINED.sub("", part))
            short = ""
            continue
        short = f"{short} {part}".strip()
        if _says_something(short):
            found.append(short)
            short = ""
    return found[:MOST] if len(parts) > 1 else []


def past_greeting(text: str) -> str:
    """A message without the greeting that it begins with, where something is said after it; else the message."""
    greeting = _GREETING.match(text)
    rest = text[greeting.end() :] if greeting else ""
    return rest if _says_something(rest) else text


def _says_something(part: str) -> bool:
    return len(_HAN.findall(part)) >= LEAST_HAN or len(_WORD.findall(part)) >= LEAST_WORDS
