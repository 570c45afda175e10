"""`debug_nans`: what it names, when it speaks, and that nothing of it stays behind."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import gradgen as gg
from gradgen.native.compiler import find_compiler

ZERO = np.array([0.0, 1.0])


def hunted(function, *args):
    with gg.debug_nans():
        return function(*args)


def test_the_forward_sweep(backend):
    f = gg.compile(lambda x: np.sum(np.log(x - 1.0)), backend=backend)
    with pytest.raises(FloatingPointError, match=r"log in the forward sweep is the first that is NaN\n.*np.log\(x - 1"):
        hunted(f, ZERO)


def test_the_adjoint_sweep(backend):
    f = gg.grad(lambda x: np.sum(np.sqrt(x)), backend=backend)
    with pytest.raises(FloatingPointError, match=r"divide \(x_bar\) in the adjoint sweep is the first that is inf"):
        hunted(f, ZERO)


def test_the_tangent_sweep(backend):
    with pytest.raises(FloatingPointError, match=r"divide.* in the tangent sweep is the first that is infinite"):
        hunted(lambda x: gg.jvp(np.sqrt, (x,), (x + 1,), backend=backend), ZERO)
    with pytest.raises(FloatingPointError, match=r"divide.* in the tangent sweep is the first that is infinite"):
        hunted(gg.jacfwd(np.sqrt, backend=backend), ZERO)


def test_the_pull_back_of_a_vjp(backend):
    _, pull_back = gg.vjp(np.sqrt, ZERO, backend=backend)
    with pytest.raises(FloatingPointError, match=r"which it is given, is not finite.*\n.*gg.vjp\(np.sqrt"):
        hunted(pull_back, ZERO + 1)
    _, pull_back = gg.vjp(lambda x: x * 2, ZERO, backend=backend)
    with pytest.raises(FloatingPointError, match="in the adjoint sweep is the first that is infinite"):
        hunted(pull_back, ZERO + 1e308)


def test_a_nan_of_infinite_arguments(backend):
    f = gg.compile(lambda x: x - x, backend=backend)
    with pytest.raises(FloatingPointError, match="f: subtract in the forward sweep is the first that is NaN"):
        hunted(f, np.array([np.inf]))


def test_what_came_in_is_not_blamed_on_an_operation(backend):
    doubled = gg.compile(lambda x: 2 * x, backend=backend)
    with pytest.raises(FloatingPointError, match="f: x, which it is given, is not finite, and so is the result"):
        hunted(doubled, np.array([np.nan]))
    with pytest.raises(FloatingPointError, match="f: a constant is not finite"):
        hunted(gg.compile(lambda x: np.where(x > 0, x, -np.inf), backend=backend), ZERO)


def test_finite_results_pass(backend):
    masked = gg.compile(lambda x: np.where(x > 0, np.sqrt(x), 0), backend=backend)
    np.testing.assert_array_equal(hunted(masked, np.array([-1.0, 4.0])), [0, 2])
    assert hunted(gg.compile(lambda x: x * 2, backend=backend), 3) == 6


def test_it_is_over_when_the_block_is(backend):
    f = gg.compile(lambda x: np.log(x), backend=backend)
    with pytest.raises(FloatingPointError):
        hunted(f, ZERO)
    assert f(ZERO)[0] == -np.inf


def test_blocks_in_blocks(backend):
    f = gg.compile(lambda x: np.log(x), backend=backend)
    with gg.debug_nans():
        with gg.debug_nans():
            pass
        with pytest.raises(FloatingPointError):
            f(ZERO)
    assert f(ZERO)[0] == -np.inf


def test_all_threads_take_part_and_overlapping_blocks_end(backend):
    f = gg.compile(lambda x: np.log(x), backend=backend)
    f(ZERO)
    entered, leave = threading.Event(), threading.Event()

    def other():
        with gg.debug_nans():
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with gg.debug_nans():
        thread.start()
        assert entered.wait(10)
    with pytest.raises(FloatingPointError):  # the other thread is still at it
        f(ZERO)
    leave.set()
    thread.join()
    assert f(ZERO)[0] == -np.inf


def slow_calls(f, monkeypatch, *args):
    """How many of three calls come by Python's way to the kernel."""
    calls = []
    whole = type(f)._specialise
    monkeypatch.setattr(type(f), "_specialise", lambda self, *a, **k: calls.append(1) or whole(self, *a, **k))
    for _ in range(3):
        f(*args)
    monkeypatch.undo()
    return len(calls)


@pytest.mark.skipif(find_compiler() is None, reason="only native calls have a fast path")
def test_the_fast_path_is_back_afterwards(monkeypatch):
    before, during = (gg.compile(lambda x, k=k: x * k, backend="c") for k in (2.0, 3.0))
    before(ZERO)
    if slow_calls(before, monkeypatch, ZERO):
        pytest.skip("calls go through Python anyway here")
    with gg.debug_nans():
        assert slow_calls(before, monkeypatch, ZERO) == 3
        during(ZERO)
    assert slow_calls(before, monkeypatch, ZERO) == 0
    assert slow_calls(during, monkeypatch, ZERO) == 0
