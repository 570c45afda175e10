"""Rewriting graphs by tables of rules.

`EARLY` before differentiation (`STABLE` forms, found with the help of `EXACT`), `FINAL` when the last
derivative has been taken, `RELAXED` with it where the user asks: ``rewrite(graph, FINAL + RELAXED)``.
"""

from gradgen.rewrite.chains import order_products, products_ordered
from gradgen.rewrite.collect import collect_factors
from gradgen.rewrite.engine import Table, rewrite, rewritten
from gradgen.rewrite.exact import EXACT, FINAL
from gradgen.rewrite.relaxed import RELAXED
from gradgen.rewrite.sharing import share_decompositions
from gradgen.rewrite.spectral import spectral_functions
from gradgen.rewrite.stable import EARLY, STABLE

__all__ = [
    "EARLY",
    "EXACT",
    "FINAL",
    "RELAXED",
    "STABLE",
    "Table",
    "collect_factors",
    "order_products",
    "products_ordered",
    "rewrite",
    "rewritten",
    "share_decompositions",
    "spectral_functions",
]
