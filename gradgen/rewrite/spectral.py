"""Functions of symmetric matrices by their eigenvectors, found in whatever way they are written:

    V_ik g_k V_jk, V = eigh_vectors(A)  ->  spectral(A, g)

So that their derivative is right where eigenvalues coincide; before differentiation only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradgen.diff import path, push_forward
from gradgen.ir import Graph, copy_node
from gradgen.ops import OPS, Value, full
from gradgen.rewrite.factors import Factor, multiplied, read_factors

__all__ = ["spectral_functions"]

VECTORS = "eigh_vectors"


def spectral_functions(outputs: Sequence[Value]) -> list[Value]:
    """Values of the same graph that stand for ``outputs``, in which functions of matrices are one op."""
    if not outputs:
        return []
    graph = outputs[0].graph
    live = graph.live([out.id for out in outputs])
    vectors = [identity for identity in live if graph[identity].op.name == VECTORS]
    if not vectors:
        return list(outputs)
    through = graph.reached(vectors) - set(vectors)
    mapping: dict[int, int] = {}
    for identity in live:
        other = _other(graph, identity, through, mapping)
        mapping[identity] = copy_node(graph, identity, graph, mapping) if other is None else other.id
        if other is not None:
            through.discard(identity)  # what uses it need not look into it again
    return [Value(graph, mapping[out.id]) for out in outputs]


def _other(graph: Graph, identity: int, through: set[int], mapping: dict[int, int]) -> Value | None:
    """The node by way of a function of a matrix, if there is one in it."""
    node = graph[identity]
    if identity not in through or node.op.name not in ("contract", "sum"):
        return None
    labels = node["labels"] if node.op.name == "contract" else "".join(chr(ord("a") + k) for k in range(node.type.ndim))
    factors = read_factors(Value(graph, identity), labels, through)
    if factors is None:
        return None
    graph.source, graph.sweep = node.source, node.sweep
    mapped = [Factor(Value(graph, mapping[f.value.id]), f.labels, f.divides) for f in factors]
    pair = _pair(mapped, labels)
    if pair is None:
        return None
    left, right = pair
    k, stack = left.labels[-1], left.labels[:-2]
    own = [f for f in mapped if f is not left and f is not right and (k in f.labels or not f.labels)]
    rest = [f for f in mapped if f is not left and f is not right and f not in own]
    function = _product(own, stack + k, left.value)
    if function is None:
        return None
    rows = left.labels[-2] + right.labels[-2]
    if not rest:  # symmetric, so either order will do
        rows = "".join(sorted(rows, key=(labels + rows).index))
    return multiplied(graph, [Factor(_spectral(left.value, function), stack + rows), *rest], labels)


def _pair(factors: Sequence[Factor], labels: str) -> tuple[Factor, Factor] | None:
    """Twice the same eigenvectors, summed over, their rows apart."""
    found = [f for f in factors if f.value.node.op.name == VECTORS and not f.divides]
    for position, left in enumerate(found):
        for right in found[position + 1 :]:
            k, row, other = left.labels[-1], left.labels[-2], right.labels[-2]
            same = left.value.id == right.value.id and left.labels == right.labels.replace(other, row)
            if same and row != other and k not in labels and k != row:
                return left, right
    return None


def _product(factors: Sequence[Factor], labels: str, vectors: Value) -> Value | None:
    """What is multiplied with each pair of columns; None if that is more than numbers for each, or nothing."""
    shape = (*vectors.shape[:-2], vectors.shape[-1])
    product: Value | None = None
    for factor in factors:
        places = [labels.find(label) for label in factor.labels]
        if -1 in places or places != sorted(places):
            return None
        value = factor.value
        if value.shape != shape:
            value = OPS["broadcast"](value, shape=shape, axes=tuple(places))
        if factor.divides:
            value = (1.0 if product is None else product) / value
            product = value
        else:
            product = value if product is None else product * value
    return product


def _spectral(vectors: Value, function: Value) -> Value:
    """``V diag(g) V^T`` with its rule; the value is that of a product that no rule of this module looks for."""
    packed, matrix = (Value(vectors.graph, operand) for operand in vectors.node.operands)
    scaled = vectors * OPS["broadcast"](
        function, shape=vectors.shape, axes=(*range(vectors.ndim - 2), vectors.ndim - 1)
    )
    stack = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: vectors.ndim - 2]
    held = OPS["stop_gradient"](vectors)
    product = OPS["contract"](scaled, held, x_labels=f"{stack}ik", y_labels=f"{stack}jk", labels=f"{stack}ij")
    alone = OPS["eigvalsh"](matrix, lower=packed.node["lower"])  # the same values, if someone asked for these only
    slope = _slope(function, [OPS["eigh_values"](packed, matrix), alone])
    return OPS["spectral"](product, packed, matrix, function, slope)


def _slope(function: Value, values: Sequence[Value]) -> Value:
    """How fast each value of the function grows with its eigenvalue, what is no function of that alone held."""
    graph, given = function.graph, {x.id for x in values}
    way = [Value(graph, identity) for identity in path([function], values) if identity not in given]
    held = [x for x in way if not OPS[x.node.op.name].is_elementwise]
    moved = {x.id: int(x.id in given) for x in (*values, *held)}
    tangents = [full(graph, np.asarray(speed, function.dtype), graph[x].type.shape) for x, speed in moved.items()]
    (slope,) = push_forward([function], [Value(graph, x) for x in moved], tangents, sweep=graph.sweep)
    return slope
