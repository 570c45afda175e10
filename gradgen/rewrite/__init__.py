"""Rewriting graphs by tables of rules: `EXACT` always, `STABLE` before differentiation, `RELAXED` on request.

`FINAL` is `EXACT` for when the last derivative has been taken.
"""

from gradgen.rewrite.engine import Table, rewrite, rewritten
from gradgen.rewrite.exact import EXACT, FINAL
from gradgen.rewrite.relaxed import RELAXED
from gradgen.rewrite.stable import STABLE

__all__ = ["EXACT", "FINAL", "RELAXED", "STABLE", "Table", "rewrite", "rewritten"]
