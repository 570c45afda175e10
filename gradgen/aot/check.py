"""Exports checked: their derivatives against differences, at drawn arguments or the examples that were given."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradgen.aot.declare import Export
from gradgen.aot.selftest import draw, sizes
from gradgen.aot.transform import data_of, is_real
from gradgen.aot.unit import lower_export
from gradgen.api import check_grads
from gradgen.api.leaves import leaf_type
from gradgen.errors import counted
from gradgen.trace import flatten

__all__ = ["check_export"]


def check_export(export: Export, order: int = 1) -> str:
    """Check the derivatives of an export's function; what was done, in words.

    Raises
    ------
    DifferentiationError
        If a derivative differs.
    """
    function, names, types = data_of(export)
    real = [number for number, name in enumerate(names) if is_real(export, name)]
    if not real:
        return "no argument is floating-point"
    dims, rng = sizes(lower_export(export)[0]), np.random.default_rng(0)
    arguments = [_filled(name, given, dims, rng) for name, given in zip(names, types, strict=True)]

    def of_real(*moving: Any) -> Any:
        given = list(arguments)
        for number, value in zip(real, moving, strict=True):
            given[number] = value
        return function(*given)

    of_real.__name__ = function.__name__
    check_grads(of_real, [arguments[number] for number in real], order)
    at = f" at {', '.join(f'{name} = {size}' for name, size in dims.items())}" if dims else ""
    return f"derivatives by {counted(len(real), 'argument')} agree with differences{at}"


def _filled(name: str, given: Any, dims: dict[str, int], rng: np.random.Generator) -> Any:
    leaves, tree = flatten(given)
    drawn = [draw(leaf_type(leaf, name), leaf, dims, rng) for leaf in leaves]
    return tree.unflatten([array if array.ndim else array[()] for array in drawn])
