"""`Kernel` and `Dispatcher` in Python over cffi, where the extension could not be built.

The same behaviour as ``runtime/dispatch.c``, which the same tests hold, at some ten times the cost of a call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradgen.native.mismatch import mismatch_error, status_error
from gradgen.native.signature import Slot

__all__ = ["Dispatcher", "Kernel", "Matcher", "Tree", "arrange"]

ENTRY = "int (*)(void *const *, void *const *, const ptrdiff_t *, void *)"
WORK_SIZE = "ptrdiff_t (*)(const ptrdiff_t *)"
ALIGNMENT = 64

Tree = Any  # None, the index of a leaf, or a tuple, list or dict of trees


class Match(NamedTuple):
    """Arguments that fit, as arrays, and the named dimensions."""

    arrays: list[np.ndarray[Any, Any]]
    dims: list[int]


class Matcher:
    """Arguments checked against exact types.

    Parameters
    ----------
    name, arguments, dims, argument_names, hidden, numbers
        As for `Kernel`.
    """

    def __init__(
        self,
        name: str,
        arguments: tuple[Slot, ...],
        dims: tuple[str, ...],
        argument_names: tuple[str, ...],
        hidden: tuple[np.ndarray[Any, Any], ...],
        numbers: str = "",
    ) -> None:
        self.name, self.arguments, self.dims = name, arguments, dims
        self.where: Callable[[int], str] | None = None
        self.takes: tuple[Tree, ...] | None = None
        self.argument_names, self.hidden = argument_names, hidden
        self._dtypes = [np.dtype(char) for char, _ in arguments]
        self._numbers = numbers.ljust(len(arguments), "-")

    def matched(self, leaves: Sequence[object]) -> Match:
        """The arguments as arrays; `ArgumentError` for those that do not fit."""
        match = self._match(leaves, loose=True)
        if match is None:
            raise mismatch_error(self, leaves)
        return match

    def _match(self, leaves: Sequence[object], loose: bool) -> Match | None:
        if len(leaves) != len(self.arguments) - len(self.hidden):
            return None
        values = (*leaves, *self.hidden)
        if not loose and not all(map(_takes, self._numbers, values)):
            return None
        arrays, dims = [], [-1] * len(self.dims)
        for value, (_, shape), dtype in zip(values, self.arguments, self._dtypes, strict=True):
            array = value if type(value) is np.ndarray else _number(value, dtype, loose)
            if array is None or array.dtype != dtype or not array.dtype.isnative:
                return None
            if array.ndim != len(shape) or not all(_bind(*pair, dims) for pair in zip(shape, array.shape, strict=True)):
                return None
            arrays.append(array)
        return Match(arrays, dims)


    def _match_containers(self, args: tuple[Any, ...]) -> Match | None:
        """The arguments of a dispatcher, which may be containers."""
        if self.takes is None:
            return self._match(args, loose=False)
        leaves: dict[int, Any] = {}
        if not _unpacked(self.takes, args, leaves):
            return None
        return self._match([leaves[position] for position in range(len(leaves))], loose=False)


class Kernel(Matcher):
    """A native entry, called with its arguments as a flat list.

    Parameters
    ----------
    name : str
        What messages call it.
    call_address, work_address : int
        Addresses of the two uniform entries; the second may be 0.
    arguments, results : tuple of (dtype, shape)
        An extent is an int, or a pair: index of a named dimension, and what is added to it.
    dims : tuple of str
        The named dimensions. The first argument that has one binds it; the others must agree.
    argument_names : tuple of str
        One per argument.
    hidden : tuple of numpy.ndarray
        Passed after the arguments of a call, and read anew each time.
    tree : int, tuple or None
        How the results are arranged: the index of one, a tuple, list or dict of trees; None gives a list of all.
    release_gil : bool
        Whether other threads run during a call; cffi always lets them.
    numbers : str
        For each argument the numbers that a dispatcher may pass: ``"p"`` Python's, ``"n"`` NumPy's, ``"-"`` both.
    """

    def __init__(
        self,
        name: str,
        call_address: int,
        work_address: int,
        arguments: tuple[Slot, ...],
        results: tuple[Slot, ...],
        dims: tuple[str, ...],
        argument_names: tuple[str, ...],
        hidden: tuple[np.ndarray[Any, Any], ...] = (),
        tree: Tree = None,
        release_gil: bool = False,
        numbers: str = "",
    ) -> None:
        import _cffi_backend as cffi

        super().__init__(name, arguments, dims, argument_names, hidden, numbers)
        self.results, self.tree, self.release_gil = results, tree, release_gil
        self._check(call_address)
        self._ffi = cffi.FFI()
        self._entry = self._ffi.cast(ENTRY, call_address)
        self._work_size = self._ffi.cast(WORK_SIZE, work_address) if work_address else None
        self._scratch: list[np.ndarray[Any, Any]] = []

    def _check(self, call_address: int) -> None:
        if not call_address:
            raise ValueError(f"the address of {self.name} is null")
        if len(self.hidden) > len(self.arguments) or len(self.argument_names) != len(self.arguments):
            raise ValueError("the numbers of arguments, names and hidden arrays do not fit together")
        bound = {extent[0] for _, shape in self.arguments for extent in shape if isinstance(extent, tuple)}
        used = {extent[0] for _, shape in self.results for extent in shape if isinstance(extent, tuple)}
        if not all(0 <= dim < len(self.dims) for dim in bound | used):
            raise ValueError("an extent names a dimension that is not there")
        if len(bound) < len(self.dims):
            raise ValueError("no argument binds a named dimension")
        if self.tree is not None:
            _check_tree(self.tree, len(self.results))

    def __call__(self, *leaves: object) -> Any:
        """Run on arguments of exactly the right types; `ArgumentError` for others."""
        return self._run(self.matched(leaves))

    def _run(self, match: Match) -> Any:
        arrays = [np.require(array, requirements=("C", "A")) for array in match.arrays]
        results = [np.empty(_bound(shape, match.dims), char) for char, shape in self.results]
        dims = self._ffi.new("ptrdiff_t[]", match.dims)
        scratch = self._take_scratch(0 if self._work_size is None else self._work_size(dims))
        work = self._ffi.cast("void *", 0 if scratch is None else _aligned(_address(scratch)))
        status = self._entry(self._pointers(arrays), self._pointers(results), dims, work)
        if scratch is not None and not self._scratch:
            self._scratch.append(scratch)
        if status:
            raise status_error(status, self)
        leaves = [result if result.ndim else result[()] for result in results]
        return leaves if self.tree is None else arrange(self.tree, leaves)

    def _pointers(self, arrays: list[np.ndarray[Any, Any]]) -> Any:
        return self._ffi.new("void *[]", [self._ffi.cast("void *", _address(array)) for array in arrays])

    def _take_scratch(self, wanted: int) -> np.ndarray[Any, Any] | None:
        if wanted < 0:
            raise MemoryError
        if wanted == 0:
            return None
        try:
            kept = self._scratch.pop()  # one step, so two threads cannot take the same
        except IndexError:
            kept = None
        return kept if kept is not None and kept.size >= wanted + ALIGNMENT else np.empty(wanted + ALIGNMENT, np.uint8)


def _check_tree(tree: Tree, count: int) -> None:
    if isinstance(tree, tuple | list | dict):
        for branch in tree.values() if isinstance(tree, dict) else tree:
            _check_tree(branch, count)
    elif not isinstance(tree, int):
        raise ValueError("a tree is None, the index of a result, or a tuple, list or dict of trees")
    elif not 0 <= tree < count:
        raise ValueError("the tree names a result that is not there")


def _takes(numbers: str, value: object) -> bool:
    """Whether a number is of the kind that is wanted: dtypes may depend on it."""
    return numbers == "-" or (numbers == "n") == isinstance(value, np.ndarray | np.generic)


def _number(value: object, dtype: np.dtype[Any], loose: bool) -> np.ndarray[Any, Any] | None:
    """A scalar that may stand for this dtype, as an array.

    Loose matching, for a kernel that was chosen already, lets a Python float stand for float32 as NumPy
    does; a dispatcher must not, or its answer would depend on earlier calls.
    """
    sizes = {float: ("f", 8), complex: ("c", 16), int: ("i", 8), bool: ("b", 1)}
    kind, size = sizes.get(type(value), ("", 0))
    fits = kind == dtype.kind and (size == dtype.itemsize or (loose and kind in "fc"))
    if not fits and type(value) is not dtype.type:
        return None
    try:
        with np.errstate(over="ignore"):
            return np.array(value, dtype)
    except OverflowError:  # an int beyond 64 bits
        return None


def _bind(extent: int | tuple[int, int], size: int, dims: list[int]) -> bool:
    if not isinstance(extent, tuple):
        return extent == size
    dim, offset = extent
    if dims[dim] < 0:
        dims[dim] = size - offset
    return dims[dim] >= 0 and dims[dim] == size - offset


def _bound(shape: tuple[int | tuple[int, int], ...], dims: list[int]) -> tuple[int, ...]:
    return tuple(dims[extent[0]] + extent[1] if isinstance(extent, tuple) else extent for extent in shape)


def _address(array: np.ndarray[Any, Any]) -> int:
    return int(array.__array_interface__["data"][0])


def _aligned(address: int) -> int:
    return -(-address // ALIGNMENT) * ALIGNMENT


def arrange(tree: Tree, leaves: list[Any]) -> Any:
    """Results in a tree of them."""
    if isinstance(tree, dict):
        return {key: arrange(branch, leaves) for key, branch in tree.items()}
    if isinstance(tree, tuple | list):
        return type(tree)(arrange(branch, leaves) for branch in tree)
    return leaves[tree]


def _unpacked(tree: Tree, value: Any, leaves: dict[int, Any]) -> bool:
    """Take an argument apart as a tree describes it; whether it is built like that."""
    if isinstance(tree, int):
        leaves[tree] = value
        return True
    if type(value) is not type(tree) or len(value) != len(tree):
        return False
    if isinstance(tree, dict):
        return all(key in value and _unpacked(branch, value[key], leaves) for key, branch in tree.items())
    return all(_unpacked(branch, part, leaves) for branch, part in zip(tree, value, strict=True))


class Dispatcher:
    """A callable that runs the first of its kernels that takes the arguments, else calls ``self._specialise``."""

    _list: list[Kernel]

    def __new__(cls, *args: object, **keywords: object) -> Dispatcher:
        """Make the list here, not in ``__init__``, so that a subclass need not call it."""
        self = super().__new__(cls)
        self._list = []
        return self

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Run a kernel that takes exactly these arguments, or let the subclass find one."""
        if not keywords:
            for kernel in tuple(self._list):
                match = kernel._match_containers(args)
                if match is not None:
                    if self._list[0] is not kernel:
                        self._list.sort(key=lambda other: other is not kernel)
                    return kernel._run(match)
        return self._specialise(*args, **keywords)

    def _specialise(self, *args: Any, **keywords: Any) -> Any:
        raise AttributeError(f"{type(self).__name__!r} object has no attribute '_specialise'")

    def _add_kernel(self, kernel: Kernel) -> None:
        if not isinstance(kernel, Kernel):
            raise TypeError(f"expected a Kernel, got {type(kernel).__name__}")
        self._list.insert(0, kernel)

    def _kernels(self) -> tuple[Kernel, ...]:
        return tuple(self._list)

    def _clear_kernels(self) -> None:
        self._list.clear()
