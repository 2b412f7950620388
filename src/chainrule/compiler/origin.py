"""Where an equation comes from: which formula or rule of the library, which line of the user."""

from __future__ import annotations

import os
import sys
from types import FrameType

import numpy

from ..core.sites import PACKAGE

_NUMPY = os.path.dirname(numpy.__file__) + os.sep
_OPTIM = PACKAGE + "optim" + os.sep


def origin(inside: list[str]) -> tuple[str, str]:
    """`MseLoss.grad_x`, `train.py:12`: of the equation that is being recorded."""
    of = inside[0] if inside else ""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith((PACKAGE, _NUMPY)):
        code = frame.f_code
        if code.co_name.startswith("grad_") or (not of and code.co_filename.startswith(_OPTIM)):
            of = code.co_qualname
        frame = frame.f_back
    if frame is None:
        return of, ""
    return of, f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"
