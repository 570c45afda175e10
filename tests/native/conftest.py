"""The entries of kernels.c, compiled once, called through both kinds of Kernel."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from gradgen.native.cache import Cache, Entry
from gradgen.native.compiler import Compiler, explain_absence, find_compiler
from gradgen.native.load import open_library
from gradgen.native.mismatch import mismatch_error, status_error
from gradgen.native.signature import Signature
from tests.native.entries import SIGNATURES, SOURCE


@pytest.fixture(scope="session")
def compiler() -> Compiler:
    found = find_compiler()
    if found is None:
        pytest.skip(explain_absence())
    return found


@pytest.fixture(scope="session")
def built(compiler: Compiler, tmp_path_factory: pytest.TempPathFactory) -> Entry:
    """The library of kernels.c; its signature is that of `add`."""
    cache = Cache(tmp_path_factory.mktemp("kernels"))
    return cache.store("kernels", "kernels", SOURCE, SIGNATURES["add"], compiler.build)


@pytest.fixture(params=["extension", "pure"])
def calls(request: pytest.FixtureRequest) -> ModuleType:
    """A module with `Kernel` and `Dispatcher`."""
    if request.param == "pure":
        return importlib.import_module("gradgen.native.pure")
    extension = pytest.importorskip("gradgen._dispatch", reason="the extension is not built", exc_type=ImportError)
    extension.set_status_handler(status_error)
    extension.set_mismatch_handler(mismatch_error)
    return extension


@pytest.fixture
def kernel(calls: ModuleType, built: Entry) -> Callable[..., Any]:
    """``kernel("add", hidden=…, tree=…)`` or ``kernel(signature)``."""

    def make(given: str | Signature, **options: Any) -> Any:
        signature = SIGNATURES[given] if isinstance(given, str) else given
        addresses = open_library(replace(built, signature=signature))
        slots = signature.slots(signature.arguments), signature.slots(signature.results)
        return calls.Kernel(
            signature.name, addresses.call, addresses.work_size, *slots, signature.dims, signature.argument_names,
            **options,
        )  # fmt: skip

    return make
