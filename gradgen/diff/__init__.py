"""Derivatives on the graph: push tangents forward, pull cotangents back."""

from gradgen.diff.linearize import push_forward, zeros_like
from gradgen.diff.substitute import substitute
from gradgen.diff.transpose import placeholder, pull_back, transpose

__all__ = ["placeholder", "pull_back", "push_forward", "substitute", "transpose", "zeros_like"]
