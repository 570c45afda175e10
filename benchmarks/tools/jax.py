"""JAX: jit, float64, NumPy arrays in and out."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.tool import Built, arrays
from benchmarks.workload import Case

PACKAGE, KEEPS = "jax", True

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")


def build(case: Case) -> Built:
    """The function with JAX's namespace, compiled by XLA on the first call."""
    derivative = jax.jit(differentiate(case))

    def call() -> Any:
        return arrays(derivative(*case.arguments))  # waits for the result

    return Built(call)


def differentiate(case: Case) -> Any:
    """The transform that is asked for."""
    function, argnums = case.function_for("jax", jnp), case.workload.argnums
    match case.workload.transform:
        case "value_and_grad":
            return jax.value_and_grad(function, argnums)
        case "hessian":
            return jax.hessian(function, argnums[0])
        case "hvp":
            return lambda *arguments: _product(function, argnums[0], arguments[:-1], arguments[-1])
        case "jacobian":
            return jax.jacfwd(function, argnums[0])
        case _:
            # Fifteen inputs and two outputs: rows, by reverse mode, are fewer.
            return jax.vmap(jax.jacrev(function, argnums))


def _product(function: Any, argnum: int, inputs: tuple[Any, ...], direction: Any) -> Any:
    """Forward over reverse."""

    def gradient(x: Any) -> Any:
        return jax.grad(function, argnum)(*inputs[:argnum], x, *inputs[argnum + 1 :])

    return jax.jvp(gradient, (inputs[argnum],), (direction,))[1]
