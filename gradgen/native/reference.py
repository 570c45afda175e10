"""The numpy backend: the same optimised graph, each op by its NumPy reference; no compiler needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradgen.ir import Dim, Graph, Type
from gradgen.native.mismatch import SIZE, STATUSES
from gradgen.native.pure import Matcher, Tree, arrange
from gradgen.native.signature import Signature
from gradgen.ops import OPS
from gradgen.trace import least_sizes

__all__ = ["ReferenceKernel", "evaluate", "steps"]


class ReferenceKernel(Matcher):
    """A graph that is called like a kernel; see `gradgen.native.call.Kernel`.

    Parameters
    ----------
    graph : Graph
        Optimised.
    signature : Signature
        The types it takes and gives.
    hidden : tuple of numpy.ndarray
        Arrays passed after the arguments of each call.
    tree : int, tuple or None
        How the results are arranged: the index of one, a tuple of trees; None gives a list of all.
    """

    def __init__(
        self, graph: Graph, signature: Signature, hidden: tuple[np.ndarray, ...] = (), tree: Tree = None
    ) -> None:
        slots = signature.slots(signature.arguments)
        super().__init__(signature.name, slots, signature.dims, signature.argument_names, hidden)
        self.graph, self.tree = graph, tree

    def __call__(self, *leaves: object) -> Any:
        """Run on arguments of exactly the right types; `ArgumentError` for others."""
        results = evaluate(self.graph, self.matched(leaves).arrays)
        return results if self.tree is None else arrange(self.tree, results)


def evaluate(graph: Graph, arrays: list[np.ndarray]) -> list[Any]:
    """The outputs of a graph for given inputs; scalars come as NumPy scalars."""
    values = dict(steps(graph, arrays))
    results = [np.array(values[output], order="C") for output in graph.outputs]
    return [result if result.ndim else result[()] for result in results]


def steps(graph: Graph, arrays: list[np.ndarray]) -> Iterator[tuple[int, np.ndarray]]:
    """Every live value of a graph for given inputs, in order."""
    dims = _bind(graph.types(graph.inputs), arrays)
    for name, least in least_sizes(graph).items():
        if dims[name] < least:
            raise STATUSES[SIZE](graph.name)
    values: dict[int, np.ndarray] = dict(zip(graph.inputs, arrays, strict=True))
    for identity in graph.live():
        if identity not in values:
            node = graph[identity]
            attributes = {name: _bound(value, dims) for name, value in node.attributes}
            result = _computed(graph, identity, [values[operand] for operand in node.operands], attributes)
            values[identity] = np.asarray(result, node.type.dtype)
        yield identity, values[identity]


def _computed(graph: Graph, identity: int, operands: list[np.ndarray], attributes: dict[str, Any]) -> Any:
    node = graph[identity]
    try:
        with np.errstate(all="ignore"):  # compiled code says nothing either
            return OPS[node.op.name].numpy(*operands, **attributes)
    except np.linalg.LinAlgError as error:
        raise np.linalg.LinAlgError(f"{error} (in {graph.name})\n  {node.source}") from None


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
