"""What all tests share: a cache folder of their own, the marker of slow tests, and rewriting of golden files."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/golden/*.c anew instead of comparing")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes more than a few seconds; `make check` leaves it out")


@pytest.fixture(scope="session", autouse=True)
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test sees what another run compiled, nor leaves anything behind; ``GRADGEN_CACHE_DIR`` is kept if set."""
    chosen = os.environ.get("GRADGEN_CACHE_DIR")
    if chosen is None:
        os.environ["GRADGEN_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if chosen is None:
        del os.environ["GRADGEN_CACHE_DIR"]
