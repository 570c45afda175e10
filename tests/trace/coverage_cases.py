"""One or more calls of everything of NumPy that is supported, by its name there."""

from __future__ import annotations

import numpy as np

from tests.trace.coverage_matrices import NORMS, SPECTRA, SYSTEMS
from tests.trace.coverage_moves import CREATION, DIAGONALS, JOINING, SHAPES
from tests.trace.coverage_numbers import CHOICE, ELEMENTWISE, POLYNOMIALS, REDUCTIONS, SCANS
from tests.trace.coverage_order import ORDER, PRODUCTS
from tests.trace.coverage_samples import Function, Row

# What tells about an array, not about its numbers: the answer is a constant of the trace.
KNOWN: dict[str, Function] = {
    "array2string": lambda x: "traced" in np.array2string(x * 2) or True,
    "array_repr": lambda x: "traced" in np.array_repr(x * 2) or True,
    "array_str": lambda x: "traced" in np.array_str(x * 2) or True,
    "fromfunction": lambda x: np.sum(np.fromfunction(lambda i: i, (3,))),
    "can_cast": lambda x: np.can_cast(x, np.float64),
    "common_type": lambda x: np.common_type(x) is np.float64,
    "einsum_path": lambda x: len(np.einsum_path("ij,ij", x, x)[0]),
    "iscomplexobj": np.iscomplexobj,
    "isrealobj": np.isrealobj,
    "may_share_memory": lambda x: np.may_share_memory(x, np.ones(3)),
    "min_scalar_type": lambda x: np.min_scalar_type(x + 1.0) == np.float64,
    "ndim": np.ndim,
    "result_type": lambda x: np.result_type(x, 1.0) == np.float64,
    "shape": lambda x: np.array(np.shape(x)),
    "shares_memory": lambda x: np.shares_memory(x, np.ones(3)),
    "size": np.size,
}

FAMILIES: dict[str, dict[str, Row]] = {
    "elementwise": ELEMENTWISE,
    "choice": CHOICE,
    "reductions": REDUCTIONS,
    "scans": SCANS,
    "order": ORDER,
    "products": PRODUCTS,
    "norms and powers": NORMS,
    "systems of equations": SYSTEMS,
    "spectra": SPECTRA,
    "shapes": SHAPES,
    "joining": JOINING,
    "diagonals": DIAGONALS,
    "creation": CREATION,
    "polynomials": POLYNOMIALS,
}
CALLS = [
    (f"{name}-{k}", *call) for family in FAMILIES.values() for name, row in family.items() for k, call in enumerate(row)
]
