"""Calls of what moves, joins and makes arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.trace.coverage_samples import MASK, MASKS, Function, L, M, Q, Row, S, T, V, W, of, with_each

MODES = ("edge", "reflect", "symmetric", "wrap", "linear_ramp", "maximum", "mean", "median", "minimum")
SHAPES: dict[str, Row] = {
    "atleast_1d": of(S, V)(np.atleast_1d),
    "atleast_2d": of(S, V)(np.atleast_2d),
    "atleast_3d": of(V, M)(np.atleast_3d),
    "broadcast_arrays": of(M, V)(np.broadcast_arrays),
    "broadcast_to": of(V)(lambda x: np.broadcast_to(x, (2, 3, 4))),
    "copy": of(M)(np.copy),
    "expand_dims": of(M)(lambda x: np.expand_dims(x, (0, -1))),
    "flip": of(M)(np.flip, lambda x: np.flip(x, 1)),
    "fliplr": of(M)(np.fliplr),
    "flipud": of(M)(np.flipud),
    "linalg.matrix_transpose": of(T)(np.linalg.matrix_transpose),
    "matrix_transpose": of(T)(np.matrix_transpose),
    "meshgrid": of(V, L)(np.meshgrid, lambda x, y: np.meshgrid(x, y, indexing="ij", sparse=True)),
    "moveaxis": of(T)(lambda x: np.moveaxis(x, 0, -1), lambda x: np.moveaxis(x, [0, 1], [-1, 0])),
    "pad": of(M)(
        lambda x: np.pad(x, 2),
        lambda x: np.pad(x, ((1, 0), (2, 3)), constant_values=((1.0, 2.0), (3.0, 4.0))),
        *with_each(lambda mode: lambda x: np.pad(x, ((2, 5), (1, 6)), mode), MODES),
        lambda x: np.pad(x, ((1, 2), (2, 2)), "reflect", reflect_type="odd"),
        lambda x: np.pad(x, 3, "symmetric", reflect_type="odd"),
        lambda x: np.pad(x, (2, 1), "linear_ramp", end_values=(1.0, -1.0)),
        lambda x: np.pad(x, 2, "mean", stat_length=2),
        lambda x: np.pad(x, 1, "maximum", stat_length=((1, 2), (3, 1))),
    )
    + of(V, S)(lambda x, c: np.pad(x, (2, 1), constant_values=c)),
    "permute_dims": of(T)(lambda x: np.permute_dims(x, (2, 0, 1))),
    "ravel": of(M)(np.ravel, lambda x: np.ravel(x, "F")),
    "repeat": of(M)(
        lambda x: np.repeat(x, 2), lambda x: np.repeat(x, 3, axis=0), lambda x: np.repeat(x, [1, 0, 2], axis=0)
    ),
    "reshape": of(M)(lambda x: np.reshape(x, (2, -1)), lambda x: np.reshape(x, (4, 3), order="F")),
    "resize": of(M)(lambda x: np.resize(x, (5, 7)), lambda x: np.resize(x, 5)),
    "roll": of(M)(lambda x: np.roll(x, 2), lambda x: np.roll(x, (1, -2), (0, 1)), lambda x: np.roll(x, -5, axis=1)),
    "rollaxis": of(T)(lambda x: np.rollaxis(x, 2), lambda x: np.rollaxis(x, 0, 2)),
    "rot90": of(M)(np.rot90, lambda x: np.rot90(x, -1), lambda x: np.rot90(x, 2, (1, 0))),
    "squeeze": of(V)(lambda x: np.squeeze(x[None, :, None]), lambda x: np.squeeze(x[None, :, None], 0)),
    "swapaxes": of(T)(lambda x: np.swapaxes(x, 0, 2)),
    "tile": of(M)(lambda x: np.tile(x, 2), lambda x: np.tile(x, (2, 1, 3))),
    "transpose": of(T)(np.transpose, lambda x: np.transpose(x, (1, 2, 0))),
    "lib.stride_tricks.sliding_window_view": of(L)(lambda x: np.lib.stride_tricks.sliding_window_view(x, 3))
    + of(M)(lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 2))),
}

JOINING: dict[str, Row] = {
    "append": of(M, V)(np.append, lambda x, y: np.append(x, y[None], axis=0)),
    "apply_along_axis": of(M)(
        lambda x: np.apply_along_axis(np.sum, 0, x), lambda x: np.apply_along_axis(lambda row: row[:2] ** 2, 1, x)
    ),
    "apply_over_axes": of(T)(lambda x: np.apply_over_axes(np.sum, x, [0, 2])),
    "array_split": of(L)(lambda x: np.array_split(x, 3), lambda x: np.array_split(x, [2, 5])),
    "bincount": of(V)(lambda x: np.bincount([2, 0, 2, 4], x, minlength=7)),
    "block": of(M, V)(lambda x, y: np.block([[x], [y]]), lambda x, y: np.block([[x, x], [np.ones((3, 8))]])),
    "column_stack": of(V, W)(lambda x, y: np.column_stack([x, y])),
    "compress": of(M)(lambda x: np.compress(MASK, x, axis=1), lambda x: np.compress(MASK, x)),
    "concatenate": of(M, V)(
        lambda x, y: np.concatenate([x, y[None]]),
        lambda x, y: np.concatenate([x, x], axis=-1),
        lambda x, y: np.concatenate((x, y), axis=None),
    ),
    "delete": of(M)(lambda x: np.delete(x, 1, axis=0), lambda x: np.delete(x, [0, -1])),
    "dsplit": of(T)(lambda x: np.dsplit(x, 2)),
    "dstack": of(V, W)(lambda x, y: np.dstack([x, y])),
    "extract": of(M)(lambda x: np.extract(MASKS, x)),
    "hsplit": of(M)(lambda x: np.hsplit(x, [1, 3])),
    "hstack": of(V, W)(lambda x, y: np.hstack([x, y])),
    "insert": of(M, V)(
        lambda x, y: np.insert(x, 1, y, axis=0),
        lambda x, y: np.insert(x, [0, 2], 1.0, axis=1),
        lambda x, y: np.insert(y, -1, x[0, 0]),
        lambda x, y: np.insert(y, slice(0, 2), x[0, :2]),
    ),
    "split": of(V)(lambda x: np.split(x, 2), lambda x: np.split(x, [1, 3])),
    "stack": of(V, W)(lambda x, y: np.stack([x, y]), lambda x, y: np.stack([x, y], axis=-1)),
    "unstack": of(M)(lambda x: np.unstack(x, axis=1)) if hasattr(np, "unstack") else [],
    "vsplit": of(M)(lambda x: np.vsplit(x, 3)),
    "vstack": of(M, V)(lambda x, y: np.vstack([x, y])),
}

DIAGONALS: dict[str, Row] = {
    "diag": of(V)(np.diag, lambda x: np.diag(x, -2)) + of(M)(np.diag, lambda x: np.diag(x, 1)),
    "diagflat": of(Q)(np.diagflat),
    "diag_indices_from": of(Q)(lambda x: x[np.diag_indices_from(x)]),
    "diagonal": of(T)(np.diagonal, lambda x: np.diagonal(x, 1, 2, 1)),
    "linalg.diagonal": of(T)(np.linalg.diagonal),
    "linalg.trace": of(T)(np.linalg.trace),
    "trace": of(T)(np.trace) + of(M)(lambda x: np.trace(x, 1)),
    "tril": of(M)(np.tril, lambda x: np.tril(x, -1)),
    "tril_indices_from": of(M)(lambda x: x[np.tril_indices_from(x)]),
    "triu_indices_from": of(M)(lambda x: x[np.triu_indices_from(x, 1)]),
    "triu": of(T)(np.triu, lambda x: np.triu(x, 1)),
}


def stored(store: Function) -> Function:
    """A function that writes into an array which it has made."""

    def function(x: Any) -> Any:
        out = np.zeros((3, 4))
        store(out, x)
        return out * x[0, 0]

    return function


CREATION: dict[str, Row] = {
    "arange": of(V)(lambda x: np.arange(4) * x),
    "array": of(V)(lambda x: np.array([[x[0], 1.0], [x[1], x[2]]]), lambda x: np.array(x)),
    "asanyarray": of(V)(lambda x: np.asanyarray(x)),
    "asarray": of(V)(lambda x: np.asarray(x), lambda x: np.asarray([x, 2 * x])),
    "ascontiguousarray": of(V)(lambda x: np.ascontiguousarray(x)),
    "asfortranarray": of(M)(lambda x: np.asfortranarray(x)),
    "copyto": of(M)(stored(lambda out, x: np.copyto(out, x, where=MASKS))),
    "empty": of(V)(lambda x: 0 * np.empty(4) + x),
    "eye": of(Q)(lambda x: np.eye(3) @ x),
    "fill_diagonal": of(M)(stored(lambda out, x: np.fill_diagonal(out, x[0, :3]))),
    "full": of(V)(lambda x: np.full((2, 3), x[0])),
    "identity": of(Q)(lambda x: x - np.identity(3)),
    "ones": of(V)(lambda x: np.ones(4) * x),
    "place": of(M)(stored(lambda out, x: np.place(out, MASKS, x[0]))),
    "put": of(M)(stored(lambda out, x: np.put(out, [1, -1, 5], x[1]))),
    "put_along_axis": of(M)(stored(lambda out, x: np.put_along_axis(out, np.array([[1], [3], [0]]), x[:, :1], axis=1))),
    "putmask": of(M)(stored(lambda out, x: np.putmask(out, MASKS, x))),
    "require": of(V)(lambda x: np.require(x, np.float64)),
    "tri": of(Q)(lambda x: np.tri(3) * x),
    "zeros": of(V)(lambda x: np.zeros(4) + x),
    "empty_like": of(M)(lambda x: 0 * np.empty_like(x)),
    "full_like": of(M, V)(np.full_like, lambda x, y: np.full_like(y, x[0, 0])),
    "geomspace": of(S)(lambda x: np.geomspace(x, 3 * x, 5), lambda x: np.geomspace(-1.0, -x, 4)),
    "linspace": of(S, V)(
        lambda x, y: np.linspace(0, x, 4),
        lambda x, y: np.linspace(x, y, 3, endpoint=False),
        lambda x, y: np.linspace(x, y, 3, axis=-1),
        lambda x, y: np.linspace(x, 2.0, 5, retstep=True),
    ),
    "logspace": of(S)(lambda x: np.logspace(0, x, 4), lambda x: np.logspace(x, 1.0, 3, base=2.0)),
    "ones_like": of(M)(np.ones_like),
    "zeros_like": of(M)(lambda x: np.zeros_like(x, shape=(2,))),
}
