"""Programs in C that call kernels: the example, and what a call costs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gradgen.aot.build import lower_exports, write_c
from gradgen.aot.declare import load_module
from tests.aot.conftest import STRICT

EXAMPLE = Path(__file__).parents[2] / "examples" / "c"


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The folder of the example, its kernels built."""
    folder = shutil.copytree(EXAMPLE, tmp_path / "c", ignore=shutil.ignore_patterns("__pycache__", "build"))
    write_c(lower_exports(load_module(folder / "kernels.py")[1]), folder / "build", "kernels")
    return folder


def test_the_example_reaches_its_point_and_finds_its_rate(example: Path, cc) -> None:
    cc(example, STRICT, "-O2", "-Ibuild", "arm.c", "build/kernels.c", "-lm", "-o", "arm")
    done = subprocess.run([example / "arm"], capture_output=True, text=True, check=True)
    assert done.stdout == "hand at (0.500000, 0.400000)\nrate 1.700000\n"


def test_kernels_ask_the_system_for_nothing_but_functions_of_numbers(example: Path, cc) -> None:
    cc(example / "build", "-std=c11", "-O2", "-c", "kernels.c")
    command = ["nm", "-u", "build/kernels.o"]
    listed = subprocess.run(command, cwd=example, capture_output=True, text=True, check=True).stdout
    wanted = {line.split()[-1] for line in listed.splitlines()}
    assert wanted - {"_GLOBAL_OFFSET_TABLE_", "__stack_chk_fail"} <= {"sin", "cos", "exp", "memset", "memcpy"}


LOOP = """
@gg.export(transform="value_and_grad", x=gg.f64["n"], y=gg.f64["n"])
def energy(x, y):
    return np.sum((x * x + 1.0) * y)
"""
MAIN = """
#include "kernels.h"
static double x[256], y[256], by_x[256];

__attribute__((noinline)) static int by_hand(const double *restrict a, const double *restrict b,
                                              double *restrict value, double *restrict slope, ptrdiff_t n)
{
    double total = 0.0;
    #pragma omp simd reduction(+ : total)
    for (ptrdiff_t i = 0; i < n; ++i) {
        total += (a[i] * a[i] + 1.0) * b[i];
        slope[i] = 2.0 * a[i] * b[i];
    }
    *value = total;
    return 0;
}

int main(int count, char **arguments)
{
    double sum = 0.0, value = 0.0;
    (void)arguments;
    for (int i = 0; i < 256; ++i) x[i] = y[i] = i / 256.0;
    for (int turn = 0; turn < 2000; ++turn) {
        x[turn % 256] += 1e-9;
        if (count > 1 ? by_hand(x, y, &value, by_x, 256) : energy_value_and_grad(x, y, &value, by_x, 256)) return 2;
        sum += value + by_x[turn % 256];
    }
    return !(sum > 0.0);
}
"""


@pytest.mark.slow
def test_a_call_costs_what_a_loop_by_hand_does(exported, cc) -> None:
    if shutil.which("valgrind") is None:
        pytest.skip("callgrind counts the instructions")
    folder = exported(LOOP)
    (folder / "main.c").write_text(MAIN)
    flags = ("-std=c11", "-O2", "-ftree-vectorize", "-fopenmp-simd", "-fno-math-errno", "-fno-trapping-math")
    cc(folder, *flags, "main.c", "kernels.c", "-lm", "-o", "main")

    def counted(*arguments: str) -> int:
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "./main", *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        found = re.search(r"Collected : (\d+)", done.stderr)
        assert found
        return int(found[1])

    assert counted() <= 1.10 * counted("by hand")


@pytest.mark.slow
def test_valgrind_finds_nothing(example: Path, cc) -> None:
    if shutil.which("valgrind") is None:
        pytest.skip("valgrind is not there")
    cc(example, "-std=c11", "-O1", "-g", "-Ibuild", "arm.c", "build/kernels.c", "-lm", "-o", "arm")
    command = ["valgrind", "--error-exitcode=9", "--leak-check=full", "./arm"]
    done = subprocess.run(command, cwd=example, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_page_shows_what_the_header_says(example: Path) -> None:
    page = (EXAMPLE.parents[1] / "docs" / "call-from-c.md").read_text(encoding="utf-8")
    shown = next(block for block in re.findall(r"```c\n(.*?)```", page, re.DOTALL) if "misfit" in block)
    assert shown in (example / "build" / "kernels.h").read_text(encoding="utf-8")


def test_the_page_declares_what_the_wheel_does() -> None:
    page = (EXAMPLE.parents[1] / "docs" / "ship-a-wheel.md").read_text(encoding="utf-8")
    kernels = (EXAMPLE.parent / "wheel" / "logistic" / "kernels.py").read_text(encoding="utf-8")
    shown = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]
    assert shown[shown.index("@gg.export") :] in kernels
