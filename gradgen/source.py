"""Where in the user's file a value was made: file, line, the statement's text and what it assigns.

Only file and line are taken while tracing (it happens once per operation); the text is read and
parsed when somebody asks, from `linecache`, so notebooks and interactive sessions work too.
"""

from __future__ import annotations

import ast
import dis
import functools
import itertools
import linecache
import os
import sys
import threading
from dataclasses import dataclass
from types import FrameType

import numpy as np

__all__ = ["NOWHERE", "Source", "caller", "expression"]

PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
# Frames of these belong to nobody's model: a value made below them was made by their caller.
NUMPY = os.path.dirname(os.path.abspath(np.__file__))
LIBRARIES = (NUMPY + os.sep, os.path.join(os.path.dirname(NUMPY), "scipy") + os.sep)
# So much of a statement is shown in a message.
LONGEST = 160


@dataclass(frozen=True, slots=True)
class Source:
    """A line of a user's file.

    Parameters
    ----------
    file : str
        File name as Python knows it; empty for a value that no line made.
    line : int
        Line number, from 1.
    """

    file: str = ""
    line: int = 0

    @property
    def text(self) -> str:
        """The whole statement at this line in one line of text, or an empty string."""
        statement = _statements(self.file).get(self.line)
        if statement is None:
            return linecache.getline(self.file, self.line).strip() if self.file else ""
        return statement[0]

    @property
    def target(self) -> str | None:
        """The one plain name that the statement at this line assigns, if it does."""
        statement = _statements(self.file).get(self.line)
        return statement[1] if statement else None

    def __str__(self) -> str:
        if not self.file:
            return "(no source line)"
        text = self.text
        shown = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
        return f"{os.path.basename(self.file)}:{self.line}:  {shown}"


NOWHERE = Source()


def caller() -> Source:
    """The innermost line on the stack that belongs neither to gradgen nor to NumPy."""
    frame = _users_frame()
    return Source(frame.f_code.co_filename, frame.f_lineno) if frame is not None else NOWHERE


def _users_frame() -> FrameType | None:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith(PACKAGE) and not file.startswith(LIBRARIES) and file[0] != "<":
            return frame
        # "<ipython-input-…>" and "<string>" are people's code, "<frozen …>" and "<__array_function__ …>" are not.
        if file[0] == "<" and not file.startswith(("<frozen", "<__array_function__")):
            return frame
        frame = frame.f_back
    return None


def expression() -> ast.expr | None:
    """The expression that the user's code is computing.

    None if that cannot be told: before Python 3.11, for a store, and where there is no source text.
    """
    frame = _users_frame()
    if (
        frame is None
        or sys.version_info < (3, 11)
        or dis.opname[frame.f_code.co_code[frame.f_lasti]].startswith("STORE")
    ):
        return None
    first, last, start, end = next(itertools.islice(frame.f_code.co_positions(), frame.f_lasti // 2, None))
    if first is None or last is None or start is None or end is None:
        return None
    # Columns count bytes.
    lines = [line.encode() for line in linecache.getlines(frame.f_code.co_filename)[first - 1 : last]]
    try:
        lines[-1] = lines[-1][:end]
        lines[0] = lines[0][start:]
        with _PARSER:
            return ast.parse(b"(" + b"".join(lines) + b")", mode="eval").body
    except (IndexError, SyntaxError, ValueError):
        return None


# CPython 3.11's parser loses count of its depth when threads parse at once.
_PARSER = threading.Lock()


@functools.lru_cache(maxsize=256)
def _statements(file: str) -> dict[int, tuple[str, str | None]]:
    """For each line of a file the innermost simple statement that covers it, and what it assigns."""
    lines = linecache.getlines(file)
    try:
        with _PARSER:
            tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        return {}
    found: dict[int, tuple[str, str | None]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            span = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            text = " ".join(lines[number - 1].strip() for number in span)
            found.update(dict.fromkeys(span, (text, _target(node))))
    return found


def _target(statement: ast.stmt) -> str | None:
    if any(isinstance(node, ast.Lambda) for node in ast.walk(statement)):
        return None  # a value of this line may be the lambda's, which the statement does not assign
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign):
        target = statement.target
    else:
        return None
    return target.id if isinstance(target, ast.Name) else None
