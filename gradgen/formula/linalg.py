"""What the ops of linear algebra mean to a person. A factor that is solved with is an inverse to be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradgen.formula.algebra import einsum, factor_expr, number
from gradgen.formula.term import Call, Delta, Expr
from gradgen.ir import Extent, Node

__all__ = ["LINALG"]


def _function(name: str, a: Expr, shape: tuple[Extent, ...]) -> Expr:
    return factor_expr(Call(name, (a,), shape, False))


def inverse(a: Expr) -> Expr:
    """The inverse; that of a transpose, transposed."""
    turned = einsum([(a, (1, 0))], a.shape)
    if _transposes(turned) < _transposes(a):
        return einsum([(_function("inv", turned, a.shape), (1, 0))], a.shape)
    return _function("inv", a, a.shape)


def _transposes(a: Expr) -> int:
    return sum(factor.labels == (1, 0) for term in a.terms for factor in term.factors)


def _solve(node: Node, f: Expr, a: Expr, b: Expr) -> Expr | None:
    """A^-1 B, or A^-T B."""
    transposed = bool(dict(node.attributes).get("transposed"))
    if a.ndim == 2:
        return _times_inverse(inverse(a), b, transposed)
    if transposed or b.ndim != a.ndim:
        return None
    return factor_expr(Call("solve", (a, b), b.shape, False))


def _times_inverse(inverted: Expr, b: Expr, transposed: bool) -> Expr:
    summed = b.ndim
    labels = (summed, 0) if transposed else (0, summed)
    return einsum([(inverted, labels), (b, (summed, *range(1, b.ndim)))], b.shape)


def _triangular_solve(node: Node, t: Expr, b: Expr) -> Expr | None:
    if t.ndim != 2 or node["unit"]:
        return None
    single = t.single
    is_factor = single is not None and isinstance(single.base, Call) and single.base.name == "cholesky"
    read = t if is_factor and node["lower"] else _function("tril" if node["lower"] else "triu", t, t.shape)
    return _times_inverse(_function("inv", read, t.shape), b, node["transposed"])


def _slogdet(node: Node, f: Expr, a: Expr) -> Expr:
    return _function("slogdet", a, node.type.shape)


def _inverse(node: Node, f: Expr, a: Expr) -> Expr | None:
    return inverse(a) if a.ndim == 2 else _function("inv", a, a.shape)


def _adjugate(node: Node, f: Expr, a: Expr) -> Expr | None:
    """det(A) inv(A), where A has an inverse."""
    return einsum([(_function("det", a, ()), ()), (inverse(a), (0, 1))], a.shape) if a.ndim == 2 else None


def _part(name: str, kept: str) -> Callable[..., Expr | None]:
    """A part of a decomposition of the last operand, and an attribute that it depends on."""
    return lambda node, *operands: factor_expr(Call(name, operands[-1:], node.type.shape, False, ((kept, node[kept]),)))


def _of_matrix(name: str) -> Callable[..., Expr | None]:
    """A function of the last operand, the matrix; the others are its factors."""
    return lambda node, *operands: _function(name, operands[-1], node.type.shape)


def _extremum(node: Node, x: Expr) -> Expr | None:
    """The largest or smallest of values that come sorted is the first or the last."""
    single = x.single
    if single is None or not isinstance(single.base, Call) or single.base.name not in ("svdvals", "eigvalsh"):
        return None
    if node["axes"] != (0,) or not isinstance(x.shape[0], int):
        return None
    first = (node.op.name == "max") == (single.base.name == "svdvals")
    position = 0 if first else x.shape[0] - 1
    return einsum([(x, (0,)), (_unit(x.shape[0], position), (0,))], ())


def _slice(node: Node, x: Expr) -> Expr | None:
    """An axis of which one element is taken is gone; that of a log-determinant's two numbers is known."""
    single = x.single
    if single is not None and isinstance(single.base, Call) and single.base.name == "slogdet" and x.ndim == 1:
        name = "logdet" if node["starts"] == (1,) else "sign_of_det"
        return einsum([(_function(name, single.base.args[0], ()), ())], node.type.shape)
    ones = [axis for axis, count in enumerate(node.type.shape) if count == 1 and x.shape[axis] != 1]
    kept = [axis for axis in range(x.ndim) if axis not in ones]
    if any((node["starts"][k], node["steps"][k], node.type.shape[k]) != (0, 1, x.shape[k]) for k in kept):
        return None
    units = [(_unit(x.shape[axis], node["starts"][axis]), (x.ndim + axis,)) for axis in ones]
    return einsum([(x, [x.ndim + axis if axis in ones else axis for axis in range(x.ndim)]), *units], node.type.shape)


def _unit(extent: Extent, position: Extent) -> Expr:
    """A vector of zeros with a one."""
    return factor_expr(Call("unit", (), (extent,), False, (("position", position),)))


def _embed(node: Node, x: Expr) -> Expr | None:
    """Zeros with a part that is not: a product with some rows of the identity, or a unit vector for a single entry."""
    return _placed(x, node.type.shape, node["starts"], node["steps"])


def _placed(x: Expr, shape: Sequence[Extent], starts: Sequence[Extent], steps: Sequence[int]) -> Expr:
    labels, operands = list(range(x.ndim)), []
    for axis, (count, extent) in enumerate(zip(x.shape, shape, strict=True)):
        if (starts[axis], steps[axis], count) != (0, 1, extent):
            labels[axis] = x.ndim + axis
            one = count == 1
            rows = _unit(extent, starts[axis]) if one else _rows(starts[axis], steps[axis], count, extent)
            operands.append((rows, (axis,) if one else (x.ndim + axis, axis)))
    return einsum([(x, labels), *operands], tuple(shape))


def _rows(start: Extent, step: int, count: Extent, extent: Extent) -> Expr:
    """The rows of the identity at the positions of a slice."""
    given = (("shape", (count, extent)), ("starts", (start, 0)), ("steps", (step, 1)))
    return factor_expr(Call("slice", (factor_expr(Delta((extent, extent))),), (count, extent), False, given))


def _concatenate(node: Node, *xs: Expr) -> Expr | None:
    """Joined with nothing but zeros, it is a part of a larger array."""
    axis, start = node["axis"], 0
    found = number(0, node.type.shape)
    for x in xs:
        extent = x.shape[axis]
        if not isinstance(extent, int):
            return None
        if x.terms:
            if found.terms:
                return _array_of(node, xs)
            starts = tuple(start if k == axis else 0 for k in range(x.ndim))
            found = _placed(x, node.type.shape, starts, (1,) * x.ndim)
        start += extent
    return found


def _array_of(node: Node, xs: Sequence[Expr]) -> Expr | None:
    """Numbers next to each other."""
    if node.type.ndim != 1 or any(x.shape != (1,) for x in xs):
        return None
    return factor_expr(Call("array", tuple([einsum([(x, (0,))], ()) for x in xs]), node.type.shape, False))


# Complex numbers are pairs.
PARTS = ("real", "imag")
LINALG: dict[str, Callable[..., Expr | None]] = {
    "lu_solve": _solve,
    "cholesky_solve": _solve,
    "triangular_solve": _triangular_solve,
    "lu_inverse": _inverse,
    "cholesky_inverse": _inverse,
    "adjugate": _adjugate,
    "lu_det": _of_matrix("det"),
    "lu_slogdet": _slogdet,
    "cholesky_logdet": _of_matrix("logdet"),
    "cholesky": _of_matrix("cholesky"),
    "svd_u": _part("svd_u", "full"),
    "svd_s": _of_matrix("svdvals"),
    "svd_vh": _part("svd_vh", "full"),
    "qr_q": _part("qr_q", "complete"),
    "qr_r": _part("qr_r", "complete"),
    "svdvals": _of_matrix("svdvals"),
    "eigh_values": _of_matrix("eigvalsh"),
    "eigh_vectors": _of_matrix("eigh_vectors"),
    "eigvalsh": _of_matrix("eigvalsh"),
    "eig_values": lambda node, f, a: _function(f"eig_values_{PARTS[node['part']]}", a, node.type.shape),
    "eig_vectors": lambda node, f, a: _function(f"eig_vectors_{PARTS[node['part']]}", a, node.type.shape),
    "max": _extremum,
    "min": _extremum,
    "slice": _slice,
    "embed": _embed,
    "place": _embed,
    "pseudo_inverse": lambda node, p, a: p,
    "least_squares": lambda node, x, *others: x,
    "concatenate": _concatenate,
}
