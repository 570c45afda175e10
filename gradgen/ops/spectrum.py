"""Eigenvalues and eigenvectors of symmetric matrices, and what their derivatives share with singular values.

``eigh(A)`` is one array with the parts side by side, and has no rule; each part is an op on the packed array that
reads it in place and has its rule in ``A``. So what only asks for eigenvalues never computes how
the vectors move, and value, gradient and Hessian share one decomposition.

Where two values coincide, as far as rounding lets one tell, their vectors may be any of a plane: these do not turn
towards each other.
"""

from __future__ import annotations

import numpy as np

from gradgen.ir import Extent, Node, Type
from gradgen.ops.arithmetic import abs_
from gradgen.ops.comparison import less_equal, where
from gradgen.ops.contract import contract
from gradgen.ops.factor import all_batched
from gradgen.ops.leaf import extent
from gradgen.ops.lowering import Access, Index, Routine, View
from gradgen.ops.matrix import STACK, matmul, square, symmetric, transposed
from gradgen.ops.op import HELD, Op, Tangent, define
from gradgen.ops.reduce import max_
from gradgen.ops.shape import broadcast, slice_
from gradgen.ops.value import Value, lift

__all__ = [
    "eigh",
    "eigh_values",
    "eigh_vectors",
    "eigvalsh",
    "coincide",
    "column_sums",
    "columns",
    "in_every_row",
    "reciprocal",
    "separation",
]


# --- how vectors turn ----------------------------------------------------------------------------


def in_every_row(s: Value, rows: Extent) -> Value:
    """A number for each column, in every row."""
    shape = (*s.shape[:-1], rows, s.shape[-1])
    return broadcast(s, shape=shape, axes=(*range(s.ndim - 1), s.ndim))


def coincide(x: Value, s: Value) -> Value:
    """Where the differences ``x`` are nothing beside the largest of ``s``, by its rounding errors."""
    if s.shape[-1] == 0:
        return less_equal(x, x)
    units = extent.leaf(s.graph, extent=s.shape[-1], dtype=s.dtype.str) * float(4 * np.finfo(s.dtype).eps)
    noise = max_(abs_(s), axes=(s.ndim - 1,)) * broadcast(units, shape=s.shape[:-1], axes=())
    return less_equal(abs_(x), broadcast(noise, shape=x.shape, axes=tuple(range(noise.ndim))))


def reciprocal(x: Value, s: Value) -> Value:
    """``1 / x``, but 0 where ``x`` is nothing beside the largest of ``s``, by its rounding errors."""
    tiny = coincide(x, s)
    return where(tiny, lift(0.0, x), 1.0 / where(tiny, lift(1.0, x), x))


def separation(s: Value) -> Value:
    """``1 / (s_j - s_i)`` in row i and column j, 0 where both coincide."""
    across = in_every_row(s, s.shape[-1])
    return reciprocal(across - transposed(across), s)


def column_sums(x: Value, y: Value) -> Value:
    """The sum of ``x * y`` over each column."""
    labels = f"{STACK[: x.ndim - 2]}ij"
    return contract(x, y, x_labels=labels, y_labels=labels, labels=labels.replace("i", ""))


def columns(x: Value, start: Extent, stop: Extent) -> Value:
    """Some columns next to each other."""
    starts, shape = (*(0 for _ in x.shape[1:]), start), (*x.shape[:-1], stop - start)  # type: ignore[operator]
    return x if shape == x.shape else slice_(x, starts=starts, steps=(1,) * x.ndim, shape=shape)


# --- eigh ----------------------------------------------------------------------------------------


def _eigh(a: np.ndarray, lower: bool) -> np.ndarray:
    values, vectors = np.linalg.eigh(a, "L" if lower else "U")
    return np.concatenate([np.swapaxes(vectors, -1, -2), values[..., None, :]], axis=-2)


def _eigh_type(a: Type, lower: bool) -> Type:
    n = square(a).shape[-1]
    return a.with_shape((*a.shape[:-2], n + 1, n))


# The eigenvectors in rows, then the eigenvalues, ascending. Reads one triangle of A, which is taken to be symmetric.
eigh: Op = define(
    "eigh",
    numpy=_eigh,
    type=_eigh_type,
    c=Routine(
        "gg_eigh",
        2,
        lambda a, lower: (a.shape[-1], int(lower)),
        work=lambda n, lower: (2, n + 3, n + 3),
        small=lambda n, lower: False,  # so that signs are those that NumPy gives
        fails=True,
    ),
    batch=lambda size, batched, lower: {"lower": lower},
    rules=HELD,
)


def _last_row(index: Index, node: Node, packed: Type) -> Access:
    return (*index[:-1], index[-1].of(node.type.shape[-1]), index[-1]), ()


def _values_tangent(t: Value, out: Value, f: Value, a: Value) -> Value:
    """``v^T dA v`` for each eigenvector."""
    vectors = eigh_vectors(f, a)
    return column_sums(vectors, matmul(t, vectors))


# The eigenvalues in the decomposition of A.
eigh_values: Op = define(
    "eigh_values",
    numpy=lambda f, a: f[..., -1, :],
    type=lambda f, a: a.with_shape(square(a).shape[:-1]),
    c=View(_last_row),
    batch=all_batched(lambda: eigh_values),
    rules=[HELD, Tangent(_values_tangent)],
)


def _vectors_tangent(t: Value, out: Value, f: Value, a: Value) -> Value:
    """``V (F * (V^T dA V))`` with ``F_ij = 1 / (w_j - w_i)``."""
    inside = symmetric(matmul(transposed(out), matmul(t, out)))
    return matmul(out, separation(eigh_values(f, a)) * inside)


# The eigenvectors in the decomposition of A, in columns.
eigh_vectors: Op = define(
    "eigh_vectors",
    numpy=lambda f, a: np.swapaxes(f[..., :-1, :], -1, -2),
    type=lambda f, a: square(a),
    c=View(lambda index, node, packed: ((*index[:-2], index[-1], index[-2]), ())),
    batch=all_batched(lambda: eigh_vectors),
    rules=[HELD, Tangent(_vectors_tangent)],
)


# The eigenvalues alone; their derivative needs the vectors.
eigvalsh: Op = define(
    "eigvalsh",
    numpy=lambda a, lower: np.linalg.eigvalsh(a, "L" if lower else "U"),
    type=lambda a, lower: a.with_shape(square(a).shape[:-1]),
    c=Routine(
        "gg_eigvalsh",
        2,
        lambda a, lower: (a.shape[-1], int(lower)),
        work=lambda n, lower: (n + 1, n + 66),
        small=lambda n, lower: n <= 5,  # measured: from there on LAPACK is faster
        fails=True,
    ),
    batch=lambda size, batched, lower: {"lower": lower},
    rules=[Tangent(lambda t, out, a, lower: _values_tangent(t, out, eigh(a, lower=lower), a))],
)
