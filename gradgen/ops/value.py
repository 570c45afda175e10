"""`Value`: a node of a graph with Python's operators, the language that derivative rules are written in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradgen.ir import Extent, Graph, Node, Type, constant_attributes

if TYPE_CHECKING:
    from gradgen.ops.op import Op

__all__ = ["Number", "Value", "lift"]

Number = float | int | bool


class Value:
    """A node of a graph.

    Parameters
    ----------
    graph : Graph
        The graph.
    id : int
        The node.
    """

    __slots__ = ("graph", "id")

    def __init__(self, graph: Graph, id: int) -> None:
        self.graph = graph
        self.id = id

    @property
    def node(self) -> Node:
        """The node itself."""
        return self.graph[self.id]

    @property
    def type(self) -> Type:
        """Dtype and shape."""
        return self.graph[self.id].type

    @property
    def dtype(self) -> np.dtype:
        """The dtype."""
        return self.type.dtype

    @property
    def shape(self) -> tuple[Extent, ...]:
        """The shape; an extent may be a `Dim`."""
        return self.type.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.type.shape)

    def __add__(self, other: Value | Number) -> Value:
        return _op("add")(self, other)

    def __radd__(self, other: Number) -> Value:
        return _op("add")(other, self)

    def __sub__(self, other: Value | Number) -> Value:
        return _op("subtract")(self, other)

    def __rsub__(self, other: Number) -> Value:
        return _op("subtract")(other, self)

    def __mul__(self, other: Value | Number) -> Value:
        return _op("multiply")(self, other)

    def __rmul__(self, other: Number) -> Value:
        return _op("multiply")(other, self)

    def __truediv__(self, other: Value | Number) -> Value:
        return _op("divide")(self, other)

    def __rtruediv__(self, other: Number) -> Value:
        return _op("divide")(other, self)

    def __neg__(self) -> Value:
        return _op("negative")(self)

    def __repr__(self) -> str:
        return f"<{self.node.op.name} : {self.type}>"


def _op(name: str) -> Op:
    from gradgen.ops.op import OPS  # ops are defined in terms of values

    return OPS[name]


def lift(number: Number, like: Value) -> Value:
    """A Python number as a constant with the dtype and shape of ``like``."""
    return full(like.graph, np.asarray(number, like.dtype), like.shape)


def constant(graph: Graph, array: np.ndarray) -> Value:
    """An array as a constant node."""
    return Value(graph, graph.add(_op("constant"), (), constant_attributes(array)))


def full(graph: Graph, scalar: np.ndarray, shape: tuple[Extent, ...]) -> Value:
    """A scalar constant repeated to a shape."""
    value = constant(graph, scalar)
    return _op("broadcast")(value, shape=shape, axes=()) if shape else value
