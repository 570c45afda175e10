from __future__ import annotations

import json

import pytest

from gradgen.native.signature import Signature
from tests.native.entries import SIGNATURES, echo


@pytest.mark.parametrize("signature", [*SIGNATURES.values(), echo(bool), echo("c16"), echo("f4")], ids=lambda s: s.name)
def test_json_and_back(signature: Signature) -> None:
    assert Signature.from_json(json.loads(json.dumps(signature.to_json()))) == signature


def test_slots_number_the_dimensions() -> None:
    difference = SIGNATURES["difference"]
    assert difference.slots(difference.arguments) == (("d", ((0, 0),)),)
    assert difference.slots(difference.results) == (("d", ((0, -1),)),)
