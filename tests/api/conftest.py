"""Every test of the public functions runs on both backends."""

from __future__ import annotations

import pytest

from gradgen.native.compiler import explain_absence, find_compiler


@pytest.fixture(params=["c", "numpy"])
def backend(request: pytest.FixtureRequest) -> str:
    if request.param == "c" and find_compiler() is None:
        pytest.skip(explain_absence())
    return str(request.param)
