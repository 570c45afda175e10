"""What needs the numbers of an array: there for data, an error that says what to write instead for the traced."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from gradgen.errors import TraceError
from gradgen.trace.context import fail
from gradgen.trace.patches import is_library
from gradgen.trace.remedies import STORED, number_remedy, remedy

__all__ = ["Convertible"]


def _converting(method: Callable[..., Any] | str, message: str, advice: str = "") -> Callable[..., Any]:
    """A method that data answers for itself; advice is for where no better is found for the expression."""

    def convert(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not self.is_plain:
            raise fail(TraceError, message.format(repr(self)) + (advice and f"; {number_remedy(advice)}"))
        if isinstance(method, str):
            return getattr(self.layout, method)(*args, **kwargs)
        return method(self.layout, *args, **kwargs)

    return convert


class Convertible:
    """The conversions of `TracedArray`, whose attributes they use."""

    __slots__ = ()

    def __array__(self: Any, dtype: Any = None, copy: Any = None) -> np.ndarray:
        if self.is_plain:
            exported: np.ndarray = self._exported(dtype, copy)
            return exported
        advice = remedy(self.dtype)
        raise fail(TraceError, f"{self!r} cannot become a plain NumPy array while the function is traced; {advice}")

    def _exported(self: Any, dtype: Any, copy: Any) -> np.ndarray:
        """The data for code that is not traced: a copy, which must not live on when the array changes."""
        array = np.array(self.layout, dtype)
        if not copy:
            self.memory_of_all.exports.append(weakref.ref(array))
            # What is written there would be lost. Libraries only read, and some of them refuse what is read-only.
            array.flags.writeable = is_library(sys._getframe(2))
        return array

    __bool__ = _converting(
        bool,
        "{} has no truth value while the function is traced: `if`, `while`, `and`, `or`, `not`, `in`, max(), min() "
        "and sorted() need one; use np.where(condition, a, b) for a branch, np.maximum / np.minimum or np.max / "
        "np.min for max / min, np.sort for sorted, np.logical_and / np.logical_or for `and` / `or`",
    )
    __float__ = _converting(
        float,
        "{} cannot become a Python float while the function is traced",
        f"use np.sin(x) for math.sin(x), x.astype(float) for float(x), and {STORED}",
    )
    __int__ = _converting(
        int,
        "{} cannot become a Python int while the function is traced",
        f"use x.astype(int), and {STORED}",
    )
    __complex__ = _converting(
        complex, "{} cannot become a Python complex while the function is traced; use x.astype(complex)"
    )
    __index__ = _converting(
        "__index__",
        "{} cannot be an index, a size or a range while the function is traced: these must be known then; "
        "pass it as a static argument, or take an entry of a list by np.take(np.array(entries), i)",
    )
    __contains__ = _converting("__contains__", "`in` needs the numbers of {}; use np.any(x == value)")
    __hash__ = _converting(hash, "{} has no hash: it cannot be a key of a dict, in a set or in a cache")
    item = _converting("item", ".item() needs the number of {}; leave it away: a traced number behaves as one")
    tolist = _converting("tolist", ".tolist() needs the numbers of {}; iterate over the array, or index it")
