"""The page on transforms: its session runs as shown, and it leaves out no transform."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

import gradgen as gg

PAGE = Path(__file__).parent.parent / "docs" / "transforms.md"


@pytest.mark.slow
def test_the_session_runs_as_shown() -> None:
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failures, tried = doctest.testfile(str(PAGE), module_relative=False, optionflags=options)
    assert tried > 30
    assert failures == 0


def test_every_public_function_is_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    public = {name: getattr(gg, name) for name in gg.__all__ if name.islower()}
    functions = [name for name, what in public.items() if callable(what) and not isinstance(what, gg.TypeMaker)]
    assert [name for name in functions if f"gg.{name}" not in text] == ["make_graph"]  # which makes no function
