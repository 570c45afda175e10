"""Eigenvalues and eigenvectors of general matrices, as pairs of real arrays.

``eig(A)`` is one array with the parts side by side, and has no rule; each part is an op that reads it in place and has
its rule in ``A``. Eigenvalues alone are read from it too: LAPACK may find them in another order when it is
not asked for vectors, and then each would get the derivative of another one.

With ``M = V^-1 dA V`` the eigenvalues move by the diagonal of M, and the vectors by ``V (F * M)`` with
``F_ij = 1 / (w_j - w_i)``, 0 where both coincide, less what LAPACK's scaling takes away: each vector has the norm 1,
and its largest component is real.
"""

from __future__ import annotations

import numpy as np

from gradgen.ir import Node, Type
from gradgen.ops.comparison import equal, where
from gradgen.ops.diagonals import diag
from gradgen.ops.factor import all_batched, lu, lu_solve
from gradgen.ops.index import arange
from gradgen.ops.lowering import Access, Index, Routine, View
from gradgen.ops.matrix import matmul, square, transposed
from gradgen.ops.op import HELD, Op, Tangent, define
from gradgen.ops.scan import argmax
from gradgen.ops.shape import broadcast, concatenate, slice_
from gradgen.ops.spectrum import column_sums, in_every_row, reciprocal
from gradgen.ops.trigonometric import hypot
from gradgen.ops.value import Value, full, lift

__all__ = ["eig", "eig_values", "eig_vectors"]

# Real and imaginary part.
Pair = tuple[Value, Value]
RE, IM = 0, 1


def _size(a: Type | Value | np.ndarray) -> int:
    return int(a.shape[-1])  # its makers fix the sizes


def _eig(a: np.ndarray) -> np.ndarray:
    w, v = np.linalg.eig(a)
    parts = (w.real, w.imag, v.real.reshape(*a.shape[:-2], -1), v.imag.reshape(*a.shape[:-2], -1))
    return np.concatenate(parts, axis=-1)


def _eig_type(a: Type) -> Type:
    n = _size(square(a))
    return a.with_shape((*a.shape[:-2], 2 * n + 2 * n * n))


# Real and imaginary parts of the eigenvalues, then those of the eigenvectors in columns.
eig: Op = define(
    "eig",
    numpy=_eig,
    type=_eig_type,
    c=Routine("gg_eig", 2, lambda a: (_size(a),), work=lambda n: (132, n), small=lambda n: False, fails=True),
    batch=lambda size, batched: {},
    rules=HELD,
)


# --- the derivative ------------------------------------------------------------------------------


def _product(x: Pair, y: Pair) -> Pair:
    """The product of two complex matrices."""
    return matmul(x[RE], y[RE]) - matmul(x[IM], y[IM]), matmul(x[RE], y[IM]) + matmul(x[IM], y[RE])


def _times(x: Pair, y: Pair) -> Pair:
    """The same element by element."""
    return x[RE] * y[RE] - x[IM] * y[IM], x[RE] * y[IM] + x[IM] * y[RE]


def _values(f: Value, a: Value) -> Pair:
    return eig_values(f, a, part=RE), eig_values(f, a, part=IM)


def _vectors(f: Value, a: Value) -> Pair:
    return eig_vectors(f, a, part=RE), eig_vectors(f, a, part=IM)


def _inverse(v: Pair) -> Pair:
    """``V^-1``: the first columns of the inverse of the real matrix that does to both parts what V does."""
    n, last = _size(v[RE]), v[RE].ndim - 1
    upper, lower = concatenate(v[RE], -v[IM], axis=last), concatenate(v[IM], v[RE], axis=last)
    both = concatenate(upper, lower, axis=last - 1)
    ones = full(both.graph, np.asarray(1.0, both.dtype), v[RE].shape[:-1])
    unit = concatenate(diag(ones), lift(0.0, v[RE]), axis=last - 1)
    solved = lu_solve(lu(both), both, unit, transposed=False)
    re, im = ((*(0 for _ in range(last - 1)), start, 0) for start in (0, n))
    parts = [slice_(solved, starts=start, steps=(1,) * (last + 1), shape=v[RE].shape) for start in (re, im)]
    return parts[RE], parts[IM]


def _values_tangent(t: Value, out: Value, f: Value, a: Value, part: int) -> Value:
    """The diagonal of ``V^-1 dA V``."""
    v, left = _vectors(f, a), _inverse(_vectors(f, a))
    moved = [matmul(t, each) for each in v]
    rows = [transposed(each) for each in left]
    if part == RE:
        return column_sums(rows[RE], moved[RE]) - column_sums(rows[IM], moved[IM])
    return column_sums(rows[RE], moved[IM]) + column_sums(rows[IM], moved[RE])


def _separation(w: Pair) -> Pair:
    """``1 / (w_j - w_i)`` in row i and column j, 0 where both coincide."""
    across = [in_every_row(each, each.shape[-1]) for each in w]
    re, im = (each - transposed(each) for each in across)
    size = reciprocal(hypot(re, im), hypot(w[RE], w[IM]))
    return re * size * size, -(im * size * size)


def _largest(v: Pair) -> Value:
    """1 in each column at the component that LAPACK made real: the largest, of these the first; 0 elsewhere."""
    real = where(equal(v[IM], lift(0.0, v[IM])), v[RE] * v[RE], lift(-1.0, v[RE]))
    place = argmax(transposed(real))
    shape = v[RE].shape
    first = broadcast(arange.leaf(place.graph, extent=shape[-1], dtype="<i8"), shape=shape, axes=(len(shape) - 2,))
    return where(equal(first, in_every_row(place, shape[-1])), lift(1.0, v[RE]), lift(0.0, v[RE]))


def _vectors_tangent(t: Value, out: Value, f: Value, a: Value, part: int) -> Value:
    if not _size(a):
        return t
    v = _vectors(f, a)
    inside = _product(_inverse(v), (matmul(t, v[RE]), matmul(t, v[IM])))
    free = _product(v, _times(_separation(_values(f, a)), inside))
    return _scaled(free, v)[part]


def _scaled(moved: Pair, v: Pair) -> Pair:
    """How vectors move that keep their norm, and one of their components real."""
    n = v[RE].shape[-1]
    longer = in_every_row(column_sums(v[RE], moved[RE]) + column_sums(v[IM], moved[IM]), n)
    chosen = _largest(v)
    turned = in_every_row(column_sums(chosen, moved[IM]) / column_sums(chosen, v[RE]), n)
    re, im = _times((longer, turned), v)
    return moved[RE] - re, moved[IM] - im


# --- the parts -----------------------------------------------------------------------------------


def _values_access(index: Index, node: Node, packed: Type) -> Access:
    return (*index[:-1], index[-1] + node["part"] * int(node.type.shape[-1])), ()


def _of_values(f: np.ndarray, a: np.ndarray, part: int) -> np.ndarray:
    n = _size(a)
    return f[..., part * n : (part + 1) * n]


# The real parts of the eigenvalues in the decomposition of A, or the imaginary ones.
eig_values: Op = define(
    "eig_values",
    numpy=_of_values,
    type=lambda f, a, part: a.with_shape(square(a).shape[:-1]),
    c=View(_values_access),
    batch=all_batched(lambda: eig_values),
    rules=[HELD, Tangent(_values_tangent)],
)


def _vectors_access(index: Index, node: Node, packed: Type) -> Access:
    n = int(node.type.shape[-1])
    return (*index[:-2], index[-2] * n + index[-1] + (2 * n + node["part"] * n * n)), ()


def _of_vectors(f: np.ndarray, a: np.ndarray, part: int) -> np.ndarray:
    n = _size(a)
    return f[..., 2 * n + part * n * n : 2 * n + (part + 1) * n * n].reshape(a.shape)


# The same of the eigenvectors, in columns.
eig_vectors: Op = define(
    "eig_vectors",
    numpy=_of_vectors,
    type=lambda f, a, part: square(a),
    c=View(_vectors_access),
    batch=all_batched(lambda: eig_vectors),
    rules=[HELD, Tangent(_vectors_tangent)],
)
