"""Functions with a rule that close over traced values: the rule is for the arguments, the rest is as usual.

Second derivatives see both at once. Where the rule is the true derivative, they are those of the plain function.
"""

from __future__ import annotations

import numpy as np
import pytest

import gradgen as gg

A = 1.5


def forward_cube(a):
    """a x³, a from outside."""

    @gg.custom_jvp
    def cube(x):
        return a * x**3

    cube.defjvp(lambda primals, tangents: (cube(*primals), 3 * a * primals[0] ** 2 * tangents[0]))
    return cube


def backward_cube(a):
    """The same, by a backward rule."""

    @gg.custom_vjp
    def cube(x):
        return a * x**3

    cube.defvjp(lambda x: (cube(x), x), lambda x, ct: (3 * a * x**2 * ct,))
    return cube


ARRANGED = {
    "as it is": lambda cube, a: cube(2 * a),
    "repeated": lambda cube, a: np.sum(cube(np.full(3, 2 * a))),
    "put into an array": lambda cube, a: cube(np.array([2 * a]))[0],
    "reshaped": lambda cube, a: np.sum(cube((np.arange(4.0) * a).reshape(2, 2))),
    "called twice": lambda cube, a: cube(2 * a) + cube(2 * a) * cube(a),
    "of itself": lambda cube, a: cube(cube(a)),
    "in a batch": lambda cube, a: np.sum(gg.vmap(cube)(a * np.arange(1.0, 3.0))),
    "in a batch, but not of it": lambda cube, a: np.sum(gg.vmap(lambda c: c * cube(2 * a))(np.arange(1.0, 4.0))),
    "checkpointed": lambda cube, a: gg.checkpoint(lambda x: cube(x) * x)(2 * a),
}


@pytest.mark.parametrize("arranged", ARRANGED.values(), ids=list(ARRANGED))
@pytest.mark.parametrize("with_rule", [forward_cube, backward_cube])
def test_a_true_rule_changes_no_derivative(with_rule, arranged):
    true = lambda a: arranged(lambda x: a * x**3, a)  # noqa: E731
    given = lambda a: arranged(with_rule(a), a)  # noqa: E731
    for derivative in (gg.grad, gg.hessian, lambda f, backend: gg.grad(gg.hessian(f), backend=backend)):
        expected = derivative(true, backend="numpy")(A)
        np.testing.assert_allclose(derivative(given, backend="numpy")(A), expected, rtol=1e-13)


def test_an_argument_of_a_batch_and_one_beside_it():
    def total(a):
        @gg.custom_jvp
        def scaled(x, c):
            return a * x**2 * c

        scaled.defjvp(lambda p, t: (scaled(*p), 2 * a * p[0] * p[1] * t[0] + a * p[0] ** 2 * t[1]))
        return np.sum(gg.vmap(lambda c: scaled(2 * a, c))(np.arange(1.0, 4.0)))

    np.testing.assert_allclose(gg.hessian(total, backend="numpy")(A), 24 * A * 6, rtol=1e-13)


def test_what_the_user_holds_stays_held():
    def total(a):
        x = 2 * a
        still = gg.stop_gradient(x)

        @gg.custom_jvp
        def scaled(x):
            return a * still * x

        scaled.defjvp(lambda p, t: (scaled(*p), a * still * t[0]))
        return scaled(x)

    np.testing.assert_allclose(gg.hessian(total, backend="numpy")(A), 2 * 2 * (2 * A), rtol=1e-13)


def test_two_functions_of_one_argument():
    def total(a):
        x = 2 * a

        @gg.custom_jvp
        def sine(x):
            return np.sin(x)

        sine.defjvp(lambda p, t: (sine(*p), np.cos(p[0]) * t[0]))
        factor = sine(x)

        @gg.custom_jvp
        def scaled(x):
            return a * factor * x

        scaled.defjvp(lambda p, t: (scaled(*p), a * factor * t[0]))
        return scaled(x)

    expected = gg.hessian(lambda a: 2 * a**2 * np.sin(2 * a), backend="numpy")(A)
    np.testing.assert_allclose(gg.hessian(total, backend="numpy")(A), expected, rtol=1e-13)
