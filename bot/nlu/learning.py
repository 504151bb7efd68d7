"""Learning to understand from labelled messages: tunes the encoder, fits the models. No Rasa. (Python 3.10)"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from bot.nlu.encoder.export import Layer, write_graph
from bot.nlu.encoder.running import Encoder, weights
from bot.nlu.encoder.settings import Tuning
from bot.nlu.intent_model import IntentModel
from bot.nlu.kept import Examples, Kept, fingerprint

VECTORS = Path(__file__).resolve().parents[2] / "models" / "vectors.npz"
Say = Callable[[str], None]


def learn(examples: Mapping[str, Examples], tuning: Tuning, say: Say, vectors: Path = VECTORS) -> Kept:
    """Tunes and fits; takes minutes for thousands of messages. With ``tuning.layers`` 0 the encoder stays frozen.

    ``examples``: labelled messages by what they tell (`Kept.models`); the encoder is tuned on ``intents``.
    """
    upper: list[Layer] = []
    if tuning.layers:
        from bot.nlu.encoder.tuning import tune

        texts, intents = zip(*examples["intents"], strict=True)
        upper = tune(list(texts), list(intents), tuning, say)
    made_from = fingerprint(examples, tuning.as_json())
    return fit(examples, upper, made_from, made_from, say, vectors)


def fit(
    examples: Mapping[str, Examples],
    upper: Sequence[Layer],
    tuned_on: str,
    fitted_on: str,
    say: Say,
    file: Path = VECTORS,
) -> Kept:
    """Fits a model for each kind of ``examples`` on the vectors of the 8-bit encoder, which is the one that serves."""
    frozen = [weights().layer(number) for number in range(weights().layers - len(upper))]
    texts = [text for labelled in examples.values() for text, _ in labelled]
    say(f"  encoding {len(texts)} messages")
    vectors = dict(zip(texts, encode([*frozen, *upper], texts, file), strict=True))
    models = {}
    for tells, labelled in examples.items():
        say(f"  fitting the model of {tells}")
        told, labels = zip(*labelled, strict=True)
        models[tells] = IntentModel.fit(np.stack([vectors[text] for text in told]), told, labels)
    return Kept(upper, models, tuned_on, fitted_on)


def encode(layers: Sequence[Layer], texts: Sequence[str], file: Path = VECTORS) -> np.ndarray:
    """The vectors of messages; those of the last training with the same layers are taken from ``file``."""
    with tempfile.TemporaryDirectory() as folder:
        graph = Path(folder) / "encoder.onnx"
        write_graph(layers, weights().heads, graph)
        name = hashlib.sha256(graph.read_bytes()).hexdigest()
        known = _read(file, name)
        missing = sorted({text for text in texts if text not in known})
        if missing:
            encoder = Encoder(graph, threads=os.cpu_count() or 1)
            known |= zip(missing, encoder.encode_all(missing), strict=True)
            _write(file, name, known)
    return np.stack([known[text] for text in texts])


def _read(file: Path, encoder: str) -> dict[str, np.ndarray]:
    if not file.exists():
        return {}
    with np.load(file, allow_pickle=False) as kept:
        if str(kept["encoder"]) != encoder:
            return {}
        return dict(zip(kept["texts"].tolist(), kept["vectors"], strict=True))


def _write(file: Path, encoder: str, vectors: dict[str, np.ndarray]) -> None:
    fresh = file.with_suffix(".new.npz")
    np.savez(fresh, encoder=encoder, texts=np.array(list(vectors)), vectors=np.stack(list(vectors.values())))
    fresh.replace(file)
