"""`scipy.linalg` by its own signatures: values and derivatives, and what is refused."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg as sl

import gradgen as gg
from gradgen.errors import TraceError
from gradgen.native.compiler import find_compiler
from gradgen.trace.scipy_advice import _ADVICE
from gradgen.trace.scipy_names import SCIPY_LINALG

pytestmark = pytest.mark.slow

rng = np.random.default_rng(6)
SQUARE, TALL, VECTOR = rng.normal(size=(4, 4)), rng.normal(size=(5, 3)), rng.normal(size=5)
SYMMETRIC, DEFINITE = SQUARE + SQUARE.T, SQUARE @ SQUARE.T + np.eye(4)
TURNED = sl.qr(SQUARE)[0]


def planes(values: Any, vectors: Any) -> Any:
    """What does not depend on the signs of vectors."""
    return (vectors * values) @ vectors.T


CASES: dict[str, tuple[Callable[..., Any], tuple[np.ndarray, ...]]] = {
    "inv": (lambda a: sl.inv(a), (SQUARE,)),
    "inv, symmetric": (lambda a: sl.inv(a + a.T, assume_a="sym"), (SQUARE,)),
    "inv, triangular": (lambda a: sl.inv(np.tril(a), assume_a="lower triangular"), (DEFINITE,)),
    "det": (lambda a: sl.det(a), (SQUARE,)),
    "norm": (lambda a: sl.norm(a) + sl.norm(a, 2), (TALL,)),
    "norm of rows": (lambda a: sl.norm(a, 1, axis=1), (TALL,)),
    "svd": (lambda a: planes(sl.svd(a, full_matrices=False)[1], sl.svd(a)[2].T), (TALL,)),
    "svd without vectors": (lambda a: sl.svd(a, compute_uv=False), (TALL,)),
    "svdvals": (lambda a: sl.svdvals(a), (TALL,)),
    "pinv": (lambda a: sl.pinv(a), (TALL,)),
    "pinv with cut-offs": (lambda a: sl.pinv(a @ a.T, atol=1e-6, rtol=1e-8), (TALL,)),
    "lstsq": (lambda a, b: sl.lstsq(a, b)[:2], (TALL, VECTOR)),
    "lstsq of several": (lambda a, b: sl.lstsq(a, np.outer(b, b), cond=1e-9)[:2], (TALL, VECTOR)),
    "eigh": (lambda a: planes(*sl.eigh(a + a.T)), (SQUARE,)),
    "eigh, upper": (lambda a: planes(*sl.eigh(a + a.T, lower=False)), (SQUARE,)),
    "eigh, some": (lambda a: planes(*sl.eigh(a + a.T, subset_by_index=[1, 2])), (SQUARE,)),
    "eigh of two": (lambda a, b: planes(*sl.eigh(a + a.T, b + b.T)), (SQUARE, DEFINITE)),
    "eigh of two, upper": (
        lambda a, b: planes(*sl.eigh(a + a.T, b + b.T, lower=False)),
        (SQUARE, DEFINITE),
    ),
    "eigvalsh": (lambda a: sl.eigvalsh(a + a.T), (SQUARE,)),
    "eigvalsh of two": (lambda a, b: sl.eigvalsh(a + a.T, b + b.T), (SQUARE, DEFINITE)),
    "eig": (lambda a: np.abs(sl.eig(a)[0]) + np.sum(np.abs(sl.eig(a)[1]), axis=0), (SQUARE,)),
    "eig without vectors": (lambda a: np.imag(sl.eig(a, right=False)), (SQUARE,)),
    "eigvals": (lambda a: np.real(sl.eigvals(a)), (SQUARE,)),
    "polar": (lambda a: sl.polar(a), (TALL,)),
    "polar, left": (lambda a: sl.polar(a, side="left"), (TALL,)),
    "procrustes": (lambda a, b: sl.orthogonal_procrustes(a, b), (SQUARE, DEFINITE)),
    "block_diag": (lambda a, b: sl.block_diag(a, b, 2.0, [[b[0]]]), (TALL, VECTOR)),
    "toeplitz": (lambda a, b: sl.toeplitz(a[0], b), (TALL, VECTOR)),
    "toeplitz, symmetric": (lambda b: sl.toeplitz(b), (VECTOR,)),
    "circulant": (lambda b: sl.circulant(b), (VECTOR,)),
}


def parts(result: Any) -> tuple[Any, ...]:
    return tuple(result) if isinstance(result, tuple | list) else (result,)


@pytest.mark.parametrize("name", CASES)
def test_value_and_derivatives(name: str) -> None:
    function, arrays = CASES[name]
    found, expected = parts(gg.compile(function, backend="numpy")(*arrays)), parts(function(*arrays))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12)
        assert np.shape(one) == np.shape(other)

    def scalar(*args: Any) -> Any:
        return sum(np.sum(np.sin(part)) for part in parts(function(*args)))

    gg.check_grads(scalar, arrays, order=2, backend="numpy")


@pytest.mark.skipif(find_compiler() is None, reason="needs a C compiler")
def test_compiled_gradients_are_those_of_the_numpy_backend() -> None:
    def total(square: Any, tall: Any, vector: Any, definite: Any) -> Any:
        known = {id(SQUARE): square, id(TALL): tall, id(VECTOR): vector, id(DEFINITE): definite}
        results = [function(*[known[id(array)] for array in arrays]) for function, arrays in CASES.values()]
        return sum(np.sum(np.sin(part)) for result in results for part in parts(result))

    arrays, argnums = (SQUARE, TALL, VECTOR, DEFINITE), (0, 1, 2, 3)
    wanted = gg.value_and_grad(total, argnums=argnums, backend="numpy")(*arrays)
    value, gradients = gg.value_and_grad(total, argnums=argnums)(*arrays)
    np.testing.assert_allclose(value, wanted[0], rtol=1e-12)
    for found, expected in zip(gradients, wanted[1], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name", SCIPY_LINALG)
def test_signatures_are_scipys(name: str) -> None:
    theirs = inspect.signature(getattr(sl, name)).parameters
    ours = inspect.signature(SCIPY_LINALG[name]).parameters
    if name == "eigvalsh":  # which hands on what eigh takes
        ours = {**ours, **inspect.signature(SCIPY_LINALG["eigh"]).parameters}
    assert set(theirs) <= set(ours), name
    positional = [p.name for p in theirs.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert list(ours)[: len(positional)] == positional


def test_every_other_function_is_refused_by_its_name() -> None:
    for name, function in vars(sl).items():
        ours = (getattr(function, "__module__", None) or "").startswith("scipy.linalg")
        if name in SCIPY_LINALG or isinstance(function, type) or not (callable(function) and ours):
            continue
        if any(function is getattr(sl, each, None) for each in SCIPY_LINALG):
            continue  # another name of one that there is
        with pytest.raises(TraceError, match=r"scipy\.linalg\.\w+ of a traced array is not [\s\S]*test_scipy_names.py"):
            gg.compile(lambda a, name=name: getattr(sl, name)(a), backend="numpy")(SQUARE)


def test_advice_is_on_what_there_is() -> None:
    assert not set(_ADVICE) & set(SCIPY_LINALG)
    assert all(hasattr(sl, name) for name in _ADVICE)


REFUSED: dict[str, Callable[[Any], Any]] = {
    "return_rank": lambda a: sl.pinv(a, return_rank=True),
    "left=True": lambda a: sl.eig(a, left=True),
    "b=": lambda a: sl.eigvals(a, a),
    "type=1": lambda a: sl.eigh(a, a, type=2),
    "disp=False": lambda a: sl.logm(a, disp=False),
    "side='up'": lambda a: sl.polar(a, side="up"),
    "one axis": lambda a: sl.toeplitz(a),
}


@pytest.mark.parametrize("text", REFUSED)
def test_arguments_that_are_refused(text: str) -> None:
    with pytest.raises((TraceError, ValueError), match=text):
        gg.compile(REFUSED[text], backend="numpy")(SQUARE)


def test_only_a_triangle_is_read() -> None:
    for lower, half in ((True, np.tril), (False, np.triu)):
        found = gg.compile(lambda a, b, lower=lower: sl.eigvalsh(a, b, lower=lower), backend="numpy")(
            half(SYMMETRIC), half(DEFINITE)
        )
        np.testing.assert_allclose(found, sl.eigvalsh(SYMMETRIC, DEFINITE), rtol=1e-12)


def test_matrices_that_are_known_are_scipys() -> None:
    """Nothing is traced in `hilbert(3)`, nor in the Schur form of a constant."""
    known = gg.compile(lambda a: a @ sl.hilbert(4) + sl.schur(SYMMETRIC)[0], backend="numpy")
    np.testing.assert_allclose(known(SQUARE), SQUARE @ sl.hilbert(4) + sl.schur(SYMMETRIC)[0], rtol=1e-14)
