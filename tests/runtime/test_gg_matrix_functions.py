"""Exponentials, roots and logarithms of runtime/gg_matrix_functions.h, against SciPy and against what defines them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import scipy.linalg

from tests.runtime.whole import NO_CONVERGENCE, OK, SINGULAR, Caller, driver

# SciPy's, where a matrix is tiny or its numbers are far apart.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:logm result"),
    pytest.mark.filterwarnings("ignore:The logm input"),
]

ORDERS = {"": 0, "_1": 1, "_2": 2, "_3": 3}
ALONG = [f"matrix_{name}{order}" for name in ("exp", "log") for order in ORDERS]
NAMES = [*ALONG, "matrix_sqrt", "sylvester"]
PRECISIONS = [np.float64, np.float32]
N = 5
Array = np.ndarray

rng = np.random.default_rng(4)
Q = np.linalg.qr(rng.normal(size=(N, N))).Q
RANDOM = rng.normal(size=(N, N))
DIRECTIONS = [rng.normal(size=(N, N)) for _ in range(3)]
TURN = np.array([[0.0, 1.0], [-1.0, 0.0]])
ANY = {
    "random": RANDOM,
    "of norm 50": 50 * RANDOM / np.linalg.norm(RANDOM, 1),
    "tiny": 1e-20 * RANDOM,
    "zero": np.zeros((N, N)),
    "nilpotent": np.triu(RANDOM, 1),
    "far from normal": np.triu(100 * RANDOM, 1),
    "a block of Jordan": 2 * np.eye(N) + np.eye(N, k=1),
    "graded": Q @ np.diag([9.0, 1.0, 1e-2, -1e-4, -9.0]) @ Q.T,
}
WITH_LOGARITHM = {
    "random": scipy.linalg.expm(RANDOM),
    "a block of Jordan": 2 * np.eye(N) + np.eye(N, k=1),
    "half a turn": scipy.linalg.block_diag(scipy.linalg.expm(3.0 * TURN), scipy.linalg.expm(0.1 * TURN), [[1.0]]),
    "near the unit matrix": np.eye(N) + 1e-4 * RANDOM,
    "huge": 1e30 * (Q * np.arange(1.0, 6.0)) @ Q.T,
    "small": 1e-30 * (Q * np.arange(1.0, 6.0)) @ Q.T,
    "unit": np.eye(N),
}


@pytest.fixture(scope="module")
def functions(load: Callable[[str], ctypes.CDLL]) -> Caller:
    work: dict[str, Callable[..., int]] = {"sylvester": lambda m, n: (2 * m * n + 1) * m * n}
    for name in NAMES[:-1]:
        parts = 2 ** ORDERS.get(name[-2:], 0)
        work[name] = lambda n, parts=parts: (7 * parts + 2) * n * n + n
    return Caller(load(driver(["gg_matrix_functions.h"], [f"gg_{name}" for name in NAMES])), "gg_", work)


def of(functions: Caller, name: str, a: Array, *directions: Array) -> Array:
    order = f"_{len(directions)}" if directions else ""
    status, out = functions(f"matrix_{name}{order}", (len(a),), (), a, *directions, out=a.size)
    assert status == OK
    return np.asarray(out.reshape(a.shape))


def along(function: Callable[[Array], Array], a: Array, directions: Sequence[Array]) -> Array:
    """The mixed derivative, from the function of a block triangular matrix (R. Mathias, 1996)."""
    block = a.astype(float)
    for direction in directions:
        wide = np.kron(np.eye(len(block) // len(a)), direction.astype(float))
        block = np.block([[block, wide], [np.zeros_like(block), block]])
    return np.asarray(function(block)[: len(a), len(block) - len(a) :])


def close(found: Array, expected: Array, units: float) -> None:
    """To some roundings of the largest element."""
    assert np.all(np.isfinite(found))
    tolerance = units * np.finfo(found.dtype).eps * max(float(np.max(np.abs(expected), initial=0)), 1e-37)
    np.testing.assert_allclose(found.astype(float), expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("name", list(ANY))
def test_exponential(functions: Caller, name: str, dtype: type) -> None:
    a = ANY[name].astype(dtype)
    # rounding a norm of 60 moves its exponential so much
    close(of(functions, "exp", a), scipy.linalg.expm(a.astype(float)), 1000)


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("name", list(ANY))
def test_derivatives_of_the_exponential(functions: Caller, name: str, order: int, dtype: type) -> None:
    a, directions = ANY[name].astype(dtype), [each.astype(dtype) for each in DIRECTIONS[:order]]
    if name == "far from normal":  # where only triangular matrices have a well-conditioned exponential
        directions = [np.triu(each) for each in directions]
    close(of(functions, "exp", a, *directions), along(scipy.linalg.expm, a, directions), 4000)


def test_a_decaying_exponential_keeps_its_digits(functions: Caller) -> None:
    expected = np.exp(-60.0) * scipy.linalg.expm(RANDOM)
    np.testing.assert_allclose(of(functions, "exp", RANDOM - 60 * np.eye(N)), expected, rtol=1e-12)


def test_a_large_part_far_from_the_diagonal_costs_no_digits(functions: Caller) -> None:
    """Squared as often as its norm asks for, the numbers on the diagonal would lose five digits."""
    a = np.array([[1.0, 1e6], [0.0, -1.0]])
    found = of(functions, "exp", a)
    expected = [[np.exp(1.0), 1e6 * np.sinh(1.0)], [0.0, np.exp(-1.0)]]
    np.testing.assert_allclose(found, expected, rtol=4e-15, atol=1e-20)


def test_along_a_large_direction_the_exponential_is_as_exact(functions: Caller) -> None:
    large = of(functions, "exp", RANDOM, 1e200 * DIRECTIONS[0])
    np.testing.assert_allclose(large, 1e200 * of(functions, "exp", RANDOM, DIRECTIONS[0]), rtol=1e-12)


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("name", list(WITH_LOGARITHM))
def test_root(functions: Caller, name: str, dtype: type) -> None:
    a = WITH_LOGARITHM[name].astype(dtype)
    found = of(functions, "sqrt", a)
    close(found, scipy.linalg.sqrtm(a.astype(float)).real, 400)
    root = found.astype(float)
    close((root @ root).astype(dtype), a, 1000)


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("name", list(WITH_LOGARITHM))
def test_logarithm(functions: Caller, name: str, dtype: type) -> None:
    a = WITH_LOGARITHM[name].astype(dtype)
    found = of(functions, "log", a)
    expected = scipy.linalg.logm(a.astype(float)).real
    if name == "near the unit matrix":  # there SciPy is less exact
        x = a.astype(float) - np.eye(N)
        expected = sum((-1) ** (k + 1) * np.linalg.matrix_power(x, k) / k for k in range(1, 6))
    close(found, expected, 100)
    close(scipy.linalg.expm(found.astype(float)).astype(dtype), a, 4000)


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("name", ["random", "a block of Jordan", "half a turn", "near the unit matrix", "unit"])
def test_derivatives_of_the_logarithm(functions: Caller, name: str, order: int, dtype: type) -> None:
    a, directions = WITH_LOGARITHM[name].astype(dtype), [each.astype(dtype) for each in DIRECTIONS[:order]]
    expected = along(scipy.linalg.logm, a, directions).real
    # where nothing is left of a number but the difference of large ones: -pi / 2 and pi / 2 are near
    close(of(functions, "log", a, *directions), expected, 1e5 if name == "half a turn" else 4000)


@pytest.mark.parametrize("name", ["random", "a block of Jordan"])
def test_logarithm_and_exponential_undo_each_other(functions: Caller, name: str) -> None:
    a = WITH_LOGARITHM[name]
    moved = of(functions, "log", a, DIRECTIONS[0])
    np.testing.assert_allclose(of(functions, "exp", of(functions, "log", a), moved), DIRECTIONS[0], atol=1e-12)


@pytest.mark.parametrize("name", ["exp", "log", "sqrt"])
def test_small_sizes(functions: Caller, name: str) -> None:
    [[one]] = of(functions, name, np.array([[2.5]]))
    assert one == pytest.approx(getattr(np, name)(2.5), rel=4e-16)
    assert of(functions, name, np.zeros((0, 0))).size == 0
    if name != "sqrt":
        derivatives = [of(functions, name, np.array([[2.5]]), *[np.array([[2.0]])] * k)[0, 0] for k in (1, 2, 3)]
        by_hand = {"exp": [np.exp(2.5)] * 3, "log": [0.4, -0.16, 0.128]}[name]
        np.testing.assert_allclose(derivatives, by_hand * np.array([2.0, 4.0, 8.0]), rtol=1e-14)


def test_one_larger_than_a_tile(functions: Caller) -> None:
    a = np.random.default_rng(1).normal(size=(45, 45)) / 4
    close(of(functions, "exp", a), scipy.linalg.expm(a), 1000)
    close(of(functions, "log", scipy.linalg.expm(a / 4)), a / 4, 1000)


NO_LOGARITHM: dict[str, Any] = {
    "minus one": -np.eye(2),
    "two negative eigenvalues": np.diag([-1.0, -2.0]),
    "one negative eigenvalue": np.diag([1.0, -1.0]),
    "singular": np.diag([1.0, 0.0]),
    "zero": np.zeros((3, 3)),
    "nilpotent": np.eye(2, k=1),
    "NaN": np.full((2, 2), np.nan),
    "infinite": np.diag([np.inf, 1.0]),
}


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("name", list(NO_LOGARITHM))
def test_what_has_no_real_root_is_told(functions: Caller, name: str, dtype: type) -> None:
    a = NO_LOGARITHM[name].astype(dtype)
    for function in ("matrix_sqrt", "matrix_log"):
        assert functions(function, (len(a),), (), a, out=a.size)[0] == NO_CONVERGENCE
    assert functions("matrix_log_1", (len(a),), (), a, np.ones_like(a), out=a.size)[0] == NO_CONVERGENCE
    finite = bool(np.all(np.isfinite(a)))
    assert functions("matrix_exp", (len(a),), (), a, out=a.size)[0] == (OK if finite else NO_CONVERGENCE)


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (2, 0), (1, 1), (1, 4), (5, 3), (6, 6)])
def test_sylvester(functions: Caller, shape: tuple[int, int], dtype: type) -> None:
    m, n = shape
    drawn = np.random.default_rng(2)
    a, b, q = (drawn.normal(size=size).astype(dtype) for size in ((m, m), (n, n), shape))
    a += (4 * np.eye(m)).astype(dtype)
    status, out = functions("sylvester", shape, (), a, b, q, out=m * n)
    assert status == OK
    x = out.reshape(shape)
    close(a @ x + x @ b, q.astype(float), 200)


def test_sylvester_with_a_common_eigenvalue(functions: Caller) -> None:
    a = np.diag(np.arange(3.0))
    assert functions("sylvester", (3, 3), (), a, -a, np.ones((3, 3)), out=9)[0] == SINGULAR
