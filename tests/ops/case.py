"""One call of an op with numbers to draw for it: what the rows of `tests.ops.cases` are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradgen.ir import Graph, Type
from gradgen.ops import Linear, Op, Tangent, Value
from tests.interpret import new_input

Shape = tuple[int, ...]

# Codes of dtypes, one letter for each operand, or one for all.
REAL = ("d", "f")
ORDERED = ("d", "f", "l", "i")
ANY = ("d", "f", "l", "i", "?")

ELEMENTWISE_SHAPES: tuple[Shape, ...] = ((), (1,), (0,), (2, 3))


@dataclass(frozen=True)
class Domain:
    """An interval to draw from; whole numbers only, where an operand must be one."""

    low: float = -2.0
    high: float = 2.0
    whole: bool = False

    def draw(self, rng: np.random.Generator, dtype: np.dtype, shape: Shape) -> np.ndarray:
        """Values of a dtype."""
        if dtype == np.bool_:
            return np.asarray(rng.integers(0, 2, shape), dtype)
        if self.whole or dtype.kind == "i":
            return np.asarray(rng.integers(int(np.ceil(self.low)), int(self.high) + 1, shape), dtype)
        return np.asarray(rng.uniform(self.low, self.high, shape), dtype)


@dataclass(frozen=True)
class Case:
    """One call of an op.

    Attributes
    ----------
    build : callable, optional
        Makes the operands from what is drawn, where they cannot be drawn: a symmetric matrix, a matrix behind its
        factor.
    """

    domains: tuple[Domain, ...]
    shapes: tuple[Shape, ...]
    dtypes: tuple[str, ...] = REAL
    attributes: Mapping[str, Any] = field(default_factory=dict)
    build: Callable[..., Sequence[Value]] | None = None

    def place(self, op: Op, graph: Graph, dtypes: str) -> tuple[list[Value], list[int], Value]:
        """The op in a graph: new inputs for what is drawn, which of them can move, and the result."""
        types = self.types(dtypes)
        inputs = [new_input(graph, type_) for type_ in types]
        if self.build is None:
            return inputs, moving(op, types), call(op, graph, inputs, self.attributes)
        out = call(op, graph, self.build(*inputs), self.attributes)
        ruled = isinstance(op.rules, tuple) and any(isinstance(rule, Tangent | Linear) for rule in op.rules)
        return inputs, list(range(len(inputs))) if ruled else [], out

    def types(self, dtypes: str) -> list[Type]:
        """The types of the operands."""
        codes = dtypes * len(self.shapes) if len(dtypes) == 1 else dtypes
        return [Type(np.dtype(code), shape) for code, shape in zip(codes, self.shapes, strict=True)]

    def draw(self, dtypes: str = "d", seed: int = 0) -> list[np.ndarray]:
        """The operands."""
        rng = np.random.default_rng(seed)
        drawn = zip(self.domains, self.types(dtypes), strict=True)
        return [domain.draw(rng, type_.dtype, type_.shape) for domain, type_ in drawn]

    @property
    def real(self) -> str | None:
        """The dtypes to differentiate with, if any."""
        return next((dtypes for dtypes in self.dtypes if "d" in dtypes), None)


Row = tuple[Case, ...]
Interval = tuple[float, float] | Domain


def on(*intervals: Interval, dtypes: tuple[str, ...] = REAL, **attributes: Any) -> Row:
    """An elementwise op, each operand drawn from an interval; every shape of `ELEMENTWISE_SHAPES`."""
    domains = tuple(each if isinstance(each, Domain) else Domain(*each) for each in intervals)
    return tuple(Case(domains, (shape,) * len(domains), dtypes, attributes) for shape in ELEMENTWISE_SHAPES)


def shaped(*calls: tuple[Any, ...], dtypes: tuple[str, ...] = ORDERED) -> Row:
    """An op for whole arrays: calls ``(shape, …, attributes)``."""
    return tuple(Case((Domain(),) * len(shapes), tuple(shapes), dtypes, attributes) for *shapes, attributes in calls)


def taken(*calls: tuple[Any, ...]) -> Row:
    """An op on an array and positions in an axis of 5, some counted from the end."""
    domains, dtypes = (Domain(), Domain(-5, 4)), ("dl", "fl", "ll")
    return tuple(Case(domains, tuple(shapes), dtypes, attributes) for *shapes, attributes in calls)


ANYWHERE, POSITIVE, INSIDE = (-2.0, 2.0), (0.3, 2.0), (-0.8, 0.8)


def moving(op: Op, types: Sequence[Type]) -> list[int]:
    """The operands that the op can be differentiated by."""
    if isinstance(op.rules, tuple):
        ruled = [position for position, rule in enumerate(op.rules) if isinstance(rule, Tangent | Linear)]
    else:
        over = getattr(op.rules, "over", ())
        ruled = list(range(len(types)) if over is None else over)
    return [position for position in ruled if types[position].is_real]


def call(op: Op, graph: Graph, operands: Sequence[Value], attributes: Mapping[str, Any]) -> Value:
    """The op on values of a graph, of which there may be none."""
    return op(*operands, **attributes) if operands else op.leaf(graph, **attributes)
