"""Matrix notation as LaTeX, the way it stands in a textbook."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from gradgen.formula.notation import Node, split_scaled
from gradgen.formula.text import ATOM, POWER, PRODUCT, SUM, Printed, Text, decimal, index_text, split_number

__all__ = ["Latex", "latex_name"]

GREEK = frozenset(
    (
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu",
        "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
        "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi", "Psi", "Omega",
    )
)  # fmt: skip
# What Greek letters are called where Python has another meaning for the name.
SHORT = {"lam": "lambda", "lmbda": "lambda", "eps": "epsilon"}
KNOWN = frozenset({"exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "det"})
OPERATORS = {"logdet": r"\log\det", "expit": r"\sigma", "max": r"\max", "min": r"\min", "prod": r"\prod"}
PARTS = {"svd_u": "U", "svd_vh": r"V^\top", "eigh_vectors": "V"}
BETWEEN = {
    "equal": "=",
    "not_equal": r"\ne",
    "less": "<",
    "less_equal": r"\le",
    "greater": ">",
    "greater_equal": r"\ge",
}


def latex_name(name: str) -> str:
    """A Python name: Greek letters as such, what follows an underscore or is a number as an index."""
    match = re.fullmatch(r"([A-Za-z]+?)_?(\d*|(?<=_)\w+)_?", name)
    if name.lower().endswith(("_bar", "_dot")):
        inner = latex_name(name[:-4])
        return rf"\bar{{{inner}}}" if name.endswith("bar") else rf"\dot{{{inner}}}"
    if match is None:
        return rf"\mathrm{{{name.replace('_', chr(92) + '_')}}}"
    stem, index = SHORT.get(match[1], match[1]), match[2]
    stem = rf"\{stem}" if stem in GREEK else stem if len(stem) == 1 else rf"\mathrm{{{stem}}}"
    return f"{stem}_{{{index}}}" if index else stem


class Latex(Text):
    """Prints nodes as LaTeX."""

    def printed(self, node: Node) -> Printed:
        if node in self.names:
            return latex_name(self.names[node]), ATOM
        return self.spelt(node)

    def at(self, node: Node, level: int) -> str:
        text, tight = self.printed(node)
        return text if tight >= level else rf"\left({text}\right)"

    def _name(self, node: Node) -> Printed:
        name, code = node.data
        return (latex_name(name) if code is None else _array(name)), ATOM

    def _number(self, node: Node) -> Printed:
        return _fraction(node.data), SUM if node.data < 0 else ATOM

    def _ones(self, node: Node) -> Printed:
        return r"\mathbf{1}" if node.ndim == 1 else r"\mathbf{1}\mathbf{1}^\top", ATOM

    def _scaled(self, node: Node) -> Printed:
        numerators, body, divisors = split_scaled(node)
        front, divisor = split_number(abs(node.data[0]))
        if divisors and front.denominator <= 10_000:
            front, divisor = Fraction(front.numerator), divisor * front.denominator
        minus = "-" if node.data[0] < 0 else ""
        several = len(numerators) + (body is not None) + (front != 1) > 1
        scalars = [self.at(part, POWER if several else PRODUCT) for part in numerators]
        below = ([str(divisor)] if divisor != 1 else []) + [
            self.at(part, POWER if len(divisors) > 1 or divisor != 1 else PRODUCT) for part in divisors
        ]
        above = ([_fraction(front)] if front != 1 else []) + scalars
        inside = "" if body is None else self.at(body, PRODUCT)
        if not below:
            return minus + r" \, ".join([part for part in (*above, inside) if part]), SUM if minus else PRODUCT
        if body is not None and body.kind not in ("name", "matmul", "call", "outer", "times"):
            front_text = rf"\frac{{{' '.join(above) or '1'}}}{{{' '.join(below)}}}"
            return minus + rf"{front_text} {inside}", SUM if minus else PRODUCT
        return (
            minus + rf"\frac{{{' '.join([*above, inside]).strip() or '1'}}}{{{' '.join(below)}}}",
            SUM if minus else PRODUCT,
        )

    def _matmul(self, node: Node) -> Printed:
        return " ".join([self.at(part, POWER) for part in node.parts]), PRODUCT

    def _times(self, node: Node) -> Printed:
        above = [self.at(part, POWER) for part in node.parts[: node.data]]
        below = [self.at(part, POWER) for part in node.parts[node.data :]]
        above = above[1:] if above[0] == "1" and len(above) > 1 else above
        text = r" \odot ".join(above)
        return (text + r" \oslash " + r" \oslash ".join(below) if below else text), PRODUCT

    def _power(self, node: Node) -> Printed:
        inner, exponent = node.parts[0], node.data
        mark = rf"\circ {_fraction(exponent)}" if inner.ndim else _fraction(exponent)
        return f"{self.at(inner, ATOM)}^{{{mark}}}", POWER

    def _row(self, node: Node) -> str:
        return rf"{self.at(node, ATOM)}^\top"

    def _inner(self, node: Node) -> Printed:
        x, y = node.parts
        chain = y.kind == "matmul" and x.kind != "matmul" and y not in self.names
        return rf"{self._row(x)} {self.at(y, PRODUCT if chain else POWER)}", PRODUCT

    def _outer(self, node: Node) -> Printed:
        x, y = node.parts
        return rf"{self.at(x, POWER)} {self._row(y)}", PRODUCT

    def _transpose(self, node: Node) -> Printed:
        (inner,) = node.parts
        if inner.kind == "call" and inner.data[0] == "inv" and inner not in self.names:
            return rf"{self.at(inner.parts[0], ATOM)}^{{-\top}}", POWER
        return self._row(inner), POWER

    def _called(self, name: str, parts: Sequence[Node], rest: str = "") -> Printed:
        shown = name if name.startswith("\\") else rf"\operatorname{{{name}}}"
        return rf"{shown}\left({', '.join(map(self, parts))}\right)", ATOM

    def _trace(self, node: Node) -> Printed:
        return self._called("tr", node.parts)

    def _total(self, node: Node) -> Printed:
        return rf"\mathbf{{1}}^\top {self.at(node.parts[0], POWER)}" + r" \mathbf{1}" * (
            node.parts[0].ndim > 1
        ), PRODUCT

    def _rows(self, node: Node) -> Printed:
        return rf"{self.at(node.parts[0], POWER)} \mathbf{{1}}", PRODUCT

    def _column(self, node: Node) -> Printed:
        return rf"{self.at(node.parts[0], POWER)} \mathbf{{1}}^\top", PRODUCT

    def _norm(self, node: Node) -> Printed:
        (inner,) = node.parts
        return rf"\left\lVert {self(inner)} \right\rVert_{'F' if inner.ndim == 2 else '2'}", ATOM

    def _einsum(self, node: Node) -> Printed:
        words = node.data.replace("->", r" \to ")
        return rf"\operatorname{{einsum}}_{{{words}}}\left({', '.join(map(self, node.parts))}\right)", ATOM

    def _entries(self, node: Node) -> Printed:
        letters, out, _, _ = node.data
        summed = "".join(sorted({letter for word in letters for letter in word} - set(out)))
        shown = [self._entry(part, word) for part, word in zip(node.parts, letters, strict=True)]
        return (rf"\sum_{{{summed}}} " if summed else "") + r" \, ".join(shown), PRODUCT

    def _entry(self, node: Node, letters: str) -> str:
        if node.kind == "identity":
            return rf"\delta_{{{letters}}}"
        if not letters:
            return self.at(node, POWER)
        shown = self(node) if node.kind == "name" else rf"\left[{self(node)}\right]"
        return rf"{shown}_{{{letters}}}"

    def _call(self, node: Node) -> Printed:
        name, attributes, _ = node.data
        if name == "array":
            return rf"\left({', '.join(map(self, node.parts))}\right)", ATOM
        if name == "unit":
            return f"e_{{{dict(attributes)['position']}}}", ATOM
        if name == "inv":
            return f"{self.at(node.parts[0], ATOM)}^{{-1}}", POWER
        if name == "sqrt":
            return rf"\sqrt{{{self(node.parts[0])}}}", ATOM
        if name == "abs":
            return rf"\left|{self(node.parts[0])}\right|", ATOM
        if name == "power":
            return f"{self.at(node.parts[0], ATOM)}^{{{self(node.parts[1])}}}", POWER
        if name in BETWEEN:
            return rf"\left[{f' {BETWEEN[name]} '.join(map(self, node.parts))}\right]", ATOM
        if name == "log1pexp":
            return rf"\log\left(1 + \exp\left({self(node.parts[0])}\right)\right)", ATOM
        if name == "item" and self._is_spectral_norm(node):
            return rf"\left\lVert {self(node.parts[0].parts[0])} \right\rVert_2", ATOM
        if name in PARTS:
            return f"{PARTS[name]}_{{{self(node.parts[0])}}}", ATOM
        if name in ("item", "slice"):
            return rf"\left[{self(node.parts[0])}\right]_{{{index_text(node)}}}", ATOM
        return self._called(rf"\{name}" if name in KNOWN else OPERATORS.get(name, name.replace("_", r"\_")), node.parts)


def _fraction(value: Fraction) -> str:
    if value.denominator == 1 or value.denominator > 10_000:
        return decimal(value)
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def _array(text: str) -> str:
    """An array of numbers; a matrix as one."""
    rows = re.findall(r"\[([^\[\]]*)\]", text)
    if text.count("[[") != 1 or text.startswith("[[["):
        return rf"\left({text.strip('[]')}\right)" if len(rows) == 1 else rf"\mathtt{{{text}}}"
    inside = r" \\ ".join([" & ".join(map(str.strip, row.split(","))) for row in rows])
    return rf"\begin{{pmatrix}} {inside} \end{{pmatrix}}"
