"""Calls of what depends on the order of the numbers, and of products."""

from __future__ import annotations

import numpy as np

from tests.trace.coverage_samples import HOLES, L, M, N, Q, Row, S, T, V, W, numbers, of

ORDER: dict[str, Row] = {
    "isin": of(V)(lambda x: np.isin(x, x[1:3]), lambda x: np.isin(x, [2.0], invert=True)),
    "argmax": of(M)(np.argmax, lambda x: np.argmax(x, axis=0), lambda x: np.argmax(x, axis=1, keepdims=True)),
    "argmin": of(M)(lambda x: np.argmin(x, keepdims=True), lambda x: np.argmin(x, axis=0)),
    "argpartition": of(V)(lambda x: x[np.argpartition(x, 2)[2]]),
    "argsort": of(M)(
        np.argsort,
        lambda x: np.argsort(x, axis=0),
        lambda x: np.argsort(x, axis=None),
        lambda x: x[np.argsort(x[:, 0])],
    ),
    "digitize": of(V)(
        lambda x: np.digitize(x, [0.3, 0.5, 0.7]),
        lambda x: np.digitize(x, [0.7, 0.5, 0.3], right=True),
    ),
    "nanargmax": of(M)(lambda x: np.nanargmax(x * HOLES, axis=1)),
    "nanargmin": of(M)(lambda x: np.nanargmin(x * HOLES)),
    "partition": of(V)(lambda x: np.partition(x, 1)[1]),
    "searchsorted": of(V, W)(
        lambda x, y: np.searchsorted(np.sort(x), y),
        lambda x, y: np.searchsorted(x, y, side="right", sorter=np.argsort(x)),
    ),
    "sort": of(M)(np.sort, lambda x: np.sort(x, axis=0), lambda x: np.sort(x, axis=None))
    + of(T)(lambda x: np.sort(x, axis=1, kind="stable")),
    "take": of(M)(
        lambda x: np.take(x, [5, 1, -1, 5]),
        lambda x: np.take(x, [0, 5], axis=1, mode="clip"),
        lambda x: np.take(x, np.argmax(x, axis=1), axis=1),
        lambda x: np.take(x, [-1, 7], axis=0, mode="wrap"),
    ),
    "take_along_axis": of(M)(
        lambda x: np.take_along_axis(x, np.argsort(x, axis=1), axis=1),
        lambda x: np.take_along_axis(x, np.array([[1, 0, 2, 1]]), axis=0),
        lambda x: np.take_along_axis(x, np.array([5, -1]), axis=None),
    ),
}

PRODUCTS: dict[str, Row] = {
    "convolve": of(V, L)(np.convolve, lambda x, y: np.convolve(x, y, "same"), lambda x, y: np.convolve(y, x, "valid"))
    + of(numbers(20), numbers(18))(np.convolve),
    "correlate": of(V, L)(
        np.correlate, lambda x, y: np.correlate(y, x, "same"), lambda x, y: np.correlate(x, y, "full")
    ),
    "cross": of(Q, Q[0])(np.cross, lambda x, y: np.cross(x, y, axisa=0, axisc=0)),
    "dot": of(M, N)(np.dot) + of(T, N)(np.dot) + of(V, W)(np.dot) + of(M, S)(np.dot),
    "einsum": of(M, N)(
        lambda x, y: np.einsum("ij,jk->ik", x, y),
        lambda x, y: np.einsum("ij,jk", x, y, optimize=True),
        lambda x, y: np.einsum(x, [0, 1], y, [1, 2], [2, 0]),
        lambda x, y: np.einsum("ij,jk,ij->k", x, y, x, optimize="greedy"),
    )
    + of(Q)(lambda x: np.einsum("ii->i", x), lambda x: np.einsum("ii", x), lambda x: np.einsum("ij,ji,ii->j", x, x, x))
    + of(T, T)(lambda x, y: np.einsum("...ij,...kj->...ik", x, y)),
    "inner": of(M, V)(np.inner) + of(T, M)(np.inner),
    "kron": of(M, N)(np.kron) + of(V, Q)(np.kron),
    "linalg.cross": of(Q, Q)(np.linalg.cross),
    "linalg.matmul": of(M, N)(np.linalg.matmul),
    "linalg.outer": of(V, W)(np.linalg.outer),
    "linalg.tensordot": of(T, N)(lambda x, y: np.linalg.tensordot(x, y, axes=1)),
    "linalg.vecdot": of(M, V)(np.linalg.vecdot),
    "outer": of(V, M)(np.outer),
    "tensordot": of(T, N)(lambda x, y: np.tensordot(x, y, 1), lambda x, y: np.tensordot(x, y, ([0, 2], [1, 0]))),
    "vdot": of(V, W)(np.vdot) + of(M, M)(np.vdot),
}
for _name, _first, _second in (("vecdot", M, V), ("matvec", M, V), ("vecmat", V, N)):
    if hasattr(np, _name):
        PRODUCTS[_name] = of(_first, _second)(getattr(np, _name))
