"""What eager PyTorch and torch.compile have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from benchmarks.tool import Built
from benchmarks.workload import Case

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

Transform = Callable[[Any], Any]


def prepare(case: Case, tool: str, finish: Transform) -> Built:
    """A derivative of tensors, called with NumPy arrays, whose memory the tensors share."""
    derivative = differentiate(case, case.function_for(tool, torch), finish)

    def call() -> Any:
        tensors = [torch.from_numpy(a) if isinstance(a, np.ndarray) else torch.as_tensor(a) for a in case.arguments]
        return [part.detach().numpy() for part in derivative(tensors)]

    return Built(call)


def differentiate(case: Case, function: Any, finish: Transform) -> Any:
    """The transform that is asked for, from a list of tensors to a list of tensors."""
    argnums = case.workload.argnums
    match case.workload.transform:
        case "value_and_grad":
            return _reverse(finish(function), argnums)
        case "hessian":
            chosen = finish(torch.func.hessian(function, argnums[0]))
            return lambda tensors: [chosen(*tensors)]
        case "hvp":
            return _products(function, argnums[0], finish)
        case "jacobian":
            forward = finish(torch.func.jacfwd(function, argnums[0]))
            return lambda tensors: [forward(*tensors)]
        case _:
            batched = finish(torch.func.vmap(torch.func.jacrev(function, argnums)))
            return lambda tensors: list(batched(*tensors))


def _reverse(function: Any, argnums: tuple[int, ...]) -> Any:
    """Value and gradient, by the tape: what PyTorch's users write."""

    def derivative(tensors: list[Any]) -> list[Any]:
        leaves = [tensors[k].detach().requires_grad_() for k in argnums]
        arguments = list(tensors)
        for k, leaf in zip(argnums, leaves, strict=True):
            arguments[k] = leaf
        value = function(*arguments)
        return [value, *torch.autograd.grad(value, leaves)]

    return derivative


def _products(function: Any, argnum: int, finish: Transform) -> Any:
    """Forward over reverse."""

    def product(*tensors: Any) -> Any:
        *inputs, direction = tensors

        def gradient(x: Any) -> Any:
            return torch.func.grad(function, argnum)(*inputs[:argnum], x, *inputs[argnum + 1 :])

        return torch.func.jvp(gradient, (inputs[argnum],), (direction,))[1]

    finished = finish(product)
    return lambda tensors: [finished(*tensors)]
