"""Products of matrices done block by block of rows, in a loop with what makes their operands and reads their result."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradgen as gg
from gradgen.ir import Graph, TypeMaker
from gradgen.native.compiler import find_compiler
from gradgen.ops import OPS
from tests.compiled.build import build
from tests.interpret import new_input, set_outputs

pytestmark = pytest.mark.skipif(find_compiler() is None, reason="needs a C compiler")


def affinities(Q: Any, means: Any, x: Any) -> Any:
    """A chain through an array of three axes: centred, multiplied, squared, and a soft maximum over the middle axis."""
    y = np.einsum("kij,nkj->nki", Q, x[:, None, :] - means)
    return np.sum(np.log(np.sum(np.exp(-0.5 * np.sum(y * y, axis=2)), axis=1)))


def mixture(n: int, k: int, d: int, dtype: Any = np.float64) -> tuple[Any, ...]:
    rng = np.random.default_rng(n + k + d)
    shapes = (k, d, d), (k, d), (n, d)
    return tuple((rng.normal(size=shape) / np.sqrt(d)).astype(dtype) for shape in shapes)


# With a remainder and without, one row past a block, blocks of fewer rows since rows are wide, a stack of one.
SIZES = [(65, 3, 6), (128, 2, 5), (200, 25, 10), (70, 40, 20), (90, 1, 7), (64, 3, 6)]


@pytest.mark.parametrize(("n", "k", "d"), SIZES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_chain_of_blocks(n: int, k: int, d: int, dtype: Any) -> None:
    arguments = mixture(n, k, d, dtype)
    tolerance = 1e-11 if dtype == np.float64 else 2e-4
    found = gg.value_and_grad(affinities, argnums=(0, 1, 2))(*arguments)
    wanted = gg.value_and_grad(affinities, argnums=(0, 1, 2), backend="numpy")(*arguments)
    np.testing.assert_allclose(found[0], wanted[0], rtol=tolerance)
    for gradient, expected in zip(found[1], wanted[1], strict=True):
        np.testing.assert_allclose(gradient, expected, rtol=tolerance, atol=10 * tolerance)


def test_nothing_tall_is_stored_whole() -> None:
    """What is kept of arrays of 1000 x 25 x 10 is a block."""
    lowered = gg.grad(affinities, argnums=(0, 1)).lower(gg.f64[25, 10, 10], gg.f64[25, 10], gg.f64[1000, 10])
    work = re.findall(r"return (\d+);\n\}\n*$", lowered.source)
    assert int(work[-1]) < 1000 * 25 * 10 * 8 / 4


@pytest.mark.parametrize("n", [0, 1, 63, 64, 65, 200])
def test_a_named_number_of_rows(n: int) -> None:
    def layer(W: Any, x: Any) -> Any:
        return np.sum(np.tanh(x @ W) ** 2)

    rng = np.random.default_rng(n)
    W, x = rng.normal(size=(6, 9)), rng.normal(size=(n, 6))
    kernel = gg.grad(layer, argnums=(0, 1)).lower(gg.f64[6, 9], gg.f64["n", 6])
    assert "gg_gemm(i1 - i0, 9, 6" in kernel.source
    expected = gg.grad(layer, argnums=(0, 1), backend="numpy")(W, x)
    for found, wanted in zip(kernel.compile()(W, x), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


def test_scaled_rows_are_added_up_in_blocks() -> None:
    """A.T @ (d A) with d A of one block at a time; a result of a single element too."""

    def weighted(A: Any, B: Any, d: Any) -> Any:
        return A.T @ (np.exp(d)[:, None] * B)

    rng = np.random.default_rng(0)
    for rows, columns in ((20, 30), (50, 50), (1, 1), (1, 8)):
        A, B, d = rng.normal(size=(300, rows)), rng.normal(size=(300, columns)), rng.normal(size=300)
        np.testing.assert_allclose(gg.compile(weighted)(A, B, d), weighted(A, B, d), rtol=1e-11, atol=1e-11)


def test_a_sum_of_one_element(workshop: Path) -> None:
    """As a graph may have it before it is rewritten: the sum is in memory, where the kernel adds to it."""
    graph = Graph()
    x, y = (new_input(graph, TypeMaker(np.float64)[100, 1]) for _ in range(2))
    total = OPS["contract"](OPS["exp"](x), y, labels="ki", x_labels="ji", y_labels="jk")
    (kernel,) = build([set_outputs(graph, [total * total])], folder=workshop)
    left, right = np.random.default_rng(0).normal(size=(2, 100, 1))
    np.testing.assert_allclose(kernel(left, right)[0], (right.T @ np.exp(left)) ** 2, rtol=1e-12)


def test_a_product_alone_is_done_at_once() -> None:
    source = gg.compile(lambda x, y: x @ y).lower(gg.f64[500, 20], gg.f64[20, 30]).source
    assert "i0" not in source
    assert "gg_blas_gemm_nn(500, 30, 20, " in source
