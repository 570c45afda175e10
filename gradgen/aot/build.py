"""`build`: all exports of a file, as files in a folder, each written as a whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from gradgen.aot.declare import Export
from gradgen.aot.header import header
from gradgen.aot.names import check_distinct, check_name
from gradgen.aot.public import symbols
from gradgen.aot.source import source
from gradgen.aot.unit import Unit, lower_export
from gradgen.aot.variants import choice, chooser

__all__ = ["lower_exports", "write", "write_c"]


def lower_exports(exports: Sequence[Export], progress: Callable[[str], None] = lambda line: None) -> list[Unit]:
    """The C functions of some exports, in order.

    Raises
    ------
    ArgumentError
        If a name is none in C, or two are the same.
    """
    for export in exports:
        check_name(export.name, export.source)
    units = []
    for export in exports:
        progress(f"{export.name}: {export.transform} of {export.function.__name__}")
        units += lower_export(export)
    check_distinct((symbol, f"{unit.export.name} ({unit.role})") for unit in units for symbol in symbols(unit))
    return units


def write_c(
    units: Sequence[Unit], folder: Path, stem: str, selftest: bool = False, variants: bool = False
) -> list[Path]:
    """Write ``STEM.c`` and ``STEM.h``; with ``variants`` a ``STEM.c`` that calls those of `gradgen.aot.variants`."""
    text = source(units, stem, selftest, choice(), chooser) if variants else source(units, stem, selftest)
    texts = {".c": text, ".h": header(units, stem, selftest)}
    return [write(folder / f"{stem}{suffix}", text) for suffix, text in texts.items()]


def write(path: Path, text: str | bytes) -> Path:
    """Write a file under another name, and rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".tmp-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode("utf-8"))
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    return path
