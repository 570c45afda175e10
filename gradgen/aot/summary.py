"""What a kernel costs, counted in its loop nests: arithmetic, memory, workspace and tape, as formulas in the sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gradgen.aot.unit import FORWARD, Unit
from gradgen.c import emit
from gradgen.ir import Dim, Extent
from gradgen.nest import (
    Affine,
    Apply,
    Array,
    Assign,
    Call,
    Expr,
    For,
    Guarded,
    Let,
    Load,
    Statement,
    Store,
    Variable,
    When,
)

__all__ = ["Count", "Summary", "summary"]


class Count:
    """A polynomial in the named sizes.

    Examples
    --------
    >>> n = Count.of(Dim("n", -1))
    >>> print(n * Count.of(30) + Count.of(4))
    30 n - 26
    """

    def __init__(self, terms: Mapping[tuple[str, ...], Fraction | int] | None = None) -> None:
        self.terms = {names: Fraction(value) for names, value in (terms or {}).items() if value}

    @staticmethod
    def of(extent: Extent | Fraction) -> Count:
        """A size as a count."""
        if isinstance(extent, Dim):
            return Count({(extent.name,): 1, (): extent.offset})
        return Count({(): extent})

    def __add__(self, other: Count) -> Count:
        total = Counter(self.terms)
        for names, value in other.terms.items():
            total[names] = total.get(names, Fraction()) + value  # type: ignore[assignment]
        return Count(total)

    def __mul__(self, other: Count) -> Count:
        result = Count()
        for names, value in self.terms.items():
            for more, factor in other.terms.items():
                result += Count({tuple(sorted((*names, *more))): value * factor})
        return result

    def __str__(self) -> str:
        ordered = sorted(self.terms.items(), key=lambda term: (-len(term[0]), term[0]))
        pieces = [(round(value), " ".join(names)) for names, value in ordered if round(value)]
        text = "".join(f" {'-' if value < 0 else '+'} {_term(abs(value), names)}" for value, names in pieces)
        return text[3:] if text.startswith(" +") else f"-{text[3:]}" if text else "0"


def _term(value: int, names: str) -> str:
    return f"{'' if value == 1 and names else f'{value:,} ' if names else f'{value:,}'}{names}"


@dataclass(frozen=True)
class Summary:
    """The costs of one function.

    Attributes
    ----------
    flops : Count
        Additions, multiplications and the like; those in calls of matrix routines by their usual formula.
    functions : Count
        Calls of exp, sin and other functions of numbers.
    traffic : Count
        Bytes of arguments and results.
    work, tape : Count
        Bytes of workspace and tape.
    lines : int
        Of C.
    calls : tuple of str
        Matrix routines that are called.
    """

    flops: Count
    functions: Count
    traffic: Count
    work: Count
    tape: Count
    lines: int
    calls: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"flops {self.flops}"]
        parts += [f"functions {self.functions}"] if self.functions.terms else []
        parts += [f"memory {self.traffic} B"]
        parts += [f"tape {self.tape} B"] if self.tape.terms else []
        parts += [f"workspace {self.work} B"] if self.work.terms else []
        parts += [f"{self.lines} lines of C"]
        return "; ".join(parts + ([f"calls {', '.join(self.calls)}"] if self.calls else []))


def summary(unit: Unit) -> Summary:
    """Count what one function does."""
    meter = _Meter()
    meter.statements(unit.nest.body, Count.of(1), {})
    for part in unit.nest.parts:
        meter.statements(part.body, Count.of(1), {})
    arrays = [*unit.nest.of("input"), *unit.nest.of("output")]
    work = Count.of(unit.nest.work_size)
    work += _bytes(array for array in unit.nest.of("arena") if array.slot < 0)
    tape = _bytes(unit.tape) if unit.role == FORWARD else Count()
    lines = emit(unit.nest).partition(f"{unit.nest.name}_call(")[0].count("\n")
    calls = tuple(sorted(meter.calls.difference(part.name for part in unit.nest.parts)))
    return Summary(meter.flops, meter.functions, _bytes(arrays), work, tape, lines, calls)


def _bytes(arrays: Iterable[Array]) -> Count:
    total = Count()
    for array in arrays:
        size = Count.of(array.dtype.itemsize)
        for extent in array.shape:
            size *= Count.of(extent)
        total += size
    return total


# Of matrix routines the arithmetic: a factor, and which of their sizes are multiplied.
ROUTINES: dict[str, tuple[Fraction, tuple[int, ...]]] = {
    "gg_gemv": (Fraction(2), (0, 1)),
    "gg_gemm": (Fraction(2), (0, 1, 2)),
    "gg_blas_gemm": (Fraction(2), (0, 1, 2)),
    "gg_dot": (Fraction(2), (0,)),
    "gg_axpy": (Fraction(2), (0,)),
    "gg_lapack_cholesky": (Fraction(1, 3), (0, 0, 0)),
    "gg_cholesky": (Fraction(1, 3), (0, 0, 0)),
    "gg_lapack_lu": (Fraction(2, 3), (0, 0, 0)),
    "gg_lu": (Fraction(2, 3), (0, 0, 0)),
    "gg_lapack_lu_solve": (Fraction(2), (0, 0, 1)),
    "gg_lu_solve": (Fraction(2), (0, 0, 1)),
    "gg_lapack_lu_inverse": (Fraction(4, 3), (0, 0, 0)),
    "gg_lu_inverse": (Fraction(4, 3), (0, 0, 0)),
    "gg_lapack_triangular_solve": (Fraction(1), (0, 0, 1)),
    "gg_triangular_solve": (Fraction(1), (0, 0, 1)),
    "gg_lapack_cholesky_solve": (Fraction(2), (0, 0, 1)),
    "gg_cholesky_solve": (Fraction(2), (0, 0, 1)),
}

Means = dict[str, Count]


class _Meter:
    """Counts over nests; of a variable of a loop its mean is known."""

    def __init__(self) -> None:
        self.flops, self.functions, self.calls = Count(), Count(), set[str]()

    def statements(self, body: Sequence[Statement], turns: Count, means: Means) -> None:
        for statement in body:
            if isinstance(statement, For):
                self._loop(statement, turns, means)
            elif isinstance(statement, When):
                self.statements(statement.body, turns, means)
            elif isinstance(statement, Let | Variable | Assign | Store):
                self._expression(statement.value, turns)
                self.flops += turns if getattr(statement, "combine", "") else Count()
            elif isinstance(statement, Call):
                self._call(statement, turns, means)

    def _loop(self, loop: For, turns: Count, means: Means) -> None:
        start, stop = _mean(loop.start, means), _mean(loop.stop, means)
        length = stop + start * Count.of(-1)
        inside = {**means, loop.variable: (start + stop) * Count.of(Fraction(1, 2))}
        if loop.step > 1:  # blocks: `i1` is where one ends
            inside["i1"] = inside[loop.variable] + Count.of(loop.step)
        self.statements(loop.body, turns * length * Count.of(Fraction(1, loop.step)), inside)

    def _call(self, call: Call, turns: Count, means: Means) -> None:
        self.calls.add(call.function)
        sizes = [_mean(argument, means) for argument in call.arguments if isinstance(argument, Affine)]
        plain = call.function.removesuffix("f")
        known = max((name for name in ROUTINES if plain.startswith(name)), key=len, default="")
        if known:
            factor, which = ROUTINES[known]
            work = turns * Count.of(factor)
            for position in which:
                work *= sizes[position] if position < len(sizes) else Count.of(1)
            self.flops += work

    def _expression(self, expression: Expr | Affine, turns: Count) -> None:
        if isinstance(expression, Apply):
            called = expression.template.startswith("gg_")
            if called and not expression.template.startswith(CHEAP):
                self.functions += turns
            elif expression.template not in ("{0}", "-{0}"):
                self.flops += turns
            for operand in expression.operands:
                self._expression(operand, turns)
        elif isinstance(expression, Guarded):
            self._expression(expression.value, turns)
        elif isinstance(expression, Load):
            for index in expression.index:
                self._expression(index, turns)


# Functions that are an instruction or two.
CHEAP = tuple(
    f"gg_{name}" for name in ("sqrt", "fabs", "absolute", "maximum", "minimum", "fm", "sign", "floor", "ceil", "is")
)


def _mean(index: Affine, means: Means) -> Count:
    total = Count.of(index.offset)
    for name, coefficient in index.terms:
        total += means.get(name, Count({(name,): 1})) * Count.of(coefficient)
    return total
