"""What gradgen finds on this machine, for people who wonder why it is slow, or does not compile."""

from __future__ import annotations

import os
import platform
import shlex
from collections.abc import Iterator

import numpy as np

from gradgen._version import __version__
from gradgen.native.cache import Cache
from gradgen.native.call import HAVE_DISPATCH
from gradgen.native.compiler import Compiler, explain_absence, find_compiler
from gradgen.native.load import external_address
from gradgen.native.toolchain import run

__all__ = ["findings"]


def findings() -> Iterator[tuple[str, str]]:
    """Pairs: what was looked for, and what was found."""
    compiler = find_compiler()
    yield "gradgen", f"{__version__}, Python {platform.python_version()}, NumPy {np.__version__}, {platform.platform()}"
    yield "compiler", _compiler(compiler)
    if compiler is not None:
        yield "flags", shlex.join(compiler.flags)
        yield "vectors", _vectors(compiler)
    yield "BLAS", _blas()
    yield "calls", _calls()
    yield "cache", _cache()


def _compiler(compiler: Compiler | None) -> str:
    if compiler is None:
        return explain_absence()
    status, text = run([*compiler.command, "--version"], timeout=20.0)
    return f"{shlex.join(compiler.command)}: {text.partition(chr(10))[0] if status == 0 else f'exit status {status}'}"


def _vectors(compiler: Compiler) -> str:
    if "-DGG_LIBMVEC" in compiler.flags:
        return "exp, log, sin and others of glibc's libmvec, in loops"
    return "none: exp, log, sin and others are computed one at a time (glibc 2.35 or later and gcc have them)"


def _blas() -> str:
    try:
        import scipy

        external_address("dgemm"), external_address("dgetrf")
    except (ImportError, LookupError) as error:
        return f"none: {error}; large products and factorisations need SciPy"
    return f"of SciPy {scipy.__version__}"


def _calls() -> str:
    if HAVE_DISPATCH:
        return "by the extension, some 0.1 µs each"
    asked = os.environ.get("GRADGEN_PURE_PYTHON", "0") not in ("", "0")
    why = "GRADGEN_PURE_PYTHON is set" if asked else "the extension was not built: no C compiler when it was installed"
    return f"by cffi, some 10 µs each: {why}"


def _cache() -> str:
    cache = Cache()
    entries = cache.entries()
    size = sum(entry.library.stat().st_size for entry in entries)
    parent = next(folder for folder in (cache.root, *cache.root.parents) if folder.exists())
    can = "" if os.access(parent, os.W_OK) else ", which cannot be written: set GRADGEN_CACHE_DIR"
    return f"{cache.root}{can}; {len(entries)} kernels, {size:,} B"
