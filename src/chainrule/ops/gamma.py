"""The gamma function and its relatives.

SciPy computes them; it is imported at the first use.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..core.apply import binary, unary
from ..core.promotion import is_number
from .inplace import into
from .math import exp, log
from .special import Special
from .support import Composite, by_scipy, need_tensor, refuse, unwritten

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number


class Lgamma(Special):
    """ln |Gamma(x)|"""

    cpu = "lgamma_vml_cpu"

    def kernel(xp, x):
        return xp.where(xp.isinf(x), xp.absolute(x), by_scipy(xp, "gammaln", x))

    def grad_x(ctx, g):
        return g * digamma(ctx.x)


class Digamma(Special):
    """the derivative of ln Gamma(x)"""

    cpu = "digamma"

    def kernel(xp, x):
        pole = xp.where(x == 0, xp.copysign(xp.asarray(math.inf, x.dtype), -x), math.nan)
        return xp.where((x <= 0) & (x == xp.trunc(x)), pole, by_scipy(xp, "psi", x))

    def grad_x(ctx, g):
        return g * polygamma(1, ctx.x)


class Polygamma(Special):
    """the n-th derivative of digamma: (-1)^(n+1) n! times the sum of (x + k)^(-n-1) over k"""

    cpu = "polygamma"

    def kernel(xp, x, *, n):
        return math.factorial(n) * (-1) ** (n + 1) * by_scipy(xp, "zeta", n + 1, x)

    def grad_x(ctx, g):
        return g * polygamma(ctx.n + 1, ctx.x)


class PolygammaOfZero(Digamma):
    """digamma, under the name of its family"""

    label = "PolygammaBackward0"


class Trigamma(Special):
    """the derivative of digamma; below 1/2 it is pi^2 / sin^2(pi x) - trigamma(1 - x)"""

    label = "PolygammaBackward0"
    cpu = "trigamma"

    def kernel(xp, x):
        above = by_scipy(xp, "zeta", 2, xp.where(x < 0.5, 1 - x, x))
        mirrored = (math.pi / xp.sin(x * math.pi)) ** 2 - above
        return xp.where(x < 0.5, mirrored, above)

    def grad_x(ctx, g):
        return g * polygamma(2, ctx.x)


class Zeta(Composite):
    """the sum of (k + y)^-x over k"""

    label = "SpecialZetaBackward0"
    cpu = "zeta_cpu"
    promotes = "float"
    saves = ("x", "y")
    grad_x = unwritten("zeta")

    def kernel(xp, x, y):
        return by_scipy(xp, "zeta", x, y)

    def grad_y(ctx, g):
        return g * -ctx.x * zeta(ctx.x + 1, ctx.y)


class Igamma(Composite):
    """the integral of t^(x-1) e^-t from 0 to y, over Gamma(x)"""

    cpu = "igamma_cpu"
    saves = ("x", "y")
    grad_x = unwritten("igamma: input")

    def kernel(xp, x, y):
        refuse(x, "biu")
        return by_scipy(xp, "gammainc", x, y)

    def grad_y(ctx, g):
        return g * _gamma_density(ctx.x, ctx.y)


class Igammac(Composite):
    """the integral of t^(x-1) e^-t from y on, over Gamma(x)"""

    cpu = "igammac_cpu"
    saves = ("x", "y")
    grad_x = unwritten("igammac: input")

    def kernel(xp, x, y):
        refuse(x, "biu")
        return by_scipy(xp, "gammaincc", x, y)

    def grad_y(ctx, g):
        return -g * _gamma_density(ctx.x, ctx.y)


def _gamma_density(x: Any, y: Any) -> Any:
    """The density of the gamma distribution of shape x, at y."""
    return exp((x - 1) * log(y) - y - lgamma(x))


class Mvlgamma(Special):
    """the logarithm of the gamma function of p dimensions"""

    cpu = "mvlgamma"

    def kernel(xp, x, *, p):
        out = by_scipy(xp, "gammaln", x)
        for j in range(1, p):
            out = out + by_scipy(xp, "gammaln", x - j / 2)
        return out + p * (p - 1) / 4 * math.log(math.pi)

    def grad_x(ctx, g):
        slope = digamma(ctx.x)
        for j in range(1, ctx.p):
            slope = slope + digamma(ctx.x - j / 2)
        return g * slope


def lgamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of |Gamma(x)| of each element.

    Shape: input (*), output (*).

    >>> lgamma(tensor([1.0, 5.0]))
    tensor([0.0000, 3.1781])
    """
    result = unary(Lgamma, input)
    return result if out is None else into(out, result)


def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The derivative of ln Gamma(x); NaN at the negative integers.

    Shape: input (*), output (*).

    >>> digamma(tensor([1.0, 2.0]))
    tensor([-0.5772,  0.4228])
    """
    result = unary(Digamma, input)
    return result if out is None else into(out, result)


def polygamma(n: int, input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The n-th derivative of `digamma`.

    Shape: input (*), output (*). RuntimeError for a negative n.

    >>> polygamma(1, tensor([1.0]))
    tensor([1.6449])
    """
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    if n < 2:
        result = unary(Trigamma if n else PolygammaOfZero, input)
    else:
        result = unary(Polygamma, input, n=n)
    return result if out is None else into(out, result)


def polygamma_method(input: Tensor, n: int) -> Tensor:
    """The n-th derivative of `digamma`; see :func:`polygamma`.

    Shape: input (*), output (*).
    """
    return polygamma(n, input)


def zeta(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The Hurwitz zeta function: the sum of (k + other)^-input over k >= 0, broadcast.

    Shape: input (*), other (*) broadcastable, output (*).
    """
    if is_number(input):
        need_tensor("special_zeta", "other", 2, other)
    result = binary(Zeta, input, other)
    return result if out is None else into(out, result)


def mvlgamma(input: Tensor, p: int, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the gamma function of p dimensions, for input > (p - 1) / 2.

    p (p - 1) / 4 ln(pi) + the sum of ln Gamma(input - j / 2) for j below p.
    Shape: input (*), output (*). RuntimeError for p < 1.
    """
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    result = unary(Mvlgamma, input, p=p)
    return result if out is None else into(out, result)


def igamma(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The regularised lower incomplete gamma function, broadcast.

    1 / Gamma(input) times the integral of t^(input - 1) e^-t from 0 to other. It has a gradient
    in `other` only: NotImplementedError for one in `input`.

    Shape: input (*), other (*) broadcastable, output (*).

    >>> igamma(tensor([1.0, 2.0]), tensor([1.0, 1.0]))
    tensor([0.6321, 0.2642])
    """
    need_tensor("igamma", "input", 1, input)
    need_tensor("igamma", "other", 2, other)
    result = binary(Igamma, input, other)
    return result if out is None else into(out, result)


def igammac(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The regularised upper incomplete gamma function, broadcast: 1 - `igamma`.

    Shape: input (*), other (*) broadcastable, output (*).

    >>> igammac(tensor([1.0, 2.0]), tensor([1.0, 1.0]))
    tensor([0.3679, 0.7358])
    """
    need_tensor("igammac", "input", 1, input)
    need_tensor("igammac", "other", 2, other)
    result = binary(Igammac, input, other)
    return result if out is None else into(out, result)


gammainc, gammaincc = igamma, igammac
gammaln, psi, multigammaln = lgamma, digamma, mvlgamma
