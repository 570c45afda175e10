"""Random numbers in a traced function: an error, for they would be drawn once and be the same at each call.

The methods of a generator cannot be replaced: they belong to a type in C. But its code asks NumPy for the arrays
that it fills, by a name in its own module, and fills them without looking what they are.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from gradgen.errors import TraceError
from gradgen.trace.context import current, fail
from gradgen.trace.intercept import intercepts
from gradgen.trace.patches import bind, is_replacement

__all__: list[str] = []

REMEDY = (
    "numbers would be drawn once, while the function is traced, and be the same at each call; draw them outside and "
    "pass them in as an argument"
)
LEGACY = [function for function in vars(np.random).values() if hasattr(function, "__self__")]


@intercepts(
    np.random.default_rng,
    *[function for function in LEGACY if "state" not in function.__name__ and function.__name__ != "seed"],
)
def _drawn(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    raise TraceError(REMEDY)


class _NumPy(ModuleType):
    """NumPy as the modules that draw numbers see it while traces run."""

    def __getattr__(self, name: str) -> Any:
        value = getattr(np, name)
        if current() is not None and is_replacement(value):
            raise fail(TraceError, f"np.random: {REMEDY}")
        return value


_numpy = _NumPy("numpy")
for _name, _module in list(sys.modules.items()):
    if _name.startswith("numpy.random.") and getattr(_module, "np", None) is np:
        bind(vars(_module), "np", _numpy)
