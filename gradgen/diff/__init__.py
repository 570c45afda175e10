"""Derivatives on the graph: push tangents forward, pull cotangents back."""

from gradgen.diff.batch import batch, repeat
from gradgen.diff.checkpoint import enclose, enter
from gradgen.diff.linearize import path, push_forward, zeros_like
from gradgen.diff.substitute import placeholder, substitute
from gradgen.diff.transpose import pull_back, transpose

__all__ = [
    "batch",
    "enclose",
    "enter",
    "path",
    "placeholder",
    "pull_back",
    "push_forward",
    "repeat",
    "substitute",
    "transpose",
    "zeros_like",
]
