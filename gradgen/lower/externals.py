"""Which routines of BLAS and LAPACK a function of the runtime calls."""

from __future__ import annotations

from collections.abc import Iterable

from gradgen.lower.dead import nested
from gradgen.nest import Call, Statement

__all__ = ["EXTERNALS", "externals"]

# The functions for float64, each with what it calls, by the Fortran names.
_FLOAT64 = {
    "gg_blas_gemm_nn": ("dgemm",),
    "gg_blas_gemm_nt": ("dgemm",),
    "gg_blas_gemm_tn": ("dgemm",),
    "gg_blas_gemm_tt": ("dgemm",),
    "gg_lapack_cholesky": ("dpotrf",),
    "gg_lapack_cholesky_solve": ("dtrsm", "dtrsv"),
    "gg_lapack_cholesky_inverse": ("dpotri",),
    "gg_lapack_lu": ("dgetrf",),
    "gg_lapack_lu_solve": ("dtrsm", "dtrsv"),
    "gg_lapack_lu_solve_t": ("dtrsm", "dtrsv"),
    "gg_lapack_lu_inverse": ("dgetri",),
    "gg_lapack_triangular_solve": ("dtrsm", "dtrsv"),
    "gg_lapack_qr": ("dgeqrf", "dorgqr"),
    "gg_lapack_svd": ("dgesdd",),
    "gg_lapack_svdvals": ("dgesdd",),
    "gg_lapack_eigh": ("dsyevd",),
    "gg_lapack_eigvalsh": ("dsyevd",),
    "gg_lapack_eig": ("dgeev",),
    "gg_lapack_eigvals": ("dgeev",),
    "gg_lapack_adjugate": ("dgetri", "dgetrf", "dgesdd"),
    "gg_lapack_schur": ("dgees",),
    "gg_lapack_sylvester": ("dgees", "dgemm", "dtrsyl"),
}
# Those for float32 have an f at the end, and an s for the d.
EXTERNALS = _FLOAT64 | {f"{name}f": tuple(f"s{r[1:]}" for r in routines) for name, routines in _FLOAT64.items()}


def externals(body: Iterable[Statement]) -> tuple[str, ...]:
    """The routines that some statements need, sorted.

    Examples
    --------
    >>> externals([Call("gg_lapack_luf", ()), Call("gg_blas_gemm_nn", ()), Call("gg_dot", ())])
    ('dgemm', 'sgetrf')
    """
    called = {statement.function for statement in nested(body) if isinstance(statement, Call)}
    return tuple(sorted({routine for function in called for routine in EXTERNALS.get(function, ())}))
