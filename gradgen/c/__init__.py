"""Loop IR as C text."""

from gradgen.c.emit import emit

__all__ = ["emit"]
