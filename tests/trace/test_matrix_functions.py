"""Functions of whole matrices by SciPy's names: values, derivatives, and what has none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg as sl

import gradgen as gg
from gradgen.errors import DifferentiationError, ShapeError, TraceError
from gradgen.native.compiler import find_compiler

pytestmark = pytest.mark.slow

rng = np.random.default_rng(5)
A, B, E = (0.4 * rng.normal(size=(3, 3)) for _ in range(3))
REGULAR = 2.0 * np.eye(3) + A  # all eigenvalues right of 0
STACK = np.stack([REGULAR, REGULAR.T + B])

CASES: dict[str, tuple[Callable[..., Any], tuple[np.ndarray, ...]]] = {
    "expm": (lambda a: sl.expm(a), (A,)),
    "expm of a stack": (lambda a: sl.expm(a), (STACK,)),
    "expm of complex": (lambda a, b: np.abs(sl.expm(a + 1j * b)), (A, B)),
    "expm_frechet": (lambda a, e: sl.expm_frechet(a, e), (A, E)),
    "expm_frechet alone": (lambda a, e: sl.expm_frechet(a, e, compute_expm=False), (A, E)),
    "expm and solve": (lambda a, b: np.linalg.solve(sl.expm(a), b), (A, B)),
    "logm": (lambda a: sl.logm(a), (REGULAR,)),
    "logm of complex": (lambda a, b: np.imag(sl.logm(a + 1j * b)), (REGULAR, B)),
    "sqrtm": (lambda a: sl.sqrtm(a), (REGULAR,)),
    "sqrtm of complex": (lambda a, b: np.abs(sl.sqrtm(a + 1j * b)), (REGULAR, B)),
    "power": (lambda a: np.real(sl.fractional_matrix_power(a, 0.3)), (REGULAR,)),
    "whole power": (lambda a: sl.fractional_matrix_power(a, -2), (REGULAR,)),
    "cosm": (lambda a: sl.cosm(a), (A,)),
    "sinm": (lambda a: sl.sinm(a), (A,)),
    "tanm": (lambda a: sl.tanm(a), (A,)),
    "coshm": (lambda a: sl.coshm(a), (A,)),
    "sinhm": (lambda a: sl.sinhm(a), (A,)),
    "tanhm": (lambda a: sl.tanhm(a), (A,)),
    "sylvester": (lambda a, b, q: sl.solve_sylvester(a, b, q), (REGULAR, REGULAR[:2, :2] + B[:2, :2], E[:, :2])),
    "lyapunov": (lambda a, q: sl.solve_continuous_lyapunov(a, q), (REGULAR, E)),
}
# Of these there are three derivatives, and what is made of them asks for all.
ORDERS = {"expm": 3, "sqrtm": 3, "sylvester": 3}


def parts(result: Any) -> tuple[Any, ...]:
    return tuple(result) if isinstance(result, tuple | list) else (result,)


@pytest.mark.parametrize("name", CASES)
def test_value_and_derivatives(name: str) -> None:
    function, arrays = CASES[name]
    found = parts(gg.compile(function, backend="numpy")(*arrays))
    expected = parts(np.stack([sl.expm(a) for a in arrays[0]]) if "stack" in name else function(*arrays))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12)

    def scalar(*args: Any) -> Any:
        return sum(np.sum(np.sin(part)) for part in parts(function(*args)))

    gg.check_grads(scalar, arrays, order=ORDERS.get(name, 2), backend="numpy")


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
    argnums = tuple(range(len(arrays)))
    wanted = gg.value_and_grad(total, argnums=argnums, backend="numpy")(*arrays)
    value, gradients = gg.value_and_grad(total, argnums=argnums)(*arrays)
    np.testing.assert_allclose(value, wanted[0], rtol=1e-12)
    for found, expected in zip(gradients, wanted[1], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10)


@pytest.mark.skipif(find_compiler() is None, reason="needs a C compiler")
def test_compiled_hessian_and_large_equations() -> None:
    hessian = gg.hessian(lambda a: np.sum(np.sin(sl.expm(a)) + sl.logm(a + 2.0 * np.eye(3))))
    wanted = gg.hessian(lambda a: np.sum(np.sin(sl.expm(a)) + sl.logm(a + 2.0 * np.eye(3))), backend="numpy")
    np.testing.assert_allclose(hessian(A), wanted(A), rtol=0, atol=1e-10)
    a, q = rng.normal(size=(9, 9)) + 20.0 * np.eye(9), rng.normal(size=(9, 9))

    def function(a: Any, q: Any) -> Any:
        return np.sum(np.sin(sl.solve_sylvester(a, a.T, q))) + np.sum(np.sin(sl.sqrtm(a)))

    value, gradients = gg.value_and_grad(function, argnums=(0, 1))(a, q)
    expected = gg.value_and_grad(function, argnums=(0, 1), backend="numpy")(a, q)
    assert value == pytest.approx(function(a, q), rel=1e-12)
    for found, other in zip(gradients, expected[1], strict=True):
        np.testing.assert_allclose(found, other, rtol=1e-9, atol=1e-12)


def test_gradients_on_paper() -> None:
    np.testing.assert_allclose(
        gg.grad(lambda a: np.trace(sl.expm(a)), backend="numpy")(A), sl.expm(A).T, rtol=0, atol=1e-13
    )
    np.testing.assert_allclose(
        gg.grad(lambda a: np.trace(sl.logm(a)), backend="numpy")(REGULAR), np.linalg.inv(REGULAR).T, atol=1e-13
    )
    np.testing.assert_allclose(
        gg.grad(lambda a: np.trace(sl.sqrtm(a)), backend="numpy")(REGULAR),
        0.5 * np.linalg.inv(sl.sqrtm(REGULAR)).T,
        atol=1e-13,
    )


def test_a_defective_matrix_has_all_derivatives() -> None:
    jordan = 2.0 * np.eye(3) + np.eye(3, k=1)
    for function in (CASES[name][0] for name in ("expm", "logm", "sqrtm")):
        gg.check_grads(lambda a, function=function: np.sum(np.sin(function(a))), (jordan,), order=2, backend="numpy")


def test_float32_stays() -> None:
    for function in (CASES[name][0] for name in ("expm", "logm", "sqrtm")):
        assert gg.compile(function, backend="numpy")(REGULAR.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize("name", ["sqrtm", "logm"])
def test_no_real_principal_value_names_the_line(name: str, backend: str) -> None:
    if backend == "c" and find_compiler() is None:
        pytest.skip("needs a C compiler")
    function = {"sqrtm": lambda a: np.sum(sl.sqrtm(a)), "logm": lambda a: np.sum(sl.logm(a))}[name]
    with pytest.raises(np.linalg.LinAlgError, match=rf"no convergence[\s\S]*sl\.{name}\(a\)"):
        gg.compile(function, backend=backend)(np.diag([1.0, -2.0]))


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_a_common_eigenvalue_names_the_line(backend: str) -> None:
    if backend == "c" and find_compiler() is None:
        pytest.skip("needs a C compiler")

    def solution(a: Any, q: Any) -> Any:
        return np.sum(sl.solve_sylvester(a, -a, q))

    with pytest.raises(np.linalg.LinAlgError, match=r"singular matrix[\s\S]*sl\.solve_sylvester"):
        gg.compile(solution, backend=backend)(np.diag([1.0, 2.0]), np.ones((2, 2)))


def test_a_fourth_derivative_says_so() -> None:
    fourth: Callable[[Any], Any] = lambda x: np.sum(sl.expm(x * A))  # noqa: E731
    for _ in range(4):
        fourth = gg.grad(fourth, backend="numpy")
    with pytest.raises(DifferentiationError, match=r"expm of f64\[3, 3\]: 3 nested [\s\S]*sl\.expm\(x \* A\)"):
        fourth(0.5)


def test_shapes_are_checked() -> None:
    with pytest.raises(ShapeError, match="not a square matrix"):
        gg.compile(lambda a: sl.expm(a), backend="numpy")(np.zeros((2, 3)))
    with pytest.raises(ShapeError, match="do not fit"):
        gg.compile(lambda a, b, q: sl.solve_sylvester(a, b, q), backend="numpy")(A, B, np.zeros((2, 3)))
    with pytest.raises(TraceError, match="compile for a fixed size"):
        gg.compile(lambda a: sl.expm(a)).lower(gg.f64["n", "n"])
