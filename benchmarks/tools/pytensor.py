"""PyTensor: Theano's successor, with its default backend."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt

from benchmarks.tool import Built, Unsupported
from benchmarks.workload import Case

PACKAGE, KEEPS = "pytensor", True


def build(case: Case) -> Built:
    """The graph is made, optimised and compiled here."""
    inputs = [symbol(argument) for argument in case.arguments]
    results = differentiate(case, inputs)
    function = pytensor.function(inputs, results, on_unused_input="ignore", trust_input=True)
    arguments = [np.asarray(argument) for argument in case.arguments]

    def call() -> Any:
        return function(*arguments)

    return Built(call)


def by_columns(value: Any, x: Any) -> Any:
    """A Jacobian in forward mode: its own goes by rows, which are many more."""
    direction = x.type()
    column = pytensor.gradient.pushforward(value, x, direction)
    columns = pytensor.graph.vectorize_graph(column, {direction: pt.eye(x.type.shape[0])})
    return pt.moveaxis(columns, 0, -1)


def symbol(argument: Any) -> Any:
    """A variable of the argument's type, its shape known."""
    array = np.asarray(argument)
    return pt.tensor(dtype=array.dtype.name, shape=array.shape)


def differentiate(case: Case, inputs: list[Any]) -> list[Any]:
    """The transform that is asked for."""
    function, argnums = case.function_for("pytensor", pt), case.workload.argnums
    chosen = [inputs[k] for k in argnums]
    match case.workload.transform:
        case "value_and_grad":
            value = function(*inputs)
            return [value, *pt.grad(value, chosen)]
        case "hessian":
            return [pytensor.gradient.hessian(function(*inputs), chosen[0])]
        case "hvp":
            gradient = pt.grad(function(*inputs[:-1]), chosen[0])
            return [pt.grad(pt.sum(gradient * inputs[-1]), chosen[0])]
        case "jacobian":
            return [by_columns(function(*inputs), chosen[0])]
        case _:
            raise Unsupported("its vectorize_graph does not reach through a Jacobian, which is a loop")
