"""What to write instead of an expression in which a traced value is asked for its numbers, in the user's own names.

A.dot(t)  ->  A @ t        table[i]  ->  np.take(table, i)        np.sin([t, t])  ->  np.sin(np.array([t, t]))
math.sin(t)  ->  np.sin(t)        np.float32(t)  ->  t.astype(np.float32)
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable

import numpy as np

from gradgen.source import expression

__all__ = ["STORED", "number_remedy", "remedy"]

LISTED = "np.array([a, b]) for a list of traced values"
STORED = "make the array that is stored into by np.zeros, np.array or np.copy inside the function"
GENERAL = f"use A @ x for A.dot(x), {LISTED}, and {STORED}"
INDEXED = "as an index of an array that is not traced write np.take(A, i); as a size pass it as a static argument; "
# What is in `math` under another name, or not in NumPy.
MATHS = {
    "erf": "scipy.special.erf",
    "erfc": "scipy.special.erfc",
    "fsum": "np.sum",
    "gamma": "scipy.special.gamma",
    "lgamma": "scipy.special.gammaln",
}
# Longer than this an expression is not repeated: the message names its line anyway.
LONGEST = 80


def remedy(dtype: np.dtype) -> str:
    """What to write where a traced value of this dtype cannot become an array."""
    found = expression()
    written = _instead(found, dtype) if found is not None else None
    if written is not None and len(written) <= LONGEST:
        return f"write {written}"
    return (INDEXED if dtype.kind in "bi" else "") + GENERAL


def number_remedy(general: str) -> str:
    """What to write where a traced value cannot become a number of Python's."""
    found = expression()
    written = _of_number(found) if isinstance(found, ast.Call) and not found.keywords else None
    return f"write {written}" if written is not None and len(written) <= LONGEST else general


def _of_number(node: ast.Call) -> str | None:
    """``math.sin(x)`` and ``sin(x)``, ``float(x)``."""
    name = ast.unparse(node.func)
    if name in ("float", "int") and len(node.args) == 1:
        return _converted(node)
    name = name.removeprefix("math.")
    in_numpy = getattr(np, name, None) if hasattr(math, name) else None
    if isinstance(in_numpy, np.ufunc) and in_numpy.nin == len(node.args):
        return ast.unparse(_call(f"np.{name}", *node.args))
    return ast.unparse(_call(MATHS[name], *node.args)) if name in MATHS else None


def _converted(node: ast.Call) -> str:
    return ast.unparse(ast.Call(ast.Attribute(node.args[0], "astype"), [node.func], []))


def _instead(node: ast.expr, dtype: np.dtype) -> str | None:
    for form, rewrite in _FORMS.items():
        if isinstance(node, form):
            return rewrite(node, dtype)
    return None


def _of_call(node: ast.Call, dtype: np.dtype) -> str | None:
    if isinstance(node.func, ast.Attribute) and node.func.attr == "dot" and len(node.args) == 1 and not node.keywords:
        return ast.unparse(ast.BinOp(node.func.value, ast.MatMult(), _array(node.args[0])))
    kind = getattr(np, ast.unparse(node.func).removeprefix("np."), None)
    if isinstance(kind, type) and issubclass(kind, np.generic) and len(node.args) == 1:
        return _converted(node)
    arguments = [_array(each) for each in node.args]
    return ast.unparse(ast.Call(node.func, arguments, node.keywords)) if arguments != node.args else None


def _of_operator(node: ast.BinOp, dtype: np.dtype) -> str | None:
    sides = [_array(node.left), _array(node.right)]
    return ast.unparse(ast.BinOp(sides[0], node.op, sides[1])) if sides != [node.left, node.right] else None


def _array(node: ast.expr) -> ast.expr:
    """A list as an array."""
    return _call("np.array", node) if isinstance(node, ast.List | ast.Tuple | ast.ListComp) else node


def _of_index(node: ast.Subscript, dtype: np.dtype) -> str | None:
    if dtype.kind not in "bi":
        return None
    if isinstance(node.slice, ast.Tuple | ast.Slice):
        return ast.unparse(ast.Subscript(_call("np.array", node.value), node.slice, node.ctx))
    if dtype.kind == "b":
        return ast.unparse(_call("np.where", node.slice, node.value, ast.Constant(0.0)))
    return ast.unparse(_call("np.take", node.value, node.slice, axis=0))


def _call(name: str, *arguments: ast.expr, **keywords: int) -> ast.expr:
    return ast.Call(
        ast.Name(name), list(arguments), [ast.keyword(key, ast.Constant(keywords[key])) for key in keywords]
    )


_FORMS: dict[type[ast.expr], Callable[..., str | None]] = {
    ast.Call: _of_call,
    ast.BinOp: _of_operator,
    ast.Subscript: _of_index,
}
