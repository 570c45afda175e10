"""Everybody who is not being traced: other threads, other code, later calls; and what interception costs."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy import zeros

from gradgen.errors import TraceError
from gradgen.ir import Graph, TypeMaker
from gradgen.trace import Trace, TracedArray, make_graph, tracing
from tests.trace.programs import assert_as_numpy

f64, f32 = TypeMaker(np.float64), TypeMaker(np.float32)
X = np.array([0.3, -0.7, 1.1])
M = np.arange(6.0).reshape(2, 3) / 7
TABLE = np.arange(9.0).reshape(3, 3)


def test_numpy_is_unchanged_outside_and_in_other_threads() -> None:
    before = {name: getattr(np, name) for name in ("zeros", "array", "asarray", "full", "r_", "c_", "arange")}
    call_of_vectorize = np.vectorize.__call__
    inside, done = threading.Event(), threading.Event()
    seen: list[Any] = []

    def other() -> None:
        inside.wait(10)
        seen.extend([np.zeros(3), np.array([1.0, 2.0]), np.arange(3), np.r_[1, 2:4], np.full_like(TABLE, 2.0)])
        seen.append(np.vectorize(lambda t: t + 1)(TABLE))
        out = zeros(3)
        out[1] = 2
        seen.append(out)
        done.set()

    thread = threading.Thread(target=other)
    thread.start()

    def f(x: Any) -> Any:
        inside.set()
        assert done.wait(10)
        assert type(np.zeros(3)) is TracedArray
        return x

    make_graph(f, f64[3])
    thread.join()
    assert all(type(each) is np.ndarray for each in seen)
    assert all(getattr(np, name) is function for name, function in before.items())
    assert np.vectorize.__call__ is call_of_vectorize
    assert pickle.loads(pickle.dumps(np.zeros)) is np.zeros


def test_many_threads_trace_at_once() -> None:
    errors: list[BaseException] = []

    def f(x: Any) -> Any:
        out = np.zeros(3)
        for i in range(3):
            out[i] = x[i] * 2
        return np.array([out, out])

    def work() -> None:
        try:
            for _ in range(5):
                assert len(make_graph(f, f64[3]).outputs) == 1
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert type(np.zeros(2)) is np.ndarray


def test_a_trace_that_fails_puts_numpy_back() -> None:
    original = np.zeros
    with pytest.raises(ZeroDivisionError):
        make_graph(lambda x: 1 / 0, f64)
    assert np.zeros is original


def test_arrays_that_are_kept_work_later() -> None:
    """As a table that a function computes once and caches."""
    kept: list[Any] = []

    def f(x: Any) -> Any:
        if not kept:
            kept.append(np.arange(3.0))
        return kept[0] * x

    make_graph(f, f64[3])
    assert type(kept[0] + 1) is np.ndarray
    assert_as_numpy(f, X)

    def change(x: Any) -> Any:
        kept[0][0] = x[0]
        return kept[0] * x

    make_graph(change, f64[3])
    with pytest.raises(TraceError, match="belongs to the trace of another function"):
        make_graph(change, f64[3])


def test_entering_and_leaving_costs_little() -> None:
    def enter() -> None:
        with tracing(Trace(Graph("f"))):
            pass

    enter()
    best = min(_seconds(enter, 200) for _ in range(5))
    assert best < 3e-4, "about 30 microseconds on an idle machine"


def test_a_loop_of_stores_is_one_join() -> None:
    def fill(x: Any) -> Any:
        out = np.zeros(2000)
        for i in range(2000):
            out[i] = x[i % 3]
        return out

    graph = make_graph(fill, f64[3])
    names = [graph[identity].op.name for identity in graph]
    assert names.count("concatenate") == 1
    assert len(names) < 20, "equal elements are one node"


def _seconds(function: Callable[[], None], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        function()
    return (time.perf_counter() - start) / count
