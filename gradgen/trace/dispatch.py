"""What happens to a call of NumPy before the table of implementations is asked, and to its result after.

Plain data among the arguments goes to NumPy itself. What NumPy returns as a view is a view here; what it returns as a
new array is a new array, even where nothing had to be done. ``out=`` is a store into an array made in the function.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradgen.errors import ShapeError, TraceError
from gradgen.ir import Dim
from gradgen.trace.advice import advice_for, name_of
from gradgen.trace.array import TracedArray
from gradgen.trace.complex_functions import complex_among, on_complex
from gradgen.trace.complex_pair import same
from gradgen.trace.context import FUNCTIONS, call, fail, implements, numpy
from gradgen.trace.memory import Memory, adopted, buffer, is_open, part_of, snapshot, view_of
from gradgen.trace.selected import Selected, select
from gradgen.trace.structure import structured
from gradgen.trace.taking import OutOfBoundsError

__all__ = ["MUTATORS", "as_numpy", "traced_among", "unwrapped"]

# Functions whose result looks at the memory of their argument, where NumPy can arrange that.
VIEWS: set[Callable[..., Any]] = {
    *(np.reshape, np.ravel, np.transpose, np.matrix_transpose, np.swapaxes, np.moveaxis, np.rollaxis, np.real),
    *(np.expand_dims, np.squeeze, np.broadcast_to, np.atleast_1d, np.atleast_2d, np.atleast_3d, np.flip, np.flipud),
    *(np.fliplr, np.rot90, np.diagonal, np.diag, np.split, np.array_split, np.hsplit, np.vsplit, np.dsplit),
    *([np.unstack] if hasattr(np, "unstack") else []),
}
RESHAPING = {np.reshape, np.ravel}
SEVERAL = {np.atleast_1d, np.atleast_2d, np.atleast_3d}
MOST_AXES = 64
# What a key that makes a view consists of.
BASIC = (int, slice, np.integer, type(None), type(Ellipsis), Dim)
# Functions that write into their first argument; `gradgen.trace.stores` adds them.
MUTATORS: set[Callable[..., Any]] = set()


def _arrays(objects: Any, depth: int = 0) -> Iterator[TracedArray]:
    """The arrays of traced functions among arguments, in lists too."""
    if depth > MOST_AXES:
        raise fail(ShapeError, f"a list is nested more than {MOST_AXES} levels deep, and no array has so many axes")
    for each in objects:
        if type(each) is TracedArray:
            yield each
        elif type(each) in (list, tuple):
            yield from _arrays(each, depth + 1)


def traced_among(*objects: Any) -> bool:
    """Whether there is an array without data among them."""
    return not all(array.is_plain for array in _arrays(objects))


def unwrapped(obj: Any, data: Callable[[np.ndarray], Any] = snapshot) -> Any:
    """The object with NumPy's arrays in the place of those that have data."""
    if type(obj) is TracedArray:
        return data(obj.layout) if obj.is_plain else obj
    if type(obj) in (list, tuple):
        return type(obj)([unwrapped(part, data) for part in obj])
    if type(obj) is dict:
        return {key: unwrapped(part, data) for key, part in obj.items()}
    return obj


def _simplest(layout: np.ndarray) -> Any:
    return structured(snapshot(layout))


def as_numpy(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call NumPy on its own arrays; what it refuses is an error of ours in its words."""
    try:
        return function(*args, **kwargs)
    except IndexError as error:
        raise OutOfBoundsError(str(error)) from None
    except ValueError as error:
        raise ShapeError(str(error)) from None


def _itself(data: np.ndarray) -> np.ndarray:
    return data


def _on_data(function: Callable[..., Any], args: Any, kwargs: Any, targets: Any) -> Any:
    """Call NumPy on the data itself; what is made of it may be written into."""
    for target in _arrays(targets):
        target.memory_of_all.touch()
    found = [*_arrays(args), *_arrays(kwargs.values())]
    result = function(*unwrapped(args, _itself), **unwrapped(kwargs, _itself))
    for target in _arrays(targets):
        if result is target.layout:
            return target
    return adopted(result, found)


# --- functions ---------------------------------------------------------------------------------------


@implements(np.ndarray.__array_function__)
def _function(func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    if not traced_among(*args, *kwargs.values()):
        return _on_data(func, args, kwargs, [*args[:1]] if func in MUTATORS else [kwargs.get("out")])
    if func in MUTATORS:
        return call(name_of(func), FUNCTIONS[func], *args, **kwargs)
    base = args[0] if args else None
    if func in (np.real, np.imag) and type(base) is TracedArray and base.dtype.kind == "c":
        return part_of(base, _computed(func, (base,), {}))
    if func in VIEWS and type(base) is TracedArray and not kwargs.get("copy"):
        if func in SEVERAL and len(args) > 1:
            return tuple([func(array) for array in args])
        return _view(func, base, args[1:], kwargs)
    if func is np.broadcast_arrays:
        shape = np.broadcast_shapes(*[np.shape(array) for array in args]) if not _open_among(args) else None
        if shape is not None:
            return tuple([numpy.broadcast_to(array, shape) for array in args])
    return _computed(func, args, kwargs)


def _open_among(args: Any) -> bool:
    return any(is_open(array) for array in _arrays(args))


def _computed(func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """A new array, from the table."""
    name = name_of(func)
    if func not in FUNCTIONS:
        raise fail(TraceError, f"np.{name} of a traced array is not supported; {advice_for(name)}")
    out = kwargs.get("out")
    given = unwrapped({key: value for key, value in kwargs.items() if key != "out"})
    function = call(name, on_complex, func, name) if complex_among([*args, *kwargs.values()]) else FUNCTIONS[func]
    result = call(name, function, *unwrapped(args, _simplest), **given)
    if out is not None:
        return call(name, FUNCTIONS[np.copyto], out, result)
    return _new(result, list(_arrays(args)))


def _new(result: Any, arguments: list[TracedArray]) -> Any:
    """A result that shares nothing with the arguments."""
    if type(result) is TracedArray:
        shared = result.origin is not None or any(result is argument for argument in arguments)
        return TracedArray(result.value) if shared else result
    if type(result) in (list, tuple):
        return type(result)([_new(part, arguments) for part in result])
    return result


# --- views -------------------------------------------------------------------------------------------


def _view(func: Callable[..., Any], base: TracedArray, rest: Any, kwargs: Any) -> Any:
    """What NumPy says is a view of the memory of ``base`` is one."""
    if is_open(base.root):
        return _replayed(func, base, rest, kwargs)
    known = base.memory_of_all is None
    values = _computed(func, (base, *rest), kwargs) if known else None
    layouts = as_numpy(func, base.layout, *unwrapped(rest), **unwrapped(kwargs))
    if type(layouts) is np.ndarray:
        return _seen(base, layouts, values) if _is_view(layouts, base) else _computed(func, (base, *rest), kwargs)
    whole = [None] * len(layouts) if values is None else list(values)
    return type(layouts)([_seen(base, layout, value) for layout, value in zip(layouts, whole, strict=True)])


def _seen(base: TracedArray, layout: np.ndarray, value: TracedArray | None) -> TracedArray:
    return view_of(base, layout, value=None if value is None else value.value)


def _is_view(layout: Any, base: TracedArray) -> bool:
    return np.may_share_memory(layout, base.layout)


def _replayed(func: Callable[..., Any], base: TracedArray, rest: Any, kwargs: Any) -> Any:
    """A view of an array of named size: made anew from the array when that was written into."""
    result = _computed(func, (base, *rest), kwargs)
    if type(result) is TracedArray and same(result.value, base.value):
        return base
    copies = func in RESHAPING and base.origin is not None
    if copies or type(result) is not TracedArray:
        return result
    return view_of(base, None, result.value, lambda array: _computed(func, (array, *rest), kwargs))


# --- indexing ----------------------------------------------------------------------------------------


@implements(np.ndarray.__getitem__)
def _getitem(x: TracedArray, key: Any) -> Any:
    key = unwrapped(key)
    if type(key) is TracedArray and key.dtype == np.bool_:
        return call("index", select, x, key)
    memory: Memory | None = x.memory_of_all
    if memory is not None and not is_open(x.root) and not traced_among(key):
        return call("index", _part, x, key, memory)
    result: TracedArray = call("index", FUNCTIONS[operator.getitem], x, key)
    if not is_basic(key) or not result.ndim:
        return TracedArray(result.value)
    if is_open(x.root):
        return view_of(x, None, result.value, lambda array: FUNCTIONS[operator.getitem](array, key), key)
    return view_of(x, x.layout[key], value=result.value)


def is_basic(key: Any) -> bool:
    """Whether a key selects by integers and slices alone, which makes a view."""
    entries = key if type(key) is tuple else (key,)
    return all(isinstance(entry, BASIC) and not isinstance(entry, bool) for entry in entries)


def _part(x: TracedArray, key: Any, memory: Memory) -> Any:
    """A part of an array that was written into: NumPy's own view of its data or codes."""
    layout = as_numpy(operator.getitem, x.layout, key)
    if type(layout) is np.ndarray and is_basic(key):
        return view_of(x, layout)
    if memory.plain:
        return buffer(layout) if type(layout) is np.ndarray else layout
    return memory.at(np.asarray(memory.codes_of(x.layout)[key]))


@implements(np.ndarray.flat)
def _flat(x: TracedArray) -> Any:
    line = x.reshape(-1)
    if line.root is not x.root:
        raise fail(TraceError, f".flat of {x!r}, whose elements do not lie in order, is not supported; use x.ravel()")
    return line


# --- ufuncs ------------------------------------------------------------------------------------------


@implements(np.ndarray.__array_ufunc__)
def _ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if method == "__call__" and not kwargs and _are_bare(inputs):
        return call(ufunc.__name__, FUNCTIONS[np.ufunc], ufunc, method, *inputs)
    if any(type(each) is Selected for each in inputs):
        return NotImplemented
    out = kwargs.get("out")
    if not traced_among(*inputs, out, kwargs.get("where")):
        return _on_data(getattr(ufunc, method), inputs, kwargs, inputs[:1] if method == "at" else [out])
    if method == "at":
        return call(f"{ufunc.__name__}.at", FUNCTIONS[np.ufunc.at], ufunc, *inputs)
    given = {key: unwrapped(value) for key, value in kwargs.items() if key != "out"}
    where = given.pop("where", True) if out is not None else True
    result = call(ufunc.__name__, FUNCTIONS[np.ufunc], ufunc, method, *unwrapped(inputs, _simplest), **given)
    if out is None:
        return result
    results = result if ufunc.nout > 1 else (result,)
    stored = tuple([call(ufunc.__name__, _into, *pair, where) for pair in zip(out, results, strict=True)])
    return stored if ufunc.nout > 1 else stored[0]


def _are_bare(inputs: tuple[Any, ...]) -> bool:
    """Whether nothing was written into any of the inputs: the short way, for most calls."""
    for each in inputs:
        if type(each) in (list, tuple, Selected) or (type(each) is TracedArray and each.memory_of_all is not None):
            return False
    return True


def _into(out: Any, result: Any, where: Any) -> Any:
    return result if out is None else FUNCTIONS[np.copyto](out, result, where=where)
