"""What cannot be traced is an error that names the line, the reason and the way out; nothing is swallowed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradgen.errors import GradgenError, ShapeError, TraceError
from gradgen.ir import TypeMaker
from gradgen.trace import make_graph

f64 = TypeMaker(np.float64)
A = np.arange(9.0).reshape(3, 3)


class Quantity(np.ndarray):
    """An array with a meaning of its own."""


NUMBERS_NEEDED = [
    (lambda x: 1 if x[0] > 0 else 2, "np.where(condition, a, b)"),
    (lambda x: max(x[0], x[1]), "np.maximum"),
    (lambda x: min(x), "np.minimum"),
    (lambda x: x[0] and x[1], "np.logical_and"),
    (lambda x: 0.0 in x, "np.any(x == value)"),
    (lambda x: math.sin(x[0]), "np.sin(x"),
    (lambda x: float(x[0]), ".astype(float)"),
    (lambda x: int(x[0]), ".astype(int)"),
    (lambda x: complex(x[0]), "x.astype(complex)"),
    (lambda x: [i + 1 for i in range(x[0])], "static argument"),
    (lambda x: A[x[0].astype(int)], "write np.take(A, "),
    (lambda x: x[x], "an index must be an integer"),
    (lambda x: x[: x[0].astype(int)], "np.where(np.arange(n) < i"),
    (lambda x: x[x > 0], "np.where(mask, x, 0.0)"),
    (lambda x: {x: 1}, "no hash"),
    (lambda x: x[0].item(), "leave it away"),
    (lambda x: x.tolist(), "iterate"),
]
NOT_ARRAYS = [
    (lambda x: A.dot(x), "A @ x"),
    (lambda x: np.sin([x, x]), "np.array(["),
    (lambda x: np.float64(x[0]), "plain NumPy array"),
    (lambda x: np.ma.array([1.0, 2.0, 3.0]) * x, "plain NumPy array"),
    (lambda x: x * A[0].view(Quantity), "Quantity does not mix"),
]
UNKNOWN = [
    (lambda x: np.unique(A * x), "np.unique of a traced array is not supported"),
    (lambda x: np.array_equal(x, x), "np.where"),
    (lambda x: np.frexp(x), "frexp: is not supported"),
    (lambda x: np.maximum.accumulate(x), "write np.array([np.max(x[: i + 1], axis=0) for i in range(len(x))])"),
    (lambda x: np.where(x > 0), "needs both alternatives"),
    (lambda x: np.linalg.norm(A * x, 3), "is not a norm of matrices"),
    (lambda x: np.linalg.norm(x, "nuc"), "is a norm of matrices"),
    (lambda x: np.linalg.eigh(A * x, UPLO="X"), "neither 'L' nor 'U'"),
    (lambda x: np.linalg.pinv(A * x, 0.1, rtol=0.1), "cannot both be given"),
    (lambda x: np.linalg.matrix_rank(A * x, 0.1, rtol=0.1), "cannot both be given"),
    (lambda x: np.reshape(x, -1, order="K"), "concerns memory"),
    (lambda x: x + "text", "is not an array or a number"),
    (lambda x: list(x[0]), "single number"),
    (lambda x: len(x[0]), "single number"),
]
REFUSALS = [*NUMBERS_NEEDED, *NOT_ARRAYS, *UNKNOWN]


@pytest.mark.parametrize(("function", "advice"), REFUSALS)
def test_a_refusal_names_the_line_and_the_way_out(function: Callable[[Any], Any], advice: str) -> None:
    with pytest.raises(TraceError, match=re.escape(advice)) as caught:
        make_graph(function, f64[3])
    assert re.search(r"\n  test_refusals\.py:\d+:  \S", str(caught.value))


@pytest.mark.parametrize("result", ["text", len, object(), [1, "a"]])
def test_results_must_be_arrays(result: Any) -> None:
    with pytest.raises(TraceError, match="the function returned") as caught:
        make_graph(lambda x: result, f64[3])
    assert "test_refusals.py" in str(caught.value)


WRONG_SHAPES = [
    (lambda x: x @ np.ones((5, 2)), "matmul: cannot multiply (3, 4) by (5, 2)"),
    (lambda x: np.dot(x, np.ones(3)), "dot: cannot multiply (3, 4) by (3,)"),
    (lambda x: np.dot(x, np.ones((1, 2))), "dot: cannot multiply (3, 4) by (1, 2)"),
    (lambda x: np.einsum("ij,jk", x, np.ones((5, 2))), "einsum: cannot multiply (3, 4) by (5, 2)"),
    (lambda x: np.einsum("ijk", x), "einsum: 'ijk' in 'ijk' for (3, 4)"),
    (lambda x: x @ 2.0, "matmul: cannot multiply (3, 4) by ()"),
    (lambda x: x + np.ones(3), "add: shapes (3, 4) and (3,) do not broadcast"),
    (lambda x: np.sum(x, axis=2), "sum: axis 2 is out of bounds"),
    (lambda x: x.mean((0, 0)), "mean: an axis is given twice"),
    (lambda x: x.reshape(5, -1), "reshape: cannot reshape (3, 4) into (5, -1)"),
    (lambda x: np.concatenate([x, x[:, :1]]), "concatenate: cannot join f64[3, 4] and f64[3, 1]"),
    (lambda x: np.stack([x, x[0]]), "stack: cannot stack (3, 4), (4,)"),
    (lambda x: x[3], "index: index 3 is out of bounds for axis 0 with size 3"),
    (lambda x: x[0, 0, 0], "index: too many indices for (3, 4)"),
    (lambda x: x[[5]], "index: an index is out of bounds"),
    (lambda x: np.max(x[:0], axis=0), "max: no element to take"),
    (lambda x: np.squeeze(x, 0), "squeeze: cannot squeeze"),
    (lambda x: np.broadcast_to(x, (3, 5)), "broadcast_to: cannot broadcast (3, 4) to (3, 5)"),
    (lambda x: np.transpose(x, (0, 0)), "transpose: axes (0, 0) are not a permutation"),
    (lambda x: np.cross(x, x), "cross: expected vectors of 3 elements"),
]


@pytest.mark.parametrize(("function", "message"), WRONG_SHAPES)
def test_wrong_shapes_name_the_operation_and_the_line(function: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(ShapeError, match=re.escape(message)) as caught:
        make_graph(function, f64[3, 4])
    assert re.search(r"\n  test_refusals\.py:\d+:  \S", str(caught.value))
    with pytest.raises(Exception) as on_arrays:  # noqa: PT011  # any error will do: NumPy refuses it as well
        function(np.ones((3, 4)))
    assert not isinstance(on_arrays.value, GradgenError)


def test_an_index_out_of_bounds_is_an_index_error() -> None:
    with pytest.raises(IndexError):
        make_graph(lambda x: x[7], f64[3])
