"""Pytrees come apart and go together again."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradgen.errors import ArgumentError
from gradgen.ir import Dim, TypeMaker
from gradgen.trace import LEAF, flatten, register_pytree

Pair = namedtuple("Pair", ["left", "right"])


@dataclass(frozen=True, slots=True)
class Layer:
    weights: Any
    bias: Any

    def __post_init__(self) -> None:
        assert self.weights is not None, "containers of tracers are not checked again"


class Box:
    def __init__(self, content: Any) -> None:
        self.content = content


NESTED = st.recursive(
    st.integers() | st.text(max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
        | st.builds(Pair, inner, inner)
        | st.builds(Layer, inner, st.none())
    ),
    max_leaves=8,
)


@given(NESTED)
def test_what_comes_apart_goes_together_again(obj: Any) -> None:
    leaves, tree = flatten(obj)
    assert tree.unflatten(leaves) == obj
    assert (tree.count, len(tree.paths())) == (len(leaves), len(leaves))
    again = flatten(tree.unflatten(range(tree.count)))
    assert again[0] == list(range(tree.count))
    assert again[1] == tree
    assert hash(again[1]) == hash(tree)


def test_dicts_are_sorted_if_their_keys_can_be() -> None:
    assert flatten({"b": 1, "a": 2})[0] == [2, 1]
    assert flatten({"b": 1, 3: 2})[0] == [1, 2]
    assert flatten({"b": 1, "a": 2})[1] == flatten({"a": 5, "b": 6})[1]
    assert flatten(OrderedDict(b=1, a=2))[0] == [1, 2]


def test_structures_differ_by_kind_and_keys() -> None:
    trees = [flatten(obj)[1] for obj in ((1,), [1], {"a": 1}, {"b": 1}, 1, None, Pair(1, None), Layer(1, None))]
    assert len(set(trees)) == len(trees)
    assert trees[4] == LEAF


def test_a_leaf_is_everything_else() -> None:
    leaves = [np.ones(2), "text", len, TypeMaker(np.float64)[3], Dim("n"), Layer]
    assert flatten(tuple(leaves))[0] == leaves


def test_paths_name_the_leaves() -> None:
    obj = ({"w": 1, "b": [2, 3]}, Layer(4, 5), Pair(6, None), (7,))
    assert flatten(obj)[1].paths() == [
        ("0", "b", "0"),
        ("0", "b", "1"),
        ("0", "w"),
        ("1", "weights"),
        ("1", "bias"),
        ("2", "left"),
        ("3", "0"),
    ]


def test_positions_of_leaves_for_the_dispatcher() -> None:
    assert flatten(1)[1].nested() == 0
    assert flatten((1, ((2,), 3), 4))[1].nested() == (0, ((1,), 2), 3)
    assert flatten((1, [2, {"b": 3, "a": 4}]))[1].nested() == (0, [1, {"a": 2, "b": 3}])
    assert flatten((1, None))[1].nested() is None
    assert flatten(Pair(1, 2))[1].nested() is None


def test_a_registered_class_is_a_container() -> None:
    assert flatten(Box(1))[1] == LEAF
    register_pytree(Box, lambda box: ((box.content,), None), lambda _, children: Box(*children))
    leaves, tree = flatten([Box((1, 2))])
    assert leaves == [1, 2]
    assert tree.unflatten(["a", "b"])[0].content == ("a", "b")
    with pytest.raises(ArgumentError, match="Box is a container already"):
        register_pytree(Box, lambda box: ((), None), lambda _, children: Box(None))


def test_the_number_of_leaves_must_fit() -> None:
    with pytest.raises(ArgumentError, match="1 values for a structure of 2"):
        flatten((1, 2))[1].unflatten([1])
