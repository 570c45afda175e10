"""Which piece of an assembly an element comes from."""

from __future__ import annotations

from gradgen.ir import Extent, Graph
from gradgen.lower.express import Index, Reader
from gradgen.lower.plan import lowering_of
from gradgen.nest import Affine, Constant, Expr
from gradgen.ops.lowering import Assembly

__all__ = ["assembled", "is_whole_along"]


def assembled(graph: Graph, reader: Reader, identity: int, index: Index) -> Expr:
    """The element of an assembly at an index that is a number along every axis which its pieces do not share."""
    node = graph[identity]
    for position, operand in enumerate(node.operands):
        inner = _inside(index, graph[operand].type.shape, _ways(graph, identity, position))
        if inner is not None:
            return reader.at(operand, inner)
    return Constant(0, node.type.dtype)


def is_whole_along(graph: Graph, identity: int, axis: int) -> bool:
    """Whether every piece of an assembly has all of an axis, so that its elements are told apart by the others."""
    node = graph[identity]
    for position, operand in enumerate(node.operands):
        if graph[operand].type.shape[axis] != node.type.shape[axis]:
            return False
        if _ways(graph, identity, position)[axis] != (Affine(), 1):
            return False
    return True


def _ways(graph: Graph, identity: int, position: int) -> list[tuple[Affine, int]]:
    """For each axis where the piece begins, and how far apart its elements land."""
    node, lowering = graph[identity], lowering_of(graph, identity)
    assert isinstance(lowering, Assembly)
    types = graph.types(node.operands)
    first = tuple(Affine() for _ in node.type.shape)
    second = tuple(Affine((), 1) for _ in node.type.shape)
    starts, nexts = (lowering.pieces(position, index, node, types) for index in (first, second))
    return [(start, (after - start).offset) for start, after in zip(starts, nexts, strict=True)]


def _inside(index: Index, shape: tuple[Extent, ...], ways: list[tuple[Affine, int]]) -> Index | None:
    """The index in the piece, if the element is of that piece."""
    inner = []
    for i, extent, (start, step) in zip(index, shape, ways, strict=True):
        if (start, step) == (Affine(), 1) and i.terms:
            inner.append(i)
            continue
        ahead = (i - start).constant
        assert ahead is not None  # the caller has made sure
        assert isinstance(extent, int)
        if ahead % step or not 0 <= ahead // step < extent:
            return None
        inner.append(Affine((), ahead // step))
    return tuple(inner)
