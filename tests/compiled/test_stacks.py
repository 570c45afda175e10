"""Products of stacks of matrices: one call for each, wherever the axes of the stack stand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradgen as gg
from gradgen.native.compiler import find_compiler

pytestmark = pytest.mark.skipif(find_compiler() is None, reason="needs a C compiler")

# Stacks whose matrices are small, a little larger, and large enough for BLAS; which operands have which labels.
CASES = [
    ("bij,bjk->bik", {"b": 3, "i": 5, "j": 6, "k": 7}),
    ("bij,bkj->bik", {"b": 3, "i": 5, "j": 6, "k": 7}),
    ("bji,bjk->bik", {"b": 3, "i": 5, "j": 6, "k": 7}),
    ("bji,bkj->bik", {"b": 3, "i": 5, "j": 6, "k": 7}),
    ("bij,bjk->bki", {"b": 3, "i": 5, "j": 6, "k": 7}),
    ("abij,abjk->abik", {"a": 2, "b": 3, "i": 5, "j": 6, "k": 7}),
    ("abij,bjk->abik", {"a": 2, "b": 3, "i": 5, "j": 6, "k": 7}),
    ("abij,ajk->abik", {"a": 2, "b": 3, "i": 5, "j": 6, "k": 7}),
    ("bij,bajk->baik", {"a": 2, "b": 3, "i": 5, "j": 6, "k": 7}),
    ("bij,bjk->bik", {"b": 1, "i": 5, "j": 6, "k": 7}),
    ("bij,bjk->bik", {"b": 0, "i": 5, "j": 6, "k": 7}),
    ("bij,bjk->bik", {"b": 3, "i": 5, "j": 0, "k": 7}),
    ("bij,bjk->bik", {"b": 2, "i": 3, "j": 3, "k": 3}),
    ("bij,bjk->bik", {"b": 2, "i": 1, "j": 50, "k": 1}),
    ("bij,bjk->bik", {"b": 2, "i": 45, "j": 45, "k": 45}),
    ("bij,bkj->bik", {"b": 2, "i": 45, "j": 45, "k": 45}),
    ("bij,bjk->ibk", {"b": 3, "i": 5, "j": 6, "k": 7}),
    ("kde,nke->nkd", {"k": 3, "d": 6, "e": 7, "n": 9}),
    ("nke,kde->nkd", {"k": 3, "d": 6, "e": 7, "n": 9}),
    ("ked,nke->nkd", {"k": 3, "d": 6, "e": 7, "n": 9}),
    ("ken,kde->nkd", {"k": 3, "d": 6, "e": 7, "n": 9}),
    ("kde,nke->dnk", {"k": 3, "d": 6, "e": 7, "n": 9}),
    ("kde,nke->nkd", {"k": 3, "d": 45, "e": 45, "n": 45}),
    ("nake,kde->nakd", {"a": 2, "k": 3, "d": 6, "e": 7, "n": 9}),
    ("nke,nkd->ked", {"k": 3, "d": 6, "e": 7, "n": 9}),
    ("ibj,jkb->bik", {"b": 3, "i": 5, "j": 6, "k": 7}),
]


@pytest.mark.parametrize("dtype", [np.float64, pytest.param(np.float32, marks=pytest.mark.slow)])
def test_every_arrangement(dtype: type) -> None:
    """All in one kernel: values, and gradients, which are stacks of the other arrangements."""
    rng = np.random.default_rng(0)
    arrays = []
    for subscripts, extents in CASES:
        for letters in subscripts.partition("->")[0].split(","):
            arrays.append(rng.normal(size=[extents[letter] for letter in letters]).astype(dtype))

    def products(*operands: Any) -> Any:
        pairs = zip(operands[::2], operands[1::2], CASES, strict=True)
        return [np.einsum(subscripts, x, y) for x, y, (subscripts, _) in pairs]

    tolerance = 1e-12 if dtype == np.float64 else 1e-5
    for found, expected in zip(gg.compile(products)(*arrays), products(*arrays), strict=True):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=10 * tolerance)

    def total(*operands: Any) -> Any:
        return sum(np.sum(np.sin(product)) for product in products(*operands))

    argnums = tuple(range(len(arrays)))
    found = gg.grad(total, argnums=argnums)(*arrays)
    for gradient, expected in zip(found, gg.grad(total, argnums=argnums, backend="numpy")(*arrays), strict=True):
        np.testing.assert_allclose(gradient, expected, rtol=10 * tolerance, atol=100 * tolerance)


def test_a_stack_is_called_matrix_by_matrix() -> None:
    source = gg.compile(lambda x, y: x @ y).lower(gg.f64[4, 9, 9], gg.f64[4, 9, 9]).source
    assert "gg_gemm(9, 9, 9, x + 81*i, 9, y + 81*i, 9, out + 81*i, 9)" in source


def test_vectors_of_a_stack() -> None:
    rng = np.random.default_rng(0)
    matrices, vectors = rng.normal(size=(5, 6, 7)), rng.normal(size=(5, 7))
    found = gg.vmap(lambda matrix, vector: matrix @ vector)(matrices, vectors)
    np.testing.assert_allclose(found, np.einsum("bij,bj->bi", matrices, vectors), rtol=1e-13)
