"""What can go wrong, as few kinds of error as a caller can usefully tell apart.

Every message says what was wrong, where in the user's file, and what to do about it. Each kind
also derives from the built-in error NumPy would raise, so existing ``except`` clauses keep working.
"""

from __future__ import annotations

__all__ = [
    "ArgumentError",
    "CompilerError",
    "DifferentiationError",
    "DTypeError",
    "GradgenError",
    "ShapeError",
    "TraceError",
    "counted",
]


class GradgenError(Exception):
    """The root of every error that gradgen raises on purpose."""


class ShapeError(GradgenError, ValueError):
    """Shapes that do not fit together in an operation of the traced function."""


class DTypeError(GradgenError, TypeError):
    """A dtype that an operation does not take."""


class TraceError(GradgenError, TypeError):
    """The function does something with a traced value that a static graph cannot hold."""


class DifferentiationError(GradgenError, TypeError):
    """A derivative was asked for that does not exist, or of something that is not a real number."""


class ArgumentError(GradgenError, TypeError, ValueError):
    """A compiled function was called with arguments of the wrong number, dtype or shape."""


class CompilerError(GradgenError, RuntimeError):
    """The C compiler refused generated code: a defect of gradgen, reported with the saved source."""


def counted(number: int, noun: str) -> str:
    """A number of things, in words of a message.

    Examples
    --------
    >>> counted(1, "argument"), counted(2, "argument")
    ('1 argument', '2 arguments')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
