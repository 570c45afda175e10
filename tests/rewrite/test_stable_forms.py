"""Stable forms: finite values and finite derivatives of every order asked, far out, and NumPy's elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, log_softmax, logsumexp, softmax

from gradgen.diff import pull_back
from gradgen.ir import Graph, TypeMaker
from gradgen.ops import OPS, Value, lift
from gradgen.rewrite import EARLY, FINAL, STABLE, rewrite, rewritten
from tests.interpret import interpret, new_input, set_outputs
from tests.rewrite.unsafe_examples import STABLE as EXAMPLES
from tests.rewrite.vocabulary import Build, broadcast, draw, example_graph, exp, log, sum_

f64 = TypeMaker(np.float64)
FAR = np.array([-1000.0, -800.0, -30.0, 0.0, 30.0, 800.0, 1000.0, 999.0])


def derivatives(build: Build, order: int = 2) -> tuple[Graph, Graph]:
    """The function of one array, and its value with the derivatives of its sum, both rewritten."""
    graph = Graph()
    x = new_input(graph, f64[FAR.size])
    plain = Graph()
    set_outputs(plain, [build(new_input(plain, f64[FAR.size]))])
    (out,) = rewritten([build(x)], EARLY)
    results = [out]
    for _ in range(order):
        total = sum_(results[-1], *range(results[-1].ndim))
        results += pull_back([total], [x], [lift(1.0, total)])
    return plain, rewrite(set_outputs(graph, results), FINAL)


LOGISTIC = {name: build for name, build in EXAMPLES.items() if "sum" not in name}


@pytest.mark.parametrize("name", LOGISTIC)
def test_logistic_forms_are_finite_far_out(name: str) -> None:
    build = LOGISTIC[name]
    count = build.__code__.co_argcount
    plain, after = derivatives(
        lambda x: build(*[x] * count) if count < 2 else build(x, *[x * 0.5, x * 0.25][: count - 1])
    )
    for value in interpret(after, [FAR]):
        assert np.isfinite(value).all()
    near = np.linspace(-3, 3, FAR.size)
    np.testing.assert_allclose(interpret(after, [near])[0], interpret(plain, [near])[0], rtol=1e-13)


def test_values_are_right_far_out() -> None:
    _, after = derivatives(lambda x: log(1.0 + exp(x)))
    value, slope, curvature = interpret(after, [FAR])
    np.testing.assert_allclose(value, np.logaddexp(0, FAR), rtol=1e-15)
    np.testing.assert_allclose(slope, expit(FAR), rtol=1e-14)
    np.testing.assert_allclose(curvature, expit(FAR) * expit(-FAR), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("factor", [1.0, 1 / 4, 3.0])
def test_logsumexp(factor: float) -> None:
    _, after = derivatives(lambda x: log(sum_(exp(x), 0) * factor), order=1)
    for point in (FAR, -FAR, FAR - 2000, np.linspace(-2, 2, FAR.size)):
        value, gradient = interpret(after, [point])
        np.testing.assert_allclose(value, logsumexp(point) + np.log(factor), rtol=1e-14)
        np.testing.assert_allclose(gradient, softmax(point), rtol=1e-13)


@pytest.mark.parametrize("point", [np.inf, -np.inf, np.nan])
def test_logsumexp_of_infinities_is_numpys(point: float) -> None:
    plain, after = derivatives(lambda x: log(sum_(exp(x), 0)), order=0)
    for values in (np.full(FAR.size, point), np.array([point, *np.zeros(FAR.size - 1)])):
        np.testing.assert_array_equal(interpret(after, [values]), interpret(plain, [values]))


def test_softmax_far_out() -> None:
    _, after = derivatives(lambda x: exp(x) / broadcast(sum_(exp(x), 0), FAR.size), order=1)
    value, _ = interpret(after, [FAR])
    np.testing.assert_allclose(value, softmax(FAR), rtol=1e-14)


def test_log_softmax_far_out() -> None:
    """The cross-entropy as people write it: a probability of 0 would make its logarithm infinite."""
    _, after = derivatives(lambda x: log(exp(x) / broadcast(sum_(exp(x), 0), FAR.size)), order=1)
    value, gradient = interpret(after, [FAR])
    np.testing.assert_allclose(value, log_softmax(FAR), rtol=1e-14)
    np.testing.assert_allclose(gradient, 1 - FAR.size * softmax(FAR), rtol=1e-13)


def shifted(x: Value) -> Value:
    largest = sum_(x, 0, op="max")
    return largest + log(sum_(exp(x - broadcast(largest, FAR.size)), 0))


def test_what_the_user_has_shifted_stays() -> None:
    graph = Graph()
    out = shifted(new_input(graph, f64[FAR.size]))
    assert rewritten([out], STABLE)[0].id == out.id


def test_no_shift_by_the_largest_of_nothing() -> None:
    graph = Graph()
    out = log(sum_(exp(new_input(graph, f64[0, 3])), 0))
    assert rewritten([out], STABLE)[0].id == out.id


def test_a_shift_does_not_reach_second_derivatives() -> None:
    _, after = derivatives(lambda x: log(sum_(exp(x), 0)) * OPS["sin"](sum_(x, 0)), order=2)
    for value in interpret(after, [FAR]):
        assert np.isfinite(value).all()


@pytest.mark.parametrize("name", EXAMPLES)
def test_as_accurate_as_the_original(name: str) -> None:
    build = EXAMPLES[name]
    graph = example_graph(build, "forward")
    after = rewrite(graph, STABLE)
    for seed in range(5):
        values = draw(build, seed)
        np.testing.assert_allclose(interpret(after, values)[0], interpret(graph, values)[0], rtol=1e-14)


def test_complex_numbers_keep_their_form() -> None:
    graph = Graph()
    out = log(1.0 + exp(new_input(graph, TypeMaker(np.complex128)[3])))
    assert rewritten([out], STABLE)[0].id == out.id
