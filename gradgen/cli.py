"""The command line: ``gradgen build | emit | show | check | bench | cache | doctor``, or ``python -m gradgen``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradgen._version import __version__
from gradgen.errors import ArgumentError, GradgenError, counted

if TYPE_CHECKING:
    from gradgen.aot.declare import Export
    from gradgen.aot.target import Machine
    from gradgen.aot.unit import Unit
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
    _add_show(commands.add_parser("show", help="draw what a file exports: loops, sweeps, sizes, the C of each value"))
    _add_bench(commands.add_parser("bench", help="time what a file exports, against its value alone and NumPy"))
    _add_cache(commands.add_parser("cache", help="the kernels that sessions have compiled"))
    doctor = commands.add_parser("doctor", help="what compiler, BLAS, vector maths and cache are found")
    doctor.set_defaults(run=_doctor)
    return parser


# --- build -----------------------------------------------------------------------------------------------


def _add_build(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a file with functions that are marked @gg.export(...)")
    parser.add_argument("-o", "--output", type=Path, default=Path(), help="the folder (default: this one)")
    parser.add_argument("--c", action="store_true", help="a .c and a .h, which need libm only (the default)")
    parser.add_argument("--cmake", action="store_true", help="those, with a CMakeLists.txt and for pkg-config")
    parser.add_argument("--shared", action="store_true", help="a shared library, and its .h")
    parser.add_argument("--object", action="store_true", help="an object file, and its .h")
    parser.add_argument("--module", action="store_true", help="a Python module that needs numpy and cffi only")
    parser.add_argument("--name", help="of what is made (default: the file's)")
    parser.add_argument("--selftest", action="store_true", help="store inputs and expected results: NAME_selftest()")
    parser.add_argument("--march", default="", help="instructions to use, as -march of the compiler has them")
    parser.add_argument("--libmvec", action="store_true", help="vector functions of glibc 2.35 or later")
    parser.add_argument("--variants", action="store_true", help="for AVX2 and AVX-512 too, chosen when it is loaded")
    parser.add_argument("--target", default="", help="another kind of machine, as aarch64-linux-gnu; needs ziglang")
    parser.add_argument("--no-dispatcher", action="store_true", help="for any version of Python; calls are slower")
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing")
    parser.set_defaults(run=_build)


def _build(given: argparse.Namespace) -> int:
    from gradgen.aot.build import lower_exports
    from gradgen.aot.declare import load_module
    from gradgen.aot.summary import summary
    from gradgen.aot.target import Machine

    say: Callable[[str], None] = (lambda line: None) if given.quiet else print
    start = time.perf_counter()
    machine = Machine(given.march, given.libmvec, given.target, given.variants)
    if machine != Machine() and not (given.shared or given.object or given.module):
        raise ArgumentError("these options are for what is compiled here; add --shared, --object or --module")
    units = lower_exports(load_module(given.file)[1], lambda line: say(f"lowering  {line}"))
    for unit in units:
        say(f"  {unit.name}: {summary(unit)}")
    for path in _written(units, given, machine, say):
        say(f"wrote     {path} ({path.stat().st_size:,} B)")
    say(f"{counted(len(units), 'function')} in {time.perf_counter() - start:.1f} s")
    return 0


def _written(
    units: list[Unit], given: argparse.Namespace, machine: Machine, say: Callable[[str], None]
) -> Iterator[Path]:
    from gradgen.aot.build import write, write_c
    from gradgen.aot.cmake import write_cmake
    from gradgen.aot.header import header
    from gradgen.aot.library import build_library, build_object
    from gradgen.aot.module import write_module

    name, folder = given.name or given.file.stem, given.output
    if given.c or given.cmake or not (given.shared or given.object or given.module):
        yield from write_c(units, folder, name, given.selftest)
    elif given.shared or given.object:
        yield write(folder / f"{name}.h", header(units, name, given.selftest))
    if given.cmake:
        yield from write_cmake(units, folder, name)
    if given.shared:
        say("compiling the library")
        library = folder / f"{machine.prefix}{name}{machine.suffix}"
        yield build_library(units, library, name, machine, given.selftest)
    if given.object:
        say("compiling the object file")
        yield build_object(units, folder / f"{name}.o", name, machine, given.selftest)
    if given.module:
        say("compiling the module")
        yield from write_module(units, folder, name, machine, not given.no_dispatcher)


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


# --- show ------------------------------------------------------------------------------------------------


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a file with functions that are marked @gg.export(...)")
    parser.add_argument("-k", dest="names", metavar="NAME", action="append", default=[], help="which; default all")
    parser.add_argument("-o", "--output", type=Path, help="a page, .html, or one picture, .svg (default: FILE.html)")
    parser.set_defaults(run=_show)


def _show(given: argparse.Namespace) -> int:
    from gradgen.aot.build import lower_exports
    from gradgen.c import emit
    from gradgen.picture import Picture, make_figure

    units = lower_exports(_chosen(given))
    picture = Picture([make_figure(unit.graph, unit.nest, emit(unit.nest)) for unit in units])
    path = picture.save(given.output or Path(f"{given.file.stem}.html"))
    print(f"wrote {path} ({path.stat().st_size:,} B)")
    return 0


# --- chosen by name --------------------------------------------------------------------------------------


def _chosen(given: argparse.Namespace) -> list[Export]:
    """The exports that are named; all if none is."""
    from gradgen.aot.declare import load_module

    found = load_module(given.file)[1]
    known = {name for export in found for name in (export.name, export.function.__name__)}
    unknown = [name for name in given.names if name not in known]
    if unknown:
        raise ArgumentError(f"{given.file.name} does not export {unknown[0]}; it has {', '.join(sorted(known))}")
    return [e for e in found if not given.names or {e.name, e.function.__name__}.intersection(given.names)]


# --- bench -----------------------------------------------------------------------------------------------


def _add_bench(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, help="as for build; without one, the tools side by side")
    parser.add_argument("names", nargs="*", help="which exports; by default all")
    parser.add_argument("--size", action="append", default=[], metavar="n=1000", help="of a named dimension")
    parser.add_argument("--quick", action="store_true", help="without a file: gradgen and the C by hand only")
    parser.set_defaults(run=_bench)


def _bench(given: argparse.Namespace) -> int:
    from gradgen.aot.bench import bench_export, parse_sizes, run_tools, table

    if given.file is None:
        return run_tools(given.quick)
    sizes = parse_sizes(given.size)
    for line in table([bench_export(export, sizes) for export in _chosen(given)]):
        print(line)
    return 0


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
