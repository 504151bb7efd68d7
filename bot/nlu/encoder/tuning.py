"""Tuning the upper layers of the encoder on messages with their intents, so that messages of one intent lie together.

Supervised contrastive loss (Khosla et al. 2020, arXiv 2004.11362) on centred, normalised vectors, and beside it the
cross-entropy of a cosine classifier. The lower layers and the table of pieces stay as they are; their outputs are
computed once. TensorFlow in fp32. (Python 3.10)
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from bot.nlu.encoder.running import segmenter, weights
from bot.nlu.encoder.settings import Tuning
from bot.nlu.encoder.weights import MATRICES

Layer = dict[str, np.ndarray]
EPSILON = 1e-12
# Batches of messages of like length are cut from pieces of this many batches of the shuffled whole.
POOLED_BATCHES = 24


def tune(
    texts: Sequence[str], intents: Sequence[str], tuning: Tuning, say: Callable[[str], None] = print
) -> list[Layer]:
    """The tuned upper layers, the lowest of them first, matrices [out, in]."""
    random.seed(tuning.seed)
    np.random.seed(tuning.seed)
    tf.random.set_seed(tuning.seed)
    tf.config.experimental.enable_op_determinism()
    begun = time.monotonic()
    below = lower_outputs(texts, weights().layers - tuning.layers)
    say(f"  the frozen layers read {len(texts)} messages in {time.monotonic() - begun:.0f} s")
    names = sorted(set(intents))
    labels = np.array([names.index(intent) for intent in intents], dtype=np.int32)
    trainer = _Trainer(tuning, len(names))
    trainer.place(below, labels)
    steps = max(1, int(tuning.epochs * len(texts) / tuning.batch))
    begun, losses = time.monotonic(), []
    for step, batch in zip(range(steps), _batches([len(row) for row in below], tuning), strict=False):
        losses.append(trainer.step(*pad([below[i] for i in batch]), labels[batch], _pace(step, steps, tuning)))
        if (step + 1) % 100 == 0 or step + 1 == steps:
            passed = time.monotonic() - begun
            say(
                f"  tuning the encoder: step {step + 1} of {steps}, loss {np.mean(losses):.3f}, "
                f"{passed / (step + 1) * (steps - step - 1):.0f} s to go"
            )
            losses = []
    return [{name: _as_stored(name, value.numpy()) for name, value in layer.items()} for layer in trainer.layers]


def _pace(step: int, steps: int, tuning: Tuning) -> float:
    """The share of the learning rate: a short warm-up, then a straight line down."""
    warm = max(1, int(tuning.warm_up * steps))
    return min(1.0, (step + 1) / warm) * max(0.02, 1 - step / steps)


def _batches(lengths: Sequence[int], tuning: Tuning) -> Iterator[np.ndarray]:
    """Batches without end; the messages of one are of like length, so that little is padded."""
    chance = np.random.default_rng(tuning.seed)
    lengths = np.array(lengths)
    while True:
        order = chance.permutation(len(lengths))
        batches = []
        for start in range(0, len(order), tuning.batch * POOLED_BATCHES):
            pool = order[start : start + tuning.batch * POOLED_BATCHES]
            pool = pool[np.argsort(lengths[pool], kind="stable")]
            batches += [pool[i : i + tuning.batch] for i in range(0, len(pool), tuning.batch)]
        chance.shuffle(batches)
        yield from batches


class _Trainer:
    """The layers being tuned, the heads of the intents, and one step of both."""

    def __init__(self, tuning: Tuning, intents: int) -> None:
        self._tuning = tuning
        total = weights().layers
        self.layers = [variables(number, trainable=True) for number in range(total - tuning.layers, total)]
        self._body = [value for layer in self.layers for value in layer.values()]
        self._heads = tf.Variable(tf.zeros([weights().width, intents]))
        self._centre = tf.Variable(tf.zeros([weights().width]), trainable=False)
        self._optimiser = tf.keras.optimizers.legacy.Adam(tuning.rate)
        self._head_optimiser = tf.keras.optimizers.legacy.Adam(tuning.head_rate)
        self._step = tf.function(self._one_step, input_signature=[*SHAPES, tf.TensorSpec([None], tf.int32)])

    def place(self, below: Sequence[np.ndarray], labels: np.ndarray, sample: int = 4000) -> None:
        """Puts the centre and each intent's head where its messages lie before tuning."""
        chosen = np.random.default_rng(self._tuning.seed).permutation(len(below))[:sample]
        found = run_layers([below[i] for i in chosen], self.layers)
        centre = found.mean(axis=0)
        heads = np.zeros(self._heads.shape, dtype=np.float32)
        for label in range(heads.shape[1]):
            members = found[labels[chosen] == label]
            heads[:, label] = (members - centre).mean(axis=0) if len(members) else centre
        self._centre.assign(centre)
        self._heads.assign(heads / np.linalg.norm(heads, axis=0, keepdims=True))

    def step(self, x: np.ndarray, mask: np.ndarray, labels: np.ndarray, pace: float) -> float:
        self._optimiser.learning_rate.assign(self._tuning.rate * pace)
        self._head_optimiser.learning_rate.assign(self._tuning.head_rate * pace)
        return float(self._step(x, mask, labels))

    def _one_step(self, x: tf.Tensor, mask: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            vectors = mean_vectors(forward(x, mask, self.layers, self._tuning.dropout), mask)
            centred = tf.math.l2_normalize(vectors - self._centre, -1)
            loss = contrastive_loss(centred, labels, self._tuning.temperature)
            if self._tuning.cross_entropy:
                scores = tf.matmul(centred, tf.math.l2_normalize(self._heads, 0)) / self._tuning.temperature
                entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, scores)
                loss += self._tuning.cross_entropy * tf.reduce_mean(entropy)
        *body, heads = tape.gradient(loss, [*self._body, self._heads])
        body, _ = tf.clip_by_global_norm(body, 1.0)
        self._optimiser.apply_gradients(list(zip(body, self._body)))  # noqa: B905 - traced by TensorFlow, which knows no "strict"
        if heads is not None:
            self._head_optimiser.apply_gradients([(heads, self._heads)])
        return loss


def contrastive_loss(vectors: tf.Tensor, labels: tf.Tensor, temperature: float) -> tf.Tensor:
    """Supervised contrastive loss of vectors of length one; messages that are alone of their intent are left out."""
    alone = tf.eye(tf.shape(vectors)[0])
    likeness = tf.matmul(vectors, vectors, transpose_b=True) / temperature - alone * 1e9
    logs = likeness - tf.reduce_logsumexp(likeness, 1, keepdims=True)
    same = tf.cast(labels[:, None] == labels[None, :], tf.float32) * (1 - alone)
    partners = tf.reduce_sum(same, 1)
    each = -tf.reduce_sum(tf.where(same > 0, logs, 0.0), 1) / tf.maximum(partners, 1)
    paired = tf.cast(partners > 0, tf.float32)
    return tf.reduce_sum(each * paired) / tf.maximum(tf.reduce_sum(paired), 1)


def variables(number: int, trainable: bool) -> dict[str, tf.Variable]:
    """One frozen layer as variables, matrices [in, out]."""
    return {
        name: tf.Variable(_as_stored(name, array), trainable=trainable, name=f"layer{number}_{name.replace('.', '_')}")
        for name, array in weights().layer(number).items()
    }


def _as_stored(name: str, array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array.T) if name in MATRICES else np.array(array)


SHAPES = [tf.TensorSpec([None, None, None]), tf.TensorSpec([None, None])]


def forward(x: tf.Tensor, mask: tf.Tensor, layers: Sequence[dict[str, tf.Variable]], dropout: float = 0.0) -> tf.Tensor:
    """What comes out of layers, [messages, length, width]; ``mask`` is 1 where there is a piece."""
    shape = tf.shape(x)
    hidden = (1 - mask)[:, None, None, :] * -1e9
    flat = tf.reshape(x, [-1, weights().width])
    for layer in layers:
        flat = _layer(flat, hidden, layer, shape[0], shape[1], dropout)
    return tf.reshape(flat, [shape[0], shape[1], weights().width])


def _layer(
    x: tf.Tensor, hidden: tf.Tensor, layer: dict[str, tf.Variable], messages: tf.Tensor, length: tf.Tensor, rate: float
) -> tf.Tensor:
    width, heads = weights().width, weights().heads

    def linear(value: tf.Tensor, name: str) -> tf.Tensor:
        return tf.nn.bias_add(tf.matmul(value, layer[f"{name}.w"]), layer[f"{name}.b"])

    def apart(value: tf.Tensor) -> tf.Tensor:
        return tf.transpose(tf.reshape(value, [messages, length, heads, width // heads]), [0, 2, 1, 3])

    def drop(value: tf.Tensor) -> tf.Tensor:
        return tf.nn.dropout(value, rate) if rate else value

    q, k, v = (apart(linear(x, name)) for name in "qkv")
    seen = drop(tf.nn.softmax(tf.matmul(q, k, transpose_b=True) * (width // heads) ** -0.5 + hidden))
    seen = tf.reshape(tf.transpose(tf.matmul(seen, v), [0, 2, 1, 3]), [-1, width])
    x = _norm(x + drop(linear(seen, "ao")), layer["aln.w"], layer["aln.b"])
    inner = linear(tf.nn.gelu(linear(x, "fi"), approximate=False), "fo")
    return _norm(x + drop(inner), layer["oln.w"], layer["oln.b"])


def _norm(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    mean, variance = tf.nn.moments(x, -1, keepdims=True)
    return (x - mean) * tf.math.rsqrt(variance + EPSILON) * weight + bias


def mean_vectors(x: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """The mean over the pieces of each message, of length one."""
    total = tf.reduce_sum(x * mask[:, :, None], 1)
    return tf.math.l2_normalize(total / tf.reduce_sum(mask, 1, keepdims=True), -1)


def pad(rows: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Rows [length, width] as one block and its mask; lengths are rounded up to fours."""
    length = -(-max(map(len, rows)) // 4) * 4
    block = np.zeros((len(rows), length, weights().width), dtype=np.float32)
    mask = np.zeros((len(rows), length), dtype=np.float32)
    for number, row in enumerate(rows):
        block[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return block, mask


def lower_outputs(texts: Sequence[str], layers: int) -> list[np.ndarray]:
    """What comes out of the frozen lower layers for each message: [length, width] in fp16, to be held in memory."""
    pieces = [segmenter()(text) for text in texts]
    found: list[np.ndarray] = [np.zeros(0)] * len(texts)
    frozen = [variables(number, trainable=False) for number in range(layers)]
    through = tf.function(lambda x, mask: forward(x, mask, frozen), input_signature=SHAPES)
    for numbers in _by_length(pieces):
        block, mask = pad([weights().embed(pieces[number]) for number in numbers])
        outputs = through(block, mask).numpy()
        for number, output in zip(numbers, outputs, strict=True):
            found[number] = output[: len(pieces[number])].astype(np.float16)
    return found


def run_layers(below: Sequence[np.ndarray], layers: Sequence[dict[str, tf.Variable]]) -> np.ndarray:
    """The vectors of messages from the outputs of the lower layers: [messages, width]."""
    through = tf.function(lambda x, mask: mean_vectors(forward(x, mask, layers), mask), input_signature=SHAPES)
    vectors = np.zeros((len(below), weights().width), dtype=np.float32)
    for numbers in _by_length(below):
        vectors[numbers] = through(*pad([below[number] for number in numbers])).numpy()
    return vectors


def _by_length(rows: Sequence[np.ndarray], batch: int = 64) -> Iterator[np.ndarray]:
    order = np.argsort([len(row) for row in rows], kind="stable")
    for start in range(0, len(order), batch):
        yield order[start : start + batch]
