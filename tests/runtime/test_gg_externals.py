"""Where runtime/gg_lapack_*.h takes LAPACK from: bound by the loader, linked, or gradgen's own functions instead."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gradgen.lower.externals import EXTERNALS
from tests.runtime.test_gg_lapack import FUNCTIONS, HEADERS, NAMES, WORK, close
from tests.runtime.whole import OK, SUFFIX, Caller, driver, routines

# Arguments that reach all of what a function calls: sizes and flags.
CALLS: dict[str, list[tuple[tuple[int, ...], tuple[int, ...]]]] = {
    **{name: [((3,), ())] for name in ("cholesky", "lu", "lu_inverse", "eig", "eigvals", "schur")},
    **{name: [((3, 1), ()), ((3, 2), ())] for name in ("lu_solve", "lu_solve_t")},
    **{name: [((3,), (1,))] for name in ("eigh", "eigvalsh")},
    "triangular_solve": [((3, 1), (1, 0, 0)), ((3, 2), (1, 0, 0))],
    **{"qr": [((3, 2), (1,))], "svd": [((3, 2), (1,))], "svdvals": [((3, 2), ())], "sylvester": [((3, 2), ())]},
}
OPERANDS = {"lu_solve": 2, "lu_solve_t": 2, "triangular_solve": 2, "sylvester": 3}


@pytest.fixture(scope="module")
def bare(build: Callable[..., Path]) -> ctypes.CDLL:
    """The functions with nothing bound."""
    return ctypes.CDLL(str(build(driver(HEADERS, FUNCTIONS), ["-O1"])))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", NAMES)
def test_the_table_is_what_is_called(bare: ctypes.CDLL, name: str, dtype: type) -> None:
    called: set[str] = set()
    traps = [ctypes.CFUNCTYPE(None)(lambda routine=routine: called.add(routine)) for routine in routines(FUNCTIONS)]
    bare.bind((ctypes.c_void_p * len(traps))(*(ctypes.cast(trap, ctypes.c_void_p) for trap in traps)))
    for sizes, flags in CALLS[name]:
        operands = [np.eye(4, 3, dtype=dtype)] * OPERANDS.get(name, 1)
        Caller(bare, "gg_lapack_", WORK)(name, sizes, flags, *operands, out=30)
    assert called == set(EXTERNALS[f"gg_lapack_{name}{SUFFIX[np.dtype(dtype)]}"])


def test_linked_it_asks_for_the_symbols(build: Callable[..., Path]) -> None:
    text = driver(HEADERS, FUNCTIONS)
    library = build(text[: text.index("void bind")], ["-O1", "-DGG_LINK_BLAS"]).read_bytes()
    assert all(f"\0{routine}_\0".encode() in library for routine in routines(FUNCTIONS))


@pytest.mark.slow
def test_without_a_library(build: Callable[..., Path]) -> None:
    """The names then mean gradgen's own functions, of the same results."""
    names = [name for name in NAMES if name not in ("eig", "eigvals", "schur", "sylvester")]
    text = driver(HEADERS[:2], [f"gg_lapack_{name}" for name in names])
    library = build(text[: text.index("void bind")], ["-O1", "-DGG_OWN_LAPACK"])
    assert b"gg_fortran" not in library.read_bytes()
    own = Caller(ctypes.CDLL(str(library)), "gg_lapack_", WORK)
    a = np.random.default_rng(0).normal(size=(4, 4))
    status, f = own("lu", (4,), (), a, out=20)
    assert status == OK
    close(own("lu_inverse", (4,), (), f, out=16)[1].reshape(4, 4), np.linalg.inv(a), 1000)
    close(own("qr", (4, 4), (0,), a, out=32)[1][16:].reshape(4, 4), np.linalg.qr(a).R)
    close(own("svd", (4, 4), (0,), a, out=36)[1][16:20], np.linalg.svd(a).S)
    close(own("eigvalsh", (4,), (1,), a @ a.T, out=4)[1], np.linalg.eigvalsh(a @ a.T))


def test_what_has_no_replacement_says_so(build: Callable[..., Path]) -> None:
    call = '#include "gg_lapack_eigen.h"\nint f(double *a);\nint f(double *a) { return gg_lapack_eig(1, a, a, a); }\n'
    for text in (call, '#include "gg_lapack_schur.h"\n'):
        with pytest.raises(AssertionError, match="need LAPACK: leave out GG_OWN_LAPACK"):
            build(text, ["-O1", "-DGG_OWN_LAPACK"])
