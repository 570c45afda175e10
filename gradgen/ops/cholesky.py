"""The Cholesky factor, and what is computed with it: solutions, the inverse, the logarithm of the determinant.

A matrix is taken to be symmetric: its lower triangle is read, and its derivative is symmetric. What is
solved with the factor has its rule for the matrix, as in `factor`, and needs no derivative of the factor.

Rule: I. Murray, Differentiation of the Cholesky decomposition (2016).
"""

from __future__ import annotations

import numpy as np

from gradgen.ops.factor import (
    LANES,
    all_batched,
    is_small,
    many_sides,
    no_work,
    order,
    sides,
    solvable,
    solved,
    triangular_solve,
)
from gradgen.ops.lowering import Routine
from gradgen.ops.matrix import inner, matmul, square, symmetric, transposed
from gradgen.ops.op import HELD, Linear, Op, Tangent, define
from gradgen.ops.triangle import tril
from gradgen.ops.value import Value

__all__ = ["cholesky", "cholesky_inverse", "cholesky_logdet", "cholesky_solve"]


def _cholesky_tangent(t: Value, out: Value, a: Value) -> Value:
    """``L phi(L^-1 dA L^-T)``, where phi takes the lower triangle with half of the diagonal."""
    left = triangular_solve(out, symmetric(t), lower=True, transposed=False, unit=False)
    both = triangular_solve(out, transposed(left), lower=True, transposed=False, unit=False)
    return matmul(out, 0.5 * (tril(both, k=0) + tril(both, k=-1)))


# L with A = L L^T; reads the lower triangle of A, which is taken to be symmetric.
cholesky: Op = define(
    "cholesky",
    numpy=lambda a: np.linalg.cholesky(a),
    type=square,
    c=Routine("gg_cholesky", 2, order, work=no_work, small=is_small, lanes=LANES, fails=True),
    batch=lambda size, batched: {},
    rules=[Tangent(_cholesky_tangent)],
)

# A^-1 B with the Cholesky factor of A.
cholesky_solve: Op = define(
    "cholesky_solve",
    numpy=lambda factor, a, b: solved(a, b),
    type=lambda factor, a, b: solvable(a, b),
    c=Routine("gg_cholesky_solve", 2, sides, reads=(0, 2), work=lambda n, k: (n, k), small=is_small, fails=True),
    batch=many_sides(lambda: cholesky_solve, 2),
    rules=[
        HELD,
        Tangent(lambda t, out, factor, a, b: -cholesky_solve(factor, a, matmul(symmetric(t), out))),
        Linear(lambda ct, factor, a, b: cholesky_solve(factor, a, ct)),
    ],
)

# A^-1 with the Cholesky factor of A.
cholesky_inverse: Op = define(
    "cholesky_inverse",
    numpy=lambda factor, a: np.linalg.inv(a),
    type=lambda factor, a: square(a),
    c=Routine("gg_cholesky_inverse", 2, order, (0,), lambda n: (2, n, n), is_small, fails=True),
    batch=all_batched(lambda: cholesky_inverse),
    rules=[HELD, Tangent(lambda t, out, factor, a: -matmul(out, matmul(symmetric(t), out)))],
)

# log det A with the Cholesky factor of A.
cholesky_logdet: Op = define(
    "cholesky_logdet",
    numpy=lambda factor, a: 2.0 * np.log(np.diagonal(factor, axis1=-2, axis2=-1)).sum(axis=-1),
    type=lambda factor, a: a.with_shape(square(a).shape[:-2]),
    c=Routine("gg_cholesky_logdet", 2, order, (0,)),
    batch=all_batched(lambda: cholesky_logdet),
    rules=[HELD, Tangent(lambda t, out, factor, a: inner(cholesky_inverse(factor, a), t))],
)
