"""`jacobian`, `jacfwd`, `jacrev`, `hessian`, `hvp` and the pairs with the value: modes, structures, sizes, orders."""

from __future__ import annotations

import collections

import numpy as np
import pytest

import gradgen as gg

A = np.arange(12.0).reshape(3, 4) / 7
X = np.array([0.1, 0.2, -0.3, 0.4])
MODES = [gg.jacobian, gg.jacfwd, gg.jacrev]
every_mode = pytest.mark.parametrize("jacobian", MODES, ids=lambda mode: mode.__name__)


def wave(x):
    return np.sum(np.sin(x) * x[::-1])


def wave_hessian(x):
    across = np.fliplr(np.diag(np.cos(x)))
    return np.diag(-np.sin(x) * x[::-1]) + across + across.T


def stored(x):
    out = np.zeros(6)
    out[1:5] = x
    out[::3] += x[:2]
    return out


STORED = np.zeros((6, 4))
STORED[1:5] = np.eye(4)
STORED[0, 0] += 1
STORED[3, 1] += 1


@every_mode
class TestEveryMode:
    @pytest.mark.parametrize(
        ("f", "x", "expected"),
        [
            pytest.param(lambda x: x**3, 2.0, 12.0, id="scalar to scalar"),
            pytest.param(lambda t: t * X, 2.0, X, id="scalar to vector"),
            pytest.param(lambda x: np.sum(x**2), X, 2 * X, id="vector to scalar"),
            pytest.param(lambda x: x, X, np.eye(4), id="identity"),
            pytest.param(lambda x: np.ones(3), X, np.zeros((3, 4)), id="constant"),
            pytest.param(lambda x: x[::-1][::2], X, np.eye(4)[::-1][::2], id="slices"),
            pytest.param(lambda x: x[np.array([0, 3, 3])], X, np.eye(4)[[0, 3, 3]], id="positions"),
            pytest.param(lambda x: np.concatenate([x, 2 * x]), X, np.vstack([np.eye(4), 2 * np.eye(4)]), id="joined"),
            pytest.param(stored, X, STORED, id="stored into"),
            pytest.param(lambda x: np.prod(x), X, np.prod(X) / X, id="product"),
            pytest.param(lambda x: np.max(x), X, [0, 0, 0, 1], id="maximum"),
            pytest.param(lambda x: np.linalg.norm(x), X, X / np.linalg.norm(X), id="norm"),
            pytest.param(
                lambda x: np.where(x > 0.15, np.sqrt(x), 0),
                X,
                np.diag([0, 0.5 / np.sqrt(0.2), 0, 0.5 / np.sqrt(0.4)]),
                id="mask",
            ),
            pytest.param(lambda x: x**2, np.zeros(0), np.zeros((0, 0)), id="nothing to nothing"),
            pytest.param(lambda x: np.sum(x**2), np.zeros((0, 3)), np.zeros((0, 3)), id="nothing to scalar"),
            pytest.param(lambda x: x[:0], X, np.zeros((0, 4)), id="vector to nothing"),
        ],
    )
    def test_against_the_formula(self, jacobian, backend, f, x, expected):
        result = jacobian(f, backend=backend)(x)
        np.testing.assert_allclose(result, expected, rtol=1e-14, atol=1e-15)
        with np.errstate(invalid="ignore"):  # the root that the mask leaves out
            assert np.shape(result) == np.shape(f(x)) + np.shape(x)

    def test_a_matrix_times_a_vector_by_both(self, jacobian, backend):
        by_matrix, by_vector = jacobian(lambda a, x: a @ x, (0, 1), backend=backend)(A, X)
        np.testing.assert_allclose(by_matrix, np.einsum("ik,q->ikq", np.eye(3), X), rtol=1e-14)
        np.testing.assert_allclose(by_vector, A, rtol=1e-14)

    def test_gram_matrix(self, jacobian, backend):
        unit = np.eye(4)
        expected = np.einsum("jp,iq->pqij", unit, A) + np.einsum("jq,ip->pqij", unit, A)
        np.testing.assert_allclose(jacobian(lambda b: b.T @ b, backend=backend)(A), expected, rtol=1e-14)

    def test_the_result_tree_of_argument_trees(self, jacobian, backend):
        found = jacobian(lambda p: {"s": p["a"] * p["b"], "t": (np.sum(p["a"]), None)}, backend=backend)
        tree = found({"a": X, "b": 2.0})
        assert (set(tree), type(tree["t"]), tree["t"][1]) == ({"s", "t"}, tuple, None)
        np.testing.assert_allclose(tree["s"]["a"], 2 * np.eye(4))
        np.testing.assert_allclose(tree["s"]["b"], X)
        np.testing.assert_allclose(tree["t"][0]["a"], np.ones(4))
        assert tree["t"][0]["b"] == 0

    def test_float32_stays(self, jacobian, backend):
        assert jacobian(np.sin, backend=backend)(X.astype(np.float32)).dtype == np.float32

    def test_an_argument_that_is_ignored(self, jacobian, backend):
        by_first, by_second = jacobian(lambda x, y: 2 * y, (0, 1), backend=backend)(X, X)
        np.testing.assert_array_equal(by_first, np.zeros((4, 4)))
        np.testing.assert_array_equal(by_second, 2 * np.eye(4))

    def test_argnums(self, jacobian, backend):
        np.testing.assert_allclose(jacobian(lambda x, y: x * y * y, -1, backend=backend)(X, X), np.diag(2 * X * X))
        found = jacobian(lambda x, y: x * y * y, [1], backend=backend)(X, X)
        assert type(found) is tuple
        assert len(found) == 1
        with pytest.raises(gg.ArgumentError, match="name one argument twice"):
            jacobian(lambda x, y: x * y, (0, -2), backend=backend)(X, X)
        with pytest.raises(gg.ArgumentError, match="argnums 2, but there are 2 positional"):
            jacobian(lambda x, y: x * y, 2, backend=backend)(X, X)

    def test_other_arguments_may_be_anything(self, jacobian, backend):
        def f(x, name, *, n):
            return x * n if name == "times" else x

        np.testing.assert_allclose(jacobian(f, backend=backend)(X, "times", n=3), 3 * np.eye(4))

    def test_has_aux(self, jacobian, backend):
        found, aux = jacobian(lambda x: (x**2, {"sum": np.sum(x)}), has_aux=True, backend=backend)(X)
        np.testing.assert_allclose(found, np.diag(2 * X))
        np.testing.assert_allclose(aux["sum"], np.sum(X))
        with pytest.raises(gg.DifferentiationError, match="with has_aux it returns a pair"):
            jacobian(lambda x: x, has_aux=True, backend=backend)(X)

    def test_what_has_no_derivative_is_refused(self, jacobian, backend):
        with pytest.raises(gg.DifferentiationError, match="a result is bool"):
            jacobian(lambda x: x > 0, backend=backend)(X)
        with pytest.raises(gg.DifferentiationError, match="carries no derivative"):
            jacobian(lambda x: x, backend=backend)(np.arange(3))
        with pytest.raises(gg.DifferentiationError, match=r"argument 0\['kind'\] is 'wave', which carries"):
            jacobian(lambda p: p["x"], backend=backend)({"x": X, "kind": "wave"})

    @pytest.mark.parametrize("first", [*MODES, gg.grad], ids=lambda mode: mode.__name__)
    def test_nested_they_are_the_hessian(self, jacobian, first, backend):
        np.testing.assert_allclose(jacobian(first(wave), backend=backend)(X), wave_hessian(X), rtol=1e-13, atol=1e-15)

    def test_inside_vmap_and_around_it(self, jacobian, backend):
        def f(x):
            return np.outer(np.sin(x), x[:2])

        single = jacobian(f, backend=backend)
        expected = np.stack([single(row) for row in A])
        np.testing.assert_allclose(gg.vmap(jacobian(f), backend=backend)(A), expected, rtol=1e-14)
        around = jacobian(gg.vmap(f), backend=backend)(A)
        for k, other in np.ndindex(3, 3):
            np.testing.assert_allclose(around[k, :, :, other], expected[k] * (k == other), rtol=1e-14)


def test_jacobian_takes_the_cheaper_mode_and_says_so(backend):
    wide = gg.jacobian(lambda x: x[:3] ** 2, backend=backend)
    np.testing.assert_allclose(wide(np.arange(8.0)), np.eye(3, 8) * 2 * np.arange(8.0))
    assert "jacobian of f: reverse mode, inputs to outputs 8 > 2 x 3" in wide.explain()
    tall = gg.jacobian(lambda x: np.outer(x, x), backend=backend)
    tall(X)
    assert "jacobian of f: forward mode, inputs to outputs 4 <= 2 x 16" in tall.explain()


def test_what_is_off_the_diagonal_meets_no_infinity(backend):
    """The slope of the root at 0 is infinite; the other element does not depend on it."""
    with_infinity = [[np.inf, 0.0], [0.0, 0.5]]
    for jacobian in MODES:
        np.testing.assert_array_equal(jacobian(np.sqrt, backend=backend)(np.array([0.0, 1.0])), with_infinity)


def test_many_directions_are_one_batch():
    """The C grows neither with the directions nor with the size: products of matrices, no loop in Python."""

    def graph(n):
        return gg.jacrev(lambda x: np.tanh(np.ones((3, n)) @ x)).lower(gg.f64[n]).graph

    assert len(graph(10)) == len(graph(500))


def with_a_rule(f):
    ruled = gg.custom_jvp(f)
    ruled.defjvp(lambda primals, tangents: (np.sum(primals[0]), np.sum(tangents[0])))
    return ruled


@pytest.mark.parametrize(
    "transform",
    [
        *(pytest.param(t, id=t.__name__) for t in (gg.grad, gg.jacobian, gg.hessian, gg.vmap, gg.value_and_grad)),
        pytest.param(lambda f: lambda x: gg.hvp(f)(x, x), id="hvp"),
        pytest.param(lambda f: lambda x: gg.jvp(f, (x,), (x,)), id="jvp"),
        pytest.param(lambda f: lambda x: gg.vjp(f, x), id="vjp"),
        pytest.param(lambda f: lambda x: gg.taylor(f, x, 1)(x), id="taylor"),
        pytest.param(lambda f: gg.grad(with_a_rule(f)), id="custom_jvp"),
    ],
)
def test_no_transform_lets_a_function_write_into_its_argument(transform):
    def f(x):
        x *= 2
        return np.sum(x)

    with pytest.raises(gg.TraceError, match="is an argument, or a part of one, and would be changed"):
        transform(f)(A.copy() if transform is gg.vmap else X.copy())


def test_value_and_jacobian(backend):
    value, found = gg.value_and_jacobian(np.sin, backend=backend)(X)
    np.testing.assert_allclose(value, np.sin(X), rtol=1e-15)
    np.testing.assert_allclose(found, np.diag(np.cos(X)), rtol=1e-15)
    (value, aux), found = gg.value_and_jacobian(lambda x: (x**2, np.sum(x)), has_aux=True, backend=backend)(X)
    np.testing.assert_allclose(value, X**2)
    np.testing.assert_allclose(aux, np.sum(X))
    np.testing.assert_allclose(found, np.diag(2 * X))


# --- second derivatives ----------------------------------------------------------------------------------


def test_hessian_of_containers_is_a_container_of_containers(backend):
    second = gg.hessian(lambda p: np.sum(p["a"] ** 2) * p["b"] ** 2, backend=backend)({"a": X, "b": 3.0})
    np.testing.assert_allclose(second["a"]["a"], 18 * np.eye(4))
    np.testing.assert_allclose(second["a"]["b"], 12 * X)
    np.testing.assert_allclose(second["b"]["a"], 12 * X)
    np.testing.assert_allclose(second["b"]["b"], 2 * np.sum(X**2))


def test_hessian_by_several_arguments(backend):
    second = gg.hessian(lambda a, b: np.sum(a**2) * b, (0, 1), backend=backend)(X, 2.0)
    assert [len(row) for row in second] == [2, 2]
    np.testing.assert_allclose(second[0][0], 4 * np.eye(4))
    np.testing.assert_allclose(second[0][1], 2 * X)
    np.testing.assert_allclose(second[1][0], 2 * X)
    assert second[1][1] == 0


def test_hessian_of_a_matrix_argument(backend):
    second = gg.hessian(lambda a: np.sum(a**3), backend=backend)(A)
    assert second.shape == (3, 4, 3, 4)
    np.testing.assert_allclose(second.reshape(12, 12), np.diag(6 * A.ravel()))


def test_hessian_needs_a_scalar(backend):
    with pytest.raises(gg.DifferentiationError, match="needs a real scalar result, got"):
        gg.hessian(lambda x: x**2, backend=backend)(X)


def test_value_and_hessian(backend):
    value, second = gg.value_and_hessian(wave, backend=backend)(X)
    np.testing.assert_allclose(value, wave(X), rtol=1e-14)
    np.testing.assert_allclose(second, wave_hessian(X), rtol=1e-13, atol=1e-15)


def test_value_and_hessian_repeat_no_work():
    """The value is on the way to the Hessian: having it costs no further node but perhaps the last."""
    alone = gg.hessian(lambda x: np.exp(np.sum(np.sin(x)))).lower(gg.f64[4]).graph
    both = gg.value_and_hessian(lambda x: np.exp(np.sum(np.sin(x)))).lower(gg.f64[4]).graph
    names = [collections.Counter(graph[k].op.name for k in graph.live()) for graph in (alone, both)]
    assert names[0] == names[1]


def test_value_gradient_and_hessian_together(backend):
    (value, first), (_, second) = gg.value_and_jacobian(gg.value_and_grad(wave), backend=backend)(X)
    np.testing.assert_allclose(value, wave(X), rtol=1e-14)
    np.testing.assert_allclose(first, gg.grad(wave, backend=backend)(X), rtol=1e-14)
    np.testing.assert_allclose(second, wave_hessian(X), rtol=1e-13, atol=1e-15)


def test_hessian_of_logistic_regression_is_a_product_of_matrices():
    rows, columns = 1000, 200

    def loss(w, data, signs):
        return np.mean(np.log1p(np.exp(-signs * (data @ w))))

    lowered = gg.hessian(loss).lower(gg.f64[columns], gg.f64[rows, columns], gg.f64[rows])
    calls = [line for line in lowered.source.splitlines() if "gemm" in line]
    assert len(calls) == 1
    # The scaled rows exist for one block at a time.
    assert "gg_gemm_tn_add(200, 200, i1 - i0" in calls[0]
    assert lowered.stages.nest.work_size < 8 * rows * columns / 2


def test_hvp(backend):
    np.testing.assert_allclose(gg.hvp(wave, backend=backend)(X, A[1]), wave_hessian(X) @ A[1], rtol=1e-13)


def test_hvp_by_several_arguments_and_containers(backend):
    by_a, by_b = gg.hvp(lambda a, b: np.sum(a**2) * b, (0, 1), backend=backend)(X, 2.0, (X, 1.0))
    np.testing.assert_allclose(by_a, 4 * X + 2 * X)
    np.testing.assert_allclose(by_b, 2 * np.sum(X * X))
    tree = gg.hvp(lambda p: np.sum(p["a"] ** 2) * p["b"], backend=backend)({"a": X, "b": 2.0}, {"a": X, "b": 1.0})
    np.testing.assert_allclose(tree["a"], 6 * X)
    np.testing.assert_allclose(tree["b"], 2 * np.sum(X * X))


def test_hvp_with_keywords(backend):
    product = gg.hvp(lambda x, *, y: np.sum(x**2 * y), backend=backend)
    np.testing.assert_allclose(product(X, A[1], y=X), 2 * X * A[1])
    np.testing.assert_allclose(product(X, v=A[1], y=X), 2 * X * A[1])


def test_hvp_with_defaults_and_static_arguments(backend):
    product = gg.hvp(lambda x, how="square", n=1.0: np.sum(x**2) * n if how == "square" else 0.0, backend=backend)
    np.testing.assert_allclose(product(X, A[1]), 2 * A[1])
    np.testing.assert_allclose(product(X, "square", 3.0, A[1]), 6 * A[1])


def test_hvp_refuses_a_wrong_vector(backend):
    with pytest.raises(gg.ArgumentError, match=r"the vector: got f64\[2\] where f64\[4\] is needed"):
        gg.hvp(wave, backend=backend)(X, X[:2])
    with pytest.raises(gg.ArgumentError, match="missing a required argument: 'v'"):
        gg.hvp(wave, backend=backend)(X)
    with pytest.raises(gg.ArgumentError, match="and then the vector"):
        gg.hvp(lambda x, n=1: np.sum(x), backend=backend)(X)
