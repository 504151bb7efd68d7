"""Terms as agents name them in words, "150 a month from 5 January, fees off": read as borrowers' words are read.

What is waived is taken out first, since borrowers name no such thing; the rest goes to the reader of borrowers' terms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bot.domain.debt import COMPONENTS, Balance
from bot.domain.money import Money, MoneyError
from bot.domain.proposal import Proposal, read_proposal
from bot.domain.schedule import next_day_of_month
from bot.domain.wanted import Wanted
from bot.nlu.extraction import extract
from bot.nlu.language import detect

NAMES = {
    "fees": r"(?:late[ -]?|penalty )?(?:fees?|charges?|penalt(?:y|ies))"
    r"|滞纳金|滯納金|违约金|違約金|手续费|手續費|费用|費用|罚金|罰金",
    "interest": r"(?:the )?interests?|罚息|罰息|利息|息费|息費",
    "principal": r"principal|capital|本金",
}
ANY = "|".join(NAMES.values())
LIST = rf"(?:{ANY})(?:\s*(?:,|and|&|、|和|及|与|與)\s*(?:the |all )?(?:{ANY}))*"
SUM = r"(?:[¥$£€]|[A-Z]{3} )?\s?(?P<sum>\d[\d,]*(?:\.\d+)?)\s?(?P<share>%)?(?:[A-Z]{3}\b|元|块|塊)?"
DROPS = r"(?:waiv|writ|tak|dropp?|forgiv|knock)(?:e|es|ing)?(?: off)?"


def _compiled(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


# A part of one component, by a sum or a share; and whole components.
PARTS = _compiled(
    rf"{DROPS}\s+{SUM}\s*(?:of|off|in|from)?\s*(?:the )?(?P<what>{ANY})",
    rf"{SUM}\s*(?:of|in)?\s*(?:the )?(?P<what>{ANY})\s+(?:waived|off|written off)",
    rf"(?:减免?|減免?|免去?|免除)\s*{SUM}\s*的?(?P<what>{ANY})",
    rf"(?P<what>{ANY})\s*(?:减免?|減免?|免去?|免除)\s*{SUM}",
)
WHOLES = _compiled(
    rf"(?:{DROPS}|without|no|minus|less|excluding)\s+(?:all |any )?(?:of )?(?:the )?{LIST}",
    rf"(?:all )?(?:the )?{LIST}\s+(?:(?:is|are|to be|being)\s+)?(?:waived|off|dropped|forgiven|written off|free)\b",
    rf"(?:免除?|免去|减免|減免|免收|不收|不计|不計|去掉|扣除|不要)\s*(?:全部|所有)?的?{LIST}",
    rf"{LIST}\s*(?:全部|全)?(?:免除?|免去|减免|減免|免收|不收|全免|不计|不計)",
)


class NotTerms(ValueError):
    """Words in which no terms were found, or too many; ``why`` is a key under `forum.not_terms` of the desk's words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def read_wanted(text: str, owed: Balance, now: datetime) -> Wanted:
    """The terms that somebody names; ``now`` is the borrower's local time. Raises NotTerms."""
    waive, rest = _waivers(text, owed)
    entities = [entity.as_dict() for entity in extract(rest, now, detect(rest, "en"))]
    left = owed.total - sum(waive.values(), start=Money.zero(owed.currency))
    proposal = read_proposal(entities, left if left.minor > 0 else owed.total, now.date(), rest)
    if proposal.bad_amount:
        raise NotTerms("amount")
    if proposal.other_currency:
        raise NotTerms("currency")
    if proposal.past_date:
        raise NotTerms("past")
    if proposal.paydays or proposal.rest_on:
        raise NotTerms("too_fine")
    return _wanted(proposal, waive, left, now.date())


def _wanted(proposal: Proposal, waive: Mapping[str, Money], left: Money, today: date) -> Wanted:
    first_on = proposal.first_on
    if first_on is None and proposal.day_of_month is not None:
        first_on = next_day_of_month(today, proposal.day_of_month)
    if proposal.names_plan:
        count = proposal.count
        if count is None and proposal.per_instalment is None and proposal.months:
            count = _in_months(proposal.months, proposal.frequency or "monthly")
        if count is None and proposal.per_instalment is None:
            raise NotTerms("how_much")
        return Wanted(
            "plan",
            each=proposal.per_instalment,
            count=count,
            frequency=proposal.frequency,
            first_on=first_on,
            down_payment=proposal.down_payment,
            waive=waive,
        )
    once = proposal.lump_sum or proposal.down_payment
    if once is None and not waive:
        raise NotTerms("nothing")
    if once is None or once >= left:
        return Wanted("settlement", first_on=first_on, waive=waive)
    if waive:
        raise NotTerms("part_waives")
    if first_on is None:
        raise NotTerms("which_day")
    return Wanted("promise", each=once, first_on=first_on)


def _in_months(months: int, frequency: str) -> int:
    """How many payments there are in some months."""
    return {"weekly": months * 52 // 12, "biweekly": months * 26 // 12}.get(frequency, months)


def _waivers(text: str, owed: Balance) -> tuple[dict[str, Money], str]:
    """What is waived by component, and the words without that. Raises NotTerms."""
    waive: dict[str, Money] = {}
    for pattern in (*PARTS, *WHOLES):
        while (found := pattern.search(text)) is not None:
            named = found.groupdict()
            for name, words in NAMES.items():
                if re.search(words, named.get("what") or found.group(), re.IGNORECASE):
                    whole = getattr(owed, name)
                    waive[name] = _part(named, whole) if named.get("sum") else whole
            text = f"{text[: found.start()]} {text[found.end() :]}"
    return {name: waive[name] for name in COMPONENTS if name in waive and waive[name].minor > 0}, text


def _part(named: Mapping[str, str | None], whole: Money) -> Money:
    """The sum or share of a component that is named. Raises NotTerms."""
    said = (named["sum"] or "").replace(",", "")
    try:
        if named["share"]:
            return whole.percent(min(Decimal(said), Decimal(100)))
        return Money.parse(said, whole.currency)
    except MoneyError:
        raise NotTerms("amount") from None


def as_json(wanted: Wanted) -> dict[str, Any]:
    """Terms as they are kept behind a button."""
    return {
        "kind": wanted.kind,
        "each": wanted.each.as_json() if wanted.each else None,
        "count": wanted.count,
        "frequency": wanted.frequency,
        "first_on": wanted.first_on.isoformat() if wanted.first_on else None,
        "down_payment": wanted.down_payment.as_json() if wanted.down_payment else None,
        "waive": {name: amount.as_json() for name, amount in wanted.waive.items()},
    }


def from_json(data: Mapping[str, Any]) -> Wanted:
    def money(value: Mapping[str, str] | None) -> Money | None:
        return Money.parse(value["amount"], value["currency"]) if value else None

    return Wanted(
        data["kind"],
        each=money(data["each"]),
        count=data["count"],
        frequency=data["frequency"],
        first_on=date.fromisoformat(data["first_on"]) if data["first_on"] else None,
        down_payment=money(data["down_payment"]),
        waive={name: Money.parse(value["amount"], value["currency"]) for name, value in data["waive"].items()},
    )
