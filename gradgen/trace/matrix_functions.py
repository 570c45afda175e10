"""What `scipy.linalg` has of functions of whole matrices, and of linear equations for matrices.

Of complex matrices they are those of the real ones of twice the size that do the same to both parts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradgen.errors import ShapeError, TraceError
from gradgen.ops import Op
from gradgen.ops.matrix_function import expm, expm_along, logm, sqrtm, sylvester
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.complex_functions import embedded, joined
from gradgen.trace.context import numpy
from gradgen.trace.linalg import common_stack, matrices, square_matrices
from gradgen.trace.moves import as_traced, fixed

__all__ = ["MATRIX_FUNCTIONS"]

Function = Callable[..., Any]


def _squares(a: Any) -> TracedArray:
    """Square matrices of a size known while tracing."""
    x = square_matrices(a)
    fixed(x.shape[-1])
    return x


def _of_matrix(op: Op, a: Any) -> TracedArray:
    x = as_traced(a)
    if x.dtype.kind != "c":
        return emit(op, _squares(x))
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"{x!r} is not a square matrix")
    n, both = x.shape[-1], emit(op, _squares(embedded(x)))
    return joined(both[..., :n, :n], both[..., n:, :n])


def _expm(A: Any) -> TracedArray:  # scipy's names
    return _of_matrix(expm, A)


def _expm_frechet(A: Any, E: Any, method: Any = None, compute_expm: bool = True, check_finite: bool = True) -> Any:
    a, e = matrices(A, E)
    a, e = common_stack((_squares(a), 2), (_squares(e), 2))
    moved = emit(expm_along, a, e)
    return (emit(expm, a), moved) if compute_expm else moved


def _sqrtm(A: Any, disp: Any = True, blocksize: Any = None) -> TracedArray:
    _with_display(disp)
    return _of_matrix(sqrtm, A)


def _logm(A: Any, disp: Any = True) -> TracedArray:
    _with_display(disp)
    return _of_matrix(logm, A)


def _with_display(disp: Any) -> None:
    if disp is False:
        raise TraceError("disp=False, an estimate of the error, is not supported on traced arrays; leave it away")


def _fractional_matrix_power(A: Any, t: Any) -> Any:
    """``exp(t log A)``; for a whole number that is known, products."""
    if isinstance(t, int | np.integer):
        return np.linalg.matrix_power(as_traced(A), int(t))
    return _expm(t * _logm(A))


def _turned(A: Any) -> Any:
    """``exp(iA)`` and ``exp(-iA)``"""
    x: Any = as_traced(A)
    return _expm(1j * x), _expm(-1j * x)


def _cosm(A: Any) -> Any:
    forth, back = _turned(A)
    return 0.5 * (forth + back) if as_traced(A).dtype.kind == "c" else numpy.real(forth)


def _sinm(A: Any) -> Any:
    forth, back = _turned(A)
    return -0.5j * (forth - back) if as_traced(A).dtype.kind == "c" else numpy.imag(forth)


def _tanm(A: Any) -> Any:
    return np.linalg.solve(_cosm(A), _sinm(A))


def _coshm(A: Any) -> Any:
    x: Any = as_traced(A)
    return 0.5 * (_expm(x) + _expm(-x))


def _sinhm(A: Any) -> Any:
    x: Any = as_traced(A)
    return 0.5 * (_expm(x) - _expm(-x))


def _tanhm(A: Any) -> Any:
    return np.linalg.solve(_coshm(A), _sinhm(A))


# --- equations -----------------------------------------------------------------------------------


def _solve_sylvester(a: Any, b: Any, q: Any) -> TracedArray:
    x, y, right = matrices(a, b, q)
    x, y = _squares(x), _squares(y)
    if right.ndim < 2 or (right.shape[-2], right.shape[-1]) != (x.shape[-1], y.shape[-1]):
        raise ShapeError(f"A {x!r} and B {y!r} do not fit the right-hand side {right!r}")
    return emit(sylvester, *common_stack((x, 2), (y, 2), (right, 2)))


def _solve_continuous_lyapunov(a: Any, q: Any) -> TracedArray:
    return _solve_sylvester(a, numpy.swapaxes(as_traced(a), -1, -2), q)


MATRIX_FUNCTIONS: dict[str, Function] = {
    "coshm": _coshm,
    "cosm": _cosm,
    "expm": _expm,
    "expm_frechet": _expm_frechet,
    "fractional_matrix_power": _fractional_matrix_power,
    "logm": _logm,
    "sinhm": _sinhm,
    "sinm": _sinm,
    "solve_continuous_lyapunov": _solve_continuous_lyapunov,
    "solve_sylvester": _solve_sylvester,
    "sqrtm": _sqrtm,
    "tanhm": _tanhm,
    "tanm": _tanm,
}
