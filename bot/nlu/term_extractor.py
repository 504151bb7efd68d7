"""Amounts, dates and the other entities of a message, read by the grammar of `bot.nlu.extraction`."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.extraction import extract
from bot.nlu.extraction.hardship import works_at_hospital
from bot.nlu.intent_classifier import REASON
from bot.nlu.language import detect

HARDSHIP = "hardship_reason"
# From this chance on a reason is taken as told.
SURE = 0.4


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class TermExtractor(GraphComponent, EntityExtractorMixin):
    """Sets the entities and the language of a message; days are those of the borrower's own clock."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TermExtractor:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            given = message.get("metadata") or {}
            language = detect(text, given.get("language") or "en")
            found = extract(text, _moment(given.get("now")), language)
            entities = [{**entity.as_dict(), "extractor": type(self).__name__} for entity in found]
            entities += _reason(message.get(REASON), entities, text)
            message.set(ENTITIES, (message.get(ENTITIES) or []) + entities, add_to_output=True)
            message.set("language", language, add_to_output=True)
        return messages


def _reason(read: tuple[str, float] | None, entities: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """Why somebody cannot pay, as the model reads it off the whole message where no plain words of it told why."""
    told = any(entity["entity"] == HARDSHIP and entity["value"] != "other" for entity in entities)
    if read is None or told or read[1] < SURE:
        return []
    if read[0] == "illness" and works_at_hospital(text.lower()):
        return []
    return [{"entity": HARDSHIP, "value": read[0], "extractor": "SentenceIntentClassifier"}]


def _moment(text: str | None) -> datetime:
    """The borrower's local time as the turn carries it; the time in UTC where it carries none."""
    return datetime.fromisoformat(text) if text else datetime.now(timezone.utc)
