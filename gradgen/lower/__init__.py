"""From the optimised graph to loop nests: what to store, which loops to share, where values live."""

from gradgen.lower.kernel import lower

__all__ = ["lower"]
