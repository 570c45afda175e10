"""Singular values and vectors.

As with ``eigh``, ``svd(A)`` is one array without a rule, and each part of it an op with its rule in ``A``. Where
singular values coincide ``U`` and ``V`` may turn together: what does not see that, such as ``U V^T``, the gradient of
the nuclear norm, stays exact there.
"""

from __future__ import annotations

import numpy as np

from gradgen.ir import Extent, Node, Type
from gradgen.ops.factor import all_batched
from gradgen.ops.lowering import Access, Index, Routine, View
from gradgen.ops.matrix import matmul, matrix, symmetric, transposed
from gradgen.ops.op import HELD, Op, Tangent, define
from gradgen.ops.shape import concatenate
from gradgen.ops.spectrum import column_sums, columns, in_every_row, reciprocal, separation
from gradgen.ops.value import Value

__all__ = ["svd", "svd_parts", "svd_s", "svd_u", "svd_vh", "svdvals"]


def _sizes(a: Type | Value | np.ndarray, full: bool) -> tuple[int, int, int, int, int]:
    """Rows, columns, singular values, columns of U and rows of V^T."""
    m, n = (int(extent) for extent in a.shape[-2:])  # its makers fix the sizes
    k = min(m, n)
    return (m, n, k, m, n) if full else (m, n, k, k, k)


def _svd(a: np.ndarray, full: bool) -> np.ndarray:
    parts = np.linalg.svd(a, full_matrices=full)
    sizes = (*a.shape[:-2], parts.U.shape[-2] * parts.U.shape[-1]), (*a.shape[:-2], parts.Vh.shape[-2] * a.shape[-1])
    return np.concatenate([parts.U.reshape(sizes[0]), parts.S, parts.Vh.reshape(sizes[1])], axis=-1)


def _svd_type(a: Type, full: bool) -> Type:
    m, n, k, left, right = _sizes(matrix(a), full)
    return a.with_shape((*a.shape[:-2], m * left + k + right * n))


def _work(m: int, n: int, full: int) -> tuple[Extent, ...]:
    large, small = max(m, n), min(m, n)
    return (large if full else small) + 1, large + 8 * small + 210


# U, the singular values, descending, and V^T, one after another.
svd: Op = define(
    "svd",
    numpy=_svd,
    type=_svd_type,
    c=Routine(
        "gg_svd",
        2,
        lambda a, full: (*_sizes(a, full)[:2], int(full)),
        work=_work,
        small=lambda m, n, full: False,  # so that signs are those that NumPy gives
        fails=True,
    ),
    batch=lambda size, batched, full: {"full": full},
    rules=HELD,
)


# --- how vectors turn ----------------------------------------------------------------------------


def _sums(s: Value) -> Value:
    """``1 / (s_i + s_j)`` in row i and column j, 0 where both are 0."""
    across = in_every_row(s, s.shape[-1])
    return reciprocal(across + transposed(across), s)


def _turned(t: Value, left: Value, right: Value, s: Value) -> Value:
    """How left singular vectors turn, those of one side with the values and those of the other in columns.

    Among themselves by ``S / (s_j - s_i) + K / (s_i + s_j)``, of the symmetric and the skew part of ``U^T dA V``: the
    first part turns both sides alike, so ``U V^T`` does not see it. Towards what is left of the space by
    ``dA V / s``; a complete U turns as a whole, the rest of it against the first columns.
    """
    count = s.shape[-1]
    first, others = columns(left, 0, count), columns(left, count, left.shape[-1])
    along = matmul(t, columns(right, 0, count))
    inside = matmul(transposed(first), along)
    skew = 0.5 * (inside - transposed(inside))
    moved = matmul(first, separation(s) * symmetric(inside) + _sums(s) * skew)
    if left.shape[-2] == count:
        return moved
    scale = in_every_row(reciprocal(s, s), along.shape[-2])
    if left.shape[-1] == count:
        return moved + scale * (along - matmul(first, inside))
    across = matmul(transposed(others), scale * along)
    return concatenate(moved + matmul(others, across), -matmul(first, transposed(across)), axis=left.ndim - 1)


# --- the parts -----------------------------------------------------------------------------------


def svd_parts(f: Value, a: Value, full: bool) -> tuple[Value, Value, Value]:
    """U, the singular values and V^T in the decomposition of A."""
    m, _, _, left, _ = _sizes(a, full)
    return svd_u(f, a, full=full), svd_s(f, a, full=full, start=m * left), svd_vh(f, a, full=full)


def _u_tangent(t: Value, out: Value, f: Value, a: Value, full: bool) -> Value:
    _, s, vh = svd_parts(f, a, full)
    return _turned(t, out, transposed(vh), s)


def _vh_tangent(t: Value, out: Value, f: Value, a: Value, full: bool) -> Value:
    u, s, _ = svd_parts(f, a, full)
    return transposed(_turned(transposed(t), transposed(out), u, s))


def _s_tangent(t: Value, out: Value, f: Value, a: Value, full: bool) -> Value:
    """``u^T dA v`` for each value."""
    count = out.shape[-1]
    u, _, vh = svd_parts(f, a, full)
    return column_sums(columns(u, 0, count), matmul(t, columns(transposed(vh), 0, count)))


def _u_type(f: Type, a: Type, full: bool) -> Type:
    m, _, _, left, _ = _sizes(a, full)
    return a.with_shape((*a.shape[:-2], m, left))


def _vh_type(f: Type, a: Type, full: bool) -> Type:
    _, n, _, _, right = _sizes(a, full)
    return a.with_shape((*a.shape[:-2], right, n))


def _s_type(f: Type, a: Type, full: bool, start: int) -> Type:
    return a.with_shape((*a.shape[:-2], _sizes(a, full)[2]))


def _first(index: Index, node: Node, packed: Type) -> Access:
    return (*index[:-2], index[-2] * int(node.type.shape[-1]) + index[-1]), ()


def _last(index: Index, node: Node, packed: Type) -> Access:
    rows, width, size = (int(extent) for extent in (*node.type.shape[-2:], packed.shape[-1]))
    return (*index[:-2], index[-2] * width + index[-1] + (size - rows * width)), ()


# Each is the left singular vectors, the values or the right ones in the decomposition of A.
svd_u: Op = define(
    "svd_u",
    numpy=lambda f, a, full: f[..., : a.shape[-2] * _sizes(a, full)[3]].reshape(*a.shape[:-1], _sizes(a, full)[3]),
    type=_u_type,
    c=View(_first),
    batch=all_batched(lambda: svd_u),
    rules=[HELD, Tangent(_u_tangent)],
)

svd_s: Op = define(
    "svd_s",
    numpy=lambda f, a, full, start: f[..., start : start + _sizes(a, full)[2]],
    type=_s_type,
    c=View(lambda index, node, packed: ((*index[:-1], index[-1] + node["start"]), ())),
    batch=all_batched(lambda: svd_s),
    rules=[HELD, Tangent(lambda t, out, f, a, full, start: _s_tangent(t, out, f, a, full))],
)


def _vh(f: np.ndarray, a: np.ndarray, full: bool) -> np.ndarray:
    _, n, _, _, right = _sizes(a, full)
    return f[..., f.shape[-1] - right * n :].reshape(*a.shape[:-2], right, n)


svd_vh: Op = define(
    "svd_vh",
    numpy=_vh,
    type=_vh_type,
    c=View(_last),
    batch=all_batched(lambda: svd_vh),
    rules=[HELD, Tangent(_vh_tangent)],
)


# The singular values alone; their derivative needs the vectors.
svdvals: Op = define(
    "svdvals",
    numpy=lambda a: np.linalg.svd(a, compute_uv=False),
    type=lambda a: a.with_shape((*a.shape[:-2], _sizes(matrix(a), False)[2])),
    c=Routine(
        "gg_svdvals",
        2,
        lambda a: _sizes(a, False)[:2],
        work=lambda m, n: (min(m, n) + 1, max(m, n) + 210),
        small=lambda m, n: max(m, n) <= 7,  # measured: from there on LAPACK is faster
        fails=True,
    ),
    batch=lambda size, batched: {},
    rules=[Tangent(lambda t, out, a: _s_tangent(t, out, svd(a, full=False), a, False))],
)
