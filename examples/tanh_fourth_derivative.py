"""The fourth derivative of tanh, by nesting `gg.grad` four times.

    python -m examples.tanh_fourth_derivative

The closed form is 8 t (1 - t²) (2 - 3 t²) with t = tanh x.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import gradgen as gg


def f(x: Any) -> Any:
    """What is differentiated."""
    return np.tanh(x)


fourth = gg.grad(gg.grad(gg.grad(gg.grad(f))))


def closed_form(x: float) -> float:
    """The fourth derivative, on paper."""
    t = math.tanh(x)
    return 8 * t * (1 - t**2) * (2 - 3 * t**2)


def main() -> None:
    """Print both and their difference."""
    table = Table("x", title="the fourth derivative of tanh")
    for heading in ("compiled", "8 t (1 - t²) (2 - 3 t²)", "difference"):
        table.add_column(heading, justify="right")
    for x in np.linspace(-2.0, 2.0, 9):
        compiled, expected = fourth(x), closed_form(x)
        assert abs(compiled - expected) < 1e-14 * 8, (x, compiled, expected)
        table.add_row(f"{x:g}", f"{compiled:.15f}", f"{expected:.15f}", f"{abs(compiled - expected):.0e}")
    Console().print(table)


if __name__ == "__main__":
    main()
