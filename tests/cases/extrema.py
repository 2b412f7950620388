"""Rows for largest and smallest elements and their places."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error

D = {"kind": "distinct"}
EMPTY = r"Expected reduction dim to be specified for input\.numel\(\) == 0"


def _best(x, axis):
    return x.max(axis), x.argmax(axis)


def _least(x, axis):
    return x.min(axis), x.argmin(axis)


CASES = [
    Case("max", lambda t, x: t.max(x), [A(2, 3, **D)], ref=np.max, method="max"),
    Case(
        "max_dim",
        lambda t, x: t.max(x, 1),
        [A(2, 5, **D)],
        ref=lambda x: _best(x, 1),
        method="max",
        args=(1,),
        errors=[
            Error(lambda t: t.ones(0).max(), RuntimeError, rf"max\(\): {EMPTY}"),
            Error(
                lambda t: t.ones(0, 3).max(0),
                IndexError,
                r"max\(\): Expected reduction dim 0 to have non-zero size",
            ),
            Error(lambda t: t.ones(2, 3).max(2), IndexError, "Dimension out of range"),
            Error(lambda t: t.ones(2).to(t.complex64).max(), NotImplementedError, "max_all"),
        ],
    ),
    Case("max_middle", lambda t, x: x.max(1), [A(2, 3, 4, **D)], ref=lambda x: _best(x, 1)),
    Case(
        "max_keepdim",
        lambda t, x: x.max(axis=0, keepdims=True),
        [A(4, 2, **D)],
        ref=lambda x: (x.max(0)[None], x.argmax(0)[None]),
    ),
    Case("max_0d", lambda t, x: x.max(0), [A()], ref=lambda x: (x, np.int64(0))),
    Case("max_int", lambda t, x: x.max(1), [A(2, 5, kind="int")], ref=lambda x: _best(x, 1)),
    Case("max_none", lambda t, x: x.max(1), [A(0, 3)], ref=lambda x: _best(x, 1)),
    Case("max_other", lambda t, x, y: t.max(x, y), [A(2, 3), A(3)], ref=np.maximum),
    Case("min", lambda t, x: t.min(x), [A(2, 3, **D)], ref=np.min, method="min"),
    Case("min_dim", lambda t, x: t.min(x, -1), [A(2, 5, **D)], ref=lambda x: _least(x, -1)),
    Case("min_other", lambda t, x, y: x.min(y), [A(2, 3), A(3)], ref=np.minimum),
    Case("amax", lambda t, x: t.amax(x, (0, 2)), [A(2, 3, 4, **D)], ref=lambda x: x.max((0, 2))),
    Case(
        "amin",
        lambda t, x: t.amin(x, 1, keepdim=True),
        [A(2, 3, **D)],
        ref=lambda x: x.min(1, keepdims=True),
        errors=[
            Error(lambda t: t.ones(0).amin(), RuntimeError, rf"amin\(\): {EMPTY}"),
            Error(lambda t: t.ones(0, 2).amax(0), IndexError, r"amax\(\): Expected reduction dim"),
        ],
    ),
    Case(
        "aminmax",
        lambda t, x: t.aminmax(x, dim=0),
        [A(4, 3, **D)],
        ref=lambda x: (x.min(0), x.max(0)),
        errors=[
            Error(lambda t: t.ones(0).aminmax(), RuntimeError, "over an empty dimension"),
        ],
    ),
    Case("aminmax_all", lambda t, x: x.aminmax(), [A(4, **D)], ref=lambda x: (x.min(), x.max())),
    Case(
        "argmax",
        lambda t, x: t.argmax(x, 1),
        [A(2, 5, **D)],
        ref=lambda x: x.argmax(1),
        method="argmax",
        args=(1,),
        errors=[
            Error(lambda t: t.ones(0).argmax(), IndexError, rf"argmax\(\): {EMPTY}"),
            Error(lambda t: t.ones(2).bool().argmax(), RuntimeError, "does not support bool input"),
        ],
    ),
    Case(
        "argmax_all",
        lambda t, x: x.argmax(keepdim=True),
        [A(2, 5, **D)],
        ref=lambda x: x.argmax().reshape(1, 1),
    ),
    Case("argmin", lambda t, x: t.argmin(x), [A(2, 5, **D)], ref=np.argmin),
    Case("argmin_0d", lambda t, x: x.argmin(0), [A()], ref=lambda x: 0),
]
