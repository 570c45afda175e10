"""``setup(gradgen_modules=["fit/kernels.py"])``: setuptools puts compiled kernels into a wheel.

An entry is the file that declares exports, or ``FILE:MODULE`` with the dotted name of the module to make; without
it, ``fit/kernels.py`` makes ``fit._kernels``. The same in ``pyproject.toml``::

    [tool.gradgen]
    modules = ["fit/kernels.py"]
    march = "x86-64-v3"     # else code for every machine of the kind
    variants = true         # or for all of them, with what newer ones can do besides
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["finalize", "gradgen_modules"]

OPTIONS = {"modules", "march", "libmvec", "variants"}


@dataclass(frozen=True)
class _Module:
    """One module to make: the file that declares it, and its package and name."""

    file: Path
    package: tuple[str, ...]
    name: str

    @staticmethod
    def of(entry: str, base: Mapping[str, str]) -> _Module:
        """From an entry of the list; ``base`` is the ``package_dir`` of setup."""
        file, _, dotted = entry.partition(":")
        if not dotted:
            path = Path(file)
            root = Path(base.get("", "."))
            inside = path.parent.relative_to(root) if path.is_relative_to(root) else path.parent
            dotted = ".".join([*inside.parts, f"_{path.stem}"])
        *package, name = dotted.split(".")
        return _Module(Path(file), tuple(package), name)

    def write(self, folder: Path, options: Mapping[str, Any]) -> None:
        """Compile it."""
        from gradgen.aot.build import lower_exports
        from gradgen.aot.declare import load_module
        from gradgen.aot.module import write_module
        from gradgen.aot.target import Machine

        given = {name: value for name, value in options.items() if name != "modules"}
        write_module(lower_exports(load_module(self.file)[1]), folder, self.name, Machine(**given))


def gradgen_modules(dist: Any, attribute: str, entries: Any) -> None:
    """What setuptools calls for the keyword of `setup`.

    Raises
    ------
    setuptools.errors.SetupError
        If it is not a list of strings.
    """
    given = [entries] if isinstance(entries, str) else list(entries)
    if not all(isinstance(entry, str) for entry in given):
        raise _setup_error(f"{attribute} is a list of files, as ['fit/kernels.py'], not {entries!r}")
    _install(dist, given, {})


def finalize(dist: Any) -> None:
    """What setuptools calls for every project: those with a table ``[tool.gradgen]`` are meant."""
    file = Path("pyproject.toml")
    table = _table(file) if file.is_file() else {}
    unknown = sorted(set(table) - OPTIONS)
    if unknown:
        raise _setup_error(f"[tool.gradgen] has no {unknown[0]!r}; it has {', '.join(sorted(OPTIONS))}")
    if table.get("modules"):
        _install(dist, list(table["modules"]), table)


def _table(file: Path) -> dict[str, Any]:
    table: dict[str, Any] = _toml().loads(file.read_text(encoding="utf-8")).get("tool", {}).get("gradgen", {})
    return table


def _toml() -> Any:
    """Python's reader of TOML; before 3.11 the one that setuptools brings."""
    for name in ("tomllib", "setuptools.compat.py310", "setuptools.extern.tomli"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        return getattr(module, "tomllib", module)
    raise _setup_error("[tool.gradgen] needs Python 3.11, or a setuptools that reads TOML")


def _setup_error(reason: str) -> Exception:
    from setuptools.errors import SetupError

    error: Exception = SetupError(reason)
    return error


def _install(dist: Any, entries: Iterable[str], options: Mapping[str, Any]) -> None:
    """Make ``build_ext`` compile the modules; the wheel is then one for this platform."""
    modules = [_Module.of(entry, dist.package_dir or {}) for entry in entries]
    base = dist.get_command_class("build_ext")

    class build_ext(base):  # type: ignore[misc, valid-type]  # setuptools looks at the name
        def run(self) -> None:
            super().run()
            for module in modules:
                module.write(self._gradgen_folder(module), options)

        def _gradgen_folder(self, module: _Module) -> Path:
            """In the build, or beside the sources for an editable install."""
            top = Path((dist.package_dir or {}).get("", ".")) if self.inplace else Path(self.build_lib)
            return top.joinpath(*module.package)

        def get_outputs(self) -> list[str]:
            folders = [self._gradgen_folder(module) / module.name for module in modules]
            made = [str(path) for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
            return [*super().get_outputs(), *made]

        def get_source_files(self) -> list[str]:
            return [*super().get_source_files(), *[str(module.file) for module in modules]]

    dist.cmdclass["build_ext"] = build_ext
    dist.has_ext_modules = lambda: True
