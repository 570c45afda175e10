"""Random graphs that are hard on the lowering: shapes that confuse axes, values in memory under several shapes.

The steps of `tests.ops.random_graphs` are shared; here the numbers come from a seeded generator rather than
from hypothesis, since hundreds of graphs are compiled together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from gradgen.diff import pull_back, push_forward
from gradgen.ir import Graph, Type, verify
from gradgen.ops import OPS, Value
from gradgen.ops.value import constant
from tests.interpret import inputs_like, new_input, set_outputs
from tests.ops.random_graphs import STEPS, Drawing

__all__ = ["MODES", "Seeded", "draw", "inputs_for", "with_derivatives"]

LARGEST = 3000
MODES = ("values", "tangents", "cotangents")


@dataclass
class Seeded(Drawing):
    """A drawing whose choices come from a generator."""

    rng: np.random.Generator = field(default_factory=np.random.default_rng)

    def pick(self, count: int) -> int:
        return int(self.rng.integers(count))


def by_table(drawing: Drawing) -> Value:
    """Times a constant array."""
    x = drawing.value()
    table = np.random.default_rng(drawing.pick(100)).uniform(-1, 1, x.shape).astype(x.dtype)
    return x * constant(x.graph, table)


def used_apart(drawing: Drawing) -> Value:
    """One value at two different indices: neighbours of a stencil, or itself and its reverse."""
    x = drawing.value()
    if not x.ndim or not x.shape[0]:
        return -x
    n, ones = int(x.shape[0]), (1,) * (x.ndim - 1)
    rest, zeros = x.shape[1:], (0,) * (x.ndim - 1)
    if drawing.pick(2):
        back = OPS["slice"](x, starts=(n - 1, *zeros), steps=(-1, *ones), shape=x.shape)
        return x * back
    count = n - 1
    left = OPS["slice"](x, starts=(0, *zeros), steps=(1, *ones), shape=(count, *rest))
    right = OPS["slice"](x, starts=(1 if count else 0, *zeros), steps=(1, *ones), shape=(count, *rest))
    return right - 0.5 * left


def with_own_transpose(drawing: Drawing) -> Value:
    """A square matrix combined with its transpose."""
    square = [value for value in drawing.values if value.ndim == 2 and value.shape[0] == value.shape[1]]
    if not square:
        return -drawing.value()
    x = square[drawing.pick(len(square))]
    return x + OPS["transpose"](x, axes=(1, 0))


def normalise(drawing: Drawing) -> Value:
    """Minus the mean, or the softmax, along an axis: a sum and its use in the same loops."""
    x = drawing.value()
    if not x.ndim or not int(np.prod(x.shape)):
        return -x
    axis = drawing.pick(x.ndim)
    kept = tuple(a for a in range(x.ndim) if a != axis)
    if drawing.pick(2):
        x = OPS["exp"](OPS["tanh"](x))
        return x / OPS["broadcast"](OPS["sum"](x, axes=(axis,)), shape=x.shape, axes=kept)
    return x - OPS["broadcast"](OPS["max"](x, axes=(axis,)), shape=x.shape, axes=kept)


def matrix(drawing: Drawing) -> Value:
    """A product of a matrix with a matrix, itself, or a vector, in one of the orders of its axes."""
    matrices = [value for value in drawing.values if value.ndim == 2]
    if not matrices:
        return -drawing.value()
    x = matrices[drawing.pick(len(matrices))]
    x_labels = ("ij", "ji")[drawing.pick(2)]
    extents = dict(zip(x_labels, x.shape, strict=True))
    others = [value for value in drawing.values if value.ndim in (1, 2) and extents["j"] in value.shape]
    y = others[drawing.pick(len(others))] if others else x
    if y.ndim == 1:
        labels, y_labels = "i", "j"
    else:
        labels = ("ik", "ki")[drawing.pick(2)]
        y_labels = "jk" if y.shape[0] == extents["j"] else "kj"
    if not others:
        labels, y_labels = "", x_labels
    return OPS["contract"](x, y, x_labels=x_labels, y_labels=y_labels, labels=labels)


HARD: tuple[Callable[[Drawing], Value], ...] = (
    by_table, used_apart, used_apart, with_own_transpose, normalise, matrix, matrix,
)  # fmt: skip


def draw(seed: int) -> Seeded:
    """Some inputs and some ops on them."""
    drawing = Seeded(lambda strategy: 0, rng=np.random.default_rng(seed))
    dtype = np.dtype(np.float64 if drawing.pick(5) else np.float32)
    sizes = ((1, 2, 3, 0), (3, 3, 3, 1), (5, 5, 4, 1), (20, 7, 1, 3), (65, 3, 2, 64))[drawing.pick(5)]
    for _ in range(1 + drawing.pick(3)):
        shape = tuple(sizes[drawing.pick(4)] for _ in range((0, 1, 1, 2, 2, 2, 3)[drawing.pick(7)]))
        drawing.values.append(new_input(drawing.graph, Type(dtype, shape)))
    steps = (*STEPS, *HARD)
    for _ in range(1 + drawing.pick(10)):
        value = steps[drawing.pick(len(steps))](drawing)
        if int(np.prod(value.shape)) <= LARGEST:
            drawing.values.append(value)
    return drawing


def with_derivatives(drawing: Seeded, mode: str) -> Graph:
    """The drawn graph with some outputs: values, or also their tangents or the cotangents of the inputs."""
    graph, inputs = drawing.graph, drawing.values[: len(drawing.graph.inputs)]
    outputs = drawing.values[-1 - drawing.pick(3) :]
    if mode == "values":
        outputs = [*outputs, drawing.value(), drawing.value()]
        return verify(set_outputs(graph, [outputs[k] for k in drawing.rng.permutation(len(outputs))]))
    if mode == "tangents":
        derivatives = push_forward(outputs, inputs, inputs_like(graph, inputs))
    else:
        derivatives = pull_back(outputs, inputs, inputs_like(graph, outputs))
    return verify(set_outputs(graph, [*derivatives, *outputs] if drawing.pick(2) else derivatives))


def inputs_for(graph: Graph, seed: int = 0) -> list[np.ndarray]:
    """A value for each input."""
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.uniform(-1.3, 1.3, type_.shape), type_.dtype) for type_ in graph.types(graph.inputs)]
