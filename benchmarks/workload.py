"""What is measured: a plain NumPy function, its data, and the derivative that is asked for.

Each file in `benchmarks/workloads` ends with ``WORKLOAD = Workload(…)``; that is all it takes to add one.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "Case", "Workload", "cases", "find", "with_namespace"]

Array = NDArray[np.float64]
Function = Callable[..., Any]
Arguments = tuple[Any, ...]


@dataclass(frozen=True)
class Workload:
    """A function and what is asked of it.

    Parameters
    ----------
    title : str
        The first words of its rows.
    function : callable
        Plain NumPy; gradgen takes it as it stands.
    sizes : mapping of str to callable
        For each label a function that makes the arguments, with a fixed seed.
    transform : str
        ``value_and_grad``, ``hessian``, ``hvp`` (the last argument is the direction, and not one of `function`),
        ``jacobian`` (with more rows than columns), or ``batched_jacobian`` (of each entry along the first axis of
        every argument).
    argnums : tuple of int
        By what is differentiated.
    by_hand : callable, optional
        The same derivative as a careful person writes it with NumPy: the results as a tuple.
    variants : mapping of str to callable
        For a tool, by the name of its file, the function in its own words; it is given the tool's namespace first.
        The others are given `function` with their namespace in the place of ``np``.
    without : mapping of str to str
        For a tool, or ``TOOL SIZE``, why it does not do this.
    quick : tuple of str
        The sizes that `make bench-quick` runs.
    bytes, flops : callable, optional
        Of the arguments: what the gradient must read and write at least, and the multiplications and additions in
        its products of matrices; they say which limit of the machine holds, and how near it a tool comes.
    """

    title: str
    function: Function
    sizes: Mapping[str, Callable[[], Arguments]]
    transform: str = "value_and_grad"
    argnums: tuple[int, ...] = (0,)
    by_hand: Function | None = None
    variants: Mapping[str, Function] = field(default_factory=dict)
    without: Mapping[str, str] = field(default_factory=dict)
    quick: tuple[str, ...] = ()
    bytes: Callable[..., float] | None = None
    flops: Callable[..., float] | None = None


@dataclass(frozen=True)
class Case:
    """One row: a workload at one size."""

    name: str
    size: str
    workload: Workload
    arguments: Arguments

    def function_for(self, tool: str, namespace: Any) -> Function:
        """The function in the words of a tool."""
        variant = self.workload.variants.get(tool)
        if variant is not None:
            return lambda *arguments: variant(namespace, *arguments)
        return with_namespace(self.workload.function, namespace)

    @property
    def inputs(self) -> Arguments:
        """The arguments of the function, without a direction."""
        return self.arguments[:-1] if self.workload.transform == "hvp" else self.arguments

    @property
    def gradient_shapes(self) -> list[tuple[int, ...]]:
        """The shapes of the results, in order."""
        chosen = [np.shape(self.arguments[k]) for k in self.workload.argnums]
        if self.workload.transform == "value_and_grad":
            return [(), *chosen]
        if self.workload.transform == "hessian":
            return [shape + shape for shape in chosen]
        if self.workload.transform == "hvp":
            return chosen
        dropped = 1 if self.workload.transform == "batched_jacobian" else 0
        return [self.value_shape + shape[dropped:] for shape in chosen]

    @property
    def value_shape(self) -> tuple[int, ...]:
        """The shape of the function's value, over the whole batch if there is one."""
        match self.workload.transform:
            case "jacobian":
                return np.shape(self.workload.function(*self.arguments))
            case "batched_jacobian":
                first = [argument[0] for argument in self.arguments]
                return (len(self.arguments[0]), *np.shape(self.workload.function(*first)))
            case _:
                return ()

    def reason_against(self, tool: str) -> str | None:
        """Why the tool is not asked."""
        without = self.workload.without
        return without.get(f"{tool} {self.size}") or without.get(tool)


def find(package: str, constant: str) -> dict[str, Any]:
    """The constant of every file in a folder of benchmarks, by the file's name."""
    folder = Path(__file__).parent / package
    names = sorted(module.name for module in pkgutil.iter_modules([str(folder)]) if not module.name.startswith("_"))
    return {name: getattr(importlib.import_module(f"benchmarks.{package}.{name}"), constant) for name in names}


def cases(names: list[str] | None = None, quick: bool = False) -> list[tuple[str, str]]:
    """Names and sizes of the workloads asked for; all by default."""
    found: dict[str, Workload] = find("workloads", "WORKLOAD")
    unknown = set(names or ()) - set(found)
    if unknown:
        raise SystemExit(f"no workload {', '.join(sorted(unknown))}; there are {', '.join(found)}")
    return [
        (name, size)
        for name, workload in found.items()
        if not names or name in names
        for size in (workload.quick if quick else workload.sizes)
    ]


def with_namespace(function: Function, namespace: Any) -> Function:
    """The function, and those of its file that it calls, with another module in the place of ``np``."""
    assert isinstance(function, FunctionType)
    scope = {**function.__globals__, "np": namespace}
    for name, value in function.__globals__.items():
        if isinstance(value, FunctionType) and value.__module__ == function.__module__:
            scope[name] = FunctionType(value.__code__, scope, name, value.__defaults__, value.__closure__)
    return FunctionType(function.__code__, scope, function.__name__, function.__defaults__, function.__closure__)


def load(name: str, size: str) -> Case:
    """One case with its data."""
    module: ModuleType = importlib.import_module(f"benchmarks.workloads.{name}")
    workload: Workload = module.WORKLOAD
    return Case(name, size, workload, workload.sizes[size]())
