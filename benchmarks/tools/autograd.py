"""HIPS autograd: a tape in Python at each call."""

from __future__ import annotations

from typing import Any

import autograd
import autograd.numpy as anp

from benchmarks.tool import Built, Unsupported
from benchmarks.workload import Case

PACKAGE = "autograd"


def build(case: Case) -> Built:
    """The function with autograd's namespace; nothing is compiled."""
    function, argnums = case.function_for("autograd", anp), case.workload.argnums
    match case.workload.transform:
        case "value_and_grad":
            derivative = autograd.value_and_grad(function, argnums if len(argnums) > 1 else argnums[0])
        case "hessian":
            derivative = autograd.hessian(function, argnums[0])
        case "hvp":
            product = autograd.hessian_vector_product(function, argnums[0])
            derivative = product
        case _:
            raise Unsupported("no vmap")

    def call() -> Any:
        return derivative(*case.arguments)

    return Built(call)
