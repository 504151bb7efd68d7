"""Asking how it was, and hearing the answer."""

from __future__ import annotations

from actions.base import AccordAction, Reply, Turn
from bot.bootstrap import Services
from bot.services.conversations import Choice
from bot.services.feedback import SCALE

MARKS = tuple(
    Choice("utter_button_mark", "give_feedback", ({"entity": "mark", "value": mark},), None, {"mark": mark})
    for mark in range(SCALE["worst"], SCALE["best"] + 1)
)


def feedback_question(services: Services, conversation_id: str, about: str, subject: str) -> list[Reply]:
    """The question how it was, as the last of what is said; nothing where it was put before or is not to be put."""
    if not services.feedback.ask(conversation_id, about, subject):
        return []
    return [Reply("utter_ask_feedback", SCALE, MARKS)]


class ActionGiveFeedback(AccordAction):
    """Takes a mark and a word; a low mark goes to a person."""

    action_name = "action_give_feedback"

    def perform(self, turn: Turn) -> list[Reply]:
        given = self.services.feedback.give(turn.id, turn.value("mark"))
        if given.case is not None:
            facts = {"reference": given.case.reference, "answer_by": given.case.answer_by}
            return [Reply("utter_feedback_low", facts)]
        return [Reply("utter_give_feedback" if given.mark is None else "utter_feedback_noted")]
