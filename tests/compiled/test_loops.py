"""What is done to loops at the end: those without effect dropped, those of one turn opened, nests made flat."""

from __future__ import annotations

import numpy as np
import pytest

import gradgen as gg
from gradgen.c.expression import Printer
from gradgen.c.statement import statements
from gradgen.ir import Dim
from gradgen.ir.types import Extent
from gradgen.lower.collapse import collapse
from gradgen.lower.dead import drop_dead
from gradgen.nest import (
    Affine,
    Apply,
    Array,
    Assign,
    Comment,
    Constant,
    For,
    Let,
    Load,
    Local,
    Statement,
    Store,
    Variable,
)

F64 = np.dtype(np.float64)
ROW, COLUMN = Affine.variable("i"), Affine.variable("j")


def array(name: str, shape: tuple[Extent, ...], storage: str = "input") -> Array:
    return Array(name, F64, shape, storage)


def loop(variable: str, stop: int, *body: Statement, start: int = 0) -> For:
    return For(variable, Affine.of(start), Affine.of(stop), body)


def doubled(target: str, source: str, *index: Affine) -> Store:
    return Store(target, index, F64, Apply("2.0 * {0}", (Load(source, index),), F64))


def text(body: tuple[Statement, ...], arrays: list[Array]) -> str:
    return "\n".join(statements(body, Printer({array.name: array for array in arrays}), 0))


MATRICES = [array("x", (3, 4)), array("y", (3, 4), "output")]


def test_nest_over_contiguous_memory_is_one_loop() -> None:
    nest = loop("i", 3, loop("j", 4, doubled("y", "x", ROW, COLUMN)))
    expected = "GG_SIMD\nfor (ptrdiff_t i = 0; i < 12; ++i) {\n    y[i] = 2.0 * x[i];\n}"
    assert text(collapse([nest], MATRICES), MATRICES) == expected


def test_three_loops_become_one() -> None:
    arrays = [array("x", (2, 3, 4)), array("y", (2, 3, 4), "output")]
    k = Affine.variable("k")
    nest = loop("i", 2, loop("j", 3, loop("k", 4, doubled("y", "x", ROW, COLUMN, k))))
    assert "i < 24" in text(collapse([nest], arrays), arrays)


def test_a_sum_over_all_of_it_is_one_loop() -> None:
    add = Assign("total", F64, Load("x", (ROW, COLUMN)), "{0} + {1}")
    body = (Variable("total", F64, Constant(0.0, F64)), loop("i", 3, loop("j", 4, add)))
    shown = text(collapse(body, MATRICES), MATRICES)
    assert "GG_SIMD_REDUCE(+ : total)\nfor (ptrdiff_t i = 0; i < 12; ++i) {\n    total += x[i];" in shown


def test_other_orders_and_parts_stay() -> None:
    rows = array("b", (4,))
    transposed = loop("i", 4, loop("j", 3, Store("y", (COLUMN, ROW), F64, Load("x", (COLUMN, ROW)))))
    part = loop("i", 3, loop("j", 3, doubled("y", "x", ROW, COLUMN)))
    row = loop("i", 3, loop("j", 4, Store("y", (ROW, COLUMN), F64, Load("b", (COLUMN,)))))
    named = [array("x", (3, Dim("n"))), array("y", (3, Dim("n")), "output")]
    for nest, arrays in ((transposed, MATRICES), (part, MATRICES), (row, [*MATRICES, rows])):
        assert collapse([nest], arrays) == (nest,)
    open_ended = loop("i", 3, For("j", Affine(), Affine.variable("n"), (doubled("y", "x", ROW, COLUMN),)))
    assert collapse([open_ended], named) == (open_ended,)


def test_one_turn_needs_no_loop() -> None:
    assert text(collapse([loop("i", 3, doubled("y", "x", ROW, COLUMN - ROW), start=2)], MATRICES), MATRICES) == (
        "y[j + 6] = 2.0 * x[j + 6];"
    )


def test_one_turn_that_names_something_keeps_its_block() -> None:
    body = (Let("t", F64, Load("x", (ROW, ROW))), Store("y", (ROW, ROW), F64, Local("t")))
    shown = text(collapse([loop("i", 2, *body, start=1)], MATRICES), MATRICES)
    assert shown == "{\n    const double t = x[5];\n    y[5] = t;\n}"


def test_what_nothing_reads_is_dropped() -> None:
    arrays = [*MATRICES, array("scratch", (4,), "stack")]
    unread = (Let("a", F64, Load("x", (ROW, COLUMN))), Let("b", F64, Local("a")))
    body = (
        Comment("forward sweep"),
        loop("i", 3, Store("scratch", (ROW,), F64, Load("x", (ROW, ROW)))),
        loop("i", 0, doubled("y", "x", ROW, ROW)),
        Comment("adjoint sweep"),
        loop("i", 3, loop("j", 4, *unread, doubled("y", "x", ROW, COLUMN))),
    )
    assert drop_dead(body, arrays) == (
        Comment("adjoint sweep"),
        loop("i", 3, loop("j", 4, doubled("y", "x", ROW, COLUMN))),
    )


def test_one_name_in_two_blocks_is_judged_in_each() -> None:
    used = (Let("t", F64, Load("x", (ROW, ROW))), Store("y", (ROW, ROW), F64, Local("t")))
    unused = (Let("t", F64, Load("x", (ROW, ROW))), doubled("y", "x", ROW, ROW))
    assert drop_dead((loop("i", 3, *unused), loop("i", 3, *used)), MATRICES) == (
        loop("i", 3, unused[1]),
        loop("i", 3, *used),
    )


def test_a_sum_that_is_read_later_stays() -> None:
    add = Assign("total", F64, Load("x", (ROW, ROW)), "{0} + {1}")
    start = Variable("total", F64, Constant(0.0, F64))
    store = Store("y", (Affine(), Affine()), F64, Local("total"))
    assert drop_dead((start, loop("i", 3, add), store), MATRICES) == (start, loop("i", 3, add), store)
    assert drop_dead((start, loop("i", 3, add)), MATRICES) == ()


@pytest.mark.parametrize("rows", [63, 64, 65, 200, 2000])
def test_a_product_and_its_transpose_with_nothing_between(rows: int) -> None:
    """The first result has room for one block of rows: both products must go block by block."""
    rng = np.random.default_rng(0)
    matrix, vector = rng.normal(size=(rows, 50)), rng.normal(size=50)
    source = gg.compile(lambda a, v: a.T @ (a @ v)).lower(matrix, vector).source
    assert rows <= 64 or "gg_gemv(i1 - i0, 50" in source or "gg_gemv(64, 50" in source
    found = gg.compile(lambda a, v: a.T @ (a @ v))(matrix, vector)
    np.testing.assert_allclose(found, matrix.T @ (matrix @ vector), rtol=1e-12)
