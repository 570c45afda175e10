"""Every test here needs a compiler; the folder of what they build is shared by the tests of one run."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradgen.native.compiler import explain_absence, find_compiler


@pytest.fixture(scope="session", autouse=True)
def needs_compiler(cache_of_its_own: None) -> None:
    if find_compiler() is None:
        pytest.skip(explain_absence())


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where sources and libraries go."""
    return tmp_path_factory.mktemp("built")
