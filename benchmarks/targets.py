"""The ratios the project holds itself to, all measured in one run on one core.

    python -m benchmarks.targets [--name NAME]

Prints a table and writes ``benchmarks/results/NAME.json``; `benchmarks/README.md` says how to read both.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from scipy.optimize import rosen, rosen_der

import gradgen as gg
from benchmarks.points import sum_of
from benchmarks.processes import first_gradient_seconds, import_seconds
from benchmarks.report import Measurement, show, write
from examples import logistic_regression
from examples.timing import medians, one_core

Array = NDArray[np.float64]

# They choose or tune OpenBLAS's kernels: NumPy must be timed as it comes.
BLAS_SETTINGS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def breast_cancer() -> Iterator[Measurement]:
    """Value and gradient of a logistic regression, 569 samples of 30 features."""
    A, y = logistic_regression.data()
    w = np.linspace(-0.5, 0.5, A.shape[1])
    arguments = (w, A, y, logistic_regression.MU)
    times = medians({name: partial(f, *arguments) for name, f in logistic_regression.RIVALS.items()})
    own = times["gradgen"]
    yield Measurement("logistic regression: value and gradient", 1e6 * own, "µs")
    yield Measurement("logistic regression: NumPy by hand", times["NumPy by hand"] / own, "×", at_least=2.5)
    yield Measurement("logistic regression: autograd", times["autograd"] / own, "×", at_least=20.0)


def composed(x: Any) -> Any:
    """A scalar function of a few operations."""
    c = x**2 + np.exp(x**2)
    return np.sqrt(c) + np.cos(c)


def scalar() -> Iterator[Measurement]:
    """The derivative of a scalar function, called with a Python float."""
    slope = gg.grad(composed)
    seconds = medians({"": partial(slope, 0.7)})[""]
    yield Measurement("scalar derivative, called from Python", 1e6 * seconds, "µs", at_most=1.0)


def rosenbrock(x: Array) -> Any:
    """The valley."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_by_hand(x: Array) -> tuple[Any, Array]:
    """Value and gradient as one writes them with NumPy."""
    head = x[:-1]
    d, r = x[1:] - head * head, 1.0 - head
    gradient = np.zeros_like(x)
    gradient[1:] = 200.0 * d
    gradient[:-1] -= 400.0 * head * d + 2.0 * r
    return 100.0 * (d @ d) + r @ r, gradient


def rosenbrock_of_scipy(x: Array) -> tuple[Any, Array]:
    """Value and gradient as SciPy has them, in NumPy too."""
    return rosen(x), rosen_der(x)


def valley() -> Iterator[Measurement]:
    """Value and gradient of Rosenbrock's function, small to large."""
    for n, target in ((10, None), (1000, None), (1_000_000, 10.0)):
        value_and_grad, x = gg.value_and_grad(rosenbrock), np.linspace(-1.0, 2.0, n)
        rivals: dict[str, Callable[[Array], Any]] = {
            "gradgen": value_and_grad,
            "by hand": rosenbrock_by_hand,
            "SciPy": rosenbrock_of_scipy,
        }
        times = medians({name: partial(rival, x) for name, rival in rivals.items()}, rounds=50)
        yield Measurement(f"Rosenbrock, n = {n}: value and gradient", 1e6 * times["gradgen"], "µs")
        by_hand, scipy = times["by hand"] / times["gradgen"], times["SciPy"] / times["gradgen"]
        yield Measurement(f"Rosenbrock, n = {n}: NumPy by hand", by_hand, "×", at_least=target)
        yield Measurement(f"Rosenbrock, n = {n}: SciPy's rosen, rosen_der", scipy, "×")


def call_overhead() -> Iterator[Measurement]:
    """What a call costs by the number of its arguments, for a function that does next to nothing."""
    for kind, argument in (("float", 0.5), ("float64[10]", np.ones(10))):
        for count in (1, 4, 16):
            function, arguments = gg.compile(sum_of(count)), [argument] * count
            seconds = medians({"": partial(function, *arguments)})[""]
            yield Measurement(f"call with {count} {kind}", 1e9 * seconds, "ns")


def starting() -> Iterator[Measurement]:
    """What a new process waits for."""
    seconds = first_gradient_seconds()
    yield Measurement("second process: first gradient after imports", 1e3 * seconds, "ms", at_most=50.0)
    own, others = import_seconds("gradgen", "numpy, networkx")
    yield Measurement("import gradgen", 1e3 * own, "ms")
    yield Measurement("import gradgen / import numpy, networkx", own / others, "×", at_most=1.5)


PARTS = (breast_cancer, scalar, valley, call_overhead, starting)


def main() -> None:
    """Measure everything."""
    if any(name in os.environ for name in BLAS_SETTINGS):
        environment = {name: value for name, value in os.environ.items() if name not in BLAS_SETTINGS}
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks.targets", *sys.argv[1:]], environment)
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--name", default="targets", help="the results go to benchmarks/results/NAME.json")
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
