"""`vmap`: a function of one sample becomes a function of many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradgen.api.arguments import Function, function_name, leaf_values, stable
from gradgen.api.compiled import Compiled
from gradgen.api.transforms import signature_of
from gradgen.diff import batch
from gradgen.errors import ArgumentError
from gradgen.ir import Extent
from gradgen.ops import Value
from gradgen.ops.leaf import input_op
from gradgen.ops.shape import transpose
from gradgen.trace import TracedArray, Tree, flatten

__all__ = ["vmap"]

Axes = int | None | Sequence[Any]


def vmap(f: Function, in_axes: Axes = 0, out_axes: Axes = 0, *, backend: str | None = None) -> Compiled:
    """Map a function over an axis of its arguments.

    Parameters
    ----------
    f : callable
        A function of one sample.
    in_axes : int, None or sequence, optional
        For each argument the axis along which samples lie, None for an argument that all share; an
        int stands for all arguments. An argument that is a container may have a container of axes.
    out_axes : int or sequence, optional
        Likewise for the results; every result has the axis.
    backend : str, optional
        As for `compile`.

    Returns
    -------
    Compiled
        Called like ``f``, with the axes added.

    Raises
    ------
    ArgumentError
        When called, if the extents of the axes differ or an array lacks its axis.

    Examples
    --------
    >>> import numpy as np
    >>> vmap(lambda x, y: x @ y)(np.eye(2), np.array([[3.0, 4.0], [5.0, 6.0]]))
    array([3., 6.])
    """

    def transformed(*args: Any) -> Any:
        leaves, tree = leaf_values(args)
        axes = _spread(in_axes, tree, args, f"{function_name(f)}: in_axes")
        size = _size(f, leaves, axes)
        samples: list[Value] = []
        entries: dict[int, Value] = {}
        for leaf, axis in zip(leaves, axes, strict=True):
            sample = leaf if axis is None else _sample(leaf, axis)
            samples.append(sample)
            if axis is not None:
                entries[sample.id] = _moved(leaf, axis % leaf.ndim, 0)
        result = f(*tree.unflatten([TracedArray(sample) for sample in samples]))
        outputs, structure = leaf_values(result)
        many = batch(stable(outputs), entries, size)
        ends = _spread(out_axes, structure, result, f"{function_name(f)}: out_axes")
        placed = [_moved(out, 0, 0 if axis is None else axis % out.ndim) for out, axis in zip(many, ends, strict=True)]
        return structure.unflatten([TracedArray(value) for value in placed])

    return Compiled(transformed, name=f"{function_name(f)}_vmap", like=signature_of(f), backend=backend)


def _sample(leaf: Value, axis: int) -> Value:
    """A variable for one sample of an array."""
    axis %= leaf.ndim
    shape = (*leaf.shape[:axis], *leaf.shape[axis + 1 :])
    sample = input_op.leaf(leaf.graph, serial=len(leaf.graph), type=leaf.type.with_shape(shape))
    if leaf.id in leaf.graph.names:
        leaf.graph.names[sample.id] = leaf.graph.names[leaf.id]
    return sample


def _moved(x: Value, start: int, end: int) -> Value:
    """One axis moved, the order of the others kept."""
    axes = [axis for axis in range(x.ndim) if axis != start]
    axes.insert(end, start)
    return x if axes == list(range(x.ndim)) else transpose(x, axes=tuple(axes))


def _size(f: Function, leaves: Sequence[Value], axes: Sequence[int | None]) -> Extent:
    sizes: set[Extent] = set()
    for leaf, axis in zip(leaves, axes, strict=True):
        if axis is None:
            continue
        if not -leaf.ndim <= axis < leaf.ndim:
            raise ArgumentError(f"{function_name(f)}: in_axes has axis {axis} for an array of type {leaf.type}")
        sizes.add(leaf.shape[axis])
    if len(sizes) != 1:
        found = ", ".join(sorted(map(str, sizes))) or "none"
        raise ArgumentError(f"{function_name(f)}: the mapped axes must have one extent in common, got {found}")
    return sizes.pop()


def _spread(axes: Axes, tree: Tree, like: Any, what: str) -> list[int | None]:
    """One axis for each leaf: an int or None goes to every leaf below it."""
    if axes is None or isinstance(axes, int):
        return [axes] * tree.count
    entries = list(axes.values()) if isinstance(axes, dict) else list(axes)
    children = list(like.values()) if isinstance(like, dict) else list(like) if isinstance(like, list | tuple) else []
    if len(entries) != len(children):
        raise ArgumentError(f"{what}: {len(entries)} axes for {len(children)} values")
    spread: list[int | None] = []
    for entry, child in zip(entries, children, strict=True):
        spread += _spread(entry, flatten(child)[1], child, what)
    return spread
