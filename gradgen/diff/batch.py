"""Do the same for every entry of a new first axis: `vmap` and the many directions of a Jacobian.

Elementwise ops take the axis as they are; each of the few ops that move or combine elements says in
its definition what becomes of its attributes. The result is an ordinary graph, so products of many
vectors become products of matrices, and loops over the axis are shared like any others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradgen.diff.linearize import path
from gradgen.diff.substitute import copied
from gradgen.errors import GradgenError
from gradgen.ir import Extent, Node
from gradgen.ops import OPS, Value
from gradgen.ops.lowering import Assembly, Waiting
from gradgen.ops.op import Entries
from gradgen.ops.shape import broadcast

__all__ = ["batch", "repeat"]


def batch(outputs: Sequence[Value], entries: Mapping[int, Value], size: Extent) -> list[Value]:
    """The outputs for every entry of some inputs.

    Parameters
    ----------
    outputs : sequence of Value
        Values of one graph.
    entries : mapping of int to Value
        For each variable (a node) its entries along a first axis.
    size : int or Dim
        How many entries there are.

    Returns
    -------
    list of Value
        Each output with the first axis; repeated if it does not depend on the variables.
    """
    if not outputs:
        return []
    graph = outputs[0].graph
    found = dict(entries)
    alike: dict[int, Value] = {}
    for identity in path(outputs, [Value(graph, variable) for variable in entries]):
        if identity in found:
            continue
        node = graph[identity]
        graph.source, graph.sweep = node.source, node.sweep
        if found.keys().isdisjoint(_read(node)):  # all entries have it in common, though it waits for them
            operands = [Value(graph, operand) for operand in node.operands]
            mapping = {x.id: found.get(x.id, alike.get(x.id, x)).id for x in operands}
            alike[identity] = Value(graph, copied(graph, identity, alike, mapping))
            continue
        found[identity] = _batched(Value(graph, identity), found, alike, entries, size)
        if identity in graph.names:
            graph.names.setdefault(found[identity].id, graph.names[identity])
    return [found[out.id] if out.id in found else repeat(alike.get(out.id, out), size) for out in outputs]


def _read(node: Node) -> tuple[int, ...]:
    """The operands that the value depends on."""
    return node.operands[:1] if isinstance(OPS[node.op.name].lowering, Waiting) else node.operands


def repeat(x: Value, size: Extent) -> Value:
    """The value for every entry of a new first axis."""
    return broadcast(x, shape=(size, *x.shape), axes=tuple(range(1, x.ndim + 1)))


def _batched(
    out: Value, found: Mapping[int, Value], alike: Mapping[int, Value], entries: Mapping[int, Value], size: Extent
) -> Value:
    node = out.node
    op = OPS[node.op.name]
    attributes: dict[str, Any] = dict(node.attributes)
    has_axis = [operand in found for operand in node.operands]
    same = {operand: alike.get(operand, Value(out.graph, operand)) for operand in node.operands}
    operands = [found.get(operand, same[operand]) for operand in node.operands]
    if op.is_elementwise or isinstance(op.lowering, Assembly) or "rule" in attributes:  # all must have the axis
        operands = [x if has else repeat(x, size) for x, has in zip(operands, has_axis, strict=True)]
    if "rule" in attributes:
        rule = attributes["rule"].replaced(alike) if alike else attributes["rule"]
        return op(*operands, **{**attributes, "rule": rule.batched(size, entries)})
    if isinstance(op.batch, Entries):
        return op.batch.result(size, has_axis, *operands, **attributes)
    if op.batch is not None:
        attributes = op.batch(size, has_axis, **attributes)
    elif not op.is_elementwise:
        raise GradgenError(f"{op.name} does not say how it goes along a batch\n  {node.source}")
    return op(*operands, **attributes)
