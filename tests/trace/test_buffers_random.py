"""Random programs of stores, views, copies and in-place operators: the graph gives what NumPy gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.programs import assert_as_numpy

INPUT = np.random.default_rng(3).uniform(0.5, 1.5, (3, 4))

# A program is a list of steps; each takes the arrays there are, and returns a new one or None.
Step = Callable[[list[Any], Any], Any]


def pick(arrays: list[Any], number: int) -> Any:
    return arrays[number % len(arrays)]


@st.composite
def keys(draw: Any) -> Callable[[tuple[int, ...]], Any]:
    """A key that fits whatever shape it meets."""
    kinds = draw(st.lists(st.sampled_from(["int", "slice", "all", "list", "mask", "new"]), max_size=3))
    numbers = draw(st.lists(st.integers(-4, 4), min_size=9, max_size=9))
    steps = draw(st.sampled_from([1, 1, 2, -1]))

    def key(shape: tuple[int, ...]) -> Any:
        entries: list[Any] = []
        axis = advanced = 0
        for at, kind in enumerate(kinds):
            if kind == "new":
                entries.append(None)
                continue
            if axis == len(shape):
                break
            extent = shape[axis]
            if not extent or (kind in ("list", "mask") and advanced):
                kind = "all"
            first, second, third = numbers[3 * at : 3 * at + 3]
            if kind == "int":
                entries.append(first % extent)
            elif kind == "slice":
                entries.append(slice(first, None, steps) if second > 0 else slice(None, second, steps))
            elif kind == "list":
                entries.append([first % extent, second % extent, third % extent][: 1 + abs(first) % 3])
            elif kind == "mask":
                entries.append(np.array([(first + second * i) % 3 > 0 for i in range(extent)]))
            else:
                entries.append(slice(None))
            advanced += kind in ("list", "mask")
            axis += 1
        return tuple(entries)

    return key


def fitting(value: Any, target: Any, number: float) -> Any:
    """The value, if it can be stored there; else something that can."""
    try:
        np.broadcast_shapes(value.shape, target.shape)
        fits = np.broadcast_shapes(value.shape, target.shape) == target.shape
    except ValueError:
        fits = False
    return value if fits else number


@st.composite
def programs(draw: Any) -> list[Step]:
    return [draw(STEPS) for _ in range(draw(st.integers(1, 10)))]


def indexed(which: int, key: Any) -> Step:
    def step(arrays: list[Any], x: Any) -> Any:
        array = pick(arrays, which)
        place = key(array.shape)
        if any(isinstance(entry, list | np.ndarray) for entry in place):
            # A copy, which NumPy may lay out in another order; here it is C order.
            return np.array(array[place], order="C")
        return array[place]

    return step


def stored(which: int, other: int, key: Any, number: float) -> Step:
    def step(arrays: list[Any], x: Any) -> None:
        array = pick(arrays, which)
        place = key(array.shape)
        # Where a position is stored twice NumPy does not say which value stays: one for all.
        several = any(isinstance(entry, list) for entry in place)
        value = x[0, 1] if several else fitting(pick(arrays, other), np.empty(array.shape)[place], number)
        array[place] = value

    return step


def updated(which: int, other: int, key: Any, number: float, operation: str) -> Step:
    def step(arrays: list[Any], x: Any) -> None:
        array = pick(arrays, which)
        place = key(array.shape)
        value = fitting(pick(arrays, other), np.empty(array.shape)[place], number)
        if any(isinstance(entry, list) for entry in place):
            return
        if operation == "add":
            array[place] += value
        elif operation == "multiply":
            array[place] *= 0.5
        else:
            whole = array
            whole -= fitting(pick(arrays, other), array, number)

    return step


def moved(which: int, how: str) -> Step:
    def step(arrays: list[Any], x: Any) -> Any:
        array = pick(arrays, which)
        if how == "transpose":
            return array.T
        if how == "ravel":
            return array.ravel()
        if how == "reshape":
            return array.reshape(-1, 2) if array.size % 2 == 0 else array.reshape(-1)
        if how == "flip":
            return np.flip(array)
        if how == "copy":
            return array.copy()
        if how == "contiguous":
            return np.array(array, order="C")
        # As C-ordered as the result of an operation is here.
        return np.array(np.sin(array), order="C")

    return step


def masked(which: int, level: float) -> Step:
    def step(arrays: list[Any], x: Any) -> None:
        array = pick(arrays, which)
        array[array > level] = x[1, 2]

    return step


WHICH, NUMBER = st.integers(0, 20), st.floats(-2, 2)
STEPS = st.one_of(
    st.builds(indexed, WHICH, keys()),
    st.builds(stored, WHICH, WHICH, keys(), NUMBER),
    st.builds(updated, WHICH, WHICH, keys(), NUMBER, st.sampled_from(["add", "multiply", "whole"])),
    st.builds(
        moved,
        WHICH,
        st.sampled_from(["transpose", "ravel", "reshape", "flip", "copy", "contiguous", "operation"]),
    ),
    st.builds(masked, WHICH, NUMBER),
)


def run(steps: list[Step], x: Any) -> Any:
    arrays = [np.zeros((3, 4)), x * 2, np.arange(6.0), np.array(x[0])]
    for step in steps:
        made = step(arrays, x)
        # An element is a number, of which there is no array to go on with.
        if made is not None and made.ndim:
            arrays.append(made)
    return arrays


@settings(max_examples=150, deadline=None)
@given(programs())
def test_a_random_program_does_what_numpy_does(steps: list[Step]) -> None:
    assert_as_numpy(lambda x: run(steps, x), INPUT)
