"""Formulas: what a graph computes, printed as an expression of matrix algebra in the user's names.

graph -read-> index notation -simplify-> index notation -arrange-> matrix notation -> text, LaTeX, NumPy
"""

from gradgen.formula.printed import Formula, formula

__all__ = ["Formula", "formula"]
