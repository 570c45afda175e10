"""A NumPy function inside a program that JAX compiles.

    python -m examples.jax_custom_call

Gradient descent in `jax.lax.fori_loop`, under `jax.jit`, calls the compiled gradient back on the host. The result is
held against the same program with the loss written in JAX.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

import gradgen as gg

STEPS = 50


def loss(w: Any, A: Any, y: Any, mu: float) -> Any:
    """Mean logistic loss of the labels ``y`` (+1 or -1) with a ridge penalty."""
    return np.mean(np.log1p(np.exp(-y * (A @ w)))) + 0.5 * mu * (w @ w)


def loss_in_jax(w: Any, A: Any, y: Any, mu: float) -> Any:
    """The same, written once more."""
    return jnp.mean(jnp.log1p(jnp.exp(-y * (A @ w)))) + 0.5 * mu * (w @ w)


compiled = gg.interop.jax(loss)


def descend(f: Callable[..., Any], A: Any, y: Any, steps: int) -> Any:
    """The coefficients after so many steps, one compiled program."""
    slope = jax.grad(f)

    @jax.jit
    def program(w: Any) -> Any:
        return jax.lax.fori_loop(0, steps, lambda _, w: w - 0.5 * slope(w, A, y, 1e-3), w)

    return program(jnp.zeros(A.shape[1], A.dtype))


def main(steps: int = STEPS) -> None:
    """Descend twice, compare, print."""
    data = load_breast_cancer()
    A = jnp.asarray(StandardScaler().fit_transform(data.data))
    y = jnp.asarray(2.0 * data.target - 1.0, A.dtype)
    found, expected = descend(compiled, A, y, steps), descend(loss_in_jax, A, y, steps)
    off = float(jnp.abs(found - expected).max())
    assert off < (1e-12 if A.dtype == np.float64 else 1e-4), off
    print(f"descent  {steps} steps in {A.dtype}, loss {float(compiled(found, A, y, 1e-3)):.6f}")
    print(f"weights  differ from those of the loss in JAX by {off:.1e}")


if __name__ == "__main__":
    main()
