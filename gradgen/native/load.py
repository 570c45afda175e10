"""Opening a built library: the addresses of its entries, and BLAS and LAPACK for those that call them."""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import os
import shutil
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, NamedTuple

from gradgen.native.cache import Entry, private_folder

__all__ = ["Addresses", "external_address", "open_library"]

# A library stays open as long as the process: kernels hold bare addresses into it.
_open: list[Any] = []


class Addresses(NamedTuple):
    """Where the two uniform entries of a library are."""

    call: int
    work_size: int


def open_library(entry: Entry) -> Addresses:
    """Load a library, bind the BLAS and LAPACK functions it asks for, and find its entries.

    Raises
    ------
    OSError
        If it cannot be loaded, also not from a private copy.
    """
    library = _load(entry.library)
    name = entry.signature.name
    if entry.signature.externals:
        _bind(_address(library, f"{name}_bind"), entry.signature.externals)
    return Addresses(_address(library, f"{name}_call"), _address(library, f"{name}_work_size"))


def _load(path: Path) -> Any:
    import _cffi_backend as cffi  # the core of cffi: its parser of declarations would take 15 ms and is not needed

    try:
        library = cffi.load_library(str(path), cffi.RTLD_NOW)
    except OSError:
        # Home folders may be mounted so that nothing in them can be executed.
        copy = private_folder() / f"{path.parent.name}-{path.name}"
        library = cffi.load_library(str(shutil.copy(path, copy)), cffi.RTLD_NOW)
    _open.append(library)
    return library


def _address(library: Any, symbol: str) -> int:
    import _cffi_backend as cffi

    ffi = cffi.FFI()
    return int(ffi.cast("intptr_t", library.load_function(ffi.typeof("void *"), symbol)))


def _bind(address: int, externals: tuple[str, ...]) -> None:
    import _cffi_backend as cffi

    ffi = cffi.FFI()
    functions = ffi.new("void *[]", [ffi.cast("void *", external_address(name)) for name in externals])
    ffi.cast("void (*)(void *const *)", address)(functions)
    _open.append(functions)


def external_address(name: str) -> int:
    """Address of a BLAS or LAPACK function of SciPy, Fortran calling convention.

    Raises
    ------
    LookupError
        If there is no such function.
    """
    for module in ("cython_blas", "cython_lapack"):
        capsule = _scipy_module(f"scipy.linalg.{module}").__pyx_capi__.get(name)
        if capsule is not None:
            return _pointer_in(capsule)
    raise LookupError(f"SciPy has no BLAS or LAPACK function {name!r}")


@functools.cache
def _scipy_module(name: str) -> Any:
    """An extension module of SciPy by itself: importing the package it is in would take 100 ms."""
    if name in sys.modules:
        return sys.modules[name]
    import scipy

    spec = PathFinder.find_spec(name, [os.path.join(folder, "linalg") for folder in scipy.__path__])
    if spec is None or spec.loader is None:
        return importlib.import_module(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules.pop(name, None)  # a later import of the package finds it as it expects to
    return module


def _pointer_in(capsule: object) -> int:
    name_of, pointer_of = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return int(pointer_of(capsule, name_of(capsule)))
