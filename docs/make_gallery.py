"""Write docs/gallery.md from the table that the tests run, with times taken here: ``python docs/make_gallery.py``."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

PAGE = Path(__file__).with_name("gallery.md")
sys.path.insert(0, str(PAGE.parents[1]))  # run from a checkout, with the tests beside

import gradgen as gg  # noqa: E402
from benchmarks.report import environment  # noqa: E402
from examples.timing import medians, one_core  # noqa: E402
from tests.gallery.gallery import PROBLEMS  # noqa: E402
from tests.gallery.problem import Problem, draw  # noqa: E402

ROUNDS = 15
LONGEST = 40  # lines of C that are shown
FEW = 600  # letters of a formula that are shown without being asked for

HEAD = """# Gallery: the derivatives of the textbooks

Written by `docs/make_gallery.py` from `tests/gallery/`, where each compiled derivative is compared with the closed form
at random points; do not edit.

The functions are plain NumPy. The times are those of the closed form written in NumPy by hand, and of the compiled
derivative, both called from Python at the small sizes of the tests, where calling NumPy functions is most of what
the hand-written one takes; three problems are also timed at 2000 x 500. Measured on one core of {processor}
with {compiler}.

Two rows have no function of their own: A13, that the Hessian is the Jacobian of the gradient, is tested for all;
A46, Taylor models, for `exp` and the quadratic of A03.
"""
TABLE = """
| | function | derivative | by hand, µs | compiled, µs |
|---|---|---|--:|--:|"""

Way = Callable[..., Any]


class Timed(NamedTuple):
    """A derivative in both ways; seconds."""

    what: str
    by_hand: float
    compiled: float


class Entry(NamedTuple):
    """What the page says about a problem."""

    problem: Problem
    times: list[Timed]
    formulas: list[str]
    source: str


def entry(problem: Problem) -> Entry:
    """Compile and time the derivatives of a problem."""
    derivative = gg.grad if problem.is_scalar else gg.jacobian
    first = derivative(problem.f, problem.argnums)
    point = problem.point(0)
    times = [timed("gradient" if problem.is_scalar else "Jacobian", problem.gradient, first, point)]
    formulas, source = [formula_of(first)], function_of(first.source)
    if problem.hessian is not None:
        second = gg.hessian(problem.f, problem.argnums)
        times.append(timed("Hessian", problem.hessian, second, point))
        formulas.append(formula_of(second))
    if problem.large:
        times.append(timed(f"gradient, {_sizes(problem)}", problem.gradient, first, draw(problem.large, 0)))
    return Entry(problem, times, [formula for formula in formulas if formula], source)


def timed(what: str, by_hand: Way, compiled: Way, arguments: tuple[Any, ...]) -> Timed:
    """Both ways in turn."""
    ways = {"by hand": partial(by_hand, *arguments), "compiled": partial(compiled, *arguments)}
    times = medians(ways, ROUNDS)
    return Timed(what, times["by hand"], times["compiled"])


def formula_of(compiled: gg.Compiled) -> str:
    """The derivative as gradgen prints it; empty if it has no such form."""
    try:
        return str(compiled.formula())
    except gg.GradgenError:
        return ""


def function_of(source: str) -> str:
    """The function alone, without the entries around it that Python calls."""
    start = re.search(r"^/\* \w+\(.*", source, re.MULTILINE)
    assert start is not None, source
    text = source[start.start() :]
    lines = text[: text.index("\n}") + 2].splitlines()
    left = len(lines) - LONGEST
    return "\n".join([*lines[:LONGEST], f"    /* … {left} lines more */"] if left > 1 else lines)


def _sizes(problem: Problem) -> str:
    return " x ".join(str(extent) for extent in max(np.shape(x) for x in draw(problem.large, 0)))


# --- the page ------------------------------------------------------------------------------------------


def row(one: Entry) -> str:
    """A line of the table; what a table cannot hold of TeX is spelled otherwise."""
    function, derivative = (_inline(tex) for tex in (one.problem.function_tex, one.problem.gradient_tex))
    first = one.times[0]
    name = f"[{one.problem.row}](#{anchor(one.problem)})"
    return f"| {name} | {function} | {derivative} | {_micro(first.by_hand)} | {_micro(first.compiled)} |"


def section(one: Entry) -> Iterator[str]:
    """What there is about a problem."""
    problem = one.problem
    yield f"\n## {title(problem)}\n"
    yield f"By {_names(problem)}: {_inline(problem.function_tex)}\n\n```math\n{problem.gradient_tex}\n```"
    if problem.hessian_tex:
        yield f"Hessian:\n\n```math\n{problem.hessian_tex}\n```"
    yield f"\n```python\n{problem.code.rstrip()}\n```\n"
    if one.formulas:
        printed = "\n".join(one.formulas)
        block = f"```\n{printed}\n```"
        yield f"gradgen prints\n\n{block}\n" if len(printed) <= FEW else folded("gradgen prints a long formula", block)
    yield "| | by hand, µs | compiled, µs |\n|---|--:|--:|"
    yield from (f"| {each.what} | {_micro(each.by_hand)} | {_micro(each.compiled)} |" for each in one.times)
    yield "\n" + folded("C", f"```c\n{one.source}\n```")


def folded(summary: str, block: str) -> str:
    """What the reader unfolds on request."""
    return f"<details><summary>{summary}</summary>\n\n{block}\n\n</details>\n"


def title(problem: Problem) -> str:
    """The heading of a section."""
    words = problem.f.__name__.replace("_", " ")
    return " ".join(part for part in (problem.row, words, problem.label) if part)


def anchor(problem: Problem) -> str:
    """What GitHub makes of the heading."""
    return title(problem).lower().replace(" ", "-")


def _names(problem: Problem) -> str:
    return ", ".join(f"`{name}`" for name in problem.by)


def _inline(tex: str) -> str:
    """TeX in a line or a cell, which a vertical bar would end."""
    return "$`" + tex.replace(r"\|", r"\Vert ") + "`$"


def _micro(seconds: float) -> str:
    return f"{1e6 * seconds:.3g}" if seconds < 1e-3 else f"{1e6 * seconds:.0f}"


def page(entries: list[Entry]) -> str:
    """The text of the page."""
    machine = environment()
    compiler = (machine["compiler"] or {"version": "no compiler"})["version"]
    parts = [HEAD.format(processor=machine["processor"], compiler=compiler), TABLE.strip()]
    parts += [row(one) for one in entries]
    for one in entries:
        parts += section(one)
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    with one_core():
        found = [entry(problem) for problem in PROBLEMS]
    PAGE.write_text(page(found), encoding="utf-8")
