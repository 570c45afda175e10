"""`compile`, `grad`, `value_and_grad`, `jvp`, `vjp`, `check_grads`: what they give, against closed forms."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import scipy.linalg
import scipy.special

import gradgen as gg

X, Y = np.array([0.3, -1.2, 2.0]), np.array([1.5, 0.25, -0.5])


def product(x, y):
    return np.sum(np.sin(x) * y)


BY_X, BY_Y = np.cos(X) * Y, np.sin(X)


# --- what is differentiated ----------------------------------------------------------------------------


@pytest.mark.parametrize(("argnums", "expected"), [(0, BY_X), (1, BY_Y), (-1, BY_Y), (-2, BY_X)])
def test_one_argument(backend, argnums, expected):
    np.testing.assert_allclose(gg.grad(product, argnums, backend=backend)(X, Y), expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("argnums", "expected"), [((0,), [BY_X]), ((1, 0), [BY_Y, BY_X]), ([0, -1], [BY_X, BY_Y]), ((), [])]
)
def test_several_arguments_give_a_tuple(backend, argnums, expected):
    gradients = gg.grad(product, argnums, backend=backend)(X, Y)
    assert type(gradients) is tuple
    assert len(gradients) == len(expected)
    for gradient, wanted in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(gradient, wanted, rtol=1e-14)


def test_value_and_grad_agree_with_the_function(backend):
    value, (by_x, by_y) = gg.value_and_grad(product, (0, 1), backend=backend)(X, Y)
    np.testing.assert_allclose(value, product(X, Y), rtol=1e-14)
    np.testing.assert_allclose(by_x, BY_X, rtol=1e-14)
    np.testing.assert_allclose(by_y, BY_Y, rtol=1e-14)


def test_argnums_beyond_the_arguments(backend):
    with pytest.raises(gg.ArgumentError, match="product: argnums 2, but there are 2 positional arguments"):
        gg.grad(product, 2, backend=backend)(X, Y)


def test_an_argument_without_influence_has_gradient_zero(backend):
    by_x, by_y = gg.grad(lambda x, y: np.sum(x), (0, 1), backend=backend)(X, np.ones((2, 2)))
    np.testing.assert_array_equal(by_x, np.ones(3))
    np.testing.assert_array_equal(by_y, np.zeros((2, 2)))


def test_a_constant_function(backend):
    value, gradient = gg.value_and_grad(lambda x: 2.5, backend=backend)(X)
    assert value == 2.5
    np.testing.assert_array_equal(gradient, np.zeros(3))


def test_a_function_without_arguments(backend):
    assert gg.compile(lambda: np.arange(3.0) * 2, backend=backend)().tolist() == [0, 2, 4]


def test_the_same_array_twice_is_two_arguments(backend):
    by_first, by_second = gg.grad(lambda a, b: np.sum(a * b * b), (0, 1), backend=backend)(X, X)
    np.testing.assert_allclose(by_first, X * X, rtol=1e-14)
    np.testing.assert_allclose(by_second, 2 * X * X, rtol=1e-14)


def test_an_empty_array(backend):
    value, gradient = gg.value_and_grad(lambda x: np.sum(x**2), backend=backend)(np.zeros((0, 3)))
    assert value == 0
    assert gradient.shape == (0, 3)


# --- has_aux -------------------------------------------------------------------------------------------


def test_aux_comes_along(backend):
    def f(x):
        return np.sum(x * x), {"x": x, "count": 3, "inner": (x[0], None), "flag": True}

    gradient, aux = gg.grad(f, has_aux=True, backend=backend)(X)
    (value, again), _ = gg.value_and_grad(f, has_aux=True, backend=backend)(X)
    np.testing.assert_allclose(gradient, 2 * X, rtol=1e-14)
    np.testing.assert_allclose(value, X @ X, rtol=1e-14)
    for found in (aux, again):
        np.testing.assert_array_equal(found["x"], X)
        assert found["count"] == 3
        assert found["inner"] == (X[0], None)
        assert found["flag"]


def test_aux_does_not_move_the_gradient(backend):
    gradient, aux = gg.grad(lambda x: (np.sum(x), np.exp(x)), has_aux=True, backend=backend)(X)
    np.testing.assert_array_equal(gradient, np.ones(3))
    np.testing.assert_allclose(aux, np.exp(X), rtol=1e-14)


def test_has_aux_without_a_pair(backend):
    with pytest.raises(gg.DifferentiationError, match="with has_aux it returns a pair"):
        gg.grad(lambda x: np.sum(x), has_aux=True, backend=backend)(X)


def test_aux_that_cannot_be_compiled(backend):
    with pytest.raises(gg.TraceError, match="f: of what it returned, 'text' is not"):
        gg.grad(lambda x: (np.sum(x), "text"), has_aux=True, backend=backend)(X)


# --- what cannot be differentiated ---------------------------------------------------------------------


NO_SCALARS = [(lambda x: x, r"f64\[3\]; sum it"), (lambda x: (x[0], x[1]), "f64, f64; return one number"),
              (lambda x: None, "None; return the number"), (lambda x: 3, "i64; .*return a floating-point"),
              (lambda x: x > 0, r"bool\[3\]; sum it"), (lambda x: [1.0, 2.0], "f64, f64; return one")]  # fmt: skip


@pytest.mark.parametrize(("f", "got"), NO_SCALARS)
def test_a_gradient_needs_a_real_scalar(backend, f, got):
    message = rf"real scalar result, got {got}[^\n]*\n  test_transforms.py:\d+:"
    with pytest.raises(gg.DifferentiationError, match=message):
        gg.grad(f, backend=backend)(X)


@pytest.mark.parametrize("argument", [3, np.arange(3), np.int32(3), np.array([True])])
def test_an_integer_carries_no_derivative(backend, argument):
    with pytest.raises(gg.DifferentiationError, match=r"argument 0 is .*pass floating-point numbers \(3.0, not 3\)"):
        gg.grad(lambda x: np.sum(x * x * 1.0), backend=backend)(argument)


def test_integers_beside_what_is_differentiated(backend):
    def f(x, powers, mask, n):
        return np.sum(np.where(mask, x**powers, 0.0)) / n

    mask, powers = np.array([True, False, True]), np.array([2, 3, 1])
    gradient = gg.grad(f, backend=backend)(X, powers, mask, 4)
    np.testing.assert_allclose(gradient, mask * powers * X ** (powers - 1) / 4, rtol=1e-14)


# --- jvp and vjp ---------------------------------------------------------------------------------------


def test_jvp(backend):
    y, y_dot = gg.jvp(lambda x, y: (np.sin(x) * y, x @ y), (X, Y), (Y, X), backend=backend)
    np.testing.assert_allclose(y[0], np.sin(X) * Y, rtol=1e-14)
    np.testing.assert_allclose(y_dot[0], np.cos(X) * Y * Y + np.sin(X) * X, rtol=1e-14)
    np.testing.assert_allclose(y_dot[1], X @ X + Y @ Y, rtol=1e-14)


def test_vjp(backend):
    y, pull_back = gg.vjp(lambda x, y: {"a": x * y, "b": [np.sum(y)]}, X, Y, backend=backend)
    by_x, by_y = pull_back({"a": X, "b": [2.0]})
    np.testing.assert_array_equal(y["a"], X * Y)
    np.testing.assert_allclose(by_x, X * Y, rtol=1e-14)
    np.testing.assert_allclose(by_y, X * X + 2, rtol=1e-14)


def test_vjp_is_taken_at_the_primals_as_they_were(backend):
    x = X.copy()
    _, pull_back = gg.vjp(lambda x: x * x, x, backend=backend)
    x[:] = 100
    np.testing.assert_allclose(pull_back(Y)[0], 2 * X * Y, rtol=1e-14)


def test_plain_numbers_take_the_dtype_of_what_they_are_a_direction_for(backend):
    x = np.float32(2)
    y, pull_back = gg.vjp(lambda x: x * x, x, backend=backend)
    assert pull_back(1) == pull_back(1.0) == (4,)
    assert type(pull_back(1)[0]) is np.float32
    assert gg.jvp(lambda x: x * x, (x,), (1,), backend=backend) == (y, 4)


@pytest.mark.parametrize("ct", [np.ones(2), np.ones(3, np.float32), np.ones(3, int)])
def test_a_cotangent_of_another_type(backend, ct):
    _, pull_back = gg.vjp(np.sin, X, backend=backend)
    with pytest.raises(gg.ArgumentError, match=r"argument ct must be f64\[3\], but (is|has shape)"):
        pull_back(ct)
    with pytest.raises(gg.ArgumentError, match=r"sin: the cotangent: got .* where f64\[3\] is needed"):
        gg.compile(lambda x: gg.vjp(np.sin, x)[1](ct), backend=backend)(X)


def test_directions_of_another_structure(backend):
    with pytest.raises(gg.ArgumentError, match="1 primal and 2 tangents"):
        gg.jvp(np.sin, (X,), (X, X), backend=backend)
    with pytest.raises(gg.ArgumentError, match="structure is not that of the value"):
        gg.vjp(lambda x: (x, x), X, backend=backend)[1](X)


def test_jvp_and_vjp_trace_a_function_once():
    calls = []

    def f(x):
        calls.append(1)
        return x * x

    for _ in range(3):
        gg.jvp(f, (X,), (X,), backend="numpy")
        gg.vjp(f, X, backend="numpy")[1](X)
    assert len(calls) == 2


# --- check_grads ---------------------------------------------------------------------------------------


def test_check_grads_passes_what_is_right(backend):
    gg.check_grads(product, (X, Y), order=2, backend=backend)


def test_check_grads_finds_a_derivative_that_differences_contradict(backend):
    # The staircase climbs, but each of its steps is flat.
    with pytest.raises(gg.DifferentiationError, match="reverse mode: the derivative along a random direction is"):
        gg.check_grads(lambda x: 1e-7 * np.floor(1e7 * np.sum(x)), (X,), modes=["rev"], backend=backend)


def test_check_grads_where_the_function_bends_sharply(backend):
    gg.check_grads(lambda x: np.sum(np.log(x)), (np.array([4e-4, 1.0]),), backend=backend)


def test_check_grads_in_float32(backend):
    gg.check_grads(product, (X.astype(np.float32), Y), order=2, backend=backend)


def test_check_grads_holds_integers(backend):
    def picked(table, rows, power):
        return np.sum(table["x"][rows] ** power)

    gg.check_grads(picked, ({"x": X}, np.array([2, 0, 0]), 3), order=2, backend=backend)


def test_check_grads_knows_its_modes():
    with pytest.raises(gg.DifferentiationError, match="no mode 'reverse'; there are fwd, rev"):
        gg.check_grads(product, (X, Y), modes=["reverse"])


# --- what can be transformed ---------------------------------------------------------------------------


class Scaled:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, x):
        return self.factor * np.sum(x * x)

    def method(self, x):
        return self.factor * np.sum(x * x)

    @classmethod
    def of_class(cls, x):
        return 3 * np.sum(x * x)

    @staticmethod
    def of_nothing(x):
        return 3 * np.sum(x * x)


@pytest.mark.parametrize(
    "f",
    [Scaled(3), Scaled(3).method, Scaled.of_class, Scaled(3).of_nothing, lambda x: 3 * np.sum(x * x),
     functools.partial(lambda a, x: a * np.sum(x * x), 3), functools.partial(lambda x, a: a * np.sum(x * x), a=3),
     functools.partial(Scaled(3))],
)  # fmt: skip
def test_every_kind_of_callable(backend, f):
    np.testing.assert_allclose(gg.grad(f, backend=backend)(X), 6 * X, rtol=1e-14)
    np.testing.assert_allclose(gg.vjp(f, X, backend=backend)[1](1.0)[0], 6 * X, rtol=1e-14)


def test_functions_of_numpy(backend):
    assert gg.grad(np.sin, backend=backend)(0.0) == 1
    np.testing.assert_array_equal(gg.grad(np.sum, backend=backend)(X), np.ones(3))
    np.testing.assert_allclose(gg.compile(np.logaddexp, backend=backend)(1.0, 2.0), np.logaddexp(1, 2), rtol=1e-14)


def test_a_decorated_method(backend):
    class Model:
        weight = 2.0

        @functools.partial(gg.grad, argnums=1, static_argnames="self", backend=backend)
        def slope(self, x):
            return self.weight * x * x

    assert Model().slope(3.0) == 12


def test_what_is_no_function():
    with pytest.raises(gg.ArgumentError, match="a function is needed, not 3"):
        gg.grad(3.0)


def test_it_looks_like_the_function():
    compiled = gg.grad(product)
    assert compiled.__wrapped__ is product
    assert repr(compiled) == "<compiled product_grad(x, y)>"


# --- functions of NumPy and SciPy, given by themselves -------------------------------------------------


def test_a_function_of_scipy_is_what_is_differentiated(backend):
    softmax = np.exp(X) / np.sum(np.exp(X))
    np.testing.assert_allclose(gg.grad(scipy.special.logsumexp, backend=backend)(X), softmax, rtol=1e-14)
    np.testing.assert_allclose(gg.jacobian(scipy.special.softmax, backend=backend)(X).sum(axis=0), 0, atol=1e-15)


@pytest.mark.slow
def test_a_function_of_matrices_is_what_is_differentiated(backend):
    A = np.array([[0.3, 0.1], [0.0, -0.2]])
    np.testing.assert_allclose(gg.jvp(scipy.linalg.expm, (A,), (A,))[1], A @ scipy.linalg.expm(A), rtol=1e-12)
    np.testing.assert_allclose(gg.compile(scipy.linalg.expm, backend=backend)(A), scipy.linalg.expm(A), rtol=1e-13)
    pulled = gg.vjp(scipy.linalg.expm, A)[1](np.eye(2))[0]
    np.testing.assert_allclose(pulled, scipy.linalg.expm(A).T, rtol=1e-12)
    many = gg.vmap(scipy.linalg.expm, backend=backend)(np.stack([A, 2 * A]))
    np.testing.assert_allclose(many, scipy.linalg.expm(np.stack([A, 2 * A])), rtol=1e-13)
