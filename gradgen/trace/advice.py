"""What to write instead of what cannot be traced: the last half of each refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["ATTRIBUTE_ADVICE", "FUNCTION_ADVICE", "advice_for", "name_of"]

_CHOOSE = "the answer is needed while the function is traced; choose with np.where on an elementwise comparison"
_SIZE = "the size of its result depends on the numbers; use np.where(mask, x, 0.0)"
_SETS = "which elements there are depends on the numbers; np.isin and np.sort do not change the size"
_BINS = "counts do not change with the numbers but jump; use np.sum(np.where(np.digitize(x, edges) == k, weights, 0.0))"
_TEXT = "arrays of text are not traced; compute with it outside the compiled function"
_DATES = "dates are not traced; convert them to numbers outside the compiled function"
_FILES = "read or write files outside the compiled function, and pass the arrays in or out"
_FIELDS = "arrays with fields are not traced; pass each field as an array of its own"
_COMPLEX = (
    "whether its result is complex depends on the numbers; use the function of the same name in np, of "
    "x.astype(complex) where it may be"
)
_BITS = "bits do not change with the numbers but jump; use np.bitwise_and, np.floor_divide and np.remainder"
_ARITHMETIC = "write it with // and %: np.stack([i // n, i % n]) for two axes, i * n + j for the other way round"


def _each(names: str, advice: str, module: str = "") -> dict[str, str]:
    return {module + name: advice for name in names.split()}


# By the name after `np.`: all functions and ufuncs that NumPy lets arrays answer for, and that traced arrays do not.
FUNCTION_ADVICE: dict[str, str] = {
    **_each("allclose array_equal array_equiv", _CHOOSE + ", np.isclose or =="),
    **_each("argwhere flatnonzero nonzero trim_zeros", _SIZE),
    **_each("intersect1d setdiff1d setxor1d union1d", _SETS),
    **_each("unique unique_all unique_counts unique_inverse unique_values", _SETS),
    **_each("histogram histogram2d histogram_bin_edges histogramdd", _BINS),
    **_each("busday_count busday_offset datetime_as_string is_busday isnat", _DATES),
    **_each("frombuffer fromfile fromiter fromstring genfromtxt loadtxt save savetxt savez savez_compressed", _FILES),
    **_each("packbits unpackbits bitwise_count left_shift right_shift", _BITS),
    **_each("ravel_multi_index unravel_index", _ARITHMETIC),
    **_each("arccos arcsin arctanh log log10 log2 logn power sqrt", _COMPLEX, "lib.scimath."),
    **_each(
        "count endswith find index isalnum isalpha isdecimal isdigit islower isnumeric isspace istitle isupper rfind "
        "rindex startswith str_len _center _expandtabs _expandtabs_length _ljust _lstrip_chars _lstrip_whitespace "
        "_partition _partition_index _replace _rjust _rpartition _rpartition_index _rstrip_chars _rstrip_whitespace "
        "_slice _strip_chars _strip_whitespace _zfill",
        _TEXT,
    ),
    "_ones_like": "use np.ones_like",
    **_each(
        "nextafter spacing frexp",
        "it looks at how numbers are stored, which has no derivative; use np.log2 and np.floor",
    ),
    **_each("gcd lcm", "it is for whole numbers known while tracing; pass them as static arguments"),
    "i0": "use scipy.special.logsumexp or a series of powers",
    "in1d": "use np.isin, which keeps the shape; NumPy 2.4 has no np.in1d",
    "ix_": "use x[rows][:, columns], or x[rows[:, None], columns]",
    "lexsort": "sort by one key with np.argsort, the last one first: its order is stable",
    "polydiv": "divide the values, np.polyval(p, x) / np.polyval(q, x)",
    "polyfit": "build np.vander(x, degree + 1) and solve the least squares outside the compiled function",
    "roots": "their order and number depend on the numbers; find them outside the compiled function",
    "sort_complex": "use np.sort",
    "vectorize": "write it with array operations",
}

# By the module, for all that it holds.
MODULE_ADVICE: dict[str, str] = {
    "char": _TEXT,
    "fft": "write it as a product with the matrix of the transform, np.cos and np.sin of constants",
    "lib.recfunctions": _FIELDS,
    "polynomial": "use np.polyval, np.polyadd, np.polymul, np.polyder and np.polyint, highest power first",
    "strings": _TEXT,
}


def name_of(function: Callable[..., Any]) -> str:
    """The name by which a function of NumPy is reached after ``np.``."""
    module = getattr(function, "__module__", None) or "numpy"
    module = module.replace("lib._scimath_impl", "lib.scimath")  # so says NumPy 2.0
    return f"{module}.{function.__name__}".removeprefix("numpy.")


def advice_for(name: str) -> str:
    """What to do instead of the function of this name, by which it is reached after ``np.``.

    Examples
    --------
    >>> advice_for("roots")
    'their order and number depend on the numbers; find them outside the compiled function'
    """
    if name in FUNCTION_ADVICE:
        return FUNCTION_ADVICE[name]
    modules = (advice for module, advice in MODULE_ADVICE.items() if name.startswith(f"{module}."))
    return next(modules, "compute it outside the compiled function and pass the result in")


ATTRIBUTE_ADVICE: dict[str, str] = {
    "partition": "use np.partition(x, kth)",
    "resize": "use np.reshape, np.pad or np.concatenate",
    "tobytes": "the numbers are not known yet",
    "view": "use x.astype(dtype)",
}
