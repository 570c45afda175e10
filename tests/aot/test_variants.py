"""One library with code for older and newer processors: the variants agree, and the right one is called."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import gradgen as gg
from gradgen.aot.build import lower_exports
from gradgen.aot.declare import load_module
from gradgen.aot.library import build_library
from gradgen.aot.module import write_module
from gradgen.aot.target import Machine
from gradgen.aot.variants import VARIANTS
from gradgen.native.compiler import find_compiler
from gradgen.native.target import features
from tests.aot.conftest import HEAD

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_compiler() is None, reason="there is no C compiler"),
    pytest.mark.skipif(not Machine().is_x86_64, reason="this is no x86-64"),
]
TEXT = """
@gg.export(transform="value_and_grad", argnums="w", w=gg.f64[5], A=gg.f64["n", 5], y=gg.f64["n"])
@gg.export(transform="vjp", argnums="w", w=gg.f64[5], A=gg.f64["n", 5], y=gg.f64["n"])
def loss(w, A, y):
    margin = y * (A @ w)
    return np.mean(np.log1p(np.exp(-margin))) + np.sum(np.tanh(A) ** 2)

@gg.export(A=gg.f64[5, 5], b=gg.f64[5])
def solved(A, b):
    return np.linalg.solve(A, b)

@gg.export(x=gg.f64["n"], y=gg.f64["n"])
def curve(x, y):
    return x * y + x
"""
# In the order of VARIANTS: what the processor must have for each.
ASKED = [set(), {"avx2", "fma", "bmi1", "bmi2"}, {"avx512f", "avx512vl", "avx512bw", "avx512dq", "avx512cd"}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("variants")
    (top / "kernels.py").write_text(HEAD + TEXT, encoding="utf-8")
    units = lower_exports(load_module(top / "kernels.py")[1])
    build_library(units, top / "kernels.so", "kernels", Machine(variants=True), selftest=True)
    write_module(units, top, "fast", Machine(variants=True))
    return top


@pytest.fixture(scope="module")
def library(folder: Path) -> ctypes.CDLL:
    return ctypes.CDLL(str(folder / "kernels.so"))


def best() -> int:
    """The number of the variant that this processor should run."""
    have = [asked <= features() for asked in ASKED]
    return have.index(False) - 1 if False in have else len(have) - 1


@pytest.fixture
def call(library: ctypes.CDLL) -> Callable[..., list[np.ndarray]]:
    def run(name: str, *arguments: np.ndarray, n: int) -> list[np.ndarray]:
        results = [np.full(shape, np.nan) for shape in ((), (5,))]
        work = np.zeros(library.loss_value_and_grad_work_size(ctypes.c_ssize_t(n)) + 64, np.uint8)
        given = [ctypes.c_void_p(array.ctypes.data) for array in (*arguments, *results)]
        given += [ctypes.c_ssize_t(n), ctypes.c_void_p(work.ctypes.data // 64 * 64 + 64)]
        assert getattr(library, name)(*given) == 0
        return results

    return run


@pytest.mark.parametrize("n", [0, 1, 7, 1000])
def test_all_variants_agree(call: Callable[..., list[np.ndarray]], n: int) -> None:
    rng = np.random.default_rng(n)
    w, A, y = rng.normal(size=5), rng.normal(size=(n, 5)), np.sign(rng.normal(size=n))
    runnable = [variant.name for variant in VARIANTS[: best() + 1]]
    found = [call(f"gg_{name}_loss_value_and_grad", w, A, y, n=n) for name in runnable]
    for value, slope in found[1:]:
        np.testing.assert_allclose(value, found[0][0], rtol=1e-13)
        np.testing.assert_allclose(slope, found[0][1], rtol=1e-12, atol=1e-15)
    chosen = call("loss_value_and_grad", w, A, y, n=n)
    assert [a.tobytes() for a in chosen] == [a.tobytes() for a in found[-1]]


def test_the_chosen_one_is_the_best_that_the_processor_can_run(folder: Path, cc) -> None:
    (folder / "ask.c").write_text('#include "gg_variant.h"\nint main(void) { return gg_find_variant(); }\n')
    cc(folder, "-std=c11", "-I", str(Path(gg.__file__).parents[1] / "runtime"), "ask.c", "-o", "ask")
    assert subprocess.run([folder / "ask"], check=False).returncode == best()


def test_each_variant_has_its_own_instructions(folder: Path) -> None:
    listed = subprocess.run(["objdump", "-d", folder / "kernels.so"], capture_output=True, text=True, check=True).stdout
    code = {}
    for part in listed.split("\n\n"):
        title, _, body = part.partition("\n")
        code[title.partition("<")[2].partition(">")[0]] = body
    widest = [code[f"gg_{variant.name}_curve"] for variant in VARIANTS]
    assert [("%ymm" in body, "%zmm" in body) for body in widest][:2] == [(False, False), (True, False)]
    assert "%zmm" in widest[2]


@pytest.mark.parametrize("name", ["loss_value_and_grad", "loss_vjp", "solved"])
def test_the_library_proves_itself(library: ctypes.CDLL, name: str) -> None:
    memory = np.zeros(getattr(library, f"{name}_selftest_size")() + 64, np.uint8)
    assert getattr(library, f"{name}_selftest")(ctypes.c_void_p(-(-memory.ctypes.data // 64) * 64)) == 0


def test_a_module_has_them_too(folder: Path) -> None:
    program = (
        "import sys\nsys.modules['gradgen'] = None\nimport numpy as np, fast\n"
        "value, pull = fast.loss_vjp(np.ones(5), np.zeros((3, 5)), np.ones(3))\nprint(value, pull(1.0)[0])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("0.6931471805599453 ")


def test_it_chooses_the_instructions_itself() -> None:
    with pytest.raises(gg.ArgumentError, match="leave out --march native"):
        Machine(march="native", variants=True)
