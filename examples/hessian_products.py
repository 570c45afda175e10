"""Products of Hessians with vectors, for a million variables, without the Hessian.

    python -m examples.hessian_products [--n 10000]

Both functions have a matrix A with a few entries in each row. NumPy has no sparse matrices, and needs none here:
one A takes second differences, so A x is three shifted views of x; the other is a table of the columns and
the values of its entries, so A x is a sum along rows of ``values * x[columns]``.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy import sparse
from scipy.special import expit, softmax

import gradgen as gg
from examples.timing import one_core

Array = NDArray[np.float64]

MILLION = 1_000_000
ENTRIES = 4


def log_sum_exp(x: Array, b: Array) -> Any:
    """ln sum_i exp(a_i^T x + b_i), where A takes second differences."""
    return np.log(np.sum(np.exp(x[:-2] - 2 * x[1:-1] + x[2:] + b)))


def logistic(x: Array, columns: NDArray[np.int64], values: Array, mu: float) -> Any:
    """1/n sum_i ln(1 + exp(a_i^T x)) + mu/2 |x|², where row i of A has these values in these columns."""
    scores = np.sum(values * x[columns], axis=1)
    return np.mean(np.log(1 + np.exp(scores))) + mu / 2 * (x @ x)


# --- the same on paper, with the sparse matrices of SciPy ------------------------------------------------


def log_sum_exp_product(v: Array, x: Array, b: Array) -> Any:
    """A^T (diag p - p p^T) A v, p = softmax(A x + b)."""
    n = len(x)
    A = sparse.diags_array([1.0, -2.0, 1.0], offsets=[0, 1, 2], shape=(n - 2, n), format="csr")
    p, moved = softmax(A @ x + b), A @ v
    return A.T @ (p * moved - p * (p @ moved))


def logistic_product(v: Array, x: Array, columns: NDArray[np.int64], values: Array, mu: float) -> Any:
    """A^T diag(s (1 - s)) A v / n + mu v, s = sigma(A x)."""
    rows = np.repeat(np.arange(len(columns)), columns.shape[1])
    A = sparse.csr_array((values.ravel(), (rows, columns.ravel())), shape=(len(columns), len(x)))
    s = expit(A @ x)
    return A.T @ (s * (1 - s) * (A @ v)) / len(columns) + mu * v


@dataclass(frozen=True)
class Problem:
    """A function, its arguments, and the product on paper."""

    f: Callable[..., Any]
    arguments: tuple[Any, ...]
    on_paper: Callable[..., Any]


def problems(n: int) -> Iterator[Problem]:
    """Both, with n variables."""
    random = np.random.default_rng(0)
    x = random.standard_normal(n)
    yield Problem(log_sum_exp, (x, random.standard_normal(n - 2)), log_sum_exp_product)
    columns, values = random.integers(0, n, (n, ENTRIES)), random.standard_normal((n, ENTRIES))
    yield Problem(logistic, (x, columns, values, 1e-3), logistic_product)


@dataclass(frozen=True)
class Row:
    """What was found for one function; seconds are medians, memory is in bytes."""

    name: str
    value: float
    product: float
    memory: int
    from_paper: float
    from_differences: float


def measure(problem: Problem, repeats: int) -> Row:
    """Take the product, then check it; memory is read before the check, which needs some of its own."""
    f, gradient, hvp = gg.compile(problem.f), gg.grad(problem.f), gg.hvp(problem.f)
    x, *others = problem.arguments
    v = np.random.default_rng(1).standard_normal(len(x))
    product = hvp(x, *others, v)
    value = _seconds(lambda: f(x, *others), repeats)
    taken = _seconds(lambda: hvp(x, *others, v), repeats)
    memory = peak_memory()
    step = 1e-5
    differences = (gradient(x + step * v, *others) - gradient(x - step * v, *others)) / (2 * step)
    on_paper = problem.on_paper(v, x, *others)
    return Row(problem.f.__name__, value, taken, memory, _apart(product, on_paper), _apart(product, differences))


def peak_memory() -> int:
    """The most bytes that this process ever had in memory."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def _apart(found: Array, expected: Array) -> float:
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def _seconds(call: Callable[[], Any], repeats: int) -> float:
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main(n: int = MILLION, repeats: int = 9) -> None:
    """Measure, check, print."""
    table = Table("function", title=f"H v for {n} variables, one core; H alone would take {8 * n * n / 1e9:g} GB")
    for heading in ("f, ms", "H v, ms", "off paper", "off differences", "peak, MB"):
        table.add_column(heading, justify="right", no_wrap=True)
    with one_core():
        for problem in problems(n):
            row = measure(problem, repeats)
            assert row.from_paper < 1e-11, row
            assert row.from_differences < 1e-6, row
            times = (f"{1e3 * row.value:.2f}", f"{1e3 * row.product:.2f}")
            errors = (f"{row.from_paper:.0e}", f"{row.from_differences:.0e}")
            table.add_row(row.name, *times, *errors, f"{row.memory / 1e6:.0f}")
    Console().print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--n", type=int, default=MILLION, help="the number of variables")
    main(parser.parse_args().n)
