"""How large named dimensions must be for the indices of a graph to lie inside the arrays."""

from __future__ import annotations

from collections.abc import Iterator

from gradgen.ir import Dim, Extent, Graph, Node

__all__ = ["least_sizes"]


def least_sizes(graph: Graph) -> dict[str, int]:
    """For each named dimension the smallest size that the function can be called with.

    An index or slice along an axis of named size was taken without knowing it: ``x[2]`` needs at least
    3 elements, and so does ``x[:3]``, which NumPy would cut short. Whoever binds the sizes checks them.

    Examples
    --------
    >>> from gradgen.ir import Type
    >>> from gradgen.trace import make_graph
    >>> import numpy as np
    >>> least_sizes(make_graph(lambda x: x[2] + x[-5], Type(np.dtype(float), (Dim("n"),))))
    {'n': 5}
    """
    least: dict[str, int] = {}
    for identity in graph.live():
        for room in _rooms(graph, graph[identity]):
            if isinstance(room, Dim):
                least[room.name] = max(least.get(room.name, 0), -room.offset)
    return least


def _rooms(graph: Graph, node: Node) -> Iterator[Extent]:
    """What must not be negative: extents, first positions, and what is left behind the last ones."""
    yield from node.type.shape
    if node.op.name in ("max", "min"):
        yield from [graph[node.operands[0]].type.shape[axis] + -1 for axis in node["axes"]]
    if node.op.name == "slice":
        extents = graph[node.operands[0]].type.shape
        for extent, start, step, count in zip(extents, node["starts"], node["steps"], node["shape"], strict=True):
            if step > 0 or isinstance(count, int):  # a named count backwards from `start` is empty before that is -1
                yield start
            if step == 1 and isinstance(extent, Dim):
                room = extent - start
                # A count that is named leaves a constant behind it, which the trace has checked.
                if isinstance(room, Dim) and isinstance(count, int):
                    yield room - count
