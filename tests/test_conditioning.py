"""The table of docs/conditioning.md: gradients of badly conditioned problems against many digits."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("mpmath", reason="the reference is computed with mpmath")
SCRIPT = Path(__file__).resolve().parents[1] / "docs" / "make_conditioning.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_conditioning", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("backend", [None, "numpy"])
def test_no_worse_than_the_matrix_allows(script: ModuleType, backend: str | None) -> None:
    for name, ours, textbook, bound in script.rows(backend):
        assert ours <= bound, name
        assert ours <= 10.0 * textbook, name


def test_the_page_has_every_row(script: ModuleType) -> None:
    page = script.PAGE.read_text(encoding="utf-8")
    assert all(f"| {problem.name} |" in page for problem in script.PROBLEMS)
