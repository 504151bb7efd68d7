"""Intents are told apart by meaning and by wording together. (Python 3.10: `make test` runs these apart.)"""

from __future__ import annotations

import io
import tarfile

import numpy as np
import pytest

from bot.dialogue.model import model_path
from bot.nlu.intent_model import IntentModel
from bot.nlu.kept import load

MESSAGES = {
    "ask_balance": ["how much do I owe", "what is my balance", "我还欠多少", "我還欠多少錢", "total owing now?"],
    "stop_contact": [
        "stop messaging me",
        "leave me alone",
        "别再发消息了",
        "不要再傳訊息給我",
        "no more messages please",
    ],
    "thank": ["thanks a lot", "cheers", "谢谢你", "多謝", "thank you so much"],
}
TEXTS = [text for texts in MESSAGES.values() for text in texts]
INTENTS = [intent for intent, texts in MESSAGES.items() for _ in texts]


@pytest.fixture(scope="module")
def vectors():
    return np.random.default_rng(7).normal(size=(len(TEXTS), 8)).astype(np.float32)


@pytest.fixture(scope="module")
def model(vectors):
    return IntentModel.fit(vectors, TEXTS, INTENTS)


def test_chances_are_chances(model, vectors):
    chances = model.chances(vectors, TEXTS)

    assert chances.shape == (len(TEXTS), len(MESSAGES))
    assert np.allclose(chances.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("text", "intent"),
    [("how much is my balance", "ask_balance"), ("没有更多消息，别再发", "stop_contact"), ("谢谢", "thank")],
)
def test_the_wording_decides_where_the_vector_says_nothing(model, text, intent):
    chances = model.chances(np.zeros((1, 8), dtype=np.float32) + model.centre, [text])[0]

    assert model.labels[int(chances.argmax())] == intent


def test_both_scripts_of_chinese_are_one_wording(model):
    simplified, traditional = model.wording.by_wording(["我还欠多少钱", "我還欠多少錢"])

    assert np.allclose(simplified, traditional)


def test_what_is_kept_says_the_same_as_what_was_fitted(model, vectors, tmp_path):
    np.savez(tmp_path / "intents.npz", **model.arrays())
    with np.load(tmp_path / "intents.npz", allow_pickle=False) as arrays:
        loaded = IntentModel.of(arrays)

    assert np.allclose(loaded.chances(vectors, TEXTS), model.chances(vectors, TEXTS))
    assert loaded.labels == model.labels


def test_what_answers_borrowers_holds_what_was_learnt_last():
    kept = load()
    assert kept is not None

    with tarfile.open(model_path()) as archive:
        files = {
            member.name.rpartition("/")[2]: member for member in archive if "SentenceIntentClassifier" in member.name
        }
        for tells, model in kept.models.items():
            inside = np.load(io.BytesIO(archive.extractfile(files[f"{tells}.npz"]).read()), allow_pickle=False)
            assert np.array_equal(inside["weights"], model.weights), tells
