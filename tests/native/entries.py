"""The entries of kernels.c and their types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gradgen.ir.types import Dim, Type, TypeMaker
from gradgen.native.signature import Signature

F64 = TypeMaker(np.float64)
SOURCE = Path(__file__).with_name("kernels.c").read_text()

SIGNATURES = {
    signature.name: signature
    for signature in [
        Signature("add", ("n",), (F64["n"], F64["n"]), (F64["n"],), ("x", "y")),
        Signature("transpose_sum", (), (F64[2, 3],), (F64[3, 2], F64.scalar), ("x",)),
        Signature("difference", ("n",), (F64["n"],), (Type(np.dtype(float), (Dim("n", -1),)),), ("x",)),
        Signature("fail", (), (Type(np.dtype(np.int64)),), (F64.scalar,), ("code",)),
        Signature("repeat", ("n",), (F64["n"],), (F64.scalar,), ("x",)),
        Signature("greedy", (), (F64.scalar,), (F64.scalar,), ("x",)),
        Signature("blas_dot", ("n",), (F64["n"], F64["n"]), (F64.scalar,), ("x", "y"), ("ddot",)),
    ]
}


def echo(dtype: Any) -> Signature:
    """The signature of the entry that gives a number of this dtype back."""
    type_ = Type(np.dtype(dtype))
    return Signature(f"echo{type_.dtype.itemsize}", (), (type_,), (type_,), ("x",))
