"""HIPS autograd: a tape in Python at each call."""

from __future__ import annotations

from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np

from benchmarks.tool import Built, Unsupported
from benchmarks.workload import Case

PACKAGE, KEEPS = "autograd", False


def build(case: Case) -> Built:
    """The function with autograd's namespace; nothing is compiled."""
    function, argnums = case.function_for("autograd", anp), case.workload.argnums
    match case.workload.transform:
        case "value_and_grad":
            derivative = autograd.value_and_grad(function, argnums if len(argnums) > 1 else argnums[0])
        case "hessian":
            derivative = autograd.hessian(function, argnums[0])
        case "hvp":
            derivative = autograd.hessian_vector_product(function, argnums[0])
        case "jacobian":
            derivative = by_columns(autograd.make_jvp(function, argnums[0]), argnums[0])
        case _:
            raise Unsupported("no vmap")

    def call() -> Any:
        return derivative(*case.arguments)

    return Built(call)


def by_columns(products: Any, argnum: int) -> Any:
    """A Jacobian in forward mode: autograd's own goes by rows, which are many more."""

    def derivative(*arguments: Any) -> Any:
        forward = products(*arguments)
        directions = np.eye(len(arguments[argnum]))
        return np.stack([forward(direction)[1] for direction in directions], axis=-1)

    return derivative
