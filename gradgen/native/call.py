"""`Kernel` and `Dispatcher`: from the extension, or from Python where it could not be built.

``GRADGEN_PURE_PYTHON=1`` chooses the latter.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gradgen.native.mismatch import mismatch_error, status_error

__all__ = ["HAVE_DISPATCH", "Dispatcher", "Kernel"]

HAVE_DISPATCH = False

if TYPE_CHECKING:  # both have the same interface
    from gradgen.native.pure import Dispatcher, Kernel
else:
    try:
        if os.environ.get("GRADGEN_PURE_PYTHON", "0") not in ("", "0"):
            raise ImportError("asked for Python")
        from gradgen import _dispatch
    except ImportError:
        from gradgen.native.pure import Dispatcher, Kernel
    else:
        from gradgen._dispatch import Dispatcher, Kernel

        _dispatch.set_status_handler(status_error)
        _dispatch.set_mismatch_handler(mismatch_error)
        HAVE_DISPATCH = True
