"""What a message is taken to say, from all who read it: the model, the second reader, the out-of-scope gate.

Sets the intent (always one of the vocabulary), and beside it ``heard`` (hard cases that were heard, and what follows),
``close`` (two readings between which the borrower should choose) and ``unsure`` (too little was understood to act on).
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.intent_classifier import IN_CLAUSES
from bot.nlu.judging import Limits, judge
from bot.nlu.safety import safety_reader

RANKED = 10


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Judgement(IntentClassifier, GraphComponent):
    """Puts `bot.nlu.judging` into Rasa's pipeline; its limits stand in ``config.yml``."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return Limits().as_json()

    def __init__(self, config: dict[str, Any]) -> None:
        self._limits = Limits(**{name: config[name] for name in Limits().as_json()})
        self._safety = safety_reader()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Judgement:
        return cls({**cls.get_default_config(), **config})

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            ranking = message.get("intent_ranking") or []
            said = message.get(IN_CLAUSES) or ()
            judged = judge(message.get(TEXT) or "", ranking, self._safety, self._limits, said)
            message.set(INTENT, dict(judged.ranking[0]) if judged.ranking else {"name": None, "confidence": 0.0})
            message.set("intent_ranking", judged.ranking[:RANKED], add_to_output=True)
            message.set("outside", judged.outside, add_to_output=True)
            message.set("purposes", judged.purposes(message.get("purposes") or []), add_to_output=True)
            message.set("heard", [heard.as_json() for heard in judged.heard], add_to_output=True)
            message.set("close", list(judged.close), add_to_output=True)
            message.set("unsure", judged.unsure, add_to_output=True)
        return messages
