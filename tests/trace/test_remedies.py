"""Where NumPy asks a traced value for numbers, the error says what to write, in the user's own names."""

import math
import sys
from math import sqrt
from typing import Any

import numpy as np
import pytest
import scipy.special

import gradgen as gg

A = np.arange(9.0).reshape(3, 3)
COUNTS = np.zeros(3, int)


def stores(x: Any, i: Any) -> Any:
    A[0] = x
    return x


def counts(x: Any, i: Any) -> Any:
    COUNTS[0] = i
    return x


def wraps_its_line(x: Any, i: Any) -> Any:
    return np.maximum(
        [x[0], x[1]],
        0.0,
    )


def in_a_variable(x: Any, i: Any) -> Any:
    parts = [x[0], x[1]]
    return np.exp(parts)


WRITE = [
    (lambda x, i: A.dot(x), "write A @ x"),
    (lambda x, i: (A + 1).dot([x[0], x[1], 1.0]), "write (A + 1) @ np.array([x[0], x[1], 1.0])"),
    (lambda x, i: A @ [x[0], x[1], x[2]], "write A @ np.array([x[0], x[1], x[2]])"),
    (lambda x, i: A[i], "write np.take(A, i, axis=0)"),
    (lambda x, i: A[:, i], "write np.array(A)[:, i]"),
    (lambda x, i: A[x > 0], "write np.where(x > 0, A, 0.0)"),
    (lambda x, i: np.sin([x[0], x[1]]), "write np.sin(np.array([x[0], x[1]]))"),
    (
        lambda x, i: np.maximum([x[0], x[1]], [0.0, 1.0]),
        "write np.maximum(np.array([x[0], x[1]]), np.array([0.0, 1.0])",
    ),
    (lambda x, i: np.exp([t * 2 for t in x]), "write np.exp(np.array([t * 2 for t in x]))"),
    (lambda x, i: math.hypot(x[0], 2.0), "write np.hypot(x[0], 2.0)"),
    (lambda x, i: sqrt(x[0] + 1), "write np.sqrt(x[0] + 1)"),
    (lambda x, i: math.lgamma(x[2]), "write scipy.special.gammaln(x[2])"),
    (lambda x, i: float(x[0] * 2) ** 2, "write (x[0] * 2).astype(float)"),
    (lambda x, i: int(x[0]) * x, "write x[0].astype(int)"),
    (lambda x, i: np.float32(x), "write x.astype(np.float32)"),
    (lambda x, i: np.float64(x[0] / 3), "write (x[0] / 3).astype(np.float64)"),
    (wraps_its_line, "write np.maximum(np.array([x[0], x[1]]), 0.0)"),
]
USE = [
    (lambda x, i: math.log(x[0], 2.0), "use np.sin(x) for math.sin(x)"),
    (in_a_variable, "np.array([a, b]) for a list of traced values"),
    (stores, "make the array that is stored into by np.zeros, np.array or np.copy inside the function"),
    (counts, "make the array that is stored into by np.zeros, np.array or np.copy inside the function"),
    (lambda x, i: [1.0, 2.0][i], "np.take(np.array(entries), i)"),
    (lambda x, i: [1.0] * i, "pass it as a static argument"),
    (lambda x, i: i * (1.0, 2.0), "pass it as a static argument"),
]


def _refusal(function: Any) -> str:
    with pytest.raises(gg.errors.TraceError) as caught:
        gg.make_graph(function, gg.f64[3], gg.i64)
    assert "\n  test_remedies.py:" in str(caught.value)
    return str(caught.value)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python does not tell which expression it computes")
@pytest.mark.parametrize(("function", "remedy"), WRITE, ids=[remedy for _, remedy in WRITE])
def test_an_expression_is_written_anew(function: Any, remedy: str) -> None:
    assert remedy in _refusal(function)


@pytest.mark.parametrize(("function", "remedy"), USE)
def test_else_the_ways_out_are_listed(function: Any, remedy: str) -> None:
    assert remedy in _refusal(function)


def test_without_source_text_the_ways_out_are_listed() -> None:
    namespace: dict[str, Any] = {"A": A}
    exec(compile("def f(x, i):\n    return A.dot(x)\n", "nowhere.py", "exec"), namespace)
    with pytest.raises(gg.errors.TraceError, match=r"A @ x for A\.dot"):
        gg.make_graph(namespace["f"], gg.f64[3], gg.i64)


WRITTEN = [
    lambda x, i: A @ x,
    lambda x, i: (A + 1) @ np.array([x[0], x[1], 1.0]),
    lambda x, i: A @ np.array([x[0], x[1], x[2]]),
    lambda x, i: np.take(A, i, axis=0),
    lambda x, i: np.array(A)[:, i],
    lambda x, i: np.where(x > 0, A, 0.0),
    lambda x, i: np.sin(np.array([x[0], x[1]])),
    lambda x, i: np.maximum(np.array([x[0], x[1]]), np.array([0.0, 1.0])),
    lambda x, i: np.exp(np.array([t * 2 for t in x])),
    lambda x, i: np.hypot(x[0], 2.0) + np.sqrt(x[0] + 1) + scipy.special.gammaln(x[2]),
    lambda x, i: (x[0] * 2).astype(float) ** 2 + x[0].astype(int) * x + x.astype(np.float32),
]


@pytest.mark.parametrize("written", WRITTEN)
def test_what_the_error_says_works(written: Any) -> None:
    x, i = np.array([0.5, -1.0, 2.0]), np.int64(1)
    np.testing.assert_allclose(gg.compile(written, backend="numpy")(x, i), written(x, i))
