"""`Compiled`: what every transform returns. It is called like the function it was made from.

On arrays it specialises: for each combination of argument types it traces, optimises, and builds or
loads a kernel, once. Inside a trace it inlines, so transforms nest in each other to any depth.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Sequence
from types import MethodType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gradgen.api.debugging import check_finite, is_hunting, watch
from gradgen.api.leaves import as_plain, is_static, key_of, leaf_type
from gradgen.api.lowered import LoweredFunction, show
from gradgen.api.parameters import Parameters
from gradgen.api.pickling import reduced
from gradgen.errors import ArgumentError
from gradgen.ir import Graph
from gradgen.native.call import Dispatcher
from gradgen.pipeline import Lowered, build, choose_backend
from gradgen.trace import Tree, current, flatten, is_weak, standing_for, trace_graph

if TYPE_CHECKING:
    from gradgen.formula import Formula
    from gradgen.picture import Picture

__all__ = ["Compiled", "LoweredFunction"]


class _Call(NamedTuple):
    """The arguments of a call taken apart; the last ``len(keywords)`` of them are given by keyword."""

    leaves: list[Any]
    tree: Tree
    keywords: tuple[str, ...]

    @staticmethod
    def of(arguments: tuple[Any, ...], keywords: tuple[str, ...]) -> _Call:
        leaves, tree = flatten(arguments)
        return _Call([leaf if type(leaf) is np.ndarray else as_plain(leaf) for leaf in leaves], tree, keywords)

    def on(self, function: Callable[..., Any], leaves: Sequence[Any]) -> Any:
        """The function called with these leaves in the place of its arguments."""
        arguments = self.tree.unflatten(leaves)
        split = len(arguments) - len(self.keywords)
        return function(*arguments[:split], **dict(zip(self.keywords, arguments[split:], strict=True)))


class _Entry(NamedTuple):
    """One specialisation."""

    kernel: Callable[..., Any]
    result: Tree
    dynamic: tuple[int, ...]
    arranged: bool
    stages: Lowered
    direct: bool

    def __call__(self, leaves: list[Any]) -> Any:
        all_dynamic = len(self.dynamic) == len(leaves)
        results = self.kernel(*(leaves if all_dynamic else [leaves[position] for position in self.dynamic]))
        return results if self.arranged else self.result.unflatten(results)

    def check(self, name: str, leaves: list[Any], result: Any) -> None:
        """Raise if the result is not finite; see `debug_nans`."""
        arrays = [leaves[position] for position in self.dynamic]
        check_finite(name, self.stages.graph, [*arrays, *self.stages.traced.hidden], flatten(result)[0])


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
        if not callable(function) or not callable(like):
            raise ArgumentError(f"a function is needed, not {like!r}")
        self.function, self.name, self.backend, self.like = function, name, backend, like
        self.static_argnames = (static_argnames,) if isinstance(static_argnames, str) else tuple(static_argnames)
        self.parameters = Parameters(like)
        self.parameters.check_names(self.static_argnames, name)
        self.entries: dict[Hashable, _Entry] = {}
        self._static: dict[Hashable, frozenset[int]] = {}
        self.recipe: tuple[Callable[..., Any], tuple[Any, ...], tuple[tuple[str, Any], ...]] | None = None
        watch(self)
        self.__name__, self.__doc__ = name, getattr(like, "__doc__", None)
        self.__wrapped__, self.__module__ = like, getattr(like, "__module__", None) or __name__

    def _specialise(self, *args: Any, **kwargs: Any) -> Any:
        """Called where no kernel takes the arguments as they are: inside a trace, or the first time."""
        arguments, keywords = self.parameters.arrange(self.name, args, kwargs)
        if current() is not None:
            split = len(arguments) - len(keywords)
            return self.function(*arguments[:split], **dict(zip(keywords, arguments[split:], strict=True)))
        call = _Call.of(arguments, keywords)
        static = self.static_leaves(call)
        try:
            key = (call.tree, keywords, *[key_of(leaf, k in static) for k, leaf in enumerate(call.leaves)])
            entry = self.entries.get(key)
        except TypeError as error:
            raise self._without_hash(call, static) from error
        if entry is None:
            entry = self.entries[key] = self._build(call, static)
        result = entry(call.leaves)
        if is_hunting():
            entry.check(self.name, call.leaves, result)
        return result

    def lower(self, *types: Any, **by_keyword: Any) -> LoweredFunction:
        """Trace and optimise for argument types, without running.

        Parameters
        ----------
        *types
            For each argument a type (``gg.f64[3, "n"]``), an example, or a container of these.
        **by_keyword
            Likewise, for arguments given by keyword.
        """
        call = self.call_of(*types, **by_keyword)
        stages, result, _ = self._trace(call, self.static_leaves(call))
        return LoweredFunction(stages, result, lambda: build(stages, choose_backend(self.backend), result.nested()))

    def call_of(self, *types: Any, **by_keyword: Any) -> _Call:
        """Arguments, or types of arguments, taken apart."""
        return _Call.of(*self.parameters.arrange(self.name, types, by_keyword))

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

    def formula(self, *types: Any, symmetric: Sequence[str] = (), **by_keyword: Any) -> Formula:
        """What it computes, as an expression of matrix algebra: ``A.T @ (A @ x - b)``.

        It prints as text, in Jupyter as LaTeX, and has ``.latex`` and ``.numpy``, a function that computes the same.

        Parameters
        ----------
        *types, **by_keyword
            As for `lower`; without any, the types of the specialisation that was made last.
        symmetric : sequence of str, optional
            Arguments that are symmetric matrices, which makes formulas shorter.
        """
        from gradgen.formula import formula  # here, because who calls kernels reads no formulas

        return formula(self.lower(*types, **by_keyword).graph if types or by_keyword else self.graph, symmetric)

    def show(self, *types: Any, path: str | os.PathLike[str] | None = None, **by_keyword: Any) -> Picture:
        """Draw which values are computed in which loops; see `LoweredFunction.show`.

        Parameters
        ----------
        *types, **by_keyword
            As for `lower`; without any, the types of the specialisation that was made last.
        path : str or path, optional
            Where to write it, ``.html`` or ``.svg``.
        """
        stages = self.lower(*types, **by_keyword).stages if types or by_keyword else self._last()
        return show(stages, path)

    def explain(self) -> str:
        """What was made of the function: for each combination of argument types the graph, the C, the memory."""
        from gradgen.api.explain import explain  # here, because it is for people, as formulas are

        return explain(self.name, [entry.stages for entry in self.entries.values()])

    def _last(self) -> Lowered:
        if not self.entries:
            raise ArgumentError(f"{self.name} was not called yet; call it, or use {self.name}.lower(*types)")
        return next(reversed(self.entries.values())).stages

    # --- specialising ------------------------------------------------------------------------------

    def _build(self, call: _Call, static: frozenset[int]) -> _Entry:
        backend = choose_backend(self.backend)
        stages, result, dynamic = self._trace(call, static)
        nested = result.nested()
        kernel = build(stages, backend, nested)
        takes = call.tree.nested()
        known = takes is not None and len(dynamic) == len(call.leaves)
        direct = backend == "c" and known and not call.keywords and nested is not None
        if direct and any(child.kind is not None for child in call.tree.children):
            kernel.takes = takes  # type: ignore[attr-defined]  # the backend is C
        if direct and not is_hunting():
            self._add_kernel(kernel)  # type: ignore[arg-type]  # the backend is C
        return _Entry(kernel, result, dynamic, nested is not None, stages, direct)

    def _call_directly(self) -> None:
        """Let kernels take the calls that they can without Python again; see `debug_nans`."""
        self._clear_kernels()
        for entry in list(self.entries.values()):
            if getattr(entry, "direct", False):
                self._add_kernel(entry.kernel)  # type: ignore[arg-type]  # of C, if direct

    def _trace(self, call: _Call, static: frozenset[int]) -> tuple[Lowered, Tree, tuple[int, ...]]:
        dynamic = tuple(k for k, leaf in enumerate(call.leaves) if k not in static and not is_static(leaf))
        paths, places = self.paths(call), [place for child in call.tree.children for place in child.places()]
        try:
            types = [leaf_type(call.leaves[k], paths[k][0] + places[k]) for k in dynamic]
        except ArgumentError as error:
            raise ArgumentError(f"{self.name}: {error}") from None
        labels = ["_".join(paths[k]) for k in dynamic]
        _, flat = flatten(tuple(dynamic))

        def function(*traced: Any) -> Any:
            filled = list(call.leaves)
            for k, value in zip(dynamic, traced, strict=True):
                filled[k] = value
            return call.on(standing_for(self.function), filled)

        function.__wrapped__ = self.like  # type: ignore[attr-defined]  # names and lines in messages are the user's
        weak = [is_weak(call.leaves[k]) for k in dynamic]
        traced = trace_graph(function, types, flat, name=self.name, names=labels, weak=weak)
        return Lowered(traced), traced.result, dynamic

    def paths(self, call: _Call) -> list[tuple[str, ...]]:
        """For each leaf the names that lead to it, that of the parameter first."""
        labels = self.parameters.labels(len(call.tree.children), call.keywords)
        return [(labels[int(head)], *rest) for head, *rest in call.tree.paths()]

    def static_leaves(self, call: _Call) -> frozenset[int]:
        """The leaves of the arguments named in ``static_argnames``."""
        if not self.static_argnames:
            return frozenset()
        key = (call.tree, call.keywords)
        if key not in self._static:
            owners = enumerate(path[0] for path in self.paths(call))
            self._static[key] = frozenset(k for k, owner in owners if owner in self.static_argnames)
        return self._static[key]

    def _without_hash(self, call: _Call, static: frozenset[int]) -> ArgumentError:
        """The error for the first static leaf that cannot be compared with those of other calls."""
        for k, (path, leaf) in enumerate(zip(self.paths(call), call.leaves, strict=True)):
            try:
                hash(key_of(leaf, k in static))
            except TypeError:
                what = f"argument {'.'.join(path)} is static but of type {type(leaf).__name__}, which has no hash"
                return ArgumentError(f"{self.name}: {what}; pass numbers, strings or tuples of these")
        return ArgumentError(f"{self.name}: the keys of a dict, or other parts of a container, have no hash")

    # --- as a value ----------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f"<compiled {self.name}{self.parameters.signature or '(...)'}>"

    def __copy__(self) -> Compiled:
        return self

    def __deepcopy__(self, memo: Any) -> Compiled:
        return self

    def __reduce__(self) -> Any:
        """Pickled as a function is, by its name, or by that of the function it was made of."""
        return reduced(self)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bound to an object like any function, so that methods can be decorated."""
        return self if instance is None else MethodType(self, instance)
