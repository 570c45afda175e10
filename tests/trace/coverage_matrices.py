"""Calls of `numpy.linalg` beyond products: systems of equations, factors, eigenvalues and singular values."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.trace.coverage_samples import M, N, Q, Row, T, V, numbers, of

STACK, TALL = numbers(2, 3, 3) + np.eye(3), M.T
SYSTEM = numbers(2, 3, 6) + np.eye(6).reshape(2, 3, 6)


def symmetric(x: Any) -> Any:
    """Positive definite."""
    return x @ np.swapaxes(x, -1, -2) + np.eye(x.shape[-1], dtype=x.dtype)


def planes(u: Any, s: Any, vh: Any) -> Any:
    """What of the vectors does not depend on their signs."""
    return (u[..., : s.shape[-1]] * s[..., None, :] ** 2) @ vh[..., : s.shape[-1], :]


SYSTEMS: dict[str, Row] = {
    "linalg.inv": of(Q)(np.linalg.inv) + of(STACK)(np.linalg.inv),
    "linalg.solve": of(Q, V[:3])(np.linalg.solve) + of(STACK, M[:3, :2])(np.linalg.solve),
    "linalg.det": of(Q)(np.linalg.det, lambda x: np.linalg.det(x - x[0])) + of(STACK)(np.linalg.det),
    "linalg.slogdet": of(Q)(np.linalg.slogdet) + of(STACK)(np.linalg.slogdet),
    "linalg.cholesky": of(Q)(
        lambda x: np.linalg.cholesky(symmetric(x)), lambda x: np.linalg.cholesky(symmetric(x), upper=True)
    ),
    "linalg.qr": of(M)(np.linalg.qr, lambda x: np.linalg.qr(x, mode="r")) + of(TALL)(np.linalg.qr),
    "linalg.tensorinv": of(SYSTEM)(np.linalg.tensorinv, lambda x: np.linalg.tensorinv(x[0, :, :3], ind=1)),
    "linalg.tensorsolve": of(SYSTEM, M[:2, :3])(np.linalg.tensorsolve)
    + of(np.moveaxis(SYSTEM, 2, 1), M[:2, :3])(lambda a, b: np.linalg.tensorsolve(a, b, axes=(1,))),
    "linalg.pinv": of(M)(np.linalg.pinv, lambda x: np.linalg.pinv(x, rtol=1e-3))
    + of(T)(lambda x: np.linalg.pinv(x, rcond=1e-9))
    + of(Q)(lambda x: np.linalg.pinv(symmetric(x), hermitian=True), lambda x: np.linalg.pinv(x[:, :2] @ x[:2])),
    "linalg.lstsq": of(TALL, V)(lambda a, b: np.linalg.lstsq(a, b))
    + of(TALL, N)(
        lambda a, b: np.linalg.lstsq(a, b, rcond=-1), lambda a, b: np.linalg.lstsq(a.T, b[:3], rcond=0.01)[0]
    ),
}

SPECTRA: dict[str, Row] = {
    "linalg.eig": of(Q)(
        lambda x: np.real(np.linalg.eig(x).eigenvalues),
        lambda x: np.imag(np.linalg.eig(x)[1] ** 2),
    )
    + of(STACK)(lambda x: np.abs(np.linalg.eig(x)[1])),
    "linalg.eigvals": of(Q)(lambda x: np.abs(np.linalg.eigvals(x)))
    + of(STACK)(lambda x: np.imag(np.linalg.eigvals(x))),
    "linalg.eigh": of(Q)(
        lambda x: np.linalg.eigh(symmetric(x)).eigenvalues,
        lambda x: np.linalg.eigh(symmetric(x), UPLO="U")[1] ** 2,
    )
    + of(STACK)(lambda x: np.linalg.eigh(symmetric(x))[1] ** 2),
    "linalg.eigvalsh": of(Q)(
        lambda x: np.linalg.eigvalsh(symmetric(x)), lambda x: np.linalg.eigvalsh(symmetric(x), "U")
    )
    + of(STACK)(lambda x: np.linalg.eigvalsh(symmetric(x))),
    "linalg.svd": of(M)(
        lambda x: planes(*np.linalg.svd(x)),
        lambda x: planes(*np.linalg.svd(x, full_matrices=False)),
        lambda x: np.linalg.svd(x, compute_uv=False),
        lambda x: np.linalg.svd(x)[2][3:] ** 2,
    )
    + of(T, TALL)(lambda x, y: (planes(*np.linalg.svd(x)), planes(*np.linalg.svd(y)), np.linalg.svd(y)[0][:, 3:] ** 2))
    + of(Q)(
        lambda x: planes(*np.linalg.svd(x + x.T, hermitian=True)),
        lambda x: np.linalg.svd(x + x.T, hermitian=True, compute_uv=False),
    ),
    "linalg.svdvals": of(M)(np.linalg.svdvals) + of(T)(np.linalg.svdvals),
    "linalg.cond": of(Q)(
        *[lambda x, p=p: np.linalg.cond(x, p) for p in (None, -2, "fro", "nuc", 1, -1, np.inf, -np.inf)]
    )
    + of(STACK)(np.linalg.cond),
    "linalg.matrix_rank": of(Q)(
        lambda x: x * np.linalg.matrix_rank(x),
        lambda x: x * np.linalg.matrix_rank(x[:, :1] * x[0], tol=1e-6),
        lambda x: x * np.linalg.matrix_rank(x + x.T, rtol=0.5, hermitian=True),
        lambda x: x * np.linalg.matrix_rank(x[0]),
    )
    + of(STACK)(np.linalg.matrix_rank),
}

NORMS: dict[str, Row] = {
    "linalg.norm": of(M)(
        np.linalg.norm,
        lambda x: np.linalg.norm(x, axis=1),
        lambda x: np.linalg.norm(x, 3, axis=0, keepdims=True),
        lambda x: np.linalg.norm(x, -np.inf, axis=1),
        lambda x: np.linalg.norm(x, 0, axis=1),
        *[lambda x, ord=ord: np.linalg.norm(x, ord) for ord in (2, -2, "nuc", "fro", 1, -1, np.inf, -np.inf)],
    )
    + of(T)(
        lambda x: np.linalg.norm(x, 2, axis=(2, 0), keepdims=True),
        lambda x: np.linalg.norm(x, "nuc", axis=(0, -1)),
        lambda x: np.linalg.norm(x, -np.inf, axis=(2, 1)),
        lambda x: np.linalg.norm(x, 1, axis=(2, 1), keepdims=True),
    )
    + of(V)(*[lambda x, ord=ord: np.linalg.norm(x, ord) for ord in (-1, -2, 0.5)]),
    "linalg.matrix_norm": of(T)(
        np.linalg.matrix_norm,
        lambda x: np.linalg.matrix_norm(x, ord=1, keepdims=True),
        lambda x: np.linalg.matrix_norm(x, ord=2),
        lambda x: np.linalg.matrix_norm(x, ord="nuc"),
    ),
    "linalg.vector_norm": of(M)(np.linalg.vector_norm, lambda x: np.linalg.vector_norm(x, axis=0, ord=1.5)),
    "linalg.matrix_power": of(Q)(
        lambda x: np.linalg.matrix_power(x, 5),
        lambda x: np.linalg.matrix_power(x, -3),
        lambda x: x * np.linalg.matrix_power(x, 0),
    )
    + of(STACK)(lambda x: np.linalg.matrix_power(x, 0), lambda x: np.linalg.matrix_power(x, -1)),
    "linalg.multi_dot": of(M, N)(lambda x, y: np.linalg.multi_dot([x, y, y.T, x.T]))
    + of(M, V)(
        lambda x, y: np.linalg.multi_dot([y, x.T, x, x.T, x, y]),
        lambda x, y: np.linalg.multi_dot([x, x.T, x, y]),
        lambda x, y: np.linalg.multi_dot([y, x.T, x]),
    ),
}
