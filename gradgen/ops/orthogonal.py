"""The QR decomposition. ``qr(A)`` is one array without a rule; Q and R read it in place and have their rules in ``A``.

Rule: with ``A1 = Q1 R1`` the first columns, as many as there are pivots, and ``C = Q^T dA1 R1^-1``, the part of C
below its diagonal is that of a skew matrix W by which Q turns: ``dQ = Q W``, and ``dR = Q^T dA - W R``. Of a reduced Q
the part of ``dA1 R1^-1`` outside its columns comes on top. (Walter and Lehmann, Algorithmic differentiation of
linear algebra functions, 2010.)
"""

from __future__ import annotations

import numpy as np

from gradgen.ir import Node, Type
from gradgen.ops.factor import all_batched, is_small, triangular_solve
from gradgen.ops.lowering import Access, Index, Routine, View
from gradgen.ops.matrix import matmul, matrix, transposed
from gradgen.ops.op import HELD, Op, Tangent, define
from gradgen.ops.shape import embed, slice_
from gradgen.ops.triangle import tril, triu
from gradgen.ops.value import Value

__all__ = ["qr", "qr_q", "qr_r"]


def _sizes(a: Type | Value | np.ndarray, complete: bool) -> tuple[int, int, int, int]:
    """Rows and columns, columns of Q, and how many columns are orthogonalised."""
    m, n = (int(extent) for extent in a.shape[-2:])
    return m, n, m if complete else min(m, n), min(m, n)


def _qr(a: np.ndarray, complete: bool) -> np.ndarray:
    q, r = np.linalg.qr(a, "complete" if complete else "reduced")
    stack = a.shape[:-2]
    return np.concatenate([q.reshape(*stack, -1), r.reshape(*stack, -1)], axis=-1)


def _qr_type(a: Type, complete: bool) -> Type:
    m, n, q, _ = _sizes(matrix(a), complete)
    return a.with_shape((*a.shape[:-2], q * (m + n)))


# Q, then R, row by row, signs as Householder's reflections leave them.
qr: Op = define(
    "qr",
    numpy=_qr,
    type=_qr_type,
    c=Routine(
        "gg_qr",
        2,
        lambda a, complete: (*_sizes(a, complete)[:2], int(complete)),
        work=lambda m, n, complete: (m + 66, n + (m if complete else min(m, n)) + 2),
        small=lambda m, n, complete: is_small(m) and is_small(n),
    ),
    batch=lambda size, batched, complete: {"complete": complete},
    rules=HELD,
)


def _corner(x: Value, rows: int, columns: int) -> Value:
    """The first rows and columns."""
    shape = (*x.shape[:-2], rows, columns)
    return x if shape == x.shape else slice_(x, starts=(0,) * x.ndim, steps=(1,) * x.ndim, shape=shape)


def _turning(t: Value, f: Value, a: Value, complete: bool) -> tuple[Value, Value, Value]:
    """``dA1 R1^-1``, C and the skew W."""
    m, _, width, pivots = _sizes(a, complete)
    q, r = qr_q(f, a, complete=complete), qr_r(f, a, complete=complete)
    moved = transposed(_corner(t, m, pivots))
    quotient = transposed(
        triangular_solve(_corner(r, pivots, pivots), moved, lower=False, transposed=True, unit=False)
    )
    inside = matmul(transposed(q), quotient)
    below = tril(inside, k=-1)
    if pivots < width:
        shape = (*below.shape[:-1], width)
        below = embed(below, starts=(0,) * below.ndim, steps=(1,) * below.ndim, shape=shape)
    return quotient, inside, below - transposed(below)


def _q_tangent(t: Value, out: Value, f: Value, a: Value, complete: bool) -> Value:
    m, _, width, _ = _sizes(a, complete)
    quotient, inside, turn = _turning(t, f, a, complete)
    turned = matmul(out, turn)
    return turned if width == m else turned + (quotient - matmul(out, inside))


def _r_tangent(t: Value, out: Value, f: Value, a: Value, complete: bool) -> Value:
    _, _, turn = _turning(t, f, a, complete)
    q = qr_q(f, a, complete=complete)
    return triu(matmul(transposed(q), t) - matmul(turn, out), k=0)


def _q_access(index: Index, node: Node, packed: Type) -> Access:
    return (*index[:-2], index[-2] * int(node.type.shape[-1]) + index[-1]), ()


def _r_access(index: Index, node: Node, packed: Type) -> Access:
    rows, width, size = (int(extent) for extent in (*node.type.shape[-2:], packed.shape[-1]))
    return (*index[:-2], index[-2] * width + index[-1] + (size - rows * width)), ()


def _q(f: np.ndarray, a: np.ndarray, complete: bool) -> np.ndarray:
    m, _, width, _ = _sizes(a, complete)
    return f[..., : m * width].reshape(*a.shape[:-1], width)


def _r(f: np.ndarray, a: np.ndarray, complete: bool) -> np.ndarray:
    m, n, width, _ = _sizes(a, complete)
    return f[..., m * width :].reshape(*a.shape[:-2], width, n)


qr_q: Op = define(
    "qr_q",
    numpy=_q,
    type=lambda f, a, complete: a.with_shape((*a.shape[:-1], _sizes(a, complete)[2])),
    c=View(_q_access),
    batch=all_batched(lambda: qr_q),
    rules=[HELD, Tangent(_q_tangent)],
)

qr_r: Op = define(
    "qr_r",
    numpy=_r,
    type=lambda f, a, complete: a.with_shape((*a.shape[:-2], _sizes(a, complete)[2], a.shape[-1])),
    c=View(_r_access),
    batch=all_batched(lambda: qr_r),
    rules=[HELD, Tangent(_r_tangent)],
)
