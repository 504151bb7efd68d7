"""Rasa decides which response is said; the service says it, in the borrower's language. (Python 3.10, inside Rasa.)"""

from __future__ import annotations

from typing import Any

from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.trackers import DialogueStateTracker


class ResponseNames(NaturalLanguageGenerator):
    """Passes on the name of a response in place of a text."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Takes the endpoint configuration and domain that Rasa hands over; neither is needed."""

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any]:
        return {"custom": {"response": utter_action, "facts": {}, "choices": []}}
