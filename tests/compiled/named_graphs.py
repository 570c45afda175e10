"""Random graphs with named dimensions, whose sizes are known only at the call."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradgen.ir import Dim, Extent, Graph, Node, Type
from gradgen.ops import OPS, Value
from tests.compiled.random_graphs import Seeded
from tests.interpret import new_input
from tests.ops.random_graphs import Drawing, binary, choose, contract, divide, reduce, transpose, unary

__all__ = ["NAMED_SIZES", "draw_named", "fits", "values_for"]

N, M = Dim("n"), Dim("m")
NAMED_SIZES = ((1, 2), (2, 1), (3, 3), (0, 4), (64, 5), (65, 64), (5, 65), (1000, 2), (2, 0))
# Elements of one value, and multiplications of one product, that a test has time for.
MOST_ELEMENTS, MOST_WORK = 70_000, 5_000_000


def along(x: Value, axis: int, start: Extent, step: int, count: Extent) -> Value:
    """A slice of one axis."""
    starts: list[Extent] = [0] * x.ndim
    steps, shape = [1] * x.ndim, list(x.shape)
    starts[axis], steps[axis], shape[axis] = start, step, count
    return OPS["slice"](x, starts=tuple(starts), steps=tuple(steps), shape=tuple(shape))


def named_axis(drawing: Drawing, x: Value) -> int | None:
    found = [axis for axis, extent in enumerate(x.shape) if isinstance(extent, Dim)]
    return found[drawing.pick(len(found))] if found else None


def add_axis(drawing: Drawing) -> Value:
    x = drawing.value()
    if x.ndim > 2:
        return -x
    place, extent = drawing.pick(x.ndim + 1), (N, M, 1, 3, N - 1)[drawing.pick(5)]
    shape = (*x.shape[:place], extent, *x.shape[place:])
    return OPS["broadcast"](x, shape=shape, axes=tuple(axis for axis in range(x.ndim + 1) if axis != place))


def neighbours(drawing: Drawing) -> Value:
    """``x[1:] - 0.5 * x[:-1]``, or its ends cut off, or reversed."""
    x = drawing.value()
    axis = named_axis(drawing, x)
    if axis is None:
        return -x
    extent = x.shape[axis]
    kind = drawing.pick(4)
    if kind == 0:
        return along(x, axis, extent - 1, -1, extent)
    if kind == 1:
        return along(x, axis, 1, 1, extent - 1)
    return along(x, axis, 1, 1, extent - 1) - 0.5 * along(x, axis, 0, 1, extent - 1)


def embed(drawing: Drawing) -> Value:
    """Zeros before and behind, along any axes."""
    x = drawing.value()
    starts = tuple(drawing.pick(2) for _ in x.shape)
    shape = tuple(start + extent + drawing.pick(2) for start, extent in zip(starts, x.shape, strict=True))
    return OPS["embed"](x, starts=starts, steps=(1,) * x.ndim, shape=shape)


def place_reversed(drawing: Drawing) -> Value:
    x = drawing.value()
    starts = tuple(extent - 1 if drawing.pick(2) else 0 for extent in x.shape)
    steps = tuple(1 if start == 0 else -1 for start in starts)
    return OPS["place"](x, starts=starts, steps=steps, shape=x.shape)


def concatenate(drawing: Drawing) -> Value:
    """With its own sum before or behind it."""
    x = drawing.value()
    if not x.ndim:
        return -x
    axis = drawing.pick(x.ndim)
    kept = tuple(a for a in range(x.ndim) if a != axis)
    row = OPS["sum"](x, axes=(axis,))
    row = OPS["broadcast"](row, shape=(*x.shape[:axis], 1, *x.shape[axis + 1 :]), axes=kept)
    return OPS["concatenate"](*((x, row) if drawing.pick(2) else (row, x)), axis=axis)


def reshape(drawing: Drawing) -> Value:
    """Fixed axes behind the first merged, or an axis of extent 1 put in or taken out."""
    x = drawing.value()
    if x.ndim and not drawing.pick(2) and not any(isinstance(extent, Dim) for extent in x.shape[1:]):
        return OPS["reshape"](x, shape=(x.shape[0], int(np.prod(x.shape[1:]))))
    place = drawing.pick(x.ndim + 1)
    return OPS["reshape"](x, shape=(*x.shape[:place], 1, *x.shape[place:])) if x.ndim < 3 else x


def mean(drawing: Drawing) -> Value:
    """Divided by a size that is known only at the call."""
    x = drawing.value()
    size = OPS["extent"].leaf(x.graph, extent=N + 1, dtype="<f8")
    return x / OPS["broadcast"](size, shape=x.shape, axes=()) if x.ndim else x / size


NAMED: tuple[Callable[[Drawing], Value], ...] = (
    unary, binary, choose, divide, transpose, reduce, contract, contract, add_axis, add_axis, neighbours, neighbours,
    embed, place_reversed, concatenate, reshape, mean,
)  # fmt: skip


def draw_named(seed: int) -> Seeded:
    """Some inputs, the first two of which bind both dimensions, and some ops."""
    drawing = Seeded(lambda strategy: 0, rng=np.random.default_rng(seed))
    shapes: list[tuple[Extent, ...]] = [(N,), (M,), (N, M), (M, N), (N, 3), (3, N), (N, N), (N, 1, 2), (2, 3, N)]
    chosen: list[tuple[Extent, ...]] = [(N, M)] if drawing.pick(2) else [(N,), (M,)]
    chosen += [shapes[drawing.pick(len(shapes))] for _ in range(drawing.pick(2))]
    drawing.values += [new_input(drawing.graph, Type(np.dtype(np.float64), shape)) for shape in chosen]
    for _ in range(1 + drawing.pick(8)):
        value = NAMED[drawing.pick(len(NAMED))](drawing)
        if value.ndim <= 3:
            drawing.values.append(value)
    return drawing


def size(extent: Extent, sizes: dict[str, int]) -> int:
    return sizes[extent.name] + extent.offset if isinstance(extent, Dim) else extent


def fits(graph: Graph, sizes: dict[str, int]) -> bool:
    """Whether the graph is defined at these sizes, and small enough."""
    return all(_fits(graph, graph[identity], sizes) for identity in graph.live())


def _fits(graph: Graph, node: Node, sizes: dict[str, int]) -> bool:
    extents = [size(extent, sizes) for extent in node.type.shape]
    starts = [size(start, sizes) for start in dict(node.attributes).get("starts", ())]
    work = int(np.prod(extents))
    if min((*extents, *starts), default=0) < 0 or work > MOST_ELEMENTS:
        return False
    operands = [[size(extent, sizes) for extent in type_.shape] for type_ in graph.types(node.operands)]
    if node.op.name in ("max", "min"):
        return all(operands[0][axis] for axis in node["axes"])
    if node.op.name == "contract":
        labelled = zip(operands[0], node["x_labels"], strict=True)
        return work * int(np.prod([e for e, label in labelled if label not in node["labels"]])) <= MOST_WORK
    return True


def values_for(graph: Graph, sizes: dict[str, int], seed: int = 0) -> list[np.ndarray]:
    """A value for each input."""
    rng = np.random.default_rng(seed)
    shapes = [[size(extent, sizes) for extent in type_.shape] for type_ in graph.types(graph.inputs)]
    return [np.asarray(rng.uniform(-1.3, 1.3, shape)) for shape in shapes]
