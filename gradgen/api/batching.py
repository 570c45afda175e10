"""`vmap`: a function of one sample becomes a function of many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradgen.api.arguments import Function, function_name, spread, stable, unflatten
from gradgen.api.compiled import Compiled
from gradgen.api.leaves import is_static
from gradgen.api.pickling import recorded
from gradgen.api.transforms import returned, signature_of
from gradgen.diff import batch, path
from gradgen.errors import ArgumentError
from gradgen.ir import Extent
from gradgen.ops import Value
from gradgen.ops.leaf import input_op
from gradgen.ops.shape import transpose
from gradgen.trace import Tree, as_argument, as_traced, flatten, standing_for

__all__ = ["vmap"]

Axes = int | None | Sequence[Any]


@recorded
def vmap(f: Function, in_axes: Axes = 0, out_axes: Axes = 0, *, backend: str | None = None) -> Compiled:
    """Map a function over an axis of its arguments.

    Parameters
    ----------
    f : callable
        A function of one sample.
    in_axes : int, None or sequence, optional
        For each argument the axis along which samples lie, None for an argument that all share; an
        int stands for all arguments. An argument that is a container may have a container of axes.
        Arguments that can be given by keyword only have their samples along axis 0.
    out_axes : int, None or sequence, optional
        Likewise for the results; None for one that is the same for all samples.
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

    name = function_name(f)

    def transformed(*args: Any, **kwargs: Any) -> Any:
        leaves, tree = flatten((args, kwargs))
        positional, by_keyword = tree.children
        axes = _spread(in_axes, positional, f"{name}: in_axes") + [0] * by_keyword.count
        size, entries = _size(name, leaves, axes), {}
        for number, axis in enumerate(axes):
            if axis is not None:
                many = as_traced(leaves[number]).value
                sample = _sample(many, axis)
                leaves[number], entries[sample.id] = as_argument(sample), _moved(many, axis % many.ndim, 0)
        given, keywords = tree.unflatten(leaves)
        outputs, structure = returned(f, standing_for(f)(*given, **keywords))
        ends = _spread(out_axes, structure, f"{name}: out_axes")
        return unflatten(structure, _placed(name, stable(outputs), ends, entries, size))

    return Compiled(transformed, name=f"{name}_vmap", like=signature_of(f), backend=backend)


def _placed(
    name: str, outputs: Sequence[Value], axes: Sequence[int | None], entries: dict[int, Value], size: Extent
) -> list[Value]:
    """The results for all samples, with the axis where it is asked for."""
    variables = [Value(out.graph, variable) for out in outputs[:1] for variable in entries]
    moving = set(path(outputs, variables)) if outputs else set()
    placed = []
    for out, many, axis in zip(outputs, batch(outputs, entries, size), axes, strict=True):
        if axis is None and out.id in moving:
            raise ArgumentError(f"{name}: out_axes is None for a result that is not the same for all samples")
        if axis is not None and not -many.ndim <= axis < many.ndim:
            raise ArgumentError(f"{name}: out_axes has axis {axis} for a result of type {many.type}")
        placed.append(out if axis is None else _moved(many, 0, axis % many.ndim))
    return placed


def _sample(many: Value, axis: int) -> Value:
    """A variable for one sample of an array."""
    axis %= many.ndim
    shape = (*many.shape[:axis], *many.shape[axis + 1 :])
    sample = input_op.leaf(many.graph, serial=len(many.graph), type=many.type.with_shape(shape))
    if many.id in many.graph.names:
        many.graph.names[sample.id] = many.graph.names[many.id]
    return sample


def _moved(x: Value, start: int, end: int) -> Value:
    """One axis moved, the order of the others kept."""
    axes = [axis for axis in range(x.ndim) if axis != start]
    axes.insert(end, start)
    return x if axes == list(range(x.ndim)) else transpose(x, axes=tuple(axes))


def _size(name: str, leaves: Sequence[Any], axes: Sequence[int | None]) -> Extent:
    """How many samples there are."""
    sizes: set[Extent] = set()
    for leaf, axis in zip(leaves, axes, strict=True):
        if axis is None:
            continue
        if is_static(leaf):
            raise ArgumentError(f"{name}: in_axes has axis {axis} for {leaf!r}, which is no array; give None for it")
        type_ = as_traced(leaf).value.type
        if not -type_.ndim <= axis < type_.ndim:
            raise ArgumentError(f"{name}: in_axes has axis {axis} for an array of type {type_}")
        sizes.add(type_.shape[axis])
    if len(sizes) != 1:
        found = ", ".join(sorted(map(str, sizes))) or "none"
        raise ArgumentError(f"{name}: the mapped axes must have one extent in common, got {found}")
    return sizes.pop()


def _is_axis(entry: Any) -> bool:
    return entry is None or isinstance(entry, int)


def _spread(axes: Axes, tree: Tree, what: str) -> list[int | None]:
    """One axis for each leaf: an int or None goes to every leaf below it."""
    try:
        entries = spread(axes, tree, _is_axis)
    except ArgumentError as error:
        raise ArgumentError(f"{what}: {error}") from None
    for entry in entries:
        if not _is_axis(entry):
            raise ArgumentError(f"{what}: an axis is an int or None, not {entry!r}")
    return entries
