"""What the buttons of a borrower who waits for a person do: a time to be called, or nobody after all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from actions.base import Reply, Turn
from actions.nobody_there import CALL_AT, NO_PERSON, case_facts, nobody_there
from bot.bootstrap import Services

INTENTS = (CALL_AT, NO_PERSON)


class WhileWaiting:
    """Answers the buttons that stand under the words for somebody who waits, whoever has the conversation."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def perform(self, turn: Turn) -> list[Reply]:
        """The reply to one of `INTENTS`."""
        named = {"reference": turn.value("case")}
        if turn.intent == NO_PERSON:
            gone = self.services.casework.cancel(turn.conversation_id)
            return [Reply("utter_case_cancelled" if gone else "utter_case_not_cancelled", named)]
        at = datetime.fromisoformat(turn.value("moment"))
        became = self.services.casework.choose_call(turn.conversation_id, at)
        if became == "chosen":
            return [Reply("utter_call_chosen", {**named, "moment": at})]
        if became == "closed":
            return [Reply("utter_button_used")]
        case = self.services.cases.waiting(turn.conversation_id)
        case = replace(case, slots=tuple(self.services.casework.slots(turn.conversation_id)))
        response = "utter_call_passed" if case.slots else "utter_call_none_left"
        return [nobody_there(case, case_facts(self.services, case), response)]
