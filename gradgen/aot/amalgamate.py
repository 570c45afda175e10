"""Generated C and the headers it includes as one text, so that it compiles without gradgen.

A header comes where it is included first, unless an ``#if`` may leave that place out; a template, included
with other macros each time (``…_kernels.h``), comes each time. Of the runtime's comments the titles stay.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

from gradgen.native.paths import runtime_folder

__all__ = ["amalgamate"]

_INCLUDE = re.compile(r'#\s*include\s+"(gg_\w+\.h)"')
_INCLUDE_NAME = re.compile(r"#\s*include\s+(GG_\w+)")
_DEFINES = re.compile(r'#\s*define\s+(GG_\w+)\s+"(gg_\w+\.h)"')
_GUARD = re.compile(r"#ifndef GG_\w+_H$")
# A string, in which nothing is a comment, or a comment.
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|/\*.*?\*/', re.DOTALL)


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
    >>> whole = amalgamate('#include "gg_math.h"')
    >>> "gg_expit" in whole, "#include" in whole
    (True, False)
    """
    return "\n".join(_Inliner(folder or runtime_folder()).lines(text)) + "\n"


class _Inliner:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.named: dict[str, dict[str, None]] = {}  # macros, and the headers that they may stand for
        self.seen: list[set[str]] = [set()]  # what has been included, for each #if that is open

    def lines(self, text: str) -> Iterator[str]:
        for line in text.splitlines():
            self._follow(line)
            defined, included, by_name = _DEFINES.match(line), _INCLUDE.match(line), _INCLUDE_NAME.match(line)
            if defined:
                self.named.setdefault(defined[1], {})[defined[2]] = None
            elif included:
                yield from self._header(included[1])
            elif by_name:
                yield from self._either(*self.named[by_name[1]])
            else:
                yield line

    def _follow(self, line: str) -> None:
        """Keep account of the conditions: what one branch includes is not known to be there in another."""
        if line.startswith("#if"):
            self.seen.append(self.seen[-1] if _GUARD.match(line) else set(self.seen[-1]))
        elif line.startswith(("#else", "#elif")):
            self.seen[-1] = set(self.seen[-2])
        elif line.startswith("#endif"):
            self.seen.pop()

    def _either(self, small: str, large: str) -> Iterator[str]:
        """``#include NAME`` where NAME is defined, by GG_ONLY_SMALL, as one of two headers."""
        yield from self.lines(f'#ifdef GG_ONLY_SMALL\n#include "{small}"\n#else\n#include "{large}"\n#endif')

    def _header(self, name: str) -> Iterator[str]:
        text, guarded = _read(self.folder / name)
        if guarded and name in self.seen[-1]:
            return
        self.seen[-1].add(name)
        yield from self.lines(text)


@functools.cache
def _read(path: Path) -> tuple[str, bool]:
    """A header without its comments, and whether it is guarded against a second time."""
    text = path.read_text(encoding="utf-8")
    title = text.partition("\n")[0].removeprefix("/* ").removesuffix(" */").rstrip(".:")
    bare = _TOKEN.sub(lambda token: token[0] if token[0].startswith('"') else "", text)
    bare = re.sub(r"[ \t]+$", "", bare, flags=re.MULTILINE)
    bare = re.sub(r"(?m)^\\\n", "", bare)  # what is left of a comment inside a macro
    bare = re.sub(r"[ \t]+\\$", r" \\", bare, flags=re.MULTILINE)
    bare = re.sub(r"\n{2,}", "\n", bare).strip("\n")
    return f"/* ---- {title} */\n{bare}", any(map(_GUARD.match, bare.splitlines()))
