"""The grammar of index notation, in which all products are one: no transposes, no diagonals, no order.

    expr   = [axes] term + … + term                 axes 0, 1, … are those of the value
    term   = number * factor * … * factor           summed over every label that is not an axis
    factor = base[label, …] ** power
    base   = symbol | delta | split | call | expr

``A.T @ (x * x)`` is the one term ``A[1, 0] x[1]**2``. Labels from the number of axes upwards are summed.
A term's labels and factors have one order, so equal terms are equal text, and so are their keys.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gradgen.formula.keyed import Keyed
from gradgen.ir import Extent

__all__ = ["Base", "Call", "Delta", "Expr", "Factor", "Factors", "Split", "Symbol", "Term", "canonical", "components"]

ONE = Fraction(1)
Shape = tuple[Extent, ...]


@dataclass(frozen=True, eq=False)
class Symbol(Keyed):
    """An argument, a constant array or a size, by its name; ``code`` is how NumPy writes it if not by that."""

    name: str
    shape: Shape = ()
    code: str | None = None
    symmetric: bool = False

    def _identity(self) -> str:
        return f"symbol {self.name} {self.shape}"

    @property
    def rank(self) -> tuple[float, str]:
        return 0.0, self.name


@dataclass(frozen=True, eq=False)
class Delta(Keyed):
    """1 where its two labels are equal, else 0: the identity matrix."""

    shape: Shape

    symmetric = True

    def _identity(self) -> str:
        return "delta"


@dataclass(frozen=True, eq=False)
class Split(Keyed):
    """1 where the first label is the position, row by row, that the other labels make: ``reshape`` as a factor."""

    shape: Shape

    symmetric = False

    def _identity(self) -> str:
        return f"split {self.shape}"


@dataclass(frozen=True, eq=False)
class Call(Keyed):
    """A function of exprs. An elementwise one has the axes of its arguments, which all have the same."""

    name: str
    args: tuple[Expr, ...]
    shape: Shape
    elementwise: bool = True
    attributes: tuple[tuple[str, Hashable], ...] = ()

    @functools.cached_property
    def symmetric(self) -> bool:
        """Whether it is the inverse of a symmetric matrix."""
        return self.name == "inv" and self.args[0].symmetric

    def _identity(self) -> str:
        return f"call {self.name} {[arg.key for arg in self.args]} {self.shape} {self.attributes}"

    @property
    def rank(self) -> tuple[float, str]:
        return 1.0, self.name + self.key


@dataclass(frozen=True)
class Factor:
    """A base with a label for each of its axes, to a power."""

    base: Base
    labels: tuple[int, ...]
    power: Fraction = ONE

    def relabelled(self, labels: Mapping[int, int]) -> Factor:
        """With other labels; those that are not named stay."""
        return Factor(self.base, tuple([labels.get(label, label) for label in self.labels]), self.power).sorted()

    def sorted(self) -> Factor:
        """With the labels of a symmetric matrix in ascending order."""
        if len(self.labels) == 2 and self.labels[0] > self.labels[1] and self.base.symmetric:
            return Factor(self.base, self.labels[::-1], self.power)
        return self

    @property
    def identity(self) -> str:
        """As text, for keys."""
        return f"{self.base.key}{self.labels}{self.power}"


Factors = tuple[Factor, ...]


@dataclass(frozen=True)
class Term:
    """A number times factors, in their canonical order."""

    coefficient: Fraction
    factors: Factors

    @property
    def body(self) -> str:
        """What like terms share."""
        return _body(self.factors)


def _body(factors: Iterable[Factor]) -> str:
    return " ".join([factor.identity for factor in factors])


@dataclass(frozen=True, eq=False)
class Expr(Keyed):
    """A sum of terms; no terms is zero. `gradgen.formula.algebra` makes them."""

    shape: Shape
    terms: tuple[Term, ...]

    def _identity(self) -> str:
        return f"expr {self.shape} {sorted(f'{term.coefficient} {term.body}' for term in self.terms)}"

    @property
    def rank(self) -> tuple[float, str]:
        return 2.0 + len(self.terms), self.key

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @functools.cached_property
    def symmetric(self) -> bool:
        """Whether it is a matrix that equals its transpose, as far as its terms show."""
        turned = {0: 1, 1: 0}
        bodies = {term.body: term.coefficient for term in self.terms}
        return self.ndim == 2 and all(
            bodies.get(_body(canonical(2, [f.relabelled(turned) for f in term.factors]))) == term.coefficient
            for term in self.terms
        )

    def repeats(self, term: Term) -> bool:
        """Whether a term is constant along some axis."""
        return not {label for factor in term.factors for label in factor.labels} >= set(range(self.ndim))

    @property
    def number(self) -> Fraction | None:
        """The number that it is everywhere, if it is one."""
        if not self.terms:
            return Fraction(0)
        return self.terms[0].coefficient if len(self.terms) == 1 and not self.terms[0].factors else None

    @property
    def single(self) -> Factor | None:
        """The one factor, to the first power, that it consists of, if it does."""
        if len(self.terms) != 1 or self.terms[0].coefficient != 1 or len(self.terms[0].factors) != 1:
            return None
        (factor,) = self.terms[0].factors
        return factor if factor.power == 1 else None


Base = Symbol | Delta | Split | Call | Expr


def canonical(ndim: int, factors: Sequence[Factor]) -> Factors:
    """The factors with summed labels named in one way, in one order."""
    colours = {label: str(label) if label < ndim else "" for factor in factors for label in factor.labels}
    summed = [label for label in colours if label >= ndim]
    colours = _refined(colours, factors, summed)
    while len({colours[label] for label in summed}) < len(summed):
        seen: set[str] = set()
        tied = next(label for label in sorted(summed, key=lambda s: (colours[s], s)) if _repeats(colours[label], seen))
        colours = _refined({**colours, tied: colours[tied] + "'"}, factors, summed)
    order = sorted(summed, key=colours.__getitem__)
    names = {label: ndim + position for position, label in enumerate(order)}
    relabelled = [factor.relabelled(names).sorted() for factor in factors]
    return tuple(sorted(relabelled, key=lambda f: (f.base.rank, f.labels, f.power)))


def _repeats(colour: str, seen: set[str]) -> bool:
    if colour in seen:
        return True
    seen.add(colour)
    return False


def _refined(colours: Mapping[int, str], factors: Sequence[Factor], summed: Sequence[int]) -> dict[int, str]:
    """Colours that also tell what the neighbours are, until they tell no more labels apart."""
    current, count = dict(colours), len({colours[label] for label in summed})
    for _ in summed:
        around: dict[int, list[str]] = {label: [] for label in summed}
        for factor in factors:
            near = [current[label] for label in factor.labels]
            near = sorted(near) if factor.base.symmetric else near
            for place, label in enumerate(factor.labels):
                if label in around:
                    where = 0 if factor.base.symmetric else place
                    around[label].append(f"{factor.base.key}{factor.power}{where}{near}")
        told = {label: _short([current[label], *sorted(seen)]) for label, seen in around.items()}
        current.update(told)
        if len(set(told.values())) == count:
            break
        count = len(set(told.values()))
    return current


def _short(parts: Iterable[str]) -> str:
    return hashlib.blake2b("|".join(parts).encode(), digest_size=8).hexdigest()


def components(factors: Sequence[Factor], summed: Collection[int]) -> list[set[int]]:
    """Which factors, by position, hang together by labels that are summed."""
    groups: list[tuple[set[int], set[int]]] = []
    for position, factor in enumerate(factors):
        labels = {label for label in factor.labels if label in summed}
        members = {position}
        for group in [group for group in groups if group[1] & labels]:
            groups.remove(group)
            members |= group[0]
            labels |= group[1]
        groups.append((members, labels))
    return [members for members, _ in groups]
