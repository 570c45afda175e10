"""The session on the page about formulas runs as shown."""

from __future__ import annotations

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "formulas.md"


def test_the_session_runs_as_shown() -> None:
    failures, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert tried > 5
    assert failures == 0
