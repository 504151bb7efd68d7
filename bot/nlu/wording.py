"""Telling intents apart by the wording: n-grams of characters and words, weighted by rarity (TF-IDF). No Rasa."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from opencc import OpenCC
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bot.nlu.extraction.characters import fold

SEPARATOR = "\n"


@dataclass(frozen=True)
class Wording:
    """Multinomial logistic regression on n-grams; plain arrays, never pickled.

    ``terms``: the n-grams, those of characters and those of words; ``rarity`` [terms]: their inverse document
    frequencies; ``weights`` [terms, intents]: whole numbers -127 to 127, times ``scales`` [terms]; ``bias`` [intents].
    """

    characters: Sequence[str]
    words: Sequence[str]
    rarity: np.ndarray
    weights: np.ndarray
    scales: np.ndarray
    bias: np.ndarray

    @classmethod
    def fit(cls, texts: Sequence[str], intents: Sequence[str], c: float = 10.0, iterations: int = 15) -> Wording:
        """Fits on messages; ``c`` is the inverse of the penalty. The intents are in alphabetical order."""
        plain = [_plain(text) for text in texts]
        few = len(texts) < 2_000
        makers = (_characters(min_df=1 if few else 3), _words(min_df=1 if few else 2))
        found = hstack([maker.fit_transform(plain) for maker in makers]).tocsr()
        model = LogisticRegression(C=c, solver="saga", max_iter=iterations, random_state=42)
        model.fit(found, list(intents))
        weights = model.coef_.T
        scales = np.maximum(np.abs(weights).max(axis=1), 1e-9) / 127
        return cls(
            *(maker.get_feature_names_out().tolist() for maker in makers),
            np.concatenate([maker.idf_ for maker in makers]).astype(np.float32),
            np.round(weights / scales[:, None]).astype(np.int8),
            scales.astype(np.float32),
            model.intercept_.astype(np.float32),
        )

    def by_wording(self, texts: Sequence[str]) -> np.ndarray:
        """The logarithms of the chances of each intent: [messages, intents]."""
        plain = [_plain(text) for text in texts]
        scores = np.tile(self.bias, (len(plain), 1))
        begun = 0
        for maker in self._makers:
            found = maker.transform(plain)
            for row in range(len(plain)):
                span = slice(found.indptr[row], found.indptr[row + 1])
                at = begun + found.indices[span]
                scores[row] += (found.data[span] * self.scales[at]) @ self.weights[at].astype(np.float32)
            begun += found.shape[1]
        return log_softmax(scores)

    @cached_property
    def _makers(self) -> tuple[TfidfVectorizer, TfidfVectorizer]:
        makers = (_characters(vocabulary=self.characters), _words(vocabulary=self.words))
        first = len(self.characters)
        makers[0].idf_, makers[1].idf_ = self.rarity[:first], self.rarity[first:]
        return makers

    def arrays(self) -> dict[str, np.ndarray]:
        """All that it is, by name."""
        return {
            "characters": _packed(self.characters),
            "words": _packed(self.words),
            "rarity": self.rarity,
            "weights": self.weights,
            "scales": self.scales,
            "bias": self.bias,
        }

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> Wording:
        """The model that ``arrays`` gave."""
        lists = (bytes(arrays[name]).decode().split(SEPARATOR) for name in ("characters", "words"))
        return cls(*lists, arrays["rarity"], arrays["weights"], arrays["scales"], arrays["bias"])


def log_softmax(scores: np.ndarray) -> np.ndarray:
    """Scores [messages, intents] as logarithms of chances."""
    lower = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(lower - np.log(np.exp(lower).sum(axis=1, keepdims=True)))


def _packed(terms: Sequence[str]) -> np.ndarray:
    return np.frombuffer(SEPARATOR.join(terms).encode(), dtype=np.uint8)


def _characters(**more: Any) -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, lowercase=False, dtype=np.float32, **more
    )


def _words(**more: Any) -> TfidfVectorizer:
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, lowercase=False, dtype=np.float32, **more)


def _plain(text: str) -> str:
    """A message in one spelling: traditional characters as simplified ones, folded."""
    return fold(text if text.isascii() else _simplifier().convert(text))


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    return OpenCC("t2s")
