"""Files of kernels, written for a test and built."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from gradgen.aot.build import lower_exports, write_c
from gradgen.aot.declare import load_module
from gradgen.native.compiler import explain_absence, find_compiler

HEAD = "import numpy as np\nimport gradgen as gg\n\n"
STRICT = ("-std=c11", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror")


@pytest.fixture
def kernels(tmp_path: Path) -> Callable[..., Path]:
    """``kernels(text)`` writes a module that exports something, and gives its path."""

    def write(text: str, name: str = "kernels.py") -> Path:
        file = tmp_path / name
        file.write_text(HEAD + text, encoding="utf-8")
        return file

    return write


@pytest.fixture
def exported(kernels: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """``exported(text)`` writes the ``.c`` and ``.h`` of such a module, and gives their folder."""

    def write(text: str, folder: str = "out", **options: bool) -> Path:
        units = lower_exports(load_module(kernels(text))[1])
        write_c(units, tmp_path / folder, "kernels", **options)
        return tmp_path / folder

    return write


@pytest.fixture(scope="session")
def cc() -> Callable[..., subprocess.CompletedProcess[str]]:
    """``cc(folder, arguments…)`` runs the C compiler there."""
    found = find_compiler()
    if found is None:
        pytest.skip(explain_absence())

    def run(folder: Path, *arguments: str | Sequence[str]) -> subprocess.CompletedProcess[str]:
        flat = [word for given in arguments for word in ([given] if isinstance(given, str) else given)]
        done = subprocess.run([*found.command, *flat], cwd=folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return done

    return run
