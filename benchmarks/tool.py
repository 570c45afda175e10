"""What measures: one file in `benchmarks/tools` for each tool, with the constants of `Tool` in it.

A file says ``PACKAGE``, the distribution whose version is noted, or None with, perhaps, a ``VERSION``; ``KEEPS``,
whether a second process finds on disk what the first one compiled; and ``build(case)``, which makes a `Built`. What it
imports is not part of its first derivative; ``build`` and the first call are. `benchmarks/table.py` has the order and
the headings of the columns; a tool not named there comes last.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

__all__ = ["Built", "Unsupported", "load_tool", "tool_names"]

Timer = Callable[[int], float]


class Unsupported(Exception):
    """The tool cannot do it; the text says why, and stands in the results."""


@dataclass(frozen=True)
class Built:
    """A derivative that can be called.

    Parameters
    ----------
    call : callable
        Without arguments: NumPy arrays to a finished result, as a user calls it.
    timers : mapping of str to callable
        ``gradient`` and ``function`` without Python: seconds for so many calls. The first use may build them.
    by_python : bool
        Whether `call` is how a user calls it; if not, only the timers count.
    """

    call: Callable[[], Any]
    timers: Mapping[str, Timer] = field(default_factory=dict)
    by_python: bool = True


def arrays(result: Any) -> list[np.ndarray[Any, Any]]:
    """The results in order, whatever they were packed in."""
    if isinstance(result, (tuple, list)):
        return [array for part in result for array in arrays(part)]
    return [np.asarray(result, dtype=np.float64)]


def tool_names() -> list[str]:
    """The files there are; none is imported, because each runs in a process of its own."""
    folder = Path(__file__).parent / "tools"
    return sorted(module.name for module in pkgutil.iter_modules([str(folder)]) if not module.name.startswith("_"))


def load_tool(name: str) -> ModuleType:
    """Import one."""
    return importlib.import_module(f"benchmarks.tools.{name}")
