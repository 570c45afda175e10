"""Forward or reverse mode? `gg.jacobian` chooses, and `explain()` says which it took and why.

    python -m examples.cheaper_mode [--quick]

For p inputs and q outputs forward mode costs about p evaluations and reverse mode about 2 q. All directions go
through the function together, as products with a matrix, so it is less than that; the order remains.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

import gradgen as gg
from examples.timing import medians, one_core

Array = NDArray[np.float64]

HIDDEN = 100
SIZES = ((2, 1000), (30, 300), (300, 300), (300, 30), (1000, 2))


def network(p: int, q: int) -> Callable[[Array], Any]:
    """A function of p numbers with q results: two matrices and a hidden layer."""
    random = np.random.default_rng(0)
    first, second = random.standard_normal((HIDDEN, p)) / p, random.standard_normal((q, HIDDEN))

    def f(x: Array) -> Any:
        return np.sin(second @ np.tanh(first @ x))

    return f


def reason(jacobian: gg.Compiled) -> str:
    """The mode that was chosen, from the report on the function."""
    [line] = [line for line in jacobian.explain().splitlines() if " mode, " in line]
    return line.partition(": ")[2]


def compare(p: int, q: int, rounds: int) -> tuple[str, dict[str, float]]:
    """What was chosen, and seconds for an evaluation and for the Jacobian in each mode."""
    f, x = network(p, q), np.linspace(-1.0, 1.0, p)
    ways = {"f": gg.compile(f), "chosen": gg.jacobian(f), "forward": gg.jacfwd(f), "reverse": gg.jacrev(f)}
    jacobians = {name: way(x) for name, way in ways.items() if name != "f"}
    for name, found in jacobians.items():
        assert found.shape == (q, p)
        assert np.allclose(found, jacobians["chosen"], rtol=1e-10, atol=1e-12), name
    return reason(ways["chosen"]), medians({name: partial(way, x) for name, way in ways.items()}, rounds)


def main(sizes: Sequence[tuple[int, int]] = SIZES, rounds: int = 20) -> None:
    """Compare and print."""
    table = Table(title="the Jacobian of a function with p inputs and q outputs; µs on one core")
    for heading in ("p", "q", "f", "jacfwd", "jacrev", "jacobian"):
        table.add_column(heading, justify="right")
    reasons = []
    with one_core():
        for p, q in track(sizes, "comparing", transient=True):
            why, times = compare(p, q, rounds)
            taken = [f"{1e6 * times[way]:.1f}" for way in ("f", "forward", "reverse", "chosen")]
            table.add_row(str(p), str(q), *taken)
            reasons.append(f"p = {p:<4}  q = {q:<4}  {why}")
    Console().print(table)
    print("What gg.jacobian took, from its explain():", *reasons, sep="\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, few rounds")
    main(*((((2, 50), (50, 2)), 5) if parser.parse_args().quick else ()))
