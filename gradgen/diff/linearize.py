"""Forward mode: push tangents through the graph, node by node, by each op's rule."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from gradgen.diff.checkpoint import checkpointed
from gradgen.diff.mask import MOVES, Masked, is_plain_product, total
from gradgen.errors import DifferentiationError
from gradgen.ir import TANGENT
from gradgen.ops import HELD, OPS, Joint, Linear, Op, Own, Tangent, Value, full
from gradgen.ops.lowering import Assembly, Waiting

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
    moved = {x.id: Masked(t) for x, t in zip(inputs, tangents, strict=True)}
    for identity in path(outputs, inputs):
        if identity in moved or not graph[identity].type.is_real:
            continue
        graph.source, graph.sweep = graph[identity].source, sweep
        before = len(graph)
        tangent = _tangent(Value(graph, identity), moved)
        if tangent is None:
            continue
        moved[identity] = tangent
        if tangent.value.id >= before and identity in graph.names:
            graph.names.setdefault(tangent.value.id, f"{graph.names[identity]}_dot")
    return [moved[out.id].plain() if out.id in moved else zeros_like(out) for out in outputs]


def path(outputs: Sequence[Value], inputs: Sequence[Value]) -> list[int]:
    """The nodes by which the outputs depend on the inputs, in order; both ends included."""
    graph = outputs[0].graph
    reached = graph.reached([x.id for x in inputs])
    todo = [out.id for out in outputs if out.id in reached]
    found = set(todo)
    while todo:  # what is not reached has nothing behind it that is
        new = [operand for operand in graph[todo.pop()].operands if operand in reached and operand not in found]
        found.update(new)
        todo += new
    return sorted(found)


def zeros_like(x: Value) -> Value:
    """Zeros of the type of ``x``."""
    return full(x.graph, np.zeros((), x.dtype), x.shape)


def _tangent(out: Value, moved: dict[int, Masked]) -> Masked | None:
    """The tangent of one node from those of its operands; None where it does not move."""
    node = out.node
    op, attributes = OPS[node.op.name], dict(node.attributes)
    operands = [Value(out.graph, operand) for operand in node.operands]
    tangents = [moved.get(operand) for operand in node.operands]
    if isinstance(op.lowering, Waiting):
        return checkpointed(out, tangents)
    if isinstance(op.rules, Joint):
        return _joint_tangent(op, op.rules, operands, tangents, attributes)
    if isinstance(op.rules, Own):
        plain = [None if t is None else t.plain() for t in tangents]
        moved_by_rule = op.rules.tangent(out, operands, plain, **attributes)
        return None if moved_by_rule is None else Masked(moved_by_rule)
    terms = [
        _term(op, position, t, out, operands, attributes)
        for position, t in enumerate(tangents)
        if t is not None and not (isinstance(op.rules, tuple) and op.rules[position] is HELD)
    ]
    return functools.reduce(total, terms) if terms else None


def _term(op: Op, position: int, t: Masked, out: Value, operands: list[Value], attributes: dict[str, object]) -> Masked:
    """What the tangent of one operand adds to the tangent of the result."""
    rule = op.rules[position] if isinstance(op.rules, tuple) else op.rules
    if isinstance(rule, Tangent):
        value = rule.rule(t.value if op.is_elementwise else t.plain(), out, *operands, **attributes)
        return Masked.of(value).behind(t.mask if op.is_elementwise else None)
    if not isinstance(rule, Linear):
        raise DifferentiationError(f"{op.name} has no derivative in operand {position}\n  {out.node.source}")

    def applied(x: Value) -> Value:
        return op(*operands[:position], x, *operands[position + 1 :], **attributes)

    if t.mask is None:
        return Masked(applied(t.value))
    if op.is_elementwise:
        return Masked(applied(t.value), t.mask, t.zeroed and is_plain_product(op, operands, position))
    if op.name in MOVES:
        return t.moved(applied(t.value), applied(t.mask))
    result = applied(t.plain())
    if op.name == "gather":
        # Its transpose adds up, so the zeros must be in place before it.
        return Masked(result, applied(t.mask), zeroed=True)
    return t.summed(result, attributes["axes"]) if op.name == "sum" else Masked(result)  # type: ignore[arg-type]


def _joint_tangent(
    op: Op, rule: Joint, operands: list[Value], tangents: list[Masked | None], attributes: dict[str, object]
) -> Masked | None:
    over = rule.positions(len(operands), attributes)
    moving = [position for position in over if tangents[position] is not None]
    if not moving:
        return None
    masks = {None if t is None or t.mask is None else t.mask.id for t in (tangents[position] for position in moving)}
    first = tangents[moving[0]]
    assert first is not None  # it is among the moving ones
    if len(moving) == 1 and rule.alone is not None:
        return Masked(rule.alone[list(over).index(moving[0])](first.value), first.mask, first.zeroed)
    shared = op.is_elementwise and len(masks) == 1
    replaced = [
        x if position not in over else _whole(tangents[position], x, shared) for position, x in enumerate(operands)
    ]
    result = Masked.of(op(*replaced, **attributes))
    if shared:
        return result.behind(first.mask)
    return result.behind(_joined(op, tangents, operands, attributes)) if isinstance(op.lowering, Assembly) else result


def _joined(
    op: Op, tangents: list[Masked | None], operands: list[Value], attributes: dict[str, object]
) -> Value | None:
    """The masks of what is put side by side, if there are any."""
    masks = [None if t is None else t.mask for t in tangents]
    if not any(masks):
        return None
    on = [
        full(x.graph, np.asarray(True), x.shape) if mask is None else mask
        for mask, x in zip(masks, operands, strict=True)
    ]
    return op(*on, **attributes)


def _whole(t: Masked | None, x: Value, shared: bool) -> Value:
    """The tangent of an operand that may not move; with its own zeros unless the mask stays with the result."""
    return zeros_like(x) if t is None else t.value if shared else t.plain()
