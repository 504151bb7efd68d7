"""What actions make of a turn, on real services and without Rasa."""

from __future__ import annotations

from typing import Any

from actions.accounts import ActionBalance
from actions.base import Turn
from actions.handover import ActionHandOver


def turn_of(chat: Any, intent: str, stage: str) -> Turn:
    return Turn(chat.turn("…"), chat.id, "…", intent, 0.9, [], stage, "en")


def test_a_yes_to_a_person_opens_a_case_whatever_was_wished_before(chat, services):
    services.conversations.remember_wish(chat.id, "ask_balance", [], "how much do I owe")

    replies = ActionHandOver(services).perform(turn_of(chat, "affirm", "offered_person"))

    assert replies[0].response == "utter_case_request_human"
    assert services.cases.all()[0]["reason"] == "request_human"


def test_the_balance_tells_of_a_promise_that_is_open(odalys, services):
    named = [
        {"entity": "money", "value": 20, "role": "lump_sum"},
        {"entity": "date", "value": services.parts.now().date().replace(day=28).isoformat()},
    ]
    step = services.negotiation.consider(odalys.turn("20 on the 28th"), named, single=True)
    services.negotiation.agree(odalys.turn("yes"), step.offers[0].id)

    replies = ActionBalance(services).perform(turn_of(odalys, "ask_balance", "planned"))

    assert replies[0].response == "utter_balance_promised"
    assert {"next_amount", "next_date"} <= set(replies[0].facts)
