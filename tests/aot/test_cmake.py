"""What `--cmake` writes: used in the tree, installed and found again, and by pkg-config."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import gradgen as gg
from gradgen.aot.build import lower_exports, write_c
from gradgen.aot.cmake import write_cmake
from gradgen.aot.declare import load_module

EXAMPLE = Path(__file__).parents[2] / "examples" / "cmake"
EXPECTED = "7 steps, line 1.000 1.867 -3.054\n"
STRICT = ("-std=c++17", "-Wall", "-Wextra", "-pedantic", "-Werror")


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The folder of the example, its kernel generated."""
    for program in ("cmake", "c++"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    folder = shutil.copytree(EXAMPLE, tmp_path / "example", ignore=shutil.ignore_patterns("newton", "build"))
    units = lower_exports(load_module(folder / "kernels.py")[1])
    write_c(units, folder / "newton", "newton")
    write_cmake(units, folder / "newton", "newton")
    return folder


def run(folder: Path, *command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=300, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_example_fits_its_line(example: Path) -> None:
    run(example, "cmake", "-B", "build")
    run(example, "cmake", "--build", "build")
    assert run(example, "build/fit") == EXPECTED


@pytest.mark.slow
def test_what_is_installed_is_found_wherever_it_is_moved(example: Path) -> None:
    run(example, "cmake", "-S", "newton", "-B", "own", "-DCMAKE_INSTALL_PREFIX=installed", "-DBUILD_SHARED_LIBS=ON")
    run(example, "cmake", "--build", "own")
    run(example, "cmake", "--install", "own", "--prefix", "first")
    (example / "first").rename(example / "moved")
    shutil.rmtree(example / "newton")
    run(example, "cmake", "-B", "build", f"-DCMAKE_PREFIX_PATH={example / 'moved'}")
    run(example, "cmake", "--build", "build")
    assert run(example, "build/fit") == EXPECTED
    if shutil.which("pkg-config") is None:
        pytest.skip("pkg-config is not installed")
    found = next((example / "moved").rglob("newton.pc")).parent
    flags = run(example, "pkg-config", "--cflags", "--libs", "newton", PKG_CONFIG_PATH=str(found)).split()
    run(example, "c++", *STRICT, "main.cpp", *flags, "-o", "plain")
    library = next((example / "moved").rglob("libnewton.*")).parent
    assert run(example, "./plain", LD_LIBRARY_PATH=str(library), DYLD_LIBRARY_PATH=str(library)) == EXPECTED


def written(kernels, tmp_path: Path, text: str) -> str:
    units = lower_exports(load_module(kernels(text))[1])
    return "".join(path.read_text(encoding="utf-8") for path in write_cmake(units, tmp_path / "out", "some"))


def test_lapack_is_asked_for_only_where_it_is_needed(kernels, tmp_path: Path) -> None:
    small = "@gg.export(x=gg.f64)\ndef f(x): return x * x\n"
    large = "@gg.export(A=gg.f64[90, 90], b=gg.f64[90])\ndef f(A, b): return np.linalg.solve(A, b)\n"
    needing = "@gg.export(A=gg.f64[4, 4])\ndef f(A): return np.sum(np.abs(np.linalg.eigvals(A)))\n"
    assert "LAPACK" not in written(kernels, tmp_path, small)
    assert "option(some_BLAS" in written(kernels, tmp_path, large)
    text = written(kernels, tmp_path, needing)
    assert "option(" not in text
    assert re.search(r"^find_package\(LAPACK REQUIRED\)", text, re.MULTILINE)


def test_a_name_that_cmake_cannot_take_is_refused(kernels, tmp_path: Path) -> None:
    units = lower_exports(load_module(kernels("@gg.export(x=gg.f64)\ndef f(x): return x\n"))[1])
    with pytest.raises(gg.ArgumentError, match="a CMake target cannot be called 'a b'; choose a name with --name"):
        write_cmake(units, tmp_path, "a b")
