"""The rules of `custom_jvp` and `custom_vjp` as derivatives ask them, in batches and nested transforms too.

A rule may know values of the function around it. When variables of a transform are replaced, or go along
a batch, what the rule gives follows: `_Replaced` and `_Batched` say so, and stack to any depth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from gradgen.api.arguments import Function, function_name, leaf_values, matching, spread, unflatten
from gradgen.api.calls import Arguments, packed_type, unpack, without_motion
from gradgen.diff import batch, path, placeholder, substitute, zeros_like
from gradgen.errors import ArgumentError, DifferentiationError
from gradgen.ir import Extent, Graph, Type
from gradgen.ops import OPS, Joint, Linear, Value
from gradgen.ops.custom import CustomRule
from gradgen.ops.leaf import input_op
from gradgen.ops.lowering import Waiting
from gradgen.trace import TracedArray, Tree

__all__ = ["BackwardRule", "ForwardRule"]

# Nodes by nodes, as something to hash.
Pairs = tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class _Rule:
    """What rules have in common: the call they are for."""

    f: Function
    arguments: Arguments
    result: Tree
    types: tuple[Type, ...]
    call: int

    def __repr__(self) -> str:
        return f"rule of {self.name}"

    @property
    def name(self) -> str:
        """The function's name."""
        return function_name(self.f)

    @property
    def packed(self) -> Type:
        """All results in one array."""
        return packed_type(self.types)

    def released(self, tangent: Value) -> Value:
        """A tangent by something else, in which the arguments may move again, wherever rewriting took them."""
        graph = tangent.graph
        nodes = [(identity, graph[identity]) for identity in graph.between((), [tangent.id])]
        own = [(at, node) for at, node in nodes if node.op.name == "held" and node["call"] == self.call]
        return substitute([tangent], {at: Value(graph, node.operands[0]) for at, node in own})[0]

    def batched(self, size: Extent, entries: Mapping[int, Value]) -> _Batched:
        """The rule for many entries at once."""
        return _Batched(self, _pairs(entries), size)  # type: ignore[arg-type]  # each kind of rule is one

    def replaced(self, values: Mapping[int, Value]) -> _Replaced:
        """The rule with values in the place of variables."""
        return _Replaced(self, _pairs(values))  # type: ignore[arg-type]  # likewise

    def check_value(self, value: Any, rule: str) -> None:
        """Refuse a value that is not of the types of the function's."""
        leaves, tree = leaf_values(value)
        if tree != self.result or tuple(leaf.type for leaf in leaves) != self.types:
            got, expected = (", ".join(map(str, types)) for types in ([leaf.type for leaf in leaves], self.types))
            raise DifferentiationError(
                f"{self.name}: the {rule} rule gives a value of {got} where the function gives {expected}, "
                "or structures it otherwise"
            )


def _pair(given: Any, what: str) -> tuple[Any, Any]:
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise DifferentiationError(f"{what}, not {given!r}")
    return given[0], given[1]


@contextmanager
def _blaming(rule: str) -> Iterator[None]:
    """Errors of a check name the rule that is wrong."""
    try:
        yield
    except ArgumentError as error:
        raise DifferentiationError(f"{rule}: {error}") from None


@dataclass(frozen=True, eq=False, repr=False)
class ForwardRule(_Rule):
    """The rule of a `custom_jvp`: ``jvp(primals, tangents)`` gives value and tangent."""

    jvp: Function
    only_reverse = False

    def tangent(self, number: int, operands: Sequence[Value], tangents: Sequence[Value | None]) -> Value:
        """The tangent of result ``number``."""
        directions = [placeholder(x) if x.type.is_real else zeros_like(x) for x in operands]
        given = self.jvp(self.arguments.filled(operands), self.arguments.filled(directions, without_motion))
        value, moved = _pair(given, f"{self.name}: the jvp rule must return a pair (value, tangent)")
        self.check_value(value, "jvp")
        with _blaming(f"{self.name}: the jvp rule"):
            leaf = matching(moved, value, "the tangent")[number]
        variables = [d for d in directions if d.type.is_real]
        _check_linear(leaf, variables, self.name)
        actual = {d.id: zeros_like(d) if t is None else t for d, t in zip(directions, tangents, strict=True)}
        return substitute([leaf], {d.id: actual[d.id] for d in variables})[0]

    def transpose(self, ct: Value, operands: Sequence[Value]) -> Sequence[Value]:
        """Not asked: what this rule gives is transposed op by op."""
        raise DifferentiationError(f"{self.name}: its rule is a forward one")


@dataclass(frozen=True, eq=False, repr=False)
class BackwardRule(_Rule):
    """The rule of a `custom_vjp`: ``forward(*args)`` gives value and what ``backward(saved, ct)`` needs."""

    forward: Function
    backward: Function
    only_reverse = True

    def tangent(self, number: int, operands: Sequence[Value], tangents: Sequence[Value | None]) -> Value:
        """The tangent of result ``number``: one node for all results, of which only the transpose is known."""
        moved = [zeros_like(x) if t is None else t for x, t in zip(operands, tangents, strict=True)]
        return unpack(OPS["custom_tangent"](*operands, *moved, rule=self), self.types, number)

    def transpose(self, ct: Value, operands: Sequence[Value]) -> Sequence[Value]:
        """The cotangents of the operands for those of all results, packed."""
        given = self.forward(*self.arguments.filled(operands))
        value, saved = _pair(given, f"{self.name}: the forward rule must return a pair (value, saved)")
        self.check_value(value, "forward")
        cotangents = [unpack(ct, self.types, number) for number in range(len(self.types))]
        pulled = self.backward(saved, unflatten(self.result, cotangents))
        return self._cotangents(pulled, operands)

    def _cotangents(self, given: Any, operands: Sequence[Value]) -> list[Value]:
        tree = self.arguments.tree
        if not isinstance(given, tuple | list) or len(given) != len(tree.children):
            many = f"{len(tree.children)} cotangent{'s' if len(tree.children) != 1 else ''}, one for each argument"
            raise DifferentiationError(f"{self.name}: the backward rule must return a tuple of {many}, not {given!r}")
        with _blaming(f"{self.name}: the backward rule"):
            entries = self.arguments.chosen(spread(tuple(given), tree, lambda entry: entry is None))
            return [_cotangent(entry, x) for entry, x in zip(entries, operands, strict=True)]


def _cotangent(entry: Any, x: Value) -> Value:
    """A cotangent that a rule returned; None stands for zeros."""
    if entry is None or not x.type.is_real:
        return zeros_like(x)
    return matching(entry, TracedArray(x), "a cotangent")[0]


def _check_linear(tangent: Value, directions: Sequence[Value], name: str) -> None:
    """Refuse what is no derivative: each op on the way from the directions must be linear in what moves."""
    members = path([tangent], directions)
    moving, ends = set(members), {d.id for d in directions}
    for identity in members:
        if identity not in ends and not _is_linear(Value(tangent.graph, identity), moving):
            node = tangent.graph[identity]
            raise DifferentiationError(
                f"{name}: the jvp rule is not linear in the tangents, see {node.op.name}\n  {node.source}"
            )


def _is_linear(out: Value, moving: set[int]) -> bool:
    op, node = OPS[out.node.op.name], out.node
    places = [place for place, operand in enumerate(node.operands) if operand in moving]
    if isinstance(op.lowering, Waiting):
        return 0 in places
    if isinstance(op.rules, Joint):
        return set(places) <= set(op.rules.positions(len(node.operands), dict(node.attributes)))
    return isinstance(op.rules, tuple) and len(places) == 1 and isinstance(op.rules[places[0]], Linear)


# --- rules that know values of the function around them --------------------------------------------------


def _pairs(values: Mapping[int, Value]) -> Pairs:
    return tuple((identity, value.id) for identity, value in values.items())


def _values(pairs: Pairs, graph: Graph) -> dict[int, Value]:
    return {identity: Value(graph, value) for identity, value in pairs}


@dataclass(frozen=True)
class _Around:
    """A rule and what became of the variables that it may know."""

    rule: CustomRule
    pairs: Pairs

    @property
    def name(self) -> str:
        """The function's name."""
        return self.rule.name

    @property
    def only_reverse(self) -> bool:
        """Whether only the transpose of the derivative is known."""
        return self.rule.only_reverse

    def released(self, tangent: Value) -> Value:
        """A tangent by something else, in which the arguments may move again."""
        return self.rule.released(tangent)

    def batched(self, size: Extent, entries: Mapping[int, Value]) -> _Batched:
        """The rule for many entries at once."""
        return _Batched(self, _pairs(entries), size)  # type: ignore[arg-type]  # each kind of _Around is a rule

    def replaced(self, values: Mapping[int, Value]) -> _Replaced:
        """The rule with values in the place of variables."""
        return _Replaced(self, _pairs(values))  # type: ignore[arg-type]  # likewise


@dataclass(frozen=True)
class _Replaced(_Around):
    """A rule with values in the place of variables."""

    def __repr__(self) -> str:
        return f"{self.rule!r} elsewhere"

    @property
    def packed(self) -> Type:
        """All results in one array."""
        return self.rule.packed

    def tangent(self, number: int, operands: Sequence[Value], tangents: Sequence[Value | None]) -> Value:
        """The tangent of result ``number``."""
        moved = self.rule.tangent(number, operands, tangents)
        values = _values(self.pairs, moved.graph)
        if self.only_reverse:  # what it knows is asked later, by the transpose
            values = _with_rule_replaced(moved, values)
        return substitute([moved], values)[0]

    def transpose(self, ct: Value, operands: Sequence[Value]) -> Sequence[Value]:
        """The cotangents of the operands."""
        return substitute(self.rule.transpose(ct, operands), _values(self.pairs, ct.graph))


def _with_rule_replaced(moved: Value, values: dict[int, Value]) -> dict[int, Value]:
    """The values, and one in the place of the `custom_tangent` that ``moved`` is unpacked from."""
    made = moved
    while made.node.op.name != "custom_tangent":
        made = Value(made.graph, made.node.operands[0])
    operands = [Value(made.graph, operand) for operand in made.node.operands]
    return {**values, made.id: OPS["custom_tangent"](*operands, rule=made.node["rule"].replaced(values))}


@dataclass(frozen=True)
class _Batched(_Around):
    """A rule applied to every entry of a first axis."""

    size: Extent

    def __repr__(self) -> str:
        return f"{self.rule!r} along {self.size}"

    @property
    def packed(self) -> Type:
        """All results in one array."""
        one = self.rule.packed
        return one.with_shape((self.size, *one.shape))

    def tangent(self, number: int, operands: Sequence[Value], tangents: Sequence[Value | None]) -> Value:
        """The tangent of result ``number``, entry by entry."""
        moved = [t for t in tangents if t is not None]
        single, directions = [_entry(x) for x in operands], iter([_entry(t) for t in moved])
        given = [None if t is None else next(directions) for t in tangents]
        one = self.rule.tangent(number, single, given)
        return self._all([one], [*single, *[t for t in given if t is not None]], [*operands, *moved])[0]

    def transpose(self, ct: Value, operands: Sequence[Value]) -> Sequence[Value]:
        """The cotangents of the operands, entry by entry."""
        entries = [ct, *operands]
        single = [_entry(value) for value in entries]
        return self._all(self.rule.transpose(single[0], single[1:]), single, entries)

    def _all(self, results: Sequence[Value], single: Sequence[Value], many: Sequence[Value]) -> list[Value]:
        known = _values(self.pairs, many[0].graph)
        known.update((one.id, all_) for one, all_ in zip(single, many, strict=True))
        return batch(results, known, self.size)


def _entry(many: Value) -> Value:
    """A variable for one entry of the first axis; the same whenever asked, so that equal work stays one node."""
    return input_op.leaf(many.graph, serial=f"of {many.id}", type=many.type.with_shape(many.shape[1:]))
