"""What a conversation came to, for whoever takes a case: lines made from the record alone, nothing guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, get_args

from bot.domain.money import Money
from bot.domain.offer import Terms
from bot.domain.proposal import Proposal

Code = Literal[
    "wants",  # wish: the intent of what they asked for last
    "named",  # what they named of terms: each, once, down, count, frequency, on
    "hardship",  # reason
    "budget",  # surplus, on
    "disputes",  # about
    "offered",  # terms, round, by (bot, borrower or agent), status
    "offered_more",  # count: so many earlier offers
    "refused",  # terms, words: what the borrower said to them
    "not_allowed",  # terms, words: what whoever decided said
    "agreed",  # terms, on, status (of the plan)
    "waits",  # terms: agreed to, waiting for approval
    "promised",  # amount, on, status
    "earlier",  # reference, reason, outcome, on
    "nothing",  # nothing of all that is on record
]
CODES: tuple[Code, ...] = get_args(Code)
# What a borrower can want, by the intents that say so.
WISHES = (
    "request_plan",
    "request_waiver",
    "request_deferral",
    "pay_now",
    "propose_plan",
    "promise_payment",
    "ask_better_offer",
    "modify_plan",
    "cancel_plan",
    "request_human",
    "request_callback",
    "request_document",
    "request_data_deletion",
    "request_data_access",
    "request_correction",
    "ask_explanation",
    "object_to_automation",
    "report_payment_problem",
    "update_contact_details",
    "set_contact_preference",
    "set_up_autopay",
    "cancel_autopay",
    "dispute_debt",
    "claim_already_paid",
    "complain",
    "refuse_to_pay",
)
REFUSING = (
    "deny",
    "reject_offer",
    "ask_better_offer",
    "propose_plan",
    "refuse_to_pay",
    "cannot_pay",
    "promise_payment",
)
SHOWN = 3
LONGEST = 160


@dataclass(frozen=True)
class Line:
    """One line of a summary: a code, under which the desk has its words, and the facts in them.

    Facts are texts, numbers, `Money` and days; ``terms`` is a `bot.domain.offer.Terms`.
    """

    code: Code
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """Something that the borrower said, and how it was read; ``text`` as a person may see it."""

    id: int
    text: str
    intent: str | None


@dataclass(frozen=True)
class Put:
    """Terms that were put to the borrower, in answer to which of their words. ``why``: whoever decided against them."""

    turn: int
    terms: Terms
    round: int
    status: str
    by: str
    why: str | None = None


@dataclass(frozen=True)
class Record:
    """What is on record of a conversation and its account, as far as a summary tells it; all of it in order."""

    told: Sequence[Told] = ()
    put: Sequence[Put] = ()
    wanted: Proposal | None = None
    hardship: str | None = None
    surplus: Money | None = None
    budget_on: date | None = None
    about: str | None = None
    agreed: tuple[Terms, date, str] | None = None
    promises: Sequence[tuple[Money, date, str]] = ()
    earlier: Sequence[tuple[str, str, str | None, date]] = ()


def summary(record: Record) -> tuple[Line, ...]:
    """What the borrower wants, what was offered, what was refused and why, what was promised."""
    lines = [*_wants(record), *_offered(record)]
    if record.agreed is not None:
        terms, on, status = record.agreed
        waits = status == "agreed"
        lines.append(Line("waits", {"terms": terms}) if waits else Line("agreed", vars_of(terms, on, status)))
    lines += [Line("promised", {"amount": amount, "on": on, "status": how}) for amount, on, how in record.promises]
    lines += [
        Line("earlier", {"reference": name, "reason": reason, "outcome": outcome, "on": on})
        for name, reason, outcome, on in record.earlier
    ]
    return tuple(lines) or (Line("nothing"),)


def vars_of(terms: Terms, on: date, status: str) -> dict[str, Any]:
    """What a line says of terms that were agreed."""
    return {"terms": terms, "on": on, "status": status}


def why_refused(record: Sequence[Told], put: Put) -> str | None:
    """What the borrower said against terms: the first words after them that ask for something else."""
    if put.status not in ("rejected", "superseded"):
        return None
    after = (told for told in record if told.id > put.turn and told.text)
    said = next((told for told in after if told.intent in REFUSING), None)
    return said.text[:LONGEST] if said is not None else None


def _wants(record: Record) -> list[Line]:
    lines = []
    wish = next((told.intent for told in reversed(record.told) if told.intent in WISHES), None)
    if wish is not None:
        lines.append(Line("wants", {"wish": wish}))
    named = record.wanted
    if named is not None:
        facts = {
            "each": named.per_instalment,
            "once": named.lump_sum,
            "down": named.down_payment,
            "count": named.count,
            "frequency": named.frequency,
            "on": named.first_on,
        }
        if given := {name: value for name, value in facts.items() if value is not None}:
            lines.append(Line("named", given))
    if record.hardship:
        lines.append(Line("hardship", {"reason": record.hardship}))
    if record.surplus is not None:
        lines.append(Line("budget", {"surplus": record.surplus, "on": record.budget_on}))
    if record.about:
        lines.append(Line("disputes", {"about": record.about}))
    return lines


def _offered(record: Record) -> list[Line]:
    lines: list[Line] = []
    if len(record.put) > SHOWN:
        lines.append(Line("offered_more", {"count": len(record.put) - SHOWN}))
    for put in record.put[-SHOWN:]:
        lines.append(Line("offered", {"terms": put.terms, "round": put.round, "by": put.by, "status": put.status}))
        said = why_refused(record.told, put)
        if put.why:
            lines.append(Line("not_allowed", {"terms": put.terms, "words": put.why}))
        elif said is not None:
            lines.append(Line("refused", {"terms": put.terms, "words": said}))
    return lines
