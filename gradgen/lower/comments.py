"""The user's statements beside the C: each where it first matters, not again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gradgen.nest import Assign, Call, For, Let, Statement, Store, When

__all__ = ["comment_once"]


def comment_once(body: Sequence[Statement], shown: set[str] | None = None) -> tuple[Statement, ...]:
    """The statements, with each comment only where it stands first."""
    seen: set[str] = set() if shown is None else shown
    result: list[Statement] = []
    for statement in body:
        if isinstance(statement, For | When):
            result.append(replace(statement, body=comment_once(statement.body, seen)))
        elif isinstance(statement, Let | Assign | Store | Call) and statement.comment in seen:
            result.append(replace(statement, comment=""))
        else:
            if isinstance(statement, Let | Assign | Store | Call):
                seen.add(statement.comment)
            result.append(statement)
    return tuple(result)
