"""Orthogonal polynomials, which PyTorch has without gradients: SciPy computes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy

from ..core.apply import apply
from ..core.promotion import is_number
from .inplace import into
from .support import Limited, by_scipy, only_wide_floats

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number


def _second(xp: Any, n: Any, x: Any) -> Any:
    """Chebyshev's polynomials of the second kind; 0 for n = -1."""
    return xp.where(n < 0, 0, by_scipy(xp, "eval_chebyu", n, x))


def _chebyshev(xp: Any, kind: str, n: Any, x: Any) -> Any:
    if kind == "t":
        return by_scipy(xp, "eval_chebyt", n, x)
    if kind == "u":
        return _second(xp, n, x)
    before = _second(xp, n - 1, x)
    return _second(xp, n, x) + (before if kind == "w" else -before)


NAMES = {
    "hermite_polynomial_h": "eval_hermite",
    "hermite_polynomial_he": "eval_hermitenorm",
    "laguerre_polynomial_l": "eval_laguerre",
    "legendre_polynomial_p": "eval_legendre",
}
"""What SciPy calls those that are not Chebyshev's."""


class Polynomial(Limited):
    """the polynomial `name` of degree y at x, without a gradient"""

    promotes = "float"
    nondiff = ("x", "y")

    def kernel(xp, x, y, *, name):
        only_wide_floats(x)
        n, at = y.astype(numpy.int64), x.astype(numpy.float64)
        if name in NAMES:
            value = by_scipy(xp, NAMES[name], n, at)
        else:
            at = at * 2 - 1 if name.startswith("shifted") else at
            value = _chebyshev(xp, name[-1], n, at)
        return xp.where(n > 0, value, xp.where(n == 0, 1.0, 0.0)).astype(x.dtype)

    @classmethod
    def kernel_name(cls, params: dict[str, Any]) -> str:
        """What PyTorch calls its kernel."""
        return f"{params['name']}_cpu"


def _function(name: str, doc: str) -> Callable[..., Any]:
    def function(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Any:
        if is_number(input) and is_number(n):
            raise TypeError(
                f"special_{name}(): argument 'input' (position 1) must be Tensor, "
                f"not {type(input).__name__}"
            )
        result = apply(Polynomial, input, n, name=name)
        return result if out is None else into(out, result)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{doc}\n\nThe degree is `n` without its fraction; below 0 the value is 0. Without a "
        "gradient, as in PyTorch.\n\nShape: input (*), n (*) broadcastable, output (*)."
    )
    return function


chebyshev_polynomial_t = _function(
    "chebyshev_polynomial_t",
    "Chebyshev's polynomial of the first kind: cos(n t) at cos(t).",
)
chebyshev_polynomial_u = _function(
    "chebyshev_polynomial_u",
    "Chebyshev's polynomial of the second kind: sin((n + 1) t) / sin(t) at cos(t).",
)
chebyshev_polynomial_v = _function(
    "chebyshev_polynomial_v",
    "Chebyshev's polynomial of the third kind: cos((n + 1/2) t) / cos(t / 2) at cos(t).",
)
chebyshev_polynomial_w = _function(
    "chebyshev_polynomial_w",
    "Chebyshev's polynomial of the fourth kind: sin((n + 1/2) t) / sin(t / 2) at cos(t).",
)
hermite_polynomial_h = _function(
    "hermite_polynomial_h",
    "Hermite's polynomial of physics, orthogonal under e^(-x^2).",
)
hermite_polynomial_he = _function(
    "hermite_polynomial_he",
    "Hermite's polynomial of probability, orthogonal under e^(-x^2 / 2).",
)
laguerre_polynomial_l = _function(
    "laguerre_polynomial_l",
    "Laguerre's polynomial, orthogonal under e^-x on the positive numbers.",
)
legendre_polynomial_p = _function(
    "legendre_polynomial_p",
    "Legendre's polynomial, orthogonal on [-1, 1].",
)
shifted_chebyshev_polynomial_t = _function(
    "shifted_chebyshev_polynomial_t",
    "`chebyshev_polynomial_t` at 2 x - 1.",
)
shifted_chebyshev_polynomial_u = _function(
    "shifted_chebyshev_polynomial_u",
    "`chebyshev_polynomial_u` at 2 x - 1.",
)
shifted_chebyshev_polynomial_v = _function(
    "shifted_chebyshev_polynomial_v",
    "`chebyshev_polynomial_v` at 2 x - 1.",
)
shifted_chebyshev_polynomial_w = _function(
    "shifted_chebyshev_polynomial_w",
    "`chebyshev_polynomial_w` at 2 x - 1.",
)
