"""The rules of matrix calculus, and forward mode against reverse mode, over random shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import gradgen as gg
from tests.gallery.draws import regular
from tests.ops.differences import inner

pytestmark = pytest.mark.slow

Function = Callable[..., Any]

few = settings(max_examples=25, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)
sizes = st.fixed_dictionaries({letter: st.integers(1, 5) for letter in "mnpq"})

# The function; its differential on paper, of the variables and after them their differentials; the shapes of the
# variables and of the constants, which come last in both. "nn" is a matrix that has an inverse.
RULES: dict[str, tuple[Function, Function, str, str]] = {
    "dA = 0": (lambda X, A: A, lambda X, dX, A: 0 * A, "mn", "pq"),
    "d(alpha X) = alpha dX": (lambda X, a: a * X, lambda X, dX, a: a * dX, "mn", "-"),
    "d(A X B) = A dX B": (lambda X, A, B: A @ X @ B, lambda X, dX, A, B: A @ dX @ B, "np", "mn pq"),
    "d(X + Y) = dX + dY": (lambda X, Y: X + Y, lambda X, Y, dX, dY: dX + dY, "mn mn", ""),
    "d(X^T) = (dX)^T": (lambda X: X.T, lambda X, dX: dX.T, "mn", ""),
    "d(X Y) = dX Y + X dY": (lambda X, Y: X @ Y, lambda X, Y, dX, dY: dX @ Y + X @ dY, "mn np", ""),
    "d<X, Y> = <dX, Y> + <X, dY>": (
        lambda X, Y: np.sum(X * Y),
        lambda X, Y, dX, dY: np.sum(dX * Y) + np.sum(X * dY),
        "mn mn",
        "",
    ),
    "d(X / phi) = (phi dX - dphi X) / phi^2": (
        lambda X, phi: X / phi,
        lambda X, phi, dX, dphi: (phi * dX - dphi * X) / phi**2,
        "mn -",
        "",
    ),
    "d tr X = <I, dX>": (lambda X: np.trace(X), lambda X, dX: np.sum(np.eye(len(X)) * dX), "nn", ""),
    "d det X = det X <X^-T, dX>": (
        lambda X: np.linalg.det(X),
        lambda X, dX: np.linalg.det(X) * np.sum(np.linalg.inv(X).T * dX),
        "nn",
        "",
    ),
    "d X^-1 = -X^-1 dX X^-1": (
        lambda X: np.linalg.inv(X),
        lambda X, dX: -np.linalg.inv(X) @ dX @ np.linalg.inv(X),
        "nn",
        "",
    ),
    "d g(f(X)) = dg(f(X))[df(X)[dX]]": (
        lambda X, A: np.tanh(A @ np.sin(X)),
        lambda X, dX, A: (1 - np.tanh(A @ np.sin(X)) ** 2) * (A @ (np.cos(X) * dX)),
        "np",
        "mn",
    ),
}


def drawn(shape: str, extents: dict[str, int], rng: np.random.Generator) -> Any:
    """An array of a shape by letters; "-" is a number away from 0."""
    if shape == "-":
        return rng.uniform(0.5, 2.0) * rng.choice([-1.0, 1.0])
    return regular(extents["n"])(rng) if shape == "nn" else rng.standard_normal([extents[k] for k in shape])


@pytest.mark.parametrize("rule", RULES)
@few
@given(extents=sizes, seed=seeds)
def test_rule(rule: str, extents: dict[str, int], seed: int) -> None:
    f, differential, of, given_too = RULES[rule]
    rng = np.random.default_rng(seed)
    variables = tuple(drawn(shape, extents, rng) for shape in of.split())
    constants = tuple(drawn(shape, extents, rng) for shape in given_too.split())
    changes = tuple(np.asarray(rng.standard_normal(np.shape(x)))[()] for x in variables)

    def of_variables(*xs: Any) -> Any:
        return f(*xs, *constants)

    value, moved = gg.jvp(of_variables, variables, changes, backend="numpy")
    paper = np.asarray(differential(*variables, *changes, *constants))
    np.testing.assert_allclose(value, f(*variables, *constants), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(moved, paper, rtol=1e-10, atol=1e-10 * max(1.0, float(np.max(np.abs(paper)))))
    assert_adjoint(of_variables, variables, changes, moved, rng)


def assert_adjoint(f: Function, xs: tuple[Any, ...], ts: tuple[Any, ...], moved: Any, rng: np.random.Generator) -> None:
    """<w, J t> by forward mode equals <J^T w, t> by reverse mode."""
    value, pulled = gg.vjp(f, *xs, backend="numpy")
    w = np.asarray(rng.standard_normal(np.shape(value)))[()]
    forward, scale = inner([w], [moved])
    backward, _ = inner(list(pulled(w)), ts)
    assert abs(forward - backward) <= 1e-11 * scale


# --- functions that arrange, select and reduce, on arrays of any shape --------------------------------------

ARRANGING: dict[str, Function] = {
    "sum": lambda x: np.sum(x, axis=-1),
    "mean": lambda x: np.mean(x, axis=0, keepdims=True),
    "prod": lambda x: np.prod(x, axis=0),
    "max": lambda x: np.max(x, axis=-1),
    "min": lambda x: np.min(x),
    "var": lambda x: np.var(x, axis=0),
    "cumsum": lambda x: np.cumsum(x, axis=-1),
    "cumprod": lambda x: np.cumprod(x, axis=0),
    "sort": lambda x: np.sort(x, axis=-1),
    "transpose": lambda x: np.transpose(x),
    "reshape": lambda x: np.reshape(x, (-1, x.shape[-1])),
    "flip": lambda x: np.flip(x, axis=0),
    "roll": lambda x: np.roll(x, 2, axis=-1),
    "slice": lambda x: x[::-2][..., 1:],
    "take": lambda x: np.take(x, [0, x.shape[-1] - 1, 0], axis=-1),
    "diff": lambda x: np.diff(x, axis=-1),
    "concatenate": lambda x: np.concatenate([x, 2 * x[:1], x * x]),
    "stack": lambda x: np.stack([x, np.sin(x)], axis=1),
    "broadcast": lambda x: x[..., :1] * x,
    "where": lambda x: np.where(x > 0, np.exp(x), x * x),
    "norm": lambda x: np.linalg.norm(x.ravel()),
    "einsum": lambda x: np.einsum("...i,...j->...ij", x, np.cos(x)),
    "tensordot": lambda x: np.tensordot(x, x, axes=(0, 0)),
    "pad": lambda x: np.pad(x, 1),
}


@pytest.mark.parametrize("name", ARRANGING)
@few
@given(shape=array_shapes(min_dims=1, max_dims=3, max_side=4), seed=seeds)
def test_forward_and_reverse_agree_at_every_shape(name: str, shape: tuple[int, ...], seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, t = rng.standard_normal((2, *shape))
    value, moved = gg.jvp(ARRANGING[name], (x,), (t,), backend="numpy")
    np.testing.assert_allclose(value, ARRANGING[name](x), rtol=1e-13, atol=1e-13)
    assert_adjoint(ARRANGING[name], (x,), (t,), moved, rng)
