"""One row of the table: every tool on one case, checked against each other and timed in turns."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.process import Worker
from benchmarks.workload import Case, load

__all__ = ["Plan", "measure"]

Row = dict[str, Any]
Say = Callable[[str], None]

TOLERANCE = 1e-6
# Whose results the others are compared with: the first of them that has some.
REFERENCES = ("c", "numpy", "autograd", "gradgen")


@dataclass(frozen=True)
class Plan:
    """How much to measure.

    Parameters
    ----------
    rounds : int
        In each, every tool has its turn.
    block : float
        The seconds of a turn, for each way to call.
    seconds : float
        After so many in all, no further round is begun; three there always are.
    patience : float
        The longest wait for a first result.
    budget : float
        The seconds that the starts of a row may take together.
    cold : bool
        Whether to start what keeps something on disk twice, the first time with nothing there.
    """

    rounds: int = 25
    block: float = 0.01
    seconds: float = 10.0
    patience: float = 60.0
    budget: float = 75.0
    cold: bool = True


def measure(name: str, size: str, tools: Sequence[str], plan: Plan, say: Say = lambda _: None) -> Row:
    """Start all tools, check their results, time them in turns."""
    begin, case = time.monotonic(), load(name, size)
    with tempfile.TemporaryDirectory(prefix="gradgen-bench-") as folder, ExitStack() as stack:
        found, workers = start_all(case, tools, plan, Path(folder), stack, say)
        reject_wrong(found, workers)
        say("timing")
        times = in_turns(workers, plan)
    for tool, ways in times.items():
        found[tool].update(ways)
    workload = case.workload
    limits = {key: f(*case.arguments) for key, f in (("bytes", workload.bytes), ("flops", workload.flops)) if f}
    taken = round(time.monotonic() - begin, 1)
    return {"workload": name, "size": size, "title": workload.title, "seconds": taken, **limits, "tools": found}


def start_all(
    case: Case, tools: Sequence[str], plan: Plan, folder: Path, stack: ExitStack, say: Say
) -> tuple[dict[str, Row], dict[str, Worker]]:
    """What each start gave, and the workers that stand ready."""
    found: dict[str, Row] = {}
    workers: dict[str, Worker] = {}
    deadline = time.monotonic() + plan.budget
    for tool in tools:
        say(f"{tool}: starting")
        reason = case.reason_against(tool)
        left = deadline - time.monotonic()
        if reason is None and left <= 0.0:
            reason = f"the {plan.budget:.0f} s for the starts of its row were over"
        if reason is not None:
            found[tool] = {"reason": reason}
            continue
        worker, found[tool] = start((tool, case.name, case.size, folder / tool, min(plan.patience, left)), plan.cold)
        if "reason" in found[tool]:
            worker.close()
            if left < plan.patience and time.monotonic() >= deadline:
                found[tool]["reason"] += f", what was left of its row's {plan.budget:.0f} s"
        else:
            worker.seconds = plan.patience
            workers[tool] = stack.enter_context(worker)
    return found, workers


def start(asked: tuple[str, str, str, Path, float], cold: bool) -> tuple[Worker, Row]:
    """A worker and how its start went; what keeps something on disk starts once more, to find it there."""
    worker = Worker(*asked)
    first = worker.first()
    if "reason" in first:
        return worker, first
    started = {**first, "cold": first["first"], "warm": first.pop("first")}
    keeps = started.pop("keeps")
    started.pop("first")
    if not cold:
        started.pop("cold"), started.pop("memory")
    elif keeps:
        worker.close()
        worker = Worker(*asked)
        second = worker.first()
        if "reason" in second:
            return worker, second
        started["warm"] = second["first"]
    return worker, started


def reject_wrong(found: Mapping[str, Row], workers: dict[str, Worker]) -> None:
    """Who disagrees with the reference is not timed."""
    reference = next((tool for tool in REFERENCES if tool in workers), None)
    if reference is None:
        return
    with np.load(workers[reference].results) as right:
        for tool in list(workers):
            with np.load(workers[tool].results) as own:
                error = max(relative_error(own[key], right[key]) for key in right.files)
            found[tool]["error"] = error
            if not error <= TOLERANCE:
                row = found[tool]
                row.clear()
                row["reason"] = f"differs from {reference} by {error:.1e}"
                workers.pop(tool)


def relative_error(own: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> float:
    """The largest difference, in units of the largest right entry."""
    if right.size == 0:
        return 0.0
    return float(np.max(np.abs(own - right)) / max(float(np.max(np.abs(right))), 1e-300))


def in_turns(workers: Mapping[str, Worker], plan: Plan) -> dict[str, Row]:
    """Medians over rounds in which every tool has its turn, so that drift hits all alike."""
    taken: dict[str, dict[str, list[float]]] = {tool: {} for tool in workers}
    failed: dict[str, Row] = {}
    begin = time.monotonic()
    for turn in range(plan.rounds):
        for tool, worker in workers.items():
            if tool in failed:
                continue
            answer = worker.ask(plan.block)
            if "reason" in answer:
                failed[tool] = answer
                continue
            for way, seconds in answer.items():
                taken[tool].setdefault(way, []).append(seconds)
        if turn >= 2 and time.monotonic() - begin > plan.seconds:
            break
    return {tool: failed.get(tool) or summary(ways) for tool, ways in taken.items()}


def summary(ways: Mapping[str, Sequence[float]]) -> Row:
    """The median of each way to call, and how far apart the middle half of its rounds was."""
    row: Row = {way: statistics.median(seconds) for way, seconds in ways.items()}
    for way, seconds in ways.items():
        low, high = np.quantile(seconds, [0.25, 0.75])
        row[f"{way}_spread"] = float((high - low) / row[way])
    return row
