"""The main job: fit a logistic regression with a gradient that was compiled from plain NumPy.

    python -m examples.demo

Prints what it found and how long a gradient takes in three ways, and leaves the generated C and a picture in
``demo-output/``. ``GRADGEN_DEMO_QUICK=1`` times fewer rounds.
"""

from __future__ import annotations

import os
import time
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from rich.console import Console
from rich.table import Table

from examples import logistic_regression as problem
from examples.timing import medians, one_core

mpl.use("Agg")
from matplotlib import pyplot as plt  # after the choice of a backend that needs no screen

OUTPUT = Path("demo-output")
COLOURS = {"gradgen": "#0b7a75", "NumPy by hand": "#e09f3e", "autograd": "#9e2a2b"}


def main() -> None:
    """Run the demo."""
    quick = os.environ.get("GRADGEN_DEMO_QUICK", "0") not in ("", "0")
    console = Console(soft_wrap=True, highlight=False)
    A, y = problem.data()
    console.print(f"data          breast cancer, {A.shape[0]} samples of {A.shape[1]} features, standardised")
    compile_first(console, A, y)
    fits = fit_all(console, A, y)
    with console.status("timing one value and gradient in three ways …"), one_core():
        times = time_all(A, y, rounds=10 if quick else 200)
    console.print(table(times))
    OUTPUT.mkdir(exist_ok=True)
    source, picture = OUTPUT / f"{problem.value_and_grad.name}.c", OUTPUT / "logistic_regression.png"
    source.write_text(problem.value_and_grad.source)
    draw(fits, times, picture)
    console.print(f"the C         {source}\nthe picture   {picture}")


def compile_first(console: Console, A: problem.Array, y: problem.Array) -> None:
    """The first call traces, differentiates, optimises, and compiles or finds the kernel on disk."""
    with console.status("compiling …"), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        start = time.perf_counter()
        problem.value_and_grad(np.zeros(A.shape[1]), A, y, problem.MU)
        seconds = time.perf_counter() - start
    for warning in caught:
        console.print(str(warning.message), style="yellow")
    console.print(f"first call    {1e3 * seconds:.0f} ms from NumPy function to gradient, compiled or found on disk")


def fit_all(console: Console, A: problem.Array, y: problem.Array) -> dict[str, problem.Fit]:
    """Fit in each way, three times with the quickest kept, and compare with scikit-learn."""
    with console.status("fitting …"), one_core():
        fits = {
            name: min((problem.fit(function, A, y) for _ in range(3)), key=lambda fit: fit.seconds[-1])
            for name, function in problem.RIVALS.items()
        }
        expected = problem.scikit_learn_coefficients(A, y)
    own = fits["gradgen"]
    took = f"{len(own.losses)} gradients, {1e3 * own.seconds[-1]:.1f} ms"
    console.print(f"L-BFGS-B      {took}, loss {own.losses[-1]:.6f}")
    difference = np.max(np.abs(own.w - expected))
    console.print(f"coefficients  differ from scikit-learn's by {difference:.1e} at most")
    if difference > 1e-5:
        raise SystemExit("the coefficients are not scikit-learn's")
    return fits


def time_all(A: problem.Array, y: problem.Array, rounds: int) -> dict[str, float]:
    """Seconds for one value and gradient, in each way."""
    w = np.linspace(-0.5, 0.5, A.shape[1])
    return medians({name: partial(function, w, A, y, problem.MU) for name, function in problem.RIVALS.items()}, rounds)


def table(times: dict[str, float]) -> Table:
    """Times and ratios, as a table."""
    shown = Table("value and gradient", title=None)
    shown.add_column("µs", justify="right")
    shown.add_column("× gradgen", justify="right")
    for name, seconds in times.items():
        shown.add_row(name, f"{1e6 * seconds:.1f}", f"{seconds / times['gradgen']:.1f}")
    return shown


def draw(fits: dict[str, problem.Fit], times: dict[str, float], path: Path) -> None:
    """Convergence against the clock, and the time of one value and gradient."""
    plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), width_ratios=(3, 2), layout="constrained")
    _draw_convergence(left, fits)
    _draw_times(right, times)
    figure.suptitle("Logistic regression on the breast-cancer data: 569 samples, 30 features, one core")
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _draw_convergence(axes: Any, fits: dict[str, problem.Fit]) -> None:
    best = min(min(fit.losses) for fit in fits.values())
    for name, fit in fits.items():
        gap = np.minimum.accumulate(np.maximum(np.array(fit.losses) - best, 1e-16))
        axes.semilogy(1e3 * np.array(fit.seconds), gap, label=name, color=COLOURS[name], linewidth=2)
    axes.set(xlabel="milliseconds since the start (L-BFGS-B's own work included)", ylabel="loss − smallest loss")
    axes.set_ylim(bottom=1e-15)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)


def _draw_times(axes: Any, times: dict[str, float]) -> None:
    names = list(times)[::-1]
    bars = axes.barh(names, [1e6 * times[name] for name in names], color=[COLOURS[name] for name in names])
    labels = [f"{1e6 * times[name]:.1f} µs  ({times[name] / times['gradgen']:.1f}×)" for name in names]
    axes.bar_label(bars, labels, padding=4)
    axes.set(xlabel="one value and gradient, µs", xlim=(0, 1.5e6 * max(times.values())))
    axes.tick_params(axis="y", length=0)


if __name__ == "__main__":
    main()
