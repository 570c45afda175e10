"""The page of the gallery shows every problem as it is; the times on it are those of the machine that wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gallery.gallery import PROBLEMS
from tests.gallery.problem import Problem

PAGE = Path(__file__).parents[2] / "docs" / "gallery.md"


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_problem_is_on_the_page(problem: Problem) -> None:
    text = PAGE.read_text(encoding="utf-8")
    wanted = (problem.code.rstrip(), problem.gradient_tex, problem.hessian_tex)
    assert all(part in text for part in wanted), "run python docs/make_gallery.py"


def test_page_shows_no_other_problems() -> None:
    headings = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    assert len(headings) == len(PROBLEMS), "run python docs/make_gallery.py"
