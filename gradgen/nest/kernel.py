"""Loop IR, the whole: arrays, a kernel, and the parts that a long one is cut into.

    kernel = name (array …) part … statement …
    array  = dtype [extent, …] and where it is kept
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gradgen.ir.types import Extent
from gradgen.nest.grammar import Statement

__all__ = ["Array", "Kernel", "Part"]


@dataclass(frozen=True, slots=True)
class Array:
    """Storage: ``input``, ``output``, ``stack`` (a C array of the function), ``arena`` or ``data`` (constants).

    ``slot`` is the byte offset in the arena; -1 where sizes are known only at call time and the array
    follows those before it.
    """

    name: str
    dtype: np.dtype
    shape: tuple[Extent, ...]
    storage: str
    data: bytes = b""
    slot: int = -1


@dataclass(frozen=True, slots=True)
class Part:
    """A function of its own that a kernel calls: the arrays, dimensions and statements of a stretch of it.

    ``shares`` if it takes or leaves numbers in the array ``shared``.
    """

    name: str
    arrays: tuple[Array, ...]
    dims: tuple[str, ...]
    body: tuple[Statement, ...]
    shares: bool = False


@dataclass(frozen=True, slots=True)
class Kernel:
    """A function: its arrays in the order of arguments and results, its statements, and what it needs.

    ``least`` are the sizes that named dimensions must have at least, ``sites`` the user's lines of the calls
    that may fail.
    """

    name: str
    title: str
    dims: tuple[str, ...]
    arrays: tuple[Array, ...]
    body: tuple[Statement, ...]
    work_size: int = 0
    least: tuple[tuple[str, int], ...] = ()
    externals: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    sites: tuple[str, ...] = ()

    def of(self, *storages: str) -> Iterator[Array]:
        """The arrays kept in any of these places, in order."""
        return (array for array in self.arrays if array.storage in storages)
