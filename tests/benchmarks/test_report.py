"""Tables, the guard and the page, from results made up here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import guard, page
from benchmarks.measure import reject_wrong, summary
from benchmarks.table import limits_table, losses, ratio_table, reasons, starts_table

MACHINE = {"read_bytes": 1e10, "triad_bytes": 1e10, "cached_read_bytes": 2e10, "dgemm_flops": 1e11}


def row(own: float, c: float = 1e-3, **more: Any) -> dict[str, Any]:
    tools = {
        "c": {"gradient": c, "function": c / 2},
        "gradgen": {"gradient": own, "call": 1.5 * own, "cold": 0.1, "memory": 5e7},
        "jax": {"reason": "not installed: no jax"},
    }
    return {"workload": "f", "size": "n = 3", "title": "F", "tools": tools, **more}


def test_ratios_are_to_the_c_gradient() -> None:
    heading, line = ratio_table([row(2e-3)])
    assert heading == ["value and derivative", "C function", "C gradient", "gradgen, kernel", "gradgen", "JAX"]
    assert line == ["F, n = 3", "500 µs", "1 ms (2.00)", "2 ms (2.00)", "3 ms (3.00)", "–"]


def test_other_tables() -> None:
    rows = [row(2e-3, bytes=1e6)]
    assert starts_table(rows, "cold")[1] == ["F, n = 3", "100", "–"]
    assert limits_table(rows, MACHINE)[1] == ["F, n = 3", "cache", "5 %", "2 %", "–"]
    assert reasons(rows) == ["JAX: not installed: no jax (F, n = 3)"]
    assert losses(rows) == ["F, n = 3: 2.00 × the C by hand"]
    assert losses([row(1e-3)]) == []


@pytest.mark.parametrize(
    ("before", "after", "told"), [(1e-3, 1.1e-3, False), (1e-3, 1.2e-3, True), (2e-3, 1e-3, False)]
)
def test_the_guard_tells_what_got_worse(before: float, after: float, told: bool) -> None:
    assert bool(guard.worse([row(after)], [row(before)])) == told


def test_the_guard_looks_at_ratios() -> None:
    assert not guard.worse([row(3e-3, c=3e-3)], [row(1e-3, c=1e-3)]), "the whole machine got slower"


def test_the_page_keeps_what_is_written_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n")
    monkeypatch.setattr(page, "PAGE", path)
    content = {
        "processor": "P", "system": "S", "compiler": None, "versions": {"gradgen": "0"}, "machine": MACHINE,
        "rows": [row(2e-3)],
    }  # fmt: skip
    page.write_page(content, ["results/ratios.png"])
    page.write_page(content, ["results/ratios.png"])
    text = path.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert text.count("| F, n = 3 |") == 4


def test_the_page_has_its_marks() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert text.count(page.BEGIN) == text.count(page.END) == 1


def test_a_summary_has_the_spread() -> None:
    assert summary({"call": [1.0, 2.0, 3.0]}) == {"call": 2.0, "call_spread": 0.5}


def test_a_wrong_result_is_not_timed(tmp_path: Path) -> None:
    import numpy as np

    class Finished:
        def __init__(self, name: str, value: float) -> None:
            self.results = tmp_path / f"{name}.npz"
            np.savez(self.results, value)

    workers: Any = {"c": Finished("c", 1.0), "gradgen": Finished("gradgen", 1.0), "jax": Finished("jax", 1.001)}
    found: dict[str, Any] = {name: {} for name in workers}
    reject_wrong(found, workers)
    assert list(workers) == ["c", "gradgen"]
    assert found["jax"] == {"reason": "differs from c by 1.0e-03"}
