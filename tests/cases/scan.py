"""Rows for running sums, products, extrema and differences."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error

D = {"kind": "distinct"}


def _zero(t, x, *places):
    """x with these elements replaced by 0."""
    mask = np.ones(tuple(x.shape))
    for place in places:
        mask[place] = 0
    return x * t.from_numpy(mask).to(x.dtype)


CASES = [
    Case(
        "cumsum",
        lambda t, x: t.cumsum(x, 1),
        [A(2, 5)],
        ref=lambda x: x.cumsum(1),
        method="cumsum",
        inplace="cumsum_",
        args=(1,),
        errors=[Error(lambda t: t.ones(2).cumsum(1), IndexError, "Dimension out of range")],
    ),
    Case("cumsum_first", lambda t, x: x.cumsum(0), [A(3, 4)], ref=lambda x: x.cumsum(0)),
    Case("cumsum_0d", lambda t, x: x.cumsum(0), [A()], ref=lambda x: x),
    Case("cumsum_int", lambda t, x: x.cumsum(0), [A(5, kind="bool")], ref=lambda x: x.cumsum()),
    Case("cumsum_dtype", lambda t, x: x.cumsum(0, dtype=t.float64), [A(5, kind="int")]),
    Case("cumsum_complex", lambda t, x: x.cumsum(0), [A(3, kind="complex")], ref=np.cumsum),
    Case(
        "cumprod",
        lambda t, x: t.cumprod(x, -1),
        [A(2, 4)],
        ref=lambda x: x.cumprod(-1),
        method="cumprod",
        args=(-1,),
    ),
    Case("cumprod_zero", lambda t, x: _zero(t, x, 1).cumprod(0), [A(4)]),
    Case("cumprod_zeros", lambda t, x: _zero(t, x, (1, 0), (2, 0)).cumprod(0), [A(4, 2)]),
    Case("cumprod_complex", lambda t, x: x.cumprod(0), [A(3, kind="complex")], ref=np.cumprod),
    Case(
        "cummax",
        lambda t, x: t.cummax(x, 1),
        [A(2, 6, **D)],
        ref=lambda x: (
            np.maximum.accumulate(x, 1),
            np.array([[row[: i + 1].argmax() for i in range(6)] for row in x]),
        ),
        errors=[
            Error(
                lambda t: t.ones(2, dtype=t.complex64).cummax(0),
                NotImplementedError,
                '"cummax_cpu" not implemented',
            )
        ],
    ),
    Case(
        "cummin",
        lambda t, x: t.cummin(x, 0)[0],
        [A(5, 2, **D)],
        ref=lambda x: np.minimum.accumulate(x, 0),
    ),
    Case("cummax_ties", lambda t, x: x.cummax(0)[1], [A(9, kind="int")]),
    Case("cummax_0d", lambda t, x: x.cummax(0), [A()], ref=lambda x: (x, 0)),
    Case(
        "logcumsumexp",
        lambda t, x: t.logcumsumexp(x, 1),
        [A(2, 4)],
        ref=lambda x: np.log(np.exp(x).cumsum(1)),
        method="logcumsumexp",
        args=(1,),
        errors=[
            Error(
                lambda t: t.ones(2).long().logcumsumexp(0),
                NotImplementedError,
                "\"logcumsumexp_out_cpu\" not implemented for 'Long'",
            )
        ],
    ),
    Case("logcumsumexp_0d", lambda t, x: x.logcumsumexp(0), [A()], ref=lambda x: x),
    Case(
        "diff",
        lambda t, x: t.diff(x, 2, 0),
        [A(5, 2)],
        ref=lambda x: np.diff(x, 2, 0),
        errors=[
            Error(lambda t: t.tensor(1.0).diff(), RuntimeError, "at least one-dimensional"),
            Error(lambda t: t.ones(2).diff(n=-1), RuntimeError, "order must be non-negative"),
        ],
    ),
    Case(
        "diff_ends",
        lambda t, x, y: t.diff(x, prepend=y, append=y),
        [A(2, 4), A(2, 1)],
        ref=lambda x, y: np.diff(x, prepend=y, append=y),
    ),
    Case("diff_bool", lambda t, x: x.diff(), [A(5, kind="bool")], ref=np.diff),
    Case(
        "trapezoid",
        lambda t, y, x: t.trapezoid(y, x),
        [A(2, 4), A(4)],
        ref=lambda y, x: np.trapezoid(y, x),
    ),
    Case(
        "trapezoid_dx",
        lambda t, y: t.trapezoid(y, dx=0.5, dim=0),
        [A(3, 2)],
        ref=lambda y: np.trapezoid(y, dx=0.5, axis=0),
        errors=[
            Error(
                lambda t: t.trapz(t.ones(3), t.ones(2)),
                RuntimeError,
                "must be one `x` value for each sample",
            )
        ],
    ),
    Case(
        "cumulative_trapezoid",
        lambda t, y: t.cumulative_trapezoid(y),
        [A(2, 4)],
        ref=lambda y: ((y[:, 1:] + y[:, :-1]) / 2).cumsum(1),
    ),
]
