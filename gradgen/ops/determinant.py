"""Determinants from an LU factor, and the adjugate, which is the derivative of a determinant.

``d det(A) = <adj(A)^T, dA>`` holds for singular matrices too, where ``det(A) inv(A)`` is not a number.
"""

from __future__ import annotations

import numpy as np

from gradgen.ir import Extent
from gradgen.ops.arithmetic import sign
from gradgen.ops.comparison import equal, not_equal, where
from gradgen.ops.diagonals import diag, diagonal
from gradgen.ops.factor import all_batched, is_small, lu, lu_inverse
from gradgen.ops.lowering import Routine
from gradgen.ops.matrix import matmul, square, stacked, trace_of_product, transposed
from gradgen.ops.op import HELD, Op, Tangent, define
from gradgen.ops.reduce import prod
from gradgen.ops.shape import broadcast, concatenate, embed, reshape, slice_
from gradgen.ops.singular import svd, svd_s, svd_u, svd_vh
from gradgen.ops.spectrum import in_every_row
from gradgen.ops.triangle import triu
from gradgen.ops.value import Value, full, lift

__all__ = ["adjugate", "lu_det", "lu_slogdet"]


def _adjugate(f: np.ndarray, a: np.ndarray) -> np.ndarray:
    """Near singular ones from the singular values: each entry in the middle is the product of all but one of them."""
    if not np.isfinite(a).all():
        return np.full_like(a, np.nan)
    if len(a) and np.linalg.cond(a, 1) < 1e12:
        return np.asarray(np.linalg.det(a) * np.linalg.inv(a))
    u, s, vh = np.linalg.svd(a)
    others = np.where(np.eye(len(s), dtype=bool), s.dtype.type(1), s).prod(axis=-1)
    return np.asarray(np.sign(np.linalg.det(u) * np.linalg.det(vh)) * (vh.T * others) @ u.T)


def _adjugate_work(n: int) -> tuple[Extent, ...]:
    return (n, 3 * n + 2) if isinstance(n, int) and is_small(n) else (12, n + 20, n + 20)


def _all_but_two(s: Value) -> Value:
    """The product of all singular values but those of row and column, without a division by 0; 0 on the diagonal.

    For ``i < j`` it is that of all but j, divided by the larger one of the two; if that is 0 as well, only the last
    two are left out to any effect, and there it is the product of all others.
    """
    n, lead = int(s.shape[-1]), s.ndim - 1
    across = in_every_row(s, n)
    without_one = prod(where(_identity(across), lift(1.0, across), across), axes=(lead + 1,))
    down = transposed(across)
    none = equal(down, 0.0)
    quotients = where(none, lift(0.0, down), in_every_row(without_one, n) / where(none, lift(1.0, down), down))
    corner = prod(slice_(s, starts=(0,) * s.ndim, steps=(1,) * s.ndim, shape=(*s.shape[:-1], n - 2)), axes=(lead,))
    upper = where(_corner(down), broadcast(corner, shape=down.shape, axes=tuple(range(lead))), triu(quotients, k=1))
    return upper + transposed(upper)


def _identity(like: Value) -> Value:
    """True on the diagonal."""
    return not_equal(diag(full(like.graph, np.ones((), like.dtype), like.shape[:-1])), 0.0)


def _corner(like: Value) -> Value:
    """True at the last but one row of the last column."""
    *stack, rows, columns = (int(extent) for extent in like.shape)
    one = full(like.graph, np.ones((), like.dtype), (*stack, 1, 1))
    starts = (*(0 for _ in stack), rows - 2, columns - 1)
    return not_equal(embed(one, starts=starts, steps=(1,) * like.ndim, shape=like.shape), 0.0)


def _adjugate_tangent(t: Value, out: Value, f: Value, a: Value) -> Value:
    """In the singular vectors of A: each entry takes the place of two singular values; so ranks make no difference.

    With ``P = U^T dA V`` and E the products of all values but two, ``-P_ij E_ij`` off the diagonal and
    ``sum_j P_jj E_ij`` on it.
    """
    if a.shape[-1] in (0, 1):
        return lift(0.0, out)
    parts = svd(a, full=False)
    u, vh = svd_u(parts, a, full=False), svd_vh(parts, a, full=False)
    orientation = sign(lu_det(lu(u), u) * lu_det(lu(vh), vh))
    inside = matmul(matmul(transposed(u), t), transposed(vh))
    others = _all_but_two(svd_s(parts, a, full=False, start=int(a.shape[-1]) ** 2))
    moved = diag(matmul(others, diagonal(inside))) - others * inside
    whole = matmul(transposed(vh), matmul(moved, transposed(u)))
    return whole * broadcast(orientation, shape=whole.shape, axes=tuple(range(orientation.ndim)))


# adj A with the factor of A: the transposed matrix of its cofactors.
adjugate: Op = define(
    "adjugate",
    numpy=stacked(_adjugate, 2, 2),
    type=lambda f, a: square(a),
    c=Routine("gg_adjugate", 2, lambda f, a: a.shape[-1:], None, _adjugate_work, is_small, fails=True),
    batch=all_batched(lambda: adjugate),
    rules=[HELD, Tangent(_adjugate_tangent)],
)


# det A with the factor of A.
lu_det: Op = define(
    "lu_det",
    numpy=lambda f, a: np.linalg.det(a),
    type=lambda f, a: a.with_shape(square(a).shape[:-2]),
    c=Routine("gg_lu_det", 2, lambda f, a: (a.shape[-1],), reads=(0,)),
    batch=all_batched(lambda: lu_det),
    rules=[HELD, Tangent(lambda t, out, f, a: trace_of_product(adjugate(f, a), t))],
)


def _slogdet_tangent(t: Value, out: Value, f: Value, a: Value) -> Value:
    """The sign does not move; the logarithm moves by tr(A^-1 dA)."""
    change = trace_of_product(lu_inverse(f, a), t)
    moved = reshape(change, shape=(*change.shape, 1))
    return concatenate(full(t.graph, np.zeros((), t.dtype), moved.shape), moved, axis=moved.ndim - 1)


# The sign of det A and the logarithm of its size, with the factor of A.
lu_slogdet: Op = define(
    "lu_slogdet",
    numpy=lambda f, a: np.stack(np.linalg.slogdet(a), axis=-1),
    type=lambda f, a: a.with_shape((*square(a).shape[:-2], 2)),
    c=Routine("gg_lu_slogdet", 2, lambda f, a: (a.shape[-1],), reads=(0,)),
    batch=all_batched(lambda: lu_slogdet),
    rules=[HELD, Tangent(_slogdet_tangent)],
)
