"""Compile small C drivers against the headers in runtime/, the way generated code is compiled."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

RUNTIME = Path(__file__).resolve().parents[2] / "runtime"
WARNINGS = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wpedantic"]
# Elementwise loops become vector loops only with these; results must be right without them as well.
VECTOR = ["-O2", "-ftree-vectorize", "-fopenmp-simd", "-fno-math-errno", "-fno-trapping-math"]
NATIVE = [*VECTOR, "-march=native", "-mprefer-vector-width=512"]
FLAGS = {
    "plain": ["-O1", "-ffp-contract=off"],
    "baseline": VECTOR,
    "avx2": [*VECTOR, "-march=haswell"],
    "native": NATIVE,
}

Build = Callable[..., Path]


def _run(flags: list[str], source: Path, output: Path) -> subprocess.CompletedProcess[str]:
    command = ["gcc", *flags, "-I", str(RUNTIME), str(source), "-o", str(output), "-lm"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def gcc() -> None:
    if shutil.which("gcc") is None:
        pytest.skip("needs gcc")


@pytest.fixture(scope="session")
def libmvec(gcc: None, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The flag that lets the headers use glibc's vector functions, if this glibc has all of them."""
    source = tmp_path_factory.mktemp("probe") / "probe.c"
    source.write_text("void _ZGVbN2v_tanh(void);\nint main(void) { _ZGVbN2v_tanh(); }\n")
    return ["-DGG_LIBMVEC"] if _run([], source, source.with_suffix("")).returncode == 0 else []


@pytest.fixture(scope="session")
def build(libmvec: list[str], tmp_path_factory: pytest.TempPathFactory) -> Build:
    """`build(text, flags)` compiles and returns the path; warnings are errors."""

    def compile_(text: str, flags: list[str], *, suffix: str = ".so") -> Path:
        folder = tmp_path_factory.mktemp("driver")
        source = folder / "driver.c"
        source.write_text(text)
        kind = ["-shared", "-fPIC"] if suffix == ".so" else []
        done = _run([*WARNINGS, *libmvec, *flags, *kind], source, folder / f"driver{suffix}")
        assert done.returncode == 0, done.stderr
        (folder / "messages").write_text(done.stderr)
        return folder / f"driver{suffix}"

    return compile_


def runs_here(name: str) -> bool:
    """Whether this machine executes what the flags of that name compile to."""
    try:
        return name != "avx2" or all(word in Path("/proc/cpuinfo").read_text() for word in (" avx2 ", " fma "))
    except OSError:
        return False


@pytest.fixture(scope="session", params=list(FLAGS))
def load(request: pytest.FixtureRequest, build: Build) -> Callable[[str], ctypes.CDLL]:
    """`load(text)` compiles and opens a driver; a test that asks for it runs once for each set of flags."""
    if not runs_here(request.param):
        pytest.skip(f"this processor lacks {request.param}")
    return lambda text: ctypes.CDLL(str(build(text, FLAGS[request.param])))
