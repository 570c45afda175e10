"""Forward mode: push tangents through the graph, node by node, by each op's rule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradgen.errors import DifferentiationError
from gradgen.ir import TANGENT
from gradgen.ops import OPS, Joint, Linear, Op, Tangent, Value, full

__all__ = ["path", "push_forward", "zeros_like"]


def push_forward(
    outputs: Sequence[Value], inputs: Sequence[Value], tangents: Sequence[Value], *, sweep: str = TANGENT
) -> list[Value]:
    """The tangents of ``outputs`` when ``inputs`` move along ``tangents``.

    Parameters
    ----------
    outputs, inputs : sequence of Value
        Values of one graph; the outputs as functions of the inputs, everything else held.
    tangents : sequence of Value
        One for each input, of its type.
    sweep : str, optional
        What the nodes added are for; the source of a node's tangent is that node's.

    Returns
    -------
    list of Value
        One for each output, of its type; zeros where it does not depend on the inputs.
    """
    if not outputs:
        return []
    graph = outputs[0].graph
    moved = {x.id: t for x, t in zip(inputs, tangents, strict=True)}
    for identity in path(outputs, inputs):
        if identity in moved or not graph[identity].type.is_real:
            continue
        graph.source, graph.sweep = graph[identity].source, sweep
        before = len(graph)
        tangent = _tangent(Value(graph, identity), moved)
        if tangent is None:
            continue
        moved[identity] = tangent
        if tangent.id >= before and identity in graph.names:
            graph.names.setdefault(tangent.id, f"{graph.names[identity]}_dot")
    return [moved[out.id] if out.id in moved else zeros_like(out) for out in outputs]


def path(outputs: Sequence[Value], inputs: Sequence[Value]) -> list[int]:
    """The nodes by which the outputs depend on the inputs, in order; both ends included."""
    graph = outputs[0].graph
    needed = graph.live([out.id for out in outputs])
    reached = graph.reached([x.id for x in inputs])
    return [identity for identity in needed if identity in reached]


def zeros_like(x: Value) -> Value:
    """Zeros of the type of ``x``."""
    return full(x.graph, np.zeros((), x.dtype), x.shape)


def _tangent(out: Value, moved: dict[int, Value]) -> Value | None:
    """The tangent of one node from those of its operands; None where it does not move."""
    node = out.node
    op, attributes = OPS[node.op.name], dict(node.attributes)
    operands = [Value(out.graph, operand) for operand in node.operands]
    tangents = [moved.get(operand) for operand in node.operands]
    if isinstance(op.rules, Joint):
        return _joint_tangent(op, op.rules, operands, tangents, attributes)
    total: Value | None = None
    for position, t in enumerate(tangents):
        if t is None:
            continue
        rule = op.rules[position] if isinstance(op.rules, tuple) else op.rules
        if isinstance(rule, Tangent):
            term = rule.rule(t, out, *operands, **attributes)
        elif isinstance(rule, Linear):
            term = op(*operands[:position], t, *operands[position + 1 :], **attributes)
        else:
            raise DifferentiationError(f"{op.name} has no derivative in operand {position}\n  {node.source}")
        total = term if total is None else total + term
    return total


def _joint_tangent(
    op: Op, rule: Joint, operands: list[Value], tangents: list[Value | None], attributes: dict[str, object]
) -> Value | None:
    over = range(len(operands)) if rule.over is None else rule.over
    moving = [position for position in over if tangents[position] is not None]
    if not moving:
        return None
    if len(moving) == 1 and rule.alone is not None:
        t = tangents[moving[0]]
        assert t is not None  # it is among the moving ones
        return rule.alone[list(over).index(moving[0])](t)
    replaced = [
        x if position not in over else (tangents[position] or zeros_like(x)) for position, x in enumerate(operands)
    ]
    return op(*replaced, **attributes)
