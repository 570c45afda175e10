"""`Formula`: what a graph computes, as an expression of matrix algebra."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from gradgen.formula.arrange import arranged
from gradgen.formula.code import Code
from gradgen.formula.latex import Latex, latex_name
from gradgen.formula.notation import Node
from gradgen.formula.outer import with_known_vectors
from gradgen.formula.read import read
from gradgen.formula.sharing import named_parts
from gradgen.formula.simplify import Simplifier
from gradgen.formula.text import Text
from gradgen.ir import Dim, Graph

__all__ = ["Formula", "formula"]


@dataclass(frozen=True, repr=False)
class Formula:
    """The value of a function, or its derivative, in matrix notation; prints as text, in Jupyter as LaTeX.

    It holds where the function is defined: what guards a single point, such as the norm at 0, is left out.

    Parameters
    ----------
    name : str
        The function.
    arguments : tuple of str
        The names of its arguments.
    sizes : mapping of str to str
        What gives the sizes that it names, as NumPy code.
    outputs : tuple of (str, Node)
        Each result with its name.
    where : tuple of (str, Node)
        Parts that have names of their own, each before those that use it.

    Attributes
    ----------
    text, latex : str
        The expression: ``A.T @ (A @ x - b)``.
    numpy : str
        A function definition that computes it.

    Examples
    --------
    >>> import numpy as np, gradgen as gg
    >>> def loss(x, A, b):
    ...     return 0.5 * np.sum((A @ x - b) ** 2)
    >>> types = gg.f64["n"], gg.f64["m", "n"], gg.f64["m"]
    >>> print(gg.grad(loss).formula(*types))
    A.T @ (A @ x - b)
    >>> gg.grad(loss).formula(*types).latex
    'A^\\\\top \\\\left(A x - b\\\\right)'
    >>> print(gg.grad(loss).formula(*types).numpy)
    import numpy as np
    <BLANKLINE>
    def loss_grad(x, A, b):
        return A.T @ (A @ x - b)
    """

    name: str
    arguments: tuple[str, ...]
    sizes: Mapping[str, str]
    outputs: tuple[tuple[str, Node], ...]
    where: tuple[tuple[str, Node], ...] = ()

    @property
    def _names(self) -> dict[Node, str]:
        """Parts that have a name; a result is one if another consists of it."""
        return {node: name for name, node in (*self._shared, *self.where)}

    @property
    def _shared(self) -> list[tuple[str, Node]]:
        roots = [node for _, node in (*self.outputs, *self.where)]
        inside = {part for root in roots for child in root.parts for part in child.unique()}
        return [(name, node) for name, node in self.outputs if node.size > 2 and node in inside]

    @cached_property
    def text(self) -> str:
        """The expression as text."""
        printer = Text(self._names)
        lines = [_assigned(name, printer.spelt(node)[0], node, self._alone) for name, node in self.outputs]
        given = [f"{name} = {printer.spelt(node)[0]}" for name, node in self.where]
        return "\n".join(lines + [("where " if k == 0 else "      ") + line for k, line in enumerate(given)])

    @cached_property
    def latex(self) -> str:
        """The expression as LaTeX."""
        printer = Latex(self._names)
        shown = [(latex_name(name), printer.spelt(node)[0], node) for name, node in self.outputs]
        lines = [_assigned(name, text, node, self._alone, "_{%s}") for name, text, node in shown]
        given = [f"{latex_name(name)} = {printer.spelt(node)[0]}" for name, node in self.where]
        lines += [(r"\text{where } " if k == 0 else "") + line for k, line in enumerate(given)]
        return lines[0] if len(lines) == 1 else r"\begin{array}{l} " + r" \\ ".join(lines) + r" \end{array}"

    @cached_property
    def numpy(self) -> str:
        """The source of a function that computes it with NumPy."""
        printer = Code(self._names)
        named = sorted((*self._shared, *self.where), key=lambda pair: pair[1].size)
        given = [f"{name} = {printer.spelt(node)[0]}" for name, node in named]
        results = [printer(node) for _, node in self.outputs]
        body = "\n".join([*given, f"return {', '.join(results)}"])
        sizes = [f"{name} = {code}" for name, code in self.sizes.items() if _is_used(name, body)]
        imports = ["import numpy as np", *["import scipy.linalg"] * ("scipy.linalg." in body)]
        if printer.imports:
            imports.append(f"from scipy.special import {', '.join(sorted(printer.imports))}")
        lines = [f"    {line}" for line in (*sizes, *body.splitlines())]
        return "\n".join([*imports, "", f"def {self.name}({', '.join(self.arguments)}):", *lines])

    @property
    def _alone(self) -> bool:
        return len(self.outputs) == 1

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"


def _assigned(name: str, text: str, node: Node, alone: bool, index: str = "[%s]") -> str:
    """An output's line: its name only where there are several, and its indices where these are written out."""
    entries = next((part for part in node.unique() if part.kind == "entries" and part.data[3]), None)
    if entries is not None:
        return f"{name}{index % ','.join(entries.data[1])} = {text}"
    return text if alone else f"{name} = {text}"


def _is_used(name: str, code: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", code) is not None


def formula(graph: Graph, symmetric: Collection[str] = ()) -> Formula:
    """The formula of an optimised graph; ``symmetric`` names the arguments that are symmetric matrices."""
    simplifier = Simplifier()
    exprs, names = read(graph, simplifier, symmetric)
    nodes = [arranged(simplifier(expr), top=True) for expr in with_known_vectors(exprs)]
    known = {arranged(simplifier.by_key(key)): name for key, name in names.items()}
    arguments = [graph.names.get(identity, f"array_{identity}") for identity in graph.inputs]
    results = _result_names(graph)
    sizes = _sizes(graph, arguments)
    taken = {*arguments, *sizes, *results, "I"}
    where = named_parts(nodes, known, taken)
    return Formula(graph.name, tuple(arguments), sizes, tuple(zip(results, nodes, strict=True)), tuple(where))


def _result_names(graph: Graph) -> list[str]:
    names: list[str] = []
    for position, output in enumerate(graph.outputs):
        name = graph.names.get(output, f"result_{position + 1}" if len(graph.outputs) > 1 else "result")
        names.append(name if name not in names else f"{name}_{position + 1}")
    return names


def _sizes(graph: Graph, arguments: Sequence[str]) -> dict[str, str]:
    """Where in the arguments each named dimension is."""
    found: dict[str, str] = {}
    for name, identity in zip(arguments, graph.inputs, strict=True):
        for axis, extent in enumerate(graph[identity].type.shape):
            if isinstance(extent, Dim) and extent.name not in found:
                shift = f"{-extent.offset:+d}" if extent.offset else ""
                found[extent.name] = f"{name}.shape[{axis}]{shift}"
    return found
