"""``V diag(g) V^T``, with the eigenvectors ``V`` of a symmetric ``A``, as a function of the matrix.

Where eigenvalues coincide, their vectors are any of a plane, yet a matrix function such as the root is smooth: there
the turn of the vectors, which is not determined, meets a difference of ``g``, which is 0. The rule for the product as
a whole (Daleckii and Krein, 1965) has their quotient, and its limit, the slope of ``g``:

    dF = V (diag(dg) + K * (V^T dA V)) V^T,   K_ij = (g_j - g_i) / (w_j - w_i)  or  (s_i + s_j) / 2,   K_ii = 0
"""

from __future__ import annotations

from gradgen.ops.comparison import where
from gradgen.ops.factor import all_batched
from gradgen.ops.lowering import View
from gradgen.ops.matrix import matmul, square, symmetric, transposed
from gradgen.ops.op import HELD, Op, Tangent, define
from gradgen.ops.spectrum import coincide, eigh_values, eigh_vectors, in_every_row
from gradgen.ops.triangle import tril, triu
from gradgen.ops.value import Value, lift

__all__ = ["spectral"]


def _across(x: Value) -> tuple[Value, Value]:
    """``x_i`` and ``x_j`` in row i and column j."""
    row = in_every_row(x, x.shape[-1])
    return transposed(row), row


def _quotients(w: Value, g: Value, slope: Value) -> Value:
    """``K``: how fast ``g`` grows between two eigenvalues; nothing on the diagonal."""
    (w_i, w_j), (g_i, g_j), (s_i, s_j) = map(_across, (w, g, slope))
    same = coincide(w_j - w_i, w)
    quotients = (g_j - g_i) / where(same, lift(1.0, w_i), w_j - w_i)
    inside = where(same, 0.5 * (s_i + s_j), quotients)
    return triu(inside, k=1) + tril(inside, k=-1)


def _by_matrix(t: Value, out: Value, product: Value, f: Value, a: Value, g: Value, slope: Value) -> Value:
    vectors = eigh_vectors(f, a)
    inside = symmetric(matmul(transposed(vectors), matmul(t, vectors)))
    turned = _quotients(eigh_values(f, a), g, slope) * inside
    return matmul(vectors, matmul(turned, transposed(vectors)))


def _by_function(t: Value, out: Value, product: Value, f: Value, a: Value, g: Value, slope: Value) -> Value:
    vectors = eigh_vectors(f, a)
    return matmul(vectors * in_every_row(t, vectors.shape[-1]), transposed(vectors))


# The product, from the decomposition ``f`` of ``A``, the function's values ``g`` and its slopes at the eigenvalues.
spectral: Op = define(
    "spectral",
    numpy=lambda product, f, a, g, slope: product,
    type=lambda product, f, a, g, slope: square(a),
    c=View(lambda index, node, product: (index, ())),
    batch=all_batched(lambda: spectral),
    rules=[HELD, HELD, Tangent(_by_matrix), Tangent(_by_function), HELD],
)
