"""Every example runs, checks itself against its closed form, and says what it should."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradgen as gg
from gradgen.native.compiler import find_compiler

MODULES = (
    *("analytic_against_compiled", "cheaper_mode", "demo", "hessian_products", "linear_regression"),
    *("logistic_regression", "tanh_fourth_derivative", "taylor_cos", "timing"),
)


@pytest.fixture(scope="module")
def examples() -> Any:
    """The package with its modules, imported here: what they import takes seconds that collecting can do without."""
    for name in ("sklearn", "autograd", "matplotlib"):
        pytest.importorskip(name, reason="the examples need the extra 'demo'")
    for name in MODULES:
        importlib.import_module(f"examples.{name}")
    return importlib.import_module("examples")


def test_taylor_cos(examples: Any, capsys: pytest.CaptureFixture[str]) -> None:
    examples.taylor_cos.main(terms=(1, 3, 12), x=0.75)
    assert capsys.readouterr().out.count("│") >= 3 * 5


def test_taylor_cos_notices_a_wrong_derivative(examples: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples.taylor_cos, "exact_slope", lambda x, terms: 0.5)
    with pytest.raises(AssertionError):
        examples.taylor_cos.main(terms=(12,))


def test_tanh_fourth_derivative(examples: Any, capsys: pytest.CaptureFixture[str]) -> None:
    examples.tanh_fourth_derivative.main()
    assert "3.9522195637245" in capsys.readouterr().out


def test_linear_regression(examples: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "picture.png"
    examples.linear_regression.main(sizes=(10, 100), runs=3, picture=picture)
    assert picture.stat().st_size > 10_000
    shown = capsys.readouterr().out
    assert "│  10 │" in shown
    assert "│ 100 │" in shown


def test_analytic_against_compiled(examples: Any, capsys: pytest.CaptureFixture[str]) -> None:
    examples.analytic_against_compiled.main(n=8, rounds=1)
    assert capsys.readouterr().out.count("Hessian of") == 3


def test_analytic_against_compiled_notices_a_wrong_answer(examples: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples.analytic_against_compiled, "softplus_hessian", lambda x, a: np.outer(a, x))
    with pytest.raises(AssertionError):
        examples.analytic_against_compiled.main(n=8, rounds=1)


def test_hessian_products(examples: Any, capsys: pytest.CaptureFixture[str]) -> None:
    examples.hessian_products.main(n=1000, repeats=1)
    shown = capsys.readouterr().out
    assert "log_sum_exp │" in shown
    assert "logistic    │" in shown


def test_hessian_products_take_no_memory_for_the_hessian(examples: Any) -> None:
    """Of 200 000 variables, whose Hessian would be 320 GB; a product needs some vectors."""
    n = 200_000
    for problem in examples.hessian_products.problems(n):
        lowered = gg.hvp(problem.f).lower(*problem.arguments, problem.arguments[0])
        assert lowered.stages.nest.work_size <= 3 * 8 * n


def test_cheaper_mode(examples: Any, capsys: pytest.CaptureFixture[str]) -> None:
    examples.cheaper_mode.main(sizes=((2, 20), (20, 2)), rounds=1)
    shown = capsys.readouterr().out
    assert "forward mode, inputs to outputs 2 <= 2 x 20" in shown
    assert "reverse mode, inputs to outputs 20 > 2 x 2" in shown


def test_demo(
    examples: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRADGEN_DEMO_QUICK", "1")
    monkeypatch.chdir(tmp_path)
    examples.demo.main()
    shown = capsys.readouterr().out
    assert "differ from scikit-learn's by" in shown
    source = tmp_path / "demo-output" / "loss_value_and_grad.c"
    assert str(source.relative_to(tmp_path)) in shown
    assert source.read_text() == examples.logistic_regression.value_and_grad.source
    assert (tmp_path / "demo-output" / "logistic_regression.png").stat().st_size > 10_000


@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_the_three_gradients_agree(examples: Any, backend: str) -> None:
    if backend == "c" and find_compiler() is None:
        pytest.skip("no C compiler")
    A, y = examples.logistic_regression.data()
    w = np.linspace(-1.0, 1.0, A.shape[1])
    own = gg.value_and_grad(examples.logistic_regression.loss, backend=backend)(w, A, y, 0.1)
    for rival in (examples.logistic_regression.by_hand, examples.logistic_regression.with_autograd):
        value, gradient = rival(w, A, y, 0.1)
        np.testing.assert_allclose(own[0], value, rtol=1e-13)
        np.testing.assert_allclose(own[1], gradient, rtol=1e-11, atol=1e-13)


def test_medians_tell_slow_from_quick(examples: Any) -> None:
    with examples.timing.one_core():
        times = examples.timing.medians({"quick": lambda: None, "slow": lambda: sum(range(10_000))}, rounds=5)
    assert times["slow"] > 10 * times["quick"] > 0
