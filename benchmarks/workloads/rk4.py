"""Lotka and Volterra's equations by Runge and Kutta's method, the loop over steps written as a loop."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks.workload import Array, Workload


def field(p: Array, y: Array) -> Any:
    """How hares and foxes change."""
    met = y[0] * y[1]
    return np.array([p[0] * y[0] - p[1] * met, p[2] * met - p[3] * y[1]])


def step(p: Array, y: Array, h: float) -> Any:
    """One step of length ``h``."""
    k1 = field(p, y)
    k2 = field(p, y + 0.5 * h * k1)
    k3 = field(p, y + 0.5 * h * k2)
    k4 = field(p, y + h * k3)
    return y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


def final(p: Array, y: Array, h: Array) -> Any:
    """The square of the state after steps of these lengths."""
    for k in range(len(h)):
        y = step(p, y, h[k])
    return np.sum(y**2)


def data(steps: int) -> tuple[Array, ...]:
    """Ten units of time."""
    return np.array([1.1, 0.4, 0.1, 0.4]), np.array([10.0, 5.0]), np.full(steps, 10.0 / steps)


def jax(jnp: Any, p: Any, y: Any, h: Any) -> Any:
    """In JAX's words: its loop."""
    from jax import lax

    from benchmarks.workload import with_namespace

    own = with_namespace(step, jnp)
    end, _ = lax.scan(lambda state, length: (own(p, state, length), None), y, h)
    return jnp.sum(end**2)


def torch(torch: Any, p: Any, y: Any, h: Any) -> Any:
    """In PyTorch's words."""
    from types import SimpleNamespace

    from benchmarks.workload import with_namespace

    own = with_namespace(step, SimpleNamespace(array=torch.stack))
    for k in range(len(h)):
        y = own(p, y, h[k])
    return torch.sum(y**2)


def casadi(ca: Any, p: Any, y: Any, h: Any) -> Any:
    """In CasADi's words: its loop, over a function of scalars."""
    from types import SimpleNamespace

    from benchmarks.workload import with_namespace

    own = with_namespace(step, SimpleNamespace(array=lambda parts: ca.vertcat(*parts)))
    state, parameters, length = ca.SX.sym("y", 2), ca.SX.sym("p", 4), ca.SX.sym("h")
    one = ca.Function("step", [state, parameters, length], [own(parameters, state, length)])
    end = one.fold(h.shape[0])(y, ca.repmat(p, 1, h.shape[0]), h.T)
    return ca.sumsqr(end)


UNROLLED = "the loop is unrolled, for want of one that is traced as a loop"
WORKLOAD = Workload(
    "RK4",
    final,
    {"100 steps": partial(data, 100), "1000 steps": partial(data, 1000)},
    argnums=(0, 1),
    variants={"jax": jax, "torch_eager": torch, "torch_compile": torch, "casadi_vm": casadi, "casadi_c": casadi},
    without={
        "gradgen 1000 steps": f"{UNROLLED}; that comes later",
        "torch_compile": UNROLLED,
        "pytensor": UNROLLED,
    },
    quick=(),
)
