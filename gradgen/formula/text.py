"""Matrix notation as text: ``0.5*(A + A.T) @ x + b``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from gradgen.formula.notation import Node, number, split_scaled

__all__ = ["ATOM", "POWER", "PRODUCT", "SUM", "Printed", "Text", "decimal", "index_text", "split_number"]

LOOSE, SUM, PRODUCT, POWER, ATOM = 0, 1, 2, 3, 4
Printed = tuple[str, int]

# What functions are called in text, where that is not the op's name.
SPOKEN = {"expit": "sigmoid", "expm_1": "expm_frechet", "sylvester": "solve_sylvester"}
# Parts of a decomposition, as NumPy names them.
PARTS = {
    "svd_u": ("svd", "U"),
    "svd_vh": ("svd", "Vh"),
    "qr_q": ("qr", "Q"),
    "qr_r": ("qr", "R"),
    "eigh_vectors": ("eigh", "eigenvectors"),
    "eig_values_real": ("eig", "eigenvalues.real"),
    "eig_values_imag": ("eig", "eigenvalues.imag"),
    "eig_vectors_real": ("eig", "eigenvectors.real"),
    "eig_vectors_imag": ("eig", "eigenvectors.imag"),
}
# Comparisons and logic, written between their operands.
BETWEEN = {
    "equal": "==", "not_equal": "!=", "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=",
    "logical_and": "&", "logical_or": "|", "logical_xor": "^",
}  # fmt: skip


def decimal(value: Fraction) -> str:
    """A number as Python reads it."""
    if value.denominator == 1 and abs(value.numerator) < 10**15:
        return str(value.numerator)
    return repr(float(value))


def split_number(value: Fraction) -> tuple[Fraction, int]:
    """A number as what stands in front and what divides: 1/3 is 1 and 3, 0.5 stays."""
    short = len(repr(float(value))) <= 6
    exact = value.denominator == 1 or (short and Fraction(float(value)) == value)
    if exact or value.denominator > 10_000:
        return value, 1
    return Fraction(value.numerator), value.denominator


class Text:
    """Prints nodes.

    Parameters
    ----------
    names : mapping of Node to str
        Nodes that have a name.
    """

    def __init__(self, names: Mapping[Node, str] | None = None) -> None:
        self.names = dict(names or {})

    def __call__(self, node: Node) -> str:
        """The text of a node, by its name if it has one."""
        return self.printed(node)[0]

    def printed(self, node: Node) -> Printed:
        """The text, and how tightly it holds together."""
        if node in self.names:
            return self.names[node], ATOM
        return self.spelt(node)

    def spelt(self, node: Node) -> Printed:
        """The same without the node's own name."""
        made: Printed = getattr(self, f"_{node.kind}")(node)
        return made

    def at(self, node: Node, level: int) -> str:
        """In parentheses if it would fall apart there."""
        text, tight = self.printed(node)
        return text if tight >= level else f"({text})"

    # --- leaves --------------------------------------------------------------------------------------

    def _name(self, node: Node) -> Printed:
        return node.data[0], ATOM

    def _number(self, node: Node) -> Printed:
        front, divisor = split_number(node.data)
        text = decimal(front) if divisor == 1 else f"{decimal(front)}/{divisor}"
        return text, SUM if front < 0 else ATOM if divisor == 1 else PRODUCT

    def _identity(self, node: Node) -> Printed:
        return "I", ATOM

    def _ones(self, node: Node) -> Printed:
        return f"ones({', '.join(map(str, node.data))})", ATOM

    # --- sums and products ---------------------------------------------------------------------------

    def _sum(self, node: Node) -> Printed:
        text = self.at(node.parts[0], SUM)
        for part in node.parts[1:]:
            term = self.at(part, SUM)
            text += f" - {term[1:]}" if term.startswith("-") else f" + {term}"
        return text, SUM

    def _scaled(self, node: Node) -> Printed:
        numerators, body, divisors = split_scaled(node)
        front, divisor = split_number(node.data[0])
        parts = [self._factor(part) for part in numerators]
        reciprocal = body is not None and bool(parts) and self._is_reciprocal(body)
        if body is not None and not reciprocal:
            parts.append(self.at(body, PRODUCT))
        minus, size = ("-" if front < 0 else ""), abs(front)
        if size != 1 or not parts:
            parts.insert(0, decimal(size))
        below = ([str(divisor)] if divisor != 1 else []) + [self._factor(part) for part in divisors]
        below += [self._factor(part) for part in body.parts[1:]] if body is not None and reciprocal else []
        text = minus + "*".join(parts)
        if below:
            text += f"/{below[0]}" if len(below) == 1 else f"/({'*'.join(below)})"
        return text, SUM if minus else PRODUCT

    def _is_reciprocal(self, node: Node) -> bool:
        """Whether this is 1 divided by something."""
        return node.kind == "times" and node.data == 1 and node.parts[0] == number(1) and node not in self.names

    def _factor(self, node: Node) -> str:
        """Beside ``*``: a product by ``@`` goes into parentheses."""
        return self.at(node, POWER)

    def _matmul(self, node: Node) -> Printed:
        return " @ ".join([self.at(part, POWER) for part in node.parts]), PRODUCT

    def _times(self, node: Node) -> Printed:
        above = [self.at(part, POWER) for part in node.parts[: node.data]]
        below = [self.at(part, POWER) for part in node.parts[node.data :]]
        above = above[1:] if above[0] == "1" and len(above) > 1 else above
        text = "*".join(above)
        if below:
            text += f"/{below[0]}" if len(below) == 1 else f"/({'*'.join(below)})"
        return text, PRODUCT

    def _power(self, node: Node) -> Printed:
        exponent: Fraction = node.data
        short = 2 < exponent.denominator <= 10_000
        shown = f"({exponent})" if short else decimal(exponent)
        return f"{self.at(node.parts[0], ATOM)}**{shown}", POWER

    def _inner(self, node: Node) -> Printed:
        x, y = node.parts
        chain = y.kind == "matmul" and x.kind != "matmul" and y not in self.names
        return f"{self._row(x)} @ {self.at(y, PRODUCT if chain else POWER)}", PRODUCT

    def _outer(self, node: Node) -> Printed:
        x, y = node.parts
        return f"{self.at(x, POWER)} @ {self._row(y)}", PRODUCT

    def _row(self, node: Node) -> str:
        return f"{self.at(node, ATOM)}.T"

    def _transpose(self, node: Node) -> Printed:
        return f"{self.at(node.parts[0], ATOM)}.T", ATOM

    # --- functions -----------------------------------------------------------------------------------

    def _called(self, name: str, parts: Sequence[Node], rest: str = "") -> Printed:
        return f"{name}({', '.join(map(self, parts))}{rest})", ATOM

    def _diag(self, node: Node) -> Printed:
        return self._called("diag", node.parts)

    def _diagonal(self, node: Node) -> Printed:
        return self._called("diagonal", node.parts)

    def _trace(self, node: Node) -> Printed:
        return self._called("trace", node.parts)

    def _total(self, node: Node) -> Printed:
        return self._called("sum", node.parts)

    def _norm(self, node: Node) -> Printed:
        return self._called("norm", node.parts)

    def _rows(self, node: Node) -> Printed:
        return self._added("sum", node)

    def _added(self, name: str, node: Node) -> Printed:
        """The sum of each row; those of a transpose are sums of columns."""
        (matrix,) = node.parts
        if matrix.kind == "transpose" and matrix not in self.names:
            return self._called(name, matrix.parts, ", axis=0")
        return self._called(name, node.parts, ", axis=1")

    def _column(self, node: Node) -> Printed:
        return f"{self.at(node.parts[0], ATOM)}[:, None]", ATOM

    def _einsum(self, node: Node) -> Printed:
        return f"einsum('{node.data}', {', '.join(map(self, node.parts))})", ATOM

    def _split(self, node: Node) -> Printed:
        rows, *parts = node.data
        return f"I.reshape({rows}, {', '.join(map(str, parts))})", ATOM

    def _entries(self, node: Node) -> Printed:
        letters, out, _, whole = node.data
        if not whole:
            return f"einsum('{','.join(letters)}->{out}', {', '.join(map(self, node.parts))})", ATOM
        summed = "".join(sorted({letter for word in letters for letter in word} - set(out)))
        shown = [self._entry(part, word) for part, word in zip(node.parts, letters, strict=True)]
        return f"sum[{','.join(summed)}] " * bool(summed) + "*".join(shown), PRODUCT

    def _entry(self, node: Node, letters: str) -> str:
        if node.kind == "identity":
            return f"({letters[0]}=={letters[1]})"
        return f"{self.at(node, ATOM)}[{','.join(letters)}]" if letters else self._factor(node)

    def _call(self, node: Node) -> Printed:
        name, attributes, _ = node.data
        if name == "unit":
            return self._unit(node), ATOM
        if name == "item" and self._is_spectral_norm(node):
            return self._spectral_norm(node.parts[0])
        if name in ("item", "slice"):
            return f"{self.at(node.parts[0], ATOM)}[{index_text(node)}]", ATOM
        if name == "array":
            return f"[{', '.join(map(self, node.parts))}]", ATOM
        if name == "gather":
            return f"{self.at(node.parts[0], ATOM)}[{self(node.parts[1])}]", ATOM
        if name in BETWEEN and len(node.parts) == 2:
            level = ATOM if name.startswith("logical") else SUM
            return f" {BETWEEN[name]} ".join([self.at(part, level) for part in node.parts]), LOOSE
        if name == "power":
            return f"{self.at(node.parts[0], ATOM)}**{self.at(node.parts[1], ATOM)}", POWER
        if name in PARTS:
            return f"{PARTS[name][0]}({self(node.parts[0])}).{PARTS[name][1]}", ATOM
        if name == "log1pexp":
            return f"log(1 + exp({self(node.parts[0])}))", ATOM
        axes = dict(attributes).get("axes")
        if axes is not None:
            arg = node.parts[0]
            return self._called(name, node.parts, self._axis(tuple(axes), arg.ndim))
        rest = "".join(f", {key}={value}" for key, value in attributes)
        return self._called(SPOKEN.get(name, name), node.parts, rest)

    def _unit(self, node: Node) -> str:
        position = dict(node.data[1])["position"]
        return f"e_{position}" if isinstance(position, int) else f"e[{position}]"

    @staticmethod
    def _is_spectral_norm(node: Node) -> bool:
        (values,) = node.parts
        return (
            values.kind == "call"
            and values.data[0] == "svdvals"
            and values.ndim == 1
            and dict(node.data[1])["position"] == 0
        )

    def _spectral_norm(self, values: Node) -> Printed:
        return self._called("norm", values.parts, ", 2")

    def _axis(self, axes: tuple[int, ...], ndim: int) -> str:
        if len(axes) == ndim:
            return ""
        return f", axis={axes[0] if len(axes) == 1 else axes}"


def index_text(node: Node) -> str:
    """What stands between the brackets of one entry or of a slice."""
    given, ndim = dict(node.data[1]), node.parts[0].ndim
    if node.data[0] == "item":
        return ", ".join([str(given["position"]) if axis == given["axis"] else ":" for axis in range(ndim)])
    triples = zip(given["starts"], given["steps"], given["shape"], strict=True)
    return ", ".join([_slice(start, step, count) for start, step, count in triples])


def _slice(start: Any, step: int, count: Any) -> str:
    stop = start + step * count if step == 1 else start + step * (count - 1) + (1 if step > 0 else -1)
    shown = "" if isinstance(stop, int) and stop < 0 else stop
    return f"{start if start or step < 0 else ''}:{shown}" + (f":{step}" if step != 1 else "")
