"""Special functions: of the error, of the normal distribution, and of Bessel.

SciPy computes them; it is imported at the first use.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

from ..core.apply import binary, unary
from .compare import where
from .inplace import into
from .mask import masked
from .math import exp, log, log1p
from .signs import sign
from .support import Composite, by_scipy, refuse

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number

SLOPE = 2 / math.sqrt(math.pi)  # of erf at 0
DENSITY = 1 / math.sqrt(2 * math.pi)  # of the normal distribution at 0


class Special(Composite):
    """A function of one real number; integers become floats."""

    promotes = "float"
    saves: ClassVar[tuple[str, ...]] = ("x",)


def error_function(xp: Any, x: Any) -> Any:
    """erf over an array namespace: its own, or SciPy's."""
    return xp.erf(x) if hasattr(xp, "erf") else by_scipy(xp, "erf", x)


class Erf(Special):
    """2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x"""

    cpu = "erf_vml_cpu"

    def kernel(xp, x):
        refuse(x, "c")
        return error_function(xp, x)

    def grad_x(ctx, g):
        return g * exp(-ctx.x * ctx.x) * SLOPE


class Erfc(Special):
    """1 - erf(x)"""

    cpu = "erfc_vml_cpu"

    def kernel(xp, x):
        return by_scipy(xp, "erfc", x)

    def grad_x(ctx, g):
        return -g * exp(-ctx.x * ctx.x) * SLOPE


class Erfinv(Special):
    """the inverse of erf"""

    cpu = "erfinv_vml_cpu"
    saves = ("out",)

    def kernel(xp, x):
        return by_scipy(xp, "erfinv", x)

    def grad_x(ctx, g):
        return g * exp(ctx.out * ctx.out) / SLOPE


class Erfcx(Special):
    """e^(x^2) erfc(x)"""

    label = "SpecialErfcxBackward0"
    cpu = "erfcx_cpu"
    saves = ("x", "out")

    def kernel(xp, x):
        return by_scipy(xp, "erfcx", x)

    def grad_x(ctx, g):
        return g * (ctx.x * ctx.out * 2 - SLOPE)


class Ndtr(Special):
    """P(z < x) for a standard normal z"""

    label = "SpecialNdtrBackward0"
    cpu = "ndtr_cpu"

    def kernel(xp, x):
        return by_scipy(xp, "ndtr", x)

    def grad_x(ctx, g):
        return g * exp(ctx.x * ctx.x * -0.5) * DENSITY


class Ndtri(Special):
    """the inverse of P(z < x)"""

    label = "SpecialNdtriBackward0"
    cpu = "ndtri_cpu"
    saves = ("out",)

    def kernel(xp, x):
        return by_scipy(xp, "ndtri", x)

    def grad_x(ctx, g):
        return g * exp(ctx.out * ctx.out * 0.5) / DENSITY


class LogNdtr(Special):
    """ln P(z < x)"""

    label = "SpecialLogNdtrBackward0"
    cpu = "log_ndtr_cpu"

    def kernel(xp, x):
        return by_scipy(xp, "log_ndtr", x)

    def grad_x(ctx, g):
        return g / erfcx(ctx.x * -math.sqrt(0.5)) * math.sqrt(2 / math.pi)


class Entr(Special):
    """-x ln x: 0 at 0, -inf below it"""

    label = "SpecialEntrBackward0"
    cpu = "entr_cpu"

    def kernel(xp, x):
        return by_scipy(xp, "entr", x)

    def grad_x(ctx, g):
        return g * (-1 - log(ctx.x))


class XLog1pY(Composite):
    """x ln(1 + y), and 0 where x is 0 and y is a number"""

    label = "SpecialXlog1PyBackward0"
    cpu = "xlog1py_cpu"
    promotes = "float"
    saves = ("x", "y")

    def kernel(xp, x, y):
        refuse(x, "c")
        return xp.where((x == 0) & (y == y), 0, x * xp.log1p(y))

    def grad_x(ctx, g):
        return masked(g * log1p(ctx.y), ~((ctx.x == 0) & (ctx.y <= -1)))

    def grad_y(ctx, g):
        return g * (ctx.x / (ctx.y + 1))


class I0(Special):
    """the modified Bessel function of order 0"""

    cpu = "i0_vml_cpu"

    def kernel(xp, x):
        return by_scipy(xp, "i0", x)

    def grad_x(ctx, g):
        return g * i1(ctx.x)


class I0e(Special):
    """e^-|x| I0(x)"""

    label = "SpecialI0EBackward0"
    cpu = "i0e_cpu"
    saves = ("x", "out")

    def kernel(xp, x):
        return by_scipy(xp, "i0e", x)

    def grad_x(ctx, g):
        return g * (i1e(ctx.x) - sign(ctx.x) * ctx.out)


class I1(Special):
    """the modified Bessel function of order 1"""

    label = "SpecialI1Backward0"
    cpu = "i1_cpu"
    saves = ("x", "out")

    def kernel(xp, x):
        return by_scipy(xp, "i1", x)

    def grad_x(ctx, g):
        ratio = where(ctx.x == 0, 0.5, ctx.out / where(ctx.x == 0, 1, ctx.x))
        return g * (i0(ctx.x) - ratio)


class I1e(Special):
    """e^-|x| I1(x)"""

    label = "SpecialI1EBackward0"
    cpu = "i1e_cpu"
    saves = ("x", "out")

    def kernel(xp, x):
        return by_scipy(xp, "i1e", x)

    def grad_x(ctx, g):
        ratio = where(ctx.x == 0, 0.5, ctx.out / where(ctx.x == 0, 1, ctx.x))
        return g * (i0e(ctx.x) - sign(ctx.x) * ctx.out - ratio)


def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The error function: 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x.

    Shape: input (*), output (*).

    >>> erf(tensor([0.0, 1.0]))
    tensor([0.0000, 0.8427])
    """
    result = unary(Erf, input)
    return result if out is None else into(out, result)


def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """1 - erf(x), exact for large x.

    Shape: input (*), output (*).
    """
    result = unary(Erfc, input)
    return result if out is None else into(out, result)


def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the error function; NaN outside [-1, 1].

    Shape: input (*), output (*).

    >>> erfinv(tensor([0.0, 0.5, 1.0]))
    tensor([0.0000, 0.4769,    inf])
    """
    result = unary(Erfinv, input)
    return result if out is None else into(out, result)


def erfcx(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The scaled complementary error function e^(x^2) erfc(x).

    Shape: input (*), output (*).
    """
    result = unary(Erfcx, input)
    return result if out is None else into(out, result)


def ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The probability that a standard normal number is below x.

    Shape: input (*), output (*).

    >>> ndtr(tensor([0.0, 1.0]))
    tensor([0.5000, 0.8413])
    """
    result = unary(Ndtr, input)
    return result if out is None else into(out, result)


def ndtri(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of `ndtr`; NaN outside [0, 1].

    Shape: input (*), output (*).
    """
    result = unary(Ndtri, input)
    return result if out is None else into(out, result)


def log_ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of `ndtr`, without underflow.

    Shape: input (*), output (*).
    """
    result = unary(LogNdtr, input)
    return result if out is None else into(out, result)


def entr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """-x ln x of each element: 0 at 0, -inf below it.

    Shape: input (*), output (*).

    >>> entr(tensor([0.0, 0.5]))
    tensor([0.0000, 0.3466])
    """
    result = unary(Entr, input)
    return result if out is None else into(out, result)


def xlog1py(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """input * ln(1 + other), broadcast; 0 where input is 0, unless other is NaN.

    Shape: input (*), other (*) broadcastable, output (*).
    """
    result = binary(XLog1pY, input, other)
    return result if out is None else into(out, result)


def i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the first kind, of order 0.

    Shape: input (*), output (*).

    >>> i0(tensor([0.0, 1.0]))
    tensor([1.0000, 1.2661])
    """
    result = unary(I0, input)
    return result if out is None else into(out, result)


def i0e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """e^-|x| times the modified Bessel function of order 0.

    Shape: input (*), output (*).
    """
    result = unary(I0e, input)
    return result if out is None else into(out, result)


def i1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the first kind, of order 1.

    Shape: input (*), output (*).
    """
    result = unary(I1, input)
    return result if out is None else into(out, result)


def i1e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """e^-|x| times the modified Bessel function of order 1.

    Shape: input (*), output (*).
    """
    result = unary(I1e, input)
    return result if out is None else into(out, result)
