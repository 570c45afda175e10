"""The LU decomposition itself, as `scipy.linalg.lu_factor` and ``lu`` give it: ``P^T A = L U`` with L unit lower.

``lu(A^T)`` holds it turned: there L and U have changed places, and columns are exchanged instead of rows.
"""

from __future__ import annotations

import numpy as np

from gradgen.errors import DTypeError
from gradgen.ir import Type
from gradgen.ops.elementwise import astype, equal, where
from gradgen.ops.factor import all_batched, triangular_solve
from gradgen.ops.index import arange
from gradgen.ops.lowering import Routine, View
from gradgen.ops.matrix import matmul, square, stacked, transposed
from gradgen.ops.op import HELD, NO_DERIVATIVE, Op, Tangent, define
from gradgen.ops.shape import broadcast, reshape, slice_
from gradgen.ops.triangle import tril, triu
from gradgen.ops.value import Value, lift

__all__ = ["lu_packed", "permutation", "pivot_order", "pivots"]


def _pivot_order(pivots: np.ndarray) -> np.ndarray:
    order = np.arange(pivots.shape[-1])
    for position, other in enumerate(pivots):
        order[[position, int(other)]] = order[[int(other), position]]
    return order


def _pivot_type(pivots: Type) -> Type:
    if pivots.dtype != np.int64:
        raise DTypeError(f"pivots must be int64, got {pivots}")
    return pivots


# The order of rows after exchanging row i with row pivots[i], one after another.
pivot_order: Op = define(
    "pivot_order",
    numpy=stacked(_pivot_order, 1),
    type=_pivot_type,
    c=Routine("gg_pivot_order", 1, lambda pivots: pivots.shape[-1:]),
    batch=lambda size, batched: {},
    rules=NO_DERIVATIVE,
)


def pivots(f: Value) -> Value:
    """The exchanges in a factor, as integers."""
    n = f.shape[-1]
    starts, steps = (*(0 for _ in f.shape[:-2]), n, 0), (1,) * f.ndim
    last = slice_(f, starts=starts, steps=steps, shape=(*f.shape[:-2], 1, n))
    return astype(reshape(last, shape=(*f.shape[:-2], n)), dtype="<i8")


def permutation(order: Value, like: Value) -> Value:
    """The matrix with ``(P x)[i] = x[order[i]]``, of the dtype of ``like``."""
    n = order.shape[-1]
    shape = (*order.shape, n)
    here = broadcast(order, shape=shape, axes=tuple(range(order.ndim)))
    there = broadcast(arange.leaf(order.graph, extent=n, dtype="<i8"), shape=shape, axes=(order.ndim,))
    ones = lift(1.0, like)
    return where(equal(here, there), ones, lift(0.0, like))


def _packed_tangent(t: Value, out: Value, f: Value, a: Value) -> Value:
    """``dL = L low(G)`` and ``dU = upp(G) U`` with ``G = L^-1 P^T dA U^-1``."""
    exchanged = matmul(permutation(pivot_order(pivots(f)), a), t)
    left = triangular_solve(out, exchanged, lower=True, transposed=False, unit=True)
    both = transposed(triangular_solve(out, transposed(left), lower=False, transposed=True, unit=False))
    lower, upper = tril(both, k=-1), triu(both, k=0)
    below, above = tril(out, k=-1), triu(out, k=0)
    return lower + matmul(below, lower) + matmul(upper, above)


# L without its diagonal, and U, in one square; ``f`` is the factor of the transpose of ``a``.
lu_packed: Op = define(
    "lu_packed",
    numpy=lambda f, a: np.swapaxes(f[..., :-1, :], -1, -2),
    type=lambda f, a: square(a),
    c=View(lambda index, node, f: ((*index[:-2], index[-1], index[-2]), ())),
    batch=all_batched(lambda: lu_packed),
    rules=[HELD, Tangent(_packed_tangent)],
)
