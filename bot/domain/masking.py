"""What identifies somebody, as it is shown until it is opened; and texts in which such figures stand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

DOT = "•"
CJK = re.compile(r"[㐀-鿿]")
MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
YEAR = r"(?:19|20)\d\d"
DIGIT = r"[0-9０-９]"
# Days with their year, however they are written.
DAYS = re.compile(
    rf"(?<!\d){YEAR}\s?[-/.年]\s?\d{{1,2}}\s?[-/.月]\s?\d{{1,2}}日?"
    rf"|(?<!\d)\d{{1,2}}\s?[-/.]\s?\d{{1,2}}\s?[-/.]\s?(?:{YEAR}|\d\d)(?!\d)"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTHS},? {YEAR}\b|\b{MONTHS} \d{{1,2}}(?:st|nd|rd|th)?,? {YEAR}\b"
    r"|[一二〇零○三四五六七八九]{4}年[一二三四五六七八九十]{1,3}月[一二三四五六七八九十]{1,3}[日号號]",
    re.IGNORECASE,
)
# Numbers of accounts, telephones and papers: many digits, perhaps in groups, and no amount of money.
MONEY_BEFORE = r"(?<![¥$£€￥.\d０-９])(?<!rmb )(?<!usd )(?<!cny )"
MONEY_AFTER = r"(?!\s?(?:yuan|dollars?|pounds?|yen|rmb|usd|cny|gbp|jpy|eur|元|块|塊|圆|円|万|萬|[.,]\d))"
LONG = re.compile(rf"{MONEY_BEFORE}\+?\(?{DIGIT}(?:[-\s().]{{0,2}}{DIGIT}){{6,}}(?!\d){MONEY_AFTER}", re.IGNORECASE)
ANY_DIGITS = re.compile(rf"{DIGIT}(?:[-\s.]?{DIGIT}){{2,}}|[〇零○一二三四五六七八九]{{3,}}")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def name(text: str) -> str:
    """A name of which only beginnings are seen: O••• B•••, 顾••."""
    if CJK.search(text):
        return text[:1] + DOT * 2
    return " ".join(part[:1] + DOT * 3 for part in text.replace(",", " ").split()) or DOT * 3


def ending(text: str, seen: int) -> str:
    """A number of which only the end is seen: ••••3344."""
    kept = "".join(char for char in text if char.isalnum())
    return DOT * 4 + (kept[-seen:] if len(kept) > seen + 2 else "")


def email(text: str) -> str:
    """An address of which only the beginning and where it is are seen: o•••@b.test."""
    person, _, place = text.partition("@")
    return f"{person[:1]}{DOT * 3}@{place}"


def figures(text: str, known: Iterable[str] = (), identifying: bool = False) -> str:
    """A text without the figures that prove who somebody is: days with their year, long numbers, addresses.

    ``known``: numbers as they are on record, which are found however they are grouped. ``identifying``: the text
    answers a question about it, so that every number in it is such a figure.
    """
    if not any(char.isdigit() or char == "@" or CJK.match(char) for char in text):
        return text
    masked = EMAIL.sub(_dots, text)
    for number in known:
        masked = _without(masked, number)
    masked = DAYS.sub(_dots, masked)
    return (ANY_DIGITS if identifying else LONG).sub(_dots, masked)


def identifies(stage: str | None, intent: str | None) -> bool:
    """Whether a message answers a question about who its writer is, by where it was said and how it was read."""
    return stage in ("identifying", "passcode") or intent == "provide_identity"


def age(born: str, today: date) -> int:
    """How old somebody is, by a birth date such as 1987-03-07."""
    day = date.fromisoformat(born)
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day))


def _without(text: str, number: str) -> str:
    kept = [re.escape(char) for char in number if char.isalnum()]
    if len(kept) < 4:
        return text
    return re.sub(r"\+?" + r"[-\s().]{0,2}".join(kept), DOT * 4, text, flags=re.IGNORECASE)


def _dots(found: re.Match[str]) -> str:
    return DOT * 4
