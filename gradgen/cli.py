"""The command line: ``gradgen build | emit | check | cache | doctor``, or ``python -m gradgen``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradgen._version import __version__
from gradgen.errors import ArgumentError, GradgenError, counted

if TYPE_CHECKING:
    from gradgen.aot.declare import Export
    from gradgen.native.cache import Cache

__all__ = ["main"]

DAY = 86400.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.

    Returns
    -------
    int
        0, or 1 if something went wrong, which is then said on standard error.
    """
    given = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = given.run
    try:
        return run(given)
    except BrokenPipeError:  # as in `gradgen emit kernels.py | head`
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  # or Python complains when it ends
        return 1
    except (GradgenError, OSError) as error:
        print(f"gradgen: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gradgen", description="Derivatives of NumPy functions, compiled.")
    parser.add_argument("--version", action="version", version=f"gradgen {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_build(commands.add_parser("build", help="compile what a file exports: C, a library, a Python module"))
    emit = commands.add_parser("emit", help="print the C of what a file exports")
    check = commands.add_parser("check", help="compare derivatives of what a file exports with differences")
    for command, run in ((emit, _emit), (check, _check)):
        command.add_argument("file", type=Path, help="a file with functions that are marked @gg.export(...)")
        command.add_argument("names", nargs="*", help="which exports; by default all")
        command.set_defaults(run=run)
    emit.add_argument("--whole", action="store_true", help="with the runtime that it needs, ready to compile")
    check.add_argument("--order", type=int, default=1, help="derivatives up to this order (default: 1)")
    _add_cache(commands.add_parser("cache", help="the kernels that sessions have compiled"))
    doctor = commands.add_parser("doctor", help="what compiler, BLAS, vector maths and cache are found")
    doctor.set_defaults(run=_doctor)
    return parser


# --- build -----------------------------------------------------------------------------------------------


def _add_build(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a file with functions that are marked @gg.export(...)")
    parser.add_argument("-o", "--output", type=Path, default=Path(), help="the folder (default: this one)")
    parser.add_argument("--c", action="store_true", help="a .c and a .h, which need libm only (the default)")
    parser.add_argument("--shared", action="store_true", help="a shared library, and its .h")
    parser.add_argument("--module", action="store_true", help="a Python module that needs numpy and cffi only")
    parser.add_argument("--name", help="of what is made (default: the file's)")
    parser.add_argument("--selftest", action="store_true", help="store inputs and expected results: NAME_selftest()")
    parser.add_argument("--march", default="", help="instructions to use, as -march of the compiler has them")
    parser.add_argument("--libmvec", action="store_true", help="vector functions of glibc 2.35 or later")
    parser.add_argument("--no-dispatcher", action="store_true", help="for any version of Python; calls are slower")
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing")
    parser.set_defaults(run=_build)


def _build(given: argparse.Namespace) -> int:
    from gradgen.aot.build import lower_exports, write_c
    from gradgen.aot.declare import load_module
    from gradgen.aot.header import header
    from gradgen.aot.library import build_library
    from gradgen.aot.module import write_module
    from gradgen.aot.summary import summary
    from gradgen.native.toolchain import LIBRARY_SUFFIX

    say: Callable[[str], None] = (lambda line: None) if given.quiet else print
    start, name, folder = time.perf_counter(), given.name or given.file.stem, given.output
    units = lower_exports(load_module(given.file)[1], lambda line: say(f"lowering  {line}"))
    for unit in units:
        say(f"  {unit.name}: {summary(unit)}")
    written: list[Path] = []
    if given.c or not (given.shared or given.module):
        written += write_c(units, folder, name, given.selftest)
    if given.shared:
        say("compiling the library")
        written.append(build_library(units, folder / f"lib{name}{LIBRARY_SUFFIX}", name, given.march, given.libmvec))
        if not given.c:
            from gradgen.aot.build import write

            written.append(write(folder / f"{name}.h", header(units, name)))
    if given.module:
        say("compiling the module")
        written += write_module(units, folder, name, given.march, given.libmvec, not given.no_dispatcher)
    for path in written:
        say(f"wrote     {path} ({path.stat().st_size:,} B)")
    say(f"{counted(len(units), 'function')} in {time.perf_counter() - start:.1f} s")
    return 0


# --- emit, check -----------------------------------------------------------------------------------------


def _emit(given: argparse.Namespace) -> int:
    from gradgen.aot.build import lower_exports
    from gradgen.aot.source import source
    from gradgen.c import emit

    units = lower_exports(_chosen(given))
    print(source(units, given.file.stem) if given.whole else emit(*[unit.nest for unit in units]), end="")
    return 0


def _check(given: argparse.Namespace) -> int:
    from gradgen.aot.check import check_export

    failed = 0
    for export in _chosen(given):
        try:
            print(f"ok      {export.name}: {check_export(export, given.order)}")
        except GradgenError as error:
            failed += 1
            print(f"FAILED  {export.name}: {error}")
    return 1 if failed else 0


def _chosen(given: argparse.Namespace) -> list[Export]:
    """The exports that are named; all if none is."""
    from gradgen.aot.declare import load_module

    found = load_module(given.file)[1]
    known = {name for export in found for name in (export.name, export.function.__name__)}
    unknown = [name for name in given.names if name not in known]
    if unknown:
        raise ArgumentError(f"{given.file.name} does not export {unknown[0]}; it has {', '.join(sorted(known))}")
    return [e for e in found if not given.names or {e.name, e.function.__name__}.intersection(given.names)]


# --- cache -----------------------------------------------------------------------------------------------


def _add_cache(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="action")
    prune = actions.add_parser("prune", help="remove what is damaged, and what is old")
    prune.add_argument("--days", type=float, default=30.0, help="older than this (default: 30)")
    prune.set_defaults(run=_prune)
    plain = (("ls", "list them", _ls), ("verify", "look for damaged ones", _verify), ("clear", "remove all", _clear))
    for name, text, run in plain:
        actions.add_parser(name, help=text).set_defaults(run=run)


def _cache() -> Cache:
    from gradgen.native.cache import Cache

    return Cache()


def _ls(_: argparse.Namespace) -> int:
    cache = _cache()
    entries = cache.entries()
    for entry in entries:
        state = entry.library.stat()
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(state.st_mtime))
        print(f"{entry.library.parent.name[:12]}  {when}  {state.st_size:>9,} B  {entry.signature}")
    size = sum(entry.library.stat().st_size for entry in entries)
    print(f"{counted(len(entries), 'kernel')}, {size:,} B in {cache.root}")
    return 0


def _verify(_: argparse.Namespace) -> int:
    cache = _cache()
    damaged = cache.damaged()
    for folder in damaged:
        print(f"damaged  {folder}")
    remedy = "; gradgen cache prune removes them" if damaged else ""
    print(f"{counted(len(cache.entries()), 'sound kernel')}, {len(damaged)} damaged{remedy}")
    return 1 if damaged else 0


def _prune(given: argparse.Namespace) -> int:
    print(f"removed {counted(len(_cache().prune(given.days * DAY)), 'folder')}")
    return 0


def _clear(_: argparse.Namespace) -> int:
    cache = _cache()
    count = len(cache.entries())
    cache.clear()
    print(f"removed {counted(count, 'kernel')} from {cache.root}")
    return 0


# --- doctor ----------------------------------------------------------------------------------------------


def _doctor(_: argparse.Namespace) -> int:
    from gradgen.aot.doctor import findings

    for what, found in findings():
        print(f"{what:<12}{found}")
    return 0
