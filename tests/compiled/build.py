"""Many graphs in one translation unit: one run of the compiler for hundreds of checks."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import _cffi_backend as cffi
import numpy as np

from gradgen.c import emit
from gradgen.ir import Dim, Graph, Type
from gradgen.lower import lower
from gradgen.native.cache import Entry
from gradgen.native.compiler import Compiler, find_compiler
from gradgen.native.load import open_library
from gradgen.native.signature import Signature
from gradgen.nest import Kernel

__all__ = ["STRICT", "Built", "build", "strict_compiler"]

STRICT = ("-Wall", "-Wextra", "-Werror")
# Bytes before and after each result and the work area that a kernel must leave as they are.
GUARD = 256
# A float64 or float32 of these bytes is a NaN: what is read before it was written shows.
UNWRITTEN = 0xFF


@dataclass(frozen=True)
class Built:
    """A compiled graph; call it on arrays."""

    graph: Graph
    call_address: int
    work_address: int

    def __call__(self, *values: np.ndarray) -> list[np.ndarray]:
        """Run on values for the inputs, in guarded memory that holds nothing but NaN.

        Raises
        ------
        AssertionError
            If the kernel wrote outside its results and its work area, changed an argument, or failed.
        """
        dims = self.dims(values)
        kept = [np.array(value) for value in values]
        results = [Guarded(bound(type_, dims)) for type_ in self.graph.types(self.graph.outputs)]
        ffi = cffi.FFI()
        sizes = ffi.new("ptrdiff_t[]", [*dims.values(), 0])
        work_size = ffi.cast("ptrdiff_t (*)(const ptrdiff_t *)", self.work_address)(sizes)
        work = Guarded(Type(np.dtype(np.int8), (work_size,)))
        given = ffi.new("void *[]", [ffi.cast("void *", value.ctypes.data) for value in kept])
        taken = ffi.new("void *[]", [ffi.cast("void *", result.array.ctypes.data) for result in results])
        entry = ffi.cast("int (*)(void *const *, void *const *, const ptrdiff_t *, void *)", self.call_address)
        status = entry(given, taken, sizes, ffi.cast("void *", work.array.ctypes.data))
        assert status == 0, f"status {status}"
        assert all(result.is_intact() for result in [*results, work]), "wrote outside a result or the work area"
        assert all(a.tobytes() == b.tobytes() for a, b in zip(kept, values, strict=True)), "changed an argument"
        return [result.array for result in results]

    def dims(self, values: Sequence[np.ndarray]) -> dict[str, int]:
        """The sizes of the named dimensions, in the order of the kernel's parameters."""
        found: dict[str, int] = {}
        for type_, value in zip(self.graph.types(self.graph.inputs), values, strict=True):
            for extent, size in zip(type_.shape, np.shape(value), strict=True):
                if isinstance(extent, Dim):
                    assert found.setdefault(extent.name, size - extent.offset) == size - extent.offset
        return found


def bound(type_: Type, dims: dict[str, int]) -> Type:
    """A type with its named dimensions replaced by numbers."""
    return type_.with_shape([e if isinstance(e, int) else dims[e.name] + e.offset for e in type_.shape])


class Guarded:
    """An array between two stretches of memory that nobody may write to."""

    def __init__(self, type_: Type) -> None:
        size = int(np.prod(type_.shape)) * type_.dtype.itemsize
        raw = np.full(2 * GUARD + size + 64, UNWRITTEN, np.uint8)
        start = GUARD + -(raw.ctypes.data + GUARD) % 64
        self.before, self.after = raw[:start], raw[start + size :]
        self.array = raw[start : start + size].view(type_.dtype).reshape(type_.shape)

    def is_intact(self) -> bool:
        """Whether nothing was written around it."""
        return bool(np.all(self.before == UNWRITTEN) and np.all(self.after == UNWRITTEN))


def strict_compiler(*flags: str) -> Compiler:
    """The compiler that gradgen uses, with every warning an error."""
    compiler = find_compiler()
    assert compiler is not None  # the module of the test skips without one
    return replace(compiler, flags=(*compiler.flags, *STRICT, *flags))


def build(graphs: Sequence[Graph], compiler: Compiler | None = None, folder: Path | None = None) -> list[Built]:
    """Compile some graphs together; their names are made different.

    Parameters
    ----------
    graphs : sequence of Graph
        As they are to be lowered: optimised or not.
    compiler : Compiler, optional
        By default the one of `strict_compiler`.
    folder : Path, optional
        Where the source and the library go; by default a new temporary folder.
    """
    kernels = []
    for number, graph in enumerate(graphs):
        graph.name = f"f{number}"
        kernels.append(lower(graph))
    text = emit(*kernels)
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    folder = Path(tempfile.mkdtemp(prefix="gradgen-tests-")) if folder is None else folder
    source, library = folder / f"{name}.c", folder / f"{name}.so"
    source.write_text(text)
    (compiler or strict_compiler()).build(source, library)
    return [_open(graph, kernel, source, library) for graph, kernel in zip(graphs, kernels, strict=True)]


def _open(graph: Graph, kernel: Kernel, source: Path, library: Path) -> Built:
    inputs, outputs = graph.types(graph.inputs), graph.types(graph.outputs)
    names = tuple(array.name for array in kernel.of("input"))
    signature = Signature(kernel.name, kernel.dims, inputs, outputs, names, kernel.externals)
    addresses = open_library(Entry(library, source, signature))
    return Built(graph, addresses.call, addresses.work_size)
