"""Batches of small vectors and matrices: one loop over the batch, what is along short axes written out."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradgen as gg
from gradgen.lower import schedule, short
from gradgen.native.compiler import find_compiler
from tests.compiled.random_graphs import MODES, draw, inputs_for, with_derivatives
from tests.compiled.test_random_graphs_compiled import check, compiled

pytestmark = pytest.mark.skipif(find_compiler() is None, reason="needs a C compiler")

# Neither a multiple of the lanes nor short.
BATCH = 37


def product_of_quaternions(p: Any, q: Any) -> Any:
    a, b, c, d = p[:, 0], p[:, 1], p[:, 2], p[:, 3]
    w, x, y, z = q[:, 0], q[:, 1], q[:, 2], q[:, 3]
    rows = [a * w - b * x - c * y - d * z, a * x + b * w + c * z - d * y, a * y - b * z + c * w + d * x]
    return np.stack([*rows, a * z + b * y - c * x + d * w], axis=1)


def turned(angle: Any, points: Any) -> Any:
    c, s = np.cos(angle), np.sin(angle)
    return points @ np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]).T


def softmax(x: Any) -> Any:
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def distances(x: Any, y: Any) -> Any:
    difference = x[:, None, :] - y[None, :, :]
    return np.sqrt(0.5 + np.sum(difference * difference, axis=2))


def by_columns(x: Any) -> Any:
    """The batch is the last axis."""
    return np.prod(x, axis=0) * x / (1.0 + np.sum(x * x, axis=0))


def joined(x: Any, y: Any) -> Any:
    out = np.zeros((len(x), 7))
    out[:, 1:7:2] = x
    return np.concatenate([out, y[:, ::-1], np.ones((len(x), 1))], axis=1).reshape(-1, 3, 4)[:, 1:, :] * 2.0


def moments(weights: Any, x: Any) -> Any:
    centre = weights @ x / np.sum(weights)
    return np.sum((x - centre) ** 2 * weights[:, None], axis=0)


PROGRAMS: dict[str, tuple[Callable[..., Any], list[tuple[int, ...]]]] = {
    "matrices by vectors": (lambda a, x: np.einsum("nij,nj->ni", a, x), [(BATCH, 3, 3), (BATCH, 3)]),
    "matrices": (lambda a, b: np.sin(a @ b) @ a, [(BATCH, 4, 4), (BATCH, 4, 4)]),
    "one matrix for all": (lambda x, w, b: np.tanh(x @ w + b), [(BATCH, 5), (5, 3), (3,)]),
    "traces": (lambda a: np.einsum("nii->n", a), [(BATCH, 3, 3)]),
    "cross": (np.cross, [(BATCH, 3), (BATCH, 3)]),
    "norm": (lambda x: np.linalg.norm(x, axis=1), [(BATCH, 3)]),
    "quaternions": (product_of_quaternions, [(BATCH, 4), (BATCH, 4)]),
    "turned": (turned, [(), (BATCH, 3)]),
    "softmax": (softmax, [(BATCH, 5)]),
    "distances": (distances, [(BATCH, 3), (BATCH + 4, 3)]),
    "columns": (by_columns, [(3, BATCH)]),
    "joined": (joined, [(BATCH, 3), (BATCH, 4)]),
    "moments": (moments, [(BATCH,), (BATCH, 3)]),
    "largest": (lambda x: np.max(x, axis=(1, 2)) + np.min(x), [(BATCH, 2, 5)]),
    "sums that are scanned": (lambda x: np.cumsum(x, axis=1) * np.sum(x, axis=1)[:, None], [(BATCH, 4)]),
}


def drawn(name: str, dtype: type) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.normal(size=shape).astype(dtype) for shape in PROGRAMS[name][1]]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", PROGRAMS)
def test_values_and_gradients(name: str, dtype: type) -> None:
    function, arrays = PROGRAMS[name][0], drawn(name, dtype)
    everything = tuple(range(len(arrays)))

    def weighed(*arguments: Any) -> Any:
        return np.sum(np.sin(function(*arguments)))

    found = gg.value_and_grad(weighed, argnums=everything)(*arrays)
    expected = gg.value_and_grad(weighed, argnums=everything, backend="numpy")(*[a.astype(np.float64) for a in arrays])
    tolerance = 1e-12 if dtype == np.float64 else 2e-5
    for one, other in zip(_flat(found), _flat(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance * max(1.0, np.max(np.abs(other))))


def _flat(result: Any) -> list[Any]:
    value, gradient = result
    return [value, *(gradient if isinstance(gradient, tuple) else [gradient])]


@pytest.mark.parametrize("size", [0, 1, 7, 64, 100])
def test_open_batch(size: int) -> None:
    """The size of the batch is known at call time only."""
    x, y = np.random.default_rng(2).normal(size=(2, size, 3))
    lowered = gg.grad(lambda a, b: np.sum(np.cross(a, b) ** 2)).lower(gg.f64["n", 3], gg.f64["n", 3])
    assert _loops(lowered.source) == 1
    expected = 2.0 * np.cross(y, np.cross(x, y))
    np.testing.assert_allclose(lowered.compile()(x, y), expected, rtol=1e-12, atol=1e-12)


def _loops(source: str) -> int:
    return len(re.findall(r"\bfor \(", source))


def residual(camera: Any, point: Any) -> Any:
    """A pinhole camera that is turned about an axis."""
    theta = np.sqrt(np.sum(camera[:3] * camera[:3]))
    axis = camera[:3] / theta
    seen = point * np.cos(theta) + np.cross(axis, point) * np.sin(theta) + camera[3:6]
    return camera[6] * seen[:2] / seen[2]


def test_batched_jacobian_is_one_loop_in_registers() -> None:
    lowered = gg.vmap(gg.jacobian(residual, argnums=(0, 1))).lower(gg.f64[1000, 7], gg.f64[1000, 3])
    body = lowered.source.partition("residual_jacobian_vmap_call")[0]
    assert _loops(body) == 1
    assert "GG_SIMD" in body
    assert "work" not in body  # nothing is kept but what the caller asked for
    assert re.findall(r"double \w+\[", body) == []


def test_rows_of_a_matrix_product_stay_rows() -> None:
    """What a product kernel takes or makes lies row by row, and its loops run along the rows."""
    lowered = gg.compile(lambda x, w, v, b: np.tanh(x @ w + b) @ v).lower(
        gg.f64[64, 30], gg.f64[30, 16], gg.f64[16], gg.f64[16]
    )
    assert lowered.source.count("gg_tanh") == 1


def test_strides_that_gcc_has_no_lanes_for_are_hidden() -> None:
    def source(width: int) -> str:
        return gg.compile(lambda x: np.sum(x * x, axis=1)).lower(gg.f64["n", width]).source

    assert "gg_hidden(5)" in source(5)
    assert "gg_hidden" not in source(3) + source(4)


def test_loops_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long program on small matrices becomes several loops, none longer than a C compiler likes."""

    def chain(a: Any, b: Any) -> Any:
        for _ in range(20):
            a = np.sin(a @ b)
        return a

    monkeypatch.setattr(schedule, "MOST_POINTS", 300)
    source = gg.compile(chain).lower(gg.f64[100, 4, 4], gg.f64[100, 4, 4]).source
    assert max(part.count("\n") for part in source.split("for (")) < 300
    assert _loops(source) > 3


def test_large_matrices_keep_their_loops() -> None:
    source = gg.compile(lambda a, b: np.sin(a @ b)).lower(gg.f64[100, 9, 9], gg.f64[100, 9, 9]).source
    assert source.count("gg_sin") == 1


@pytest.mark.slow
def test_random_graphs(monkeypatch: pytest.MonkeyPatch, workshop: Path) -> None:
    """Their extents are at most 3, so that they have batches of small vectors if 3 is long."""
    monkeypatch.setattr(short, "SHORT", 2)
    graphs = [with_derivatives(draw(seed), MODES[seed % len(MODES)]) for seed in range(700, 740)]
    for seed, (graph, *kernels) in zip(range(700, 740), compiled(graphs, workshop), strict=True):
        check(graph, kernels, inputs_for(graph, seed), f"seed {seed}")
