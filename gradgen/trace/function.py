"""Trace a function: call it once on tracers, and keep what it did as a graph.

>>> import numpy as np
>>> from gradgen.ir import TypeMaker
>>> f64 = TypeMaker(np.float64)
>>> graph = make_graph(lambda x: np.sum(x * x), f64[3])
>>> [graph[identity].op.name for identity in graph.live()]
['input', 'multiply', 'sum']
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradgen.errors import ArgumentError, GradgenError, TraceError
from gradgen.ir import Dim, Graph, Type, type_of
from gradgen.ops import Value
from gradgen.source import NOWHERE, Source
from gradgen.trace.array import TracedArray
from gradgen.trace.complex_results import halved
from gradgen.trace.context import Trace, active, tracing
from gradgen.trace.moves import WIDEST, as_traced
from gradgen.trace.names import name_statements
from gradgen.trace.operators import is_weak
from gradgen.trace.tree import Tree, flatten

__all__ = ["Traced", "as_argument", "definition", "make_graph", "parameter_names", "trace_call", "trace_graph"]


@dataclass(frozen=True)
class Traced:
    """What one trace yields.

    Parameters
    ----------
    graph : Graph
        Inputs are the leaves of the arguments, then the hidden arrays; outputs the leaves of the result.
    result : Tree
        The structure of the result.
    hidden : tuple of numpy.ndarray
        The large arrays that the function closes over, read anew at each call. What the function computes
        from plain arrays alone was computed while it was traced.
    numbers : str
        Which of NumPy's rules for dtypes were used for an argument that is a single number: ``"p"`` those for Python's
        numbers, ``"n"`` those for NumPy's; ``"-"`` where they do not differ. Empty if that is so for all arguments.
    """

    graph: Graph
    result: Tree
    hidden: tuple[np.ndarray, ...] = ()
    numbers: str = ""


def trace_graph(
    function: Callable[..., Any],
    types: Sequence[Type],
    tree: Tree,
    *,
    name: str,
    names: Sequence[str] | None = None,
    weak: Sequence[bool] = (),
) -> Traced:
    """Trace a function of arrays.

    Parameters
    ----------
    function : callable
        Called once, with tracers for its positional arguments.
    types : sequence of Type
        The types of the leaves of the arguments.
    tree : Tree
        The structure of the tuple of arguments.
    name : str
        The name of the graph.
    names : sequence of str, optional
        The names of the arguments; by default those of the function's parameters.
    weak : sequence of bool, optional
        For each leaf whether it is a Python number, which takes the dtype of what it meets.

    Returns
    -------
    Traced
        The graph, the structure of the result, and the hidden arrays.

    Raises
    ------
    TraceError
        If the function does what a static graph cannot hold; the message names its line.
    """
    trace = Trace(Graph(name))
    graph = trace.graph
    arguments = [trace.place(type_) for type_ in types]
    parameters = parameter_names(function, len(tree.children)) if names is None else names
    labels = ["_".join((parameters[int(head)], *rest)) for head, *rest in tree.paths()]
    graph.names.update({value.id: label for value, label in zip(arguments, labels, strict=True)})
    with tracing(trace, getattr(inspect.unwrap(function), "__globals__", None)):
        results, result = trace_call(function, arguments, tree, weak)
    trace.check_hidden()
    hidden = list(trace.hidden.values())
    graph.names.update(_closure_names(function, hidden))
    graph.inputs = [value.id for value in [*arguments, *[value for _, value in hidden]]]
    graph.outputs = [value.id for value in results]
    name_statements(graph)
    numbers = _numbers(types, weak) if trace.adapting else ""
    return Traced(graph, result, tuple(array for array, _ in hidden), numbers)


def _numbers(types: Sequence[Type], weak: Sequence[bool]) -> str:
    """As `Traced` has them, where the rules do differ."""
    single = [not type_.shape and type_.dtype in WIDEST for type_ in types]
    rules = ["p" if python else "n" for python in weak or [False] * len(types)]
    return "".join(rule if one else "-" for rule, one in zip(rules, single, strict=True))


def trace_call(
    function: Callable[..., Any], arguments: Iterable[Value], tree: Tree, weak: Sequence[bool] = ()
) -> tuple[list[Value], Tree]:
    """Call a function on values of the running trace.

    Parameters
    ----------
    function : callable
        Called with ``tree.unflatten(tracers)`` as positional arguments.
    arguments : iterable of Value
        The leaves of the arguments: nodes of the running trace.
    tree : Tree
        The structure of the tuple of arguments.
    weak : sequence of bool, optional
        As for `trace_graph`.

    Returns
    -------
    list of Value, Tree
        The leaves of the result, real and imaginary part of those that are complex, and its structure.
    """
    values = list(arguments)
    tracers = map(as_argument, values, weak or [False] * len(values))
    try:
        result = function(*tree.unflatten(tracers))
    except ValueError as error:
        # `out[0] = x` into a plain array: NumPy puts its own error before the one that explains.
        if isinstance(error.__cause__, GradgenError):
            raise error.__cause__ from None
        raise
    leaves, structure = flatten(result)
    return halved([_result(leaf, function) for leaf in leaves], structure)


def as_argument(value: Value, weak: bool = False) -> TracedArray:
    """An argument, which is the caller's and must not be written into; weak in the place of a Python number."""
    argument = TracedArray(value)
    argument.frozen, argument.weak = True, weak
    return argument


def _result(leaf: Any, function: Callable[..., Any]) -> Value:
    """The value of one leaf of what a function returned."""
    if isinstance(leaf, bool | int | float | complex | np.ndarray | np.generic | Dim):
        result = as_traced(leaf).value
        if result.graph is active().graph:
            return result
    raise TraceError(
        f"the function returned {leaf!r}; it can return arrays and numbers of its own, None, and containers of these"
        f"\n  {definition(function)}"
    )


def definition(function: Callable[..., Any]) -> Source:
    """Where a function is written."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return Source(code.co_filename, code.co_firstlineno) if code else NOWHERE


def parameter_names(function: Callable[..., Any], count: int) -> list[str]:
    """The names of the first ``count`` positional parameters; ``args_0, args_1, …`` for those that have none."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # some functions written in C do not tell
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)][:count]
    rest = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "x")
    return names + [f"{rest}_{position}" for position in range(count - len(names))]


def _closure_names(function: Callable[..., Any], hidden: Sequence[tuple[np.ndarray, Value]]) -> dict[int, str]:
    """The names under which the function itself knows its hidden arrays."""
    try:
        known = inspect.getclosurevars(inspect.unwrap(function))
    except (TypeError, ValueError):
        return {}
    variables = {**known.globals, **known.nonlocals}
    return {value.id: name for array, value in hidden for name, other in variables.items() if other is array}


def make_graph(f: Callable[..., Any], *types: Any) -> Graph:
    """The graph of a function for arguments of these types.

    Parameters
    ----------
    f : callable
        An ordinary function of NumPy arrays.
    *types
        For each argument a type (``gg.f64[3, "n"]``, ``gg.f64``), an example (an array, a number), or
        a container of these.

    Returns
    -------
    Graph
        What the function computes.

    Raises
    ------
    ArgumentError
        If a type is none of these.
    """
    leaves, tree = flatten(types)
    try:
        given = [type_of(leaf) for leaf in leaves]
    except TypeError as error:
        raise ArgumentError(f"{getattr(f, '__name__', 'f')}: {error}") from None
    return trace_graph(f, given, tree, name=getattr(f, "__name__", "f"), weak=list(map(is_weak, leaves))).graph
