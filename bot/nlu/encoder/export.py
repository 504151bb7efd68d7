"""Writing the encoder's layers as an ONNX graph with 8-bit matrices, in the form that the runtime computes fastest.

In: ``embedded`` [messages, length, width], all messages of one length. Out: ``vectors`` [messages, width], mean of the
last layer, of length one. Matrices are symmetric 8-bit blocks of 32 (``MatMulNBits``), products in 8-bit arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BLOCK = 32
MICROSOFT = "com.microsoft"
Layer = Mapping[str, np.ndarray]


class _Graph:
    """Collects nodes and constants."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._names = 0

    def node(self, kind: str, *inputs: str, domain: str = "", **attributes: object) -> str:
        self._names += 1
        name = f"{kind}_{self._names}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, domain=domain, **attributes))
        return name

    def constant(self, array: np.ndarray) -> str:
        self._names += 1
        name = f"constant_{self._names}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def linear(self, x: str, matrix: np.ndarray, bias: np.ndarray) -> str:
        """x @ matrix.T + bias, the matrix [out, in] in 8-bit blocks."""
        rows, columns = matrix.shape
        numbers, scales = quantise(matrix)
        product = self.node(
            "MatMulNBits",
            x,
            self.constant(numbers),
            self.constant(scales),
            domain=MICROSOFT,
            K=columns,
            N=rows,
            bits=8,
            block_size=BLOCK,
            accuracy_level=4,
        )
        return self.node("Add", product, self.constant(bias.astype(np.float32)))

    def norm(self, x: str, weight: np.ndarray, bias: np.ndarray) -> str:
        scale, shift = self.constant(weight.astype(np.float32)), self.constant(bias.astype(np.float32))
        return self.node("LayerNormalization", x, scale, shift, axis=-1, epsilon=1e-12)


def quantise(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A matrix [out, in] as unsigned bytes [out, blocks, BLOCK] about 128, and the scale of each block, flat."""
    blocks = matrix.astype(np.float32).reshape(matrix.shape[0], -1, BLOCK)
    scales = np.maximum(np.abs(blocks).max(axis=-1) / 127, 1e-12)
    numbers = np.clip(np.rint(blocks / scales[..., None]) + 128, 1, 255).astype(np.uint8)
    return numbers, scales.astype(np.float32).reshape(-1)


def whole(numbers: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """The matrix that was quantised, fp32 [out, in]."""
    blocks = (numbers.astype(np.float32) - 128) * scales.reshape(*numbers.shape[:2], 1)
    return blocks.reshape(len(numbers), -1)


def write_graph(layers: Sequence[Layer], heads: int, path: Path) -> None:
    """Writes the graph of all layers, bottom first."""
    graph = _Graph()
    width = layers[0]["q.w"].shape[0]
    apart = graph.constant(np.array([0, 0, heads, width // heads], dtype=np.int64))
    together = graph.constant(np.array([0, 0, width], dtype=np.int64))
    scale = graph.constant(np.array((width // heads) ** -0.5, dtype=np.float32))
    x = "embedded"
    for layer in layers:
        q, k, v = (graph.node("Reshape", graph.linear(x, layer[f"{n}.w"], layer[f"{n}.b"]), apart) for n in "qkv")
        q = graph.node("Mul", graph.node("Transpose", q, perm=[0, 2, 1, 3]), scale)
        k = graph.node("Transpose", k, perm=[0, 2, 3, 1])
        v = graph.node("Transpose", v, perm=[0, 2, 1, 3])
        weights = graph.node("Softmax", graph.node("MatMul", q, k), axis=-1)
        seen = graph.node("Transpose", graph.node("MatMul", weights, v), perm=[0, 2, 1, 3])
        seen = graph.linear(graph.node("Reshape", seen, together), layer["ao.w"], layer["ao.b"])
        x = graph.norm(graph.node("Add", x, seen), layer["aln.w"], layer["aln.b"])
        inner = graph.node("Gelu", graph.linear(x, layer["fi.w"], layer["fi.b"]), domain=MICROSOFT)
        inner = graph.linear(inner, layer["fo.w"], layer["fo.b"])
        x = graph.norm(graph.node("Add", x, inner), layer["oln.w"], layer["oln.b"])
    mean = graph.node("ReduceMean", x, axes=[1], keepdims=0)
    graph.nodes.append(helper.make_node("LpNormalization", [mean], ["vectors"], axis=-1, p=2))
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "accord-sentence-encoder",
            [helper.make_tensor_value_info("embedded", TensorProto.FLOAT, ["messages", "length", width])],
            [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["messages", width])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)],
        ir_version=9,
    )
    path.write_bytes(model.SerializeToString())
