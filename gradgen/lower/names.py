"""Names for the C: the user's where there are any, valid, and unique in their scope."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradgen.errors import GradgenError

__all__ = ["LOOP_VARIABLES", "NOUNS", "Namer", "c_name"]

LOOP_VARIABLES = ("i", "j", "k", "l", *(f"i{depth}" for depth in range(4, 20)))

# What a value is called that its user gave no name: the op's name, or the noun for what it makes.
NOUNS = {
    "add": "sum",
    "subtract": "difference",
    "multiply": "product",
    "contract": "product",
    "divide": "quotient",
    "negative": "minus",
    "sum": "total",
    "max": "largest",
    "min": "smallest",
    "prod": "product",
    "where": "chosen",
    "astype": "converted",
    "concatenate": "joined",
    "place": "placed",
    "power": "power",
}

KEYWORDS = frozenset(
    (
        "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum",
        "extern", "float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return",
        "short", "signed", "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void",
        "volatile", "while", "asm", "bool", "complex", "work", "dims", "main", "ptrdiff_t", "size_t", "int64_t",
        "int32_t", "int8_t", "NULL", "i0", "i1", "place", "status", "linux", "unix", "typeof", "_Bool", "_Complex",
    )
)  # fmt: skip
# What the C library calls functions of its own; a compiler knows their types.
LIBRARY = frozenset(
    (
        "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "atof", "atoi", "calloc", "cbrt",
        "ceil", "conj", "copysign", "cos", "cosh", "div", "erf", "erfc", "exit", "exp", "exp2", "expm1", "fabs",
        "fdim", "floor", "fma", "fmax", "fmin", "fmod", "free", "frexp", "gamma", "hypot", "ilogb", "index",
        "j0", "j1", "jn", "ldexp", "lgamma", "log", "log10", "log1p", "log2", "logb", "malloc", "memcpy",
        "memset", "modf", "nan", "nextafter", "pow", "pow10", "printf", "puts", "qsort", "rand", "random",
        "read", "realloc", "remainder", "remove", "rename", "rint", "round", "scalb", "sin", "sincos", "sinh",
        "sqrt", "strlen", "system", "tan", "tanh", "tgamma", "time", "trunc", "write", "y0", "y1", "yn",
        "isnan", "isinf", "isfinite", "signbit",
    )
)  # fmt: skip
# Ours, the compiler's own (__LINE__), and the macros of stdint.h and stddef.h.
RESERVED = re.compile(
    r"(?i:gg_)\w*|_[A-Z_]\w*|offsetof|(U?INT(8|16|32|64|PTR|MAX|_LEAST\d+|_FAST\d+)|PTRDIFF|SIZE|WCHAR|WINT|SIG_ATOMIC)"
    r"_(MAX|MIN|WIDTH|C)"
)


def c_name(name: str) -> str:
    """A Python name as the name of a C function of ours: ASCII, and not one that C or its library has."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII)
    plain = f"f_{plain}" if not plain or plain[0].isdigit() or RESERVED.fullmatch(plain) else plain
    return f"{plain}_" if plain in KEYWORDS | LIBRARY | set(LOOP_VARIABLES) else plain


class Namer:
    """Hands out names; a name of an inner scope is free again when the scope closes.

    Parameters
    ----------
    dims : sequence of str
        The named dimensions, which keep their names.

    Raises
    ------
    GradgenError
        If one of them has a name that C does not allow.
    """

    def __init__(self, dims: Sequence[str] = ()) -> None:
        for dim in dims:
            if not re.fullmatch(r"[A-Za-z_]\w*", dim, re.ASCII) or dim in KEYWORDS or RESERVED.fullmatch(dim):
                raise GradgenError(f"a dimension cannot be called {dim!r}, which C has another meaning for; rename it")
        self.loops = tuple(name for name in LOOP_VARIABLES if name not in dims)
        self.scopes: list[set[str]] = [{*KEYWORDS, *LOOP_VARIABLES, *dims}]
        self.numbers: list[dict[str, int]] = [{}]

    def fresh(self, hint: str) -> str:
        """A name like ``hint`` that nothing visible has."""
        base = re.sub(r"\W", "_", hint, flags=re.ASCII) or "value"
        if base[0].isdigit() or RESERVED.fullmatch(base):
            base = f"v_{base}"
        # From the number given last in any open scope, or long functions take quadratic time.
        number = max(numbers.get(base, 0) for numbers in self.numbers) + 1
        name = base if number == 1 else f"{base}_{number}"
        while any(name in scope for scope in self.scopes):
            number += 1
            name = f"{base}_{number}"
        self.numbers[-1][base] = number
        self.scopes[-1].add(name)
        return name

    def open(self) -> None:
        """Enter a scope."""
        self.scopes.append(set())
        self.numbers.append({})

    def close(self) -> None:
        """Leave it: its names are free."""
        self.scopes.pop()
        self.numbers.pop()
