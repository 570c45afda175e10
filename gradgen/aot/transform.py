"""From what an export says to something that can be lowered: the transform applied, the arguments named."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gradgen.aot.declare import Export
from gradgen.api import (
    compile,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    value_and_hessian,
    value_and_jacobian,
)
from gradgen.api.compiled import Compiled
from gradgen.api.leaves import is_static, leaf_type
from gradgen.api.tape import Taped
from gradgen.errors import ArgumentError
from gradgen.trace import Tree, flatten

__all__ = ["Planned", "data_of", "is_real", "plan", "result_names"]

Function = Callable[..., Any]

# Those that are called like the function itself.
ALIKE: dict[str, Callable[..., Compiled]] = {
    "grad": grad,
    "value_and_grad": value_and_grad,
    "jacobian": jacobian,
    "value_and_jacobian": value_and_jacobian,
    "hessian": hessian,
    "value_and_hessian": value_and_hessian,
}


# What results are called, of pairs each of the two; {} is the function.
RESULTS: dict[str, tuple[str, ...]] = {
    "jvp": ("{}", "{}_dot"),
    "value_and_jacobian": ("{}", "jacobian"),
    "value_and_hessian": ("{}", "hessian"),
    "jacobian": ("jacobian",),
    "hessian": ("hessian",),
}


@dataclass(frozen=True)
class Planned:
    """A function ready to be traced.

    Attributes
    ----------
    compiled : Compiled
        Called with the arguments that are data.
    names : tuple of str
        What these are called.
    types : tuple
        Their types.
    """

    compiled: Compiled
    names: tuple[str, ...]
    types: tuple[Any, ...]

    @property
    def parameters(self) -> tuple[tuple[str, Tree], ...]:
        """Each argument's name and structure."""
        return tuple((name, flatten(given)[1]) for name, given in zip(self.names, self.types, strict=True))

    @property
    def count(self) -> int:
        """How many leaves the arguments have."""
        return len(self.examples)

    @property
    def taped(self) -> Taped | None:
        """If it is a pair with a tape."""
        return self.compiled if isinstance(self.compiled, Taped) else None

    @property
    def examples(self) -> tuple[Any, ...]:
        """For each leaf its type, or an array or number in its place."""
        return tuple(flatten(self.types)[0])


def plan(export: Export) -> Planned:
    """Apply the transform of an export to its function."""
    function, names, types = data_of(export)
    if export.transform == "value":
        return _planned(compile(function), export, names, types)
    numbers = _numbers(export, names)
    argnums = numbers[0] if isinstance(export.argnums, int | str | None) else tuple(numbers)
    if export.transform in ALIKE:
        return _planned(ALIKE[export.transform](function, argnums), export, names, types)
    moving = [names[number] for number in numbers]
    if export.transform == "vjp":
        return _planned(Taped(function, argnums=numbers), export, names, types)
    if export.transform == "jvp":
        labels = [_fresh(f"{name}_dot", names) for name in moving]
        along = _along(function, numbers, len(names))
        return _planned(along, export, [*names, *labels], [*types, *[types[number] for number in numbers]])
    direction = types[numbers[0]] if isinstance(argnums, int) else tuple(types[number] for number in numbers)
    return _planned(hvp(function, argnums), export, [*names, _fresh("v", names)], [*types, direction])


def result_names(export: Export, result: Tree) -> list[str]:
    """Names for the leaves of the result, for those that have none from the user."""
    heads = [head.format(export.function.__name__) for head in RESULTS.get(export.transform, ("out",))]
    if len(heads) == 1:
        return ["_".join([heads[0], *path]) for path in result.paths()]
    return ["_".join([heads[int(part)], *path]) for part, *path in result.paths()]


def _planned(transformed: Function, export: Export, names: Sequence[str], types: Sequence[Any]) -> Planned:
    like = _named(lambda *given: None, names, export)
    if isinstance(transformed, Taped):
        compiled: Compiled = transformed
    else:
        inner = transformed.function if isinstance(transformed, Compiled) else transformed
        compiled = Compiled(inner, name=export.name, like=like)
    return Planned(compiled, tuple(names), tuple(types))


def data_of(export: Export) -> tuple[Function, list[str], list[Any]]:
    """The function of those parameters that are data, these, and their types; the others have their values."""
    names = [name for name, given in export.types.items() if _is_data(export, name, given)]
    signature = inspect.signature(export.function)
    fixed = {name: value for name, value in export.types.items() if name not in names}

    def function(*given: Any) -> Any:
        values = {**fixed, **dict(zip(names, given, strict=True))}
        ordered = {name: values[name] for name in signature.parameters if name in values}
        bound = inspect.BoundArguments(signature, OrderedDict(ordered))
        return export.function(*bound.args, **bound.kwargs)

    return _named(function, names, export), names, [export.types[name] for name in names]


def _named(function: Any, names: Sequence[str], export: Export) -> Function:
    """With the name and lines of the user's function, and these parameters."""
    function.__name__ = export.function.__name__
    function.__wrapped__ = export.function
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    function.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])
    return function  # type: ignore[no-any-return]


def _along(function: Function, numbers: Sequence[int], count: int) -> Function:
    """Value and derivative along a direction, of the arguments and a direction for some of them."""

    def moved(*given: Any) -> tuple[Any, Any]:
        primals, directions = list(given[:count]), given[count:]

        def of_some(*some: Any) -> Any:
            filled = list(primals)
            for number, value in zip(numbers, some, strict=True):
                filled[number] = value
            return function(*filled)

        of_some.__name__ = function.__name__
        return jvp(of_some, tuple(primals[number] for number in numbers), directions)

    return moved


def _is_data(export: Export, name: str, given: Any) -> bool:
    """Whether an argument has leaves that are data: all of them, then."""
    if name in export.static:
        return False
    leaves = flatten(given)[0]
    data = [not is_static(leaf) for leaf in leaves]
    if any(data) and not all(data):
        reason = "holds both data and what is part of the program; pass them as two arguments"
        raise ArgumentError(f"{export.name}: argument {name} {reason}")
    return any(data)


def _numbers(export: Export, names: Sequence[str]) -> list[int]:
    """By which of the arguments that are data."""
    wanted = export.argnums
    if wanted is None:
        if export.transform not in ("jvp", "vjp"):
            return [0]
        return [number for number, name in enumerate(names) if is_real(export, name)]
    parameters = list(inspect.signature(export.function).parameters)
    entries = [wanted] if isinstance(wanted, int | str) else wanted
    return [_number(export, entry, parameters, names) for entry in entries]


def _number(export: Export, entry: int | str, parameters: Sequence[str], names: Sequence[str]) -> int:
    try:
        name = parameters[entry] if isinstance(entry, int) else entry
        return names.index(name)
    except (LookupError, ValueError, TypeError):
        there = ", ".join(f"{number} {name}" for number, name in enumerate(parameters))
        raise ArgumentError(f"{export.name}: argnums {entry!r} is no argument with a type; there are {there}") from None


def is_real(export: Export, name: str) -> bool:
    """Whether an argument is floating-point throughout."""
    return all(leaf_type(leaf, name).is_real for leaf in flatten(export.types[name])[0])


def _fresh(name: str, taken: Sequence[str]) -> str:
    """The name, with underscores until nobody has it."""
    return _fresh(f"{name}_", taken) if name in taken else name
