"""From an entry of the cache to something that can be called."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradgen.native.cache import Entry
from gradgen.native.call import Kernel
from gradgen.native.load import open_library

__all__ = ["make_kernel"]


def make_kernel(
    entry: Entry,
    hidden: tuple[np.ndarray[Any, Any], ...] = (),
    tree: Any = None,
    release_gil: bool = False,
    numbers: str = "",
) -> Kernel:
    """Load a built library and make its entry callable.

    Parameters
    ----------
    entry : Entry
        From `Cache.load` or `Cache.store`.
    hidden : tuple of numpy.ndarray
        Arrays passed after the arguments of each call, read anew each time.
    tree : int, tuple or None
        How the results are arranged: the index of one, a tuple of trees; None gives a list of all.
    release_gil : bool
        Whether other threads may run during a call: worth it well above 0.1 µs.
    numbers : str
        For each argument whose numbers it takes from a dispatcher: ``"p"`` Python's, ``"n"`` NumPy's, ``"-"`` both.
    """
    signature, addresses = entry.signature, open_library(entry)
    return Kernel(
        signature.name,
        addresses.call,
        addresses.work_size,
        signature.slots(signature.arguments),
        signature.slots(signature.results),
        signature.dims,
        signature.argument_names,
        hidden,
        tree,
        release_gil,
        numbers,
    )
