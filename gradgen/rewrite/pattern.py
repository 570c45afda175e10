"""A small language for patterns: placeholders, numbers and op calls, written as algebra.

    pattern = placeholder | number | every(pattern) | op(pattern, …) | any_call(op) | CallOf(op)

>>> x, y = placeholders("x y")
>>> exp = call("exp")
>>> print(exp(x) / (1.0 + exp(-y)))
divide(exp(x), add(1.0, exp(negative(y))))

A number matches a scalar constant and its broadcast to any shape, so one rule serves every shape;
``every(s)`` matches the broadcast of a scalar. A placeholder that occurs twice stands for one node:
equal work is one node, so this is equality. Operands of commutative ops match in either order.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from gradgen.errors import GradgenError
from gradgen.ir import Graph, constant_array
from gradgen.ops import OPS, Value

__all__ = [
    "Call",
    "CallOf",
    "Every",
    "Number",
    "Pattern",
    "Placeholder",
    "any_call",
    "call",
    "every",
    "number",
    "number_of",
    "placeholders",
    "spread",
]

# Ops whose operands match in either order; a rule for `contract` sees from the labels which was which.
COMMUTATIVE = frozenset(
    {"add", "contract", "equal", "logaddexp", "logical_and", "logical_or", "maximum", "minimum", "multiply"}
)

Bound = dict[str, int]


class Pattern:
    """A form that a value may have; operators make calls of the ops they mean."""

    def __add__(self, other: Pattern | float) -> Call:
        return call("add")(self, other)

    def __radd__(self, other: float) -> Call:
        return call("add")(other, self)

    def __sub__(self, other: Pattern | float) -> Call:
        return call("subtract")(self, other)

    def __rsub__(self, other: float) -> Call:
        return call("subtract")(other, self)

    def __mul__(self, other: Pattern | float) -> Call:
        return call("multiply")(self, other)

    def __rmul__(self, other: float) -> Call:
        return call("multiply")(other, self)

    def __truediv__(self, other: Pattern | float) -> Call:
        return call("divide")(self, other)

    def __rtruediv__(self, other: float) -> Call:
        return call("divide")(other, self)

    def __pow__(self, other: Pattern | float) -> Call:
        return call("power")(self, other)

    def __neg__(self) -> Call:
        return call("negative")(self)

    @property
    def heads(self) -> tuple[str, ...]:
        """The ops that a match can be made by; none if any."""
        return ()

    def may_match(self, key: tuple[str, ...]) -> bool:
        """Whether a node can have this form whose op, and those of its operands, are ``key``."""
        return not self.heads or key[0] in self.heads

    def variants(self) -> Iterator[Pattern]:
        """This pattern with the operands of commutative ops in every order."""
        yield self

    def match(self, graph: Graph, identity: int, bound: Bound) -> bool:
        """Whether the node has this form; what the placeholders stand for is added to ``bound``."""
        raise NotImplementedError

    def build(self, bound: dict[str, Value]) -> Value | float:
        """The value of this form, made of what the placeholders stand for."""
        raise GradgenError(f"{self} says too little to build anything")


def _bind(bound: Bound, name: str, identity: int) -> bool:
    return not name or bound.setdefault(name, identity) == identity


@dataclass(frozen=True)
class Placeholder(Pattern):
    """Stands for any value, or any that satisfies ``when``."""

    name: str
    when: Callable[[Value], bool] | None = None

    def match(self, graph: Graph, identity: int, bound: Bound) -> bool:
        return (self.when is None or self.when(Value(graph, identity))) and _bind(bound, self.name, identity)

    def build(self, bound: dict[str, Value]) -> Value:
        return bound[self.name]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Number(Pattern):
    """A scalar constant or its broadcast: the given number, or one that satisfies ``when``, bound to ``name``."""

    value: float | None = None
    name: str = ""
    when: Callable[[Any], bool] | None = None

    @property
    def heads(self) -> tuple[str, ...]:
        return ("constant", "broadcast")

    def match(self, graph: Graph, identity: int, bound: Bound) -> bool:
        node = graph[identity]
        if node.op.name == "broadcast":
            identity = node.operands[0]
            node = graph[identity]
        if node.op.name != "constant" or node.type.shape:
            return False
        found = _scalar(node["data"], node["dtype"])
        if (self.value is not None and found != self.value) or (self.when is not None and not self.when(found)):
            return False
        return _bind(bound, self.name, identity)

    def build(self, bound: dict[str, Value]) -> Value | float:
        return spread(bound[self.name], bound["root"]) if self.value is None else self.value

    def __str__(self) -> str:
        return self.name or str(self.value)


@dataclass(frozen=True)
class Every(Pattern):
    """The broadcast of a scalar of the form ``scalar``."""

    scalar: Pattern

    @property
    def heads(self) -> tuple[str, ...]:
        return ("broadcast",)

    def variants(self) -> Iterator[Pattern]:
        return map(Every, self.scalar.variants())

    def match(self, graph: Graph, identity: int, bound: Bound) -> bool:
        node = graph[identity]
        if node.op.name != "broadcast" or graph[node.operands[0]].type.shape:
            return False
        return self.scalar.match(graph, node.operands[0], bound)

    def build(self, bound: dict[str, Value]) -> Value:
        scalar = self.scalar.build(bound)
        assert isinstance(scalar, Value)  # a number needs no `every`
        return spread(scalar, bound["root"])

    def __str__(self) -> str:
        return f"every({self.scalar})"


@dataclass(frozen=True)
class CallOf(Pattern):
    """A call of any op whose operands, one at least, are all made by the op ``head``."""

    head: str

    def may_match(self, key: tuple[str, ...]) -> bool:
        return len(key) > 1 and key.count(self.head) - (key[0] == self.head) == len(key) - 1

    def match(self, graph: Graph, identity: int, bound: Bound) -> bool:
        operands = graph[identity].operands
        return bool(operands) and all(graph[operand].op.name == self.head for operand in operands)

    def __str__(self) -> str:
        return f"...({self.head}(...), ...)"


@dataclass(frozen=True)
class Call(Pattern):
    """A call of an op; ``operands`` None for any. ``name`` binds the node, for its attributes."""

    op: str
    operands: tuple[Pattern, ...] | None
    name: str = ""

    def named(self, name: str) -> Call:
        """The same pattern, its node bound to ``name``."""
        return replace(self, name=name)

    @property
    def heads(self) -> tuple[str, ...]:
        return (self.op,)

    def may_match(self, key: tuple[str, ...]) -> bool:
        if self.op != key[0] or self.operands is None:
            return self.op == key[0]
        heads = [operand.heads for operand in self.operands]
        return len(heads) == len(key) - 1 and all(not h or op in h for h, op in zip(heads, key[1:], strict=True))

    def variants(self) -> Iterator[Pattern]:
        if self.operands is None:
            yield self
            return
        for operands in product(*[list(operand.variants()) for operand in self.operands]):
            yield replace(self, operands=operands)
            if self.op in COMMUTATIVE and operands[0] != operands[1]:
                yield replace(self, operands=operands[::-1])

    def match(self, graph: Graph, identity: int, bound: Bound) -> bool:
        node = graph[identity]
        if node.op.name != self.op:
            return False
        if self.operands is not None:
            if len(self.operands) != len(node.operands):
                return False
            for pattern, operand in zip(self.operands, node.operands, strict=True):
                if not pattern.match(graph, operand, bound):
                    return False
        return _bind(bound, self.name, identity)

    def build(self, bound: dict[str, Value]) -> Value | float:
        if self.operands is None:
            return super().build(bound)
        return OPS[self.op](*[operand.build(bound) for operand in self.operands])

    def __str__(self) -> str:
        return f"{self.op}({'...' if self.operands is None else ', '.join(map(str, self.operands))})"


def placeholders(names: str) -> list[Placeholder]:
    """Placeholders of these names, separated by spaces."""
    return [Placeholder(name) for name in names.split()]


def number(value: float | str, when: Callable[[Any], bool] | None = None) -> Number:
    """The constant ``value``, or, given a name, any constant (that satisfies ``when``)."""
    return Number(name=value, when=when) if isinstance(value, str) else Number(value)


def every(scalar: Pattern) -> Every:
    """The broadcast of a scalar; in a replacement, of the shape of the root."""
    return Every(scalar)


def call(op: str) -> Callable[..., Call]:
    """The op ``op`` as a function of patterns; Python numbers stand for themselves."""

    def of(*operands: Pattern | float) -> Call:
        return Call(op, tuple([x if isinstance(x, Pattern) else Number(x) for x in operands]))

    return of


def any_call(op: str, name: str) -> Call:
    """Any call of an op, bound to ``name``."""
    return Call(op, None, name)


def spread(scalar: Value, like: Value) -> Value:
    """A scalar repeated to the shape of ``like``."""
    return OPS["broadcast"](scalar, shape=like.shape, axes=()) if like.shape else scalar


@functools.lru_cache(maxsize=4096)
def _scalar(data: bytes, dtype: str) -> Any:
    return np.frombuffer(data, dtype=dtype)[0]


def number_of(constant: Value) -> Any:
    """The NumPy scalar that a constant without axes holds."""
    return constant_array(constant.node)[()]
