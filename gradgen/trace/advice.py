"""What to write instead of what cannot be traced: the last half of each refusal."""

from __future__ import annotations

__all__ = ["ATTRIBUTE_ADVICE", "FUNCTION_ADVICE"]

_CHOOSE = "the answer is needed while the function is traced; choose with np.where on an elementwise comparison"
_STORES = "it changes an array in place; build the new array with np.where, np.concatenate or np.stack"
_ORDER = "which element comes where depends on the numbers; np.max, np.min and np.where do not need to know"
_SIZE = "the size of its result depends on the numbers; use np.where(mask, x, 0.0)"

# By the name after `np.`.
FUNCTION_ADVICE: dict[str, str] = {
    **dict.fromkeys(("allclose", "isclose", "array_equal", "array_equiv"), _CHOOSE),
    **dict.fromkeys(("copyto", "put", "place", "putmask", "put_along_axis", "fill_diagonal"), _STORES),
    **dict.fromkeys(("argmax", "argmin", "argsort", "sort", "partition", "median", "percentile", "quantile"), _ORDER),
    **dict.fromkeys(("nonzero", "argwhere", "flatnonzero", "unique", "extract", "compress"), _SIZE),
    "cumprod": "use np.exp(np.cumsum(np.log(x))) for positive x",
    "histogram": "sum np.where over the bins",
    "save": "save the results of the compiled function",
    "vectorize": "write it with array operations",
}

ATTRIBUTE_ADVICE: dict[str, str] = {
    "fill": "use np.full_like(x, value)",
    "flat": "use x.ravel()",
    "imag": "only real arrays are traced",
    "partition": _ORDER,
    "put": _STORES,
    "resize": "use np.reshape, np.pad or np.concatenate",
    "sort": "it changes the array in place, and the order depends on the numbers",
    "tobytes": "the numbers are not known yet",
    "view": "use x.astype(dtype)",
}
