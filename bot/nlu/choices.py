"""What somebody makes of options on the table: one of them, other terms, too much, a no, a question. No Rasa.

Learnt from messages (`data/options.yml`), each under one name. It settles what the model of all messages, which does
not know what was asked, leaves open or reads by single words; terms that are named are found by the grammar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from bot.nlu.answers import CALLS, CERTAIN_WISH, DISTRESS, NOT_UNDERSTOOD, QUESTIONS, SAYS_ITSELF, TERMS, WEAK
from bot.nlu.judging import OUT_OF_SCOPE
from bot.nlu.replies import AGREES, ASKS, CHANGES, DECLINES, TOO_MUCH, WAITS, Reply
from bot.nlu.safety import ACT

PICKS, TROUBLE = "picks", "trouble"
# From this chance on it is so meant where the model of all messages is unsure; from the second on where it is sure of
# something that is said of terms; from the third on where it is sure of thanks, or terms are named beside it.
LIKELY, CLEARLY, SURELY = 0.5, 0.7, 0.75
# What the model takes for something else, as it does not know that options were shown.
SAID_OF_OPTIONS = frozenset(
    [
        *("accept_offer", "affirm", "ask_balance", "ask_better_offer", "ask_minimum_payment", "cancel_plan"),
        *("cannot_pay", "deny", "hold_on"),
        *("modify_plan", "pay_now", "promise_payment", "propose_plan", "refuse_to_pay", "reject_offer"),
        *("request_callback", "request_deferral", "request_plan", "request_waiver", "select_option", "set_aside"),
        *("set_up_autopay", "switch_language"),
    ]
)
# Of these the model knows well what is meant: it has to be less sure than the other one.
OF_TERMS = frozenset(["accept_offer", "ask_better_offer", "reject_offer", "request_plan", "request_waiver"])
MEANS = {
    PICKS: "select_option",
    AGREES: "accept_offer",
    CHANGES: "propose_plan",
    TOO_MUCH: "ask_better_offer",
    DECLINES: "reject_offer",
    WAITS: "hold_on",
}
# Readings that say the same already.
AS_GOOD = {
    PICKS: {"select_option", "accept_offer", "affirm"},
    AGREES: {"accept_offer", "affirm", "select_option"},
    CHANGES: {"propose_plan", "promise_payment", "modify_plan", "pay_now", "request_deferral"},
    TOO_MUCH: {"ask_better_offer", "reject_offer", "cannot_pay"},
    DECLINES: {"reject_offer", "deny", "refuse_to_pay", "ask_better_offer"},
    WAITS: {"hold_on"},
    TROUBLE: {"report_hardship", "cannot_pay"},
}
# What names terms of one's own, whatever it is said with.
OWN = TERMS - {"date", "day_of_month"}
# What names no terms of one's own.
NO_TERMS = (AGREES, TOO_MUCH, DECLINES, WAITS)
# What would be done where somebody only asks.
DONE = frozenset(["accept_offer", "affirm", "propose_plan", "reject_offer", "select_option"])


def read_choice(
    text: str,
    kinds: Set[str],
    ranking: Sequence[Mapping[str, Any]],
    heard: Sequence[Mapping[str, Any]],
    choice: Reply,
) -> str | None:
    """The intent of a reply to options; None where this says nothing, or nothing beyond the model of all messages.

    ``kinds`` of entities in it; ``ranking``: the readings of a message without its place, the likeliest first;
    ``heard``: hard cases, of which those that are acted upon, told in words or of despair go before; ``choice``: the
    chance of each name in `data/options.yml`.
    """
    top = next((row for row in ranking if row["name"] != NOT_UNDERSTOOD), None)
    if (
        not choice
        or top is None
        or any(row["words"] or row["then"] == ACT or row["intent"] == DISTRESS for row in heard)
    ):
        return None
    intent, sure = top["name"], top["confidence"] >= 0.5
    if intent == "request_callback" and top["confidence"] >= CERTAIN_WISH and CALLS.search(text):
        return None
    said = max(choice, key=choice.__getitem__)
    needed = CLEARLY if sure or heard else LIKELY
    if said in NO_TERMS and said != AGREES and kinds & OWN:
        needed = SURELY
    if sure and intent in OF_TERMS:
        needed = max(needed, top["confidence"])
    if choice[said] < needed or (sure and not _gives_way(intent, said)):
        return None
    if intent in AS_GOOD.get(said, ()):
        return None if sure or said == CHANGES else intent
    if said == PICKS and kinds & OWN - {"frequency"} and intent in AS_GOOD[CHANGES]:
        return None  # what is named is looked for on the table
    if said == ASKS:
        asked = next((row["name"] for row in ranking[:4] if row["name"] in QUESTIONS), None)
        return asked or ("ask_repeat" if intent in DONE else None)
    if said == TROUBLE:
        return next((row["name"] for row in ranking[:4] if row["name"] in AS_GOOD[TROUBLE]), None)
    if said == CHANGES and not kinds & TERMS:
        return None
    return MEANS.get(said)


def _gives_way(intent: str, said: str) -> bool:
    """Whether what the model of all messages is sure of may be something else, said of options."""
    if said == ASKS:
        return intent in DONE
    if intent in SAYS_ITSELF or intent == OUT_OF_SCOPE:
        return said == AGREES and intent in ("give_feedback", "thank")
    return intent in WEAK or intent in SAID_OF_OPTIONS
