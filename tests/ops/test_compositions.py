"""Every ufunc that has a translation means what NumPy or SciPy means, on every dtype it takes."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special

from gradgen.errors import DTypeError
from gradgen.ir import DTYPES, Graph, Type
from gradgen.ops import OPS, Op, translation
from gradgen.ops.special import SPECIAL
from tests.interpret import interpret, new_input, set_outputs

SAMPLES = {
    "?": [True, False, True],
    "i": [3, -4, 1],
    "l": [7, 2, -5],
    "f": [0.5, 0.75, 0.25],
    "d": [0.3, 0.6, 0.9],
}
REFUSED = (("reciprocal", "i"), ("reciprocal", "l"))


def is_elementwise(ufunc: object) -> bool:
    return isinstance(ufunc, np.ufunc) and ufunc.signature is None and translation(ufunc) is not None


NUMPY = {name: ufunc for name, ufunc in vars(np).items() if is_elementwise(ufunc)}
SCIPY = {name: getattr(scipy.special, name) for name in SPECIAL}


def loop(ufunc: np.ufunc, code: str) -> tuple[np.dtype, ...] | None:
    """The dtypes NumPy computes in when all operands have this one; None if it does not take it."""
    try:
        dtypes = ufunc.resolve_dtypes((np.dtype(code),) * ufunc.nin + (None,) * ufunc.nout)
    except TypeError:
        return None
    return dtypes if all(dtype in DTYPES for dtype in dtypes) else None


def calls() -> list[tuple[str, str]]:
    tried = [(name, code) for name in NUMPY for code in SAMPLES]
    # NumPy rounds 1 / integer to an integer; there is nothing like it among the ops, and trace/ refuses it.
    return [(name, code) for name, code in tried if loop(NUMPY[name], code) and (name, code) not in REFUSED]


def translated(ufunc: np.ufunc, values: list[np.ndarray]) -> np.ndarray:
    graph = Graph()
    operands = [new_input(graph, Type(value.dtype, value.shape)) for value in values]
    translate = translation(ufunc)
    assert translate is not None
    return interpret(set_outputs(graph, [translate(*operands)]), values)[0]


@pytest.mark.parametrize(("name", "code"), calls())
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_numpy_ufunc(name: str, code: str) -> None:
    ufunc, dtypes = NUMPY[name], loop(NUMPY[name], code)
    samples = [np.array(SAMPLES[code], dtype=code), np.array(SAMPLES[code][::-1], dtype=code)][: ufunc.nin]
    if name in ("power", "pow") and code in "il":
        samples[1] = np.abs(samples[1])
    values = [sample.astype(dtype) for sample, dtype in zip(samples, dtypes, strict=False)]
    result = translated(ufunc, values)
    assert result.dtype == dtypes[-1]
    np.testing.assert_allclose(result, ufunc(*samples), rtol=4 * np.finfo(np.float32 if code == "f" else float).eps)


@pytest.mark.parametrize(("name", "code"), REFUSED)
def test_refused(name: str, code: str) -> None:
    with pytest.raises(DTypeError):
        translated(NUMPY[name], [np.array(SAMPLES[code], dtype=code)])


@pytest.mark.parametrize("name", SCIPY)
@pytest.mark.parametrize("code", ["d", "f"])
def test_scipy_ufunc(name: str, code: str) -> None:
    ufunc = SCIPY[name]
    values = [np.array(SAMPLES["d"], dtype=code)] * ufunc.nin
    found, expected = translated(ufunc, values), ufunc(*values)
    if isinstance(SPECIAL[name], Op):
        np.testing.assert_array_equal(found, expected, strict=True)
    else:  # made of others: within some roundings of the terms, which are about 1
        slack = 8 * np.finfo(code).eps
        np.testing.assert_allclose(found, expected, rtol=slack, atol=slack, strict=True)


def test_every_op_of_a_numpy_ufunc_is_found() -> None:
    found = {op.numpy for op in OPS.values() if isinstance(op.numpy, np.ufunc)}
    assert found <= set(NUMPY.values())


def test_unknown_ufunc_has_no_translation() -> None:
    assert translation(np.frexp) is None
    assert translation(scipy.special.airy) is None
