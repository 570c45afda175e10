"""The ordered list of passes from a traced function to something that can be called.

    traced graph -simplify-> graph -lower-> Loop IR -emit-> C text -build-> kernel

The key of the disk cache is the digest of the traced graph with the version of gradgen and the
compiler; what is on disk skips every pass.
"""

from __future__ import annotations

import functools
import hashlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import gradgen
from gradgen._version import __version__
from gradgen.c import emit
from gradgen.errors import GradgenError
from gradgen.ir import Graph, size_of
from gradgen.lower import lower
from gradgen.native.cache import Cache
from gradgen.native.compiler import Compiler, explain_absence, find_compiler
from gradgen.native.kernel import make_kernel
from gradgen.native.reference import ReferenceKernel
from gradgen.native.signature import Signature
from gradgen.nest import Kernel as Nest
from gradgen.rewrite import FINAL, rewrite
from gradgen.trace import Traced

__all__ = ["BACKENDS", "PASSES", "Lowered", "build", "choose_backend", "lowered"]

BACKENDS = ("c", "numpy")

# The passes over the graph, in order.
PASSES: tuple[tuple[str, Callable[[Graph], Graph]], ...] = (("simplify", lambda graph: rewrite(graph, FINAL)),)

# Above this many elements a call takes long enough to let other Python threads run meanwhile.
RELEASE_ELEMENTS = 20_000


@dataclass(frozen=True)
class Lowered:
    """A traced function on its way to C; each stage is made when it is asked for.

    Parameters
    ----------
    traced : Traced
        The graph as traced, with derivatives, before optimisation.
    """

    traced: Traced
    _stages: dict[str, Any] = field(default_factory=dict)

    @property
    def graph(self) -> Graph:
        """The optimised graph."""
        graph: Graph = self._stage("graph", self._optimise)
        return graph

    @property
    def nest(self) -> Nest:
        """The loop nests."""
        nest: Nest = self._stage("nest", lambda: lower(self.graph))
        return nest

    @property
    def source(self) -> str:
        """The C text."""
        source: str = self._stage("source", lambda: emit(self.nest))
        return source

    def after(self, name: str) -> Graph:
        """The graph after the pass of this name; ``"trace"`` for what passes start from."""
        graph = self.traced.graph
        if name != "trace":
            for pass_name, run in PASSES:
                graph = run(graph)
                if pass_name == name:
                    return graph
            raise GradgenError(f"no pass {name!r}; there are trace, {', '.join(known for known, _ in PASSES)}")
        return graph

    def _optimise(self) -> Graph:
        return self.after(PASSES[-1][0])

    def _stage(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._stages:
            self._stages[name] = make()
        return self._stages[name]


def lowered(traced: Traced) -> Lowered:
    """Start on the way to C."""
    return Lowered(traced)


def choose_backend(wanted: str | None) -> str:
    """``"c"`` if there is a compiler, else, with one warning per process, ``"numpy"``."""
    if wanted is not None and wanted not in BACKENDS:
        raise GradgenError(f"no backend {wanted!r}; there are {', '.join(BACKENDS)}")
    if wanted == "c" and find_compiler() is None:
        raise GradgenError(explain_absence())
    if wanted is not None:
        return wanted
    if find_compiler() is not None:
        return "c"
    _warn_once()
    return "numpy"


@functools.cache
def _warn_once() -> None:
    warnings.warn(f"gradgen: {explain_absence()}", RuntimeWarning, stacklevel=2)


def build(stages: Lowered, backend: str, tree: Any = None) -> Callable[..., Any]:
    """A callable of the flat arguments.

    Parameters
    ----------
    stages : Lowered
        The traced function.
    backend : str
        ``"c"`` or ``"numpy"``.
    tree : int, tuple or None
        How results are arranged; None for a list.
    """
    hidden = stages.traced.hidden
    if backend == "numpy":
        return ReferenceKernel(stages.graph, hidden, tree)
    compiler = find_compiler()
    if compiler is None:
        raise GradgenError(explain_absence())
    entry = _entry(stages, compiler)
    return make_kernel(entry, hidden, tree, release_gil=_is_long(stages.traced.graph))


def _entry(stages: Lowered, compiler: Compiler) -> Any:
    graph = stages.traced.graph
    key = hashlib.sha256(" ".join([graph.digest(), _fingerprint(), compiler.identity]).encode()).hexdigest()
    cache = _cache()
    found = cache.load(key)
    if found is not None:
        return found
    nest = stages.nest
    inputs, outputs = list(nest.of("input")), stages.graph.types(stages.graph.outputs)
    names = tuple(array.name for array in inputs)
    types = graph.types(graph.inputs)
    signature = Signature(nest.name, nest.dims, types, outputs, names, nest.externals)
    return cache.store(key, nest.name, stages.source, signature, compiler.build)


@functools.cache
def _cache() -> Cache:
    return Cache()


@functools.cache
def _fingerprint() -> str:
    """Changes whenever gradgen does, released or not: what it would generate may have changed."""
    folder = Path(gradgen.__file__).parent
    stamps = [(str(file.relative_to(folder)), file.stat().st_mtime_ns) for file in sorted(folder.rglob("*.py"))]
    return hashlib.sha256(repr((__version__, np.__version__, stamps)).encode()).hexdigest()[:16]


def _is_long(graph: Graph) -> bool:
    """Whether a call is long enough to let other threads run; unknown sizes are taken to be."""
    sizes = [size_of(graph[identity].type.shape) for identity in graph.live()]
    return any(size is None for size in sizes) or sum(size or 0 for size in sizes) > RELEASE_ELEMENTS
