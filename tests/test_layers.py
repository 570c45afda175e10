"""The shape of the code: imports go one way, files and functions stay small."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "gradgen"
FILES = sorted(PACKAGE.rglob("*.py"))

# Each may import from those before it, and from itself; `gradgen/__init__.py` comes after them all.
LAYERS = (
    *("_version", "errors", "source", "ir", "nest", "ops", "trace", "diff", "rewrite", "formula", "lower", "c"),
    *("native", "pipeline", "picture", "api", "interop", "aot", "cli", "__main__", "__init__"),
)
# `c` prints Loop IR and cannot know what a gradient is; `nest` is data.
NARROW = {"c": ("c", "nest", "ir.types", "errors"), "nest": ("nest", "ir.types", "errors")}

LONGEST_FILE, LONGEST_FUNCTION = 300, 60


def layer_of(file: Path) -> str:
    """The folder or module directly under the package."""
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> Iterator[str]:
    """What a file imports of the package, wherever in the file it does, without the leading ``gradgen.``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names = [f".{alias.name}" for alias in node.names] if node.module == "gradgen" else [""]
            modules = [f"{node.module}{name}" for name in names]
        else:
            continue
        yield from (rest or "__init__" for top, _, rest in (m.partition(".") for m in modules) if top == "gradgen")


def place_of(module: str) -> int:
    """Where in the order a module stands; names that are no layer come from the package's own file."""
    layer = module.partition(".")[0]
    return LAYERS.index(layer if layer in LAYERS else "__init__")


@functools.cache
def parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def relative(file: Path) -> str:
    return str(file.relative_to(PACKAGE))


@pytest.mark.parametrize("file", FILES, ids=relative)
def test_imports_go_one_way(file: Path) -> None:
    layer = layer_of(file)
    assert layer in LAYERS, f"{layer} has no place in the order of layers"
    for module in imported(parse(file)):
        if module == "_dispatch" or module.startswith("_dispatch."):
            assert layer == "native", "the extension is loaded in one place"
            continue
        assert place_of(module) <= LAYERS.index(layer), f"{layer} imports {module}, which comes after it"
        if layer in NARROW:
            assert any(f"{module}.".startswith(f"{allowed}.") for allowed in NARROW[layer]), f"{layer} imports {module}"


@pytest.mark.parametrize("file", FILES, ids=relative)
def test_files_and_functions_are_short(file: Path) -> None:
    lines = len(file.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST_FILE, f"{lines} lines"
    for node in ast.walk(parse(file)):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


def test_imports_are_seen() -> None:
    text = "import gradgen.api\nfrom gradgen.c.emit import emit\nfrom gradgen import Dim\nif x:\n    import gradgen\n"
    assert list(imported(ast.parse(text))) == ["api", "c.emit", "Dim", "__init__"]
    assert place_of("Dim") == place_of("__init__") > place_of("cli") > place_of("c.emit")
