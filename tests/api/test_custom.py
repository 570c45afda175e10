"""`custom_jvp`, `custom_vjp`, `stop_gradient`: the user's rule is what counts, however transforms are nested.

The rules here are wrong on purpose wherever that tells them from the true derivative.
"""

from __future__ import annotations

import numpy as np
import pytest

import gradgen as gg

X = np.array([0.1, 0.2, -0.3, 0.4])
A = np.arange(12.0).reshape(3, 4) / 7


def close(result, expected):
    np.testing.assert_allclose(result, np.broadcast_to(expected, np.shape(result)), rtol=1e-13, atol=1e-15)


@gg.custom_jvp
def wave(x, y):
    """The sine of x times y, said to have slopes 10 y and 100."""
    return np.sin(x) * y


@wave.defjvp
def _wave_jvp(primals, tangents):
    (x, y), (x_dot, y_dot) = primals, tangents
    return wave(x, y), 10 * x_dot * y + 100 * y_dot


@gg.custom_vjp
def scaled(x, n):
    """x times n, said to have slopes 7 and 5."""
    return x * n


scaled.defvjp(lambda x, n: (scaled(x, n), (x, None)), lambda saved, ct: (7 * ct, 5 * ct))


# --- custom_jvp ------------------------------------------------------------------------------------------


def test_a_forward_rule_counts_in_both_modes(backend):
    close(gg.jvp(wave, (X, X), (X, X), backend=backend)[1], 10 * X * X + 100 * X)
    by_x, by_y = gg.grad(lambda x, y: np.sum(wave(x, y)), (0, 1), backend=backend)(X, X)
    close(by_x, 10 * X)
    close(by_y, 100)
    for jacobian in (gg.jacfwd, gg.jacrev):
        close(jacobian(wave, backend=backend)(X, X), np.diag(10 * X))


def test_values_are_the_function_s(backend):
    np.testing.assert_array_equal(wave(X, X), np.sin(X) * X)  # outside of any trace: plain NumPy
    assert type(wave(0.5, 2.0)) is np.float64
    close(gg.compile(wave, backend=backend)(X, X), np.sin(X) * X)
    assert (wave.__name__, wave.__doc__[:8]) == ("wave", "The sine")


def test_second_derivatives_go_through_the_rule(backend):
    second = gg.hessian(lambda x, y: np.sum(wave(x * x, y)), backend=backend)(X, X)
    close(second, np.diag(20 * X))  # of 2 x * 10 y
    mixed = gg.jacobian(gg.grad(lambda x, y: np.sum(wave(x, y))), 1, backend=backend)(X, X)
    close(mixed, 10 * np.eye(4))


def test_containers_and_several_results(backend):
    @gg.custom_jvp
    def both(p):
        return {"s": np.sin(p["a"]), "m": p["a"] * p["b"]}

    @both.defjvp
    def rule(primals, tangents):
        (p,), (t,) = primals, tangents
        return both(p), {"s": 2 * t["a"], "m": 3 * t["b"] * p["a"]}

    found = gg.jacobian(both, backend=backend)({"a": X, "b": 2.0})
    close(found["s"]["a"], 2 * np.eye(4))
    close(found["s"]["b"], 0)
    close(found["m"]["a"], 0)
    close(found["m"]["b"], 3 * X)


def test_vmap_in_every_nesting(backend):
    def total(x, y):
        return np.sum(wave(x, y))

    close(gg.vmap(wave, (0, None), backend=backend)(A, X), np.sin(A) * X)
    close(gg.vmap(gg.grad(total), (0, None), backend=backend)(A, X), 10 * X)
    close(gg.grad(lambda a, y: np.sum(gg.vmap(wave, (0, None))(a, y)), 1, backend=backend)(A, X), 300)
    close(gg.jvp(gg.vmap(wave), (A, A), (A, A), backend=backend)[1], 10 * A * A + 100 * A)
    twice = gg.vmap(gg.vmap(wave))
    close(gg.grad(lambda a: np.sum(twice(a, a)), backend=backend)(A[None]), 10 * A + 100)
    close(gg.vmap(gg.hessian(lambda x: np.sum(wave(x * x, x))), backend=backend)(A), [np.diag(40 * row) for row in A])


def test_arguments_by_keyword_and_defaults(backend):
    @gg.custom_jvp
    def power(x, n=3.0):
        return x**n

    power.defjvp(lambda primals, tangents: (power(*primals), 2 * primals[1] * tangents[0] + 9 * tangents[1]))
    assert power(2.0) == power(2.0, n=3.0) == 8
    assert gg.grad(power, backend=backend)(2.0) == 6
    assert gg.grad(lambda x: power(n=x, x=x), backend=backend)(2.0) == 4 + 9

    @gg.custom_jvp
    def by_keyword(x, *, n):
        return x * n

    by_keyword.defjvp(lambda primals, tangents: (by_keyword(*primals), tangents[0]))
    assert by_keyword(2.0, n=3.0) == 6
    with pytest.raises(gg.ArgumentError, match="by_keyword: a rule takes its arguments by position, not n by keyword"):
        gg.grad(lambda x: by_keyword(x, n=2.0), backend=backend)(2.0)
    with pytest.raises(gg.ArgumentError, match="power: missing a required argument: 'x'"):
        gg.grad(lambda x: power(), backend=backend)(2.0)


def test_what_the_rule_replaces_need_not_have_a_derivative(backend):
    @gg.custom_jvp
    def steps(x):
        order = (x > 0).astype(np.int64)
        return np.array([1.0, 2.0])[order] + 0 * x

    steps.defjvp(lambda primals, tangents: (steps(*primals), 4 * tangents[0]))
    close(gg.grad(lambda x: np.sum(steps(x)), backend=backend)(X), 4)


# --- custom_vjp ------------------------------------------------------------------------------------------


def test_a_backward_rule_counts_in_reverse_mode(backend):
    by_x, by_n = gg.grad(lambda x, n: np.sum(scaled(x, n)), (0, 1), backend=backend)(X, X)
    close(by_x, 7)
    close(by_n, 5)
    close(gg.jacrev(scaled, 1, backend=backend)(X, X), 5 * np.eye(4))
    assert scaled(2.0, 3.0) == 6


def test_forward_mode_through_a_backward_rule_names_the_line(backend):
    with pytest.raises(gg.DifferentiationError, match="forward mode goes through scaled, which has a custom_vjp"):
        gg.jacfwd(scaled, backend=backend)(X, X)
    with pytest.raises(gg.DifferentiationError, match=r"test_custom.py:\d+:  gg.jvp\(scaled"):
        gg.jvp(scaled, (X, X), (X, X), backend=backend)
    with pytest.raises(gg.DifferentiationError, match="goes through scaled"):  # not a silent zero
        gg.grad(lambda x: np.sum(gg.jvp(scaled, (x, x), (x, x))[1]), backend=backend)(X)


def test_second_derivatives_through_a_backward_rule(backend):
    def total(x):
        return np.sum(scaled(x * x, x))

    close(gg.hessian(total, backend=backend)(X), 14 * np.eye(4))  # of 2 x * 7 + 5
    close(gg.jacrev(gg.grad(total), backend=backend)(X), 14 * np.eye(4))
    close(gg.hvp(total, backend=backend)(X, X), 14 * X)


def test_forward_mode_is_not_chosen_where_there_is_none(backend):
    def f(x):
        return scaled(x, 2.0) ** 2  # by the rule (g^2)' = 2 g 7 with g = 2 x, and again 2 7 7

    jacobian = gg.jacobian(f, backend=backend)
    close(jacobian(X), np.diag(28 * X))
    assert "jacobian of f: reverse mode, because of a custom_vjp" in jacobian.explain()
    close(gg.hessian(lambda x: np.sum(f(x)), backend=backend)(X), 98 * np.eye(4))
    close(gg.value_and_hessian(lambda x: np.sum(f(x)), backend=backend)(X)[1], 98 * np.eye(4))
    close(gg.hvp(lambda x: np.sum(f(x)), backend=backend)(X, A[1]), 98 * A[1])


def test_vmap_in_every_nesting_of_a_backward_rule(backend):
    def total(x, n):
        return np.sum(scaled(x, n))

    close(gg.vmap(gg.grad(total, 1), (0, None), backend=backend)(A, X), 5)
    by_a, by_x = gg.grad(lambda a, n: np.sum(gg.vmap(scaled, (0, None))(a, n)), (0, 1), backend=backend)(A, X)
    close(by_a, 7)
    close(by_x, 15)
    assert gg.jacrev(gg.vmap(gg.vmap(scaled)), backend=backend)(A, A).shape == (3, 4, 3, 4)


def test_all_cotangents_reach_the_rule_together(backend):
    """A rule that is not linear in the cotangents, such as clipping by their norm, sees them all at once."""

    @gg.custom_vjp
    def clip(a, b):
        return a, {"b": b}

    def backward(_, ct):
        norm = np.sqrt(np.sum(ct[0] ** 2) + np.sum(ct[1]["b"] ** 2))
        return ct[0] / norm, ct[1]["b"] / norm

    clip.defvjp(lambda a, b: (clip(a, b), None), backward)

    def use(a, b):
        first, second = clip(a, b)
        return 3 * first[0] + 4 * np.sum(second["b"])

    by_a, by_b = gg.grad(use, (0, 1), backend=backend)(np.ones(1), np.ones((1, 1)))
    close(by_a, 0.6)
    close(by_b, 0.8)
    many = np.ones((3, 1)), np.ones((3, 1, 1))
    close(gg.vmap(gg.grad(use, 1), backend=backend)(*many), 0.8)
    close(gg.grad(lambda a, b: np.sum(gg.vmap(use)(a, b)), 1, backend=backend)(*many), 0.8)


def test_results_of_several_types(backend):
    @gg.custom_vjp
    def both(x):
        return x.astype(np.float32), np.sum(x), x > 0

    both.defvjp(lambda x: (both(x), x), lambda x, ct: (ct[0].astype(np.float64) + 2 * ct[1],))

    def use(x):
        single, total, _ = both(x)
        return np.sum(single * np.float32(0.5)).astype(np.float64) + 3 * total

    close(gg.grad(use, backend=backend)(X), 6.5)


def test_none_and_numbers_in_rules(backend):
    @gg.custom_vjp
    def chosen(x, how, n):
        return np.sin(x) * n if how == "sin" else np.cos(x) * n

    # None: no cotangent, for what is no array and for what the rule leaves out
    chosen.defvjp(lambda x, how, n: (chosen(x, how, n), None), lambda saved, ct: (7 * ct, None, None))
    assert chosen(0.0, "cos", 2) == 2
    close(gg.grad(lambda x: np.sum(chosen(x, "sin", 3)), backend=backend)(X), 7)
    close(gg.grad(lambda x: np.sum(chosen(x, "sin", x)), backend=backend)(X), 7)

    @gg.custom_jvp
    def counted(x, n, how):
        return sum(x for _ in range(n)) if how else x

    def rule(primals, tangents):
        assert tangents[1:] == (0.0, None)
        return counted(*primals), tangents[0] * 50

    counted.defjvp(rule)
    close(gg.grad(lambda x: np.sum(counted(x, 3, "text")), backend=backend)(X), 50)


# --- nesting and closures --------------------------------------------------------------------------------


def test_rules_that_use_each_other(backend):
    @gg.custom_jvp
    def inner(x):
        return np.exp(x)

    inner.defjvp(lambda primals, tangents: (inner(*primals), 3 * inner(*primals) * tangents[0]))

    @gg.custom_vjp
    def outer(x):
        return inner(x) * x

    outer.defvjp(lambda x: (outer(x), x), lambda x, ct: (ct * inner(x),))
    found = outer
    for power in (1, 3, 9):
        found = gg.grad(found)
        close(gg.compile(found, backend=backend)(0.3), power * np.exp(0.3))


def test_a_rule_that_is_used_in_its_own_backward_pass(backend):
    @gg.custom_vjp
    def doubling(x):
        return x

    doubling.defvjp(lambda x: (x, None), lambda _, ct: (2 * doubling(ct),))
    assert gg.grad(lambda c: gg.grad(lambda x: doubling(x) * c)(1.0), backend=backend)(2.0) == 4


def by_forward(c):
    @gg.custom_jvp
    def g(y):
        return y * c

    g.defjvp(lambda primals, tangents: (g(*primals), tangents[0] * c * c))
    return g


def by_backward(c):
    @gg.custom_vjp
    def g(y):
        return y * c

    g.defvjp(lambda y: (g(y), None), lambda _, ct: (ct * c * c,))
    return g


@pytest.mark.parametrize("make", [by_forward, by_backward])
class TestClosures:
    """The rule is for the arguments; what else the function knows is differentiated as ever.

    Of ``g(x)^2`` with ``g = x c`` and slope ``c^2``: by x ``2 x c c^2``, by c ``2 x c x``.
    """

    def test_first_derivatives(self, backend, make):
        by_x, by_c = gg.grad(lambda x, c: np.sum(make(c)(x) ** 2), (0, 1), backend=backend)(X, A[1])
        close(by_x, 2 * X * A[1] ** 3)
        close(by_c, 2 * X**2 * A[1])

    def test_second_derivatives(self, backend, make):
        def f(x, c):
            return np.sum(make(c)(x) ** 2)

        mixed = gg.jacrev(gg.grad(f), 1, backend=backend)(X, A[1])
        close(mixed, np.diag(6 * X * A[1] ** 2))
        same = gg.hessian(lambda x: np.sum(make(x)(x)), backend=backend)(X)
        close(same, np.diag(2 * X + 1))  # of x^2 by the rule and x by the closure

    def test_a_variable_that_the_rule_meets_again_in_an_outer_derivative(self, backend, make):
        # g = x^2 with slope c^2 by the rule and x by the closure, c = x: of sum(g^2) first 2 g (x^2 + x)
        def f(x):
            return np.sum(make(x)(x) ** 2)

        first = gg.grad(f)
        close(first(X), 2 * X**2 * (X**2 + X))
        # by the product rule, with the same slope of g: 2 (x^2 + x)^2 + 2 g (2 x + 1)
        second = gg.grad(lambda z: np.sum(gg.grad(f)(z) * A[1]), backend=backend)
        close(second(X), (2 * (X**2 + X) ** 2 + 2 * X**2 * (2 * X + 1)) * A[1])
        many = gg.grad(lambda z: np.sum(gg.vmap(gg.grad(f))(z) * A), backend=backend)
        close(many(A), (2 * (A**2 + A) ** 2 + 2 * A**2 * (2 * A + 1)) * A)
        whole = gg.grad(lambda z: np.sum(gg.grad(lambda y: np.sum(gg.vmap(f)(y)))(z) * A), backend=backend)
        close(whole(A), (2 * (A**2 + A) ** 2 + 2 * A**2 * (2 * A + 1)) * A)

    def test_batches(self, backend, make):
        def f(x, c):
            return np.sum(make(c)(x) ** 2)

        def all_of(a, c):
            return np.sum(gg.vmap(f)(a, c))

        b = np.cos(A)
        close(gg.vmap(gg.grad(f), backend=backend)(A, b), 2 * A * b**3)
        close(gg.grad(all_of, backend=backend)(A, b), 2 * A * b**3)
        close(gg.grad(lambda a, c: np.sum(gg.grad(all_of)(a, c)), 1, backend=backend)(A, b), 6 * A * b**2)
        close(gg.grad(lambda a, c: np.sum(gg.vmap(gg.grad(f))(a, c)), 1, backend=backend)(A, b), 6 * A * b**2)
        deep = A[:, :, None]
        twice = gg.grad(lambda a: np.sum(gg.vmap(gg.vmap(f))(a, a)), backend=backend)(deep)
        close(twice, 2 * deep**4 + 2 * deep**3)


# --- wrong rules -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("forward", "backward", "message"),
    [
        (lambda x, y: x * y, lambda r, ct: (ct, ct), "g: the forward rule must return a pair"),
        (lambda x, y: (x * y, None), lambda r, ct: ct, "g: the backward rule must return a tuple of 2 cotangents"),
        (lambda x, y: (x * y, None), lambda r, ct: (ct,), "must return a tuple of 2 cotangents, one for each argument"),
        (lambda x, y: (x * y, None), lambda r, ct: (ct, ct[:2]), r"g: the backward rule: a cotangent: got f64\[2\]"),
        (lambda x, y: (x * y, None), lambda r, ct: (ct, (ct, ct)), "g: the backward rule: a cotangent: the structure"),
        (lambda x, y: (x[:1], None), lambda r, ct: (ct, ct), r"forward rule gives a value of f64\[1\] where"),
        (lambda x, y: ((x, y), None), lambda r, ct: (ct, ct), r"forward rule gives a value of f64\[4\], f64\[4\]"),
    ],
)
def test_wrong_backward_rules(backend, forward, backward, message):
    @gg.custom_vjp
    def g(x, y):
        return x * y

    g.defvjp(forward, backward)
    with pytest.raises(gg.DifferentiationError, match=message):
        gg.grad(lambda x: np.sum(g(x, x)), backend=backend)(X)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (lambda p, t: t[0], "g: the jvp rule must return a pair"),
        (lambda p, t: (p[0], t[0][:1]), r"g: the jvp rule: the tangent: got f64\[1\] where f64\[4\] is needed"),
        (lambda p, t: (p[0], 1.0), "g: the jvp rule: the tangent: got f64 where"),
        (lambda p, t: (p[0][:1], t[0][:1]), r"g: the jvp rule gives a value of f64\[1\] where the function gives"),
        (lambda p, t: ((p[0],), (t[0],)), "or structures it otherwise"),
        (lambda p, t: (p[0], t[0] ** 2), r"g: the jvp rule is not linear in the tangents, see .*\n.*t\[0\] \*\* 2"),
        (lambda p, t: (p[0], t[0] * t[1]), "g: the jvp rule is not linear in the tangents, see multiply"),
        (lambda p, t: (p[0], np.sin(t[0])), "g: the jvp rule is not linear in the tangents, see sin"),
    ],
)
def test_wrong_forward_rules(backend, rule, message):
    @gg.custom_jvp
    def g(x, y):
        return x * y

    g.defjvp(rule)
    for transformed in (gg.grad(lambda x: np.sum(g(x, x)), backend=backend), gg.jacfwd(lambda x: g(x, x))):
        with pytest.raises(gg.DifferentiationError, match=message):
            transformed(X)


def test_no_rule_yet():
    with pytest.raises(gg.ArgumentError, match="sin: no jvp rule yet; give one with defjvp"):
        gg.custom_jvp(np.sin)(1.0)
    with pytest.raises(gg.ArgumentError, match="sin: no vjp rule yet; give one with defvjp"):
        gg.custom_vjp(np.sin)(1.0)


# --- stop_gradient ---------------------------------------------------------------------------------------


def test_stop_gradient(backend):
    assert gg.stop_gradient(3.0) == 3.0
    assert gg.grad(lambda x: x * gg.stop_gradient(x * gg.stop_gradient(x)), backend=backend)(3.0) == 9
    y, y_dot = gg.jvp(lambda x: x * gg.stop_gradient(x), (3.0,), (1.0,), backend=backend)
    assert (y, y_dot) == (9, 3)
    assert gg.compile(gg.stop_gradient, backend=backend)(3) == 3


def test_stop_gradient_at_second_order(backend):
    # of x^2 c with c = x: first 2 x c, second 2 c; c is held in both
    assert gg.grad(gg.grad(lambda x: x * x * gg.stop_gradient(x)), backend=backend)(3.0) == 6
    # a held derivative: x * (2 x^2)
    assert gg.grad(lambda x: gg.stop_gradient(gg.grad(lambda y: y * y * x)(x)) * x, backend=backend)(3.0) == 18


def test_stop_gradient_of_containers_and_in_batches(backend):
    def f(x):
        return np.sum(gg.stop_gradient({"a": x, "b": (x > 0, None)})["a"] * x)

    close(gg.grad(f, backend=backend)(X), X)
    close(gg.vmap(gg.grad(f), backend=backend)(A), A)
    close(gg.grad(lambda a: np.sum(gg.vmap(f)(a)), backend=backend)(A), A)
