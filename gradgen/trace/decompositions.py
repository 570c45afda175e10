"""`numpy.linalg.qr`, and what `scipy.linalg` has of factorisations and solving; scipy's signatures.

``overwrite_a`` and ``check_finite`` change nothing here: nothing is overwritten, and what is not finite
flows through.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradgen.errors import ShapeError, TraceError
from gradgen.ops.cholesky import cholesky, cholesky_solve
from gradgen.ops.factor import lu, lu_solve, triangular_solve
from gradgen.ops.orthogonal import qr, qr_q, qr_r
from gradgen.ops.pivots import lu_packed, permutation, pivot_order, pivots
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import implements, numpy
from gradgen.trace.linalg import common_stack, matrices, square_matrices
from gradgen.trace.moves import as_traced, cast

__all__ = ["FACTORISATIONS"]

_OF_QR: Any = type(np.linalg.qr(np.eye(1)))


# --- QR --------------------------------------------------------------------------------------------


def _parts_of_qr(x: TracedArray, complete: bool) -> tuple[TracedArray, TracedArray]:
    packed = emit(qr, x, complete=complete)
    return emit(qr_q, packed, x, complete=complete), emit(qr_r, packed, x, complete=complete)


@implements(np.linalg.qr)
def _numpy_qr(a: Any, mode: str = "reduced") -> Any:
    (x,) = matrices(a)
    if x.ndim < 2:
        raise ShapeError(f"{x!r} is not a matrix")
    if mode not in ("reduced", "complete", "r"):
        raise TraceError(f"mode={mode!r} is not supported on traced arrays; use 'reduced', 'complete' or 'r'")
    q, r = _parts_of_qr(x, mode == "complete")
    return r if mode == "r" else _OF_QR(q, r)


def _scipy_qr(
    a: Any,
    overwrite_a: bool = False,
    lwork: Any = None,
    mode: str = "full",
    pivoting: bool = False,
    check_finite: bool = True,
) -> Any:
    (x,) = matrices(a)
    if mode not in ("full", "economic", "r") or pivoting:
        raise TraceError("only mode='full', 'economic' and 'r' without pivoting are supported on traced arrays")
    q, r = _parts_of_qr(x, mode != "economic")
    return (r,) if mode == "r" else (q, r)


# --- solving ---------------------------------------------------------------------------------------


def _sides(x: TracedArray, b: TracedArray) -> tuple[TracedArray, TracedArray]:
    """Matrix and right-hand sides over common stacks; a vector has one axis."""
    core = 1 if b.ndim == 1 else 2
    if not b.ndim or b.shape[-core] != x.shape[-1]:
        raise ShapeError(f"cannot solve {x!r} with the right-hand side {b!r}")
    found = common_stack((x, 2), (b, core))
    return found[0], found[1]


def _triangular(x: TracedArray, b: TracedArray, lower: bool, transposed: bool, unit: bool = False) -> TracedArray:
    return emit(triangular_solve, *_sides(x, b), lower=bool(lower), transposed=bool(transposed), unit=bool(unit))


def _is_transposed(trans: Any) -> bool:
    known: dict[Any, bool] = {0: False, "N": False, 1: True, "T": True, 2: True, "C": True}
    if trans not in known:
        raise TraceError(f"trans={trans!r} is not one of 0, 1, 2, 'N', 'T', 'C'")
    return known[trans]


def _solve(
    a: Any,
    b: Any,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    assume_a: str | None = None,
    transposed: bool = False,
) -> TracedArray:
    x, y = matrices(a, b)
    x = square_matrices(x)
    if assume_a in ("pos", "positive definite"):
        x = x if lower else numpy.swapaxes(x, -1, -2)  # the factor reads the lower triangle
        x, y = _sides(x, y)
        return emit(cholesky_solve, emit(cholesky, x), x, y)
    if assume_a in ("upper triangular", "lower triangular"):
        return _triangular(x, y, assume_a.startswith("lower"), transposed)
    if assume_a in ("sym", "symmetric", "her", "hermitian"):
        half, rest = (numpy.tril(x), numpy.tril(x, -1)) if lower else (numpy.triu(x), numpy.triu(x, 1))
        x = half + numpy.swapaxes(rest, -1, -2)
    x, y = _sides(x, y)
    return emit(lu_solve, emit(lu, x), x, y, transposed=bool(transposed))


def _solve_triangular(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> TracedArray:
    x, y = matrices(a, b)
    return _triangular(square_matrices(x), y, lower, _is_transposed(trans), unit_diagonal)


# --- Cholesky --------------------------------------------------------------------------------------


def _factor(a: Any, lower: bool) -> TracedArray:
    """The factor of the triangle that is asked for."""
    x = square_matrices(a)
    if lower:
        return emit(cholesky, x)
    return as_traced(numpy.swapaxes(emit(cholesky, numpy.swapaxes(x, -1, -2)), -1, -2))


def _cholesky(a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True) -> TracedArray:
    return _factor(a, lower)


def _cho_factor(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> tuple[TracedArray, bool]:
    """As scipy's, but with zeros in the other triangle, where scipy leaves what was there."""
    return _factor(a, lower), bool(lower)


def _cho_solve(c_and_lower: Any, b: Any, overwrite_b: bool = False, check_finite: bool = True) -> TracedArray:
    c, lower = c_and_lower
    x, y = matrices(c, b)
    half = _triangular(x, y, lower, not lower)
    return _triangular(x, half, lower, bool(lower))


# --- LU --------------------------------------------------------------------------------------------


def _packed_lu(a: Any) -> tuple[TracedArray, TracedArray]:
    """L and U in one square, and the exchanges of rows."""
    x = square_matrices(a)
    factor = emit(lu, numpy.swapaxes(x, -1, -2))
    return emit(lu_packed, factor, x), emit(pivots, factor)


def _lu_factor(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> tuple[TracedArray, TracedArray]:
    packed, exchanges = _packed_lu(a)
    return packed, cast(exchanges, np.int32)


def _order(exchanges: Any) -> TracedArray:
    return emit(pivot_order, cast(as_traced(exchanges), np.int64))


def _lu_solve(
    lu_and_piv: Any, b: Any, trans: Any = 0, overwrite_b: bool = False, check_finite: bool = True
) -> TracedArray:
    packed, exchanges = lu_and_piv
    x, y = matrices(packed, b)
    if x.ndim != 2 or y.ndim not in (1, 2):
        raise ShapeError("a stack of factors is not supported; use np.linalg.solve")
    order = emit(permutation, _order(exchanges), x)
    if _is_transposed(trans):
        half = _triangular(x, y, False, True)
        return as_traced(numpy.matmul(order.T, _triangular(x, half, True, True, unit=True)))
    half = _triangular(x, numpy.matmul(order, y), True, False, unit=True)
    return _triangular(x, half, False, False)


def _lu(
    a: Any, permute_l: bool = False, overwrite_a: bool = False, check_finite: bool = True, p_indices: bool = False
) -> Any:
    packed, exchanges = _packed_lu(a)
    lower = numpy.tril(packed, -1) + np.eye(int(packed.shape[-1]), dtype=packed.dtype)
    upper = numpy.triu(packed)
    order = _order(exchanges)
    back = numpy.swapaxes(emit(permutation, order, packed), -1, -2)
    if permute_l:
        return numpy.matmul(back, lower), upper
    return (numpy.argsort(order, axis=-1) if p_indices else back), lower, upper


# By their names in `scipy.linalg`; `scipy_names` has the others.
FACTORISATIONS: dict[str, Callable[..., Any]] = {
    "cho_factor": _cho_factor,
    "cho_solve": _cho_solve,
    "cholesky": _cholesky,
    "lu": _lu,
    "lu_factor": _lu_factor,
    "lu_solve": _lu_solve,
    "qr": _scipy_qr,
    "solve": _solve,
    "solve_triangular": _solve_triangular,
}
