"""Telling intents apart: by meaning (logistic regression on sentence vectors) and by wording together. No Rasa."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.nlu.wording import Wording, log_softmax

# How much each half's chances count (exponents): of the pairs that told writers apart whom neither half had met best,
# the one whose chances came true most nearly (docs/understanding.md).
MEANING, WORDING = 0.4, 0.9
# The half of the wording is kept under names of its own.
OWN = "wording."


@dataclass(frozen=True)
class IntentModel:
    """Plain arrays, never pickled: ``weights`` [intents, width], ``centre`` [width], ``bias`` [intents]; the wording.

    Alone, each half is surer than it is right, the vectors above all: the encoder was tuned on the same messages.
    """

    labels: list[str]
    centre: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    wording: Wording

    @classmethod
    def fit(
        cls, vectors: np.ndarray, texts: Sequence[str], intents: Sequence[str], c: float = 10.0, iterations: int = 400
    ) -> IntentModel:
        """Fits on messages and their vectors [messages, width]; ``c`` is the inverse of the penalty."""
        from sklearn.linear_model import LogisticRegression

        centre = vectors.mean(axis=0)
        model = LogisticRegression(C=c, max_iter=iterations, random_state=42)
        model.fit(_normalise(vectors, centre), list(intents))
        labels = [str(label) for label in model.classes_]
        wording = Wording.fit(texts, intents)
        return cls(labels, centre, model.coef_.astype(np.float32), model.intercept_.astype(np.float32), wording)

    def chances(self, vectors: np.ndarray, texts: Sequence[str]) -> np.ndarray:
        """The chance of each intent: vectors [messages, width] and the messages in, [messages, intents] out."""
        return np.exp(log_softmax(MEANING * self.by_meaning(vectors) + WORDING * self.wording.by_wording(texts)))

    def by_meaning(self, vectors: np.ndarray) -> np.ndarray:
        """The logarithms of the chances by the vectors alone: [messages, intents]."""
        return log_softmax(_normalise(vectors, self.centre) @ self.weights.T + self.bias)

    def arrays(self) -> dict[str, np.ndarray]:
        """All that it is, by name."""
        own = {OWN + name: array for name, array in self.wording.arrays().items()}
        labels = np.array(self.labels)
        return {"labels": labels, "centre": self.centre, "weights": self.weights, "bias": self.bias, **own}

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> IntentModel:
        """The model that ``arrays`` gave."""
        own = {name.removeprefix(OWN): array for name, array in arrays.items() if name.startswith(OWN)}
        return cls(arrays["labels"].tolist(), arrays["centre"], arrays["weights"], arrays["bias"], Wording.of(own))


def _normalise(vectors: np.ndarray, centre: np.ndarray) -> np.ndarray:
    centred = vectors - centre
    return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
