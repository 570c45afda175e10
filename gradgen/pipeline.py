"""The ordered list of passes from a traced function to something that can be called.

    traced graph -simplify-> graph -lower-> Loop IR -emit-> C text -build-> kernel

The key of the disk cache is the digest of the traced graph with the version of gradgen and the
compiler; what is on disk skips every pass.
"""

from __future__ import annotations

import functools
import hashlib
import os
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gradgen._version import __version__
from gradgen.errors import ArgumentError, DTypeError, GradgenError
from gradgen.ir import Dim, Graph, size_of
from gradgen.native.cache import Cache
from gradgen.native.compiler import Compiler, explain_absence, find_compiler
from gradgen.native.kernel import make_kernel
from gradgen.native.reference import ReferenceKernel
from gradgen.native.signature import Signature
from gradgen.source import caller
from gradgen.trace import Traced

if TYPE_CHECKING:
    from gradgen.nest import Kernel as Nest

__all__ = [
    "BACKENDS",
    "PASSES",
    "Lowered",
    "build",
    "choose_backend",
    "is_long",
    "lowered",
    "make_signature",
    "refuse_complex",
]

BACKENDS = ("c", "numpy")

Pass = Callable[[Graph, Counter[str]], Graph]


def _simplify(graph: Graph, fired: Counter[str]) -> Graph:
    from gradgen.rewrite import FINAL, rewrite  # here, because a kernel found on disk needs none

    return rewrite(graph, FINAL, fired)


def _order_products(graph: Graph, fired: Counter[str]) -> Graph:
    from gradgen.rewrite import order_products

    return order_products(graph, fired)


def _share_decompositions(graph: Graph, fired: Counter[str]) -> Graph:
    from gradgen.rewrite import share_decompositions

    return share_decompositions(graph, fired)


def _collect_factors(graph: Graph, fired: Counter[str]) -> Graph:
    from gradgen.rewrite import collect_factors

    return collect_factors(graph, fired)


# The passes over the graph, in order; each counts the rules it applied.
PASSES: tuple[tuple[str, Pass], ...] = (
    ("simplify", _simplify),
    ("order products", _order_products),
    ("share decompositions", _share_decompositions),
    ("collect factors", _collect_factors),
)

# Above this many elements a call takes long enough to let other Python threads run meanwhile.
RELEASE_ELEMENTS = 20_000


@dataclass(frozen=True)
class Lowered:
    """A traced function on its way to C; each stage is made when it is asked for.

    Parameters
    ----------
    traced : Traced
        The graph as traced, with derivatives, before optimisation.

    Attributes
    ----------
    fired : collections.Counter
        How often each rewrite rule was applied.
    """

    traced: Traced
    fired: Counter[str] = field(default_factory=Counter)
    _stages: dict[str, Any] = field(default_factory=dict)

    @property
    def graph(self) -> Graph:
        """The optimised graph."""
        graph: Graph = self._stage("graph", self._optimise)
        return graph

    @property
    def nest(self) -> Nest:
        """The loop nests."""
        from gradgen.lower import lower  # here, because a process that finds all it needs on disk lowers nothing

        nest: Nest = self._stage("nest", lambda: lower(self.graph))
        return nest

    @property
    def source(self) -> str:
        """The C text."""
        from gradgen.c import emit

        source: str = self._stage("source", lambda: emit(self.nest))
        return source

    def after(self, name: str) -> Graph:
        """The graph after the pass of this name; ``"trace"`` for what passes start from."""
        graph = self.traced.graph
        if name != "trace":
            fired: Counter[str] = Counter()
            for pass_name, run in PASSES:
                graph = run(graph, fired)
                if pass_name == name:
                    self.fired.clear()
                    self.fired.update(fired)
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
        raise ArgumentError(f"no backend {wanted!r}; there are {', '.join(BACKENDS)}")
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
    line = caller()
    warnings.warn_explicit(f"gradgen: {explain_absence()}", RuntimeWarning, line.file or "gradgen", line.line)


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
    graph, hidden = stages.traced.graph, stages.traced.hidden
    refuse_complex(graph)
    if backend == "numpy":
        return ReferenceKernel(stages.graph, make_signature(graph, graph.name), hidden, tree)
    compiler = find_compiler()
    if compiler is None:
        raise GradgenError(explain_absence())
    numbers = stages.traced.numbers
    kernel = make_kernel(_entry(stages, compiler), hidden, tree, release_gil=is_long(graph), numbers=numbers)
    kernel.where = lambda site: stages.nest.sites[site]
    return kernel


def _entry(stages: Lowered, compiler: Compiler) -> Any:
    graph = stages.traced.graph
    key = hashlib.sha256(" ".join([graph.digest(), _fingerprint(), compiler.identity]).encode()).hexdigest()
    cache = _cache()
    found = cache.load(key)
    if found is not None:
        return found
    nest = stages.nest
    return cache.store(key, nest.name, stages.source, make_signature(graph, nest.name, nest.externals), compiler.build)


def make_signature(graph: Graph, name: str, externals: tuple[str, ...] = ()) -> Signature:
    """What a kernel of this graph takes and gives."""
    types, results = graph.types(graph.inputs), graph.types(graph.outputs)
    extents = [extent for type_ in types for extent in type_.shape]
    dims = tuple(dict.fromkeys(extent.name for extent in extents if isinstance(extent, Dim)))
    names = tuple(graph.names.get(identity, f"array_{k}") for k, identity in enumerate(graph.inputs))
    return Signature(name, dims, types, results, names, externals)


def refuse_complex(graph: Graph) -> None:
    """Raise if a complex number would have to be computed in C."""
    for identity in graph.live():
        node = graph[identity]
        if node.type.dtype.kind == "c":
            reason = "complex numbers are not compiled; compute with real and imaginary parts"
            raise DTypeError(f"{node.op.name} gives {node.type}: {reason}\n  {node.source}")


@functools.cache
def _cache() -> Cache:
    return Cache()


@functools.cache
def _fingerprint() -> str:
    """Changes whenever gradgen does, released or not: what it would generate may have changed."""
    folder = os.path.dirname(os.path.abspath(__file__))
    files = sorted(os.path.join(at, name) for at, _, names in os.walk(folder) for name in names if name.endswith(".py"))
    stamps = [(file[len(folder) :], os.stat(file).st_mtime_ns) for file in files]
    return hashlib.sha256(repr((__version__, np.__version__, stamps)).encode()).hexdigest()[:16]


def is_long(graph: Graph) -> bool:
    """Whether a call is long enough to let other threads run; unknown sizes are taken to be."""
    sizes = [size_of(graph[identity].type.shape) for identity in graph.live()]
    return any(size is None for size in sizes) or sum(size or 0 for size in sizes) > RELEASE_ELEMENTS
