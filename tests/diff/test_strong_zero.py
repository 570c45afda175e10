"""A derivative that has passed a mask is 0 where the mask is off: in both modes, to second order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradgen as gg
from gradgen.diff import pull_back, push_forward
from gradgen.ir import TypeMaker
from gradgen.ops import Value, lift
from gradgen.trace import make_graph
from tests.interpret import interpret, set_outputs

f64 = TypeMaker(np.float64)
X = np.array([-1.0, 0.0, 4.0])


def norm(x: Any) -> Any:
    return np.sqrt(np.sum(x**2, axis=-1, keepdims=True))


def unit(x: Any) -> Any:
    length = norm(x)
    return np.where(length > 0, x / length, 0)


# The function of a vector, elementwise, and its first two derivatives at X.
ELEMENTWISE: dict[str, tuple[Callable[..., Any], list[float], list[float]]] = {
    "root": (lambda x: np.where(x > 0, np.sqrt(x), 0), [0, 0, 1 / 4], [0, 0, -1 / 32]),
    "logarithm": (lambda x: np.where(x > 0, np.log(x), 0), [0, 0, 1 / 4], [0, 0, -1 / 16]),
    "other branch": (lambda x: np.where(x <= 0, x, np.sqrt(x)), [1, 1, 1 / 4], [0, 0, -1 / 32]),
    "reciprocal": (lambda x: np.where(x != 0, 1 / x, 0), [-1, 0, -1 / 16], [-2, 0, 2 / 64]),
    "quotient": (lambda x: np.where(x != 0, np.sin(x - x) / x + x / x, 1), [0, 0, 0], [0, 0, 0]),
    "power": (lambda x: np.where(x > 0, x**1.5, 0), [0, 0, 3], [0, 0, 3 / 8]),
    "chain": (lambda x: np.where(x > 0, np.exp(np.log(np.sqrt(x))), 0), [0, 0, 1 / 4], [0, 0, -1 / 32]),
    "product of roots": (lambda x: np.where(x > 0, np.sqrt(x) * np.sqrt(x), 0), [0, 0, 1], [0, 0, 0]),
    "sum of roots": (lambda x: np.where(x > 0, np.sqrt(x) + np.log(x), 0), [0, 0, 1 / 2], [0, 0, -3 / 32]),
    "two masks": (
        lambda x: np.where(x > 0, np.sqrt(x), 0) + np.where(x > 1, np.log(x), 0),
        [0, 0, 1 / 2],
        [0, 0, -3 / 32],
    ),
    "nested": (
        lambda x: np.where(x > 0, np.where(x > 2, np.sqrt(x), np.log(x)), np.where(x < 0, x, 0)),
        [1, 0, 1 / 4],
        [0, 0, -1 / 32],
    ),
    "mask inside": (lambda x: np.sqrt(np.where(x > 0, x, 0)), [0, 0, 1 / 4], [0, 0, -1 / 32]),
    "clipped inside": (lambda x: np.sqrt(np.maximum(x, -0.5) + 0.5), [0, 0.5**0.5, 1 / (2 * 4.5**0.5)], [0, 0, 0]),
    "moved": (lambda x: np.where(x[::-1] > 0, np.sqrt(x[::-1]), 0)[::-1], [0, 0, 1 / 4], [0, 0, -1 / 32]),
    "moved behind": (lambda x: np.sqrt(np.where(x > 0, x, 0)[::-1])[::-1], [0, 0, 1 / 4], [0, 0, -1 / 32]),
    "reshaped": (lambda x: np.where(x > 0, np.sqrt(x[:, None])[:, 0], 0), [0, 0, 1 / 4], [0, 0, -1 / 32]),
    "joined": (
        lambda x: np.where(x > 0, np.concatenate([np.sqrt(x[:1]), np.sqrt(x[1:])]), 0),
        [0, 0, 1 / 4],
        [0, 0, -1 / 32],
    ),
    "joined behind": (
        lambda x: np.sqrt(np.concatenate([np.where(x[:2] > 0, x[:2], 0), x[2:]])),
        [0, 0, 1 / 4],
        [0, 0, -1 / 32],
    ),
    "sorted": (lambda x: np.where(x[::-1] > 0, np.sort(-np.sqrt(x)), 0)[::-1], [0, 0, -1 / 4], [0, 0, 1 / 32]),
    "picked": (lambda x: np.where(x > 0, np.sqrt(x)[[0, 1, 2]], 0), [0, 0, 1 / 4], [0, 0, -1 / 32]),
    "picked behind": (lambda x: np.sqrt(np.where(x > 0, x, 0)[np.argsort(x)]), [0, 0, 1 / 4], [0, 0, -1 / 32]),
    "select": (lambda x: np.select([x > 0], [np.sqrt(x)], 0.0), [0, 0, 1 / 4], [0, 0, -1 / 32]),
}
# Second derivatives at a kink of a clipped argument depend on the mode.
TWICE = {name: row for name, row in ELEMENTWISE.items() if name != "clipped inside"}


def check(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("f", "slope", "_"), ELEMENTWISE.values(), ids=ELEMENTWISE)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_first_derivatives(f: Callable[..., Any], slope: list[float], _: Any) -> None:
    check(gg.grad(lambda x: np.sum(f(x)), backend="numpy")(X), slope)
    check(gg.jvp(f, (X,), (np.ones(3),), backend="numpy")[1], slope)


@pytest.mark.parametrize(("f", "_", "curvature"), TWICE.values(), ids=TWICE)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_second_derivatives_in_every_mode(f: Callable[..., Any], _: Any, curvature: list[float]) -> None:
    graph = make_graph(f, f64[3])
    x, out = Value(graph, graph.inputs[0]), Value(graph, graph.outputs[0])
    one = lift(1.0, x)
    [first], [gradient] = push_forward([out], [x], [one]), pull_back([out], [x], [one])
    for slope in (first, gradient):
        second = [*push_forward([slope], [x], [one]), *pull_back([slope], [x], [one])]
        for found in interpret(set_outputs(graph, second), [X]):
            check(found, curvature)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_mask_passes_through_a_reduction_that_it_covers() -> None:
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    gradient = gg.grad(lambda x: np.sum(unit(x) * np.array([1.0, 2.0])), backend="numpy")(x)
    check(gradient, [[(16 - 24) / 125, (18 - 12) / 125], [0, 0]])
    check(gg.jvp(unit, (x,), (np.ones((2, 2)),), backend="numpy")[1][1], [0, 0])


def test_an_infinite_slope_that_no_mask_removes_stays() -> None:
    assert gg.grad(lambda x: np.sum(np.where(x >= 0, np.sqrt(x), 0)), backend="numpy")(np.zeros(1)) == np.inf


def test_compiled() -> None:
    def all_of_them(x: Any) -> Any:
        return np.stack([f(x) for f, _, _ in ELEMENTWISE.values()])

    rows = [slope for _, slope, _ in ELEMENTWISE.values()]
    check(np.einsum("fii->fi", gg.jacrev(all_of_them)(X)), rows)
    check(gg.jvp(all_of_them, (X,), (np.ones(3),))[1], rows)


def test_without_a_mask_nothing_is_added() -> None:
    lowered = gg.grad(lambda x: np.sum(np.sqrt(x) * np.log(x) / x)).lower(f64[3])
    assert not [identity for identity in lowered.graph.live() if lowered.graph[identity].op.name == "where"]


def test_one_selection_for_a_chain() -> None:
    lowered = gg.grad(lambda x: np.sum(np.where(x > 0, np.exp(np.sin(np.sqrt(x))), 0))).lower(f64[3])
    assert [lowered.graph[identity].op.name for identity in lowered.graph.live()].count("where") == 1
