"""What a kernel is said to cost."""

from __future__ import annotations

import gradgen as gg
from gradgen.aot.build import lower_exports
from gradgen.aot.declare import exports_of
from gradgen.aot.summary import Count, summary


def of(f, *types, **options):
    gg.export(f, *types, **options)
    return [summary(unit) for unit in lower_exports(exports_of(__name__)[-1:])]


def test_counts_are_polynomials_in_the_sizes() -> None:
    n, m = Count.of(gg.Dim("n", -1)), Count.of(gg.Dim("m"))
    assert str(n * m + Count.of(7)) == "m n - m + 7"
    assert str(n + Count.of(1)) == "n"
    assert str(Count()) == "0"
    assert str(Count.of(12345) * m) == "12,345 m"


def test_elementwise_work_and_functions() -> None:
    def energy(x):
        import numpy as np

        return np.sum(np.exp(x[1:] * x[:-1]))

    (cost,) = of(energy, gg.f64["n"])
    assert str(cost.flops) == "2 n - 2"
    assert str(cost.functions) == "n - 1"
    assert str(cost.traffic) == "8 n + 8"


def test_products_in_blocks_count_every_row_once() -> None:
    def predicted(A, w):
        return (A @ w) ** 2

    (cost,) = of(predicted, gg.f64["n", 30], gg.f64[30])
    assert str(cost.flops) == "61 n"
    assert cost.calls == ("gg_gemv",)


def test_tape_and_workspace() -> None:
    def f(x):
        import numpy as np

        return np.sum(np.tanh(x))

    forward, adjoint = of(f, gg.f64["n"], transform="vjp")
    assert str(forward.tape) == "8 n"
    assert not adjoint.tape.terms
    assert "tape 8 n B" in str(forward)
    assert forward.lines > 5
