"""What CasADi's virtual machine and its generated C have in common."""

from __future__ import annotations

from typing import Any

import casadi as ca
import numpy as np

from benchmarks.tool import Unsupported
from benchmarks.workload import Case

# Up to this many numbers go in as scalar expressions (SX), which are faster; more as matrices (MX).
SCALARS = 200


def derivative(case: Case, tool: str) -> Any:
    """A CasADi function of the arguments."""
    batched = case.workload.transform == "batched_jacobian"
    arguments = [argument[0] for argument in case.arguments] if batched else list(case.arguments)
    small = sum(np.size(argument) for argument in arguments) <= SCALARS
    inputs = [symbol(k, argument, ca.SX if small else ca.MX) for k, argument in enumerate(arguments)]
    try:
        results = differentiate(case, case.function_for(tool, ca), inputs)
    except AttributeError as missing:
        raise Unsupported(f"{missing}, and no variant is written") from missing
    function = ca.Function("f", inputs, results)
    return over_batch(function, len(case.arguments[0])) if batched else function


def over_batch(function: Any, batch: int) -> Any:
    """The function of so many columns, under the same name."""
    mapped = function.map(batch)
    columns = [ca.MX.sym(f"x{k}", *mapped.size_in(k)) for k in range(mapped.n_in())]
    return ca.Function("f", columns, mapped.call(columns))


def symbol(k: int, argument: Any, kind: Any) -> Any:
    """A symbol of the argument's shape; vectors are columns, of more than two axes the first ones become one."""
    shape = np.shape(matrices(argument))
    return kind.sym(f"x{k}", *(shape if shape else (1,)))


def differentiate(case: Case, function: Any, inputs: list[Any]) -> list[Any]:
    """The transform that is asked for."""
    chosen = [inputs[k] for k in case.workload.argnums]
    match case.workload.transform:
        case "value_and_grad":
            value = function(*inputs)
            return [value, *(ca.gradient(value, x) for x in chosen)]
        case "hessian":
            return [ca.hessian(function(*inputs), chosen[0])[0]]
        case "hvp":
            gradient = ca.gradient(function(*inputs[:-1]), chosen[0])
            return [ca.jtimes(gradient, chosen[0], inputs[-1])]
        case _:  # one Jacobian, or one observation's: CasADi chooses the mode
            value = function(*inputs)
            return [ca.densify(ca.jacobian(value, x)) for x in chosen]


def matrices(argument: Any) -> np.ndarray[Any, Any]:
    """At most two axes."""
    array = np.asarray(argument)
    return array if array.ndim <= 2 else array.reshape(-1, array.shape[-1])


def given(case: Case) -> list[Any]:
    """The arguments as CasADi takes them: matrices; of a batch, an observation is a column."""
    batched = case.workload.transform == "batched_jacobian"
    return [np.transpose(a) if batched and np.ndim(a) else a for a in map(matrices, case.arguments)]


def taken(case: Case, results: Any) -> list[np.ndarray[Any, Any]]:
    """Its results as NumPy arrays of the right shapes."""
    parts = results if isinstance(results, (tuple, list)) else [results]
    of = side_by_side if case.workload.transform == "batched_jacobian" else np.reshape
    return [of(np.asarray(part), shape) for part, shape in zip(parts, case.gradient_shapes, strict=True)]


def side_by_side(part: np.ndarray[Any, Any], shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Blocks side by side become a batch."""
    if part.size != int(np.prod(shape)):
        raise ValueError(f"{part.shape} for {shape}")
    if len(shape) < 2 or part.shape == shape:
        return part.reshape(shape)
    rows, batch = shape[1], shape[0]
    return part.reshape(rows, batch, -1).transpose(1, 0, 2).reshape(shape)
