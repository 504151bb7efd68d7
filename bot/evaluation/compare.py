"""Pipelines beside each other on our own messages: `python -m bot.evaluation.compare`. (Python 3.10, about ten minutes)

A sixth of the training messages is used, one in ten of it to measure on, chosen by the hash of the message. Messages of
the same writers stand on both sides, so the figures order the pipelines and say nothing of other people's messages.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bot.evaluation.figures import recall_at_loss
from bot.nlu.encoder.export import write_graph
from bot.nlu.encoder.running import Encoder, weights
from bot.nlu.encoder.settings import Tuning
from bot.nlu.examples import read_examples
from bot.nlu.language import detect
from bot.nlu.learning import learn
from bot.nlu.wording import Wording

ROOT = Path(__file__).resolve().parents[2]
OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True)
class Split:
    """Messages to learn from and messages to measure on."""

    texts: list[str]
    intents: list[str]
    tests: list[str]
    wanted: list[str]


@dataclass(frozen=True)
class Pipeline:
    """What came of training: the labels, and the chances of each for messages."""

    labels: list[str]
    chances: Callable[[Sequence[str]], np.ndarray]


def split() -> Split:
    """The same messages every time."""
    found = Split([], [], [], [])
    for _, intent, text in read_examples(ROOT / "data" / "nlu"):
        number = int(hashlib.sha256(text.encode()).hexdigest(), 16)
        if number % 6:
            continue
        texts, intents = (found.tests, found.wanted) if number // 6 % 10 == 0 else (found.texts, found.intents)
        texts.append(text)
        intents.append(intent)
    return found


def wording(data: Split) -> Pipeline:
    """Characters and words, weighted by rarity, with a logistic regression."""
    model = Wording.fit(data.texts, data.intents)
    return Pipeline(sorted(set(data.intents)), lambda texts: np.exp(model.by_wording(texts)))


def encoder(data: Split, tuned: bool) -> tuple[Pipeline, Pipeline]:
    """The sentence encoder, frozen or tuned, with a logistic regression: alone, and together with the wording."""
    folder = Path(tempfile.mkdtemp())
    tuning = Tuning() if tuned else replace(Tuning(), layers=0)
    messages = list(zip(data.texts, data.intents, strict=True))
    kept = learn({"intents": messages}, tuning, lambda line: print(line, flush=True), folder / "vectors.npz")
    write_graph(kept.layers(), weights().heads, folder / "encoder.onnx")
    running, model = Encoder(folder / "encoder.onnx"), kept.models["intents"]

    def vectors(texts: Sequence[str]) -> np.ndarray:
        return np.stack([running.encode(text) for text in texts])

    alone = Pipeline(model.labels, lambda texts: np.exp(model.by_meaning(vectors(texts))))
    return alone, Pipeline(model.labels, lambda texts: model.chances(vectors(texts), texts))


def measure(pipeline: Pipeline, data: Split) -> dict[str, float]:
    """Accuracy a language, out-of-scope recall at two points' loss, processor time a message."""
    begun = time.process_time()
    chances = pipeline.chances(data.tests)
    spent = (time.process_time() - begun) / len(data.tests) * 1000
    right = np.array(pipeline.labels)[chances.argmax(axis=1)] == np.array(data.wanted)
    english = np.array([detect(text) == "en" for text in data.tests])
    inside = np.array([intent != OUT_OF_SCOPE for intent in data.wanted])
    outside = chances[:, pipeline.labels.index(OUT_OF_SCOPE)]
    scope = [number for number, label in enumerate(pipeline.labels) if label != OUT_OF_SCOPE]
    best = np.array(pipeline.labels)[scope][chances[:, scope].argmax(axis=1)] == np.array(data.wanted)
    curve = [
        {
            "in_scope_accuracy": float((best & (outside < limit))[inside].mean()),
            "out_of_scope_recall": float((outside >= limit)[~inside].mean()),
        }
        for limit in np.linspace(0, 1, 501)
    ]
    return {
        "english": float(right[english].mean()),
        "chinese": float(right[~english].mean()),
        "out_of_scope_recall": recall_at_loss(curve),
        "cpu_ms": round(spent, 2),
    }


def main() -> None:
    """Measures each pipeline, prints a line for it, writes reports/pipelines.json."""
    data = split()
    print(f"{len(data.texts)} messages to learn from, {len(data.tests)} to measure on", flush=True)
    found: dict[str, dict[str, float]] = {}
    for names, make in (
        (("wording",), lambda: (wording(data),)),
        (("frozen", "frozen + wording"), lambda: encoder(data, tuned=False)),
        (("tuned", "tuned + wording"), lambda: encoder(data, tuned=True)),
    ):
        begun = time.monotonic()
        pipelines = make()
        spent = round(time.monotonic() - begun)
        for name, pipeline in zip(names, pipelines, strict=True):
            found[name] = {"training_s": spent, **measure(pipeline, data)}
            print(name, found[name], flush=True)
    (ROOT / "reports").mkdir(exist_ok=True)
    (ROOT / "reports" / "pipelines.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
