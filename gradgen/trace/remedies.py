"""What to write instead of an expression in which NumPy asks a traced value for its numbers, in the user's own names.

A.dot(t)  ->  A @ t        table[i]  ->  np.take(table, i)        np.sin([t, t])  ->  np.sin(np.array([t, t]))
"""

from __future__ import annotations

import ast
from collections.abc import Callable

import numpy as np

from gradgen.source import expression

__all__ = ["STORED", "remedy"]

LISTED = "np.array([a, b]) for a list of traced values"
STORED = "make the array that is stored into by np.zeros, np.array or np.copy inside the function"
GENERAL = f"use A @ x for A.dot(x), {LISTED}, and {STORED}"
INDEXED = "as an index of an array that is not traced write np.take(A, i); as a size pass it as a static argument; "
# Longer than this an expression is not repeated: the message names its line anyway.
LONGEST = 80


def remedy(dtype: np.dtype) -> str:
    """What to write where a traced value of this dtype cannot become an array."""
    found = expression()
    written = _instead(found, dtype) if found is not None else None
    if written is not None and len(written) <= LONGEST:
        return f"write {written}"
    return (INDEXED if dtype.kind in "bi" else "") + GENERAL


def _instead(node: ast.expr, dtype: np.dtype) -> str | None:
    for form, rewrite in _FORMS.items():
        if isinstance(node, form):
            return rewrite(node, dtype)
    return None


def _of_call(node: ast.Call, dtype: np.dtype) -> str | None:
    if isinstance(node.func, ast.Attribute) and node.func.attr == "dot" and len(node.args) == 1 and not node.keywords:
        return ast.unparse(ast.BinOp(node.func.value, ast.MatMult(), _array(node.args[0])))
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
