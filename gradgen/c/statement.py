"""Statements as indented lines of C."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gradgen.c.expression import Printer, c_type, number
from gradgen.ir.types import size_of
from gradgen.nest import (
    Affine,
    Apply,
    Array,
    Assign,
    Call,
    Comment,
    Expr,
    For,
    Let,
    Load,
    Local,
    Statement,
    Store,
    Variable,
    When,
    Zero,
)

__all__ = ["hidden_strides", "statements", "words"]

# Comments stand at this column, so that the C can be read without them.
COMMENT_COLUMN = 71
LONGEST_COMMENT = 76
# gcc takes what lies side by side, x[5*i] and x[5*i + 1], for one group, and knows how to turn groups of these sizes
# into lanes. A loop with others it leaves without lanes, unless the stride is hidden: then it takes each by itself.
GROUPED = {0, 1, 2, 3, 4, 8, 16}
HIDDEN = "gg_by"
COMPOUND = {"{0} + {1}": "+=", "{0} * {1}": "*=", "{0} | {1}": "|=", "{0} & {1}": "&="}


def statements(body: tuple[Statement, ...], printer: Printer, depth: int = 1) -> Iterator[str]:
    """The lines of some statements, indented by four spaces a level."""
    for statement in body:
        if isinstance(statement, For):
            yield from _for(statement, printer, depth)
        elif isinstance(statement, When):
            yield f"{'    ' * depth}if ({printer.condition(statement.bounds)}) {{"
            yield from statements(statement.body, printer, depth + 1)
            yield f"{'    ' * depth}}}"
        elif isinstance(statement, Zero):
            value = number(statement.value.value, statement.value.dtype)
            yield from _zero(printer.arrays[statement.array], value, depth)
        else:
            text, comment = _simple(statement, printer)
            yield from _with_comment("    " * depth + text, comment, depth)


def _with_comment(line: str, comment: str, depth: int) -> Iterator[str]:
    """A line with a comment beside it, above it if it is long; kept to one line and from ending early."""
    text = comment.replace("*/", "* /").replace("/*", "/ *")
    text = text if len(text) <= LONGEST_COMMENT else text[: LONGEST_COMMENT - 4].rstrip() + " ..."
    if comment and len(line) > COMMENT_COLUMN:
        yield f"{'    ' * depth}/* {text} */"
    yield f"{line:<{COMMENT_COLUMN}} /* {text} */" if comment and len(line) <= COMMENT_COLUMN else line


def _simple(statement: Statement, printer: Printer) -> tuple[str, str]:
    if isinstance(statement, Let):
        return f"const {_type(statement)} {statement.name} = {printer.text(statement.value)};", statement.comment
    if isinstance(statement, Variable):
        return f"{_type(statement)} {statement.name} = {printer.text(statement.value)};", ""
    if isinstance(statement, Assign):
        target: Expr = Local(statement.name)
        return _assignment(statement.name, target, statement, printer), statement.comment
    if isinstance(statement, Store):
        place = printer.place(statement.array, statement.index)
        return _assignment(place, Load(statement.array, statement.index), statement, printer), statement.comment
    if isinstance(statement, Call):
        return _call(statement, printer), statement.comment
    assert isinstance(statement, Comment)
    return f"/* {statement.text} */", ""


def _type(statement: Let | Variable) -> str:
    """Positions are counted in ptrdiff_t, as the loops are."""
    return "ptrdiff_t" if statement.name == "i1" else c_type(statement.dtype)


def _assignment(place: str, target: Expr, statement: Assign | Store, printer: Printer) -> str:
    if statement.combine in COMPOUND:
        return f"{place} {COMPOUND[statement.combine]} {printer.text(statement.value)};"
    value = statement.value
    if statement.combine:
        value = Apply(statement.combine, (target, value), statement.dtype)
    return f"{place} = {printer.text(value)};"


def _call(statement: Call, printer: Printer) -> str:
    arguments = []
    for position, argument in enumerate(statement.arguments):
        if position in statement.addresses and isinstance(argument, Load):
            arguments.append(_address(argument, printer))
        else:
            arguments.append(printer.text(argument))
    call = f"{statement.function}({', '.join(arguments)})"
    if statement.site is None:
        return f"{call};"
    failed = f"GG_FAILED({statement.site}, status)" if statement.site else "status"
    return f"if ((status = {call}) != GG_OK) return {failed};"


def _address(load: Load, printer: Printer) -> str:
    offset = printer.offset(load.array, load.index)
    if not printer.arrays[load.array].shape:
        return load.array
    return load.array if offset == "0" else f"{load.array} + {offset}"


def _for(loop: For, printer: Printer, depth: int) -> Iterator[str]:
    indent = "    " * depth
    turns = (loop.stop - loop.start).constant
    body = list(statements(loop.body, printer, depth + 1)) if not loop.simd else _in_lanes(loop, printer, depth + 1)
    if turns == 1:
        yield f"{indent}{{"
        if loop.variable in words(body):
            yield f"{indent}    const ptrdiff_t {loop.variable} = {loop.start};"
    else:
        if loop.simd:
            by_operator: dict[str, list[str]] = {}
            for operator, name in loop.reductions:
                by_operator.setdefault(operator, []).append(name)
            clauses = [f"GG_SIMD_REDUCE({op} : {', '.join(names)})" for op, names in by_operator.items()]
            yield indent + (_simd(clauses) if clauses else "GG_SIMD")
        step = f"++{loop.variable}" if loop.step == 1 else f"{loop.variable} += {loop.step}"
        yield f"{indent}for (ptrdiff_t {loop.variable} = {loop.start}; {loop.variable} < {loop.stop}; {step}) {{"
    yield from body
    yield f"{indent}}}"


def _in_lanes(loop: For, printer: Printer, depth: int) -> list[str]:
    """The body of a loop in lanes, with the strides hidden that keep gcc from making lanes of it; see `GROUPED`."""
    printer.places = []
    body = list(statements(loop.body, printer, depth))
    beside: dict[tuple[str, int], set[Affine]] = {}
    for array, place in printer.places:
        beside.setdefault((array, place.coefficient(loop.variable)), set()).add(place)
    strides = {abs(stride) for (_, stride), places in beside.items() if len(places) > 1} - GROUPED
    if not strides:
        return body
    names = {stride: f"{HIDDEN}{stride}" for stride in strides}
    printer.hidden = {(loop.variable, stride): f"{name}*{loop.variable}" for stride, name in names.items()}
    body = list(statements(loop.body, printer, depth))
    printer.hidden = {}
    return body


def hidden_strides(body: Iterable[str]) -> list[str]:
    """The declarations of the strides that lines of C hide from the compiler."""
    found = sorted(int(word.removeprefix(HIDDEN)) for word in words(body) if word.startswith(HIDDEN))
    return [f"const ptrdiff_t {HIDDEN}{stride} = gg_hidden({stride});" for stride in found]


def _simd(clauses: list[str]) -> str:
    """One pragma for all sums: ``GG_SIMD_REDUCE(+ : a, b)``; several operators need several clauses."""
    if len(clauses) == 1:
        return clauses[0]
    inner = [clause.removeprefix("GG_SIMD_REDUCE(").removesuffix(")") for clause in clauses]
    return f"GG_PRAGMA(omp simd {' '.join(f'reduction({clause})' for clause in inner)})"


def words(lines: Iterable[str]) -> set[str]:
    """The names that lines of C mention, comments left out."""
    return set(re.findall(r"\w+", re.sub(r"/\*.*?\*/", "", "\n".join(lines))))


def _zero(array: Array, value: str, depth: int) -> Iterator[str]:
    """Every element set: one loop over the array as it lies."""
    indent = "    " * depth
    size = size_of(array.shape)
    extents = [str(Affine.of(extent)) for extent in array.shape]
    if len(extents) > 1:
        extents = [f"({extent})" if " " in extent else extent for extent in extents]
    count = str(size) if size is not None else " * ".join(extents)
    if not array.shape:
        yield f"{indent}*{array.name} = {value};"
    else:
        i = next(name for name in "ijk" if name not in count)  # a dimension may be called i
        yield f"{indent}for (ptrdiff_t {i} = 0; {i} < {count}; ++{i}) {array.name}[{i}] = {value};"
