"""How tools are started, what a row costs at most, what a run cut short leaves, and the points of the curves."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import measure, points, resume, rivals
from benchmarks.tools import numpy as numpy_tool
from benchmarks.workload import load


class Started:
    """A worker without a process."""

    made: list[Started] = []

    def __init__(self, tool: str, name: str, size: str, folder: Path, seconds: float) -> None:
        self.tool, self.seconds, self.closed = tool, seconds, False
        Started.made.append(self)

    def first(self) -> dict[str, Any]:
        if self.tool == "jax":
            return {"reason": "not installed: no jax"}
        return {"first": float(len(Started.made)), "memory": 5, "keeps": self.tool == "gradgen"}

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> Started:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> list[Started]:
    monkeypatch.setattr(measure, "Worker", Started)
    monkeypatch.setattr(Started, "made", [])
    return Started.made


def started(plan: measure.Plan, tools: list[str]) -> dict[str, Any]:
    with ExitStack() as stack:
        return measure.start_all(load("scalar", ""), tools, plan, Path(), stack, lambda _: None)[0]


def test_only_what_keeps_something_on_disk_starts_twice(workers: list[Started]) -> None:
    found = started(measure.Plan(), ["numpy", "gradgen", "jax"])
    assert [worker.tool for worker in workers] == ["numpy", "gradgen", "gradgen", "jax"]
    assert found["numpy"] == {"cold": 1.0, "warm": 1.0, "memory": 5}
    assert found["gradgen"] == {"cold": 2.0, "warm": 3.0, "memory": 5}
    assert found["jax"] == {"reason": "not installed: no jax"}
    assert all(worker.closed for worker in workers)


def test_without_cold_starts_there_is_one_each(workers: list[Started]) -> None:
    assert started(measure.Plan(cold=False), ["gradgen"]) == {"gradgen": {"warm": 1.0}}


def test_a_row_whose_time_is_over_says_so(workers: list[Started]) -> None:
    found = started(measure.Plan(budget=0.0), ["numpy"])
    assert found == {"numpy": {"reason": "the 0 s for the starts of its row were over"}}
    assert not workers


def test_rows_of_a_run_cut_short_are_found_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resume, "RESULTS", tmp_path)
    row = {"workload": "f", "size": "n = 3", "tools": {}}
    resume.Unfinished("bench", "key", resume=False).add(row)
    assert resume.Unfinished("bench", "key", resume=True).find("f", "n = 3") == row
    assert resume.Unfinished("bench", "key", resume=True).find("f", "n = 4") is None
    assert resume.Unfinished("bench", "other", resume=True).rows == []
    left = resume.Unfinished("bench", "key", resume=True)
    left.finish()
    assert not list(tmp_path.iterdir())


def test_points_of_curves_are_cases_that_a_tool_can_build() -> None:
    assert float(points.of_length(10).workload.function(0.3)) != 0.3
    assert points.with_arguments(3, 0.5).workload.function(1.0, 2.0, 4.0) == 7.0
    assert np.shape(points.of_elements("rosenbrock", 10).arguments[0]) == (10,)


def test_a_curve_has_a_point_for_each_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rivals, "SIZES", [10, 100])
    found = list(rivals.measured(numpy_tool, "seconds per element, Rosenbrock"))
    assert [n for n, _ in found] == [10, 100]
    assert all(seconds > 0.0 for _, seconds in found)
