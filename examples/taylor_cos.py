"""The derivative of a Taylor series of cos that is summed by a Python loop.

    python -m examples.taylor_cos

Tracing runs the loop once, so the C has no loop left: one polynomial, and beside it its derivative. The
number of terms is part of the program (``static_argnames``); each number makes a function of its own.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.polynomial import Polynomial
from rich.console import Console
from rich.table import Table

import gradgen as gg

TERMS = (1, 2, 4, 8, 12)
X = 2.5


def cos_series(x: Any, terms: int) -> Any:
    """The first terms of 1 - x²/2! + x⁴/4! - …"""
    term, total = 1.0, 1.0
    for k in range(1, terms):
        term = -term * x * x / ((2 * k - 1) * (2 * k))
        total = total + term
    return total


value_and_slope = gg.value_and_grad(cos_series, static_argnames="terms")


def exact_slope(x: float, terms: int) -> float:
    """The derivative of the truncated series, from its coefficients."""
    coefficients = np.zeros(2 * terms - 1)
    coefficients[::2] = [(-1.0) ** k / math.factorial(2 * k) for k in range(terms)]
    return float(Polynomial(coefficients).deriv()(x))


def main(terms: tuple[int, ...] = TERMS, x: float = X) -> None:
    """Print the derivative for growing numbers of terms."""
    table = Table("terms", title=f"the derivative of the series of cos at x = {x}")
    for heading in ("compiled", "of the truncated series", "error against -sin x"):
        table.add_column(heading, justify="right")
    for count in terms:
        _, slope = value_and_slope(x, count)
        exact = exact_slope(x, count)
        assert abs(slope - exact) <= 1e-13 * max(1.0, abs(exact)), (count, slope, exact)
        table.add_row(str(count), f"{slope:.15f}", f"{exact:.15f}", f"{abs(slope + math.sin(x)):.1e}")
    assert abs(slope + math.sin(x)) < 1e-12, "the last row has enough terms"
    Console().print(table)


if __name__ == "__main__":
    main()
