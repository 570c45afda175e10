"""`scipy.linalg` by its own signatures: what it has in common with `numpy.linalg`, some matrices made of others, and a
clear word on all the rest.

``overwrite_a``, ``check_finite`` and the choice of a driver change nothing here: nothing is overwritten, what is not
finite flows through, and LAPACK is called as NumPy calls it.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from gradgen.errors import ShapeError, TraceError
from gradgen.ops.pseudo_inverse import inverse_in_parts
from gradgen.trace.array import emit
from gradgen.trace.context import FUNCTIONS, implements, numpy
from gradgen.trace.decompositions import FACTORISATIONS
from gradgen.trace.eigen import eigenvalues, eigenvectors
from gradgen.trace.intercept import combined, intercept_implemented
from gradgen.trace.matrix_functions import MATRIX_FUNCTIONS
from gradgen.trace.moves import as_traced, to_shape
from gradgen.trace.patches import when_loaded
from gradgen.trace.scipy_advice import advice_on
from gradgen.trace.spectra import decomposed, single_matrices, singular_values

__all__ = ["SCIPY_LINALG"]

Function = Callable[..., Any]


# --- as in NumPy -----------------------------------------------------------------------------------


def _inv(
    a: Any, overwrite_a: bool = False, check_finite: bool = True, *, assume_a: Any = None, lower: bool = False
) -> Any:
    x: Any = as_traced(a)
    if assume_a in (None, "gen", "general"):
        return np.linalg.inv(x)
    return FACTORISATIONS["solve"](x, np.eye(int(x.shape[-1]), dtype=x.dtype), lower=lower, assume_a=assume_a)


def _det(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    return np.linalg.det(as_traced(a))


def _norm(a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, check_finite: bool = True) -> Any:
    return np.linalg.norm(as_traced(a), ord, axis, keepdims)


def _svd(
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    overwrite_a: bool = False,
    check_finite: bool = True,
    lapack_driver: str = "gesdd",
) -> Any:
    return tuple(decomposed(single_matrices(a), full_matrices)) if compute_uv else singular_values(a)


def _svdvals(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    return singular_values(a)


def _pinv(a: Any, *, atol: Any = None, rtol: Any = None, return_rank: bool = False, check_finite: bool = True) -> Any:
    if return_rank:
        raise TraceError("return_rank=True is not supported on traced arrays; use np.linalg.matrix_rank")
    x = single_matrices(a)
    if 0 in x.shape[-2:]:
        return numpy.swapaxes(x, -1, -2)
    u, s, vh = decomposed(x)
    relative = max(map(int, x.shape[-2:])) * np.finfo(x.dtype).eps if rtol is None else rtol
    cutoff = s[..., 0] * relative + (0.0 if atol is None else atol)
    return emit(inverse_in_parts, u, s, vh, to_shape(as_traced(cutoff, x.dtype), x.shape[:-2]), x)


def _lstsq(
    a: Any,
    b: Any,
    cond: Any = None,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    lapack_driver: Any = None,
) -> Any:
    x, residuals, rank, s = np.linalg.lstsq(as_traced(a), as_traced(b), rcond=-1 if cond is None else cond)
    alone = as_traced(b).ndim == 1 and residuals.shape == (1,)  # for one right-hand side scipy has a number
    return x, residuals[0] if alone else residuals, rank, s


# --- eigenvalues -----------------------------------------------------------------------------------


def _eig(
    a: Any,
    b: Any = None,
    left: bool = False,
    right: bool = True,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    homogeneous_eigvals: bool = False,
) -> Any:
    if left:
        raise TraceError("left=True is not supported on traced arrays; the left vectors are the right ones of a.T")
    _alone(b, homogeneous_eigvals)
    return (eigenvalues(a), eigenvectors(a)) if right else eigenvalues(a)


def _eigvals(
    a: Any, b: Any = None, overwrite_a: bool = False, check_finite: bool = True, homogeneous_eigvals: bool = False
) -> Any:
    _alone(b, homogeneous_eigvals)
    return eigenvalues(a)


def _alone(b: Any, homogeneous_eigvals: bool) -> None:
    if b is not None or homogeneous_eigvals:
        raise TraceError("b= and homogeneous_eigvals= are not supported on traced arrays; pass np.linalg.solve(b, a)")


def _whole(a: Any, lower: bool) -> Any:
    """The symmetric matrix of which one triangle is given."""
    half, rest = (numpy.tril(a), numpy.tril(a, -1)) if lower else (numpy.triu(a), numpy.triu(a, 1))
    return half + numpy.swapaxes(rest, -1, -2)


def _eigh(
    a: Any,
    b: Any = None,
    *,
    lower: bool = True,
    eigvals_only: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    type: int = 1,
    check_finite: bool = True,
    subset_by_index: Any = None,
    subset_by_value: Any = None,
    driver: Any = None,
) -> Any:
    """With ``b = L L^T`` those of ``L^-1 a L^-T``, the vectors times ``L^-T``."""
    if type != 1 or subset_by_value is not None:
        raise TraceError("only type=1 without subset_by_value is supported on traced arrays")
    x, back = _reduced(as_traced(a), b, lower)
    first, last = (0, int(x.shape[-1]) - 1) if subset_by_index is None else map(int, subset_by_index)
    uplo = "L" if lower else "U"
    if eigvals_only:
        return numpy.linalg.eigvalsh(x, uplo)[..., first : last + 1]
    w, v = numpy.linalg.eigh(x, uplo)
    return w[..., first : last + 1], back(v[..., first : last + 1])


def _reduced(x: Any, b: Any, lower: bool) -> tuple[Any, Function]:
    """The matrix whose eigenvalues are asked for, and the way from its vectors to those that are."""
    if b is None:
        return x, lambda v: v
    solve, factor = FACTORISATIONS["solve_triangular"], FACTORISATIONS["cholesky"](as_traced(b), lower=lower)
    half = solve(factor, _whole(x, lower), lower=lower, trans=0 if lower else 1)
    inside = solve(factor, numpy.swapaxes(half, -1, -2), lower=lower, trans=0 if lower else 1)
    return inside, lambda v: solve(factor, v, lower=lower, trans=1 if lower else 0)


def _eigvalsh(a: Any, b: Any = None, **options: Any) -> Any:
    return _eigh(a, b, eigvals_only=True, **options)


# --- made of others --------------------------------------------------------------------------------


def _polar(a: Any, side: str = "right") -> tuple[Any, Any]:
    if side not in ("right", "left"):
        raise TraceError(f"side={side!r} is neither 'right' nor 'left'")
    u, s, vh = decomposed(single_matrices(a))
    around = vh if side == "right" else numpy.swapaxes(u, -1, -2)
    return u @ vh, numpy.swapaxes(around, -1, -2) @ (s[..., None] * around)


def _orthogonal_procrustes(A: Any, B: Any, check_finite: bool = True) -> tuple[Any, Any]:  # scipy's names
    u, s, vh = decomposed(single_matrices(as_traced(B).T @ as_traced(A)))
    return numpy.swapaxes(u @ vh, -1, -2), numpy.sum(s)


def _block_diag(*arrs: Any) -> Any:
    blocks = [numpy.atleast_2d(combined(each, None)) for each in arrs]
    for block in blocks:
        if block.ndim != 2:
            raise ShapeError(f"{block!r} is not a matrix")
    columns, before, rows = sum(block.shape[1] for block in blocks), 0, []
    for block in blocks:
        rows.append(numpy.pad(block, ((0, 0), (before, columns - before - block.shape[1]))))
        before += block.shape[1]
    return numpy.concatenate(rows)


def _toeplitz(c: Any, r: Any = None) -> Any:
    column = as_traced(c)
    row = numpy.conjugate(column) if r is None else as_traced(r)
    if column.ndim != 1 or row.ndim != 1:
        raise ShapeError(f"the first column {column!r} and the first row {row!r} must have one axis each")
    m, n = int(column.shape[0]), int(row.shape[0])
    return numpy.concatenate([row[:0:-1], column])[np.arange(m)[:, None] - np.arange(n) + (n - 1)]


def _circulant(c: Any) -> Any:
    column = as_traced(c)
    n = int(column.shape[-1])
    return column[..., (np.arange(n)[:, None] - np.arange(n)) % n]


# --- the table ---------------------------------------------------------------------------------------

# By their names in `scipy.linalg`; signatures are scipy's.
SCIPY_LINALG: dict[str, Function] = {
    **FACTORISATIONS,
    **MATRIX_FUNCTIONS,
    "block_diag": _block_diag,
    "circulant": _circulant,
    "det": _det,
    "eig": _eig,
    "eigh": _eigh,
    "eigvals": _eigvals,
    "eigvalsh": _eigvalsh,
    "inv": _inv,
    "lstsq": _lstsq,
    "norm": _norm,
    "orthogonal_procrustes": _orthogonal_procrustes,
    "pinv": _pinv,
    "polar": _polar,
    "svd": _svd,
    "svdvals": _svdvals,
    "toeplitz": _toeplitz,
}


def _refusal(name: str) -> Function:
    def refused(*args: Any, **kwargs: Any) -> Any:
        raise TraceError(f"scipy.linalg.{name} of a traced array is not supported; {advice_on(name)}")

    return refused


def _implement(module: ModuleType) -> None:
    for name, implementation in SCIPY_LINALG.items():
        if hasattr(module, name):
            implements(getattr(module, name))(implementation)
    for name, function in vars(module).items():
        ours = (getattr(function, "__module__", None) or "").startswith("scipy.linalg")
        if ours and callable(function) and not isinstance(function, type) and function not in FUNCTIONS:
            implements(function)(_refusal(name))
    intercept_implemented()


when_loaded("scipy.linalg", _implement)
