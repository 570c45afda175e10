"""Complex numbers where formulas overflow, cancel or jump, and what is refused with which advice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradgen as gg

TINY, HUGE = 1e-300, 1e300


def compiled_at(function: Any, *pairs: complex) -> np.ndarray:
    """The compiled function at complex numbers, which are passed by their parts."""
    parts = [part for z in pairs for part in (np.real(z), np.imag(z))]

    def of_parts(*given: Any) -> Any:
        return function(*[joined(re, im) for re, im in zip(given[::2], given[1::2], strict=True)])

    return gg.compile(of_parts, backend="numpy")(*map(float, parts))


def joined(re: Any, im: Any) -> Any:
    return gg.trace.joined(re, im)


def assert_near(got: Any, expected: Any) -> None:
    """Each part by itself: a small one beside a large one is right, too."""
    np.testing.assert_allclose([got.real, got.imag], [expected.real, expected.imag], rtol=1e-13)


@pytest.mark.parametrize("z", [1 + 2j, HUGE + 1j, 1j * HUGE, TINY + 1j * TINY, -3 - TINY * 1j])
@pytest.mark.parametrize("w", [3 - 1j, HUGE * (1 + 1j), TINY * (1 - 2j), 1j, -2 + 0j, 1e-10 + 1j])
def test_quotients_neither_overflow_nor_vanish(z: complex, w: complex) -> None:
    with np.errstate(over="ignore"):
        expected = np.complex128(z) / np.complex128(w)
    if np.isfinite(expected):
        assert_near(compiled_at(lambda z, w: z / w, z, w), expected)


@pytest.mark.parametrize("z", [1 + 1j, 0j, complex(0.0, 2.0)])
def test_a_quotient_by_zero_is_not_finite(z: complex) -> None:
    with np.errstate(all="ignore"):
        expected = np.complex128(z) / np.complex128(0)
    got = compiled_at(lambda z, w: z / w, z, 0j)
    np.testing.assert_array_equal([got.real, got.imag], [expected.real, expected.imag])


@pytest.mark.parametrize("name", ["sqrt", "log", "angle", "abs"])
@pytest.mark.parametrize(
    "z",
    [complex(-4, 0.0), complex(-4, -0.0), complex(4, -0.0), 1e-12j - 4, HUGE + 1j * HUGE, TINY * (1j - 1), 0j + 1e-320],
)
def test_roots_and_logarithms_at_the_cut_and_at_the_ends(name: str, z: complex) -> None:
    function = getattr(np, name)
    assert_near(compiled_at(function, z), function(np.complex128(z)))


def test_the_logarithm_of_phases_is_right_to_the_last_digit_of_their_size() -> None:
    got = compiled_at(np.log, np.exp(2.5j))
    assert abs(got - 2.5j) < 1e-15


@pytest.mark.parametrize("z", [400 + 1j, -400 + 0.5j, 20 + 1j, 1e-9 + 1e-9j, 0.3 + 1.57j, 1 - 2j, 0j])
def test_tanh_neither_overflows_nor_cancels(z: complex) -> None:
    assert_near(compiled_at(np.tanh, z), np.tanh(np.complex128(z)))
    turned = np.complex128(1j * z)
    assert_near(compiled_at(np.tan, turned), np.tan(turned))


@pytest.mark.parametrize("z", [1e-9 + 1e-9j, -1e-12j + 0.0, 0.5 - 2j])
def test_expm1_of_small_numbers(z: complex) -> None:
    assert_near(compiled_at(np.expm1, z), np.expm1(np.complex128(z)))


@pytest.mark.parametrize("w", [2 + 1j, 0.5 + 0j, 0j, -1 + 0j])
def test_powers_of_zero(w: complex) -> None:
    got = compiled_at(lambda z, w: z**w, 0j, w)
    with np.errstate(all="ignore"):
        expected = np.complex128(0) ** np.complex128(w)
    np.testing.assert_array_equal(
        [np.isnan(got), got if np.isfinite(got) else 0], [np.isnan(expected), np.nan_to_num(expected)]
    )


def test_derivatives_at_zero() -> None:
    """As `hypot` and `arctan2`: no direction, no derivative."""
    assert gg.grad(lambda x: np.abs(x + 1j * x))(0.0) == 0.0
    assert gg.grad(lambda x: np.angle(x + 2j * x))(0.0) == 0.0
    assert gg.grad(lambda x: np.linalg.norm(np.stack([x, 1j * x])))(0.0) == 0.0
    assert gg.grad(lambda x: np.sign(x + 1j * x).real)(0.0) == 0.0


def test_the_root_at_its_cut_has_the_slope_of_its_side() -> None:
    for side, slope in ((0.0, 0.25), (-0.0, -0.25)):
        assert np.isclose(gg.grad(lambda y: np.sqrt(joined(-4.0 + 0.0 * y, y)).real)(side), slope)


# --- refusals ----------------------------------------------------------------------------------------

LINE = r"[^\n]*\n  test_complex_edges.py:\d+:"
REFUSED = [
    (lambda z: z < 2, "less: .*no order; compare np.abs"),
    (lambda z: np.maximum(z, 1), "maximum: .*no order"),
    (lambda z: np.sort(z), "sort: .*no order; sort or compare by np.abs"),
    (lambda z: z.max(), "max: .*no order"),
    (lambda z: np.clip(z, 0, 1), "clip: .*no order"),
    (lambda z: np.floor(z), "floor: not defined for complex128"),
    (lambda z: np.arcsin(z), r"arcsin: .*np.log and np.sqrt"),
    (lambda z: np.sinc(z), r"sinc: .*take np.real\(z\), np.imag\(z\) or np.abs\(z\)"),
    (lambda z: np.real_if_close(z), "depends on the numbers"),
    (lambda z: np.allclose(z, z), "np.isclose"),
    (lambda z: np.linalg.norm(np.outer(z, z), 2), "ord=2 of a complex matrix"),
    (lambda z: np.linalg.det(np.outer(z, z)), "det: .*absolute value"),
    (lambda z: np.cov(z), "cov: of complex numbers is not supported"),
    (lambda z: z.astype(float), r"imaginary part; take np.real\(z\)"),
    (lambda z: np.array(z, dtype=float), r"imaginary part; take np.real\(z\)"),
    (lambda z: float(z[0]), "cannot become a Python float"),
    (lambda z: 1 if z[0] else 2, "no truth value"),
    (lambda z: store(np.zeros(3), z[0]), "lose the imaginary part"),
    (lambda z: store(z.real, 1.0), "copy first"),
    (lambda z: np.sum(z.real, initial=1j), "lose the imaginary part"),
    (lambda z: gg.vmap(np.abs)(z), r"a complex value is not supported here; take np.real\(z\)"),
    (lambda z: seen(z), "imaginary part is in use"),
    (lambda z: store(np.zeros(3, complex).real, z[0].real), "take it of a copy"),
]


def store(into: Any, value: Any) -> Any:
    into[0] = value
    return into


def seen(z: Any) -> Any:
    part = z.imag
    z[0] = 1.0
    return part


@pytest.mark.parametrize(("function", "message"), REFUSED)
def test_refused_with_the_line_and_the_way_out(function: Any, message: str) -> None:
    with pytest.raises((gg.TraceError, gg.DTypeError), match=message + LINE):
        gg.compile(lambda x: function(np.exp(1j * x)), backend="numpy")(np.ones(3))


def test_complex_arguments_are_refused() -> None:
    f = gg.compile(lambda x: x * 2)
    with pytest.raises(gg.ArgumentError, match="pass real and imaginary part as two arguments"):
        f(np.array([1j]))
    with pytest.raises(gg.DifferentiationError, match=r"argument 0 is c128, .*pass real and imaginary part as two"):
        gg.compile(lambda x: gg.grad(np.abs)(x * 1j))(1.0)


def test_a_part_may_be_copied_and_changed_and_the_array_be_changed_after() -> None:
    def f(x: Any) -> Any:
        z = np.exp(1j * x)
        part = z.real.copy()
        part[0] = 7.0
        total = z.imag.sum()
        z[0] = part[0] * 1j
        return z, part, total, z.real

    x = np.arange(3.0)
    for one, other in zip(gg.compile(f, backend="numpy")(x), f(x), strict=True):
        np.testing.assert_allclose(one, other)
