"""Running the encoder: messages in, vectors out, on one thread by default."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime

from bot.nlu.encoder.pieces import Segmenter
from bot.nlu.encoder.weights import Weights

REMEMBERED = 4096
BATCH = 64


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The frozen weights, opened once a process."""
    return Weights()


@lru_cache(maxsize=1)
def segmenter() -> Segmenter:
    """The tokenizer of the frozen weights, made once a process."""
    return Segmenter(weights().vocabulary())


class Encoder:
    """A graph that `bot.nlu.encoder.export` wrote, ready to run. Identical messages are encoded once."""

    def __init__(self, graph: Path, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        if threads == 1:
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        self._known: OrderedDict[str, np.ndarray] = OrderedDict()

    def encode(self, text: str) -> np.ndarray:
        """One message as a vector of 384, of length one."""
        known = self._known.get(text)
        if known is None:
            known = self._run([segmenter()(text)])[0]
            self._known[text] = known
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(text)
        return known

    def encode_all(self, texts: Sequence[str]) -> np.ndarray:
        """Many messages, [messages, 384]; those of one length are run together, so that nothing is padded."""
        pieces = [segmenter()(text) for text in texts]
        vectors = np.empty((len(texts), weights().width), dtype=np.float32)
        by_length: dict[int, list[int]] = {}
        for number, row in enumerate(pieces):
            by_length.setdefault(len(row), []).append(number)
        for numbers in by_length.values():
            for start in range(0, len(numbers), BATCH):
                batch = numbers[start : start + BATCH]
                vectors[batch] = self._run([pieces[number] for number in batch])
        return vectors

    def _run(self, rows: Sequence[np.ndarray]) -> np.ndarray:
        embedded = np.stack([weights().embed(row) for row in rows])
        return self._session.run(["vectors"], {"embedded": embedded})[0]
