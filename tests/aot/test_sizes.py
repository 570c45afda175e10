"""One kernel for every size, and the same bytes from everywhere."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gradgen.aot.build import lower_exports, write_c
from gradgen.aot.declare import load_module
from gradgen.native.compiler import find_compiler
from tests.aot.conftest import HEAD

ROOT = Path(__file__).parents[2]
TEXT = """
@gg.export(transform="value_and_grad", x=gg.f64["n"], scale=gg.f64)
def rough(x, scale):
    return np.sum(np.tanh(scale * (x[1:] - x[:-1]))) + np.mean(x * x)
"""
SIZED = """
@gg.export(transform="value_and_grad", x=gg.f64[{n}], scale=gg.f64)
def rough(x, scale):
    return np.sum(np.tanh(scale * (x[1:] - x[:-1]))) + np.mean(x * x)
"""
# From a folder with the declaration in it: a library, one with variants, and an object file.
BUILD = """
import sys
from pathlib import Path
from gradgen.aot.build import lower_exports
from gradgen.aot.declare import load_module
from gradgen.aot.library import build_library, build_object
from gradgen.aot.target import Machine
units = lower_exports(load_module(Path("kernels.py"))[1])
build_library(units, Path("plain.so"), "kernels", selftest=True)
build_object(units, Path("kernels.o"), "kernels")
if Machine().is_x86_64:
    build_library(units, Path("variants.so"), "kernels", Machine(variants=True))
"""
needs_compiler = pytest.mark.skipif(find_compiler() is None, reason="there is no C compiler")


@needs_compiler
@pytest.mark.slow
def test_libraries_are_the_same_bytes_whatever_folder_process_and_seed(tmp_path: Path) -> None:
    made = []
    for seed in ("1", "4242"):
        folder = tmp_path / f"folder{seed}"
        folder.mkdir()
        (folder / "kernels.py").write_text(HEAD + TEXT, encoding="utf-8")
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", BUILD], cwd=folder, env=environment, check=True, timeout=300)
        made.append({path.name: path.read_bytes() for path in sorted(folder.glob("*.*o"))})
    assert {"plain.so", "kernels.o"} <= set(made[0])
    assert made[0] == made[1]
    assert not [name for name, data in made[0].items() if b"folder" in data or str(tmp_path).encode() in data]


@needs_compiler
def test_one_c_function_serves_no_element_and_a_million(exported: Callable[..., Path], cc) -> None:
    folder = exported(TEXT)
    cc(folder, "-std=c11", "-O2", "-fPIC", "-shared", "kernels.c", "-lm", "-o", "kernels.so")
    library = ctypes.CDLL(str(folder / "kernels.so"))
    for n in (0, 1, 7, 1_000_000):
        x, value, by_x = np.random.default_rng(n).normal(size=n), np.zeros(()), np.full(n, np.nan)
        work = np.zeros(library.rough_value_and_grad_work_size(ctypes.c_ssize_t(n)) + 64, np.uint8)
        x_, *results = [ctypes.c_void_p(array.ctypes.data) for array in (x, value, by_x)]
        given = [x_, ctypes.c_double(0.5), *results, ctypes.c_ssize_t(n)]
        status = library.rough_value_and_grad(*given, ctypes.c_void_p(work.ctypes.data // 64 * 64 + 64))
        if n == 0:
            assert status == 6, "x[1:] of nothing"
            continue
        assert status == 0
        steps = 0.5 * np.diff(x)
        slope = 0.5 / np.cosh(steps) ** 2
        expected = 2 * x / n
        expected[1:] += slope
        expected[:-1] -= slope
        np.testing.assert_allclose(value, np.sum(np.tanh(steps)) + np.mean(x * x), rtol=1e-10)
        np.testing.assert_allclose(by_x, expected, rtol=1e-11, atol=1e-15)


def test_code_does_not_grow_with_a_size(kernels: Callable[..., Path], tmp_path: Path) -> None:
    lines = {}
    for n in ('"n"', 1000, 1_000_000):
        units = lower_exports(load_module(kernels(SIZED.format(n=n)))[1])
        text = write_c(units, tmp_path / "sized", "kernels")[0].read_text(encoding="utf-8")
        lines[n] = len(text.splitlines())
    assert max(lines.values()) - min(lines.values()) <= 8, lines
