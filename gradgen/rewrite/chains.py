"""The order of products: of a chain of contractions the cheapest, whatever order they were written in.

    (A @ B) @ x -> A @ (B @ x)

Contractions whose result only the next one uses form a network of operands that share labels; any order
computes the same up to rounding. Small networks are searched completely, as einsum's "optimal" is, by
dynamic programming over sets of operands.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from string import ascii_letters
from typing import NamedTuple

from gradgen.ir import Dim, Graph, copy_node, rebuild
from gradgen.ops import OPS, Value
from gradgen.rewrite.engine import rewrite, rewritten
from gradgen.rewrite.exact import EXACT, FINAL

__all__ = ["order_products", "products_ordered"]

# Networks of more operands keep their order: the search takes 3^n steps.
MOST = 9
# Another order must be cheaper by this much: an equal one is left as it was written.
BETTER = 0.8

Operand = tuple[int, str]


class Network(NamedTuple):
    """Operands with their labels, the labels of the result, and what the written order costs."""

    operands: list[Operand]
    labels: str
    cost: int


class Order(NamedTuple):
    """A way to multiply some of the operands: its cost, the labels of the result, and the two sets it joins."""

    cost: int
    labels: str
    left: int = 0
    right: int = 0


def order_products(graph: Graph, fired: Counter[str]) -> Graph:
    """A new graph in which chains of contractions are multiplied in the cheapest order."""
    inner = _inner(graph, graph.live(), graph.outputs)
    if not inner:
        return graph
    before = fired.total()
    ordered = rebuild(graph, lambda target, identity, mapping: _other(graph, identity, inner, target, mapping, fired))
    return rewrite(ordered, FINAL, fired) if fired.total() > before else graph


def products_ordered(outputs: Sequence[Value]) -> list[Value]:
    """Values of the same graph that stand for ``outputs``: before differentiation, which then follows that order."""
    if not outputs:
        return []
    graph, fired = outputs[0].graph, Counter[str]()
    roots = [out.id for out in outputs]
    live = graph.live(roots)
    inner = _inner(graph, live, roots)
    if not inner:
        return list(outputs)
    mapping: dict[int, int] = {}
    for identity in live:
        other = _other(graph, identity, inner, graph, mapping, fired)
        mapping[identity] = copy_node(graph, identity, graph, mapping) if other is None else other
    ordered = [Value(graph, mapping[root]) for root in roots]
    return rewritten(ordered, EXACT) if fired else ordered


def _inner(graph: Graph, live: Sequence[int], outputs: Sequence[int]) -> set[int]:
    """The contractions and outer products whose result one contraction uses, and nobody else."""
    users = Counter(operand for identity in live for operand in graph[identity].operands)
    users.update(outputs)
    products = [graph[identity] for identity in live if graph[identity].op.name == "contract"]
    operands = [operand for node in products for operand in node.operands if users[operand] == 1]
    return {operand for operand in operands if graph[operand].op.name == "contract" or _is_outer(graph, operand)}


def _is_outer(graph: Graph, identity: int) -> bool:
    """Whether this is a product of two broadcasts that have no axis in common."""
    node = graph[identity]
    if node.op.name != "multiply" or any(graph[operand].op.name != "broadcast" for operand in node.operands):
        return False
    first, second = (graph[operand]["axes"] for operand in node.operands)
    return bool(first and second) and set(first).isdisjoint(second)


def _other(
    graph: Graph, identity: int, inner: set[int], target: Graph, mapping: dict[int, int], fired: Counter[str]
) -> int | None:
    """The same product in a cheaper order; None if there is none."""
    if graph[identity].op.name != "contract" or identity in inner:
        return None
    network = _network(graph, identity, inner)
    if network is None or not 2 < len(network.operands) <= MOST:
        return None
    orders = _search(network, _extents(graph, network))
    whole = (1 << len(network.operands)) - 1
    if orders[whole].cost >= BETTER * network.cost:
        return None
    fired["(x y) z -> x (y z), where that is cheaper"] += 1
    target.source, target.sweep = graph[identity].source, graph[identity].sweep
    other = _built(target, network, orders, whole, mapping).id
    if identity in graph.names:
        target.names.setdefault(other, graph.names[identity])
    return other


def _network(graph: Graph, root: int, inner: set[int]) -> Network | None:
    """The contraction with those that it alone uses, all labels renamed apart; None if letters run out."""
    fresh = iter(ascii_letters)
    try:
        labels = "".join(next(fresh) for _ in graph[root]["labels"])
        cost, operands, todo = 0, [], [(root, labels)]
        while todo:
            identity, outer = todo.pop()
            node = graph[identity]
            if identity != root and identity not in inner:
                operands.append((identity, outer))
                continue
            if any(isinstance(extent, Dim) for extent in node.type.shape):
                return None
            if node.op.name == "multiply":
                cost += math.prod(map(int, node.type.shape))
                for operand in node.operands:
                    spread = graph[operand]
                    todo.append((spread.operands[0], "".join(outer[axis] for axis in spread["axes"])))
                continue
            names = dict(zip(node["labels"], outer, strict=True))
            extents: dict[str, int] = {}
            for operand, letters in zip(node.operands, (node["x_labels"], node["y_labels"]), strict=True):
                for label, extent in zip(letters, graph[operand].type.shape, strict=True):
                    if not isinstance(extent, int):
                        return None
                    extents[label] = extent
                    if label not in names:
                        names[label] = next(fresh)
                todo.append((operand, "".join(names[label] for label in letters)))
            cost += math.prod(extents.values())
    except StopIteration:
        return None
    return Network(operands[::-1], labels, cost)


def _extents(graph: Graph, network: Network) -> dict[str, int]:
    return {
        label: int(extent)
        for identity, labels in network.operands
        for label, extent in zip(labels, graph[identity].type.shape, strict=True)
    }


def _search(network: Network, extents: dict[str, int]) -> dict[int, Order]:
    """The cheapest order of each set of operands, sets being bits; smaller sets first."""
    count = len(network.operands)
    orders = {1 << k: Order(0, labels) for k, (_, labels) in enumerate(network.operands)}
    for members in sorted(range(1, 1 << count), key=int.bit_count):
        if members in orders:
            continue
        outside = set(network.labels).union(*(orders[1 << k].labels for k in range(count) if not members >> k & 1))
        best: Order | None = None
        for left, right in _halves(members):
            first, second = orders[left], orders[right]
            both = dict.fromkeys(first.labels + second.labels)
            cost = first.cost + second.cost + math.prod(extents[label] for label in both)
            if best is None or cost < best.cost:
                labels = network.labels if members == (1 << count) - 1 else "".join(both.keys() & outside)
                best = Order(cost, _in_order(labels, both, network), left, right)
        assert best is not None  # a set of several has halves
        orders[members] = best
    return orders


def _in_order(labels: str, both: dict[str, None], network: Network) -> str:
    """Rows of the left operand, then columns of the right one; the result's own order at the end."""
    return labels if labels == network.labels else "".join(label for label in both if label in labels)


def _halves(members: int) -> Iterator[tuple[int, int]]:
    """All ways to part a set in two; the left part holds the first member."""
    lowest = members & -members
    part = (members - 1) & members
    while part:
        if part & lowest:
            yield part, members ^ part
        part = (part - 1) & members


def _built(target: Graph, network: Network, orders: dict[int, Order], members: int, mapping: dict[int, int]) -> Value:
    order = orders[members]
    if not order.left:
        return Value(target, mapping[network.operands[members.bit_length() - 1][0]])
    left, right = (_built(target, network, orders, part, mapping) for part in (order.left, order.right))
    return OPS["contract"](
        left, right, x_labels=orders[order.left].labels, y_labels=orders[order.right].labels, labels=order.labels
    )
