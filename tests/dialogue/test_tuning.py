"""Tuning draws messages of one intent together, the same way each time. (Python 3.10)"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bot.nlu import kept
from bot.nlu.encoder.export import write_graph
from bot.nlu.encoder.running import Encoder, weights
from bot.nlu.encoder.settings import Tuning
from bot.nlu.learning import encode, learn

MESSAGES = {
    "pay": ["i'll pay today", "send me the link", "taking my card out now", "我现在就还", "今晚转过去", "马上付清"],
    "stop": ["no more texts", "take me off your list", "lose my number", "别再发了", "不要再找我", "退订"],
    "why": ["lost my job in may", "i'm in hospital", "my hours were cut", "我失业了", "住院了", "工厂倒闭了"],
}
TEXTS = [text for texts in MESSAGES.values() for text in texts]
INTENTS = [intent for intent, texts in MESSAGES.items() for _ in texts]
EXAMPLES = list(zip(TEXTS, INTENTS, strict=True))
REASONS = [
    ("they laid me off", "job_loss"),
    ("my contract ended", "job_loss"),
    ("住院开刀了", "illness"),
    ("I broke a leg", "illness"),
]
SMALL = Tuning(layers=1, epochs=8, batch=9, rate=3e-4)


@pytest.fixture(scope="module")
def layers():
    from bot.nlu.encoder.tuning import tune

    return tune(TEXTS, INTENTS, SMALL, lambda line: None)


def likeness(encoder: Encoder) -> float:
    """How much more alike messages of one intent are than messages of different ones."""
    vectors = encoder.encode_all(TEXTS)
    vectors = vectors - vectors.mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    same = np.array(INTENTS)[:, None] == np.array(INTENTS)[None, :]
    alike = vectors @ vectors.T
    return float(alike[same].mean() - alike[~same].mean())


def test_messages_of_one_intent_come_to_lie_together(layers, tmp_path):
    frozen = [weights().layer(number) for number in range(weights().layers)]
    write_graph(frozen, weights().heads, tmp_path / "before.onnx")
    write_graph([*frozen[:-1], *layers], weights().heads, tmp_path / "after.onnx")

    assert likeness(Encoder(tmp_path / "after.onnx")) > likeness(Encoder(tmp_path / "before.onnx")) + 0.2


def test_the_same_seed_gives_the_same_layers(layers):
    from bot.nlu.encoder.tuning import tune

    again = tune(TEXTS, INTENTS, SMALL, lambda line: None)

    for one, other in zip(layers, again, strict=True):
        for name in one:
            assert (one[name] == other[name]).all(), name


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    return learn(
        {"intents": EXAMPLES, "reasons": REASONS},
        SMALL,
        lambda line: None,
        tmp_path_factory.mktemp("learnt") / "vectors.npz",
    )


def test_what_is_learnt_comes_back_as_it_was_kept(learnt, tmp_path):
    file = tmp_path / "understanding.npz"

    learnt.save(file)
    found = kept.load(file)

    assert (found.tuned_on, found.fitted_on) == (learnt.tuned_on, learnt.fitted_on)
    assert found.models["intents"].labels == ["pay", "stop", "why"]
    assert (found.models["intents"].weights == learnt.models["intents"].weights).all()
    assert found.models["reasons"].labels == ["illness", "job_loss"]
    assert (found.models["reasons"].weights == learnt.models["reasons"].weights).all()
    assert len(found.layers()) == weights().layers
    for name, array in learnt.upper[0].items():
        assert np.abs(found.layers()[-1][name] - array).max() < 0.01, name


def test_nothing_kept_is_nothing(tmp_path):
    assert kept.load(tmp_path / "understanding.npz") is None


def test_without_tuning_the_frozen_encoder_serves(tmp_path):
    found = learn({"intents": EXAMPLES}, replace(SMALL, layers=0), lambda line: None, tmp_path / "vectors.npz")

    assert (found.layers()[-1]["q.w"] == weights().layer(weights().layers - 1)["q.w"]).all()


def test_messages_that_were_encoded_before_are_not_encoded_again(learnt, tmp_path, monkeypatch):
    file = tmp_path / "vectors.npz"
    encode(learnt.layers(), TEXTS, file)
    monkeypatch.setattr(Encoder, "_run", None)

    again = encode(learnt.layers(), TEXTS[:3], file)

    assert again.shape == (3, 384)


def test_the_fingerprint_tells_messages_labels_and_settings_apart():
    small, mixed = SMALL.as_json(), list(zip(TEXTS, INTENTS[::-1], strict=True))

    def made_from(intents, reasons, settings=small):
        return kept.fingerprint({"intents": intents, "reasons": reasons}, settings)

    whole = made_from(EXAMPLES, REASONS)

    assert whole == made_from(EXAMPLES[::-1], REASONS[::-1])
    assert whole != made_from(EXAMPLES[1:], REASONS)
    assert whole != made_from(EXAMPLES, REASONS[1:])
    assert whole != made_from(mixed, REASONS)
    assert whole != made_from(EXAMPLES, REASONS, Tuning().as_json())
