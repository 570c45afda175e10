"""Functions of NumPy that move, join, choose and index elements, with their arguments."""

from __future__ import annotations

import numpy as np

from tests.trace.samples import LONG, MASK, WHOLE, M, S, T, V, W, over

SHAPES = [
    *over(
        M,
        reshape=lambda x: x.reshape(2, 6),
        rest=lambda x: x.reshape(2, -1),
        fortran=lambda x: x.reshape((6, 2), order="F"),
    ),
    *over(M, ravel=np.ravel, flatten=lambda x: x.flatten(), columns=lambda x: x.ravel("F"), transposed=np.transpose),
    *over(
        T,
        transpose=lambda x: x.transpose(1, 0, 2),
        swap=lambda x: x.swapaxes(0, 2),
        move=lambda x: np.moveaxis(x, 0, -1),
    ),
    *over(
        T,
        moves=lambda x: np.moveaxis(x, (0, 1), (2, 0)),
        roll=lambda x: np.rollaxis(x, 2),
        tuple=lambda x: x.transpose((2, 0, 1)),
    ),
    *over(
        M,
        expand=lambda x: np.expand_dims(x, (0, 2)),
        squeeze=lambda x: np.squeeze(x[:, :1]),
        last=lambda x: x[:1].squeeze(0),
    ),
    *over(V, broadcast=lambda x: np.broadcast_to(x, (2, 3)), pair=lambda x: np.broadcast_arrays(x, x[:, None])),
    *over(
        V,
        LONG,
        meshgrid=np.meshgrid,
        ij=lambda x, y: np.meshgrid(x, y, V, indexing="ij"),
        thin=lambda x, y: np.meshgrid(x, y, sparse=True),
    ),
    *over(S, one=np.atleast_1d, two=np.atleast_2d, three=np.atleast_3d),
    *over(
        M,
        three=np.atleast_3d,
        flip=np.flip,
        down=np.flipud,
        left=np.fliplr,
        turn=np.rot90,
        back=lambda x: np.rot90(x, 3),
    ),
    *over(V, atleast=lambda x: np.atleast_2d(x, 1.0), third=np.atleast_3d, copy=np.copy, method=lambda x: x.copy()),
    *over(LONG, roll=lambda x: np.roll(x, 2), back=lambda x: np.roll(x, -3), round=lambda x: np.roll(x, 9)),
    *over(
        M, both=lambda x: np.roll(x, (1, 2), (0, 1)), all=lambda x: np.roll(x, 5), mT=lambda x: np.matrix_transpose(x)
    ),
]

JOINING = [
    *over(
        V, W, concatenate=lambda x, y: np.concatenate([x, y, V]), stack=lambda x, y: np.stack([x, y]), append=np.append
    ),
    *over(
        V,
        W,
        columns=lambda x, y: np.column_stack([x, y]),
        last=lambda x, y: np.stack([x, y], -1),
        v=lambda x, y: np.vstack([x, y]),
    ),
    *over(
        M, V, hstack=lambda x, y: np.hstack([x, y[:, None]]), flat=lambda x, y: np.concatenate([x, y[:, None]], None)
    ),
    *over(
        M,
        tile=lambda x: np.tile(x, 2),
        tiles=lambda x: np.tile(x, (2, 1, 3)),
        repeat=lambda x: np.repeat(x, 2),
        d=lambda x: np.dstack([x, x]),
    ),
    *over(
        M,
        rows=lambda x: np.repeat(x, 3, axis=0),
        some=lambda x: np.repeat(x, [1, 0, 2], axis=0),
        pad=lambda x: np.pad(x, 1),
    ),
    *over(
        LONG,
        diff=np.diff,
        twice=lambda x: np.diff(x, 2),
        split=lambda x: np.array_split(x, 3),
        at=lambda x: np.split(x, [2, 5]),
    ),
    *over(M, hsplit=lambda x: np.hsplit(x, 2), vsplit=lambda x: np.vsplit(x, 3), diff_0=lambda x: np.diff(x, axis=0)),
    *over(
        M,
        delete=lambda x: np.delete(x, 1, axis=0),
        without=lambda x: np.delete(x, [0, 3], 1),
        flat_without=lambda x: np.delete(x, -2),
    ),
    *over(M, tril=np.tril, triu=lambda x: np.triu(x, 1), block=lambda x: np.block([[x, x], [x * 2, np.ones((3, 4))]])),
    *over(WHOLE, V, mixed=lambda i, x: np.concatenate([i, x]), pad_one=lambda i, x: np.pad(x, (1, 2))),
    *over(S, numbers=lambda x: np.stack([x, 1.0, 2]), hstacked=lambda x: np.hstack([x, x])),
]

CHOICES = [
    *over(
        S,
        linspace=lambda x: np.linspace(0.0, x, 4),
        open=lambda x: np.linspace(x, 2 * x, 3, endpoint=False),
        trunc=lambda x: np.trunc(3 * x),
    ),
    *over(
        V,
        W,
        where=lambda x, y: np.where(x > y, x, y),
        zero=lambda x, y: np.where(x > 0.5, x, 0),
        mask=lambda x, y: np.where(MASK, x, y),
    ),
    *over(
        V,
        clip=lambda x: np.clip(x, 0.3, 0.8),
        low=lambda x: x.clip(0.5),
        high=lambda x: np.clip(x, None, 0.5),
        named=lambda x: x.clip(max=0.4),
    ),
    *over(
        V,
        select=lambda x: np.select([x < 0.3, x < 0.6], [x, 2 * x], 1.0),
        poly=lambda x: np.polyval(x, 2.0),
        at=lambda x: np.polyval([1, 2.0], x),
    ),
    *over(
        V,
        zeros=np.zeros_like,
        ones=lambda x: np.ones_like(x, dtype=int),
        full=lambda x: np.full_like(x, x[0]),
        shaped=lambda x: np.zeros_like(x, shape=(2, 2)),
    ),
    *over(
        np.array([np.nan, np.inf, 1.0]), numbers=np.nan_to_num, chosen=lambda x: np.nan_to_num(x, nan=1.0, posinf=2.0)
    ),
    *over(
        V,
        cast=lambda x: x.astype(np.float32),
        whole=lambda x: (x * 9).astype(int),
        truth=lambda x: x.astype(bool),
        real=np.real,
    ),
    *over(
        V,
        size=lambda x: x * x.size + x.ndim + len(x),
        shape=lambda x: np.sum(x) / x.shape[0],
        iterated=lambda x: [y * 2 for y in x],
    ),
]

INDEXING = [
    *over(
        LONG,
        first=lambda x: x[0],
        last=lambda x: x[-1],
        head=lambda x: x[:3],
        tail=lambda x: x[2:],
        step=lambda x: x[1:6:2],
    ),
    *over(
        LONG,
        back=lambda x: x[::-1],
        down=lambda x: x[5:1:-2],
        beyond=lambda x: x[3:99],
        none=lambda x: x[4:2],
        inner=lambda x: x[-5:-1],
    ),
    *over(
        T,
        row=lambda x: x[1],
        element=lambda x: x[1, -1, 2],
        dots=lambda x: x[..., 0],
        new=lambda x: x[:, None, 0],
        middle=lambda x: x[0, ..., 1:3],
    ),
    *over(
        LONG,
        listed=lambda x: x[[0, 2, 1, -1]],
        mask=lambda x: x[LONG > 0.5],
        table=lambda x: x[np.array([[0, 1], [5, 3]])],
        empty=lambda x: x[[]],
    ),
    *over(
        M,
        rows=lambda x: x[[2, 0]],
        columns=lambda x: x[:, [1, 1, 3]],
        one=lambda x: x[[0, 2], 1],
        picked=lambda x: x[1, [0, 3]],
        ranges=lambda x: (x[range(3), [0, 3, 1]], x[range(0)]),
    ),
    *over(
        M,
        take=lambda x: np.take(x, [1, 2]),
        axis=lambda x: x.take([0, 3], axis=1),
        single=lambda x: np.take(x, 1, axis=0),
    ),
    *over(
        M,
        at=lambda x: x[np.int64(1), np.int32(2)],
        masked=lambda x: x[MASK],
        ellipsis=lambda x: x[...],
        whole=lambda x: x[()],
    ),
]

MOVING = {"shapes": SHAPES, "joining": JOINING, "choices": CHOICES, "indexing": INDEXING}
