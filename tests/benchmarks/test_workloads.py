"""The hand-written C and NumPy against gradgen's derivative, on each workload at its first size."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.measure import TOLERANCE, relative_error
from benchmarks.native import C_FOLDER
from benchmarks.tool import Unsupported, arrays, tool_names
from benchmarks.tools import c, gradgen, numpy
from benchmarks.workload import Case, Workload, cases, find, load
from gradgen.native.compiler import find_compiler

WORKLOADS: dict[str, Workload] = find("workloads", "WORKLOAD")
# Compiling a hundred steps, or the kinematics of a hand, takes longer than a fast test may.
LONG = {"rk4", "lstm", "hand", "hand_surface"}

needs_compiler = pytest.mark.skipif(find_compiler() is None, reason="there is no C compiler")


def smallest(name: str) -> Case:
    return load(name, next(iter(WORKLOADS[name].sizes)))


def own_result(case: Case) -> list[np.ndarray]:
    """gradgen's, in the shapes of the results."""
    found = arrays(gradgen.differentiate(case)(*case.arguments))
    return [array.reshape(shape) for array, shape in zip(found, case.gradient_shapes, strict=True)]


@needs_compiler
@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n in LONG else n for n in WORKLOADS])
def test_c_and_numpy_by_hand_are_right(name: str) -> None:
    pytest.importorskip("sklearn")
    case = smallest(name)
    right = own_result(case)
    for tool in (c, numpy):
        try:
            found = arrays(tool.build(case).call())
        except Unsupported:
            continue
        for own, expected in zip(found, right, strict=True):
            assert relative_error(own.reshape(expected.shape), expected) < TOLERANCE, tool.__name__


@needs_compiler
@pytest.mark.parametrize("name", WORKLOADS)
def test_the_function_in_c_is_the_function_in_numpy(name: str) -> None:
    pytest.importorskip("sklearn")
    case = smallest(name)
    built = c.build(case)
    assert built.timers["function"](1) > 0.0
    value = built.timers["function"].__self__.results[0]
    if case.workload.transform == "batched_jacobian":
        expected = np.array([case.workload.function(*one) for one in zip(*case.arguments, strict=True)])
    else:
        expected = np.asarray(case.workload.function(*case.inputs))
    assert relative_error(value, expected) < TOLERANCE


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_workload_is_complete(name: str) -> None:
    workload = WORKLOADS[name]
    assert (C_FOLDER / f"{name}.c").exists(), "every row has its yardstick"
    assert set(workload.quick) <= set(workload.sizes)
    tools = {key.partition(" ")[0] for key in [*workload.variants, *workload.without]}
    assert tools <= set(tool_names())


def test_unknown_names_are_refused() -> None:
    with pytest.raises(SystemExit, match="no workload nothing; there are"):
        cases(["nothing"])
