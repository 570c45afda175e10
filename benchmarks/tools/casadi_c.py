"""CasADi's generated C, compiled with gradgen's compiler and flags."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any

import casadi as ca
import numpy as np

from benchmarks.native import Entry
from benchmarks.tool import Built, Timer
from benchmarks.tools._casadi import derivative, given, matrices, taken
from benchmarks.workload import Case
from gradgen.native.compiler import find_compiler

PACKAGE, KEEPS = "casadi", True

find_compiler()

# The uniform entry that `benchmarks.native` calls, behind CasADi's own.
ENTRY = """
int entry(void *const *arguments, void *const *results, const casadi_int *dims, void *work)
{{
  static casadi_int iw[{sz_iw} + 1];
  static casadi_real w[{sz_w} + 1];
  const casadi_real *arg[{sz_arg} + 1];
  casadi_real *res[{sz_res} + 1];
  for (int k = 0; k < {n_in}; ++k) arg[k] = arguments[k];
  for (int k = 0; k < {n_out}; ++k) res[k] = results[k];
  (void)dims, (void)work;
  return f(arg, res, iw, w, 0);
}}
"""


def build(case: Case) -> Built:
    """Written to C, compiled, and opened again; a second process finds the library."""
    folder = Path(os.environ["GRADGEN_BENCH_FOLDER"])
    library = folder / "casadi.so"
    if not library.exists():
        compile_c(derivative(case, "casadi_c"), folder, library)
    function, arguments = ca.external("f", str(library)), given(case)

    def call() -> Any:
        return taken(case, function(*arguments))

    return Built(call, {"gradient": kernel(case, library)})


def kernel(case: Case, library: Path) -> Timer:
    """Its C in the loop of C; matrices are stored by columns, the observations of a batch already are."""
    batched = case.workload.transform == "batched_jacobian"
    arguments = [a if batched else np.transpose(matrices(a)) for a in case.arguments]
    address = ctypes.cast(ctypes.CDLL(str(library)).entry, ctypes.c_void_p).value or 0
    return Entry(address, arguments, case.gradient_shapes, 0).timer()


def compile_c(function: Any, folder: Path, library: Path) -> None:
    """CasADi writes into the current folder."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        generator = ca.CodeGenerator("casadi.c")
        generator.add(function)
        generator.generate()
    finally:
        os.chdir(before)
    names = ("sz_iw", "sz_w", "sz_arg", "sz_res", "n_in", "n_out")
    with (folder / "casadi.c").open("a") as file:
        file.write(ENTRY.format(**{name: getattr(function, name)() for name in names}))
    compiler = find_compiler()
    assert compiler is not None
    compiler.build(folder / "casadi.c", library)
