"""Ahead of time: what a module exports, as C, as a shared library, as a Python module that needs no compiler."""

from gradgen.aot.declare import export

__all__ = ["export"]
