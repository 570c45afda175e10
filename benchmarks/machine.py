"""What the machine can do at best: the speed of memory and of products of matrices, on the core that is measured on."""

from __future__ import annotations

import ctypes
import statistics

import numpy as np

from benchmarks.native import C_FOLDER, Entry, build_library

__all__ = ["limits"]

LARGE, CACHED, SIDE = 1 << 24, 1 << 20, 1024
ROUNDS = 7


def limits() -> dict[str, float]:
    """Bytes a second, read and in a triad, from memory and (8 MB) from the last cache; dgemm's flops a second."""
    library = build_library(C_FOLDER / "machine.c")
    x = np.ones(LARGE)
    square = np.ones((SIDE, SIDE))
    return {
        "read_bytes": 8 * LARGE / _seconds(library, "read_all", [x], ()),
        "triad_bytes": 24 * LARGE / _seconds(library, "triad", [x, x], (LARGE,)),
        "cached_read_bytes": 8 * CACHED / _seconds(library, "read_all", [x[:CACHED]], ()),
        "dgemm_flops": 2 * SIDE**3 / _seconds(library, "product", [square, square], (SIDE, SIDE)),
    }


def _seconds(library: ctypes.CDLL, name: str, arguments: list[np.ndarray], shape: tuple[int, ...]) -> float:
    """The median of a few runs."""
    address = ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0
    entry = Entry(address, arguments, [shape], 0)
    entry.seconds(1)
    return statistics.median(entry.seconds(1) for _ in range(ROUNDS))
