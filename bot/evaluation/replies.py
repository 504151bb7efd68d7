"""How well replies to terms that were read back are heard: `python -m bot.evaluation.replies`. (Python 3.10)

Each fifth of `data/replies.yml` is measured on what was learnt from the rest. The same writers stand on both sides, so
expect less of other people's replies. Writes reports/replies.json.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.nlu.answers import agrees_plainly
from bot.nlu.clauses import past_greeting
from bot.nlu.examples import read_labelled
from bot.nlu.intent_model import IntentModel
from bot.nlu.kept import load
from bot.nlu.learning import encode
from bot.nlu.replies import AGREES, ALONG, Reply, agrees

ROOT = Path(__file__).resolve().parents[2]
PARTS = 5
YES = (AGREES, ALONG)


def heard(texts: Sequence[str], labels: Sequence[str], vectors: np.ndarray) -> list[Reply]:
    """The chances of each reply by a model that has learnt from other parts only."""
    found: dict[int, Reply] = {}
    places = np.random.default_rng(42).permutation(len(texts))
    for part in np.array_split(places, PARTS):
        rest = np.setdiff1d(places, part)
        model = IntentModel.fit(vectors[rest], [texts[at] for at in rest], [labels[at] for at in rest])
        for at, row in zip(part, model.chances(vectors[part], [texts[at] for at in part]), strict=True):
            found[int(at)] = dict(zip(model.labels, row.tolist(), strict=True))
    return [found[at] for at in range(len(texts))]


def main() -> None:
    """Measures, prints and writes."""
    kept = load()
    if kept is None:
        raise SystemExit("nothing is learnt yet; train with: make train")
    texts, labels = zip(*read_labelled(ROOT / "data" / "replies.yml"), strict=True)
    texts = tuple(past_greeting(text) for text in texts)
    replies = heard(texts, labels, encode(kept.layers(), texts))
    is_yes = np.array([label in YES for label in labels])
    by_words = np.array([agrees_plainly(text) for text in texts])
    by_both = np.array([agrees(text, reply) for text, reply in zip(texts, replies, strict=True)])
    right = [max(reply, key=reply.__getitem__) == label for reply, label in zip(replies, labels, strict=True)]
    figures = {
        "replies": len(texts),
        "named_right": float(np.mean(right)),
        "yes_heard": {"words": float(by_words[is_yes].mean()), "learnt": float(by_both[is_yes].mean())},
        "others_taken_for_yes": {"words": float(by_words[~is_yes].mean()), "learnt": float(by_both[~is_yes].mean())},
    }
    report = ROOT / "reports" / "replies.json"
    report.parent.mkdir(exist_ok=True)
    report.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
