"""Random compositions of transforms on small random functions: two ways to one derivative agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import gradgen as gg

Function = Callable[[Any], Any]

MATRIX = np.random.default_rng(3).normal(size=(4, 4)) / 2

# From a vector of four to a vector of four; smooth, and tame at the points below.
STEPS: dict[str, Function] = {
    "sin": np.sin,
    "tanh": np.tanh,
    "square": lambda x: x * x,
    "logistic": lambda x: 1 / (1 + np.exp(-x)),
    "matrix": lambda x: MATRIX @ x,
    "reverse": lambda x: x[::-1],
    "roll": lambda x: np.roll(x, 1) * x,
    "halves": lambda x: np.concatenate([x[2:] * x[:2], x[:2]]),
    "mask": lambda x: np.where(x > 0.1, x * x, 0.1 * x),
    "sums": lambda x: np.cumsum(x),
    "outer": lambda x: np.outer(x, np.cos(x)) @ x / 4,
    "picked": lambda x: x[np.array([3, 0, 0, 2])],
    "norm": lambda x: x / np.sqrt(1 + x @ x),
    "stored": lambda x: np.stack([np.prod(x), np.sum(x), x[0], x[1]]),
    "stopped": lambda x: x * gg.stop_gradient(x),
}

# From a function of a vector to another: the transforms, by ways that are the same in exact arithmetic.
DIRECTION = np.array([0.3, -0.2, 0.5, 0.7])
SAME: dict[str, tuple[Callable[[Function], Function], Callable[[Function], Function]]] = {
    "along a direction": (
        lambda f: lambda x: gg.jvp(f, (x,), (DIRECTION,))[1],
        lambda f: lambda x: gg.jacrev(f)(x) @ DIRECTION,
    ),
    "pulled back": (
        lambda f: lambda x: gg.vjp(f, x)[1](DIRECTION)[0],
        lambda f: lambda x: DIRECTION @ gg.jacfwd(f)(x),
    ),
    "gradient": (
        lambda f: gg.grad(lambda x: f(x) @ DIRECTION),
        lambda f: lambda x: gg.jacfwd(lambda y: f(y) @ DIRECTION)(x),
    ),
    "rows at once": (
        lambda f: lambda x: gg.vmap(f)(np.stack([x, 2 * x]))[1],
        lambda f: lambda x: f(2 * x),
    ),
    "model": (
        lambda f: lambda x: gg.taylor(f, x, 1)(x + DIRECTION),
        lambda f: lambda x: f(x) + gg.linearize(f, x)[1](DIRECTION),
    ),
    "slopes of rows": (
        lambda f: lambda x: np.sum(gg.vmap(gg.jacfwd(f))(np.stack([x, x / 2])), axis=(0, 1)),
        lambda f: (
            lambda x: (
                gg.grad(lambda y: np.sum(gg.vmap(f)(np.stack([y, y / 2]))[0]))(x)
                + gg.grad(lambda y: np.sum(f(y)))(x / 2)
            )
        ),
    ),
}


def composed(names: list[str]) -> Function:
    """The steps one after the other."""

    def f(x: Any) -> Any:
        for name in names:
            x = STEPS[name](x)
        return x

    return f


chains = st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=4)
transforms = st.lists(st.sampled_from(sorted(SAME)), min_size=1, max_size=3)
points = st.sampled_from([np.array([0.3, -0.4, 0.9, 0.2]), np.array([-0.7, 1.1, 0.05, -0.3])])


@settings(max_examples=80, deadline=None, derandomize=True)
@given(chains, transforms, points)
def test_two_ways_to_one_derivative(names: list[str], nested: list[str], x: np.ndarray) -> None:
    first = second = composed(names)
    for transform in nested:
        first, second = SAME[transform][0](first), SAME[transform][1](second)
    one, other = (gg.compile(f, backend="numpy")(x) for f in (first, second))
    scale = max(1.0, float(np.max(np.abs(other))))
    np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11 * scale)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(chains, points)
def test_first_derivatives_are_limits_of_differences(names: list[str], x: np.ndarray) -> None:
    if "stopped" in names:
        return  # a constant to derivatives, not to differences
    f = gg.compile(composed(names), backend="numpy")
    found = gg.jacobian(f, backend="numpy")(x)
    step = 1e-6
    columns = [(f(x + step * unit) - f(x - step * unit)) / (2 * step) for unit in np.eye(4)]
    np.testing.assert_allclose(found, np.stack(columns, axis=1), rtol=1e-5, atol=1e-6)
