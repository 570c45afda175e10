"""Calls of the runtime's matrix functions: drivers in C, arrays in NumPy."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence

import numpy as np

Array = np.ndarray
Load = Callable[[str], ctypes.CDLL]
TYPES = {"": np.float64, "f": np.float32}
OK, SINGULAR, NOT_POSITIVE_DEFINITE = 0, 1, 2
FENCE = 12345.0

# The C parameters of each function; `R` stands for the type.
SIGNATURES = {
    "cholesky": ["ptrdiff_t n", "const R *a", "R *out", "R *work"],
    "lu": ["ptrdiff_t n", "const R *a", "R *out", "R *work"],
    "lu_solve": ["ptrdiff_t n", "ptrdiff_t k", "const R *f", "const R *b", "R *out", "R *work"],
    "lu_solve_t": ["ptrdiff_t n", "ptrdiff_t k", "const R *f", "const R *b", "R *out", "R *work"],
    "lu_inverse": ["ptrdiff_t n", "const R *f", "R *out", "R *work"],
    "lu_det": ["ptrdiff_t n", "const R *f", "R *out"],
    "lu_slogdet": ["ptrdiff_t n", "const R *f", "R *out"],
    "triangular_solve": [
        *("ptrdiff_t n", "ptrdiff_t k", "int lower", "int transposed", "int unit"),
        *("const R *t", "const R *b", "R *out", "R *work"),
    ],
    "qr": ["ptrdiff_t m", "ptrdiff_t n", "int complete", "const R *a", "R *out", "R *work"],
}


def driver(header: str, names: Sequence[str], constants: Sequence[int] = (), lanes: bool = False) -> str:
    """A library with ``p_NAME`` for each function; where n is one of ``constants``, C sees that number."""
    return f'#include "{header}"\n' + "".join(
        _wrapper(name, suffix, constants, lanes) for name in names for suffix in TYPES
    )


def _wrapper(name: str, suffix: str, constants: Sequence[int], lanes: bool) -> str:
    parameters = [p.replace("R ", "float " if suffix else "double ") for p in SIGNATURES[name]]
    count, ending = (["ptrdiff_t count"], "_lanes") if lanes else ([], "")
    named = [p.split()[-1].lstrip("*") for p in (*count, *parameters)]
    head = f"int p_{name}{suffix}({', '.join([*count, *parameters])})"
    call = f"gg_{name}{ending}{suffix}"
    cases = [f"case {n}: return {call}({', '.join(str(n) if p == 'n' else p for p in named)});" for n in constants]
    last = f"default: return {call}({', '.join(named)});"
    return "\n".join([f"{head};", head, "{ switch (n) {", *cases, last, "} }\n"])


def call(
    library: ctypes.CDLL, name: str, *arguments: int | bool | Array, out: Sequence[int], work: int = 0
) -> tuple[int, Array]:
    """The status and the result; flags are bools, the type is that of the arrays; fails if `out` is overrun."""
    arrays = [np.ascontiguousarray(a) for a in arguments if isinstance(a, np.ndarray)]
    dtype = arrays[0].dtype
    size = int(np.prod(out))
    room = np.full(size + 64, FENCE, dtype)
    space = np.full(work + 64, FENCE, dtype)
    room[:size] = np.nan
    rest = iter(arrays)
    passed = [_c(next(rest) if isinstance(a, np.ndarray) else a) for a in arguments]
    function = library[f"p_{name}{'f' if dtype == np.float32 else ''}"]
    workless = "R *work" not in SIGNATURES[name]
    status = function(*passed, _c(room), *([] if workless else [_c(space)]))
    assert (room[size:] == FENCE).all(), "wrote beyond the result"
    assert (space[work:] == FENCE).all(), "wrote beyond the work array"
    return status, room[:size].reshape(out)


def _c(argument: int | bool | Array) -> object:
    if isinstance(argument, np.ndarray):
        return argument.ctypes.data_as(ctypes.c_void_p)
    return ctypes.c_int(argument) if isinstance(argument, bool) else ctypes.c_ssize_t(argument)


def unpacked(factor: Array) -> tuple[Array, Array, Array]:
    """L, U and P of what ``gg_lu`` gave, in float64."""
    n = factor.shape[-1]
    lu = factor[:n].astype(np.float64)
    p = np.eye(n)
    for k in range(n):
        other = int(factor[n, k])
        p[:, [k, other]] = p[:, [other, k]]
    return np.tril(lu), np.triu(lu, 1) + np.eye(n), p.T
