"""`checkpoint` on the graph: enclose a computation when it is traced, open it again when its adjoint is made.

    x ─ entry ─ … ─ y ─ checkpoint            the forward sweep: y is there, what lies between is not saved
    x ─ entry(x, ct) ─ … ─ adjoint of … ─     the adjoint sweep: begins again from x once ct is known

A second entry with the cotangent as operand is another node than the first, so nothing of the repetition is one
with the original, and it cannot be scheduled before the cotangent. The adjoint is enclosed again: so its own
derivatives compute it again too.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import NamedTuple

from gradgen.diff.mask import Masked
from gradgen.diff.substitute import placeholder, substitute
from gradgen.ops import OPS, Value

__all__ = ["Reopened", "checkpointed", "enclose", "enter", "reopen"]


def enter(arguments: Sequence[Value]) -> list[Value]:
    """The arguments of a call that is to be enclosed, as it gets them."""
    call = len(arguments[0].graph) if arguments else 0
    return [OPS["checkpoint_entry"](x, call=call) for x in arguments]


def enclose(outputs: Sequence[Value], entries: Sequence[Value], first: int) -> list[Value]:
    """The outputs of a call, to be computed again by derivatives.

    Parameters
    ----------
    outputs : sequence of Value
        What the call gives.
    entries : sequence of Value
        What `enter` made of its arguments.
    first : int
        Older nodes were there before the call: what it knows of them becomes an argument.
    """
    if not outputs:
        return []
    graph = outputs[0].graph
    values = {entry.id: entry for entry in entries}
    known = [Value(graph, node) for node in _known(outputs, values, first) if not graph.is_constant(node)]
    values.update((x.id, entry) for x, entry in zip(known, enter(known), strict=True))
    inside = substitute(outputs, values) if known else outputs
    held = _unlike(values.values())
    return [OPS["checkpoint"](out, *held, linear=0) for out in inside] if held else list(outputs)


def _known(outputs: Sequence[Value], entries: Container[int], first: int) -> list[int]:
    """What the call used that is neither an argument nor its own: older nodes, and inputs."""
    graph = outputs[0].graph
    todo = [out.id for out in outputs]
    seen, known = set(todo), []
    while todo:
        identity = todo.pop()
        if identity in entries:
            continue
        if identity < first or graph[identity].op.name == "input":
            known.append(identity)
            continue
        new = [operand for operand in graph[identity].operands if operand not in seen]
        seen.update(new)
        todo += new
    return sorted(known)


def _unlike(values: Iterable[Value]) -> list[Value]:
    """Each value once."""
    return list({value.id: value for value in values}.values())


def checkpointed(out: Value, tangents: Sequence[Masked | None]) -> Masked | None:
    """The tangent of a checkpoint or an entry: enclosed likewise, with the tangents of the entries as further ones."""
    t, op = tangents[0], OPS[out.node.op.name]
    if t is None:
        return None
    others = [Value(out.graph, operand) for operand in out.node.operands[1:]]
    if op.name == "checkpoint_entry":
        return _each(t, lambda value: op(value, *others, call=out.node["call"]))
    return _each(t, _encloses(others, [moved for moved in tangents[1:] if moved is not None]))


def _encloses(entries: Sequence[Value], linear: Sequence[Masked]) -> Callable[[Value], Value]:
    """What encloses a value computed from entries, and linear in some further ones, which have their masks."""
    moving = _unlike([entry.value for entry in linear])
    held = _unlike([*entries, *[entry.mask for entry in linear if entry.mask is not None]])
    return lambda value: OPS["checkpoint"](value, *held, *moving, linear=len(moving))


def _each(x: Masked, function: Callable[[Value], Value]) -> Masked:
    """A function of a value and of its mask."""
    return x.moved(function(x.value), None if x.mask is None else function(x.mask))


class Reopened(NamedTuple):
    """The linear part of a checkpointed computation, made of values that are computed again.

    Parameters
    ----------
    outputs, inputs : list of Value
        What is transposed.
    cotangents : list of Masked
        Those of the outputs, entered.
    targets : tuple of int
        For each input the node that gets its cotangent.
    held : list of Value
        The entries of what the adjoint is made of, besides the cotangents.
    """

    outputs: list[Value]
    inputs: list[Value]
    cotangents: list[Masked]
    targets: tuple[int, ...]
    held: list[Value]

    def closed(self, ct: Masked) -> Masked:
        """A cotangent of an input, enclosed with all that was computed again for it."""
        return _each(ct, _encloses(self.held, self.cotangents))


def reopen(tangents: Sequence[Value], cotangents: Sequence[Masked]) -> Reopened:
    """Compute again, once the cotangents are known, what some tangents of one checkpoint are made of.

    Parameters
    ----------
    tangents : sequence of Value
        ``checkpoint`` nodes with the same entries, linear in some of these.
    cotangents : sequence of Masked
        One for each.
    """
    graph, node = tangents[0].graph, tangents[0].node
    split = len(node.operands) - node["linear"]
    late = [ct.value for ct in cotangents if not graph.is_constant(ct.value.id)]
    held = {entry: _again(Value(graph, entry), late) for entry in node.operands[1:split]}
    inputs = [placeholder(Value(graph, entry)) for entry in node.operands[split:]]
    values = {**held, **dict(zip(node.operands[split:], inputs, strict=True))}
    outputs = substitute([Value(graph, tangent.node.operands[0]) for tangent in tangents], values)
    entered = [_each(ct, lambda value: enter([value])[0]) for ct in cotangents]
    return Reopened(outputs, inputs, entered, node.operands[split:], list(held.values()))


def _again(entry: Value, late: Sequence[Value]) -> Value:
    """An entry whose value is used only when some others are known."""
    if not late or entry.node.op.name != "checkpoint_entry":
        return entry  # nothing to wait for, or known beforehand
    return OPS["checkpoint_entry"](Value(entry.graph, entry.node.operands[0]), *late, call=entry.node["call"])
