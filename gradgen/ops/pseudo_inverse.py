"""Pseudo-inverses, and least squares with them, of matrices whose rank does not change.

The values come from singular values, with a cut-off that says which of them count; the derivatives do not go
through those. So coincident singular values, and ones that are 0, do no harm.
"""

from __future__ import annotations

from gradgen.errors import ShapeError
from gradgen.ir import Type
from gradgen.ops.comparison import greater, where
from gradgen.ops.factor import all_batched
from gradgen.ops.lowering import View
from gradgen.ops.matrix import matmul, matrix, transposed
from gradgen.ops.op import HELD, Op, Tangent, define
from gradgen.ops.shape import broadcast
from gradgen.ops.singular import svd_parts
from gradgen.ops.spectrum import in_every_row
from gradgen.ops.value import Value, lift

__all__ = ["inverse_in_parts", "kept_reciprocals", "least_squares", "pseudo_inverse"]


def _inverse_type(p: Type, a: Type) -> Type:
    if p.shape != (*matrix(a).shape[:-2], a.shape[-1], a.shape[-2]):
        raise ShapeError(f"{p} is not the pseudo-inverse of {a}")
    return p


def _inverse_tangent(t: Value, out: Value, p: Value, a: Value) -> Value:
    """``-P dA P + P P^T dA^T (I - A P) + (I - P A) dA^T P^T P``"""
    turned = transposed(t)
    outside = turned - matmul(matmul(turned, a), out)
    inside = matmul(turned, matmul(transposed(out), out))
    return (
        matmul(matmul(out, transposed(out)), outside)
        + (inside - matmul(out, matmul(a, inside)))
        - matmul(out, matmul(t, out))
    )


# P = A^+, with the derivative in A at constant rank.
pseudo_inverse: Op = define(
    "pseudo_inverse",
    numpy=lambda p, a: p,
    type=_inverse_type,
    c=View(lambda index, node, p: (index, ())),
    batch=all_batched(lambda: pseudo_inverse),
    rules=[HELD, Tangent(_inverse_tangent)],
)


# --- least squares -------------------------------------------------------------------------------


def kept_reciprocals(s: Value, cutoff: Value) -> Value:
    """``1 / s`` where ``s`` is above the cut-off, a number for each matrix, and 0 elsewhere."""
    kept = greater(s, broadcast(cutoff, shape=s.shape, axes=tuple(range(cutoff.ndim))))
    return where(kept, 1.0 / where(kept, s, lift(1.0, s)), lift(0.0, s))


def inverse_in_parts(u: Value, s: Value, vh: Value, cutoff: Value, a: Value) -> Value:
    """The pseudo-inverse of ``A = U diag(s) V^T``, with the singular values up to the cut-off taken for 0."""
    reciprocals = in_every_row(kept_reciprocals(s, cutoff), vh.shape[-1])
    return pseudo_inverse(matmul(transposed(vh) * reciprocals, transposed(u)), a)


def _solution_type(x: Type, f: Type, cutoff: Type, a: Type, b: Type) -> Type:
    if x.shape != (*matrix(a).shape[:-2], a.shape[-1], *b.shape[a.ndim - 1 :]):
        raise ShapeError(f"{x} does not solve {a} with right-hand sides {b}")
    return x


def _inverse(f: Value, cutoff: Value, a: Value) -> Value:
    u, s, vh = svd_parts(f, a, False)
    return inverse_in_parts(u, s, vh, cutoff, a)


def _in_matrix(t: Value, out: Value, x: Value, f: Value, cutoff: Value, a: Value, b: Value) -> Value:
    """``-P dA X + P P^T dA^T (B - A X) + (I - P A) dA^T P^T X``: products with what has the width of B only."""
    inverse, turned = _inverse(f, cutoff, a), transposed(t)
    rest = matmul(transposed(inverse), matmul(turned, b - matmul(a, out)))
    inside = matmul(turned, matmul(transposed(inverse), out))
    return matmul(inverse, rest - matmul(t, out) - matmul(a, inside)) + inside


def _in_sides(t: Value, out: Value, x: Value, f: Value, cutoff: Value, a: Value, b: Value) -> Value:
    return matmul(_inverse(f, cutoff, a), t)


# X = A^+ B from the singular values of A above the cut-off: of least squares, and among those of least norm. With the
# derivative in A at constant rank, and in B.
least_squares: Op = define(
    "least_squares",
    numpy=lambda x, f, cutoff, a, b: x,
    type=_solution_type,
    c=View(lambda index, node, x: (index, ())),
    batch=all_batched(lambda: least_squares),
    rules=[HELD, HELD, HELD, Tangent(_in_matrix), Tangent(_in_sides)],
)
