"""What a built Python module is made of: its library, and the functions in it.

A copy of this file goes into every such module, with those that it imports, so that the module needs numpy and
cffi only; nothing else of gradgen may be imported here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradgen.native.call import Dispatcher, Kernel

if TYPE_CHECKING:
    from gradgen.native.signature import Slot

__all__ = ["Function", "Library", "Pair"]

# Of `gg_signature` the pointers `call` and `work_size` come after a pointer, three ints, and three pointers.
INTS, BEFORE = 12, 3

Take = Callable[..., Sequence[Any]] | None
Give = Callable[[Any], Any] | None


class Library:
    """An open shared library; it stays open as long as the process.

    Parameters
    ----------
    path : str
        Its file.
    """

    _open: list[Any] = []

    def __init__(self, path: str) -> None:
        import _cffi_backend as cffi  # the core of cffi: its parser of declarations is not needed

        self._ffi, self._library = cffi.FFI(), cffi.load_library(path, cffi.RTLD_NOW)
        self._open.append(self._library)

    def kernel(
        self,
        symbol: str,
        arguments: tuple[Slot, ...],
        results: tuple[Slot, ...],
        dims: tuple[str, ...],
        names: tuple[str, ...],
        tree: Any = None,
        release_gil: bool = False,
    ) -> Kernel:
        """The function that ``SYMBOL_signature`` describes; see `Kernel`."""
        call, work_size = self._addresses(f"{symbol}_signature")
        return Kernel(symbol, call, work_size, arguments, results, dims, names, (), tree, release_gil)

    def _addresses(self, symbol: str) -> tuple[int, int]:
        ffi = self._ffi
        described = ffi.cast("intptr_t *", self._library.load_function(ffi.typeof("void *"), symbol))
        width = ffi.sizeof("void *")
        first = -(-(width + INTS) // width) + BEFORE
        return int(described[first]), int(described[first + 1])


class _Named:
    """What Python asks of a function: its name, parameters and documentation."""

    def _name(self, name: str, parameters: tuple[str, ...], doc: str, module: str) -> None:
        self.__name__ = self.__qualname__ = name
        self.__doc__, self.__module__ = doc, module
        self.parameters = parameters

    @property
    def __signature__(self) -> Any:
        import inspect

        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return inspect.Signature([inspect.Parameter(name, kind) for name in self.parameters])

    def _arranged(self, given: tuple[Any, ...], by_name: dict[str, Any]) -> tuple[Any, ...]:
        """The arguments by position; ``TypeError`` as Python has it."""
        if not by_name and len(given) == len(self.parameters):
            return given
        bound: tuple[Any, ...] = self.__signature__.bind(*given, **by_name).args
        return bound

    def __reduce__(self) -> str:
        return self.__qualname__  # pickled by name, as functions are

    def __repr__(self) -> str:
        return f"<compiled {self.__module__}.{self.__name__}({', '.join(self.parameters)})>"


class Function(_Named, Dispatcher):
    """A compiled function.

    Parameters
    ----------
    name, parameters, doc, module
        What Python shows.
    kernel : Kernel
        Takes the leaves of the arguments.
    take, give : callable, optional
        From the arguments to their leaves, and from the list of results to their structure, where these are not
        the same or tuples.
    """

    def __init__(
        self,
        name: str,
        parameters: tuple[str, ...],
        doc: str,
        module: str,
        kernel: Kernel,
        take: Take = None,
        give: Give = None,
    ) -> None:
        self._name(name, parameters, doc, module)
        self._kernel, self._take, self._give = kernel, take, give
        if take is None and give is None:
            self._add_kernel(kernel)

    def _specialise(self, *given: Any, **by_name: Any) -> Any:
        """Called where the arguments do not fit as they are."""
        arguments = self._arranged(given, by_name)
        results = self._kernel(*_as_floats(self._kernel, arguments if self._take is None else self._take(*arguments)))
        return results if self._give is None else self._give(results)


class Pair(_Named):
    """A function that gives its value, and the function that pulls cotangents back.

    Parameters
    ----------
    name, parameters, doc, module, take, give
        As for `Function`; ``give`` is for the value.
    forward, adjoint : Kernel
        The sweeps. The first gives ``count`` results and what it saved; the second takes the arguments, what was
        saved, and cotangents.
    count : int
        How many results there are.
    used : tuple of int
        The arguments that the adjoint sweep reads, of which it is given copies.
    take_cotangent, give_gradient : callable
        From the cotangent to its leaves, and from the list of gradients to a tuple of them.
    """

    def __init__(
        self,
        name: str,
        parameters: tuple[str, ...],
        doc: str,
        module: str,
        forward: Kernel,
        adjoint: Kernel,
        count: int,
        used: tuple[int, ...],
        take: Callable[..., Sequence[Any]],
        give: Callable[[Any], Any],
        take_cotangent: Callable[[Any], Sequence[Any]],
        give_gradient: Callable[[Any], Any],
    ) -> None:
        self._name(name, parameters, doc, module)
        self._forward, self._adjoint, self._count, self._used = forward, adjoint, count, used
        self._take, self._give, self._take_cotangent, self._give_gradient = take, give, take_cotangent, give_gradient

    def __call__(self, *given: Any, **by_name: Any) -> tuple[Any, Callable[[Any], Any]]:
        """The value, and the pull-back at these arguments as they are now."""
        leaves = list(_as_floats(self._forward, self._take(*self._arranged(given, by_name))))
        results = self._forward(*leaves)
        for position in self._used:
            leaves[position] = np.array(leaves[position])
        kept = [*leaves, *results[self._count :]]

        def pull_back(cotangent: Any) -> Any:
            cotangents = self._take_cotangent(cotangent)
            return self._give_gradient(self._adjoint(*_as_floats(self._adjoint, [*kept, *cotangents])))

        return self._give(results[: self._count]), pull_back


def _as_floats(kernel: Kernel, leaves: Sequence[Any]) -> list[Any]:
    """Python's integers as floats where floats are wanted."""
    if int not in map(type, leaves) or len(leaves) != len(kernel.arguments):
        return list(leaves)
    wanted = [not shape and np.dtype(char).kind == "f" for char, shape in kernel.arguments]
    return [float(leaf) if real and type(leaf) is int else leaf for leaf, real in zip(leaves, wanted, strict=True)]
