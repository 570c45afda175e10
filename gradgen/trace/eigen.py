"""`numpy.linalg.eig` and ``eigvals``: eigenvalues of general matrices.

Their results are complex, whatever the numbers: NumPy's are real where all imaginary parts happen to be 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradgen.ops.eigen import eig, eig_values, eig_vectors
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.complex_functions import joined
from gradgen.trace.context import implements
from gradgen.trace.linalg import square_matrices
from gradgen.trace.moves import fixed

__all__ = ["eigenvalues", "eigenvectors"]

_OF_EIG: Any = type(np.linalg.eig(np.eye(1)))


def _decomposed(a: Any) -> tuple[TracedArray, TracedArray]:
    """The decomposition and the matrix."""
    x = square_matrices(a)
    fixed(x.shape[-1])
    return emit(eig, x), x


def eigenvalues(a: Any) -> TracedArray:
    """Complex, in LAPACK's order."""
    both = _decomposed(a)
    return joined(*[emit(eig_values, *both, part=part) for part in (0, 1)])


def eigenvectors(a: Any) -> TracedArray:
    """Complex, in columns."""
    both = _decomposed(a)
    return joined(*[emit(eig_vectors, *both, part=part) for part in (0, 1)])


@implements(np.linalg.eigvals)
def _eigvals(a: Any) -> TracedArray:
    return eigenvalues(a)


@implements(np.linalg.eig)
def _eig(a: Any) -> Any:
    return _OF_EIG(eigenvalues(a), eigenvectors(a))
