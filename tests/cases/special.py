"""Rows for special functions."""

from __future__ import annotations

import numpy as np
from scipy import special as sp

from .case import A, Case, Error

POSITIVE = A(2, 3, low=0.3, high=3.0)
UNIT = A(2, 3, low=0.1, high=0.9)


def _case(name, ref, x=A(2, 3), **rest):  # noqa: B008
    return Case(
        f"special_{name}",
        lambda t, x: getattr(t.special, name)(x),
        [x],
        ref,
        pointwise=True,
        **rest,
    )


def _unary(name, ref, x=A(2, 3), **rest):  # noqa: B008
    call = lambda t, x: getattr(t, name)(x)  # noqa: E731
    refused = Error(
        lambda t: getattr(t, name)(t.tensor([1j])),
        NotImplementedError,
        "not implemented for 'Complex",
    )
    return Case(
        name,
        call,
        [x],
        ref,
        pointwise=True,
        method=name,
        inplace=f"{name}_",
        errors=[refused],
        **rest,
    )


CASES = [
    _unary("erf", sp.erf),
    _unary("erfc", sp.erfc),
    _unary("erfinv", sp.erfinv, A(2, 3, low=-0.9, high=0.9)),
    _unary("lgamma", sp.gammaln, POSITIVE),
    _unary("digamma", sp.psi, POSITIVE),
    _unary("i0", sp.i0),
    _case("erfcx", sp.erfcx),
    _case("ndtr", sp.ndtr),
    _case("ndtri", sp.ndtri, UNIT),
    _case("log_ndtr", sp.log_ndtr),
    _case("entr", sp.entr, POSITIVE),
    _case("i0e", sp.i0e),
    _case("i1", sp.i1),
    _case("i1e", sp.i1e),
    *(
        Case(
            f"polygamma_{n}",
            lambda t, x, n=n: t.polygamma(n, x),
            [POSITIVE],
            lambda x, n=n: sp.polygamma(n, x),
            pointwise=True,
        )
        for n in (0, 1, 2, 3)
    ),
    Case(
        "polygamma_method",
        lambda t, x: x.polygamma(1),
        [A(5, low=-1.7, high=-1.3)],
        lambda x: (np.pi / np.sin(np.pi * x)) ** 2 - sp.polygamma(1, 1 - x),
        errors=[
            Error(lambda t: t.polygamma(-1, t.ones(1)), RuntimeError, "does not support negative n")
        ],
    ),
    Case(
        "mvlgamma",
        lambda t, x: t.mvlgamma(x, 3),
        [A(2, 3, low=2, high=4)],
        lambda x: np.vectorize(lambda v: sp.multigammaln(v, 3))(x),
        method="mvlgamma",
        args=(3,),
        errors=[
            Error(lambda t: t.mvlgamma(t.ones(1), 0), RuntimeError, "p has to be greater than")
        ],
    ),
    Case(
        "special_xlog1py",
        lambda t, x, y: t.special.xlog1py(x, y),
        [A(2, 3), POSITIVE],
        sp.xlog1py,
        pointwise=True,
    ),
    Case(
        "special_zeta", lambda t, y: t.special.zeta(2.5, y), [POSITIVE], lambda y: sp.zeta(2.5, y)
    ),
]
