"""Tracing: NumPy functions become graphs, by running once on arrays that record what is done with them."""

from gradgen.trace import (
    choices,
    dispatch,
    einsum,
    elementary,
    indexing,
    intercept,
    interpolation,
    joining,
    objects,
    order,
    padding,
    polynomials,
    products,
    questions,
    reductions,
    scans,
    selection,
    shapes,
    special,
    statistics,
    stores,
    ufuncs,
)
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import Trace, active, current, implements, tracing
from gradgen.trace.function import Traced, as_argument, make_graph, parameter_names, trace_call, trace_graph
from gradgen.trace.moves import as_traced
from gradgen.trace.names import name_statements
from gradgen.trace.sizes import least_sizes
from gradgen.trace.tree import LEAF, Tree, flatten, register_pytree

__all__ = [
    "LEAF",
    "Trace",
    "Traced",
    "TracedArray",
    "Tree",
    "active",
    "as_argument",
    "as_traced",
    "choices",
    "current",
    "dispatch",
    "einsum",
    "elementary",
    "emit",
    "flatten",
    "implements",
    "indexing",
    "intercept",
    "interpolation",
    "joining",
    "least_sizes",
    "make_graph",
    "name_statements",
    "objects",
    "order",
    "padding",
    "parameter_names",
    "polynomials",
    "products",
    "questions",
    "reductions",
    "register_pytree",
    "scans",
    "selection",
    "shapes",
    "special",
    "statistics",
    "stores",
    "trace_call",
    "trace_graph",
    "tracing",
    "ufuncs",
]

intercept.intercept_implemented()
