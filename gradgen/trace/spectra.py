"""`numpy.linalg`: singular values, eigenvalues of symmetric matrices, and what is told by them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gradgen.errors import ShapeError, TraceError
from gradgen.ops.singular import svd, svd_s, svd_u, svd_vh, svdvals
from gradgen.ops.spectrum import eigh, eigh_values, eigh_vectors, eigvalsh
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import implements, numpy
from gradgen.trace.linalg import matrices, square_matrices
from gradgen.trace.moves import as_traced, cast, fixed

__all__ = ["Parts", "decomposed", "singular_values", "single_matrices"]


class Parts(NamedTuple):
    """``U diag(S) Vh``, with NumPy's names."""

    U: Any
    S: Any
    Vh: Any


_OF_SVD: Any = type(np.linalg.svd(np.eye(1)))
_OF_EIGH: Any = type(np.linalg.eigh(np.eye(1)))


def single_matrices(a: Any) -> TracedArray:
    """The operand as a stack of matrices whose sizes are known while tracing."""
    (x,) = matrices(a)
    if x.ndim < 2:
        raise ShapeError(f"{x!r} is not a matrix")
    for extent in x.shape[-2:]:
        fixed(extent)
    return x


# --- eigenvalues ---------------------------------------------------------------------------------


def _lower(triangle: str) -> bool:
    if triangle.upper() not in ("L", "U"):
        raise TraceError(f"UPLO={triangle!r} is neither 'L' nor 'U'")
    return triangle.upper() == "L"


@implements(np.linalg.eigh)
def _eigh(a: Any, UPLO: str = "L") -> Any:  # NumPy's name
    x = square_matrices(a)
    packed = emit(eigh, x, lower=_lower(UPLO))
    return _OF_EIGH(emit(eigh_values, packed, x), emit(eigh_vectors, packed, x))


@implements(np.linalg.eigvalsh)
def _eigvalsh(a: Any, UPLO: str = "L") -> TracedArray:
    return emit(eigvalsh, square_matrices(a), lower=_lower(UPLO))


# --- singular values -----------------------------------------------------------------------------


def decomposed(x: TracedArray, full: bool = False) -> Parts:
    """The singular vectors and values."""
    rows, columns = x.shape[-2:]
    full = full and rows != columns
    packed, start = emit(svd, x, full=full), int(rows) * (int(rows) if full else min(int(rows), int(columns)))
    u, vh = (emit(part, packed, x, full=full) for part in (svd_u, svd_vh))
    return Parts(u, emit(svd_s, packed, x, full=full, start=start), vh)


def decomposed_symmetric(a: Any) -> Parts:
    """The same of symmetric matrices: the sizes of the eigenvalues, whose signs go into ``Vh``."""
    w, v = _eigh(a)
    order = np.argsort(np.abs(w))[..., ::-1]
    sign = np.take_along_axis(np.copysign(1.0, w), order, axis=-1)
    u = np.take_along_axis(v, order[..., None, :], axis=-1)
    s = np.take_along_axis(np.abs(w), order, axis=-1)
    return Parts(u, s, np.swapaxes(u * sign[..., None, :], -1, -2))


def singular_values(a: Any, hermitian: bool = False) -> Any:
    """The singular values, descending."""
    if hermitian:
        return np.sort(np.abs(_eigvalsh(a)))[..., ::-1]
    return emit(svdvals, single_matrices(a))


@implements(np.linalg.svd)
def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    if not compute_uv:
        return singular_values(a, hermitian)
    return _OF_SVD(*(decomposed_symmetric(a) if hermitian else decomposed(single_matrices(a), full_matrices)))


@implements(np.linalg.svdvals)
def _svdvals(x: Any, /) -> Any:
    return singular_values(x)


# --- conditions and ranks ------------------------------------------------------------------------


@implements(np.linalg.cond)
def _cond(x: Any, p: Any = None) -> Any:
    a = single_matrices(x)
    if 0 in a.shape[-2:]:
        raise ShapeError(f"{a!r} has no condition number: it is empty")
    if p in (None, 2, -2):
        s: Any = singular_values(a)
        return s[..., -1] / s[..., 0] if p == -2 else _quotient(s[..., 0], s[..., -1])
    sign, _ = np.linalg.slogdet(square_matrices(a))
    invertible = np.where(sign[..., None, None] == 0.0, np.eye(int(a.shape[-1]), dtype=a.dtype), a)
    norms = np.linalg.norm(a, p, axis=(-2, -1)) * np.linalg.norm(np.linalg.inv(invertible), p, axis=(-2, -1))
    return _quotient(norms, np.abs(sign))


def _quotient(size: Any, least: Any) -> Any:
    """That of a matrix of zeros is inf, as of all singular ones."""
    return np.where(size == 0.0, np.inf, size / least)


@implements(np.linalg.matrix_rank)
def _matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    if rtol is not None and tol is not None:
        raise TraceError("tol= and rtol= cannot both be given")
    x = as_traced(A)
    if x.ndim < 2:
        rank = cast(as_traced(np.any(x != 0)), np.int64)
        rank.weak = True  # NumPy gives a number of Python's here
        return rank
    s: Any = singular_values(x, hermitian)
    if s.shape[-1] == 0:
        return numpy.sum(s > 0.0, axis=-1)
    if tol is None:
        relative = max(map(int, x.shape[-2:])) * np.finfo(s.dtype).eps if rtol is None else np.asarray(rtol)[..., None]
        limit = np.max(s, axis=-1, keepdims=True) * relative
    else:
        limit = np.asarray(tol)[..., None]
    return numpy.sum(s > limit, axis=-1)
