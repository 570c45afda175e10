"""Variants: each kernel compiled for older and newer x86-64 in one library, which takes what the processor can run.

The library stays one for every x86-64: the first variant asks for nothing. The others are the same C in files of
their own, with other flags and the names ``gg_avx2_NAME`` and ``gg_avx512_NAME``; ``NAME`` calls the one that was
chosen when the library was loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gradgen.aot.amalgamate import amalgamate
from gradgen.aot.unit import Unit
from gradgen.c.emit import definition, formal_parameters, includes, needs_work, wrapped
from gradgen.nest import Kernel

__all__ = ["VARIANTS", "choice", "chooser", "variant_sources"]


@dataclass(frozen=True)
class Variant:
    """Instructions that a kernel may use, and what asks the compiler for them."""

    name: str
    features: tuple[str, ...]
    more: tuple[str, ...] = ()

    @property
    def flags(self) -> tuple[str, ...]:
        """Those of gcc, clang and zig."""
        return (*(f"-m{feature}" for feature in self.features), *self.more)


_AVX2 = ("avx2", "fma", "bmi", "bmi2", "popcnt")
# What x86-64-v1, v3 and v4 have that matters here; in the order of runtime/gg_variant.h, which asks the processor for
# just these. Compilers prefer 256 bits even where 512 are faster for such loops.
VARIANTS = (
    Variant("baseline", ()),
    Variant("avx2", _AVX2),
    Variant(
        "avx512",
        (*_AVX2, "avx512f", "avx512vl", "avx512bw", "avx512dq", "avx512cd"),
        ("-mprefer-vector-width=512",),
    ),
)
CHOICE = """\
/* Which of the variants is called, found when the library is loaded. */
static int gg_variant;
__attribute__((constructor)) static void gg_choose_variant(void) { gg_variant = gg_find_variant(); }
"""


def variant_sources(units: Sequence[Unit]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The name of each variant, its C, and the flags that it is compiled with."""
    runtime = amalgamate("#define GG_OWN_LAPACK\n" + includes([unit.nest for unit in units]))
    for variant in VARIANTS:
        kernels = [replace(unit.nest, name=_name(variant, unit.nest)) for unit in units]
        prototypes = [f"{_prototype(kernel)};\n" for kernel in kernels]
        yield variant.name, "\n".join([runtime, *prototypes, *map(definition, kernels)]), variant.flags


def choice() -> str:
    """The C that asks the processor."""
    return amalgamate('#include "gg_variant.h"') + CHOICE


def chooser(kernel: Kernel, linkage: str = "") -> str:
    """In the place of a kernel's definition: a function that calls the variant chosen."""
    names = [_name(variant, kernel) for variant in VARIANTS]
    given = [array.name for array in kernel.of("input", "output")] + list(kernel.dims)
    given += ["work"] if needs_work(kernel) else []
    lines = [f"{_prototype(replace(kernel, name=name))};" for name in names]
    lines += [f"{linkage}{_prototype(kernel)}", "{"]
    for number in reversed(range(len(names))):
        opening = f"    {f'if (gg_variant == {number}) ' if number else ''}return {names[number]}("
        lines.append(f"{opening}{wrapped(given, ' ' * len(opening)).lstrip()});")
    return "\n".join([*lines, "}", ""])


def _name(variant: Variant, kernel: Kernel) -> str:
    return f"gg_{variant.name}_{kernel.name}"


def _prototype(kernel: Kernel) -> str:
    opening = f"int {kernel.name}("
    return opening + wrapped(formal_parameters(kernel) or ["void"], " " * len(opening)).lstrip() + ")"
