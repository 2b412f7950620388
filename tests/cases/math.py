"""Rows for exponentials, logarithms, trigonometry and rounding."""

from __future__ import annotations

import numpy as np
from scipy import special

from .case import A, Case, Error

NAN, INF = float("nan"), float("inf")
UNIT = A(2, 3, low=-0.9, high=0.9)
POSITIVE = A(2, 3, low=0.3, high=3.0)
PAIR = [A(2, 3), A(2, 3)]
COMPLEX = A(3, kind="complex")


def _unary(name, ref, x=A(2, 3), **rest):  # noqa: B008
    call = lambda t, x: getattr(t, name)(x)  # noqa: E731
    return Case(name, call, [x], ref, pointwise=True, method=name, inplace=f"{name}_", **rest)


def _complex(name, ref):
    return Case(f"{name}_complex", lambda t, x: getattr(t, name)(x), [COMPLEX], ref)


def _binary(name, ref, inputs=PAIR, inplace=False, **rest):
    call = lambda t, x, y: getattr(t, name)(x, y)  # noqa: E731
    form = f"{name}_" if inplace else None
    return Case(name, call, inputs, ref, pointwise=True, method=name, inplace=form, **rest)


def _refused(name, dtype, kind):
    return Error(
        lambda t: getattr(t, name)(t.ones(2, dtype=getattr(t, dtype))),
        NotImplementedError,
        f"not (implemented|supported) for .*{kind}",
    )


EXPONENTIALS = [
    _unary(
        "exp",
        np.exp,
        errors=[
            Error(
                lambda t: t.exp(t.tensor([1]), out=t.ones(1, dtype=t.int64)),
                RuntimeError,
                "can't be cast",
            ),
        ],
    ),
    _unary("exp2", np.exp2),
    _unary("expm1", np.expm1),
    _unary("log", np.log, POSITIVE),
    _unary("log2", np.log2, POSITIVE),
    _unary("log10", np.log10, POSITIVE),
    _unary("log1p", np.log1p, POSITIVE),
    _unary("sigmoid", special.expit),
    _unary("logit", special.logit, A(2, 3, low=0.1, high=0.9)),
    Case(
        "logit_eps",
        lambda t, x: t.logit(x, eps=0.2),
        [A(9, low=0, high=1)],
        lambda x: special.logit(np.clip(x, 0.2, 0.8)),
    ),
    *(
        _complex(name, ref)
        for name, ref in (
            ("exp", np.exp),
            ("exp2", lambda x: 2**x),
            ("expm1", np.expm1),
            ("log", np.log),
            ("log2", lambda x: np.log(x) / np.log(2)),
            ("log10", np.log10),
            ("log1p", np.log1p),
            ("sigmoid", lambda x: 1 / (1 + np.exp(-x))),
            ("rsqrt", lambda x: x**-0.5),
            ("reciprocal", np.reciprocal),
        )
    ),
    _binary("logaddexp", np.logaddexp),
    _binary("logaddexp2", np.logaddexp2),
    _binary("xlogy", special.xlogy, [A(2, 3), POSITIVE], inplace=True),
    Case("xlogy_number", lambda t, x: t.xlogy(x, 2), ref=lambda x: x * np.log(2)),
    Case("xlogy_of_number", lambda t, x: t.xlogy(2, x), [POSITIVE], lambda x: 2 * np.log(x)),
    _binary("ldexp", lambda x, y: x * 2**y, inplace=True),
]

TRIGONOMETRY = [
    _unary("sin", np.sin),
    _unary("cos", np.cos),
    _unary("tan", np.tan, UNIT),
    _unary("asin", np.arcsin, UNIT),
    _unary("acos", np.arccos, UNIT),
    _unary("atan", np.arctan),
    _unary("sinh", np.sinh),
    _unary("cosh", np.cosh),
    _unary("tanh", np.tanh),
    _unary("asinh", np.arcsinh),
    _unary("acosh", np.arccosh, A(2, 3, low=1.2, high=3)),
    _unary("atanh", np.arctanh, UNIT),
    *(
        _complex(name, ref)
        for name, ref in (
            ("sin", np.sin),
            ("cos", np.cos),
            ("tan", np.tan),
            ("asin", np.arcsin),
            ("acos", np.arccos),
            ("atan", np.arctan),
            ("sinh", np.sinh),
            ("cosh", np.cosh),
            ("tanh", np.tanh),
            ("asinh", np.arcsinh),
            ("acosh", np.arccosh),
            ("atanh", np.arctanh),
        )
    ),
    _binary(
        "atan2",
        np.arctan2,
        inplace=True,
        errors=[
            Error(
                lambda t: t.atan2(t.ones(1), 2.0), TypeError, "argument 'other' .* must be Tensor"
            ),
            Error(
                lambda t: t.atan2(t.tensor([1j]), t.tensor([1j])),
                NotImplementedError,
                "ComplexFloat",
            ),
        ],
    ),
    _unary("sinc", np.sinc),
    _unary("deg2rad", np.deg2rad),
    _unary("rad2deg", np.rad2deg),
]

ROUNDING = [
    _unary("ceil", np.ceil, errors=[_refused("ceil", "complex64", "complex|ComplexFloat")]),
    _unary("floor", np.floor, errors=[_refused("floor", "bool", "Bool")]),
    _unary("trunc", np.trunc),
    _unary("round", np.round, A(4, 5, low=-4, high=4)),
    Case("round_decimals", lambda t, x: t.round(x, decimals=1), ref=lambda x: np.round(x, 1)),
    Case(
        "round_tens",
        lambda t, x: t.round(x, decimals=-1),
        [A(9, low=-40, high=40)],
        lambda x: np.round(x, -1),
    ),
    Case("round_int", lambda t, x: t.round(x), [A(9, low=-40, high=40, kind="int")], lambda x: x),
    _unary("frac", lambda x: x - np.trunc(x), errors=[_refused("frac", "int64", "Long")]),
    _unary("nan_to_num", np.nan_to_num),
    _binary("nextafter", np.nextafter, inplace=True, grad=False),
    Case(
        "frexp",
        lambda t, x: t.frexp(x),
        [POSITIVE],
        np.frexp,
        errors=[
            Error(lambda t: t.frexp(t.tensor([1])), RuntimeError, "only supports floating-point")
        ],
    ),
]

CASES = EXPONENTIALS + TRIGONOMETRY + ROUNDING
