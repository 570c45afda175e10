"""The numpy backend: the same optimised graph, each op by its NumPy reference; no compiler needed."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradgen.ir import Dim, Graph, Type
from gradgen.native.mismatch import SIZE, status_error
from gradgen.native.pure import Tree, arrange
from gradgen.trace import least_sizes

__all__ = ["ReferenceKernel", "evaluate"]


class ReferenceKernel:
    """A graph that is called like a kernel; see `gradgen.native.call.Kernel`.

    Parameters
    ----------
    graph : Graph
        Optimised.
    hidden : tuple of numpy.ndarray
        Arrays passed after the arguments of each call.
    tree : int, tuple or None
        How the results are arranged: the index of one, a tuple of trees; None gives a list of all.
    """

    def __init__(self, graph: Graph, hidden: tuple[np.ndarray, ...] = (), tree: Tree = None) -> None:
        self.graph, self.hidden, self.tree = graph, hidden, tree

    def __call__(self, *leaves: Any) -> Any:
        arrays = [np.asarray(leaf) for leaf in (*leaves, *self.hidden)]
        results = evaluate(self.graph, arrays)
        return results if self.tree is None else arrange(self.tree, results)


def evaluate(graph: Graph, arrays: list[np.ndarray]) -> list[Any]:
    """The outputs of a graph for given inputs; scalars come as NumPy scalars."""
    dims = _bind(graph.types(graph.inputs), arrays)
    for name, least in least_sizes(graph).items():
        if dims[name] < least:
            raise status_error(SIZE, graph.name)
    values: dict[int, Any] = dict(zip(graph.inputs, arrays, strict=True))
    with np.errstate(all="ignore"):  # compiled code says nothing either
        for identity in graph.live():
            node = graph[identity]
            if identity not in values:
                attributes = {name: _bound(value, dims) for name, value in node.attributes}
                result = node.op.numpy(*[values[operand] for operand in node.operands], **attributes)  # type: ignore[attr-defined]
                values[identity] = np.asarray(result, node.type.dtype)
    return [np.array(values[output])[()] for output in graph.outputs]


def _bind(types: tuple[Type, ...], arrays: list[np.ndarray]) -> dict[str, int]:
    dims: dict[str, int] = {}
    for type_, array in zip(types, arrays, strict=True):
        for extent, size in zip(type_.shape, array.shape, strict=True):
            if isinstance(extent, Dim):
                dims.setdefault(extent.name, size - extent.offset)
    return dims


def _bound(value: Any, dims: dict[str, int]) -> Any:
    """An attribute with its named dimensions replaced by numbers."""
    if isinstance(value, Dim):
        return dims[value.name] + value.offset
    return tuple(_bound(entry, dims) for entry in value) if isinstance(value, tuple) else value
