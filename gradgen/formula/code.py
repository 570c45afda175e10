"""Matrix notation as NumPy code that can be run: vectors are one-dimensional there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gradgen.errors import GradgenError
from gradgen.formula.notation import Node
from gradgen.formula.text import ATOM, POWER, PRODUCT, Printed, Text
from gradgen.ops import OPS
from gradgen.ops.special import SPECIAL

__all__ = ["Code"]

# Functions that NumPy has under another name, or that are written out.
WRITTEN = {
    "log1pexp": "np.logaddexp(0, {0})",
    "inv": "np.linalg.inv({0})",
    "det": "np.linalg.det({0})",
    "logdet": "np.linalg.slogdet({0})[1]",
    "power": "np.power({0}, {1})",
    "max": "np.max({0}{axis})",
    "min": "np.min({0}{axis})",
    "prod": "np.prod({0}{axis})",
    "reshape": "np.reshape({0}, {shape})",
    "cumsum": "np.cumsum({0}, axis={axis_})",
    "cumprod": "np.cumprod({0}, axis={axis_})",
    "argmax": "np.argmax({0}, axis=-1)",
    "argmin": "np.argmin({0}, axis=-1)",
    "qr_q": "np.linalg.qr({0}, {mode!r}).Q",
    "qr_r": "np.linalg.qr({0}, {mode!r}).R",
    "slogdet": "np.stack(np.linalg.slogdet({0}), axis=-1)",
    "adjugate": "(np.linalg.det({1})[..., None, None]*np.linalg.inv({1}))",
    "cholesky": "np.linalg.cholesky({0})",
    "svdvals": "np.linalg.svd({0}, compute_uv=False)",
    "svd_u": "np.linalg.svd({0}, full_matrices={full}).U",
    "svd_vh": "np.linalg.svd({0}, full_matrices={full}).Vh",
    "eigvalsh": "np.linalg.eigvalsh({0})",
    "eigh_vectors": "np.linalg.eigh({0}).eigenvectors",
    "eig_values_real": "np.linalg.eig({0}).eigenvalues.real",
    "eig_values_imag": "np.linalg.eig({0}).eigenvalues.imag",
    "eig_vectors_real": "np.linalg.eig({0}).eigenvectors.real",
    "eig_vectors_imag": "np.linalg.eig({0}).eigenvectors.imag",
    "sign_of_det": "np.linalg.slogdet({0})[0]",
    "tril": "np.tril({0}, {k})",
    "triu": "np.triu({0}, {k})",
    "diag": "np.diag({0})",
    "astype": "np.asarray({0}).astype({dtype!r})",
    "broadcast": "np.broadcast_to({0}, {shape})",
    "argsort": "np.argsort({0}, axis=-1, kind='stable')",
    "arange": "np.arange({extent}, dtype={dtype!r})",
    "scatter": "np.bincount(np.mod(np.intp(np.ravel({1})), {extent}), np.ravel({0}), {extent})",
    "solve": "np.linalg.solve({0}, {1})",
    "any": "np.any({0}{axis})",
    "all": "np.all({0}{axis})",
}
# Functions of one matrix, not of stacks, that only SciPy has.
OF_MATRICES = {
    "expm": "scipy.linalg.expm({0})",
    "expm_1": "scipy.linalg.expm_frechet({0}, {1}, compute_expm=False)",
    "logm": "scipy.linalg.logm({0})",
    "sqrtm": "scipy.linalg.sqrtm({0})",
    "sylvester": "scipy.linalg.solve_sylvester({0}, {1}, {2})",
}
SCIPY = frozenset({*SPECIAL, "softmax", "logsumexp", "polygamma"})


class Code(Text):
    """Prints nodes as NumPy; ``imports`` collects what is taken from `scipy.special`."""

    def __init__(self, names: Mapping[Node, str] | None = None) -> None:
        super().__init__(names)
        self.imports: set[str] = set()

    def _name(self, node: Node) -> Printed:
        name, code = node.data
        return code or name, ATOM

    def _identity(self, node: Node) -> Printed:
        return f"np.eye({node.data})", ATOM

    def _ones(self, node: Node) -> Printed:
        extents = ", ".join(map(str, node.data))
        return f"np.ones({extents if len(node.data) == 1 else f'({extents})'})", ATOM

    def _matmul(self, node: Node) -> Printed:
        """A diagonal matrix scales the rows or columns of its neighbour."""
        text, tight = "", PRODUCT
        parts = list(node.parts)
        while parts and parts[0].kind == "diag" and len(parts) > 1:
            parts = [*self._scaled_rows(parts[0], parts[1]), *parts[2:]]
        shown: list[Node] = []
        for part in parts:
            if part.kind == "diag" and shown:
                before = shown.pop()
                shown.append(Node("times", (before, part.parts[0]), 2, 2))
            else:
                shown.append(part)
        if len(shown) == 1:
            return self.printed(shown[0])
        text = " @ ".join([self.at(part, POWER) for part in shown])
        return text, tight

    def _scaled_rows(self, diagonal: Node, matrix: Node) -> list[Node]:
        column = Node("column", diagonal.parts, ndim=2)
        if matrix.kind == "diag":
            return [Node("diag", (Node("times", (*diagonal.parts, *matrix.parts), 2, 1),), ndim=2)]
        return [Node("times", (column, matrix), 2, 2)]

    def _row(self, node: Node) -> str:
        return self.at(node, POWER)

    def _outer(self, node: Node) -> Printed:
        return self._called("np.outer", node.parts)

    def _inner(self, node: Node) -> Printed:
        x, y = node.parts
        if x == y and x.ndim == 2:
            return f"np.sum({self.at(x, ATOM)}**2)", ATOM
        return super()._inner(node)

    def _diag(self, node: Node) -> Printed:
        return self._called("np.diag", node.parts)

    _diagonal = _diag

    def _trace(self, node: Node) -> Printed:
        return self._called("np.trace", node.parts)

    def _total(self, node: Node) -> Printed:
        return self._called("np.sum", node.parts)

    def _norm(self, node: Node) -> Printed:
        return self._called("np.linalg.norm", node.parts)

    def _rows(self, node: Node) -> Printed:
        return self._added("np.sum", node)

    def _einsum(self, node: Node) -> Printed:
        return f"np.einsum('{node.data}', {', '.join(map(self, node.parts))})", ATOM

    def _split(self, node: Node) -> Printed:
        rows, *parts = node.data
        return f"np.eye({rows}).reshape({rows}, {', '.join(map(str, parts))})", ATOM

    def _entries(self, node: Node) -> Printed:
        """An einsum, repeated along the axes that no factor has."""
        letters, out, shape, _ = node.data
        missing = [k for k, letter in enumerate(out) if not any(letter in word for word in letters)]
        ones = [f"np.ones({shape[k]})" for k in missing]
        words = [*letters, *[out[k] for k in missing]]
        operands = ", ".join([*map(self, node.parts), *ones])
        return f"np.einsum('{','.join(words)}->{out}', {operands})", ATOM

    def _spectral_norm(self, values: Node) -> Printed:
        return self._called("np.linalg.norm", values.parts, ", 2")

    def _unit(self, node: Node) -> str:
        (extent,), position = node.data[2], dict(node.data[1])["position"]
        return f"np.eye({extent})[{position}]"

    def _call(self, node: Node) -> Printed:
        name, attributes, _ = node.data
        if name in ("unit", "item", "slice"):
            return super()._call(node)
        given = dict(attributes)
        if name == "array":
            return f"np.array([{', '.join(map(self, node.parts))}])", ATOM
        if name == "gather":
            return f"{self.at(node.parts[0], ATOM)}[np.intp({self(node.parts[1])})]", ATOM
        axes = given.get("axes")
        axis = "" if axes is None else self._axis(tuple(axes), node.parts[0].ndim)
        if name in WRITTEN:
            shown = [self(part) for part in node.parts]
            mode = "complete" if given.get("complete") else "reduced"
            filled = {
                "mode": mode,
                "k": 0,
                "full": False,
                "dtype": "f8",
                **given,
                "axis": axis,
                "axis_": given.get("axis"),
            }
            return WRITTEN[name].format(*shown, **filled), ATOM
        if name in OF_MATRICES and node.ndim == 2:
            return OF_MATRICES[name].format(*map(self, node.parts)), ATOM
        if name in SCIPY:
            self.imports.add(name)
            return self._called(name, node.parts, axis)
        if hasattr(np, name) and OPS[name].is_elementwise:
            return self._called(f"np.{name}", node.parts)
        return self._fallback(name, node.parts, given)

    def _fallback(self, name: str, parts: Sequence[Node], attributes: Mapping[str, object]) -> Printed:
        if name == "concatenate":
            return f"np.concatenate([{', '.join(map(self, parts))}], axis={attributes['axis']})", ATOM
        raise GradgenError(f"{name} has no form in NumPy that could be printed; .text shows the formula with it")
