"""Times that can be compared: one core, calls of the rivals in turn, medians."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from threadpoolctl import threadpool_limits

BLOCK_SECONDS = 1e-3


@contextmanager
def one_core() -> Iterator[None]:
    """Stay on one core, BLAS too, so that nobody is helped by a second one or moved about."""
    can_pin = hasattr(os, "sched_setaffinity")  # not on macOS
    before = os.sched_getaffinity(0) if can_pin else set()
    if can_pin:
        os.sched_setaffinity(0, {max(before)})
    try:
        with threadpool_limits(1):
            yield
    finally:
        if can_pin:
            os.sched_setaffinity(0, before)


def medians(calls: Mapping[str, Callable[[], Any]], rounds: int = 100) -> dict[str, float]:
    """Seconds per call of each, the median over rounds in which all of them have their turn.

    Parameters
    ----------
    calls : mapping of str to callable
        What to time, without arguments.
    rounds : int
        In each, a call is repeated for about a millisecond.
    """
    repeats = {name: _repeats(call) for name, call in calls.items()}
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            taken[name].append(_seconds(call, repeats[name]))
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def _repeats(call: Callable[[], Any]) -> int:
    _seconds(call, 3)  # the first calls pay for what the later ones find done
    return max(1, round(BLOCK_SECONDS / _seconds(call, 3)))


def _seconds(call: Callable[[], Any], repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats
