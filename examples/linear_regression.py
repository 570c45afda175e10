"""Gradient descent for linear regression: the gradient by hand in NumPy against the compiled one.

    python -m examples.linear_regression

Both take the same steps until the gradient is shorter than the tolerance; what differs is how long that
takes. Compiling is timed apart, since it is paid once and then kept on disk. A plot goes to ``demo-output/``.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

import gradgen as gg
from examples.timing import one_core

mpl.use("Agg")
from matplotlib import pyplot as plt  # after the choice of a backend that needs no screen

Array = NDArray[np.float64]
Gradient = Callable[[Array, Array, Array], Array]

TOLERANCE = 1e-9
FEATURES = 5
SIZES = tuple(int(n) for n in np.logspace(1, 4, 7))
PICTURE = Path("demo-output") / "linear_regression.png"


def loss(w: Array, A: Array, y: Array) -> Any:
    """Half the mean squared residual."""
    residual = A @ w - y
    return 0.5 * np.mean(residual**2)


compiled = gg.grad(loss)


def by_hand(w: Array, A: Array, y: Array) -> Array:
    """The gradient on paper: A^T (A w - y) / n."""
    return (A @ w - y) @ A / len(y)


@dataclass(frozen=True)
class Row:
    """What was measured for one number of samples; seconds are medians over the runs."""

    n: int
    steps: int
    by_hand: float
    compiled: float
    compiling: float


def descend(gradient: Gradient, A: Array, y: Array) -> tuple[Array, int]:
    """Steps of one over the largest curvature, until the gradient is shorter than the tolerance."""
    step = 1.0 / np.linalg.norm(A, 2) ** 2 * len(y)
    w = np.zeros(A.shape[1])
    for steps in range(100_000):
        slope = gradient(w, A, y)
        if slope @ slope < TOLERANCE**2:
            return w, steps
        w = w - step * slope
    raise ArithmeticError("gradient descent did not converge")


def measure(n: int, runs: int) -> Row:
    """Solve one problem several times in both ways, turn by turn, and check the solutions."""
    random = np.random.default_rng(n)
    A = random.standard_normal((n, FEATURES))
    y = A @ np.arange(1.0, FEATURES + 1) + 0.1 * random.standard_normal(n)
    compiling = _seconds(lambda: compiled(np.zeros(FEATURES), A, y))
    steps = check(A, y)
    turns = [(_seconds(lambda: descend(by_hand, A, y)), _seconds(lambda: descend(compiled, A, y))) for _ in range(runs)]
    manual, own = map(statistics.median, zip(*turns, strict=True))
    return Row(n, steps, manual, own, compiling)


def check(A: Array, y: Array) -> int:
    """Hold both solutions against the closed form; the number of steps."""
    exact = np.linalg.solve(A.T @ A, A.T @ y)
    (w, steps), (v, _) = descend(compiled, A, y), descend(by_hand, A, y)
    assert np.allclose(w, exact, rtol=0, atol=1e-7), np.abs(w - exact).max()
    assert np.allclose(v, exact, rtol=0, atol=1e-7), np.abs(v - exact).max()
    return steps


def _seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def table(rows: Sequence[Row]) -> Table:
    """All rows, times in milliseconds."""
    shown = Table(title=f"gradient descent to a gradient below {TOLERANCE:g}, {FEATURES} features, one core")
    for heading in ("n", "steps", "by hand, ms", "compiled, ms", "ratio", "compiling or loading, ms"):
        shown.add_column(heading, justify="right")
    for row in rows:
        times = (f"{1e3 * row.by_hand:.2f}", f"{1e3 * row.compiled:.2f}", f"{row.by_hand / row.compiled:.1f}")
        shown.add_row(str(row.n), str(row.steps), *times, f"{1e3 * row.compiling:.0f}")
    return shown


def draw(rows: Sequence[Row], path: Path) -> None:
    """Total time against the number of samples."""
    plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
    figure, axes = plt.subplots(figsize=(6.5, 4.2), layout="constrained")
    sizes = [row.n for row in rows]
    axes.loglog(sizes, [1e3 * row.by_hand for row in rows], "o-", color="#e09f3e", label="NumPy by hand")
    axes.loglog(sizes, [1e3 * row.compiled for row in rows], "o-", color="#0b7a75", label="compiled by gradgen")
    axes.set(xlabel="samples n", ylabel="milliseconds to the tolerance", title="Gradient descent for linear regression")
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main(sizes: Sequence[int] = SIZES, runs: int = 5, picture: Path = PICTURE) -> None:
    """Measure, print, draw."""
    with one_core():
        rows = [measure(n, runs) for n in track(sizes, "gradient descent", transient=True)]
    draw(rows, picture)
    Console().print(table(rows))
    print(f"the picture   {picture}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="three sizes, three runs")
    main(*((SIZES[::3], 3) if parser.parse_args().quick else ()))
