"""Telling intents apart: multinomial logistic regression on centred and normalised sentence vectors. No Rasa."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class IntentModel:
    """Plain arrays, never pickled: ``weights`` [intents, width], ``centre`` [width], ``bias`` [intents]."""

    labels: list[str]
    centre: np.ndarray
    weights: np.ndarray
    bias: np.ndarray

    @classmethod
    def fit(cls, vectors: np.ndarray, intents: Sequence[str], c: float = 10.0, iterations: int = 400) -> IntentModel:
        """Fits on vectors [messages, width]; ``c`` is the inverse of the penalty."""
        from sklearn.linear_model import LogisticRegression

        centre = vectors.mean(axis=0)
        model = LogisticRegression(C=c, max_iter=iterations, random_state=42)
        model.fit(_normalise(vectors, centre), list(intents))
        labels = [str(label) for label in model.classes_]
        return cls(labels, centre, model.coef_.astype(np.float32), model.intercept_.astype(np.float32))

    def chances(self, vectors: np.ndarray) -> np.ndarray:
        """The chance of each intent: [messages, width] in, [messages, intents] out."""
        scores = _normalise(vectors, self.centre) @ self.weights.T + self.bias
        chances = np.exp(scores - scores.max(axis=1, keepdims=True))
        return chances / chances.sum(axis=1, keepdims=True)

    def arrays(self) -> dict[str, np.ndarray]:
        """All that it is, by name."""
        return {"labels": np.array(self.labels), "centre": self.centre, "weights": self.weights, "bias": self.bias}

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> IntentModel:
        """The model that ``arrays`` gave."""
        return cls(arrays["labels"].tolist(), arrays["centre"], arrays["weights"], arrays["bias"])


def _normalise(vectors: np.ndarray, centre: np.ndarray) -> np.ndarray:
    centred = vectors - centre
    return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
