"""What a function closes over, and who owns what it returns."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import gradgen as gg

X = np.array([0.3, -1.2, 2.0])


def test_a_small_array_is_copied_when_traced(backend):
    factors = np.array([1.0, 2.0, 3.0])
    f = gg.compile(lambda x: x * factors, backend=backend)
    before = f(X)
    factors[:] = 100
    np.testing.assert_array_equal(f(X), before)


def test_a_number_is_taken_when_traced(backend):
    settings = {"factor": 2.0}
    f = gg.compile(lambda x: x * settings["factor"], backend=backend)
    assert f(3.0) == 6
    settings["factor"] = 5.0
    assert f(3.0) == 6
    assert f(X).tolist() == (5 * X).tolist()  # another type, another trace


@pytest.mark.parametrize("size", [1024, 1025])
def test_only_a_large_array_is_read_anew(backend, size):
    table = np.ones(size)
    f = gg.grad(lambda x: np.sum(x * table), backend=backend)
    assert f(1.0) == size
    table[:] = 2
    assert f(1.0) == (size if size <= 1024 else 2 * size)


def test_a_large_array_in_value_and_gradient(backend):
    rng = np.random.default_rng(0)
    A, y = rng.normal(size=(400, 3)), rng.normal(size=400)
    value, gradient = gg.value_and_grad(lambda w: np.sum((A @ w - y) ** 2), backend=backend)(X)
    np.testing.assert_allclose(value, np.sum((A @ X - y) ** 2), rtol=1e-13)
    np.testing.assert_allclose(gradient, 2 * A.T @ (A @ X - y), rtol=1e-12)


def test_a_function_remade_with_another_closure(backend):
    def made(factor):
        return gg.compile(lambda x: x * factor, backend=backend)

    assert [made(factor)(2.0) for factor in (1.0, 3.0, 1.0)] == [2, 6, 2]


# --- results -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("f", [lambda x: x, lambda x: x.T.T, lambda x: x[:], lambda x: x.reshape(3)])
def test_a_result_is_not_the_argument(backend, f):
    x = X.copy()
    result = gg.compile(f, backend=backend)(x)
    np.testing.assert_array_equal(result, x)
    result[0] = 100
    assert x[0] == X[0]


def test_results_do_not_share_memory(backend):
    f = gg.compile(lambda x: (x, x, 2 * x, (2 * x)[1:]), backend=backend)
    results = [*f(X), *f(X)]
    assert not any(np.shares_memory(a, b) for k, a in enumerate(results) for b in results[:k])
    assert all(result.flags.writeable and result.flags.owndata for result in results)


def test_a_baked_array_cannot_be_changed_through_a_result(backend):
    f = gg.compile(lambda x: (np.array([1.0, 2.0]), x), backend=backend)
    f(1.0)[0][:] = 100
    assert f(1.0)[0].tolist() == [1, 2]


def test_scalars_come_as_numpy_scalars(backend):
    value, gradient = gg.value_and_grad(lambda x: x * x, backend=backend)(3.0)
    count, flag = gg.compile(lambda x: (x.size + 0 * x[0].astype(int), x[0] > 0), backend=backend)(X)
    assert type(value) is type(gradient) is np.float64
    assert type(count) is np.int64
    assert type(flag) is np.bool_


def test_arguments_are_left_as_they_are(backend):
    x = np.ones((3, 3))
    x.flags.writeable = False
    gg.value_and_grad(lambda x: np.sum(np.exp(x @ x)), backend=backend)(x)
    np.testing.assert_array_equal(x, np.ones((3, 3)))


# --- dtypes ------------------------------------------------------------------------------------------------


def test_float32_from_end_to_end(backend):
    x = X.astype(np.float32)
    value, gradient = gg.value_and_grad(lambda x: np.mean(np.sin(x) ** 2) * 0.5, backend=backend)(x)
    assert type(value) is np.float32
    assert gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, np.sin(X) * np.cos(X) / 3, rtol=1e-5)


@pytest.mark.parametrize(
    ("x", "y"),
    [(np.float32([1, 2]), np.float64([3, 4])), (np.float32([1, 2]), np.int32([3, 4])), (np.int32([1, 2]), np.int64(3)),
     (np.float32([1, 2]), np.float32(3)), (np.float32([1, 2]), np.float64(3)), (np.array([True, False]), 3),
     (np.float32(2), np.array([True, False])), (np.int64([2, 3]), 0.5)],
)  # fmt: skip
def test_dtypes_meet_as_in_numpy(backend, x, y):
    for f in (np.add, np.multiply, np.hypot):
        result, expected = gg.compile(f, backend=backend)(x, y), f(x, y)
        assert result.dtype == expected.dtype
        np.testing.assert_allclose(result, expected, rtol=1e-6)


def test_each_gradient_has_the_dtype_of_its_argument(backend):
    x, y = X.astype(np.float32), X.copy()
    by_x, by_y = gg.grad(lambda x, y: np.sum(x * y), (0, 1), backend=backend)(x, y)
    assert (by_x.dtype, by_y.dtype) == (np.float32, np.float64)


# --- lifetimes ---------------------------------------------------------------------------------------------


def test_a_compiled_function_lets_go_of_its_function():
    def f(x):
        return x * x

    gg.grad(f, backend="numpy")(2.0)
    gone = weakref.ref(f)
    del f
    gc.collect()
    assert gone() is None


def test_a_new_type_is_a_new_specialisation_and_the_old_one_stays(backend):
    f = gg.compile(lambda x: x * 2, backend=backend)
    for argument in (1.0, X, X.astype(np.float32), X[:2], 3, X, 1.0):
        result = f(argument)
        np.testing.assert_array_equal(result, np.multiply(argument, 2))
        assert result.dtype == np.multiply(argument, 2).dtype
    assert len(f.entries) == 5
