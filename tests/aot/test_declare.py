"""What can be exported, and what is said of what cannot."""

from __future__ import annotations

import pytest

import gradgen as gg
from gradgen.aot.build import lower_exports
from gradgen.aot.declare import exports_of, load_module

TWO = """
@gg.export(transform="value_and_grad", w=gg.f64["n"], mu=gg.f64)
def loss(w, mu, power=2):
    \"\"\"A penalty.

    At length.\"\"\"
    return mu * np.sum(w**power)

gg.export(loss, gg.f64[3], gg.f64, name="steep", power=4, static_argnames="power")
"""


def test_a_decorated_function_and_a_list(kernels) -> None:
    module, found = load_module(kernels(TWO))
    assert [(e.name, e.transform) for e in found] == [("loss_value_and_grad", "value_and_grad"), ("steep", "value")]
    assert found[0].summary == "A penalty."
    assert module.loss(2.0, 3.0) == 12.0, "the function itself is unchanged"
    assert "kernels.py:5" in str(found[0].source)


def test_loading_again_declares_anew(kernels) -> None:
    file = kernels(TWO)
    assert len(load_module(file)[1]) == len(load_module(file)[1]) == 2


def test_defaults_and_static_arguments_are_part_of_the_program(kernels) -> None:
    plain, steep = lower_exports(load_module(kernels(TWO))[1])
    assert [array.name for array in plain.arguments] == ["w", "mu"]
    assert plain.nest.dims == ("n",)
    assert [array.name for array in steep.arguments] == ["w", "mu"]


@pytest.mark.parametrize(
    ("transform", "results"),
    [
        ("value", ["out"]),
        ("grad", ["w_bar"]),
        ("value_and_grad", ["f", "w_bar"]),
        ("hessian", ["hessian"]),
        ("value_and_hessian", ["f", "hessian"]),
        ("jacobian", ["jacobian"]),
        ("value_and_jacobian", ["f", "jacobian"]),
        ("jvp", ["f", "f_dot"]),
    ],
)
def test_results_have_names(transform: str, results: list[str]) -> None:
    @gg.export(transform=transform, w=gg.f64[3])
    def f(w):
        return w @ w * w[0]

    (unit,) = lower_exports(exports_of(__name__)[-1:])
    assert [unit.names[array.name] for array in unit.results] == results


def test_vjp_is_two_functions_that_share_a_tape() -> None:
    @gg.export(transform="vjp", argnums=("A", 2), x=gg.f64["n"], A=gg.f64["n", 3], k=gg.f64, steps=gg.i64)
    def g(x, A, k, steps):
        return np_exp(A @ A.T @ x) * k * steps

    def np_exp(x):
        import numpy as np

        return np.exp(x)

    forward, adjoint = lower_exports(exports_of(__name__)[-1:])
    assert (forward.name, adjoint.name) == ("g_forward", "g_adjoint")
    taken = [[unit.names[a.name] for a in unit.arguments] for unit in (forward, adjoint)]
    assert taken == [["x", "A", "k", "steps"], ["x", "A", "k", "steps", "ct"]]
    assert [adjoint.names[a.name] for a in adjoint.results] == ["A_bar", "k_bar"]
    assert [a.shape for a in forward.tape] == [a.shape for a in adjoint.tape]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("@gg.export(y=gg.f64)\ndef f(x): return x", "f has the parameters x"),
        ("@gg.export()\ndef f(x): return x", "f needs a type for x: x=gg.f64"),
        ("@gg.export(transform='gradient', x=gg.f64)\ndef f(x): return x", "no transform 'gradient'; there are value"),
        ("@gg.export(x=gg.f64)\ndef f(*x): return x", "any number of arguments"),
        ("@gg.export(x=gg.f64, static_argnames='k')\ndef f(x, k=1): return x", "static_argnames has 'k'"),
        ("x = 1", "exports nothing; write @gg.export"),
    ],
)
def test_a_wrong_declaration_is_refused(kernels, text: str, message: str) -> None:
    with pytest.raises(gg.ArgumentError, match=message):
        load_module(kernels(text))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            "@gg.export(x=gg.f64['n'])\ndef f(x):\n    return sum(x[i] for i in range(x.shape[0]))",
            "sum(x[i]",
            "dimension n is known only when the function is called",
        ),
        ("@gg.export(x=gg.f64['n'], transform='jacobian')\ndef f(x):\n    return x * x", "@gg.export", "fixed sizes"),
        ("@gg.export(x=gg.f64['n'])\ndef f(x):\n    return x.reshape(2, -1)", "x.reshape", "n"),
        ("@gg.export(x=gg.f64['n'], transform='grad')\ndef f(x):\n    return np.sin(x)", "@gg.export", "scalar"),
    ],
)
def test_what_a_named_size_does_not_allow_is_said_with_the_line(kernels, text: str, line: str, message: str) -> None:
    _, found = load_module(kernels(text))
    with pytest.raises(gg.GradgenError, match=message) as caught:
        lower_exports(found)
    assert line in str(caught.value)
    assert "exported as f" in str(caught.value)


def test_arguments_of_a_derivative_are_numbers_or_names_of_what_has_a_type() -> None:
    @gg.export(transform="grad", argnums="z", x=gg.f64)
    def f(x):
        return x

    with pytest.raises(gg.ArgumentError, match="argnums 'z' is no argument with a type; there are 0 x"):
        lower_exports(exports_of(__name__)[-1:])


EDGES = """
from collections import namedtuple
Pair = namedtuple("Pair", "a b")

@gg.compile
def squared(x):
    return x * x

gg.export(squared, gg.f64)
gg.export(gg.vmap(squared), gg.f64["n"], name="many")
gg.export(gg.grad(squared), gg.f64, name="slope")

@gg.export(p=Pair(gg.f64, gg.f64[2]))
def record(p):
    return Pair(p.a * 2.0, None), [p.b]

@gg.export()
def nothing():
    return 1.5

table = np.linspace(0, 1, 3000).reshape(100, 30)

@gg.export(x=gg.f64[30], transform="vjp")
def projected(x):
    return np.tanh(table @ x)
"""


def test_whatever_can_be_called_can_be_exported(kernels) -> None:
    units = {unit.name: unit for unit in lower_exports(load_module(kernels(EDGES))[1])}
    assert list(units) == ["squared", "many", "slope", "record", "nothing", "projected_forward", "projected_adjoint"]
    assert [units["record"].names[a.name] for a in units["record"].arguments] == ["p_a", "p_b"]
    assert len(units["record"].results) == 2
    assert units["nothing"].arguments == []
    for sweep in ("projected_forward", "projected_adjoint"):
        assert units[sweep].arguments[0].name == "x"
        assert {a.shape for a in units[sweep].nest.of("data")} == {(100, 30)}, "read-only data, not an argument"
