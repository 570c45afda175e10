"""Derivatives on the graph: push tangents forward, pull cotangents back."""

from gradgen.diff.batch import batch, repeat
from gradgen.diff.linearize import path, push_forward, zeros_like
from gradgen.diff.split import Halves, split
from gradgen.diff.substitute import substitute
from gradgen.diff.transpose import placeholder, pull_back, transpose

__all__ = [
    "Halves",
    "batch",
    "path",
    "placeholder",
    "pull_back",
    "push_forward",
    "repeat",
    "split",
    "substitute",
    "transpose",
    "zeros_like",
]
