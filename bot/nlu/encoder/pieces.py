"""Cutting text into the pieces of the encoder's vocabulary: unigram segmentation (Kudo 2018, arXiv 1804.10959)."""

from __future__ import annotations

import re

import numpy as np
from opencc import OpenCC

from bot.nlu.encoder.weights import Vocabulary

SPACE = "▁"
PREFIX = "query: "
LONGEST = 160
_RUNS = re.compile(" {2,}")


class Segmenter:
    """Turns a message into the numbers of its pieces, as the encoder was trained on them."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        scores = vocabulary.scores.tolist()
        self._pieces = {piece: (scores[number], number) for piece, number in vocabulary.pieces.items()}
        self._unknown = (min(scores) - 10.0, vocabulary.unknown)
        self._pieces.pop("<unk>", None)
        self._longest = max(map(len, self._pieces))
        self._begin, self._end = vocabulary.begin, vocabulary.end
        self._normal = vocabulary.normal
        self._simplified = OpenCC("t2s")

    def __call__(self, text: str) -> np.ndarray:
        """The pieces of ``query: text`` between their marks, at most LONGEST.

        Traditional characters are read as simplified ones, so that what is learnt in one script holds in both.
        """
        if not text.isascii():
            text = self._simplified.convert(text)
        normal = _RUNS.sub(" ", (PREFIX + text).translate(self._normal))
        marked = SPACE + normal.replace(" ", SPACE)
        numbers = self._segment(marked)[: LONGEST - 2]
        return np.array([self._begin, *numbers, self._end], dtype=np.int64)

    def _segment(self, text: str) -> list[int]:
        length = len(text)
        best = [0.0] + [-1e30] * length
        step: list[tuple[int, int]] = [(0, 0)] * (length + 1)
        pieces, longest = self._pieces, self._longest
        for start in range(length):
            base = best[start]
            for stop in range(start + 1, min(start + longest, length) + 1):
                found = pieces.get(text[start:stop])
                if found is not None and base + found[0] > best[stop]:
                    best[stop] = base + found[0]
                    step[stop] = (start, found[1])
            if base + self._unknown[0] > best[start + 1]:
                best[start + 1] = base + self._unknown[0]
                step[start + 1] = (start, self._unknown[1])
        numbers = []
        at = length
        while at:
            at, number = step[at]
            numbers.append(number)
        return numbers[::-1]
