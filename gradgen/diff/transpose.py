"""Reverse mode: linearize, then transpose the linear part.

The linear part are the nodes that depend on the tangent inputs. Walking it backwards, each op's
`Linear` or `Joint` rule pulls the cotangent of a node back to its operands. A static graph needs no
tape: the values that cross from the nonlinear part into the linear one are the values to save.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradgen.diff.checkpoint import reopen
from gradgen.diff.linearize import path, push_forward, zeros_like
from gradgen.diff.mask import MOVES, Masked, is_plain_product, total
from gradgen.diff.substitute import placeholder
from gradgen.errors import DifferentiationError
from gradgen.ir import ADJOINT, Graph
from gradgen.ops import OPS, Joint, Linear, Op, Value
from gradgen.ops.comparison import astype, logical_not, not_equal
from gradgen.ops.lowering import Assembly, Waiting

__all__ = ["pull_back", "transpose"]


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
    pulled = _walk(outputs, inputs, [Masked(ct) for ct in cotangents])
    return [pulled[x.id].plain() if x.id in pulled else zeros_like(x) for x in inputs]


def _walk(outputs: Sequence[Value], inputs: Sequence[Value], cotangents: Sequence[Masked]) -> dict[int, Masked]:
    """The cotangent of every node of a linear function that gets one."""
    graph = outputs[0].graph
    pulled: dict[int, Masked] = {}
    first = len(graph)
    for out, ct in zip(outputs, cotangents, strict=True):
        _accumulate(pulled, out.id, ct)
    linear = path(outputs, inputs)
    members = set(linear)
    ends = {x.id for x in inputs}
    together = _checkpoints(graph, linear)
    for identity in reversed(linear):
        graph.source, graph.sweep = graph[identity].source, ADJOINT
        if identity in together:
            parts = _pull_again(graph, together[identity], pulled)
        elif identity not in pulled or graph[identity].op.name == "checkpoint":
            continue
        else:
            _name(graph, identity, pulled[identity].value, first)
            parts = [] if identity in ends else _pull(Value(graph, identity), pulled[identity], members)
        for operand, part in _merged(parts):
            _accumulate(pulled, operand, part)
    return pulled


def _checkpoints(graph: Graph, linear: Sequence[int]) -> dict[int, list[int]]:
    """The results of each checkpointed computation, by the first of them: there the cotangents of all are known."""
    by_entries: dict[tuple[int, ...], list[int]] = {}
    for identity in linear:
        if graph[identity].op.name == "checkpoint":
            by_entries.setdefault(graph[identity].operands[1:], []).append(identity)
    return {results[0]: results for results in by_entries.values()}


def _pull_again(graph: Graph, results: Sequence[int], pulled: dict[int, Masked]) -> list[tuple[int, Masked]]:
    """The cotangents that a checkpointed computation passes on to its entries, what it saved none of computed again."""
    found = [identity for identity in results if identity in pulled]
    if not found:
        return []
    opened = reopen([Value(graph, identity) for identity in found], [pulled[identity] for identity in found])
    inner = _walk(opened.outputs, opened.inputs, opened.cotangents)
    pairs = zip(opened.targets, opened.inputs, strict=True)
    return [(target, opened.closed(inner[x.id])) for target, x in pairs if x.id in inner]


def _merged(pulled: list[tuple[int, Masked]]) -> list[tuple[int, Masked]]:
    """What goes to one operand in two places, as in ``x * x``, added first: it often becomes one product."""
    merged: dict[int, Masked] = {}
    for operand, ct in pulled:
        _accumulate(merged, operand, ct)
    return list(merged.items())


def _accumulate(pulled: dict[int, Masked], identity: int, ct: Masked) -> None:
    pulled[identity] = total(pulled[identity], ct) if identity in pulled else ct


def _name(graph: Graph, linear: int, ct: Value, first: int) -> None:
    """Call the finished cotangent of what is called ``x_dot`` in the linear part ``x_bar``, if it is new."""
    name = graph.names.get(linear, "")
    if name.endswith("_dot") and ct.id >= first:
        graph.names.setdefault(ct.id, f"{name.removesuffix('_dot')}_bar")


def _pull(out: Value, ct: Masked, linear: set[int]) -> list[tuple[int, Masked]]:
    """The cotangents that one node of the linear part passes on to its operands in that part."""
    op = OPS[out.node.op.name]
    operands = [Value(out.graph, operand) for operand in out.node.operands]
    pull = _pull_together if isinstance(op.rules, Joint) else _pull_each
    found = pull(op, operands, ct, dict(out.node.attributes), linear, out)
    return [(operands[position].id, value) for position, value in found if operands[position].id in linear]


def _pull_together(
    op: Op, operands: list[Value], ct: Masked, attributes: dict[str, Any], linear: set[int], out: Value
) -> list[tuple[int, Masked]]:
    """What a joint rule gives; a choice is where a mask begins."""
    if op.name == "where":
        condition = operands[0]
        return [(1, ct.behind(condition)), (2, ct.behind(logical_not(condition)))]
    assert isinstance(op.rules, Joint)
    over = op.rules.positions(len(operands), attributes)
    follows = ct.mask is not None and (op.is_elementwise or isinstance(op.lowering, Assembly | Waiting))
    pulled = op.rules.transpose(ct.value if follows else ct.plain(), *operands, **attributes)
    masks: Sequence[Value | None] = [ct.mask if follows else None] * len(pulled)
    if follows and ct.mask is not None and not op.is_elementwise:
        masks = op.rules.transpose(ct.mask, *operands, **attributes)
    return [(position, ct.moved(value, mask)) for position, value, mask in zip(over, pulled, masks, strict=True)]


def _pull_each(
    op: Op, operands: list[Value], ct: Masked, attributes: dict[str, Any], linear: set[int], out: Value
) -> list[tuple[int, Masked]]:
    """What the rules of the operands in the linear part give."""
    result = []
    for position, operand in enumerate(operands):
        if operand.id in linear:
            rule = op.rules[position] if isinstance(op.rules, tuple) else op.rules
            if not isinstance(rule, Linear):
                raise DifferentiationError(
                    f"{op.name} is not linear in operand {position}: a wrong rule\n  {out.node.source}"
                )
            result.append((position, _transposed(op, rule, position, operands, ct, attributes)))
    return result


def _transposed(
    op: Op, rule: Linear, position: int, operands: list[Value], ct: Masked, attributes: dict[str, Any]
) -> Masked:
    """The cotangent of one operand; a mask goes along through elementwise work and moves."""

    def pulled(value: Value) -> Value:
        return rule.transpose(value, *operands, **attributes)

    if ct.mask is None:
        return Masked(pulled(ct.value))
    if op.is_elementwise:
        return Masked(pulled(ct.value), ct.mask, ct.zeroed and is_plain_product(op, operands, position))
    if op.name == "broadcast":
        axes = tuple(axis for axis in range(ct.value.ndim) if axis not in attributes["axes"])
        return ct.summed(pulled(ct.plain()), axes)
    if op.name == "gather":
        arrived = pulled(astype(ct.mask, dtype="<i8"))
        return Masked(pulled(ct.plain()), not_equal(arrived, 0), zeroed=True)
    if op.name in (*MOVES, "sum", "scatter"):
        return ct.moved(pulled(ct.value), pulled(ct.mask))
    return Masked(pulled(ct.plain()))
