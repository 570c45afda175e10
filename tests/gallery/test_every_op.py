"""Forward and reverse mode agree for every op, over random shapes: <w, J t> is the same by both."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from gradgen.diff import pull_back, push_forward
from gradgen.ops import OPS
from tests.interpret import inputs_like, interpret
from tests.ops.cases import Case, smooth_cases
from tests.ops.differences import inner
from tests.ops.test_ops import Call

pytestmark = pytest.mark.slow

SMOOTH: dict[str, list[Case]] = {}
for _name, _case in smooth_cases():
    SMOOTH.setdefault(_name, []).append(_case)


@pytest.mark.parametrize("name", SMOOTH)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_forward_and_reverse_agree(name: str, data: st.DataObject, seed: int) -> None:
    made = Call(name, *drawn(name, data))
    tangents, [cotangent] = made.tangents(), inputs_like(made.graph, [made.out])
    pushed = push_forward([made.out], made.moving, tangents)
    pulled = pull_back([made.out], made.moving, [cotangent])
    rng = np.random.default_rng(seed)
    directions = [np.asarray(rng.standard_normal(d.shape), d.dtype) for d in (*tangents, cotangent)]
    values = made.case.draw(made.case.real or "d", seed)
    [moved, *back] = made.run(interpret, [*pushed, *pulled], [*values, *directions])
    forward, scale = inner([moved], directions[-1:])
    backward, _ = inner(back, directions[:-1])
    assert abs(forward - backward) <= (1e-11 if made.out.dtype == np.float64 else 1e-5) * scale


def drawn(name: str, data: st.DataObject) -> tuple[Case, str]:
    """A row of the table, of a random shape if any shape will do; and its dtypes."""
    case = data.draw(st.sampled_from(SMOOTH[name]))
    if OPS[name].is_elementwise:
        shape = data.draw(array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
        case = Case(case.domains, (shape,) * len(case.shapes), case.dtypes, case.attributes)
    return case, case.real or "d"
