"""Write docs/coverage.md from the tables that the tests run: ``python docs/make_coverage.py``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

PAGE = Path(__file__).with_name("coverage.md")
sys.path.insert(0, str(PAGE.parents[1]))  # run from a checkout, with the tests beside

from gradgen.diff import pull_back  # noqa: E402
from gradgen.ir import type_of  # noqa: E402
from gradgen.ops import Value  # noqa: E402
from gradgen.ops.special import SPECIAL  # noqa: E402
from gradgen.trace import flatten, trace_graph  # noqa: E402
from gradgen.trace.advice import FUNCTION_ADVICE, MODULE_ADVICE, name_of  # noqa: E402
from gradgen.trace.complex_functions import ALIKE  # noqa: E402
from gradgen.trace.complex_functions import TABLE as FUNCTIONS  # noqa: E402
from gradgen.trace.complex_ufuncs import TABLE as UFUNCS  # noqa: E402
from gradgen.trace.scipy_names import SCIPY_LINALG  # noqa: E402
from gradgen.trace.special import SCIPY_SPECIAL  # noqa: E402
from tests.interpret import inputs_like, interpret, set_outputs  # noqa: E402
from tests.trace.coverage_cases import FAMILIES, KNOWN, Row  # noqa: E402

HEAD = """# What of NumPy is differentiated

Written by `docs/make_coverage.py` from the tables that the tests run; do not edit.

Every function takes NumPy's own arguments and gives NumPy's results. *Derivative* says what there is to
differentiate: **yes** in forward and reverse mode and in every nesting of the two, **0** for what is constant between
its jumps, **–** for results that are not real numbers. What is refused raises `TraceError`, which says what to write
instead.
"""
NOTES = """
## Conventions

- Derivatives at kinks, ties and edges: [derivatives-at-kinks.md](derivatives-at-kinks.md).
- `sort`, `partition`, `median`, `quantile` and the like differentiate the elements in the order they have; equal ones
  keep their order, so at a tie the first of them gets the derivative. `max` and `min` share it equally.
- A mask that is a constant selects as in NumPy. Of what a traced mask selects the number is not known: elementwise
  functions, reductions of all of it and `y[mask] = …` are supported, everything else is an error; write
  `np.where(mask, x, 0)` then.
- Integer arrays may be traced. Whether they lie within the array is seen at the call: `IndexError`.
- `interp` and `searchsorted` compare with every point of the table: right for some hundreds, slow for many thousands.
- What has passed a `where` has derivative 0 where the mask is off, whatever is infinite there.
"""


LINALG = """
## scipy.linalg

With SciPy's own arguments; what is not here is refused by name, with what to write instead. Of `expm` and `logm` there
are three nested derivatives; complex matrices are taken by the functions of matrices, `expm` to `tanm`.
"""
COMPLEX = """
## Complex numbers

On complex arrays inside the function ([how](complex.md)); everything else refuses them and says so.
"""


def _complex() -> str:
    """All that takes complex arrays, by name."""
    written = [name_of(function) for function in FUNCTIONS]
    known = {*ALIKE.split(), *written, *[ufunc.__name__ for ufunc in UFUNCS]}
    return ", ".join(f"`{name}`" for name in sorted(known))


def derivative(row: Row) -> str:
    """Whether the result of some call moves with its arguments."""
    found = {_derivative(function, arguments) for function, arguments in row}
    return next(answer for answer in ("yes", "0", "–") if answer in found or answer == "–")


def _derivative(function: Callable[..., Any], arguments: tuple[np.ndarray, ...]) -> str:
    leaves, tree = flatten(tuple(np.asarray(argument) for argument in arguments))
    graph = trace_graph(function, [type_of(leaf) for leaf in leaves], tree, name="f").graph
    outputs = [Value(graph, identity) for identity in graph.outputs]
    real = [out for out in outputs if out.type.is_real]
    if not real:
        return "–"
    cts = inputs_like(graph, real)
    pulled = pull_back(real, [Value(graph, identity) for identity in graph.inputs[: len(leaves)]], cts)
    values = interpret(set_outputs(graph, pulled), [*leaves, *[np.ones(ct.shape) for ct in cts]])
    return "yes" if any(np.any(value) for value in values) else "0"


def _table(names: list[tuple[str, str]], heading: tuple[str, str]) -> Iterator[str]:
    yield f"| {heading[0]} | {heading[1]} |"
    yield "|---|---|"
    yield from (f"| `{name}` | {answer} |" for name, answer in names)


def page() -> str:
    """The text of the page."""
    parts = [HEAD]
    for family, rows in FAMILIES.items():
        answers = [(name, derivative(row)) for name, row in sorted(rows.items()) if row]
        parts += [f"\n## {family.capitalize()}\n", *_table(answers, ("np.", "derivative"))]
    parts += ["\n## Known while tracing\n", ", ".join(f"`{name}`" for name in sorted(KNOWN))]
    special = sorted({*SPECIAL, *SCIPY_SPECIAL})
    parts += ["\n## scipy.special\n", ", ".join(f"`{name}`" for name in special)]
    parts += [LINALG, ", ".join(f"`{name}`" for name in sorted(SCIPY_LINALG))]
    parts += [COMPLEX, _complex()]
    refused = [(name, advice) for name, advice in sorted(FUNCTION_ADVICE.items()) if not name.startswith("_")]
    refused += [(f"{module}.*", advice) for module, advice in sorted(MODULE_ADVICE.items())]
    parts += ["\n## Refused\n", *_table(refused, ("np.", "instead"))]
    return "\n".join(parts) + "\n" + NOTES


if __name__ == "__main__":
    PAGE.write_text(page())
