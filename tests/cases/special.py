"""Rows for special functions."""

from __future__ import annotations

import functools
import math

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


def _chebyshev(kind, n, x):
    """By their definition in the angle."""
    t = np.arccos(x)
    forms = {
        "t": lambda: np.cos(n * t),
        "u": lambda: np.sin((n + 1) * t) / np.sin(t),
        "v": lambda: np.cos((n + 0.5) * t) / np.cos(t / 2),
        "w": lambda: np.sin((n + 0.5) * t) / np.sin(t / 2),
    }
    return forms[kind]()


def _polynomial(name, ref, x=UNIT):
    no_half = Error(
        lambda t: getattr(t.special, name)(t.ones(1).half(), 2),
        NotImplementedError,
        f'"{name}_cpu" not implemented for \'Half',
    )
    no_tensor = Error(
        lambda t: getattr(t.special, name)(2.0, 2), TypeError, f"special_{name}\\(\\)"
    )
    degrees = np.array([-1.0, 0.0, 4.5])
    return Case(
        f"special_{name}",
        lambda t, x: getattr(t.special, name)(x, t.from_numpy(degrees).to(x.dtype)),
        [x],
        lambda x: np.where(degrees < 0, 0, ref(np.maximum(degrees.astype(int), 0), x)),
        grad=False,
        errors=[no_half, no_tensor],
    )


_BESSEL = {
    "airy_ai": lambda x: sp.airy(x)[0],
    "bessel_j0": sp.j0,
    "bessel_j1": sp.j1,
    "bessel_y0": sp.y0,
    "bessel_y1": sp.y1,
    "modified_bessel_i0": sp.i0,
    "modified_bessel_i1": sp.i1,
    "modified_bessel_k0": sp.k0,
    "modified_bessel_k1": sp.k1,
    "scaled_modified_bessel_k0": sp.k0e,
    "scaled_modified_bessel_k1": sp.k1e,
    "spherical_bessel_j0": lambda x: np.sin(x) / x,
}


CASES = [
    *[
        _case(
            name,
            ref,
            POSITIVE,
            grad=False,
            errors=[
                Error(
                    lambda t, name=name: getattr(t.special, name)(t.tensor([1j])),
                    NotImplementedError,
                    f'"{name}_cpu" not implemented',
                ),
                Error(lambda t, name=name: getattr(t.special, name)(1.0), TypeError, "not float"),
            ],
        )
        for name, ref in _BESSEL.items()
    ],
    Case(
        "special_limits",
        lambda t: (
            t.special.spherical_bessel_j0(t.tensor([0.0, math.inf, -math.inf])),
            t.special.airy_ai(t.tensor([1e30, math.inf])),
        ),
        [],
        lambda: (np.array([1.0, 0, 0]), np.zeros(2)),
    ),
    *[
        _polynomial(f"chebyshev_polynomial_{kind}", functools.partial(_chebyshev, kind))
        for kind in "tuvw"
    ],
    *[
        _polynomial(
            f"shifted_chebyshev_polynomial_{kind}",
            lambda n, x, kind=kind: _chebyshev(kind, n, 2 * x - 1),
        )
        for kind in "tuvw"
    ],
    _polynomial("hermite_polynomial_h", sp.eval_hermite, A(2, 3)),
    _polynomial("hermite_polynomial_he", sp.eval_hermitenorm, A(2, 3)),
    _polynomial("laguerre_polynomial_l", sp.eval_laguerre, A(2, 3)),
    _polynomial("legendre_polynomial_p", sp.eval_legendre, A(2, 3)),
    *[
        Case(
            name,
            lambda t, y, name=name: getattr(t, name)(t.full_like(y, 1.5), y),
            [POSITIVE],
            lambda y, ref=ref: ref(1.5, y),
            pointwise=True,
            errors=[
                Error(
                    lambda t, name=name: getattr(t, name)(t.ones(1), 2.0), TypeError, "not float"
                ),
                Error(
                    lambda t, name=name: getattr(t, name)(t.tensor([1]), t.tensor([1])),
                    NotImplementedError,
                    f'"{name}_cpu" not implemented',
                ),
                Error(
                    lambda t, name=name: getattr(t, name)(
                        t.ones(1, requires_grad=True), t.ones(1)
                    ).backward(),
                    NotImplementedError,
                    f"the derivative for '{name}: input' is not implemented",
                ),
            ],
        )
        for name, ref in (("igamma", sp.gammainc), ("igammac", sp.gammaincc))
    ],
    Case(
        "igamma_method",
        lambda t, x, y: x.detach().igamma(y),
        [POSITIVE, POSITIVE],
        sp.gammainc,
        method="igamma",
        inplace="igamma_",
        grad=False,
    ),
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
