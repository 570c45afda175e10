"""What a compiled entry takes and gives, as data that can be written beside the library and read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradgen.ir.types import Dim, Extent, Type

__all__ = ["Signature", "Slot"]

# A type as `Kernel` takes it: the dtype's character, and extents that are an int or (index of the dimension, offset).
Slot = tuple[str, tuple[int | tuple[int, int], ...]]


@dataclass(frozen=True, slots=True)
class Signature:
    """The types of one entry of a library.

    Parameters
    ----------
    name : str
        Name of the entry; the library exports ``NAME_call`` and ``NAME_work_size``.
    dims : tuple of str
        The named dimensions, in the order the entry is given them.
    arguments, results : tuple of Type
        One per pointer; arguments end with the hidden ones.
    argument_names : tuple of str
        What messages call the arguments.
    externals : tuple of str
        BLAS and LAPACK functions that ``NAME_bind`` is given, in this order.

    Examples
    --------
    >>> from gradgen.ir.types import TypeMaker
    >>> f64 = TypeMaker(np.float64)
    >>> norm = Signature("norm", ("n",), (f64["n"],), (f64.scalar,), ("x",))
    >>> print(norm)
    norm(x: f64[n]) -> f64
    >>> Signature.from_json(norm.to_json()) == norm
    True
    """

    name: str
    dims: tuple[str, ...]
    arguments: tuple[Type, ...]
    results: tuple[Type, ...]
    argument_names: tuple[str, ...]
    externals: tuple[str, ...] = ()

    def __str__(self) -> str:
        given = ", ".join(f"{name}: {type_}" for name, type_ in zip(self.argument_names, self.arguments, strict=True))
        return f"{self.name}({given}) -> {', '.join(map(str, self.results))}"

    def slots(self, types: tuple[Type, ...]) -> tuple[Slot, ...]:
        """Types of this signature as `Kernel` takes them."""
        return tuple((type_.dtype.char, tuple(map(self._extent, type_.shape))) for type_ in types)

    def _extent(self, extent: Extent) -> int | tuple[int, int]:
        return (self.dims.index(extent.name), extent.offset) if isinstance(extent, Dim) else int(extent)

    def to_json(self) -> dict[str, Any]:
        """This signature in lists, strings and numbers only."""
        return {
            "name": self.name,
            "dims": list(self.dims),
            "arguments": [_type_to_json(type_) for type_ in self.arguments],
            "results": [_type_to_json(type_) for type_ in self.results],
            "argument_names": list(self.argument_names),
            "externals": list(self.externals),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Signature:
        """The signature that `to_json` wrote."""
        return cls(
            name=str(data["name"]),
            dims=tuple(map(str, data["dims"])),
            arguments=tuple(map(_type_from_json, data["arguments"])),
            results=tuple(map(_type_from_json, data["results"])),
            argument_names=tuple(map(str, data["argument_names"])),
            externals=tuple(map(str, data["externals"])),
        )


def _type_to_json(type_: Type) -> list[Any]:
    shape = [[extent.name, extent.offset] if isinstance(extent, Dim) else int(extent) for extent in type_.shape]
    return [type_.dtype.name, shape]


def _type_from_json(data: Any) -> Type:
    name, shape = data
    extents = (Dim(str(entry[0]), int(entry[1])) if isinstance(entry, list) else int(entry) for entry in shape)
    return Type(np.dtype(name), tuple(extents))
