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


def pull(p: Any, x: float, y: float, x_bar: float, y_bar: float, p_bar: list[float]) -> tuple[float, float]:
    """From the cotangents of `field` at (x, y) to those of x and y; those of p are added up."""
    met = x * y
    met_bar = p[2] * y_bar - p[1] * x_bar
    p_bar[0] += x_bar * x
    p_bar[1] -= x_bar * met
    p_bar[2] += y_bar * met
    p_bar[3] -= y_bar * y
    return p[0] * x_bar + met_bar * y, met_bar * x - p[3] * y_bar


def stages(p: Any, x: float, y: float, h: float) -> tuple[float, ...]:
    """Where a step looks at the field, and what it finds there: with numbers, as NumPy is slow on arrays of two."""
    found = []
    u, v = x, y
    for reach in (0.5 * h, 0.5 * h, h, 0.0):
        met = u * v
        dx, dy = p[0] * u - p[1] * met, p[2] * met - p[3] * v
        found += [u, v, dx, dy]
        u, v = x + reach * dx, y + reach * dy
    return tuple(found)


def by_hand(p: Array, y: Array, h: Array) -> tuple[Any, ...]:
    """Value and gradient: back through the steps, with the stages that were kept."""
    parameters, lengths = p.tolist(), h.tolist()
    a, b = y.tolist()
    kept = []
    for length in lengths:
        found = stages(parameters, a, b, length)
        kept.append(found)
        a += length / 6.0 * (found[2] + 2.0 * (found[6] + found[10]) + found[14])
        b += length / 6.0 * (found[3] + 2.0 * (found[7] + found[11]) + found[15])
    a_bar, b_bar, p_bar = 2.0 * a, 2.0 * b, [0.0] * 4
    for length, found in zip(reversed(lengths), reversed(kept), strict=True):
        (x1, y1), (x2, y2), (x3, y3), (x4, y4) = found[:2], found[4:6], found[8:10], found[12:14]
        sixth, third, half = length / 6.0, length / 3.0, 0.5 * length
        u4, v4 = pull(parameters, x4, y4, sixth * a_bar, sixth * b_bar, p_bar)
        u3, v3 = pull(parameters, x3, y3, third * a_bar + length * u4, third * b_bar + length * v4, p_bar)
        u2, v2 = pull(parameters, x2, y2, third * a_bar + half * u3, third * b_bar + half * v3, p_bar)
        u1, v1 = pull(parameters, x1, y1, sixth * a_bar + half * u2, sixth * b_bar + half * v2, p_bar)
        a_bar, b_bar = a_bar + u4 + u3 + u2 + u1, b_bar + v4 + v3 + v2 + v1
    return a * a + b * b, np.array(p_bar), np.array([a_bar, b_bar])


def jax(jnp: Any, p: Any, y: Any, h: Any) -> Any:
    """In JAX's words: its loop."""
    from jax import lax

    from benchmarks.workload import with_namespace

    own = with_namespace(step, jnp)
    end, _ = lax.scan(lambda state, length: (own(p, state, length), None), y, h)
    return jnp.sum(end**2)


def pytensor(pt: Any, p: Any, y: Any, h: Any) -> Any:
    """In PyTensor's words: its loop."""
    from types import SimpleNamespace

    from pytensor import scan

    from benchmarks.workload import with_namespace

    own = with_namespace(step, SimpleNamespace(array=pt.stack))
    states = scan(
        lambda length, state, p: own(p, state, length),
        sequences=h, outputs_info=y, non_sequences=p, return_updates=False,
    )  # fmt: skip
    return pt.sum(states[-1] ** 2)


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


UNROLLED = "it unrolls the loop over steps, having none that it traces and differentiates as a loop"
WORKLOAD = Workload(
    "RK4",
    final,
    {"100 steps": partial(data, 100), "1000 steps": partial(data, 1000)},
    argnums=(0, 1),
    by_hand=by_hand,
    variants={
        **{"jax": jax, "pytensor": pytensor, "casadi_vm": casadi, "casadi_c": casadi},
        **{"torch_eager": torch, "torch_compile": torch},
    },
    without={
        "gradgen 1000 steps": f"{UNROLLED}; so many take too long to compile",
        "torch_compile": UNROLLED,
    },
    quick=(),
)
