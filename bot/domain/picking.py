"""Which of the offers on the table somebody means who names none by its number, but says what sets it apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from bot.domain.offer import Terms

NUMBER = re.compile(r"(?<![\d.,])\d[\d,]*(?:\.\d+)?")
LEAST_IN_ALL = re.compile(
    r"\b(?:cheap(?:er|est)|less|least|lowest)\b.{0,24}"
    r"\b(?:overall|altogether|in total|total|in all|all in|in the end)\b"
    r"|\b(?:total|overall)\b.{0,12}\b(?:lower|lowest|less|least|cheap(?:er|est))\b"
    r"|(?:总共|總共|一共|合计|合計|总的|總的|总价|總價|总额|總額|加起来|加起來).{0,8}(?:少|便宜|低|省)",
    re.IGNORECASE,
)
SOMETHING_OFF = re.compile(
    r"\b(?:off|waiv\w*|discount\w*|reduc\w*|knock\w*|without|no)\b.{0,24}\bfees?\b"
    r"|\bfees?\b.{0,12}\b(?:off|waived|less|gone|dropped|removed)\b|\bdiscount(?:ed)?\b"
    r"|(?:减|減|免|少|不用|没有|沒有|不收|去掉).{0,6}(?:费|費|罚息|罰息|滞纳金|滯納金)"
    r"|(?:费|費).{0,4}(?:减|減|免|少)|减免|減免|打折|优惠|優惠",
    re.IGNORECASE,
)


IN_PARTS = re.compile(
    r"\b(?:instal+ments?|monthly|weekly|fortnightly|in (?:parts|bits)|spread)\b|分期|分开还|分開還|月供", re.IGNORECASE
)
AT_ONCE = re.compile(
    r"\b(?:one[- ]off|all at once|in one go|one payment|single payment|lump sum|pay (?:it )?off|in full)\b"
    r"|一次性|一次还|一次還|一次付|一把|一笔|一筆|全款|全额|全額",
    re.IGNORECASE,
)


def picked(offered: Sequence[Terms], words: str) -> int | None:
    """The place of the one offer that words single out: by a figure that stands in no other, by what costs least in
    all, by a waiver, or by whether it is paid in parts; None where they single out none.
    """
    if len(offered) < 2:
        return None
    named = {Decimal(number.replace(",", "")) for number in NUMBER.findall(words)}
    places = [i for i, terms in enumerate(offered) if named & _figures(terms)]
    if not places and LEAST_IN_ALL.search(words):
        least = min(terms.to_pay.minor for terms in offered)
        places = [i for i, terms in enumerate(offered) if terms.to_pay.minor == least]
    if not places and SOMETHING_OFF.search(words):
        places = [i for i, terms in enumerate(offered) if terms.saved]
    if not places and IN_PARTS.search(words):
        places = [i for i, terms in enumerate(offered) if len(terms.instalments) > 1]
    if not places and AT_ONCE.search(words):
        places = [i for i, terms in enumerate(offered) if len(terms.schedule) == 1]
    return places[0] if len(places) == 1 else None


def _figures(terms: Terms) -> set[Decimal]:
    """The amounts by which people call terms: what is paid each time, first, and in all."""
    return {row.amount.amount for row in terms.schedule} | {terms.to_pay.amount}
