"""Large results are made in memory that nobody uses any more; nobody can tell."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import gradgen as gg
from gradgen.native.call import HAVE_DISPATCH
from gradgen.native.compiler import find_compiler

native = find_compiler() is not None and HAVE_DISPATCH
pytestmark = pytest.mark.skipif(not native, reason="needs a compiler and the dispatcher")

LARGE = 100_000


@pytest.fixture
def doubled():
    return gg.compile(lambda x: 2.0 * x)


def address(array):
    return array.__array_interface__["data"][0]


def test_memory_of_a_dropped_result_is_used_again(doubled):
    x = np.arange(LARGE, dtype=float)
    result = doubled(x)
    seen = set()
    for _ in range(6):
        result = doubled(x)
        seen.add(address(result))
    assert len(seen) <= 3


def test_results_that_are_alive_are_left_alone(doubled):
    x = np.arange(LARGE, dtype=float)
    kept = [doubled(x + number) for number in range(5)]
    for number, result in enumerate(kept):
        np.testing.assert_array_equal(result, 2.0 * (x + number))
    assert len({address(result) for result in kept}) == 5


@pytest.mark.parametrize(
    "hold", [lambda a: a[10:20], memoryview, lambda a: a.reshape(-1, 2).T], ids=["slice", "buffer", "view"]
)
def test_a_view_keeps_its_memory(doubled, hold):
    x = np.arange(LARGE, dtype=float)
    view = hold(doubled(x))
    before = np.array(view)
    for _ in range(4):
        doubled(x + 1.0)
    np.testing.assert_array_equal(np.array(view), before)


@pytest.mark.filterwarnings("ignore:Setting the shape:DeprecationWarning")  # since NumPy 2.5; users still may
def test_a_result_that_was_changed_comes_back_as_new(doubled):
    x = np.arange(LARGE, dtype=float)
    for change in (lambda a: a.setflags(write=False), lambda a: setattr(a, "shape", (2, LARGE // 2))):
        result = doubled(x)
        change(result)
        del result
        for _ in range(3):
            fresh = doubled(x)
            assert fresh.flags.writeable
            assert fresh.shape == (LARGE,)


def test_weak_references_die(doubled):
    x = np.arange(LARGE, dtype=float)
    result = doubled(x)
    reference = weakref.ref(result)
    expected = result.copy()
    del result
    doubled(x + 1.0)
    gc.collect()
    assert reference() is None or np.array_equal(reference(), expected)
