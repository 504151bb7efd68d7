"""What somebody makes of terms that were read back to them: a yes, a half one, another wish, a no. No Rasa.

Learnt from replies (`data/replies.yml`), each under one name. Where the model is not sure of a yes, plain words of one
(`answers.agrees_plainly`) have to stand beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from typing import Any

from bot.nlu.answers import (
    AGREEING,
    CERTAIN_WISH,
    HEARD_FIRST,
    NOT_UNDERSTOOD,
    QUESTIONS,
    SAYS_ITSELF,
    TERMS,
    WEAK,
    YES,
    agrees_plainly,
)

AGREES, ALONG, HALF, CHANGES = "agrees", "agrees_and_asks", "agrees_if", "wants_changed"
TOO_MUCH, DECLINES, WAITS, ASKS = "too_much", "declines", "waits", "asks"
# From this chance on a reply is a yes, whatever its single words say; of a writer whom the model has not met, fewer
# than two in a hundred other replies reach it, and those are half a yes.
SURE = 0.85
# From this chance on it is a yes where plain words or the model of all messages say so as well; from the second on,
# where both do.
LIKELY, POSSIBLE = 0.5, 0.2
# In so few characters a word of doubt is one: "yeah right", 可以才怪.
FEW = 30
DOUBT = re.compile(
    r"\b(?:guess|suppose|yeah,? right|maybe|perhaps|might|probably|not sure)\b"
    r"|才怪|大概|也许|也許|可能|考虑|考慮|想想|应该|應該",
    re.IGNORECASE,
)
# From this chance on a reply is a no, too much, a wish to wait.
CLEARLY = 0.75
# What a reply that is no yes becomes.
INSTEAD = {DECLINES: "deny", TOO_MUCH: "ask_better_offer", WAITS: "hold_on", HALF: "ask_repeat"}
A_YES = ("affirm", "accept_offer")
# Terms of one's own, each with an action that hears a yes beside them.
OWN_TERMS = ("propose_plan", "promise_payment", "pay_now")
# What may be named beside a wish for time ("i'll ask him tonight") or a question ("what if I'm a day late?").
BESIDE = {WAITS: {"date"}, ASKS: {"date", "day_of_month", "duration"}}
# What the model, which does not know what was asked, takes a reply to terms for.
SAID_OF_TERMS = frozenset(["ask_better_offer", "hold_on", "modify_plan", "reject_offer", "request_plan", "set_aside"])
Reply = Mapping[str, float]


def yes(text: str, reply: Reply) -> float:
    """The chance that a reply is a yes; one that asks for something in the same breath needs a word of a yes."""
    along = reply.get(ALONG, 0.0) if AGREEING.search(text) else 0.0
    return reply.get(AGREES, 0.0) + along


def rather(what: str, reply: Reply) -> bool:
    """Whether a reply is more likely so meant than not: enough where it names just the terms that stand."""
    return reply.get(what, 0.0) >= LIKELY


def agrees(text: str, reply: Reply, taken_for_yes: bool = False) -> bool:
    """Whether a message agrees to what was read back, or to the terms that it names itself.

    ``taken_for_yes``: the model of all messages takes it for a yes.
    """
    if not reply:
        return agrees_plainly(text)
    doubted = len(text) <= FEW and DOUBT.search(text)
    needed = (SURE, LIKELY, POSSIBLE)[taken_for_yes + agrees_plainly(text)]
    return yes(text, reply) >= needed and not doubted


def agrees_to_same(text: str, reply: Reply) -> bool:
    """Whether a message that names just the terms which stand agrees to them: to ask for them is to agree as well."""
    asked_for = yes(text, reply) + reply.get(CHANGES, 0.0) >= LIKELY
    return agrees(text, reply) or (asked_for and agrees_plainly(text))


def read_reply(
    text: str, kinds: Set[str], ranking: Sequence[Mapping[str, Any]], heard: bool, reply: Reply
) -> str | None:
    """The intent of a reply to terms that were read back; None where this says nothing, or says it too faintly.

    ``kinds`` of entities in it; ``ranking``: the readings of a message without its place, the likeliest first;
    ``heard``: a hard case is.
    """
    top = next((row for row in ranking if row["name"] != NOT_UNDERSTOOD), None)
    if not reply or top is None:
        return None
    intent, sure = top["name"], top["confidence"] >= LIKELY
    named = kinds & TERMS
    said = max(reply, key=reply.__getitem__)
    if intent in HEARD_FIRST and sure:
        return None
    if agrees(text, reply, taken_for_yes=intent in A_YES and sure):
        if not named:
            return "affirm"
        return intent if intent in OWN_TERMS else "propose_plan"
    if (
        heard
        or (sure and intent in SAYS_ITSELF)
        or (intent == "request_callback" and top["confidence"] >= CERTAIN_WISH)
    ):
        return None
    if said == CHANGES and reply[said] >= CLEARLY and named and not sure:
        return "propose_plan"
    if intent in A_YES and len(text) <= FEW and YES.match(text):
        return None  # so short a yes is read by its words
    if intent in A_YES and not named:
        return _question(ranking) if said == ASKS else INSTEAD.get(said, "ask_repeat")
    if reply[said] < CLEARLY or named - BESIDE.get(said, set()):
        return None
    fee_to_come = intent == "request_waiver" and reply.get(ASKS, 0.0) >= SURE  # "is there a fee if I pay one late"
    if intent in A_YES or intent in WEAK or intent in SAID_OF_TERMS or fee_to_come or not sure:
        return _question(ranking) if said == ASKS else INSTEAD.get(said)
    return None


def _question(ranking: Sequence[Mapping[str, Any]]) -> str:
    """The likeliest question; where none is likely, what was read back is said again."""
    return next((row["name"] for row in ranking[:4] if row["name"] in QUESTIONS), "ask_repeat")
