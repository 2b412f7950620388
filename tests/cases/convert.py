"""Changing dtypes."""

from __future__ import annotations

import numpy as np

from .case import Case

CASES = [
    Case(
        "float to float",
        lambda T, x: x.to(T.float16).to(T.float32),
        ref=lambda x: x,
        atol=100.0,
        grad=False,
    ),
    Case(
        "float to int",
        lambda T, x: (x.to(T.int64), x.to(T.bool), (x * 100).to(T.uint8), x.int()),
        ref=lambda x: (
            x.astype(int),
            x != 0,
            (x * 100).astype(int).astype(np.uint8),
            x.astype(np.int32),
        ),
        grad=False,
    ),
    Case("type_as", lambda T, x: x.int().type_as(x), ref=np.trunc, grad=False),
    Case(
        "to complex", lambda T, x: x.to(T.complex64), ref=lambda x: x + 0j, atol=100.0, grad=False
    ),
]
