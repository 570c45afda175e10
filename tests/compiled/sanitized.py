"""What `test_sanitized` runs in a process of its own: graphs built with sanitizers, and called."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np

from gradgen.errors import DifferentiationError
from gradgen.ir import Graph
from gradgen.rewrite import FINAL, rewrite
from tests.compiled.build import build, strict_compiler
from tests.compiled.named_graphs import NAMED_SIZES, draw_named, fits, values_for
from tests.compiled.random_graphs import MODES, draw, inputs_for, with_derivatives
from tests.compiled.test_ops_compiled import with_all_shapes
from tests.ops.cases import ROWS

FLAGS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-g", "-O1")
# These two take gcc ten times as long; what they could find, the sanitizer of addresses finds at the access.
FLAGS += ("-fno-sanitize=pointer-overflow,object-size",)
# Sanitizers put code into every access, which makes gcc's own warnings guess wrong.
QUIET = ("-Wno-error",)
FIXED, NAMED = range(5000, 5100), range(5000, 5060)

Call = tuple[Graph, list[list[np.ndarray]]]


def ops() -> Iterator[Call]:
    for name in sorted(ROWS):
        for dtypes in ROWS[name][0].dtypes:
            graph, values = with_all_shapes(name, dtypes)
            yield graph, [values]


def fixed() -> Iterator[Call]:
    for seed in FIXED:
        graph = with_derivatives(draw(seed), MODES[seed % len(MODES)])
        yield rewrite(graph, FINAL), [inputs_for(graph, seed)]


def named() -> Iterator[Call]:
    for seed in NAMED:
        try:
            graph = rewrite(with_derivatives(draw_named(seed), MODES[seed % len(MODES)]), FINAL)
        except DifferentiationError:
            continue  # a product over an extent known only at the call
        sizes = [{"n": n, "m": m} for n, m in NAMED_SIZES]
        yield graph, [values_for(graph, size) for size in sizes if fits(graph, size)]


def main(kind: str) -> None:
    calls = list({"ops": ops, "fixed": fixed, "named": named}[kind]())
    kernels = build([graph for graph, _ in calls], strict_compiler(*FLAGS, *QUIET))
    for kernel, (_, several) in zip(kernels, calls, strict=True):
        for values in several:
            kernel(*values)
    print(f"checked {len(kernels)} kernels")


if __name__ == "__main__":
    main(sys.argv[1])
