"""`checkpoint`: the same values and derivatives, in less memory."""

from __future__ import annotations

import functools
import re
from typing import Any

import numpy as np
import pytest

import gradgen as gg
from gradgen.api.tape import Taped

pytestmark = pytest.mark.slow

STEPS, SEGMENT = 64, 8
ROWS, WIDTH = 50, 64
ARRAY = ROWS * WIDTH * 8  # bytes

W = np.random.default_rng(0).normal(size=(WIDTH, WIDTH)) / 8
X = np.random.default_rng(1).normal(size=(ROWS, WIDTH))
SMALL, MATRIX = X[:3, :4].copy(), W[:4, :4].copy()


def step(x: Any, w: Any) -> Any:
    """Keeps tanh and exp of each step for its adjoint; the product keeps the steps from being one loop."""
    h = np.tanh(x @ w)
    return x + 0.1 * h * np.exp(-h * h)


def segment(x: Any, w: Any, steps: int = SEGMENT) -> Any:
    for _ in range(steps):
        x = step(x, w)
    return x


def chain(part: Any, segments: int = STEPS // SEGMENT) -> Any:
    """The chain as segments."""

    def loss(x: Any, w: Any) -> Any:
        for _ in range(segments):
            x = part(x, w)
        return np.sum(x * x)

    return loss


def work_size(transformed: Any, *types: Any) -> int:
    """Bytes of the arena."""
    return transformed.lower(*types).stages.nest.work_size


def check_same(plain: Any, other: Any, *args: Any) -> None:
    """Structures and values, to a rounding."""
    given, expected = other(*args), plain(*args)
    leaves, tree = gg.trace.flatten(given)
    wanted, structure = gg.trace.flatten(expected)
    assert tree == structure
    for one, two in zip(leaves, wanted, strict=True):
        assert np.asarray(one).dtype == np.asarray(two).dtype
        scale = 16 * np.finfo(np.asarray(two).dtype).eps * max(1.0, np.abs(two).max())
        np.testing.assert_allclose(one, two, rtol=0, atol=scale)


# --- memory ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("argnums", [0, (0, 1)])
def test_memory_falls_to_the_segments_and_one_of_them(argnums):
    types = gg.f64[ROWS, WIDTH], gg.f64[WIDTH, WIDTH]
    whole = work_size(gg.value_and_grad(chain(segment), argnums), *types) / ARRAY
    parts = work_size(gg.value_and_grad(chain(gg.checkpoint(segment)), argnums), *types) / ARRAY
    kept = 2 if argnums == 0 else 3  # tanh and exp of a step; its argument too, if w moves
    assert kept * STEPS < whole < kept * STEPS + 8
    assert parts < STEPS / SEGMENT + kept * SEGMENT + 12


@pytest.mark.slow
def test_a_long_vector():
    n = 100_000
    a = np.random.default_rng(2).normal(size=(8, 8)) / 4

    def layer(x):
        mixed = (np.reshape(x, (n // 8, 8)) @ a).ravel()
        return x + 0.1 * np.tanh(mixed) * np.exp(-mixed * mixed)

    def part(x):
        for _ in range(8):
            x = layer(x)
        return x

    def loss(f, x):
        for _ in range(8):
            x = f(x)
        return np.sum(x * x)

    plain, saving = (gg.value_and_grad(functools.partial(loss, f)) for f in (part, gg.checkpoint(part)))
    x = np.random.default_rng(3).normal(size=n)
    (value, gradient), (value_, gradient_) = plain(x), saving(x)
    assert value == value_
    assert np.abs(gradient - gradient_).max() <= 16 * np.finfo(float).eps * np.abs(gradient).max()
    assert work_size(saving, gg.f64[n]) < 0.3 * work_size(plain, gg.f64[n])


def test_the_tape_of_vjp_holds_arguments_only():
    def saved(part):
        taped = Taped(chain(part))
        taped(X, W)
        (sweeps,) = taped.entries.values()
        graph = sweeps.later.graph
        return sum(graph[i].type.shape == (ROWS, WIDTH) for i in graph.inputs)

    assert saved(segment) >= 2 * STEPS
    assert saved(gg.checkpoint(segment)) == STEPS // SEGMENT + 1  # with the last value


def test_checkpoints_of_checkpoints_save_more():
    inner = gg.checkpoint(functools.partial(segment, steps=4))
    outer = gg.checkpoint(lambda x, w: inner(inner(inner(inner(x, w), w), w), w))
    types = gg.f64[ROWS, WIDTH], gg.f64[WIDTH, WIDTH]
    sizes = [work_size(gg.grad(chain(f, STEPS // 16)), *types) for f in (functools.partial(segment, steps=16), outer)]
    assert sizes[1] < 0.2 * sizes[0]
    one = gg.checkpoint(functools.partial(segment, steps=16))
    assert sizes[1] < work_size(gg.grad(chain(one, STEPS // 16)), *types)


# --- values ----------------------------------------------------------------------------------------------


TRANSFORMS = {
    "compile": lambda f: gg.compile(f),
    "grad": lambda f: gg.grad(f, (0, 1)),
    "value_and_grad": lambda f: gg.value_and_grad(f, 1),
    "hessian": lambda f: gg.hessian(f),
    "hessian by both": lambda f: gg.hessian(f, (0, 1)),
    "reverse over reverse": lambda f: gg.jacrev(gg.jacrev(f, 1), 0),
    "forward over forward": lambda f: gg.jacfwd(gg.jacfwd(f, 1), 0),
    "reverse over forward": lambda f: gg.jacrev(gg.jacfwd(f, 1), 0),
    "third order": lambda f: gg.grad(lambda x, w: gg.grad(lambda x: np.sum(gg.grad(f)(x, w) ** 2))(x)[0, 0], 1),
    "jvp": lambda f: lambda x, w: gg.jvp(f, (x, w), (w[:3] * 2, w.T)),
    "vjp": lambda f: lambda x, w: gg.vjp(f, x, w)[1](2.0),
    "hvp": lambda f: lambda x, w: gg.hvp(f)(x, w, x + 1),
    "linearize": lambda f: lambda x, w: gg.linearize(f, x, w)[1](x, w),
    "vmap": lambda f: gg.vmap(gg.grad(f, (0, 1)), (0, None)),
    "vmap over both": lambda f: lambda x, w: gg.vmap(gg.grad(f, (0, 1)))(x, np.array([w, w, w + 1])),
    "grad of vmap": lambda f: gg.grad(lambda x, w: np.sum(gg.vmap(f, (0, None))(x, w) ** 2), (0, 1)),
}


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
def test_same_values_under(transform):
    part = functools.partial(segment, steps=2)
    check_same(transform(chain(part, 2)), transform(chain(gg.checkpoint(part), 2)), SMALL, MATRIX)
    nested = gg.checkpoint(lambda x, w: gg.checkpoint(step)(gg.checkpoint(step)(x, w), w))
    check_same(transform(chain(part, 2)), transform(chain(nested, 2)), SMALL, MATRIX)


def test_the_same_bits_on_numpy():
    one, two = (gg.value_and_grad(chain(f), backend="numpy") for f in (segment, gg.checkpoint(segment)))
    for value, value_ in zip(one(X, W), two(X, W), strict=True):
        np.testing.assert_array_equal(value, value_)


def test_on_both_backends_and_in_float32(backend):
    for dtype in (np.float64, np.float32):
        args = SMALL.astype(dtype), MATRIX.astype(dtype)
        one, two = (gg.value_and_grad(chain(f, 1), (0, 1), backend=backend) for f in (segment, gg.checkpoint(segment)))
        check_same(one, two, *args)


def test_containers_keywords_and_static_arguments(backend):
    def f(state, kind, *, scale=1.0, times=2):
        y = state["a"]
        for _ in range(times):
            y = np.sin(y) if kind == "sine" else np.cos(y)
        return {"y": (y * scale, None), "count": times, "sum": np.sum(y) * state["b"][0]}

    def loss(part, a, b):
        result = part({"a": a, "b": [b, 3]}, "sine", scale=b, times=3)
        assert result["count"] == 3
        return np.sum(result["y"][0] ** 2) + result["sum"]

    args = SMALL[0], 2.0
    pair = [gg.grad(functools.partial(loss, part), (0, 1), backend=backend) for part in (f, gg.checkpoint(f))]
    check_same(*pair, *args)
    assert gg.checkpoint(f)({"a": 1.0, "b": [1.0]}, "cosine", times=0)["sum"] == 1.0  # untraced: the function itself


def test_what_the_function_closes_over_is_an_argument():
    def loss(wrap, x, w):
        @wrap
        def inner(x):
            return np.tanh(x @ np.exp(w)) * np.sum(np.sin(w))

        return np.sum(inner(inner(x)) + wrap(lambda: np.exp(np.sin(x)))())

    pair = [gg.grad(functools.partial(loss, wrap), (0, 1)) for wrap in (lambda f: f, gg.checkpoint)]
    check_same(*pair, SMALL, MATRIX)
    table = np.random.default_rng(4).normal(size=(40, 40)) / 8  # large: read anew at each call
    part = gg.checkpoint(lambda x: np.sin(table @ np.sin(table @ x)))
    expected = gg.grad(lambda x: np.sum(np.sin(table @ np.sin(table @ x)) ** 2))(table[0])
    np.testing.assert_allclose(gg.grad(lambda x: np.sum(part(x) ** 2))(table[0]), expected, rtol=1e-13)


def test_what_the_function_leaves_outside_is_differentiated_too():
    """A store into an array of the caller's is no result: it is kept, as without the checkpoint, and is right."""

    def loss(wrap, x):
        out = np.zeros(3)

        @wrap
        def inner(x):
            out[0] = np.sin(x)
            return np.cos(x)

        return inner(x) + out[0]

    pair = [gg.grad(functools.partial(loss, wrap)) for wrap in (lambda f: f, gg.checkpoint)]
    check_same(*pair, 1.0)


def test_equal_calls_stay_equal_work():
    part = gg.checkpoint(lambda x: np.sin(np.exp(x)))
    graph = gg.grad(lambda x: part(x) * part(x)).lower(gg.f64[()]).graph
    assert sum(graph[i].op.name == "exp" for i in graph.live()) <= 2


def test_several_results_are_computed_again_once():
    def f(x):
        y = np.sin(x)
        return np.exp(y), np.cos(y)

    def loss(part, x):
        a, b = part(x)
        c, d = part(a * b)
        return np.sum(c * d)

    saving = gg.grad(functools.partial(loss, gg.checkpoint(f)))
    check_same(gg.grad(functools.partial(loss, f)), saving, SMALL)
    graph = saving.lower(gg.f64[3, 4]).graph
    sines = [i for i in graph.live() if graph[i].op.name == "sin" and graph[i].sweep == "forward"]
    assert len(sines) <= 4


@pytest.mark.parametrize("transform", [gg.grad, lambda f: gg.jacfwd(f), lambda f: gg.hessian(f)])
def test_strong_zero_goes_through(transform):
    root = gg.checkpoint(lambda x: np.sqrt(x) * np.sqrt(x + 1))
    safe = lambda part: lambda x: np.sum(np.where(x > 0, part(np.where(x > 0, x, 0.0)), 0.0))  # noqa: E731
    before = lambda part: lambda x: np.sum(part(np.where(x > 0, x, 0.0)))  # noqa: E731
    x = np.array([-1.0, 0.0, 2.0])
    for make in (safe, before):
        check_same(transform(make(lambda x: np.sqrt(x) * np.sqrt(x + 1))), transform(make(root)), x)


def test_named_sizes():
    part = gg.checkpoint(lambda x: np.sin(np.exp(x)))
    fn = gg.value_and_grad(lambda x: np.sum(part(part(x))))
    kernel = fn.lower(gg.f64["n"]).compile()
    for x in (SMALL[0], SMALL[0, :2].copy()):
        check_same(fn, kernel, x)


def test_inside_rules_of_the_users():
    part = gg.checkpoint(lambda x: np.sin(np.exp(x)))

    @gg.custom_jvp
    def f(x):
        return part(x)

    f.defjvp(lambda primals, tangents: gg.jvp(part, primals, tangents))

    @gg.custom_vjp
    def g(x):
        return part(x)

    g.defvjp(lambda x: (part(x), x), lambda x, ct: gg.vjp(part, x)[1](ct))
    expected = gg.grad(lambda x: part(part(x)))(0.3)
    for rule in (f, g):
        assert gg.grad(lambda x, rule=rule: rule(rule(x)))(0.3) == pytest.approx(expected, rel=1e-15)
        inside = gg.checkpoint(lambda x, rule=rule: rule(rule(x)))
        assert gg.grad(inside)(0.3) == pytest.approx(expected, rel=1e-15)
        second = gg.grad(gg.grad(lambda x: part(part(x))))(0.3)
        assert gg.grad(gg.grad(inside))(0.3) == pytest.approx(second, rel=1e-13)


def test_names_and_docs_stay():
    assert gg.checkpoint(step).__doc__ == step.__doc__
    assert gg.checkpoint(step).__name__ == "step"


def test_what_is_saved_is_not_copied():
    """In the C a repetition reads the saved value where it lies, also in another shape."""
    copies = re.compile(r"^ *(const double )?\w+(\[.*\])? = \w+\[[^\]]*\];$", re.MULTILINE)
    types = gg.f64[ROWS, WIDTH], gg.f64[WIDTH, WIDTH]

    def flat(x, w):
        return segment(np.reshape(x, (ROWS, WIDTH)), w, 2).ravel()

    for part in (functools.partial(segment, steps=2), flat):
        source = gg.grad(chain(gg.checkpoint(part), 2), 1).lower(*types).source
        assert not copies.search(source)


def test_views_that_must_lie_in_memory():
    def part(x):
        return np.take(np.reshape(x, (4, 5)) @ np.reshape(x, (5, 4)), np.array([1, 0, 2]), axis=0)

    def loss(wrap, x):
        return np.sum(np.sin(wrap(part)(x[3:43:2])) * np.sin(wrap(part)(x[:20])))

    pair = [gg.grad(functools.partial(loss, wrap)) for wrap in (lambda f: f, gg.checkpoint)]
    check_same(*pair, np.linspace(-1, 1, 50))


def test_nothing_is_repeated_where_the_cotangent_is_known():
    def ops(f):
        graph = gg.grad(lambda x: np.sum(f(x))).lower(gg.f64[50]).graph
        return [graph[identity].op.name for identity in graph.live()]

    def part(x):
        return np.sin(np.exp(x))

    assert ops(part) == ops(gg.checkpoint(part))
