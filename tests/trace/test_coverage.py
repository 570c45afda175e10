"""NumPy's own list of what arrays may answer for: each name is supported, with calls that are tested, or refused."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import numpy.char
import numpy.fft
import numpy.lib.recfunctions
import numpy.polynomial
import numpy.strings  # these put their functions on the list
import pytest
from numpy.testing.overrides import get_overridable_numpy_array_functions, get_overridable_numpy_ufuncs

from gradgen.errors import TraceError
from gradgen.ir import TypeMaker
from gradgen.trace import make_graph
from gradgen.trace.advice import FUNCTION_ADVICE, MODULE_ADVICE, advice_for, name_of
from tests.trace.coverage_cases import FAMILIES, KNOWN

DOCS = Path(__file__).parents[2] / "docs"
SUPPORTED = {*KNOWN, *[name for rows in FAMILIES.values() for name, row in rows.items() if row]}
f64 = TypeMaker(np.float64)


FUNCTIONS = {name_of(function): function for function in get_overridable_numpy_array_functions()}
UFUNCS = {ufunc.__name__: ufunc for ufunc in get_overridable_numpy_ufuncs()}
REFUSED = sorted((set(FUNCTIONS) | set(UFUNCS)) - SUPPORTED)


def test_counts() -> None:
    print(f"{len(SUPPORTED)} functions and ufuncs supported, {len(REFUSED)} refused with advice")
    assert len(SUPPORTED) >= 280


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_tested_call_is_refused_with_advice_of_its_own(name: str) -> None:
    def ask(x: Any) -> Any:
        if name in UFUNCS:
            return x.__array_ufunc__(UFUNCS[name], "__call__", *[x] * UFUNCS[name].nin)
        return x.__array_function__(FUNCTIONS[name], (type(x),), (x,), {})

    with pytest.raises(TraceError, match=r"is not supported on traced|of a traced array is not supported") as caught:
        make_graph(ask, f64[3])
    assert advice_for(name) in str(caught.value)
    assert name in FUNCTION_ADVICE or advice_for(name) in MODULE_ADVICE.values()


def test_nothing_supported_has_advice() -> None:
    assert not SUPPORTED & set(FUNCTION_ADVICE)


def test_what_is_supported_is_of_numpy() -> None:
    """A name of the table that NumPy's list lacks is another name of one that is there."""
    for name in SUPPORTED - set(FUNCTIONS) - set(UFUNCS):
        assert callable(getattr(np, name)), name


@pytest.mark.skipif(not hasattr(np, "vecmat"), reason="the page is that of a NumPy which has all the functions")
def test_the_page_is_up_to_date() -> None:
    page = runpy.run_path(str(DOCS / "make_coverage.py"))["page"]()
    assert (DOCS / "coverage.md").read_text() == page, "run python docs/make_coverage.py"
