from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradgen.native import load
from gradgen.native.cache import Entry
from gradgen.native.kernel import make_kernel
from tests.native.entries import SIGNATURES


def test_from_entry_to_call(built: Entry) -> None:
    add = make_kernel(built, tree=0)
    np.testing.assert_array_equal(add(np.ones(3), np.ones(3)), 2 * np.ones(3))


def test_blas_is_bound(kernel: Callable[..., Any]) -> None:
    x, y = np.arange(5.0), np.arange(5.0) + 1
    assert kernel("blas_dot", tree=0)(x, y) == x @ y


@pytest.mark.parametrize("name", ["dgemm", "sdot", "dpotrf", "dgesdd"])
def test_blas_and_lapack_are_found(name: str) -> None:
    assert load.external_address(name) > 0


def test_an_unknown_external_is_named() -> None:
    with pytest.raises(LookupError, match="'dmagic'"):
        load.external_address("dmagic")


def test_a_missing_entry_is_an_error(built: Entry) -> None:
    with pytest.raises(AttributeError, match="absent_call"):
        load.open_library(replace(built, signature=replace(SIGNATURES["add"], name="absent")))


def test_a_library_on_a_disk_without_execution(built: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    import _cffi_backend as cffi

    real, tried = cffi.load_library, []

    def refuse_original(path: str, flags: int) -> Any:
        tried.append(Path(path))
        if Path(path) == built.library:
            raise OSError("failed to map segment from shared object")
        return real(path, flags)

    monkeypatch.setattr(cffi, "load_library", refuse_original)
    assert load.open_library(built).call
    assert tried[0] == built.library
    assert tried[1].read_bytes() == built.library.read_bytes()


def test_opening_a_library_imports_little(built: Entry) -> None:
    folder = built.library.parent
    program = (
        "import sys, pathlib, gradgen.ir.types; before = set(sys.modules)\n"
        "from gradgen.native.cache import Cache; from gradgen.native.kernel import make_kernel\n"
        f"make_kernel(Cache(pathlib.Path({str(folder.parent)!r})).load({folder.name!r}))\n"
        "print({'scipy', 'subprocess', 'cffi', 'pycparser', 'platformdirs'} & (set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
