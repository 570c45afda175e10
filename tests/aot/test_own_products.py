"""Products of large matrices without BLAS: the same as NumPy's, whatever the blocks."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
import pytest

from gradgen.aot.amalgamate import amalgamate
from tests.aot.conftest import STRICT

ENTRIES = "".join(
    f"void {kind}{s}(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const {real} *a, const {real} *b, {real} *c)"
    f" {{ gg_blas_gemm_{kind}{s}(m, n, k, a, b, c); }}\n"
    for kind in ("nn", "nt", "tn", "tt")
    for real, s in (("double", ""), ("float", "f"))
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, cc) -> ctypes.CDLL:
    folder: Path = tmp_path_factory.mktemp("products")
    (folder / "own.c").write_text(amalgamate('#include "gg_blas.h"\n') + ENTRIES)
    cc(folder, STRICT, "-Wno-missing-prototypes", "-O1", "-fPIC", "-shared", "-DGG_OWN_LAPACK", "own.c", "-o", "own.so")
    return ctypes.CDLL(str(folder / "own.so"))


@pytest.mark.parametrize("kind", ["nn", "nt", "tn", "tt"])
@pytest.mark.parametrize(("m", "n", "k"), [(0, 3, 2), (3, 4, 0), (1, 1, 1), (5, 63, 7), (3, 65, 257), (70, 130, 513)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_it_is_numpys_product(library: ctypes.CDLL, kind: str, m: int, n: int, k: int, dtype: type) -> None:
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(m, k)).astype(dtype), rng.normal(size=(k, n)).astype(dtype)
    stored = [np.ascontiguousarray(a.T if t == "t" else a) for a, t in zip((left, right), kind, strict=True)]
    out = np.full((m, n), np.nan, dtype)
    sizes = map(ctypes.c_ssize_t, (m, n, k))
    getattr(library, kind + ("f" if dtype == np.float32 else ""))(
        *sizes, *[ctypes.c_void_p(array.ctypes.data) for array in (*stored, out)]
    )
    scale = np.sqrt(k + 1)
    np.testing.assert_allclose(out, left @ right, rtol=0, atol=scale * (1e-13 if dtype == np.float64 else 1e-5))
