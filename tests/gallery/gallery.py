"""All problems of the gallery, in the order of their rows; read by the tests, by the docs and by the formulas."""

from __future__ import annotations

from tests.gallery import (
    problems_inverses,
    problems_matrices,
    problems_models,
    problems_spectra,
    problems_vectors,
)
from tests.gallery.problem import GALLERY, Problem

__all__ = ["PROBLEMS", "ROWS"]

MODULES = (problems_inverses, problems_matrices, problems_models, problems_spectra, problems_vectors)

PROBLEMS: tuple[Problem, ...] = tuple(sorted(GALLERY, key=lambda one: one.row))

# What a row asks of every function, or of a transform, is a test of its own: `test_gallery`, `test_taylor`.
OF_ITS_OWN = ("A13", "A46")
ROWS: tuple[str, ...] = tuple(f"A{number:02}" for number in range(1, 48))
