"""Which values get storage, and which are recomputed inside the expressions that use them.

A value is *stored* when it must be (a result, a reduction, a product, an assembly), or when storing is
cheaper than computing it again where it is used. Everything else is inlined. Whether a stored value
ends up in a register, in a small buffer or in memory is decided later, when loops are known
(`storage`); here "stored" only means "computed once".
"""

from __future__ import annotations

from dataclasses import dataclass

from gradgen.ir import Graph, size_of
from gradgen.lower.product import is_worth_a_call, product_shape
from gradgen.ops import OPS
from gradgen.ops.lowering import (
    Assembly,
    Expression,
    Gather,
    Leaf,
    Lowering,
    Product,
    Reduction,
    Reshaping,
    Routine,
    Scan,
    Scatter,
    View,
    Waiting,
)

__all__ = ["Plan", "is_unit_reshape", "lowering_of", "make_plan", "read_by"]

# Additions that an element may cost before it is kept rather than computed again: about what writing and
# reading eight bytes costs in a loop that memory bounds.
CHEAP = 16
# What these make is always kept.
STORED = (Reduction, Product, Assembly, Scan, Scatter, Routine)
# Chains longer than this are cut, so that expressions stay readable and nothing recurses deeply.
LONGEST = 60
# What reads more than so many large arrays is kept, so that these need not all be alive until it is used: a long sum
# of products, each added to the last, is added up product by product.
MANY, LARGE = 4, 1024


@dataclass(frozen=True)
class Plan:
    """The live nodes in order, the stored ones among them, and how often each value is used."""

    live: tuple[int, ...]
    stored: frozenset[int]
    uses: dict[int, int]


def lowering_of(graph: Graph, identity: int) -> Lowering:
    """The form in which a node's op goes to C."""
    return OPS[graph[identity].op.name].lowering


def read_by(graph: Graph, identity: int) -> tuple[int, ...]:
    """The operands that a value is computed from; others are only waited for."""
    operands = graph[identity].operands
    return operands[:1] if isinstance(lowering_of(graph, identity), Waiting) else operands


def is_unit_reshape(graph: Graph, identity: int) -> bool:
    """Whether a reshape only adds or drops axes of extent 1."""
    node = graph[identity]
    before = [extent for extent in graph[node.operands[0]].type.shape if extent != 1]
    return before == [extent for extent in node.type.shape if extent != 1]


def make_plan(graph: Graph) -> Plan:
    """Decide for every live node."""
    live = graph.live()
    consumers: dict[int, list[int]] = {identity: [] for identity in live}
    for identity in live:
        for operand in dict.fromkeys(read_by(graph, identity)):
            consumers[operand].append(identity)
    uses = {identity: len(users) for identity, users in consumers.items()}
    stored: set[int] = set()
    cost: dict[int, int] = {}
    length: dict[int, int] = {}
    arrays: dict[int, frozenset[int]] = {}
    for identity in live:
        inlined = [operand for operand in read_by(graph, identity) if operand not in stored]
        cost[identity] = _own_cost(graph, identity) + sum(cost[operand] for operand in inlined)
        length[identity] = 1 + max((length[operand] for operand in inlined), default=0)
        arrays[identity] = frozenset().union(*[arrays[operand] for operand in read_by(graph, identity)])
        if isinstance(lowering_of(graph, identity), Leaf):
            cost[identity] = length[identity] = 0
        elif len(arrays[identity]) > MANY or _is_stored(
            graph, identity, consumers[identity], cost[identity], length[identity], stored
        ):
            stored.add(identity)
            cost[identity] = length[identity] = 0
            arrays[identity] = frozenset([identity] if _is_large(graph, identity) else [])
    stored.update(output for output in graph.outputs if not isinstance(lowering_of(graph, output), Leaf))
    return Plan(tuple(live), frozenset(stored), uses)


def _is_large(graph: Graph, identity: int) -> bool:
    size = size_of(graph[identity].type.shape)
    return size is None or size > LARGE


def _own_cost(graph: Graph, identity: int) -> int:
    lowering = lowering_of(graph, identity)
    return lowering.cost if isinstance(lowering, Expression) else 0


def _is_stored(graph: Graph, identity: int, consumers: list[int], cost: int, length: int, stored: set[int]) -> bool:
    lowering = lowering_of(graph, identity)
    if identity in graph.outputs or isinstance(lowering, STORED):
        return True
    if isinstance(lowering, Reshaping) and not _is_inlined_reshape(graph, identity):
        return False  # the same memory as its operand, under another shape
    if isinstance(lowering, Waiting) and _is_in_order(graph, identity, stored):
        return False  # likewise, later
    if length > LONGEST or (len(consumers) > 1 and (cost > CHEAP or (not graph[identity].type.shape and cost))):
        return True
    moved = [consumer for consumer in consumers if isinstance(lowering_of(graph, consumer), View)]
    if len(moved) > 1 and cost * len(moved) > CHEAP:
        return True  # each view reads it elsewhere, and would compute it again there
    if cost and len(consumers) > 1 and any(graph[consumer].op.name in ("max", "min") for consumer in consumers):
        return True  # rounded once, so that ties with the largest element are found again
    return any(_wants_stored(graph, identity, consumer, cost, stored) for consumer in consumers)


def _is_inlined_reshape(graph: Graph, identity: int) -> bool:
    """Whether a reshape only renames indices; one whose elements are gathered must lie in memory."""
    users = (graph[consumer] for consumer in graph.consumers(identity))
    gathered = any(isinstance(OPS[node.op.name].lowering, Gather) and node.operands[0] == identity for node in users)
    return is_unit_reshape(graph, identity) and not gathered


def _is_in_memory(graph: Graph, identity: int, stored: set[int]) -> bool:
    """Whether a product can read a value where it lies: the transpose of an argument, another shape of an array."""
    turned = identity
    while graph[turned].op.name == "transpose":
        turned = graph[turned].operands[0]
    return isinstance(lowering_of(graph, turned), Leaf) or _is_in_order(graph, identity, stored)


def _is_in_order(graph: Graph, identity: int, stored: set[int]) -> bool:
    """Whether a value lies in memory row by row: an argument, something stored, another shape of one of them."""
    while isinstance(lowering_of(graph, identity), Reshaping) and identity not in stored:
        identity = graph[identity].operands[0]
    return isinstance(lowering_of(graph, identity), Leaf) or identity in stored


def _wants_stored(graph: Graph, identity: int, consumer: int, cost: int, stored: set[int]) -> bool:
    """Whether this consumer would evaluate the value several times, or needs it in memory."""
    lowering = lowering_of(graph, consumer)
    node = graph[consumer]
    if isinstance(lowering, Product):
        shape = product_shape(graph, consumer)
        if shape.is_matrix_product or (shape.is_stack and is_worth_a_call(graph, consumer)):
            return not _is_in_memory(graph, identity, stored)
        if shape.is_matrix_vector:
            return shape.vector == identity or bool(cost)
        labels = node["x_labels"] if node.operands[0] == identity else node["y_labels"]
        return cost > 1 and len(labels) < len(set(node["x_labels"] + node["y_labels"]))
    if isinstance(lowering, Waiting):
        return cost > 0  # what begins again from it later would keep all that it is made of
    if isinstance(lowering, Reshaping):
        return not _is_inlined_reshape(graph, consumer)
    if isinstance(lowering, Gather):
        return node.operands[0] == identity
    if isinstance(lowering, Routine):
        read = any(node.operands[position] == identity for position in lowering.read(node))
        return read and not _is_in_order(graph, identity, stored)
    if isinstance(lowering, View) and node.op.name == "broadcast":
        grown = size_of(node.type.shape) != size_of(graph[identity].type.shape) or size_of(node.type.shape) is None
        return cost > 0 and grown
    return False
