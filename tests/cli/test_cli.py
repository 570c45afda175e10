"""The command line."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gradgen.cli import main
from gradgen.native.compiler import find_compiler

ROOT = Path(__file__).parents[2]
TEXT = """
import numpy as np, gradgen as gg

@gg.export(transform="value_and_grad", x=gg.f64["n"])
def energy(x):
    return np.sum(np.cos(x[1:] - x[:-1]))

@gg.export(name="halved", k=gg.i64)
def half(k):
    return k // 2
"""
needs_compiler = pytest.mark.skipif(find_compiler() is None, reason="there is no C compiler")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "kernels.py"
    path.write_text(TEXT)
    return path


def test_build_writes_c_and_says_what_it_costs(file: Path, tmp_path: Path, capsys) -> None:
    assert main(["build", str(file), "-o", str(tmp_path / "out")]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"kernels.c", "kernels.h"}
    said = capsys.readouterr().out
    assert "energy_value_and_grad: flops" in said
    assert "2 functions in" in said


def test_quiet_says_nothing_and_a_name_is_taken(file: Path, tmp_path: Path, capsys) -> None:
    assert main(["build", str(file), "-o", str(tmp_path), "--name", "other", "--selftest", "-q"]) == 0
    assert "energy_value_and_grad_selftest" in (tmp_path / "other.h").read_text()
    assert capsys.readouterr().out == ""


@needs_compiler
def test_build_makes_libraries_and_modules(file: Path, tmp_path: Path) -> None:
    assert main(["build", str(file), "-o", str(tmp_path / "out"), "--shared", "--module", "-q"]) == 0
    made = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*")}
    assert {"libkernels.so", "kernels.h", "kernels/__init__.py", "kernels/__init__.pyi", "kernels/_kernels.so"} <= made
    assert "kernels.c" not in made


def test_emit_prints_the_c_of_one(file: Path, capsys) -> None:
    assert main(["emit", str(file), "halved"]) == 0
    text = capsys.readouterr().out
    assert "int halved(const int64_t k" in text
    assert "energy" not in text
    assert main(["emit", "--whole", str(file), "energy"]) == 0
    assert "#include" not in capsys.readouterr().out.replace('#include "kernels.h"', "")


def test_an_export_that_is_not_there_is_said(file: Path, capsys) -> None:
    assert main(["emit", str(file), "nothing"]) == 1
    assert "does not export nothing; it has energy, energy_value_and_grad, half, halved" in capsys.readouterr().err


def test_check_compares_with_differences(file: Path, capsys) -> None:
    assert main(["check", str(file)]) == 0
    said = capsys.readouterr().out
    assert "ok      energy_value_and_grad: derivatives by 1 argument agree with differences at n = 5" in said
    assert "ok      halved: no argument is floating-point" in said


def test_check_fails_where_a_derivative_is_wrong(tmp_path: Path, capsys) -> None:
    path = tmp_path / "wrong.py"
    path.write_text(
        "import gradgen as gg\n@gg.custom_vjp\ndef f(x): return x * x\n"
        "f.defvjp(lambda x: (x * x, x), lambda x, ct: (3 * x * ct,))\n"
        "def g(x): return f(x)\ngg.export(g, gg.f64)\n"
    )
    assert main(["check", str(path)]) == 1
    assert "FAILED  g:" in capsys.readouterr().out


@needs_compiler
def test_the_cache_is_listed_verified_and_cleared(file: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("GRADGEN_CACHE_DIR", str(tmp_path / "cache"))
    program = "import gradgen as gg; gg.compile(lambda x: x * x, backend='c')(2.0); gg.grad(lambda x: x * x * x)(2.0)"
    subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
    assert main(["cache", "ls"]) == 0
    assert "f(x: f64) -> f64" in (listed := capsys.readouterr().out)
    assert "2 kernels" in listed
    assert main(["cache", "verify"]) == 0
    capsys.readouterr()
    first = next(iter((tmp_path / "cache").glob("*/*.so")))
    first.write_bytes(first.read_bytes()[:-1])
    assert main(["cache", "verify"]) == 1
    assert "1 sound kernel, 1 damaged" in capsys.readouterr().out
    assert main(["cache", "prune"]) == 0
    assert "removed 1 folder" in capsys.readouterr().out
    (last,) = {path.parent for path in (tmp_path / "cache").glob("*/meta.json")}
    os.utime(last, (time.time() - 40 * 86400,) * 2)
    assert main(["cache", "prune", "--days", "50"]) == 0
    assert main(["cache", "prune"]) == 0
    assert capsys.readouterr().out.splitlines() == ["removed 0 folders", "removed 1 folder"]
    assert main(["cache", "clear"]) == 0


def test_doctor_says_what_is_there(capsys) -> None:
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert all(said.count(f"{what:<12}") >= 1 for what in ("gradgen", "compiler", "BLAS", "calls", "cache"))


def test_doctor_without_a_compiler(capsys, monkeypatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    assert main(["doctor"]) == 0
    assert "no usable C compiler: $CC is 'no-such-compiler'" in capsys.readouterr().out


def test_errors_are_one_message_without_a_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gradgen", "build", str(tmp_path / "missing.py")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1
    assert done.stderr == f"gradgen: there is no file {tmp_path / 'missing.py'}\n"
