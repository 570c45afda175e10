"""C without Python around it: built with gradgen's compiler and flags, timed in a loop of C."""

from __future__ import annotations

import ctypes
import functools
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tool import Timer
from gradgen.native.compiler import find_compiler
from gradgen.native.load import external_address

__all__ = ["C_FOLDER", "Entry", "build_library", "numbers"]

C_FOLDER = Path(__file__).parent / "c"
ALIGNMENT = 64


def build_library(source: Path) -> ctypes.CDLL:
    """Compile a file and open it; its BLAS and LAPACK routines, if it names some, are bound."""
    compiler = find_compiler()
    if compiler is None:
        raise RuntimeError("the benchmarks need a C compiler")
    folder = Path(tempfile.mkdtemp(prefix="gradgen-bench-"))
    text = f'#include "{source.resolve()}"\n'  # beside nothing else, so that includes are found as the file has them
    copy = folder / source.name
    copy.write_text(text)
    compiler.build(copy, folder / "library.so")
    library = ctypes.CDLL(str(folder / "library.so"))
    _bind(library)
    return library


def _bind(library: ctypes.CDLL) -> None:
    try:
        names = (ctypes.c_char_p * 32).in_dll(library, "externals")
    except ValueError:
        return
    wanted = []
    for name in names:
        if name is None:
            break
        wanted.append(external_address(name.decode()))
    library.bind_routines((ctypes.c_void_p * len(wanted))(*wanted))


def numbers(value: Any) -> np.ndarray[Any, Any]:
    """An argument as C reads it: contiguous, float64 or int64, aligned."""
    array = np.asarray(value)
    return aligned(array.shape, np.int64 if array.dtype.kind in "iub" else np.float64, array)


def aligned(shape: tuple[int, ...], dtype: Any = np.float64, values: Any = 0) -> np.ndarray[Any, Any]:
    """An array that starts at a cache line."""
    count = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    room = np.empty(count + ALIGNMENT, np.uint8)
    start = -room.ctypes.data % ALIGNMENT
    array = room[start : start + count].view(dtype).reshape(shape)
    array[...] = values
    return array


@functools.cache
def _clock() -> Any:
    seconds_for = build_library(C_FOLDER / "clock.c").seconds_for
    seconds_for.restype = ctypes.c_double
    return seconds_for


class Entry:
    """An entry of a library with its arguments and results.

    Parameters
    ----------
    address : int
        Of a function of pointers to arguments, pointers to results, extents, and work.
    arguments : sequence
        Arrays and numbers.
    shapes : sequence of tuple of int
        Of the results.
    work_bytes : int
        How much work it asks for.
    """

    def __init__(
        self, address: int, arguments: Sequence[Any], shapes: Sequence[tuple[int, ...]], work_bytes: int
    ) -> None:
        self.address = ctypes.c_void_p(address)
        self.arguments = [numbers(argument) for argument in arguments]
        self.results = [aligned(shape) for shape in shapes]
        self.work = aligned((max(work_bytes, 8),), np.uint8)
        self.extents = extents(self.arguments)
        self._pointers = _pointers(self.arguments), _pointers(self.results)

    def seconds(self, calls: int) -> float:
        """The time of so many calls."""
        given, taken = self._pointers
        work = ctypes.c_void_p(self.work.ctypes.data)
        return float(_clock()(ctypes.c_long(calls), self.address, given, taken, self.extents, work))

    def timer(self) -> Timer:
        """`seconds`, as `Built` takes it."""
        return self.seconds

    def __call__(self) -> list[np.ndarray[Any, Any]]:
        self.seconds(1)
        return self.results


def extents(arrays: Sequence[np.ndarray[Any, Any]]) -> Any:
    """The extents of all arrays one after another."""
    flat = [extent for array in arrays for extent in array.shape]
    return (ctypes.c_ssize_t * max(len(flat), 1))(*flat)


def _pointers(arrays: Sequence[np.ndarray[Any, Any]]) -> Any:
    return (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))
