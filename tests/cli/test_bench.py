"""`gradgen bench`: a user's own exports, timed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradgen.aot import bench
from gradgen.cli import main
from gradgen.native.compiler import find_compiler

TEXT = """
import numpy as np, gradgen as gg

@gg.export(transform="value_and_grad", x=gg.f64["n"], k=gg.i64)
def energy(x, k):
    return np.sum(np.cos(x[1:] - x[:-1])) * k

@gg.export(transform="vjp", x=gg.f64["n"])
def bent(x):
    return np.sin(x)
"""
needs_compiler = pytest.mark.skipif(find_compiler() is None, reason="there is no C compiler")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bench, "BLOCK", 1e-5)
    path = tmp_path / "kernels.py"
    path.write_text(TEXT)
    return path


@needs_compiler
def test_a_line_for_each_export(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", str(file), "--size", "n=20"]) == 0
    heading, first, second = capsys.readouterr().out.splitlines()
    assert heading.split()[:3] == ["export", "sizes", "call"]
    assert first.startswith("energy_value_and_grad  n = 20")
    assert second.startswith("bent")
    assert first.endswith("GB/s")


@needs_compiler
def test_exports_are_chosen_by_name(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", str(file), "energy"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]] == ["energy_value_and_grad"]


def test_a_size_is_a_name_and_a_number(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", str(file), "--size", "n"]) == 1
    assert "--size n: give a name and a number, as in --size n=1000" in capsys.readouterr().err


def test_without_a_checkout_it_says_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "__file__", str(tmp_path / "site" / "gradgen" / "aot" / "bench.py"))
    assert main(["bench"]) == 1
    assert "gradgen bench kernels.py, or run make bench in a checkout" in capsys.readouterr().err


def test_bytes_are_those_of_arguments_and_results() -> None:
    row = bench.Measured("f", {}, call=1e-6, value=5e-7, numpy=1e-5, moved=1000)
    assert list(bench.table([row]))[1].split()[-2:] == ["1.0", "GB/s"]
