"""QR, LU, Cholesky and solving, by NumPy's and SciPy's names: values and derivatives to second order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg as sl

import gradgen as gg
from gradgen.errors import TraceError
from gradgen.native.compiler import find_compiler

rng = np.random.default_rng(3)
SQUARE, TALL, WIDE = rng.normal(size=(4, 4)), rng.normal(size=(5, 3)), rng.normal(size=(3, 5))
REGULAR, VECTOR, SIDES = SQUARE + 4.0 * np.eye(4), rng.normal(size=4), rng.normal(size=(4, 2))
SHAPES = {"square": SQUARE, "tall": TALL, "wide": WIDE, "stack": np.stack([TALL, TALL + 1.0])}

CASES: dict[str, tuple[Callable[..., Any], tuple[np.ndarray, ...]]] = {
    **{f"qr of {name}": (lambda a: tuple(np.linalg.qr(a)), (a,)) for name, a in SHAPES.items()},
    **{f"r of {name}": (lambda a: np.linalg.qr(a, mode="r"), (a,)) for name, a in SHAPES.items()},
    "complete qr": (lambda a: tuple(np.linalg.qr(a, mode="complete")), (WIDE,)),
    # How the columns of Q that A does not determine turn is nobody's business.
    "complete r of tall": (lambda a: np.linalg.qr(a, mode="complete")[1], (TALL,)),
    "complete q of tall": (lambda a: np.linalg.qr(a, mode="complete")[0][:, :3], (TALL,)),
    "projection on the rest": (lambda a: (lambda q: q[:, 3:] @ q[:, 3:].T)(np.linalg.qr(a, "complete")[0]), (TALL,)),
    "scipy qr": (lambda a: sl.qr(a, mode="economic"), (TALL,)),
    "solve_triangular": (lambda a, b: sl.solve_triangular(a, b, lower=True), (REGULAR, VECTOR)),
    "solve_triangular, transposed": (
        lambda a, b: sl.solve_triangular(a, b, trans="T", unit_diagonal=True),
        (REGULAR, SIDES),
    ),
    "cho_solve": (lambda a, b: sl.cho_solve(sl.cho_factor(a @ a.T + np.eye(4)), b), (SQUARE, VECTOR)),
    "cho_solve, lower": (
        lambda a, b: sl.cho_solve(sl.cho_factor(a @ a.T + np.eye(4), lower=True), b),
        (SQUARE, SIDES),
    ),
    "scipy cholesky": (lambda a: sl.cholesky(a @ a.T + np.eye(4)), (SQUARE,)),
    "numpy cholesky, upper": (lambda a: np.linalg.cholesky(a @ a.T + np.eye(4)).T, (SQUARE,)),
    "lu": (lambda a: sl.lu(a)[1:], (SQUARE,)),
    "lu, permuted": (lambda a: sl.lu(a, permute_l=True), (SQUARE,)),
    "lu_solve": (lambda a, b: sl.lu_solve(sl.lu_factor(a), b), (SQUARE, VECTOR)),
    "lu_solve, transposed": (lambda a, b: sl.lu_solve(sl.lu_factor(a), b, trans=1), (SQUARE, SIDES)),
    "solve": (lambda a, b: sl.solve(a, b), (SQUARE, VECTOR)),
    "solve, positive definite": (
        lambda a, b: sl.solve(a @ a.T + np.eye(4), b, assume_a="pos"),
        (SQUARE, VECTOR),
    ),
    "solve, symmetric": (lambda a, b: sl.solve(a + a.T, b, assume_a="sym"), (SQUARE, VECTOR)),
}


def parts(result: Any) -> tuple[Any, ...]:
    return tuple(result) if isinstance(result, tuple | list) else (result,)


@pytest.mark.parametrize("name", CASES)
def test_value_and_derivatives(name: str) -> None:
    function, arrays = CASES[name]
    for found, expected in zip(
        parts(gg.compile(function, backend="numpy")(*arrays)), parts(function(*arrays)), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)

    def scalar(*args: Any) -> Any:
        return sum(np.sum(np.sin(part)) for part in parts(function(*args)))

    gg.check_grads(scalar, arrays, order=2, backend="numpy")


@pytest.mark.slow
@pytest.mark.skipif(find_compiler() is None, reason="needs a C compiler")
def test_compiled_gradients_are_those_of_the_numpy_backend() -> None:
    def total(*args: Any) -> Any:
        results, position = [], 0
        for function, arrays in CASES.values():
            given = args[position : position + len(arrays)]
            position += len(arrays)
            results.append(sum(np.sum(np.sin(part)) for part in parts(function(*given))))
        return sum(results)

    arrays = [array for _, given in CASES.values() for array in given]
    wanted = gg.value_and_grad(total, argnums=tuple(range(len(arrays))), backend="numpy")(*arrays)
    value, gradients = gg.value_and_grad(total, argnums=tuple(range(len(arrays))))(*arrays)
    np.testing.assert_allclose(value, wanted[0], rtol=1e-12)
    for found, expected in zip(gradients, wanted[1], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10)


@pytest.mark.skipif(find_compiler() is None, reason="needs a C compiler")
def test_large_ones_go_to_lapack() -> None:
    a, b = rng.normal(size=(40, 40)) + 8.0 * np.eye(40), rng.normal(size=40)

    def function(a: Any, b: Any) -> Any:
        q, r = np.linalg.qr(a)
        return np.sum(np.sin(q)) + np.sum(np.sin(r)) + np.sum(sl.lu_solve(sl.lu_factor(a), b))

    value, gradient = gg.value_and_grad(function)(a, b)
    wanted = gg.value_and_grad(function, backend="numpy")(a, b)
    np.testing.assert_allclose(value, function(a, b), rtol=1e-12)
    np.testing.assert_allclose(gradient, wanted[1], rtol=1e-9, atol=1e-10)


def test_float32_stays() -> None:
    a = TALL.astype(np.float32)
    q, r = gg.compile(lambda a: tuple(np.linalg.qr(a)), backend="numpy")(a)
    assert q.dtype == r.dtype == np.float32


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_a_singular_matrix_names_the_line(backend: str) -> None:
    if backend == "c" and find_compiler() is None:
        pytest.skip("needs a C compiler")

    def solution(a: Any, b: Any) -> Any:
        return np.sum(np.linalg.solve(a, b))

    with pytest.raises(np.linalg.LinAlgError, match=r"(?i)singular matrix[\s\S]*np\.linalg\.solve\(a, b\)"):
        gg.grad(solution, backend=backend)(np.zeros((3, 3)), np.ones(3))


def test_pivoting_is_refused() -> None:
    with pytest.raises(TraceError, match="without pivoting"):
        gg.compile(lambda a: sl.qr(a, pivoting=True)[0], backend="numpy")(SQUARE)
