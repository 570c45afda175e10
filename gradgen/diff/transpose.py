"""Reverse mode: linearize, then transpose the linear part.

The linear part are the nodes that depend on the tangent inputs. Walking it backwards, each op's
`Linear` or `Joint` rule pulls the cotangent of a node back to its operands. A static graph needs no
tape: the values that cross from the nonlinear part into the linear one are the values to save.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradgen.diff.linearize import path, push_forward, zeros_like
from gradgen.errors import DifferentiationError
from gradgen.ir import ADJOINT, Graph
from gradgen.ops import OPS, Joint, Linear, Value
from gradgen.ops.leaf import input_op

__all__ = ["placeholder", "pull_back", "transpose"]


def placeholder(like: Value) -> Value:
    """A new variable of the type of ``like``, which a transform differentiates by and then replaces."""
    graph = like.graph
    return input_op.leaf(graph, serial=len(graph), type=like.type)


def pull_back(outputs: Sequence[Value], inputs: Sequence[Value], cotangents: Sequence[Value]) -> list[Value]:
    """The cotangents of ``inputs`` when those of ``outputs`` are given.

    Parameters
    ----------
    outputs, inputs : sequence of Value
        Values of one graph; the outputs as functions of the inputs, everything else held.
    cotangents : sequence of Value
        One for each output, of its type.

    Returns
    -------
    list of Value
        One for each input, of its type; zeros where no output depends on it.
    """
    if not outputs:
        return [zeros_like(x) for x in inputs]
    graph = outputs[0].graph
    tangents = []
    for x in inputs:
        tangents.append(placeholder(x))
        if x.id in graph.names:
            graph.names[tangents[-1].id] = f"{graph.names[x.id]}_dot"
    moved = push_forward(outputs, inputs, tangents, sweep=ADJOINT)
    return transpose(moved, tangents, cotangents)


def transpose(outputs: Sequence[Value], inputs: Sequence[Value], cotangents: Sequence[Value]) -> list[Value]:
    """The transpose of a linear function: from cotangents of its outputs to those of its inputs."""
    graph = outputs[0].graph
    pulled: dict[int, Value] = {}
    first = len(graph)
    for out, ct in zip(outputs, cotangents, strict=True):
        _accumulate(pulled, out.id, ct)
    linear = path(outputs, inputs)
    members = set(linear)
    ends = {x.id for x in inputs}
    for identity in reversed(linear):
        if identity not in pulled:
            continue
        _name(graph, identity, pulled[identity], first)
        if identity in ends:
            continue
        graph.source, graph.sweep = graph[identity].source, ADJOINT
        for operand, ct in _merged(_pull(Value(graph, identity), pulled[identity], members)):
            _accumulate(pulled, operand, ct)
    return [pulled[x.id] if x.id in pulled else zeros_like(x) for x in inputs]


def _merged(pulled: list[tuple[int, Value]]) -> list[tuple[int, Value]]:
    """What goes to one operand in two places, as in ``x * x``, added first: it often becomes one product."""
    total: dict[int, Value] = {}
    for operand, ct in pulled:
        total[operand] = total[operand] + ct if operand in total else ct
    return list(total.items())


def _accumulate(pulled: dict[int, Value], identity: int, ct: Value) -> None:
    pulled[identity] = pulled[identity] + ct if identity in pulled else ct


def _name(graph: Graph, linear: int, ct: Value, first: int) -> None:
    """Call the finished cotangent of what is called ``x_dot`` in the linear part ``x_bar``, if it is new."""
    name = graph.names.get(linear, "")
    if name.endswith("_dot") and ct.id >= first:
        graph.names.setdefault(ct.id, f"{name.removesuffix('_dot')}_bar")


def _pull(out: Value, ct: Value, linear: set[int]) -> list[tuple[int, Value]]:
    """The cotangents that one node of the linear part passes on to its operands in that part."""
    node = out.node
    op, attributes = OPS[node.op.name], dict(node.attributes)
    operands = [Value(out.graph, operand) for operand in node.operands]
    if isinstance(op.rules, Joint):
        over = range(len(operands)) if op.rules.over is None else op.rules.over
        pulled = op.rules.transpose(ct, *operands, **attributes)
        found = zip(over, pulled, strict=True)
        return [(node.operands[position], value) for position, value in found if node.operands[position] in linear]
    result = []
    for position, operand in enumerate(node.operands):
        if operand in linear:
            rule = op.rules[position] if isinstance(op.rules, tuple) else op.rules
            if not isinstance(rule, Linear):
                raise DifferentiationError(f"{op.name} is not linear in operand {position}: a wrong rule\n  {node.source}")
            result.append((operand, rule.transpose(ct, *operands, **attributes)))
    return result
