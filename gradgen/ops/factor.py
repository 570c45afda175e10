"""Factorisations and what is solved with them.

A factorisation is one array with its parts side by side. Derivatives go through the matrix, never
through the factor: ``lu_solve(lu(A), A, B)`` has a rule for ``A`` and ``B`` and none for ``lu(A)``, and so
value, gradient and Hessian share one factorisation, which is one node.

Rules: M. B. Giles, Collected matrix derivative results for forward and reverse mode algorithmic
differentiation (2008).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradgen.errors import ShapeError
from gradgen.ir import Extent, Type
from gradgen.ops.lowering import Routine
from gradgen.ops.matrix import is_vector, matmul, repeated, square, stacked, transposed
from gradgen.ops.op import HELD, Entries, Linear, Op, Tangent, define
from gradgen.ops.shape import reshape, transpose
from gradgen.ops.triangle import tril, triu
from gradgen.ops.value import Value

__all__ = [
    "LANES",
    "SMALL",
    "all_batched",
    "is_small",
    "lu",
    "lu_inverse",
    "lu_solve",
    "many_sides",
    "no_work",
    "order",
    "sides",
    "solvable",
    "solved",
    "triangular_solve",
]

# Up to these sizes gradgen's own functions are faster than LAPACK's, and many small ones go side by side.
SMALL, LANES = 32, 12


def no_work(*sizes: int) -> tuple[Extent, ...]:
    """The function has the parameter, and needs nothing of it."""
    return ()


def is_small(n: int, *others: int) -> bool:
    """Whether gradgen's own function is the faster one."""
    return n <= SMALL


def all_batched(op: Callable[[], Op]) -> Entries:
    """Along a batch every operand has the new axis; one that has not is repeated."""

    def result(size: Extent, batched: Sequence[bool], *operands: Value, **attributes: Any) -> Value:
        along = [x if has else repeated(x, size) for x, has in zip(operands, batched, strict=True)]
        return op()(*along, **attributes)

    return Entries(result)


def order(a: Type, *others: Type, **attributes: Any) -> tuple[Extent, ...]:
    """The size of a square matrix."""
    return (a.shape[-1],)


# --- LU ------------------------------------------------------------------------------------------


def _lu(a: np.ndarray) -> np.ndarray:
    from scipy.linalg.lapack import get_lapack_funcs  # slow to import, and needed without a compiler only

    if not a.size:
        return np.zeros((1, 0), a.dtype)
    (getrf,) = get_lapack_funcs(("getrf",), (a,))
    factor, pivots, _ = getrf(a.T)
    return np.vstack([factor.T, pivots.astype(a.dtype)])


def _lu_type(a: Type) -> Type:
    n = square(a).shape[-1]
    return a.with_shape((*a.shape[:-2], n + 1, n))


# A = L U P with U unit upper, L and U in one square; the last row holds the exchanges of columns. LAPACK's
# getrf on the same memory read by columns.
lu: Op = define(
    "lu",
    numpy=stacked(_lu, 2),
    type=_lu_type,
    c=Routine("gg_lu", 2, order, work=no_work, small=is_small, lanes=LANES),
    batch=lambda size, batched: {},
    rules=HELD,
)


def solvable(a: Type, b: Type) -> Type:
    """The type of ``A^-1 B``, where ``B`` holds vectors or matrices of right-hand sides."""
    n = square(a).shape[-1]
    if b.ndim not in (a.ndim - 1, a.ndim) or b.shape[a.ndim - 2] != n or a.shape[:-2] != b.shape[: a.ndim - 2]:
        raise ShapeError(f"cannot solve {a} with right-hand sides {b}")
    return b


def solved(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The reference: NumPy takes for vectors only what has one axis."""
    return np.linalg.solve(a, b) if b.ndim == a.ndim else np.linalg.solve(a, b[..., None])[..., 0]


def sides(f: Type, a: Type, b: Type, **attributes: Any) -> tuple[Extent, ...]:
    """The size of the matrix and the number of right-hand sides."""
    return a.shape[-1], 1 if is_vector(b, a) else b.shape[-1]


def many_sides(op: Callable[[], Op], matrices: int) -> Entries:
    """Solve along a batch: one matrix for all right-hand sides takes them as further columns.

    ``matrices`` is the number of operands before the right-hand sides.
    """

    def result(size: Extent, batched: Sequence[bool], *operands: Value, **attributes: Any) -> Value:
        *given, b = operands
        a = given[0]
        if any(batched[:matrices]):
            return all_batched(op).result(size, batched, *operands, **attributes)
        stack = a.ndim - 2
        vectors = b.ndim - 1 == stack + 1  # b has the new axis too
        last = transpose(b, axes=(*range(1, b.ndim), 0))
        n = a.shape[-1]
        wide = last if vectors else reshape(last, shape=(*b.shape[1 : stack + 1], n, b.shape[-1] * size))
        solved = op()(*given, wide, **attributes)
        back = solved if vectors else reshape(solved, shape=last.shape)
        return transpose(back, axes=(back.ndim - 1, *range(back.ndim - 1)))

    return Entries(result)


def _turned(a: Value, transposed_: bool) -> Value:
    return transposed(a) if transposed_ else a


# A^-1 B, or A^-T B, with the factor of A.
lu_solve: Op = define(
    "lu_solve",
    numpy=lambda f, a, b, transposed: solved(np.swapaxes(a, -1, -2) if transposed else a, b),
    type=lambda f, a, b, transposed: solvable(a, b),
    c=Routine(
        lambda transposed: "gg_lu_solve_t" if transposed else "gg_lu_solve",
        2,
        sides,
        reads=(0, 2),
        work=no_work,
        small=is_small,
        lanes=LANES,
        fails=True,
    ),
    batch=many_sides(lambda: lu_solve, 2),
    rules=[
        HELD,
        Tangent(
            lambda t, out, f, a, b, transposed: -lu_solve(
                f, a, matmul(_turned(t, transposed), out), transposed=transposed
            )
        ),
        Linear(lambda ct, f, a, b, transposed: lu_solve(f, a, ct, transposed=not transposed)),
    ],
)


# A^-1 with the factor of A.
lu_inverse: Op = define(
    "lu_inverse",
    numpy=lambda f, a: np.linalg.inv(a),
    type=lambda f, a: square(a),
    c=Routine(
        "gg_lu_inverse",
        2,
        lambda f, a: (a.shape[-1],),
        reads=(0,),
        work=lambda n: () if isinstance(n, int) and is_small(n) else (66, n),
        small=is_small,
        lanes=LANES,
        fails=True,
    ),
    batch=all_batched(lambda: lu_inverse),
    rules=[HELD, Tangent(lambda t, out, f, a: -matmul(out, matmul(t, out)))],
)


# --- triangles -----------------------------------------------------------------------------------


def _triangular_type(t: Type, b: Type, lower: bool, transposed: bool, unit: bool) -> Type:
    return solvable(t, b)


def _triangular_solve(t: np.ndarray, b: np.ndarray, lower: bool, transposed: bool, unit: bool) -> np.ndarray:
    kept = np.tril(t, -unit) if lower else np.triu(t, int(unit))
    kept = kept + np.eye(t.shape[-1], dtype=t.dtype) if unit else kept
    return solved(np.swapaxes(kept, -1, -2) if transposed else kept, b)


def _triangular_tangent(t: Value, out: Value, a: Value, b: Value, lower: bool, transposed: bool, unit: bool) -> Value:
    moving = tril(t, k=-int(unit)) if lower else triu(t, k=int(unit))
    change = matmul(_turned(moving, transposed), out)
    return -triangular_solve(a, change, lower=lower, transposed=transposed, unit=unit)


# The solution of T X = B, or T^T X = B, where of T only a triangle is read, with ones on its diagonal if ``unit``.
triangular_solve: Op = define(
    "triangular_solve",
    numpy=_triangular_solve,
    type=_triangular_type,
    c=Routine(
        "gg_triangular_solve",
        2,
        lambda t, b, lower, transposed, unit: (*sides(t, t, b), int(lower), int(transposed), int(unit)),
        work=no_work,
        small=is_small,
        lanes=LANES,
        fails=True,
    ),
    batch=many_sides(lambda: triangular_solve, 1),
    rules=[
        Tangent(_triangular_tangent),
        Linear(
            lambda ct, a, b, lower, transposed, unit: triangular_solve(
                a, ct, lower=lower, transposed=not transposed, unit=unit
            )
        ),
    ],
)
