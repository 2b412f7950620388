"""erf and erfc of f32."""

from __future__ import annotations

from ..loops import F32, F64, Block, Expr, cast, op, select
from .coefficients import ERF, ERF_TAIL, ERFCX, EXP
from .exponential import reduced_expm1
from .floats import clamped, magnitude, polynomial, power_of_two, with_sign

_ERF_ONE = 4.0  # where erf rounds to 1
_ERFC_ZERO = 11.0  # where erfc rounds to 0


def erf(b: Block, x: Expr) -> Expr:
    """erf |x| = |x| + |x| p(x^2), or 1 - e^p(|x|) from 1 on; and the sign of x."""
    size = magnitude(b, x)
    near = op("fma", size, polynomial(b, ERF[F32], b.let(x * x)), size)
    n, t = reduced_expm1(b, polynomial(b, ERF_TAIL[F32], clamped(b, size, 0.0, _ERF_ONE)))
    far = op("fma", -(t + 1.0), power_of_two(b, n, F32), 1.0)
    return with_sign(b.let(select(size < 1.0, near, far)), x)


def erfc(b: Block, x: Expr) -> Expr:
    """1 - erf(x), for x > 0 e^(-x^2) p((x - 3) / (x + 3)) / (1 + 2 x); in f64.

    (Shepherd and Laframboise, Chebyshev approximation of (1 + 2 x) exp(x^2) erfc x, 1981)
    """
    size = clamped(b, magnitude(b, cast(x, F64)), 0.0, _ERFC_ZERO)
    scale = polynomial(b, ERFCX[F64], b.let((size - 3.0) / (size + 3.0)))
    n, t = reduced_expm1(b, b.let(-size * size), EXP[F32])
    power = (t + 1.0) * power_of_two(b, n, F64)
    positive = b.let(power * scale / (size * 2.0 + 1.0))
    return cast(b.let(select(x < 0.0, 2.0 - positive, positive)), F32)
