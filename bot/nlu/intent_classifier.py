"""Telling intents apart: a logistic regression on centred and normalised sentence vectors."""

from __future__ import annotations

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
from sklearn.linear_model import LogisticRegression

FILE = "intents.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SentenceIntentClassifier(IntentClassifier, GraphComponent):
    """Multinomial logistic regression; its weights are stored as plain arrays, never pickled."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"C": 10.0, "max_iter": 400, "ranking_length": 10}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self.config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self.labels: list[str] = []
        self.centre = self.weights = self.bias = np.zeros(0, dtype=np.float32)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceIntentClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [m for m in training_data.intent_examples if self._vector(m) is not None]
        vectors = np.stack([self._vector(m) for m in examples])
        self.centre = vectors.mean(axis=0)
        model = LogisticRegression(C=self.config["C"], max_iter=self.config["max_iter"], random_state=42)
        model.fit(self._normalise(vectors), [m.get(INTENT) for m in examples])
        self.labels = [str(label) for label in model.classes_]
        self.weights, self.bias = model.coef_.astype(np.float32), model.intercept_.astype(np.float32)
        self.persist()
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            vector = self._vector(message)
            if vector is None or not self.labels:
                message.set(INTENT, {"name": None, "confidence": 0.0}, add_to_output=True)
                message.set("intent_ranking", [], add_to_output=True)
                continue
            scores = self.weights @ self._normalise(vector[None])[0] + self.bias
            chances = np.exp(scores - scores.max())
            chances /= chances.sum()
            order = np.argsort(-chances)[: self.config["ranking_length"]]
            ranking = [{"name": self.labels[i], "confidence": float(chances[i])} for i in order]
            message.set(INTENT, dict(ranking[0]), add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def persist(self) -> None:
        with self._model_storage.write_to(self._resource) as folder:
            np.savez(
                folder / FILE,
                labels=np.array(self.labels),
                centre=self.centre,
                weights=self.weights,
                bias=self.bias,
            )

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceIntentClassifier:
        classifier = cls(config, model_storage, resource)
        with (
            model_storage.read_from(resource) as folder,
            np.load(folder / FILE, allow_pickle=False) as arrays,
        ):
            classifier.labels = arrays["labels"].tolist()
            classifier.centre, classifier.weights, classifier.bias = (
                arrays[name] for name in ("centre", "weights", "bias")
            )
        return classifier

    @staticmethod
    def _vector(message: Message) -> np.ndarray | None:
        _, sentence = message.get_dense_features(TEXT)
        return None if sentence is None else sentence.features[0]

    def _normalise(self, vectors: np.ndarray) -> np.ndarray:
        centred = vectors - self.centre
        return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
