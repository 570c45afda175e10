"""The examples that put compiled functions into the loops of others: each runs, and checks itself."""

from __future__ import annotations

import os

import pytest

pytest.importorskip("sklearn", reason="the examples need the extra 'demo'")

from examples import joblib_workers, scipy_minimize, trust_constr


def test_scipy_minimize(capsys: pytest.CaptureFixture[str]) -> None:
    scipy_minimize.main()
    assert "coefficients differ from scikit-learn's by" in capsys.readouterr().out


def test_scipy_minimize_notices_a_wrong_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scipy_minimize, "softmax_loss", lambda w, A, Y, mu: 0.5 * mu * (w @ w))
    with pytest.raises(AssertionError):
        scipy_minimize.main()


def test_trust_constr(capsys: pytest.CaptureFixture[str]) -> None:
    trust_constr.main()
    assert "multiplier" in capsys.readouterr().out


def test_joblib_workers(capsys: pytest.CaptureFixture[str]) -> None:
    joblib_workers.main(samples=4)
    assert "4 fits in 2 processes" in capsys.readouterr().out


def test_torch_function(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    from examples import torch_function

    torch_function.main(steps=3)
    assert "differ from PyTorch's own by" in capsys.readouterr().out


def test_jax_custom_call(capsys: pytest.CaptureFixture[str]) -> None:
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    pytest.importorskip("jax", reason="JAX is not installed")
    from examples import jax_custom_call

    jax_custom_call.main(steps=5)
    assert "differ from those of the loss in JAX by" in capsys.readouterr().out
