"""A function of the leaves of its arguments, with the kernels for its value and for its derivatives.

This is what the wrappers for other frameworks have in common. Derivatives are programs again, so a framework that
differentiates a derivative meets nothing new.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradgen.api.batching import vmap
from gradgen.api.compiled import Compiled
from gradgen.api.directions import jvp, vjp
from gradgen.api.leaves import is_static
from gradgen.api.tape import Sweeps, Taped
from gradgen.api.transforms import compile
from gradgen.ir import Graph, Type
from gradgen.pipeline import build, choose_backend
from gradgen.trace import Tree, flatten

__all__ = ["Kernel", "Leaf", "Program", "Programs", "Sweeps", "leaf_of"]

# What a kernel depends on: dtype and shape of an array; the class of one of Python's numbers, which have no dtype.
Leaf = tuple[np.dtype[Any], tuple[int, ...]] | type[float] | type[int]
# So many programs that were made of one, or of one function, are remembered.
REMEMBERED = 256


@dataclass(frozen=True)
class Kernel:
    """A compiled function without derivatives, for fixed types."""

    call: Callable[..., list[Any]]
    value: Tree
    graph: Graph


class Program:
    """A function whose arguments are leaves.

    Parameters
    ----------
    function : callable
        Called with one array or number for each leaf; its result may be a container.
    name : str
        The name of the C function.
    labels : sequence of str
        What the leaves are called.
    backend : str, optional
        As for `compile`.
    """

    def __init__(
        self, function: Callable[..., Any], name: str, labels: Sequence[str], backend: str | None = None
    ) -> None:
        self.function, self.name, self.labels, self.backend = _named(function, name, labels), name, labels, backend
        self.kernel = functools.lru_cache(maxsize=REMEMBERED)(self._kernel)
        self.sweeps = functools.lru_cache(maxsize=REMEMBERED)(self._sweeps)
        self.pulled = functools.lru_cache(maxsize=REMEMBERED)(self._pulled)
        self.pushed = functools.lru_cache(maxsize=REMEMBERED)(self._pushed)
        self.batched = functools.lru_cache(maxsize=REMEMBERED)(self._batched)

    def _kernel(self, leaves: tuple[Leaf, ...]) -> Kernel:
        """For the value alone."""
        lowered = compile(self.function, backend=self.backend).lower(*map(_example, leaves))
        kernel = build(lowered.stages, choose_backend(self.backend))
        return Kernel(kernel, lowered.result, lowered.stages.traced.graph)

    def _sweeps(self, leaves: tuple[Leaf, ...], needed: tuple[int, ...]) -> Sweeps:
        """For the value and the pull-back to the leaves that are needed."""
        return Taped(self.function, self.backend, needed).sweeps(*map(_example, leaves))

    def _pulled(self, needed: tuple[int, ...], cotangents: int) -> Program:
        """From all leaves, and then so many of the cotangent, to the gradients by those that are needed."""
        count = len(self.labels)

        def pull(*given: Any) -> Any:
            leaves = given[:count]
            value, pull_back = vjp(_part(self.function, leaves, needed), *[leaves[k] for k in needed])
            return pull_back(flatten(value)[1].unflatten(given[count:]))

        labels = [*self.labels, *(f"ct_{k}" for k in range(cotangents))]
        return Program(pull, f"{self.name}_pull", labels, self.backend)

    def _pushed(self, moving: tuple[int, ...]) -> Program:
        """From all leaves, and then the tangents of those that move, to the tangents of the results."""
        count = len(self.labels)

        def push(*given: Any) -> Any:
            leaves = given[:count]
            return jvp(_part(self.function, leaves, moving), [leaves[k] for k in moving], given[count:])[1]

        labels = [*self.labels, *(f"{self.labels[k]}_dot" for k in moving)]
        return Program(push, f"{self.name}_push", labels, self.backend)

    def _batched(self, axes: tuple[int | None, ...]) -> Program:
        """The same for many samples, which lie along these axes of the leaves, and along axis 0 of the results."""
        batched = vmap(self.function, axes).function
        return Program(batched, f"{self.name}_vmap", self.labels, self.backend)


class Programs:
    """The programs of one function: one for each structure of the arguments, and each value of what is static.

    Parameters
    ----------
    f : callable
        The function.
    backend : str, optional
        As for `compile`.
    """

    def __init__(self, f: Callable[..., Any], backend: str | None) -> None:
        self.function = f if isinstance(f, Compiled) else compile(f, backend=backend)
        self.backend = backend if backend is not None else self.function.backend
        self._made: dict[Hashable, Program] = {}

    def of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Program, list[Any]]:
        """The program for a call, and the leaves that are its arguments."""
        call = self.function.call_of(*args, **kwargs)
        dynamic = tuple([k for k, leaf in enumerate(call.leaves) if not is_static(leaf)])
        static = tuple([(type(leaf), leaf) for leaf in call.leaves if is_static(leaf)])
        key = (call.tree, call.keywords, dynamic, static)
        program = self._made.get(key)
        if program is None:
            program = self._made[key] = self._make(call, dynamic)
        return program, [call.leaves[k] for k in dynamic]

    def _make(self, call: Any, dynamic: tuple[int, ...]) -> Program:
        fixed = [None if k in dynamic else leaf for k, leaf in enumerate(call.leaves)]
        paths = self.function.paths(call)

        def function(*leaves: Any) -> Any:
            filled = list(fixed)
            for k, leaf in zip(dynamic, leaves, strict=True):
                filled[k] = leaf
            return call.on(self.function.function, filled)

        function.__wrapped__ = self.function.like  # type: ignore[attr-defined]  # lines in messages are the user's
        return Program(function, self.function.name, ["_".join(paths[k]) for k in dynamic], self.backend)


def _part(function: Callable[..., Any], leaves: Sequence[Any], chosen: Sequence[int]) -> Callable[..., Any]:
    """The function of some of its leaves, the others as they are."""

    def of_chosen(*values: Any) -> Any:
        filled = list(leaves)
        for k, value in zip(chosen, values, strict=True):
            filled[k] = value
        return function(*filled)

    of_chosen.__name__ = getattr(function, "__name__", "f")
    return of_chosen


def _named(function: Callable[..., Any], name: str, labels: Sequence[str]) -> Callable[..., Any]:
    """The function, with a name and parameters that messages and generated C can use."""

    def named(*leaves: Any) -> Any:
        return function(*leaves)

    parameters = inspect.Parameter
    sound = len({*labels}) == len(labels) and all(label.isidentifier() for label in labels)
    names = labels if sound else [f"x_{k}" for k in range(len(labels))]
    named.__name__ = name
    named.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [parameters(label, parameters.POSITIONAL_OR_KEYWORD) for label in names]
    )
    named.__wrapped__ = getattr(function, "__wrapped__", function)  # type: ignore[attr-defined]
    return named


def leaf_of(leaf: Any) -> Leaf:
    """What kernels depend on of an array or a number."""
    return (leaf.dtype, leaf.shape) if isinstance(leaf, np.ndarray | np.generic) else type(leaf)


def _example(leaf: Leaf) -> Any:
    return Type(*leaf) if isinstance(leaf, tuple) else leaf()
