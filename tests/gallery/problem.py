"""What a problem of the gallery is: a function in plain NumPy, where it is tried, and its derivatives on paper."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import gradgen as gg

__all__ = ["Draw", "GALLERY", "Problem", "draw", "problem"]

Draw = Callable[[np.random.Generator], Any]
Function = Callable[..., Any]


@dataclass(frozen=True)
class Problem:
    """A row of the gallery, or one of the functions of a row.

    Attributes
    ----------
    row : str
        The number it has in the gallery.
    f : callable
        The function, as one writes it who has never heard of gradgen.
    by : tuple of str
        The parameters to differentiate by.
    arguments : tuple of callable
        For each parameter what draws a value from a random generator.
    gradient : callable
        The derivative on paper, of the same arguments; the Jacobian if the value is an array; a tuple if there
        are several parameters to differentiate by.
    function_tex, gradient_tex : str
        The function and its derivative as a textbook writes them.
    hessian, hessian_tex : optional
        The second derivative, where one is asked for.
    label : str
        What distinguishes problems with the same function.
    symmetric : bool
        Whether the argument is symmetric, so that its derivative has a meaning along symmetric directions only.
    large : tuple of callable
        Arguments of the size of data, where they are asked for too.
    """

    row: str
    f: Function
    by: tuple[str, ...]
    arguments: tuple[Draw, ...]
    gradient: Function
    function_tex: str
    gradient_tex: str
    hessian: Function | None = None
    hessian_tex: str = ""
    label: str = ""
    symmetric: bool = False
    large: tuple[Draw, ...] = ()

    def __str__(self) -> str:
        return "-".join(part for part in (self.row, self.f.__name__, self.label) if part)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of all parameters."""
        return tuple(inspect.signature(self.f).parameters)

    @property
    def argnums(self) -> int | tuple[int, ...]:
        """The positions of the parameters to differentiate by, in the form that transforms take."""
        positions = tuple(self.parameters.index(name) for name in self.by)
        return positions if len(positions) > 1 else positions[0]

    @property
    def is_scalar(self) -> bool:
        """Whether the value is a number."""
        return np.ndim(self.f(*self.point(0))) == 0

    @property
    def code(self) -> str:
        """The text of the function, without what registers it."""
        text = textwrap.dedent(inspect.getsource(self.f))
        return text[text.index("def ") :]

    def point(self, seed: int) -> tuple[Any, ...]:
        """Arguments; the same for the same seed."""
        return draw(self.arguments, seed)

    def points(self, count: int = 3) -> Iterator[tuple[Any, ...]]:
        """Arguments at which to compare."""
        return map(self.point, range(count))

    def transform(self, backend: str | None = None) -> gg.Compiled:
        """Value and derivative together: by reverse mode if the value is a number, else the Jacobian."""
        make = gg.value_and_grad if self.is_scalar else gg.value_and_jacobian
        return make(self.f, self.argnums, backend=backend)


def draw(arguments: tuple[Draw, ...], seed: int) -> tuple[Any, ...]:
    """A value for each."""
    rng = np.random.default_rng(seed)
    return tuple(one(rng) for one in arguments)


GALLERY: list[Problem] = []


def problem(row: str, by: str, arguments: tuple[Draw, ...], **answers: Any) -> Callable[[Function], Function]:
    """Put the function below into the gallery; it stays as it is.

    Parameters
    ----------
    row : str
        The number of the row.
    by : str
        The names of the parameters to differentiate by, with spaces between.
    arguments : tuple of callable
        For each parameter what draws a value.
    **answers
        The other attributes of `Problem`.
    """

    def register(f: Function) -> Function:
        GALLERY.append(Problem(row, f, tuple(by.split()), arguments, **answers))
        return f

    return register
