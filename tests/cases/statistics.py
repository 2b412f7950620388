"""Rows for variances, standard deviations and logsumexp."""

from __future__ import annotations

import numpy as np
from scipy.special import logsumexp

from .case import A, Case, Error

FLOATS_ONLY = "only support floating point and complex dtypes"


def _var(x, axis=None, ddof=1):
    return x.var(axis=axis, ddof=ddof)


CASES = [
    Case(
        "var",
        lambda t, x: t.var(x),
        ref=_var,
        method="var",
        errors=[
            Error(lambda t: t.ones(2).long().var(), RuntimeError, f"std and var {FLOATS_ONLY}"),
            Error(lambda t: t.std(t.ones(2).bool()), RuntimeError, f"std and var {FLOATS_ONLY}"),
            Error(lambda t: t.var_mean(t.ones(2).int()), RuntimeError, f"var_mean {FLOATS_ONLY}"),
            Error(lambda t: t.ones(1).var(), UserWarning, r"var\(\): degrees of freedom is <= 0"),
        ],
    ),
    Case("var_biased", lambda t, x: x.var(False), ref=np.var),
    Case("var_dim", lambda t, x: t.var(x, (0, 2)), [A(2, 3, 4)], ref=lambda x: _var(x, (0, 2))),
    Case("var_dim_biased", lambda t, x: x.var(1, False), ref=lambda x: _var(x, 1, 0)),
    Case("var_correction", lambda t, x: x.var(axis=1, correction=2), ref=lambda x: _var(x, 1, 2)),
    Case("var_complex", lambda t, x: x.var(0), [A(3, 2, kind="complex")], ref=lambda x: _var(x, 0)),
    Case(
        "std",
        lambda t, x: t.std(x, 1, keepdim=True),
        ref=lambda x: x.std(1, ddof=1, keepdims=True),
        method=None,
    ),
    Case("std_all", lambda t, x: t.std(x, unbiased=False), ref=np.std),
    Case("std_constant", lambda t, x: (x * 0).std(), ref=lambda x: 0.0, grad=False),
    Case(
        "var_mean",
        lambda t, x: t.var_mean(x, 0),
        [A(3, 4)],
        ref=lambda x: (_var(x, 0), x.mean(0)),
    ),
    Case(
        "std_mean",
        lambda t, x: t.std_mean(x, dim=1, keepdim=True),
        [A(3, 4)],
        ref=lambda x: (x.std(1, ddof=1, keepdims=True), x.mean(1, keepdims=True)),
    ),
    Case("std_mean_second", lambda t, x: t.std_mean(x)[1], ref=np.mean),
    Case(
        "logsumexp",
        lambda t, x: t.logsumexp(x, 1),
        ref=lambda x: logsumexp(x, 1),
        method="logsumexp",
        args=(1,),
    ),
    Case(
        "logsumexp_dims",
        lambda t, x: x.logsumexp((0, 2), keepdim=True),
        [A(2, 3, 4)],
        ref=lambda x: logsumexp(x, (0, 2), keepdims=True),
    ),
    Case("logsumexp_huge", lambda t, x: (x * 1e30).logsumexp(0), ref=lambda x: 1e30 * x.max(0)),
    Case("logsumexp_int", lambda t, x: x.logsumexp(0), [A(3, kind="int")], grad=False),
    Case(
        "logsumexp_empty",
        lambda t, x: x.logsumexp(0),
        [A(0, 2)],
        ref=lambda x: np.full(2, -np.inf),
        grad=False,
    ),
    Case(
        "logsumexp_infinite",
        lambda t, x: (x / 0).logsumexp(1),
        [A(2, 3)],
        ref=lambda x: logsumexp(x / 0, 1),
        grad=False,
    ),
]
