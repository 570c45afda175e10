"""What pyproject.toml cannot say: the folder of C sources as package data, and the optional extension."""

from __future__ import annotations

import numpy as np
from setuptools import Extension, find_packages, setup

DISPATCH = Extension(
    "gradgen._dispatch",
    sources=["runtime/dispatch.c"],
    depends=["runtime/dispatch_match.h", "runtime/dispatch_run.h", "runtime/dispatch_kernel.h"],
    include_dirs=[np.get_include(), "runtime"],
    optional=True,  # without a C compiler calls go through cffi, slower but the same
)

setup(
    license="MIT",
    package_dir={"gradgen": "gradgen", "gradgen.runtime": "runtime"},
    packages=[*find_packages(include=["gradgen", "gradgen.*"]), "gradgen.runtime"],
    package_data={
        "gradgen": ["py.typed"],
        "gradgen.picture": ["*.css", "*.html", "*.js"],
        "gradgen.runtime": ["*.h", "*.c"],
    },
    ext_modules=[DISPATCH],
)
