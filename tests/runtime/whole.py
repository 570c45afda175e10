"""Calls of the runtime's functions of whole matrices: `name(sizes…, flags…, inputs…, out, work)`, which give a status.

They are called at the addresses that a driver exports, with their LAPACK bound, and a workspace of the documented size.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradgen.lower.externals import EXTERNALS
from gradgen.native.load import external_address

OK, SINGULAR, NOT_POSITIVE_DEFINITE, NO_CONVERGENCE = 0, 1, 2, 3
SUFFIX = {np.dtype(np.float64): "", np.dtype(np.float32): "f"}
FENCE = 12345.0


def driver(headers: Iterable[str], names: Iterable[str]) -> str:
    """C text that exports the address of each function in both precisions, and binds what they call."""
    lines = [f'#include "{header}"' for header in headers]
    for function in (f"{name}{suffix}" for name in names for suffix in SUFFIX.values()):
        lines += [f"extern int (*const at_{function})();", f"int (*const at_{function})() = {function};"]
    lines += ["void bind(void *const *functions);", "void bind(void *const *functions)", "{", "    (void)functions;"]
    lines += [f"    gg_fortran_{r} = __extension__(gg_{r} *)functions[{k}];" for k, r in enumerate(routines(names))]
    return "\n".join([*lines, "}", ""])


def routines(names: Iterable[str]) -> list[str]:
    """All that the functions call, in the order in which `bind` of a driver takes them."""
    return sorted({r for name in names for s in SUFFIX.values() for r in EXTERNALS.get(f"{name}{s}", ())})


def bind(library: ctypes.CDLL, names: Iterable[str]) -> ctypes.CDLL:
    """The library, with SciPy's routines in it."""
    addresses = [external_address(routine) for routine in routines(names)]
    library.bind((ctypes.c_void_p * len(addresses))(*addresses))
    return library


@dataclass
class Caller:
    """Calls functions of a driver with a workspace of just the size that is documented."""

    library: ctypes.CDLL
    prefix: str
    work: dict[str, Callable[..., int]]

    def __call__(self, name: str, sizes: tuple[int, ...], flags: tuple[int, ...], *inputs: Any, out: int) -> Any:
        """The status, and the flat result; whoever writes outside of `out` or `work` fails here."""
        arrays = [np.ascontiguousarray(x) for x in inputs]
        kept = [x.copy() for x in arrays]
        dtype = arrays[0].dtype
        room = self.work[name](*sizes, *flags) if name in self.work else 0
        results = [np.full(size + 64, np.nan, dtype) for size in (out, room)]
        for result, size in zip(results, (out, room), strict=True):
            result[size:] = FENCE
        address = ctypes.c_void_p.in_dll(self.library, f"at_{self.prefix}{name}{SUFFIX[dtype]}").value
        kinds = [ctypes.c_ssize_t] * len(sizes) + [ctypes.c_int] * len(flags) + [ctypes.c_void_p] * (len(arrays) + 2)
        function = ctypes.CFUNCTYPE(ctypes.c_int, *kinds)(address)
        status = function(*sizes, *flags, *(x.ctypes.data for x in (*arrays, *results)))
        assert all(np.all(result[size:] == FENCE) for result, size in zip(results, (out, room), strict=True))
        assert all(np.array_equal(x, old, equal_nan=True) for x, old in zip(arrays, kept, strict=True))
        return status, results[0][:out]
