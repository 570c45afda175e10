"""`Kernel` and `Dispatcher`: from the extension, or from Python where it could not be built.

``GRADGEN_PURE_PYTHON=1`` chooses the latter.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradgen.native.mismatch import Described

__all__ = ["HAVE_DISPATCH", "Dispatcher", "Kernel"]

HAVE_DISPATCH = False


# The wording of errors is loaded when there is one: a built module need not pay for it when it is imported.
def _status_error(status: int, kernel: Described) -> Exception:
    from gradgen.native.mismatch import status_error

    return status_error(status, kernel)


def _mismatch_error(kernel: Described, given: Sequence[object]) -> Exception:
    from gradgen.native.mismatch import mismatch_error

    return mismatch_error(kernel, given)


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

        _dispatch.set_status_handler(_status_error)
        _dispatch.set_mismatch_handler(_mismatch_error)
        HAVE_DISPATCH = True
