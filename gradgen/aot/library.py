"""A shared library, or an object file, of exports: for every machine of this kind, or of another."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from gradgen.aot.build import write, write_c
from gradgen.aot.public import symbols
from gradgen.aot.source import needs_library
from gradgen.aot.target import Machine
from gradgen.aot.unit import WHOLE, Unit
from gradgen.aot.variants import variant_sources
from gradgen.errors import ArgumentError, GradgenError
from gradgen.native.toolchain import Compiler

__all__ = ["build_library", "build_object"]

# What links, and means nothing for an object file.
LINKING = ("-shared", "-Wl,", "-mexec-model=")


def build_library(
    units: Sequence[Unit], path: Path, stem: str, machine: Machine | None = None, selftest: bool = False
) -> Path:
    """Write the shared library.

    Parameters
    ----------
    units : sequence of Unit
        What it holds.
    path : Path
        The file.
    stem : str
        The name of the C that is compiled.
    machine : Machine, optional
        For which machines; by default all of this kind.
    selftest : bool, optional
        Whether it can prove itself.

    Raises
    ------
    GradgenError
        If there is no compiler, or the functions need a LAPACK.
    """
    machine = machine or Machine()
    _refuse_lapack(units)
    compiler = machine.compiler(stem, _exported(units, selftest))

    def compile_in(folder: Path) -> Path:
        built = folder / f"{stem}{machine.suffix}"
        given = compiler.flags
        if machine.variants:
            for name, text, flags in variant_sources(units):
                made = folder / f"{stem}_{name}.o"
                _objects(compiler, flags).build(write(made.with_suffix(".c"), text), made)
                given = (*given, str(made))
        write_c(units, folder, stem, selftest, machine.variants)
        replace(compiler, flags=given).build(folder / f"{stem}.c", built)
        return built

    return _made(compile_in, path, executable=True)


def build_object(
    units: Sequence[Unit], path: Path, stem: str, machine: Machine | None = None, selftest: bool = False
) -> Path:
    """Write an object file, to be linked into a program; parameters and errors as for `build_library`."""
    machine = machine or Machine()
    if machine.variants:
        raise ArgumentError("--variants are of a library, which chooses when it is loaded, not of an object file")
    compiler = _objects(machine.compiler())

    def compile_in(folder: Path) -> Path:
        write_c(units, folder, stem, selftest)
        compiler.build(folder / f"{stem}.c", folder / f"{stem}.o")
        return folder / f"{stem}.o"

    return _made(compile_in, path)


def _made(compile_in: Callable[[Path], Path], path: Path, executable: bool = False) -> Path:
    """What is compiled in a folder for the while, as a whole or not at all."""
    with tempfile.TemporaryDirectory(prefix="gradgen-") as name:
        made = write(path, compile_in(Path(name)).read_bytes())
    if executable:
        made.chmod(made.stat().st_mode | 0o111)
    return made


def _objects(compiler: Compiler, flags: Sequence[str] = ()) -> Compiler:
    """The compiler as it makes object files."""
    kept = [flag for flag in compiler.flags if not flag.startswith(LINKING) and flag != "-s"]
    return replace(compiler, flags=(*kept, *flags, "-c"))


def _refuse_lapack(units: Sequence[Unit]) -> None:
    if needs_library(units):
        names = ", ".join(unit.name for unit in units if needs_library([unit]))
        reason = "eigenvalues of matrices without symmetry, or Sylvester's equation, which need LAPACK"
        raise GradgenError(f"{names}: {reason}; use --c, and link the C with it")


def _exported(units: Sequence[Unit], selftest: bool) -> list[str]:
    """The public names."""
    found = []
    for unit in units:
        inside = {part.name for part in unit.nest.parts} | ({unit.nest.name} if unit.role != WHOLE else set())
        found += [name for name in symbols(unit) if name not in inside and (selftest or "_selftest" not in name)]
    return found
