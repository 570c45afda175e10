"""What is written on the card of a value, and how large it is in memory."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gradgen.ir import Dim, Graph, Type, constant_array
from gradgen.lower.plan import Plan
from gradgen.ops import OPS
from gradgen.ops.lowering import Reshaping, View
from gradgen.picture.boxes import is_noted

__all__ = ["Card", "card", "counted_bytes", "expression", "memory_size"]

SYMBOLS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "÷", "power": "^"}
# Of letters of the two lines of a card, and of the one line of a view.
LETTER, SMALL = 7.3, 6.3
LONGEST = 34


@dataclass(frozen=True)
class Card:
    """The lines of a card, and its size; a value that only looks at another one differently has one line."""

    title: str
    below: str
    width: float
    height: float


def card(graph: Graph, plan: Plan, identity: int) -> Card:
    """What is written on a value: its name or how it is made, then its type."""
    node, name = graph[identity], graph.names.get(identity)
    made = _short(graph, plan, identity)
    if isinstance(OPS[node.op.name].lowering, View | Reshaping) and not name and identity not in graph.outputs:
        text = _cut(f"{made} {node.type}")
        return Card("", text, len(text) * SMALL + 16, 20.0)
    if not node.operands:
        title = name or ("table" if node.op.name == "constant" else made)
        below = f"{node.type}  {memory_size(node.type)}"
    else:
        title, below = (name, f"{made}  {node.type}") if name else (made, str(node.type))
    title, below = _cut(title), _cut(below)
    return Card(title, below, max(len(title) * LETTER, len(below) * SMALL) + 18, 38.0)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _short(graph: Graph, plan: Plan, identity: int) -> str:
    """The op, with the numbers that enter it: ``× 0.5``, ``1 − ·``."""
    node = graph[identity]
    if node.op.name == "contract":
        return f"{node['x_labels']},{node['y_labels']}→{node['labels']}"
    numbers = [_number(graph, operand) if is_noted(graph, plan, operand) else "·" for operand in node.operands]
    if all(number == "·" for number in numbers):
        return SYMBOLS.get(node.op.name, node.op.name)
    symbol = SYMBOLS.get(node.op.name)
    if symbol is None or len(numbers) != 2:
        return f"{node.op.name}({', '.join(numbers)})"
    if node.op.commutative and numbers[1] == "·":
        numbers.reverse()
    return f"{symbol} {numbers[1]}" if numbers[0] == "·" else f"{numbers[0]} {symbol} {numbers[1]}"


def expression(graph: Graph, plan: Plan, identity: int) -> str:
    """How a value is made, with the names of its operands, or with what makes them: ``multiply(y, contract(…))``."""
    node = graph[identity]
    if not node.operands:
        return node.op.name
    operands = [_number(graph, o) if is_noted(graph, plan, o) else _called(graph, o) for o in node.operands]
    attributes = [f"{name}={value}" for name, value in node.attributes if len(str(value)) <= LONGEST]
    return f"{node.op.name}({', '.join([*operands, *attributes])})"


def _called(graph: Graph, identity: int) -> str:
    node = graph[identity]
    return graph.names.get(identity) or (f"{node.op.name}(…)" if node.operands else node.op.name)


def _number(graph: Graph, identity: int) -> str:
    node = graph[identity]
    while node.op.name == "broadcast":
        node = graph[node.operands[0]]
    if node.op.name == "extent":
        return str(node["extent"])
    return f"{constant_array(node)[()]:.4g}".replace("-", "−")


def memory_size(type_: Type) -> str:
    """Its bytes; of named sizes a product.

    Examples
    --------
    >>> from gradgen import f64
    >>> memory_size(f64[569, 30]), memory_size(f64["n", 30])
    ('133 kB', '240·n B')
    """
    fixed = type_.dtype.itemsize * math.prod(extent for extent in type_.shape if not isinstance(extent, Dim))
    open_ = [extent for extent in type_.shape if isinstance(extent, Dim)]
    if open_ and fixed:
        return "·".join([str(fixed), *(f"({dim})" if dim.offset else str(dim) for dim in open_)]) + " B"
    return counted_bytes(fixed)


def counted_bytes(count: float) -> str:
    """A number of bytes, to three digits."""
    if count < 1024:
        return f"{count:.0f} B"
    power = min(int(math.log(count, 1024)), 3)
    return f"{count / 1024**power:.3g} {('kB', 'MB', 'GB')[power - 1]}"
