"""The intent model in Rasa's pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.answers import LEARNT
from bot.nlu.intent_model import IntentModel
from bot.nlu.judging import BESIDE, OF_A_CLAUSE
from bot.nlu.safety import Said
from bot.nlu.sentence_encoder import CLAUSES, READ

# What there is a model of: what somebody wants, why they cannot pay, what they make of terms that were read back, and
# what of options on the table.
INTENTS, REASONS, REPLIES, OPTIONS = "intents", "reasons", "replies", "options"
# The stage in which terms stand read back.
READ_BACK = "confirming"
# What was asked last where options are on the table.
ON_THE_TABLE = "choose"
# Who says this tells why they cannot pay.
TELLING = "report_hardship"
# The reason as read off the whole message: its name and its chance.
REASON = "reason"
# What is made of terms that were read back: the chance of each name in `data/replies.yml`.
REPLY = "reply"
# What is made of options on the table: the chance of each name in `data/options.yml`.
CHOICE = "choice"
# What the clauses of a message surely say, each read for itself.
IN_CLAUSES = "in_clauses"
# What a message says that the vocabulary has no word for, with its chance, where it says that before all else.
TALK = "talk"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SentenceIntentClassifier(IntentClassifier, GraphComponent):
    """Reads intents off the vector and the wording of a message; its purposes also off those of its clauses."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"second": 0.2, "clause": 0.9}

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        models: Mapping[str, IntentModel],
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._storage, self._resource = storage, resource
        self._models, self._model = models, models.get(INTENTS)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceIntentClassifier:
        return cls(config, model_storage, resource, {})

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceIntentClassifier:
        with model_storage.read_from(resource) as folder:
            models = {file.stem: _read(file) for file in folder.glob("*.npz")}
        return cls(config, model_storage, resource, models)

    def train(self, training_data: TrainingData) -> Resource:
        """Takes the kept models along; they were fitted before Rasa trains (`bot.dialogue.train`)."""
        from bot.nlu.kept import load

        kept = load()
        if kept is None:
            raise RuntimeError("no intent model is kept; train with: make train")
        with self._storage.write_to(self._resource) as folder:
            for tells, model in kept.models.items():
                np.savez(folder / f"{tells}.npz", **model.arrays())
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets the intent, ``intent_ranking`` (every intent, the likeliest first) and ``purposes``; a reason told.

        Where terms were read back, or options are on the table, what is made of them as well.
        """
        for message in messages:
            ranking = self._ranking(message)
            message.set(INTENT, dict(ranking[0]) if ranking else {"name": None, "confidence": 0.0}, add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
            message.set("purposes", self._purposes(message, ranking), add_to_output=True)
            if TELLING in message.get("purposes"):
                message.set(REASON, self._reason(message, leads=ranking[0]["name"] == TELLING))
            given = message.get("metadata") or {}
            if given.get("stage") == READ_BACK:
                message.set(REPLY, self._chances(message, REPLIES), add_to_output=True)
            elif given.get("asked") == ON_THE_TABLE:
                message.set(CHOICE, self._chances(message, OPTIONS), add_to_output=True)
        return messages

    def _ranking(self, message: Message) -> list[dict[str, Any]]:
        vector, model = _vector(message), self._model
        if vector is None or model is None:
            return []
        chances = model.chances(vector[None], [message.get(READ)])[0]
        ranked = [(model.labels[i], float(chances[i])) for i in np.argsort(-chances)]
        if ranked[0][0] in LEARNT:
            message.set(TALK, ranked[0])
        # The vocabulary's words share what is left of the chances.
        known = [(name, chance) for name, chance in ranked if name not in LEARNT]
        whole = sum(chance for _, chance in known)
        return [{"name": name, "confidence": chance / whole} for name, chance in known]

    def _reason(self, message: Message, leads: bool) -> tuple[str, float] | None:
        """Why somebody cannot pay; where that is only said beside something else, it must be one that has a name."""
        chances = self._chances(message, REASONS)
        told = max(chances, key=chances.__getitem__, default=None)
        return (told, chances[told]) if told is not None and (leads or told != "other") else None

    def _chances(self, message: Message, tells: str) -> dict[str, float]:
        """The chance of each label that one of the models has for a message."""
        vector, model = _vector(message), self._models.get(tells)
        if vector is None or model is None:
            return {}
        chances = model.chances(vector[None], [message.get(READ)])[0]
        return dict(zip(model.labels, chances.tolist(), strict=True))

    def _purposes(self, message: Message, ranking: list[dict[str, Any]]) -> list[str]:
        """What a message says as a whole, what it nearly says as well, and what its clauses surely say beside that."""
        found = [row["name"] for row in ranking[:1]]
        near = [row["name"] for row in ranking[1:] if row["confidence"] >= self._config["second"]]
        found += [name for name in near if name not in OF_A_CLAUSE]
        said = self._said_in_clauses(message)
        message.set(IN_CLAUSES, said)
        found += [name for _, name, _ in said]
        return list(dict.fromkeys(found[:1] + [name for name in found[1:] if name in BESIDE]))

    def _said_in_clauses(self, message: Message) -> list[Said]:
        """What its clauses surely say, each for itself."""
        cut = message.get(CLAUSES) or []
        if not cut or self._model is None:
            return []
        texts, vectors = zip(*cut, strict=True)
        chances = self._model.chances(np.stack(vectors), texts)
        best, labels = chances.max(axis=1), self._model.labels
        return [
            (text, labels[label], float(chance))
            for text, label, chance in zip(texts, chances.argmax(axis=1), best, strict=True)
            if chance >= self._config["clause"]
        ]


def _read(file: Path) -> IntentModel:
    with np.load(file, allow_pickle=False) as arrays:
        return IntentModel.of(arrays)


def _vector(message: Message) -> np.ndarray | None:
    _, sentence = message.get_dense_features(TEXT)
    return None if sentence is None else sentence.features[0]
