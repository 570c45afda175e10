"""Random graphs for hypothesis: ops of every kind on small shapes, with extents 0 and 1 among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradgen.ir import Graph, Type
from gradgen.ops import OPS, Value, constant, lift
from tests.interpret import new_input

Draw = Callable[[st.SearchStrategy[int]], int]

# bounded on all of R, so that no chain of them overflows
SMOOTH = ("sin", "cos", "tanh", "expit", "arctan", "erf", "sinc")
KINKED = ("abs", "sign", "floor")
PAIRED = ("add", "subtract", "multiply", "hypot", "logaddexp", "arctan2", "xlogy")
KINKED_PAIRED = ("maximum", "minimum", "fmax", "mod", "copysign")


@dataclass(repr=False)
class Drawing:
    """A graph under construction.

    Attributes
    ----------
    draw : callable
        Hypothesis's.
    values : list of Value
        What there is to build on, newest last.
    smooth : bool
        Whether no op with a kink has been used, so that differences make sense.
    """

    draw: Draw
    graph: Graph = field(default_factory=Graph)
    values: list[Value] = field(default_factory=list)
    smooth: bool = True

    def __repr__(self) -> str:
        """The graph as a listing: what hypothesis shows of a counterexample."""
        kept, self.graph.outputs = self.graph.outputs, [value.id for value in self.values]
        listing, self.graph.outputs = str(self.graph), kept
        return listing

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def pick(self, count: int) -> int:
        """A number below ``count``."""
        return self.draw(st.integers(0, count - 1))

    def subset(self, ndim: int) -> tuple[int, ...]:
        """Some axes, ascending."""
        return tuple(axis for axis in range(ndim) if self.pick(2))

    def value(self) -> Value:
        """One of the values."""
        return self.values[self.pick(len(self.values))]

    def partner(self, x: Value) -> Value:
        """A value of the same shape; ``x`` itself is always one."""
        fitting = [value for value in self.values if value.shape == x.shape]
        return fitting[self.pick(len(fitting))]

    def name(self, smooth: tuple[str, ...], kinked: tuple[str, ...]) -> str:
        """An op of either list; remembers if it has a kink."""
        chosen = (smooth + kinked)[self.pick(len(smooth + kinked))]
        self.smooth = self.smooth and chosen in smooth
        return chosen


def unary(drawing: Drawing) -> Value:
    return OPS[drawing.name(SMOOTH, KINKED)](drawing.value())


def binary(drawing: Drawing) -> Value:
    x = drawing.value()
    y = drawing.partner(x)
    name = drawing.name(PAIRED, KINKED_PAIRED)
    if name in ("mod", "hypot", "arctan2", "xlogy"):  # away from a divisor of zero and from the origin
        y = y * y + 1.0
    return OPS[name](x, y)


def choose(drawing: Drawing) -> Value:
    x = drawing.value()
    y = drawing.partner(x)
    drawing.smooth = False
    return OPS["where"](OPS["greater"](drawing.partner(x), lift(0.1, x)), x, y)


def divide(drawing: Drawing) -> Value:
    x = drawing.value()
    y = drawing.partner(x)
    return x / (1.5 + y * y)


def power(drawing: Drawing) -> Value:
    return OPS["power"](OPS["tanh"](drawing.value()), float(drawing.pick(5)))


def broadcast(drawing: Drawing) -> Value:
    x = drawing.value()
    if x.ndim > 2:
        return -x
    place = drawing.pick(x.ndim + 1)
    shape = (*x.shape[:place], drawing.pick(4), *x.shape[place:])
    return OPS["broadcast"](x, shape=shape, axes=tuple(axis for axis in range(x.ndim + 1) if axis != place))


def reshape(drawing: Drawing) -> Value:
    x = drawing.value()
    size = int(np.prod(x.shape))
    return OPS["reshape"](x, shape=((size,), (1, size), (size, 1), x.shape[::-1])[drawing.pick(4)])


def transpose(drawing: Drawing) -> Value:
    x = drawing.value()
    axes = list(range(x.ndim))
    if axes:
        axes.insert(drawing.pick(x.ndim), axes.pop(drawing.pick(x.ndim)))
    return OPS["transpose"](x, axes=tuple(axes))


def cut(drawing: Drawing) -> Value:
    x = drawing.value()
    starts, steps, shape = [], [], []
    for extent in x.shape:
        step = (1, 2, -1)[drawing.pick(3)]
        start = drawing.pick(extent) if extent else 0
        room = (start + 1 if step < 0 else -(-(extent - start) // step)) if extent else 0
        starts.append(start)
        steps.append(step)
        shape.append(drawing.pick(room + 1))
    return OPS["slice"](x, starts=tuple(starts), steps=tuple(steps), shape=tuple(shape))


def embed(drawing: Drawing) -> Value:
    x = drawing.value()
    starts = tuple(drawing.pick(2) for _ in x.shape)
    step = 1 + drawing.pick(2)
    shape = tuple(start + step * extent + drawing.pick(2) for start, extent in zip(starts, x.shape, strict=True))
    return OPS["embed" if step == 1 else "place"](x, starts=starts, steps=(step,) * x.ndim, shape=shape)


def concatenate(drawing: Drawing) -> Value:
    x = drawing.value()
    if not x.ndim:
        return -x
    return OPS["concatenate"](x, drawing.partner(x), axis=drawing.pick(x.ndim))


def reduce(drawing: Drawing) -> Value:
    x = drawing.value()
    axes = drawing.subset(x.ndim)
    name = drawing.name(("sum", "prod"), ("max", "min"))
    if name in ("max", "min"):
        axes = tuple(axis for axis in axes if x.shape[axis])
    return OPS[name](x, axes=axes)


def contract(drawing: Drawing) -> Value:
    """Any labels: those of equal extent may be shared, and what is shared may be summed."""
    x, y = drawing.value(), drawing.value()
    x_labels = "abc"[: x.ndim]
    y_labels = ""
    for position, extent in enumerate(y.shape):
        free = [a for a, n in zip(x_labels, x.shape, strict=True) if n == extent and a not in y_labels]
        y_labels += [*free, "pqr"[position]][drawing.pick(len(free) + 1)]
    shared = [a for a in x_labels if a in y_labels]
    labels = [a for a in x_labels + y_labels if a not in shared] + [a for a in shared if drawing.pick(2)]
    out = OPS["contract"](x, y, x_labels=x_labels, y_labels=y_labels, labels="".join(labels))
    return out if out.ndim <= 3 else OPS["sum"](out, axes=tuple(range(out.ndim - 3)))


def scan(drawing: Drawing) -> Value:
    x = drawing.value()
    if not x.ndim:
        return -x
    return OPS[("cumsum", "cumprod")[drawing.pick(2)]](x, axis=drawing.pick(x.ndim))


def take(drawing: Drawing) -> Value:
    """Elements at fixed positions, repeated ones among them; or added up there."""
    x = drawing.value()
    size = int(np.prod(x.shape))
    flat = OPS["reshape"](x, shape=(size,))
    if size and drawing.pick(2):
        positions = [drawing.pick(size) for _ in range(drawing.pick(4))]
        return OPS["gather"](flat, constant(drawing.graph, np.array(positions, np.int64)))
    positions = [drawing.pick(3) for _ in range(min(size, 4))]
    kept = OPS["slice"](flat, starts=(0,), steps=(1,), shape=(len(positions),))
    return OPS["scatter"](kept, constant(drawing.graph, np.array(positions, np.int64)), extent=3)


def diagonal(drawing: Drawing) -> Value:
    x = drawing.value()
    if x.ndim > 1 and x.shape[-1] == x.shape[-2]:
        return OPS["diagonal"](x)
    return OPS["diag"](x) if 0 < x.ndim < 3 else -x


STEPS: tuple[Callable[[Drawing], Value], ...] = (
    unary, binary, choose, divide, power, broadcast, reshape, transpose, cut, embed, concatenate, reduce, contract,
    scan, take, diagonal,
)  # fmt: skip


@st.composite
def graphs(draw: Draw, length: int = 8) -> Drawing:
    """Some inputs and up to ``length`` ops on them; the values past the inputs are candidates for outputs."""
    drawing = Drawing(draw)
    for _ in range(1 + drawing.pick(2)):
        shape = tuple((1, 2, 3, 0)[drawing.pick(4)] for _ in range(drawing.pick(4)))
        drawing.values.append(new_input(drawing.graph, Type(np.dtype(np.float64), shape)))
    for _ in range(1 + drawing.pick(length)):
        value = STEPS[drawing.pick(len(STEPS))](drawing)
        if int(np.prod(value.shape)) <= 256:
            drawing.values.append(value)
    return drawing
