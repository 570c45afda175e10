"""What value and gradient of matrix functions cost against the value alone, by NumPy, SciPy and LAPACK.

    python -m benchmarks.linear_algebra [--name NAME]

Prints a table and writes ``benchmarks/results/NAME.json``, as `benchmarks.targets` does.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import scipy.linalg as sl
from numpy.typing import NDArray
from rich.console import Console
from scipy.linalg import lapack

import gradgen as gg
from benchmarks.report import Measurement, show, write
from benchmarks.targets import BLAS_SETTINGS
from examples.timing import medians, one_core

Array = NDArray[np.float64]


def barrier(X: Array, S: Array) -> Any:
    """<S, X> - log det X."""
    return np.sum(S * X) - np.linalg.slogdet(X)[1]


def factor_and_invert(X: Array) -> Any:
    """LAPACK's LU and the inverse from it, in place."""
    factor, pivots, _ = lapack.dgetrf(X)
    return lapack.dgetri(factor, pivots, overwrite_lu=1)


def log_determinants() -> Iterator[Measurement]:
    """<S, X> - log det X."""
    for n in (50, 500):
        random = np.random.default_rng(0)
        X, S = random.normal(size=(n, n)) / np.sqrt(n) + 2.0 * np.eye(n), random.normal(size=(n, n))
        calls = {
            "gradgen": partial(gg.value_and_grad(barrier), X, S),
            "value": partial(barrier, X, S),
            "LAPACK": partial(factor_and_invert, np.asfortranarray(X)),
        }
        times = medians(calls, rounds=30)
        name = f"<S, X> - log det X, n = {n}"
        yield Measurement(f"{name}: value and gradient", 1e6 * times["gradgen"], "µs")
        by_value, by_lapack = times["gradgen"] / times["value"], times["gradgen"] / times["LAPACK"]
        yield Measurement(f"{name}: by NumPy's value", by_value, "×", at_most=2.0 if n == 50 else None)
        yield Measurement(f"{name}: by getrf + getri", by_lapack, "×", at_most=1.15 if n == 500 else None)


def likelihood(theta: Array, X: Array, y: Array) -> Any:
    """The negative logarithm of a Gaussian process's likelihood, with an RBF kernel."""
    length, scale, noise = theta
    squares = np.sum(X**2, axis=1)
    distance = squares[:, None] + squares[None, :] - 2.0 * X @ X.T
    K = scale**2 * np.exp(-0.5 * distance / length**2) + noise**2 * np.eye(len(y))
    L = np.linalg.cholesky(K)
    alpha = np.linalg.solve(L.T, np.linalg.solve(L, y))
    return 0.5 * y @ alpha + np.sum(np.log(np.diag(L)))


def likelihood_of_scipy(theta: Array, X: Array, y: Array) -> Any:
    """The same by triangular solves."""
    length, scale, noise = theta
    squares = np.sum(X**2, axis=1)
    distance = squares[:, None] + squares[None, :] - 2.0 * X @ X.T
    K = scale**2 * np.exp(-0.5 * distance / length**2) + noise**2 * np.eye(len(y))
    factor = sl.cho_factor(K, lower=True)
    return 0.5 * y @ sl.cho_solve(factor, y) + np.sum(np.log(np.diag(factor[0])))


def gaussian_process() -> Iterator[Measurement]:
    """A Gaussian process's likelihood, n = 200, by 3 hyperparameters."""
    random = np.random.default_rng(0)
    arguments = (np.array([1.0, 1.2, 0.3]), random.normal(size=(200, 3)), random.normal(size=200))
    calls = {
        "gradgen": partial(gg.value_and_grad(likelihood), *arguments),
        "NumPy": partial(likelihood, *arguments),
        "SciPy": partial(likelihood_of_scipy, *arguments),
    }
    times = medians(calls)
    yield Measurement("Gaussian process, n = 200: value and gradient", 1e6 * times["gradgen"], "µs")
    for rival in ("NumPy", "SciPy"):
        ratio = times["gradgen"] / times[rival]
        yield Measurement(f"Gaussian process, n = 200: by {rival}'s value", ratio, "×", at_most=2.2)


def half_of_squares(x: Array, A: Array, b: Array) -> Any:
    """Half of the squared norm of A x - b."""
    residual = A @ x - b
    return 0.5 * (residual @ residual)


def least_squares() -> Iterator[Measurement]:
    """Least squares, 2000 x 500."""
    random = np.random.default_rng(0)
    arguments = (random.normal(size=500), random.normal(size=(2000, 500)), random.normal(size=2000))
    calls = {
        "gradgen": partial(gg.value_and_grad(half_of_squares), *arguments),
        "value": partial(half_of_squares, *arguments),
    }
    times = medians(calls)
    yield Measurement("1/2 |A x - b|^2, 2000 x 500: value and gradient", 1e6 * times["gradgen"], "µs")
    ratio = times["gradgen"] / times["value"]
    yield Measurement("1/2 |A x - b|^2, 2000 x 500: by NumPy's value", ratio, "×", at_most=1.2)


def stacks() -> Iterator[Measurement]:
    """Small matrices by the thousand."""
    random = np.random.default_rng(0)
    for n in (3, 6, 10):
        X = random.normal(size=(1000, n, n)) + n * np.eye(n)
        gradient = gg.vmap(gg.grad(lambda x: np.linalg.slogdet(x)[1]))
        times = medians({"gradgen": partial(gradient, X), "inverse": partial(np.linalg.inv, X)}, rounds=30)
        name = f"log det of 1000 matrices, n = {n}"
        yield Measurement(f"{name}: gradient of each", 1e6 * times["gradgen"], "ns")
        yield Measurement(f"{name}: by np.linalg.inv of the stack", times["gradgen"] / times["inverse"], "×")


PARTS = (log_determinants, gaussian_process, least_squares, stacks)


def main() -> None:
    """Measure everything."""
    if any(name in os.environ for name in BLAS_SETTINGS):
        environment = {name: value for name, value in os.environ.items() if name not in BLAS_SETTINGS}
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks.linear_algebra", *sys.argv[1:]], environment)
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--name", default="linear_algebra", help="the results go to benchmarks/results/NAME.json")
    name, console = parser.parse_args().name, Console(soft_wrap=True)
    measurements: list[Measurement] = []
    with console.status("") as status, one_core():
        for part in PARTS:
            status.update((part.__doc__ or "").rstrip("."))
            measurements += part()
    show(measurements, console)
    console.print(f"written to {write(measurements, name)}")


if __name__ == "__main__":
    main()
