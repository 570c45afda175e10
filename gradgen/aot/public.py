"""The public face of a unit in C: its parameters, prototypes, and the functions that tell sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gradgen.aot.names import parameter_names
from gradgen.aot.unit import ADJOINT, FORWARD, WHOLE, Unit
from gradgen.c.emit import array_bytes, needs_work, work_bytes, wrapped
from gradgen.c.expression import c_type
from gradgen.nest import Array

__all__ = ["Face", "function", "public_type", "size_function", "symbols"]


@dataclass(frozen=True)
class Face:
    """How the parameters of a public function are called.

    Attributes
    ----------
    unit : Unit
        The function.
    arguments, results, dims : list of str
        The names.
    """

    unit: Unit
    arguments: list[str]
    results: list[str]
    dims: list[str]

    @staticmethod
    def of(unit: Unit) -> Face:
        """Names that no program trips over."""
        given = [unit.names[array.name] for array in [*unit.arguments, *unit.results]]
        reserved = ["tape", "work", unit.nest.name, "gg_aligned"]
        # The sizes first: they stand in shapes, where the user reads them.
        names = parameter_names([*unit.nest.dims, *given], reserved)
        dims, count = len(unit.nest.dims), len(unit.arguments)
        return Face(unit, names[dims : dims + count], names[dims + count :], names[:dims])

    def parameters(self, restrict: str = "") -> list[str]:
        """In the order of the function: arguments, results, sizes, tape, workspace."""
        unit = self.unit
        listed = [_input(array, name, restrict) for array, name in zip(unit.arguments, self.arguments, strict=True)]
        outputs = zip(unit.results, self.results, strict=True)
        listed += [f"{public_type(array)} *{restrict}{name}" for array, name in outputs]
        listed += [f"ptrdiff_t {dim}" for dim in self.dims]
        listed += {WHOLE: [], FORWARD: ["void *tape"], ADJOINT: ["const void *tape"]}[unit.role]
        return [*listed, "void *work"] if needs_work(unit.nest) else listed

    def prototype(self, restrict: str = "") -> str:
        """The declaration, without what ends it."""
        opening = f"int {self.unit.name}("
        return opening + wrapped(self.parameters(restrict) or ["void"], " " * len(opening)).lstrip() + ")"

    def sizes(self) -> str:
        """The parameters of the functions that tell sizes."""
        return ", ".join(f"ptrdiff_t {dim}" for dim in self.dims) or "void"


def public_type(array: Array) -> str:
    """The type of an element, in C and in C++."""
    kind = c_type(array.dtype)
    return "bool" if kind == "_Bool" else kind


def _input(array: Array, name: str, restrict: str) -> str:
    kind = public_type(array)
    return f"const {kind} *{restrict}{name}" if array.shape else f"{kind} {name}"


def symbols(unit: Unit) -> Iterator[str]:
    """All names of file scope that a unit makes."""
    yield from (unit.name, f"{unit.name}_work_size", f"{unit.name}_signature")
    yield from (part.name for part in unit.nest.parts)
    if unit.role != WHOLE:
        yield unit.nest.name
    if unit.role == FORWARD:
        yield f"{unit.export.name}_tape_size"
    if unit.role != ADJOINT:
        yield from (f"{unit.label}_selftest", f"{unit.label}_selftest_size")


def size_function(name: str, face: Face, terms: Sequence[str]) -> Iterator[str]:
    """A function that gives a sum, of sizes in bytes."""
    renamed = [_renamed(term, face) for term in terms] or ["0"]
    yield f"ptrdiff_t {name}({face.sizes()})"
    yield "{"
    yield from (f"    (void){dim};" for dim in face.dims if not any(_mentions(term, dim) for term in renamed))
    yield f"    return {(chr(10) + ' ' * 11 + '+ ').join(renamed)};"
    yield "}"


def function(face: Face) -> Iterator[str]:
    """Of a sweep the public function, which finds the saved values on the tape, and the sizes of tape and workspace."""
    unit = face.unit
    if unit.role != WHOLE:
        yield from (face.prototype("restrict "), "{")
        opening = f"    return {unit.nest.name}("
        yield f"{opening}{wrapped(_passed(face), ' ' * len(opening)).lstrip()});"
        yield from ("}", "")
    if unit.role == FORWARD:
        yield from (*size_function(f"{unit.export.name}_tape_size", face, [array_bytes(a) for a in unit.tape]), "")
    yield from (*size_function(f"{unit.name}_work_size", face, work_bytes(unit.nest)), "")


def _passed(face: Face) -> list[str]:
    """What the sweep is given: as it is, but for what lies on the tape."""
    unit, saved = face.unit, list(_on_tape(face))
    if unit.role == FORWARD:
        given = [*face.arguments, *face.results, *saved]
    else:
        split = len(face.arguments) - unit.cotangents
        given = [*face.arguments[:split], *saved, *face.arguments[split:], *face.results]
    return [*given, *face.dims, *(["work"] if needs_work(unit.nest) else [])]


def _on_tape(face: Face) -> Iterator[str]:
    """Each saved value, one after another on the tape."""
    const, before = "const " if face.unit.role == ADJOINT else "", ""
    for array in face.unit.tape:
        place = f"({const}void *)(({const}char *)tape{before})" if before else "tape"
        by_value = const and not array.shape
        yield f"*(const {c_type(array.dtype)} *){place}" if by_value else place
        before += f" + {_renamed(array_bytes(array), face)}"


def _renamed(term: str, face: Face) -> str:
    """An expression in the sizes, by their public names."""
    for inside, outside in zip(face.unit.nest.dims, face.dims, strict=True):
        if inside != outside:
            term = re.sub(rf"\b{inside}\b", outside, term)
    return term


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", text) is not None
