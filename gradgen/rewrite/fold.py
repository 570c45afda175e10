"""Rules that hold for every op: what is known beforehand is computed beforehand, by the NumPy reference."""

from __future__ import annotations

import numpy as np

from gradgen.errors import GradgenError
from gradgen.ir import Node, constant_array, size_of
from gradgen.ops import OPS, Value, constant, full
from gradgen.rewrite.pattern import CallOf, any_call
from gradgen.rewrite.rule import Rule

__all__ = ["FOLD"]

# Larger results stay computed: a constant is text in the generated C.
ELEMENTS = 1024


def _folded(root: Value) -> Value | None:
    """What the reference makes of constants. A broadcast scalar stays one: every rule knows its number."""
    size = size_of(root.shape)
    if size is None or size > ELEMENTS or (root.node.op.name == "broadcast" and root.node["axes"] == ()):
        return None
    operands = [constant_array(root.graph[operand]) for operand in root.node.operands]
    array = _computed(root.node, operands)
    if array is None or array.dtype != root.dtype or array.shape != root.shape:
        return None
    return constant(root.graph, array)


def _computed(node: Node, operands: list[np.ndarray]) -> np.ndarray | None:
    """The result, or None where the reference refuses (a singular matrix): that is for the call to say."""
    try:
        with np.errstate(all="ignore"):
            return np.asarray(OPS[node.op.name].numpy(*operands, **dict(node.attributes)))
    except (ArithmeticError, ValueError, GradgenError):
        return None


def _uniform(c: Value) -> Value | None:
    """An array whose elements are the same, bit for bit, as the broadcast of one."""
    array = constant_array(c.node).ravel()
    if not c.shape or not array.size or array.tobytes() != array[:1].tobytes() * array.size:
        return None
    return full(c.graph, array[0], c.shape)


def _is_elementwise(root: Value) -> bool:
    return OPS[root.node.op.name].is_elementwise


def _inside_broadcast(root: Value) -> Value | None:
    """f(x repeated, y repeated) is f(x, y) repeated, if they are repeated along the same axes or are scalars."""
    graph, node = root.graph, root.node
    operands = [graph[operand] for operand in node.operands]
    axes = max((operand["axes"] for operand in operands), key=len)
    if any(operand["axes"] not in ((), axes) for operand in operands):
        return None
    like = next(operand for operand in operands if operand["axes"] == axes)
    inner = [_repeated(Value(graph, operand.operands[0]), graph[like.operands[0]]) for operand in operands]
    made = OPS[node.op.name](*inner, **dict(node.attributes))
    return OPS["broadcast"](made, shape=root.shape, axes=axes)


def _repeated(x: Value, like: Node) -> Value:
    return x if x.shape == like.type.shape else OPS["broadcast"](x, shape=like.type.shape, axes=())


FOLD = (
    Rule("f(constant, ...) -> constant", CallOf("constant"), _folded),
    Rule("constant of equal elements -> broadcast", any_call("constant", "c"), _uniform),
    Rule("f(broadcast(x), ...) -> broadcast(f(x, ...))", CallOf("broadcast"), _inside_broadcast, _is_elementwise),
)
