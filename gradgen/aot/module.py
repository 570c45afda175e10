"""A Python module of exports: a folder that needs numpy and cffi, neither gradgen nor a compiler."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from gradgen._version import __version__
from gradgen.aot.build import write
from gradgen.aot.library import build_library
from gradgen.aot.structure import expression, taken
from gradgen.aot.stub import documentation, stub
from gradgen.aot.target import Machine
from gradgen.aot.unit import Unit
from gradgen.errors import ArgumentError
from gradgen.lower.dead import mentioned

__all__ = ["write_module"]

# What every module has a copy of, by its name there; all imports among them are written anew.
COPIED = {
    "errors": "errors.py",
    "types": "ir/types.py",
    "signature": "native/signature.py",
    "mismatch": "native/mismatch.py",
    "pure": "native/pure.py",
    "call": "native/call.py",
    "functions": "aot/functions.py",
}
COPIES = "_gradgen"
COPY_NOTICE = "# Part of gradgen. This copy is 0BSD, as what gradgen generates is: use it as you like.\n"
INDENT = "    "


def write_module(
    units: Sequence[Unit], folder: Path, name: str, machine: Machine | None = None, dispatcher: bool = True
) -> list[Path]:
    """Write the folder ``NAME``.

    Parameters
    ----------
    units : sequence of Unit
        What it holds.
    folder : Path
        Where.
    name : str
        That of the module.
    machine : Machine, optional
        For which machines; by default all of this kind.
    dispatcher : bool, optional
        Whether to bundle the extension for fast calls, which is for this machine and version of Python only.

    Raises
    ------
    ArgumentError
        If the name is none for a module.
    """
    if machine is not None and machine.target.startswith("wasm"):
        raise ArgumentError(f"a Python module cannot be made for {machine.target}; use --c, --shared or --object")
    if not name.isidentifier():
        raise ArgumentError(f"a module cannot be called {name!r}; choose a name with --name")
    top, machine = folder / name, machine or Machine()
    library = f"_{name}{machine.suffix}"
    texts = {"__init__.py": module_text(units, name, library), "__init__.pyi": stub(units), "py.typed": ""}
    written = [build_library(units, top / library, name, machine)]
    written += [write(top / file, text) for file, text in texts.items()]
    return [*written, *_copy_runtime(top / COPIES, dispatcher and not machine.target)]


def module_text(units: Sequence[Unit], name: str, library: str) -> str:
    """What ``__init__.py`` says; ``library`` is the file beside it."""
    groups = [list(group) for _, group in groupby(units, key=lambda unit: unit.label)]
    labels = [group[0].label for group in groups]
    lines = [f'"""{name}: compiled by gradgen {__version__}; it needs numpy and cffi only."""', ""]
    functions = "Function as _Function, Library as _Library, Pair as _Pair"
    lines += ["import os as _os", "", f"from .{COPIES}.functions import {functions}", ""]
    lines += [f"__all__ = {labels!r}", ""]
    lines += [f'_library = _Library(_os.path.join(_os.path.dirname(__file__), "{library}"))', ""]
    for group in groups:
        lines += [*(_function(*group) if len(group) == 1 else _pair(*group)), ""]
    return "\n".join(lines)


def _function(unit: Unit) -> Iterator[str]:
    nested = unit.result.nested()
    flat = all(tree.kind is None for _, tree in unit.parameters)
    yield f"{unit.label} = _Function("
    yield from _described(unit)
    yield from _kernel(unit, nested)
    if not flat or nested is None:
        yield f"{INDENT}take={taken(unit.parameters)},"
    if nested is None:
        yield f"{INDENT}give=lambda r: {expression(unit.result, unit.name)},"
    yield ")"


def _pair(forward: Unit, adjoint: Unit) -> Iterator[str]:
    used = mentioned(adjoint.nest.body)
    count = len(forward.arguments)
    read = tuple(k for k, array in enumerate(adjoint.arguments[:count]) if array.name in used and array.shape)
    yield f"{forward.label} = _Pair("
    yield from _described(forward)
    yield from _kernel(forward, None)
    yield from _kernel(adjoint, None)
    yield f"{INDENT}count={forward.result.count},"
    yield f"{INDENT}used={read!r},"
    yield f"{INDENT}take={taken(forward.parameters)},"
    yield f"{INDENT}give=lambda r: {expression(forward.result, forward.name)},"
    yield f"{INDENT}take_cotangent={taken([('ct', forward.result)])},"
    yield f"{INDENT}give_gradient=lambda r: {expression(adjoint.result, adjoint.name)},"
    yield ")"


def _described(unit: Unit) -> Iterator[str]:
    yield f"{INDENT}{unit.label!r},"
    yield f"{INDENT}{tuple(name for name, _ in unit.parameters)!r},"
    yield f"{INDENT}{documentation(unit)!r},"
    yield f"{INDENT}__name__,"


def _kernel(unit: Unit, tree: object) -> Iterator[str]:
    signature = unit.signature
    yield f"{INDENT}_library.kernel("
    for value in (
        unit.name,
        signature.slots(signature.arguments),
        signature.slots(signature.results),
        signature.dims,
        signature.argument_names,
        tree,
        unit.is_long,
    ):
        yield f"{INDENT * 2}{value!r},"
    yield f"{INDENT}),"


def _copy_runtime(folder: Path, dispatcher: bool) -> Iterator[Path]:
    package = Path(__file__).parents[1]
    yield write(folder / "__init__.py", COPY_NOTICE)
    for name, file in COPIED.items():
        yield write(folder / f"{name}.py", COPY_NOTICE + relative((package / file).read_text(encoding="utf-8")))
    extension = importlib.util.find_spec("gradgen._dispatch") if dispatcher else None
    for old in folder.glob("_dispatch*"):
        old.unlink()
    if extension is not None and extension.origin:
        origin = Path(extension.origin)
        yield write(folder / origin.name, origin.read_bytes())


def relative(text: str) -> str:
    """A file of gradgen with its imports from gradgen as those from the folder that it is in.

    Examples
    --------
    >>> relative("from gradgen.ir.types import Dim; from gradgen import _dispatch")
    'from .types import Dim; from . import _dispatch'
    """
    return re.sub(r"\bfrom gradgen((?:\.\w+)*) import\b", lambda m: f"from .{m[1].rpartition('.')[2]} import", text)
