"""Derivatives on paper against the compiled ones: what they differ by, and what they cost.

    python -m examples.analytic_against_compiled [--quick]

The functions are those of a first course: a quadratic form, a trace, least squares, the logistic loss.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.special import expit

import gradgen as gg
from examples.timing import medians, one_core

Array = NDArray[np.float64]


def quadratic(x: Array, A: Array, b: Array, c: float) -> Any:
    """A quadratic function whose matrix need not be symmetric."""
    return 0.5 * x @ A @ x + b @ x + c


def trace(X: Array, A: Array, B: Array) -> Any:
    """tr(A X B)."""
    return np.trace(A @ X @ B)


def least_squares(x: Array, A: Array, b: Array) -> Any:
    """Half the squared length of the residual."""
    residual = A @ x - b
    return 0.5 * residual @ residual


def softplus(x: Array, a: Array) -> Any:
    """The logistic loss of one object."""
    return np.log(1 + np.exp(a @ x))


def softplus_hessian(x: Array, a: Array) -> Any:
    """s (1 - s) a a^T with s = sigma(a^T x)."""
    s = expit(a @ x)
    return s * (1 - s) * np.outer(a, a)


@dataclass(frozen=True)
class Comparison:
    """A derivative in both ways, and where to take it."""

    what: str
    on_paper: str
    analytic: Callable[..., Any]
    compiled: gg.Compiled
    arguments: tuple[Any, ...]


def comparisons(n: int) -> Iterator[Comparison]:
    """All of them, for n variables."""
    random = np.random.default_rng(0)
    x, a, b = random.standard_normal((3, n)) / np.sqrt(n)
    A, tall, X = random.standard_normal((n, n)), random.standard_normal((3 * n, n)), random.standard_normal((n, n + 1))
    B, long = random.standard_normal((n + 1, n)), random.standard_normal(3 * n)

    def least_squares_gradient(x: Array, A: Array, b: Array) -> Any:
        return A.T @ (A @ x - b)

    yield Comparison(
        "Hessian of 1/2 x'Ax + b'x + c",
        "(A + A') / 2",
        lambda x, A, b, c: 0.5 * (A + A.T),
        gg.hessian(quadratic),
        (x, A, b, 1.0),
    )
    yield Comparison("gradient of tr(A X B)", "A' B'", lambda X, A, B: A.T @ B.T, gg.grad(trace), (X, A, B))
    yield Comparison(
        "gradient of 1/2 |Ax - b|²", "A' (A x - b)", least_squares_gradient, gg.grad(least_squares), (x, tall, long)
    )
    yield Comparison(
        "Hessian of 1/2 |Ax - b|²", "A' A", lambda x, A, b: A.T @ A, gg.hessian(least_squares), (x, tall, long)
    )
    yield Comparison("gradient of ln(1 + e^a'x)", "s a", lambda x, a: expit(a @ x) * a, gg.grad(softplus), (x, a))
    yield Comparison("Hessian of ln(1 + e^a'x)", "s (1 - s) a a'", softplus_hessian, gg.hessian(softplus), (x, a))


def difference(comparison: Comparison) -> float:
    """The largest difference of an entry, relative to the largest entry."""
    expected = comparison.analytic(*comparison.arguments)
    found = comparison.compiled(*comparison.arguments)
    assert found.shape == expected.shape, (comparison.what, found.shape, expected.shape)
    return float(np.max(np.abs(found - expected)) / np.max(np.abs(expected)))


def main(n: int = 200, rounds: int = 30) -> None:
    """Compare and print."""
    table = Table("derivative", "on paper", title=f"on paper in NumPy, and compiled; {n} variables, one core")
    for heading in ("differ by", "NumPy, µs", "compiled, µs"):
        table.add_column(heading, justify="right")
    with one_core():
        for each in track(list(comparisons(n)), "comparing", transient=True):
            apart = difference(each)
            assert apart < 1e-12, (each.what, apart)
            calls = {"analytic": partial(each.analytic, *each.arguments)}
            times = medians({**calls, "compiled": partial(each.compiled, *each.arguments)}, rounds)
            taken = [f"{1e6 * times[way]:.1f}" for way in ("analytic", "compiled")]
            table.add_row(each.what, each.on_paper, f"{apart:.0e}", *taken)
    Console().print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="20 variables, few rounds")
    main(**({"n": 20, "rounds": 5} if parser.parse_args().quick else {}))
