"""Generated C and the headers it includes as one text, so that it compiles without gradgen.

Each header comes once, where it is included first; what is a template, included with other macros each time
(``…_kernels.h``), comes each time. Comments of the runtime go, but for the first line of each header.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

from gradgen.native.paths import runtime_folder

__all__ = ["amalgamate", "runtime_text"]

_INCLUDE = re.compile(r'#\s*include\s+"(gg_\w+\.h)"')
_NAMED = re.compile(r"#\s*include\s+(GG_\w+)")
_DEFINES = re.compile(r'#\s*define\s+(GG_\w+)\s+"(gg_\w+\.h)"')
_GUARD = re.compile(r"#ifndef (GG_\w+_H)\n#define \1\n")
# A comment, or a string, in which nothing is one.
_TOKEN = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\])*"|//[^\n]*', re.DOTALL)


def amalgamate(text: str, folder: Path | None = None) -> str:
    """The text with each ``#include "gg_….h"`` replaced by that header.

    Parameters
    ----------
    text : str
        C that includes headers of the runtime.
    folder : Path, optional
        Where they are; by default gradgen's own.

    Examples
    --------
    >>> "typedef" in amalgamate('#include "gg_math.h"'), "#include" in amalgamate('#include "gg_math.h"')
    (True, False)
    """
    return "\n".join(_expanded(text.splitlines(), folder or runtime_folder(), set(), {})) + "\n"


def runtime_text(header: str) -> str:
    """One header of the runtime, with those it includes, by itself."""
    return amalgamate(f'#include "{header}"\n')


def _expanded(lines: list[str], folder: Path, seen: set[str], macros: dict[str, list[str]]) -> Iterator[str]:
    """Lines with the headers in the place of their includes; ``macros`` are names that stand for headers."""
    for line in lines:
        defined, included, named = _DEFINES.match(line), _INCLUDE.match(line), _NAMED.match(line)
        if defined:
            macros.setdefault(defined[1], []).append(defined[2])
        elif included:
            yield from _header(included[1], folder, seen, macros)
        elif named:
            yield from _choice(named[1], folder, seen, macros)
        else:
            yield line


def _choice(name: str, folder: Path, seen: set[str], macros: dict[str, list[str]]) -> Iterator[str]:
    """``#include NAME``, where NAME is one of two headers: the first if GG_ONLY_SMALL is defined."""
    small, large = macros[name]
    yield "#ifdef GG_ONLY_SMALL"
    yield from _header(small, folder, seen, macros)
    yield "#else"
    yield from _header(large, folder, seen, macros)
    yield "#endif"


def _header(name: str, folder: Path, seen: set[str], macros: dict[str, list[str]]) -> Iterator[str]:
    text, guarded = _read(folder / name)
    if name in seen and guarded:
        return
    seen.add(name)
    yield from _expanded(text.splitlines(), folder, seen, macros)


@functools.cache
def _read(path: Path) -> tuple[str, bool]:
    """A header without its comments, and whether it is guarded against a second time."""
    text = path.read_text(encoding="utf-8")
    title = text.partition("\n")[0].removeprefix("/* ").removesuffix(" */")
    bare = re.sub(r"[ \t]+(?=\n|\\\n)", " ", _TOKEN.sub(_without_comment, text))
    bare = re.sub(r" +\n", "\n", bare)
    bare = re.sub(r"\n{2,}", "\n", bare).strip("\n")
    return f"/* ---- {title} ---- */\n{bare}", bool(_GUARD.search(text))


def _without_comment(token: re.Match[str]) -> str:
    return token[0] if token[0].startswith('"') else " "
