"""gradgen: the function as it stands."""

from __future__ import annotations

from typing import Any

import gradgen as gg
from benchmarks.native import Entry
from benchmarks.tool import Built, Timer
from benchmarks.workload import Case
from gradgen.native.cache import Cache
from gradgen.native.compiler import find_compiler
from gradgen.native.load import open_library

PACKAGE, KEEPS, VERSION = None, True, gg.__version__

find_compiler()  # asked once per machine, and so not part of anybody's first gradient


def build(case: Case) -> Built:
    """Compile the derivative on the first call."""
    derivative = differentiate(case)

    def call() -> Any:
        return derivative(*case.arguments)

    return Built(call, {"gradient": _kernel(case)})


def differentiate(case: Case) -> Any:
    """The transform that is asked for."""
    function, argnums = case.workload.function, case.workload.argnums
    by: Any = argnums if len(argnums) > 1 else argnums[0]
    match case.workload.transform:
        case "value_and_grad":
            return gg.value_and_grad(function, argnums=by)
        case "hessian":
            return gg.hessian(function, argnums=by)
        case "hvp":
            return gg.hvp(function, argnums=by)
        case "jacobian":
            return gg.jacobian(function, argnums=by)
        case _:
            return gg.vmap(gg.jacobian(function, argnums=by))


def _kernel(case: Case) -> Timer:
    """The kernel in the loop of C: the newest in the cache folder that this process was given."""
    made: list[Entry] = []

    def seconds(calls: int) -> float:
        if not made:
            entry = max(Cache().entries(), key=lambda entry: entry.library.stat().st_mtime)
            addresses, signature = open_library(entry), entry.signature
            shapes = [tuple(map(int, type_.shape)) for type_ in signature.results]
            made.append(Entry(addresses.call, case.arguments, shapes, _work_bytes(addresses.work_size)))
        return made[0].seconds(calls)

    return seconds


def _work_bytes(address: int) -> int:
    import ctypes

    return int(ctypes.CFUNCTYPE(ctypes.c_ssize_t, ctypes.c_void_p)(address)(None))
