"""The same pipeline on public data: tuned encoder and intent model, trained on that data's own training messages.

``DIR`` holds banking77/ and clinc150/ as PolyAI and clinc/oos-eval publish them. (Python 3.10)
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bot.evaluation.figures import recall_at_accuracy
from bot.nlu.encoder.export import write_graph
from bot.nlu.encoder.running import Encoder, weights
from bot.nlu.encoder.settings import Tuning
from bot.nlu.intent_model import IntentModel
from bot.nlu.learning import learn

REPORT = Path(__file__).resolve().parents[2] / "reports" / "public.json"
FEW = 2_000


def settings(messages: int) -> Tuning:
    """The product's settings; few messages are gone through more often, and more gently."""
    return replace(Tuning(), epochs=10.0, rate=1e-4, dropout=0.2) if messages < FEW else Tuning()


def train(texts: Sequence[str], labels: Sequence[str], tuned: bool) -> tuple[Encoder, IntentModel]:
    """The encoder, tuned on the messages or frozen, and the intent model on its vectors."""
    tuning = settings(len(texts)) if tuned else replace(Tuning(), layers=0)
    with tempfile.TemporaryDirectory() as folder:
        messages = list(zip(texts, labels, strict=True))
        kept = learn({"intents": messages}, tuning, lambda line: print(line, flush=True), Path(folder) / "vectors.npz")
        write_graph(kept.layers(), weights().heads, Path(folder) / "encoder.onnx")
        return Encoder(Path(folder) / "encoder.onnx", threads=2), kept.models["intents"]


def banking77(folder: Path, tuned: bool) -> dict[str, Any]:
    """Accuracy on the test messages after training on the published ten messages an intent."""
    with (folder / "train_10shot.tsv").open(encoding="utf-8") as opened:
        rows = [line.rstrip("\n").split("\t") for line in opened]
    texts, labels = _columns([(text, label.lower()) for label, text in rows])
    with (folder / "test.csv").open(encoding="utf-8", newline="") as opened:
        tests = [(row["text"], row["category"].lower()) for row in csv.DictReader(opened)]
    encoder, model = train(texts, labels, tuned)
    asked = [text for text, _ in tests]
    best = model.chances(encoder.encode_all(asked), asked).argmax(axis=1)
    right = sum(model.labels[i] == label for i, (_, label) in zip(best, tests, strict=True))
    return {"accuracy": right / len(tests), "messages": len(tests)}


def _columns(rows: Sequence[Sequence[str]]) -> tuple[list[str], list[str]]:
    return [row[0] for row in rows], [row[1] for row in rows]


def clinc150(folder: Path, tuned: bool) -> dict[str, Any]:
    """Out-of-scope recall against in-scope accuracy; the 100 out-of-scope messages of the training part are used."""
    data = json.loads((folder / "data_full.json").read_text(encoding="utf-8"))
    texts, labels = _columns([*data["train"], *data["oos_train"]])
    encoder, model = train(texts, labels, tuned)
    inside, wanted = _columns(data["test"])
    chances = model.chances(encoder.encode_all(inside), inside)
    outside = _columns(data["oos_test"])[0]
    strange = model.chances(encoder.encode_all(outside), outside)
    curve = _curve(chances, wanted, strange, model.labels)
    return {
        "in_scope_accuracy": curve[0]["in_scope_accuracy"],
        "recall_at_93": recall_at_accuracy(curve, 0.93),
        "recall_at_90": recall_at_accuracy(curve, 0.90),
        "messages": len(inside) + len(strange),
    }


def _curve(
    inside: np.ndarray, wanted: Sequence[str], outside: np.ndarray, labels: Sequence[str]
) -> list[dict[str, float]]:
    """As the gate closes: a message is refused where its best in-scope chance is below the threshold."""
    scope = [number for number, label in enumerate(labels) if label != "oos"]
    best = [labels[scope[i]] for i in inside[:, scope].argmax(axis=1)]
    right = np.array([a == b for a, b in zip(best, wanted, strict=True)])
    sure_inside, sure_outside = inside[:, scope].max(axis=1), outside[:, scope].max(axis=1)
    return [
        {
            "in_scope_accuracy": float((right & (sure_inside >= threshold)).mean()),
            "out_of_scope_recall": float((sure_outside < threshold).mean()),
        }
        for threshold in np.linspace(0, 1, 1001)
    ]


def main() -> int:
    """Measures what is in the folder that is named; writes reports/public.json. Returns the exit code."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if folder is None or not folder.is_dir():
        print("Name the folder that holds banking77/ and clinc150/: make evaluate-public DIR=…", file=sys.stderr)
        return 2
    found: dict[str, Any] = {}
    for name, measure in (("banking77", banking77), ("clinc150", clinc150)):
        if not (folder / name).is_dir():
            print(f"{name}: not in {folder}, left out")
            continue
        for kind in ("frozen", "tuned"):
            begun = time.monotonic()
            found[f"{name} {kind}"] = measure(folder / name, kind == "tuned")
            found[f"{name} {kind}"]["seconds"] = round(time.monotonic() - begun)
            print(name, kind, found[f"{name} {kind}"], flush=True)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0 if found else 2


if __name__ == "__main__":
    sys.exit(main())
