"""What a Jacobian costs against one evaluation: few outputs by reverse mode, few inputs by forward mode.

    python -m benchmarks.jacobian_modes [--name NAME]

Prints a table and writes ``benchmarks/results/NAME.json``, as `benchmarks.targets` does.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

import gradgen as gg
from benchmarks.report import Measurement, show, write
from examples.timing import medians, one_core

Array = NDArray[np.float64]

FEW, MANY, BETWEEN = 3, 1000, 200


def network(inputs: int, outputs: int) -> Callable[[Array], Any]:
    """A function from so many numbers to so many: two matrices and a hidden layer."""
    random = np.random.default_rng(0)
    first, second = random.normal(size=(BETWEEN, inputs)) / 30, random.normal(size=(outputs, BETWEEN))

    def f(x: Array) -> Any:
        return np.sin(second @ np.tanh(first @ x))

    return f


def both_ways(inputs: int, outputs: int) -> Iterator[Measurement]:
    """The Jacobian by the mode that `jacobian` takes, and by the other one."""
    f, x = network(inputs, outputs), np.linspace(-1.0, 1.0, inputs)
    cheap = gg.jacrev if inputs > outputs else gg.jacfwd
    dear = gg.jacfwd if inputs > outputs else gg.jacrev
    calls = {"f": gg.compile(f), "jacobian": gg.jacobian(f), "cheap": cheap(f), "dear": dear(f)}
    times = medians({name: partial(call, x) for name, call in calls.items()}, rounds=30)
    label = f"R^{inputs} → R^{outputs}"
    yield Measurement(f"{label}: one evaluation", 1e6 * times["f"], "µs")
    # A sweep is at most three times an evaluation, and each of the few has its direction.
    yield Measurement(f"{label}: jacobian", times["jacobian"] / times["f"], "evaluations", at_most=3.0 * FEW)
    yield Measurement(f"{label}: {cheap.__name__}", times["cheap"] / times["f"], "evaluations")
    yield Measurement(f"{label}: {dear.__name__}", times["dear"] / times["f"], "evaluations")


def main() -> None:
    """Measure both shapes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--name", default="jacobian_modes", help="the results go to benchmarks/results/NAME.json")
    console = Console(soft_wrap=True)
    name = parser.parse_args().name
    with one_core():
        measurements = [*both_ways(MANY, FEW), *both_ways(FEW, MANY)]
    show(measurements, console)
    console.print(f"written to {write(measurements, name)}")


if __name__ == "__main__":
    main()
