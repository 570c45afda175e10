"""What to write instead of those functions of `scipy.linalg` that traced arrays do not answer for."""

from __future__ import annotations

__all__ = ["advice_on"]

_SIZE = (
    "how many columns there are depends on the numbers; take a fixed number of the singular vectors, "
    "np.linalg.svd(a)[2][rank:].T"
)
_BANDS = (
    "build the whole matrix as a sum of np.diag(band, k), and use np.linalg.solve, np.linalg.eigh or np.linalg.cholesky"
)
_SCHUR = "use np.linalg.eig, or np.linalg.eigh if the matrix is symmetric"
_QR = "use scipy.linalg.qr without pivoting, and products with Q"
_POWER = "write it with scipy.linalg.expm, logm and sqrtm"
_QUESTION = "the answer is needed while the function is traced; ask outside the compiled function"
_ROUTINES = "write it with functions of numpy.linalg, or use scipy.linalg by name"


def _each(names: str, advice: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), advice)


_ADVICE: dict[str, str] = {
    **_each("null_space orth", _SIZE),
    **_each("cholesky_banded cho_solve_banded eig_banded eigvals_banded eigh_tridiagonal", _BANDS),
    **_each("eigvalsh_tridiagonal solve_banded solveh_banded", _BANDS),
    **_each("solve_toeplitz solve_circulant matmul_toeplitz", "use scipy.linalg.toeplitz and np.linalg.solve, or @"),
    **_each("cdf2rdf hessenberg ordqz qz rsf2csf schur", _SCHUR),
    **_each("qr_delete qr_insert qr_multiply qr_update rq", _QR),
    **_each("funm signm", _POWER),
    **_each("bandwidth find_best_blas_type ishermitian issymmetric", _QUESTION),
    **_each("get_blas_funcs get_lapack_funcs", _ROUTINES),
    "hankel": "it is scipy.linalg.toeplitz with its columns in the other order",
    "khatri_rao": "write it as np.einsum('ik,jk->ijk', a, b).reshape(-1, k)",
    "ldl": "use scipy.linalg.lu, or cholesky if the matrix is positive definite",
    "pinvh": "use np.linalg.pinv(a, hermitian=True)",
    "solve_discrete_lyapunov": "solve np.eye(n * n) - np.kron(a, a) for q.ravel()",
    "subspace_angles": "take np.arccos of np.linalg.svdvals of the product of both orthonormal bases",
}


def advice_on(name: str) -> str:
    """What to do instead of the function of this name in `scipy.linalg`.

    Examples
    --------
    >>> advice_on("pinvh")
    'use np.linalg.pinv(a, hermitian=True)'
    """
    return _ADVICE.get(name, "compute it outside the compiled function and pass the result in")
