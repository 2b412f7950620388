"""Bessel functions and their kin, which PyTorch has without gradients: SciPy computes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..core.apply import unary
from .inplace import into
from .support import Limited, by_scipy, need_tensor, only_wide_floats

if TYPE_CHECKING:
    from ..tensor import Tensor


def _airy(xp: Any, x: Any) -> Any:
    """Ai; SciPy gives NaN where it is long 0."""
    return xp.where(x > 1000, 0, by_scipy(xp, "airy", x)[0]).astype(x.dtype)


def _sine_over(xp: Any, x: Any) -> Any:
    """sin(x) / x, with its limits at 0 and infinity."""
    safe = xp.where((x == 0) | xp.isinf(x), 1, x)
    return xp.where(xp.isinf(x), 0, xp.where(x == 0, 1, xp.sin(safe) / safe)).astype(x.dtype)


FORMULAS: dict[str, str | Callable[[Any, Any], Any]] = {
    "airy_ai": _airy,
    "bessel_j0": "j0",
    "bessel_j1": "j1",
    "bessel_y0": "y0",
    "bessel_y1": "y1",
    "modified_bessel_i0": "i0",
    "modified_bessel_i1": "i1",
    "modified_bessel_k0": "k0",
    "modified_bessel_k1": "k1",
    "scaled_modified_bessel_k0": "k0e",
    "scaled_modified_bessel_k1": "k1e",
    "spherical_bessel_j0": _sine_over,
}
"""How each is computed: by the function of SciPy of this name, or by a formula."""


class Bessel(Limited):
    """the function `name` of x, without a gradient"""

    promotes = "float"
    nondiff = ("x",)

    def kernel(xp, x, *, name):
        only_wide_floats(x)
        formula = FORMULAS[name]
        return formula(xp, x) if callable(formula) else by_scipy(xp, formula, x)

    @classmethod
    def kernel_name(cls, params: dict[str, Any]) -> str:
        """What PyTorch calls its kernel."""
        return f"{params['name']}_cpu"


def _function(name: str, doc: str) -> Callable[..., Any]:
    def function(input: Tensor, *, out: Tensor | None = None) -> Any:
        need_tensor(f"special_{name}", "input", 1, input)
        result = unary(Bessel, input, name=name)
        return result if out is None else into(out, result)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{doc}\n\nShape: input (*), output (*). Without a gradient, as in PyTorch."
    return function


airy_ai = _function(
    "airy_ai",
    "The Airy function Ai: the solution of y'' = x y that falls to 0.",
)
bessel_j0 = _function(
    "bessel_j0",
    "The Bessel function of the first kind, of order 0.",
)
bessel_j1 = _function(
    "bessel_j1",
    "The Bessel function of the first kind, of order 1.",
)
bessel_y0 = _function(
    "bessel_y0", "The Bessel function of the second kind, of order 0; NaN below 0."
)
bessel_y1 = _function(
    "bessel_y1", "The Bessel function of the second kind, of order 1; NaN below 0."
)
modified_bessel_i0 = _function(
    "modified_bessel_i0", "The modified Bessel function of the first kind, of order 0."
)
modified_bessel_i1 = _function(
    "modified_bessel_i1", "The modified Bessel function of the first kind, of order 1."
)
modified_bessel_k0 = _function(
    "modified_bessel_k0",
    "The modified Bessel function of the second kind, of order 0; NaN below 0.",
)
modified_bessel_k1 = _function(
    "modified_bessel_k1",
    "The modified Bessel function of the second kind, of order 1; NaN below 0.",
)
scaled_modified_bessel_k0 = _function(
    "scaled_modified_bessel_k0", "e^x times `modified_bessel_k0`."
)
scaled_modified_bessel_k1 = _function(
    "scaled_modified_bessel_k1", "e^x times `modified_bessel_k1`."
)
spherical_bessel_j0 = _function(
    "spherical_bessel_j0", "The spherical Bessel function of order 0: sin(x) / x."
)
