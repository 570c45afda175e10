"""A shared library of exports, by the compiler of this machine, for every machine of its kind."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gradgen.aot.build import write, write_c
from gradgen.aot.source import needs_library
from gradgen.aot.unit import Unit
from gradgen.errors import GradgenError
from gradgen.native.compiler import Compiler, explain_absence, find_compiler
from gradgen.native.toolchain import LIBRARY_SUFFIX

__all__ = ["build_library", "portable"]

# What makes code for the processor, or the C library, of this machine.
PARTICULAR = ("-march=", "-mcpu=", "-mprefer-vector-width=", "-DGG_LIBMVEC")


def portable(compiler: Compiler, march: str = "", libmvec: bool = False) -> Compiler:
    """The compiler with flags for every machine of its kind, or for one that has the instructions named."""
    flags = [flag for flag in compiler.flags if not flag.startswith(PARTICULAR)]
    chosen = [f"-march={march}"] if march else []
    vectors = ["-DGG_LIBMVEC"] if libmvec and "-DGG_LIBMVEC" in compiler.flags else []
    return replace(compiler, flags=(*flags, *chosen, *vectors))


def build_library(units: Sequence[Unit], path: Path, stem: str, march: str = "", libmvec: bool = False) -> Path:
    """Write the shared library.

    Raises
    ------
    GradgenError
        If there is no compiler, or the functions need a LAPACK.
    """
    found = find_compiler()
    if found is None:
        raise GradgenError(explain_absence())
    if needs_library(units):
        names = ", ".join(unit.name for unit in units if needs_library([unit]))
        reason = "eigenvalues of matrices without symmetry, or Sylvester's equation, which need LAPACK"
        raise GradgenError(f"{names}: {reason}; use --c, and link the C with it")
    with tempfile.TemporaryDirectory(prefix="gradgen-") as name:
        folder = Path(name)
        write_c(units, folder, stem)
        built = folder / f"{stem}{LIBRARY_SUFFIX}"
        portable(found, march, libmvec).build(folder / f"{stem}.c", built)
        made = write(path, built.read_bytes())
    made.chmod(made.stat().st_mode | 0o111)
    return made
