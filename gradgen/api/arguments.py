"""What every transform does with arguments: put variables in their place, call, and put the arguments back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from gradgen.api.leaves import is_static
from gradgen.diff import path, placeholder, push_forward, substitute
from gradgen.errors import ArgumentError, DifferentiationError, counted
from gradgen.ops import Value
from gradgen.trace import (
    TracedArray,
    Tree,
    as_argument,
    as_traced,
    flatten,
    halved,
    has_complex,
    is_weak,
    name_statements,
)

__all__ = [
    "Argnums",
    "Function",
    "Variables",
    "check_real",
    "function_name",
    "leaf_values",
    "matching",
    "numbers",
    "only_reverse",
    "pushed",
    "spread",
    "stable",
    "unflatten",
]

Function = Callable[..., Any]
Argnums = int | Sequence[int]


class Variables(NamedTuple):
    """The variables of a transform.

    Attributes
    ----------
    values : dict
        For each variable the argument's value that it stands for, in order.
    arguments : list
        The function's arguments with the variables in place.
    trees : list of Tree
        The structure of each argument that became variables.
    """

    values: dict[Value, Value]
    arguments: list[Any]
    trees: list[Tree]

    @property
    def nodes(self) -> list[Value]:
        """The variables."""
        return list(self.values)

    def replaced(self, outputs: Sequence[Value]) -> list[Value]:
        """Outputs with the arguments back in the place of the variables."""
        return substitute(outputs, {variable.id: value for variable, value in self.values.items()})

    def by_argument(self, leaves: Sequence[Any], argnums: Argnums = ()) -> Any:
        """One entry for each leaf, structured as the arguments; a single argument's alone for an int."""
        found = iter(leaves)
        parts = tuple(tree.unflatten([next(found) for _ in range(tree.count)]) for tree in self.trees)
        return parts[0] if isinstance(argnums, int) else parts

    @staticmethod
    def of(f: Function, args: Sequence[Any], argnums: Argnums) -> Variables:
        """Variables for the leaves of some arguments.

        Raises
        ------
        DifferentiationError
            If a leaf is not floating-point.
        """
        made = Variables({}, list(args), [])
        for number in numbers(argnums, len(args), function_name(f)):
            given, tree = flatten(args[number])
            places = [f"{number}{place}" for place in tree.places()]
            leaves = [_traced(leaf, f, place) for leaf, place in zip(given, places, strict=True)]
            fresh = [_variable(leaf, f, place) for leaf, place in zip(leaves, places, strict=True)]
            made.values.update(zip(fresh, leaves, strict=True))
            made.trees.append(tree)
            made.arguments[number] = tree.unflatten(map(as_argument, fresh, map(is_weak, given)))
        return made


def _traced(leaf: Any, f: Function, place: str) -> Value:
    if is_static(leaf) and not isinstance(leaf, bool):
        remedy = "choose other argnums, or close over it"
        raise DifferentiationError(
            f"{function_name(f)}: argument {place} is {leaf!r}, which carries no derivative; {remedy}"
        )
    return as_traced(leaf).value


def _variable(leaf: Value, f: Function, place: str) -> Value:
    if not leaf.type.is_real:
        remedy = "pass floating-point numbers (3.0, not 3), choose other argnums, or close over it"
        if leaf.dtype.kind == "c":
            remedy = "pass real and imaginary part as two arguments"
        raise DifferentiationError(
            f"{function_name(f)}: argument {place} is {leaf.type}, which carries no derivative; {remedy}"
        )
    variable = placeholder(leaf)
    if leaf.id in leaf.graph.names:
        leaf.graph.names[variable.id] = leaf.graph.names[leaf.id]
    return variable


def numbers(argnums: Argnums, count: int, name: str) -> list[int]:
    """Argument numbers as non-negative ones, checked."""
    given: list[Any] = list(argnums) if isinstance(argnums, tuple | list | range) else [argnums]
    for number in given:
        if isinstance(number, bool) or not isinstance(number, int):
            wanted = "the number of an argument, counted from 0, or a tuple of such numbers"
            raise ArgumentError(f"{name}: argnums must be {wanted}, not {argnums!r}")
        if not -count <= number < count:
            there = f"there {'is' if count == 1 else 'are'} {counted(count, 'positional argument')}, counted from 0"
            raise ArgumentError(f"{name}: argnums {number}, but {there}; pass those to differentiate by position")
    found = [number % count for number in given]
    if len(set(found)) < len(found):
        raise ArgumentError(f"{name}: argnums {tuple(given)} name one argument twice; name each once")
    return found


def leaf_values(tree_of_arrays: Any) -> tuple[list[Value], Tree]:
    """The leaves as values of the running trace, in two parts where they are complex, and their structure."""
    leaves, tree = flatten(tree_of_arrays)
    return halved([as_traced(leaf).value for leaf in leaves], tree)


def check_real(f: Function, tree: Tree, what: str) -> None:
    """Refuse complex results where there is no one meaning for them."""
    if has_complex(tree):
        remedy = "return np.real(z), np.imag(z) or np.abs(z)"
        raise DifferentiationError(f"{function_name(f)}: {what} needs a real result, got a complex one; {remedy}")


def unflatten(tree: Tree, values: Sequence[Value]) -> Any:
    """Values as traced arrays in a structure."""
    return tree.unflatten([TracedArray(value) for value in values])


def stable(outputs: list[Value]) -> list[Value]:
    """What the user's function gave, its values named and in forms whose derivatives stay finite."""
    if outputs:
        name_statements(outputs[0].graph, [out.id for out in outputs])
    # Here, because an import of gradgen need not pay for the tables.
    from gradgen.rewrite import EARLY, products_ordered, rewritten, spectral_functions

    return products_ordered(spectral_functions(rewritten(outputs, EARLY)))


def matching(given: Any, like: Any, what: str) -> list[Value]:
    """The leaves of directions, each of the type of what it is a direction for; a Python number takes its dtype.

    Raises
    ------
    ArgumentError
        If the structure or a type differs.
    """
    leaves, tree = flatten(given)
    expected, structure = leaf_values(like)
    if tree != structure:
        raise ArgumentError(f"{what}: the structure is not that of the values")
    found = [_in_dtype(leaf, other) for leaf, other in zip(leaves, expected, strict=True)]
    for leaf, other in zip(found, expected, strict=True):
        if leaf.type != other.type:
            raise ArgumentError(f"{what}: got {leaf.type} where {other.type} is needed")
    return found


def _in_dtype(leaf: Any, like: Value) -> Value:
    """A value; Python's numbers, which have no dtype of their own, in that of another one."""
    return as_traced(leaf, like.dtype if is_weak(leaf) and like.type.is_real else None).value


def spread(prefix: Any, tree: Tree, stops: Callable[[Any], bool]) -> list[Any]:
    """One entry for each leaf of a structure, from containers that follow it down to some depth.

    An entry that ``stops`` goes to every leaf below it.

    Examples
    --------
    >>> spread((0, {"a": None, "b": 1}), flatten((1.0, {"b": 2.0, "a": [3.0, 4.0]}))[1], lambda e: e in (0, 1, None))
    [0, None, None, 1]

    Raises
    ------
    ArgumentError
        If the containers do not follow the structure.
    """
    if stops(prefix):
        return [prefix] * tree.count
    if tree.kind is None:
        return [prefix]
    parts = _parts(prefix, tree)
    return [entry for part, child in zip(parts, tree.children, strict=True) for entry in spread(part, child, stops)]


def _parts(prefix: Any, tree: Tree) -> list[Any]:
    """What stands in a container for each of the children of another one."""
    count, keys = len(tree.children), tree.data if isinstance(tree.data, tuple) else ()
    if isinstance(prefix, Mapping) and set(prefix) == set(keys):
        return [prefix[key] for key in keys]
    if isinstance(prefix, tuple | list) and len(prefix) == count:
        return list(prefix)
    if type(prefix) is tree.kind and count == len(keys) and all(hasattr(prefix, str(key)) for key in keys):
        return [getattr(prefix, str(key)) for key in keys]
    kind = tree.kind.__name__ if tree.kind else "leaf"
    raise ArgumentError(f"{prefix!r} does not follow the structure of a {kind} of {count}")


def only_reverse(outputs: Sequence[Value], inputs: Sequence[Value]) -> bool:
    """Whether the outputs depend on the inputs through a function of which only the transpose is known."""
    if not outputs:
        return False
    nodes = [outputs[0].graph[identity] for identity in path(outputs, inputs)]
    return any(node["rule"].only_reverse for node in nodes if node.op.name == "custom")


def pushed(f: Function, outputs: Sequence[Value], inputs: Sequence[Value], tangents: Sequence[Value]) -> list[Value]:
    """The tangents of the outputs, to be computed as they are.

    Raises
    ------
    DifferentiationError
        If one goes through a function of which only the transpose is known.
    """
    moved = push_forward(outputs, inputs, tangents)
    for identity in moved[0].graph.live([t.id for t in moved]) if moved else ():
        node = moved[0].graph[identity]
        if node.op.name == "custom_tangent":
            raise DifferentiationError(
                f"{function_name(f)}: forward mode goes through {node['rule'].name}, which has a custom_vjp; "
                f"use reverse mode, or custom_jvp\n  {node.source}"
            )
    return moved


def function_name(f: Function) -> str:
    """A function's name, fit for C."""
    name = getattr(f, "__name__", "f")
    return name if name.isidentifier() else "f"
