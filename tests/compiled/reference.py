"""What a graph should give, and how far rounding may take any way of computing it from that.

A graph is run on the NumPy references several times, each time with every intermediate result nudged
by some units in the last place. Where these runs differ by much, so may another order of the same
operations; where they agree, the compiled code has to.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradgen.ir import Graph, Node
from gradgen.native.reference import _bind, _bound
from gradgen.ops import OPS
from gradgen.ops.lowering import Expression, Product, Reduction, Reshaping, View

__all__ = ["Expected", "expect"]

RUNS = 6
NUDGE = 4.0
# How many times the spread of the nudged runs a result may be off.
SLACK = 8.0
# Of the largest element of a result; and of 1, for results that cancel completely.
RELATIVE = 8.0

# Ops that give one of their operands, or a whole number.
EXACT = (
    "abs", "ceil", "copy", "copysign", "floor", "fmax", "fmin", "max", "maximum", "min", "minimum", "negative", "rint",
    "sign", "stop_gradient", "trunc", "where",
)  # fmt: skip


class Expected:
    """One output: its value, and the error that rounding explains."""

    def __init__(self, value: np.ndarray, others: Sequence[np.ndarray]) -> None:
        self.value = value
        self.settled = np.ones(value.shape, bool)
        self.slack = np.zeros(value.shape)
        if value.dtype.kind != "f":
            for other in others:
                self.settled &= other == value
            return
        with np.errstate(all="ignore"):
            finite = np.isfinite(value)
            spread = np.zeros(value.shape)
            for other in others:
                same = (np.isfinite(other) & finite) | (np.isnan(other) & np.isnan(value)) | (other == value)
                self.settled &= same
                difference = np.abs(other.astype(np.float64) - value.astype(np.float64))
                spread = np.maximum(spread, np.where(finite, difference, 0.0))
            eps = float(np.finfo(value.dtype).eps)
            largest = np.max(np.abs(value), where=finite, initial=0.0)
            self.slack = SLACK * spread + RELATIVE * eps * (np.abs(np.where(finite, value, 0.0)) + 1e-3 * largest)

    def mismatch(self, result: np.ndarray) -> str:
        """What is wrong with a result, or an empty string."""
        if result.shape != self.value.shape or result.dtype != self.value.dtype:
            return f"{result.dtype}{result.shape} instead of {self.value.dtype}{self.value.shape}"
        with np.errstate(all="ignore"):
            close = result == self.value
            if result.dtype.kind == "f":
                close |= np.isnan(result) & np.isnan(self.value)
                close |= np.abs(result.astype(np.float64) - self.value.astype(np.float64)) <= self.slack
        wrong = self.settled & ~close
        if not wrong.any():
            return ""
        where = tuple(int(axis[0]) for axis in np.nonzero(wrong))
        count = f"{int(wrong.sum())} of {wrong.size} elements, first at {where}"
        return f"{count}: {result[where]!r} instead of {self.value[where]!r} +- {self.slack[where]:.1e}"


def expect(graph: Graph, values: Sequence[np.ndarray], seed: int = 0) -> list[Expected]:
    """The outputs of a graph for the values of its inputs."""
    exact, *nudged = [_run(graph, values, np.random.default_rng(seed + run), run > 0) for run in range(RUNS + 1)]
    return [Expected(out, others) for out, *others in zip(exact, *nudged, strict=True)]


def _run(graph: Graph, values: Sequence[np.ndarray], rng: np.random.Generator, nudging: bool) -> list[np.ndarray]:
    dims = _bind(graph.types(graph.inputs), list(values))
    known = {
        identity: _nudged(value, rng) if nudging else value
        for identity, value in zip(graph.inputs, values, strict=True)
    }
    with np.errstate(all="ignore"):
        for identity in graph.live():
            node = graph[identity]
            if identity not in known:
                attributes = {name: _bound(value, dims) for name, value in node.attributes}
                operands = [known[operand] for operand in node.operands]
                if nudging and node.op.name in ("add", "subtract"):
                    operands = [_contracted(graph, operand, known, rng) for operand in node.operands]
                result = OPS[node.op.name].numpy(*operands, **attributes)
                result = np.asarray(result, node.type.dtype)
                known[identity] = _nudged(result, rng, _terms(node, operands)) if nudging and _rounds(node) else result
    return [known[output] for output in graph.outputs]


def _rounds(node: Node) -> bool:
    """Whether the op's result is rounded; what only moves or chooses elements keeps ties as they are."""
    lowering = OPS[node.op.name].lowering
    return isinstance(lowering, Expression | Reduction | Product) and node.op.name not in EXACT


def _contracted(graph: Graph, operand: int, known: dict[int, np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """What a sum reads: a product may reach it unrounded, by a fused multiply-add, while others read it rounded."""
    base = operand
    while isinstance(OPS[graph[base].op.name].lowering, View | Reshaping) or graph[base].op.name == "negative":
        base = graph[base].operands[0]
    return _nudged(known[operand], rng) if _rounds(graph[base]) else known[operand]


def _terms(node: Node, operands: Sequence[np.ndarray]) -> int:
    """How many terms one element of the result combines."""
    if not isinstance(OPS[node.op.name].lowering, Reduction | Product):
        return 1
    if node.op.name == "contract":
        extents = zip(node["x_labels"], operands[0].shape, strict=True)
        return int(np.prod([extent for label, extent in extents if label not in node["labels"]]))
    return int(np.prod([operands[0].shape[axis] for axis in node["axes"]]))


def _nudged(value: np.ndarray, rng: np.random.Generator, terms: int = 1) -> np.ndarray:
    """Rounding errors of a sum of many terms grow as their number's square root.

    Below the smallest normal number each of them is some of the smallest subnormal, however small the value: a product
    that ends there depends on the order of its factors in all its digits.
    """
    if value.dtype.kind != "f":
        return value
    limits, errors = np.finfo(value.dtype), NUDGE * max(terms, 1) ** 0.5
    change = errors * rng.uniform(-1.0, 1.0, value.shape)
    is_subnormal = (np.abs(value) < limits.smallest_normal) & (value != 0)
    absolute = np.where(is_subnormal, change * float(limits.smallest_subnormal), 0.0)
    return np.asarray(value * (1.0 + change * float(limits.eps)) + absolute, value.dtype)
