"""C by hand, of the function alone and of the derivative: what all else is measured against."""

from __future__ import annotations

import ctypes

from benchmarks.native import C_FOLDER, Entry, build_library
from benchmarks.tool import Built, Unsupported
from benchmarks.workload import Case
from gradgen.native.compiler import find_compiler

PACKAGE, KEEPS = None, False

find_compiler()  # asked once per machine, and so not part of anybody's first gradient


def build(case: Case) -> Built:
    """Compile ``c/WORKLOAD.c``."""
    source = C_FOLDER / f"{case.name}.c"
    if not source.exists():
        raise Unsupported("not written")
    library = build_library(source)
    work = _work_size(library, case)
    gradient = Entry(_address(library, "gradient"), case.arguments, case.gradient_shapes, work)
    function = Entry(_address(library, "function"), case.inputs, [case.value_shape], work)
    return Built(gradient, {"gradient": gradient.timer(), "function": function.timer()}, by_python=False)


def _address(library: ctypes.CDLL, name: str) -> int:
    return ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0


def _work_size(library: ctypes.CDLL, case: Case) -> int:
    if not hasattr(library, "work_size"):
        return 0
    library.work_size.restype = ctypes.c_ssize_t
    return int(library.work_size(Entry(0, case.arguments, [], 0).extents))
