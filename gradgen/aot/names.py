"""Names that appear in headers: what an export may be called, and parameters that no C or C++ program trips over."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gradgen.errors import ArgumentError
from gradgen.lower.names import KEYWORDS, LIBRARY, c_name
from gradgen.source import Source

__all__ = ["check_distinct", "check_name", "macro_name", "parameter_names"]

CPLUSPLUS = frozenset(
    (
        "alignas", "alignof", "and", "and_eq", "bitand", "bitor", "catch", "char16_t", "char32_t", "char8_t", "class",
        "co_await", "co_return", "co_yield", "compl", "concept", "const_cast", "consteval", "constexpr", "constinit",
        "decltype", "delete", "dynamic_cast", "explicit", "export", "false", "friend", "mutable", "namespace", "new",
        "noexcept", "not", "not_eq", "nullptr", "operator", "or", "or_eq", "private", "protected", "public",
        "reinterpret_cast", "requires", "static_assert", "static_cast", "template", "this", "thread_local", "throw",
        "true", "try", "typeid", "typename", "using", "virtual", "wchar_t", "xor", "xor_eq",
    )
)  # fmt: skip
# Parameters and variables around the call of a kernel.
OWN = frozenset(("arguments", "results", "dims", "tape", "work", "place", "status", "memory", "shared"))
# What system headers define as macros, which would be replaced in our prototypes too.
MACROS = re.compile(
    r"I|EOF|NULL|NAN|INFINITY|BUFSIZ|EDOM|ERANGE|RAND_MAX|errno|assert|offsetof|std(in|out|err)|[A-Z]+_(MAX|MIN)|SIG\w+|"
    r"HUGE_VAL\w?|M_\w+|FP_\w+|E[A-Z]{3,}|TRUE|FALSE|linux|unix|i386|va_\w+|setjmp"
)
# And those of Windows, of which parameters need to know only.
WINDOWS = frozenset(("near", "far", "small", "hyper", "interface", "min", "max", "IN", "OUT", "OPTIONAL"))
# Functions of POSIX that programs and libraries call; a kernel of that name would be called in their place.
POSIX = frozenset(
    (
        "accept", "access", "alarm", "bind", "brk", "chdir", "chmod", "clock", "close", "connect", "creat", "dup",
        "environ", "fork", "fsync", "getline", "getpid", "hash", "kill", "link", "listen", "lseek", "mkdir", "mmap",
        "nice", "open", "optarg", "pause", "pipe", "poll", "putenv", "raise", "recv", "rmdir", "sbrk", "select", "send",
        "shutdown", "signal", "significand", "sleep", "socket", "stat", "step", "swab", "sync", "times", "truncate",
        "umask", "unlink", "usleep", "utime", "wait", "advance", "drem", "finite", "strdup", "strcmp", "strcpy",
        "memmove", "memcmp", "abort", "atexit", "atoi", "atol", "bsearch", "environ", "getenv", "labs", "ldiv",
        "strtod", "strtol", "fopen", "fclose", "fread", "fwrite", "fseek", "ftell", "perror", "scanf", "sprintf",
        "setvbuf", "tmpfile", "ungetc", "rewind", "toupper", "tolower", "isalpha", "isdigit", "isspace", "mktime",
        "difftime", "ctime", "lgammaf", "expf", "logf", "sinf", "cosf", "tanf", "sqrtf", "powf", "llabs", "lrint",
        "lround", "llrint", "llround", "nearbyint", "nexttoward", "scalbn", "scalbln", "remquo", "significandf",
    )
)  # fmt: skip


def check_name(name: str, source: Source) -> None:
    """Refuse what cannot be the name of a public C function.

    Raises
    ------
    ArgumentError
        With what to write instead.
    """
    reason = ""
    if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
        reason = "is no name in C, which are ASCII letters, digits and _, a letter first"
    elif name.lower().startswith("gg_"):
        reason = "begins with gg_, which gradgen keeps for itself"
    elif name in OWN:
        reason = "is what generated code calls something of its own"
    elif name in CPLUSPLUS | KEYWORDS or MACROS.fullmatch(name):
        reason = "is a word of C or C++"
    elif name in LIBRARY | POSIX or c_name(name) != name:
        reason = "is what the C library calls a function of its own"
    if reason:
        plain = re.sub(r"\W", "_", name, flags=re.ASCII).strip("_").removeprefix("gg_")
        raise ArgumentError(f"export: {name!r} {reason}; write name='my_{plain or 'kernel'}'\n  {source}")


def check_distinct(symbols: Iterable[tuple[str, str]]) -> None:
    """Refuse a C name that two exports make.

    Parameters
    ----------
    symbols : iterable of (str, str)
        Each name with that of the export it is made for.
    """
    owners: dict[str, str] = {}
    for symbol, owner in symbols:
        if symbol in owners:
            both = f"{owners[symbol]} and {owner}" if owners[symbol] != owner else f"two exports called {owner}"
            raise ArgumentError(f"{both} both make the C name {symbol}; give one another name: export(name=...)")
        owners[symbol] = owner


def parameter_names(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """The names as parameters of a public function, different from each other and from those taken.

    Examples
    --------
    >>> parameter_names(["A", "new", "I", "work"], ["work"])
    ['A', 'new_', 'I_', 'work_']
    """
    used, result = set(taken), []
    for name in names:
        while name in used or name in CPLUSPLUS | WINDOWS | KEYWORDS - {"i0", "i1"} or MACROS.fullmatch(name):
            name += "_"
        used.add(name)
        result.append(name)
    return result


def macro_name(stem: str) -> str:
    """The include guard of a header.

    Examples
    --------
    >>> macro_name("my-kernels")
    'MY_KERNELS_H'
    """
    plain = re.sub(r"\W", "_", stem, flags=re.ASCII).upper()
    return f"{'K_' if not plain[:1].isalpha() else ''}{plain}_H"
