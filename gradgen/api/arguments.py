"""What every transform does with arguments: put variables in their place, call, and put the arguments back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gradgen.diff import placeholder, substitute
from gradgen.errors import ArgumentError, DifferentiationError
from gradgen.ops import Value
from gradgen.rewrite import EARLY, rewritten
from gradgen.trace import TracedArray, Tree, as_traced, flatten, name_statements

__all__ = ["Argnums", "Function", "Variables", "function_name", "leaf_values", "matching", "stable", "unflatten"]

Function = Callable[..., Any]
Argnums = int | Sequence[int]


@dataclass(frozen=True)
class Variables:
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
            leaves, tree = leaf_values(args[number])
            fresh = [_variable(leaf, f, number) for leaf in leaves]
            made.values.update(zip(fresh, leaves, strict=True))
            made.trees.append(tree)
            made.arguments[number] = unflatten(tree, fresh)
        return made


def _variable(leaf: Value, f: Function, number: int) -> Value:
    if not leaf.type.is_real:
        remedy = "pass floating-point numbers (3.0, not 3), choose other argnums, or close over it"
        raise DifferentiationError(
            f"{function_name(f)}: argument {number} is {leaf.type}, which carries no derivative; {remedy}"
        )
    variable = placeholder(leaf)
    if leaf.id in leaf.graph.names:
        leaf.graph.names[variable.id] = leaf.graph.names[leaf.id]
    return variable


def numbers(argnums: Argnums, count: int, name: str) -> list[int]:
    """Argument numbers as non-negative ones, checked."""
    given = [argnums] if isinstance(argnums, int) else list(argnums)
    for number in given:
        if not -count <= number < count:
            raise ArgumentError(f"{name}: argnums {number}, but there are {count} positional arguments")
    return [number % count for number in given]


def leaf_values(tree_of_arrays: Any) -> tuple[list[Value], Tree]:
    """The leaves as values of the running trace, and their structure."""
    leaves, tree = flatten(tree_of_arrays)
    return [as_traced(leaf).value for leaf in leaves], tree


def unflatten(tree: Tree, values: Sequence[Value]) -> Any:
    """Values as traced arrays in a structure."""
    return tree.unflatten([TracedArray(value) for value in values])


def stable(outputs: list[Value]) -> list[Value]:
    """What the user's function gave, its values named and in forms whose derivatives stay finite."""
    if outputs:
        name_statements(outputs[0].graph, [out.id for out in outputs])
    return rewritten(outputs, EARLY)


def matching(given: Any, like: Any, what: str) -> list[Value]:
    """The leaves of directions, each of the type of what it is a direction for.

    Raises
    ------
    ArgumentError
        If the structure or a type differs.
    """
    leaves, tree = leaf_values(given)
    expected, structure = leaf_values(like)
    if tree != structure:
        raise ArgumentError(f"{what}: the structure is not that of the values")
    for leaf, other in zip(leaves, expected, strict=True):
        if leaf.type != other.type:
            raise ArgumentError(f"{what}: got {leaf.type} where {other.type} is needed")
    return leaves


def function_name(f: Function) -> str:
    """A function's name, fit for C."""
    name = getattr(f, "__name__", "f")
    return name if name.isidentifier() else "f"
