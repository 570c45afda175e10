"""`Compiled`: what every transform returns. It is called like the function it was made from.

On arrays it specialises: for each combination of argument types it traces, optimises, and builds or
loads a kernel, once. Inside a trace it inlines, so transforms nest in each other to any depth.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradgen.errors import ArgumentError, DTypeError
from gradgen.ir import Dim, Graph, Type, TypeMaker, type_of
from gradgen.native.call import Dispatcher
from gradgen.pipeline import Lowered, build, choose_backend
from gradgen.trace import Tree, current, flatten, parameter_names, trace_graph

__all__ = ["Compiled", "LoweredFunction"]

# Leaves that are part of the program rather than of the data.
STATIC = (str, bytes, bool, type, type(None), type(Ellipsis), slice)


class LoweredFunction:
    """A function for fixed argument types on its way to C: everything can be looked at.

    Attributes
    ----------
    graph : Graph
        The optimised graph; prints as a listing.
    source : str
        The C.
    """

    def __init__(self, stages: Lowered, kernel: Callable[[], Callable[..., Any]]) -> None:
        self.stages, self._kernel = stages, kernel

    @property
    def graph(self) -> Graph:
        """The optimised graph."""
        return self.stages.graph

    @property
    def source(self) -> str:
        """The C text."""
        return self.stages.source

    def after(self, name: str) -> Graph:
        """The graph after a pass, by its name; ``"trace"`` for the graph as traced."""
        return self.stages.after(name)

    def compile(self) -> Callable[..., Any]:
        """Build it; the kernel takes the leaves of the arguments and gives those of the result."""
        return self._kernel()


@dataclass(frozen=True)
class _Entry:
    """One specialisation."""

    kernel: Callable[..., Any]
    result: Tree
    dynamic: tuple[int, ...]
    arranged: bool
    stages: Lowered

    def __call__(self, leaves: Sequence[Any]) -> Any:
        results = self.kernel(*[leaves[position] for position in self.dynamic])
        return results if self.arranged else self.result.unflatten(results)


class Compiled(Dispatcher):
    """A function of arrays that runs natively.

    Parameters
    ----------
    function : callable
        What is traced: the user's function, or a transform of one that works on traced values.
    name : str
        The name of the C function.
    like : callable
        Whose parameters it has.
    static_argnames : sequence of str, optional
        Parameters whose values are part of the program; they must be hashable.
    backend : str, optional
        ``"c"`` or ``"numpy"``; by default C if there is a compiler.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str,
        like: Callable[..., Any],
        static_argnames: Sequence[str] = (),
        backend: str | None = None,
    ) -> None:
        super().__init__()
        self.function, self.name, self.backend = function, name, backend
        self.static_argnames = tuple([static_argnames] if isinstance(static_argnames, str) else static_argnames)
        self.like = like
        self.entries: dict[Hashable, _Entry] = {}
        self.__name__, self.__doc__ = name, getattr(like, "__doc__", None)
        self.__wrapped__ = like

    def _specialise(self, *args: Any, **kwargs: Any) -> Any:
        """Called where no kernel takes the arguments as they are: inside a trace, or the first time."""
        if current() is not None:
            return self.function(*args, **kwargs)
        leaves, tree = flatten(self._positional(args, kwargs))
        leaves = [_array(leaf) for leaf in leaves]
        static = self._static_leaves(tree)
        key = (tree, tuple([_key(leaf, k in static) for k, leaf in enumerate(leaves)]))
        entry = self.entries.get(key)
        if entry is None:
            entry = self.entries[key] = self._build(leaves, tree, static)
        return entry(leaves)

    def lower(self, *types: Any) -> LoweredFunction:
        """Trace and optimise for argument types, without running.

        Parameters
        ----------
        *types
            For each argument a type (``gg.f64[3, "n"]``), an example, or a container of these.
        """
        leaves, tree = flatten(types)
        static = self._static_leaves(tree)
        stages, result, _ = self._trace(leaves, tree, static)
        return LoweredFunction(stages, lambda: build(stages, choose_backend(self.backend), result.nested()))

    @property
    def source(self) -> str:
        """The C of the specialisation that was made last.

        Raises
        ------
        ArgumentError
            If it was not called yet; ``lower(*types).source`` needs no call.
        """
        return self._last().source

    @property
    def graph(self) -> Graph:
        """The optimised graph of the specialisation that was made last."""
        return self._last().graph

    def _last(self) -> Lowered:
        if not self.entries:
            raise ArgumentError(f"{self.name} was not called yet; call it, or use {self.name}.lower(*types)")
        return next(reversed(self.entries.values())).stages

    # --- specialising ------------------------------------------------------------------------------

    def _build(self, leaves: list[Any], tree: Tree, static: frozenset[int]) -> _Entry:
        stages, result, dynamic = self._trace(leaves, tree, static)
        backend = choose_backend(self.backend)
        nested = result.nested() if backend == "c" else None
        kernel = build(stages, backend, nested)
        flat = len(dynamic) == len(leaves) == len(tree.children)
        if nested is not None and flat:
            self._add_kernel(kernel)  # type: ignore[arg-type]  # the backend is C
        return _Entry(kernel, result, dynamic, nested is not None, stages)

    def _trace(self, leaves: list[Any], tree: Tree, static: frozenset[int]) -> tuple[Lowered, Tree, tuple[int, ...]]:
        dynamic = tuple(k for k, leaf in enumerate(leaves) if k not in static and not _is_static(leaf))
        types = [self._type(leaves[k], tree, k) for k in dynamic]
        parameters = parameter_names(self.like, len(tree.children))
        paths = tree.paths()
        labels = ["_".join((parameters[int(paths[k][0])], *paths[k][1:])) for k in dynamic]
        _, flat = flatten(tuple(dynamic))

        def function(*traced: Any) -> Any:
            filled = list(leaves)
            for k, value in zip(dynamic, traced, strict=True):
                filled[k] = value
            return self.function(*tree.unflatten(filled))

        traced = trace_graph(function, types, flat, name=self.name, names=labels)
        return Lowered(traced), traced.result, dynamic

    def _type(self, leaf: Any, tree: Tree, position: int) -> Type:
        try:
            return type_of(leaf)
        except DTypeError as error:
            parameters = parameter_names(self.like, len(tree.children))
            path = tree.paths()[position]
            name = ".".join((parameters[int(path[0])], *path[1:]))
            raise ArgumentError(f"{self.name}: argument {name}: {error}") from None

    def _positional(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """Keywords in their places, defaults filled in."""
        signature = _signature(self.like)
        if signature is None:
            if kwargs:
                raise ArgumentError(f"{self.name} takes no keyword arguments: its signature is not known")
            return args
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise ArgumentError(f"{self.name}: {error}") from None
        if kwargs:
            bound.apply_defaults()
        if bound.kwargs:
            raise ArgumentError(f"{self.name}: {', '.join(bound.kwargs)} can only be given by keyword; make it positional")
        return bound.args

    def _static_leaves(self, tree: Tree) -> frozenset[int]:
        """The leaves of the arguments named in ``static_argnames``."""
        if not self.static_argnames:
            return frozenset()
        parameters = parameter_names(self.like, len(tree.children))
        names = [parameters[int(path[0])] for path in tree.paths()]
        return frozenset(k for k, name in enumerate(names) if name in self.static_argnames)


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def _is_static(leaf: Any) -> bool:
    if isinstance(leaf, Type | TypeMaker | Dim | np.ndarray | np.generic):
        return False
    return isinstance(leaf, STATIC) or callable(leaf)


def _array(leaf: Any) -> Any:
    """Subclasses of ndarray that are nothing but arrays elsewhere, such as memory maps, as plain ones."""
    return np.asarray(leaf) if isinstance(leaf, np.memmap) else leaf


def _key(leaf: Any, static: bool) -> Hashable:
    if type(leaf) is np.ndarray:
        return (leaf.dtype, leaf.shape)
    if static or _is_static(leaf):
        return ("static", type(leaf), leaf)
    return (type(leaf), getattr(leaf, "dtype", None), getattr(leaf, "shape", None))
