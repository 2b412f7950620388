"""Rows for softmax and its relatives."""

from __future__ import annotations

from scipy.special import log_softmax, softmax

from .case import A, Case, Error

CASES = [
    Case(
        "softmax",
        lambda t, x: t.softmax(x, 1),
        [A(2, 3)],
        ref=lambda x: softmax(x, 1),
        method="softmax",
        args=(1,),
        errors=[
            Error(
                lambda t: t.softmax(t.ones(2).long(), 0),
                NotImplementedError,
                "\"softmax_lastdim_kernel_impl\" not implemented for 'Long'",
            ),
            Error(
                lambda t: t.softmax(t.ones(2, 2).long(), 0),
                NotImplementedError,
                "\"softmax_kernel_impl\" not implemented for 'Long'",
            ),
            Error(lambda t: t.softmax(t.ones(2), 1), IndexError, "Dimension out of range"),
        ],
    ),
    Case("softmax_first", lambda t, x: t.softmax(x, 0), [A(5, 3)], ref=lambda x: softmax(x, 0)),
    Case("softmax_middle", lambda t, x: x.softmax(1), [A(2, 3, 4)], ref=lambda x: softmax(x, 1)),
    Case("softmax_short", lambda t, x: x.softmax(-1), [A(20, 3)], ref=lambda x: softmax(x, -1)),
    Case("softmax_long", lambda t, x: x.softmax(-1), [A(3, 50)], ref=lambda x: softmax(x, -1)),
    Case("softmax_0d", lambda t, x: x.softmax(0), [A()], ref=lambda x: x * 0 + 1),
    Case("softmax_empty", lambda t, x: x.softmax(0), [A(0, 3)], ref=lambda x: x),
    Case("softmax_huge", lambda t, x: x.softmax(0), [A(4, high=1e30)], grad=False),
    Case(
        "softmax_dtype",
        lambda t, x: t.softmax(x, 0, dtype=t.float64),
        [A(3, kind="int")],
        ref=lambda x: softmax(x.astype(float)),
    ),
    Case(
        "log_softmax",
        lambda t, x: t.log_softmax(x, 1),
        [A(2, 3)],
        ref=lambda x: log_softmax(x, 1),
        method="log_softmax",
        args=(1,),
        errors=[
            Error(
                lambda t: t.log_softmax(t.ones(2).bool(), 0),
                NotImplementedError,
                "\"log_softmax_lastdim_kernel_impl\" not implemented for 'Bool'",
            )
        ],
    ),
    Case(
        "log_softmax_middle",
        lambda t, x: x.log_softmax(1),
        [A(2, 3, 4)],
        ref=lambda x: log_softmax(x, 1),
    ),
    Case(
        "log_softmax_short",
        lambda t, x: x.log_softmax(1),
        [A(20, 3)],
        ref=lambda x: log_softmax(x, 1),
    ),
    Case(
        "softmin",
        lambda t, x: t.nn.functional.softmin(x, 0),
        [A(3, 2)],
        ref=lambda x: softmax(-x, 0),
    ),
]
