"""What a mask lets through: the gradient rules of everything with a kink."""

from __future__ import annotations

from typing import Any

import numpy
from numpy import ndarray

from ..core.apply import apply
from ..core.promotion import constant
from .kinds import Pointwise

_BITS = {size: numpy.dtype(f"int{8 * size}") for size in (2, 4, 8)}
_INT8 = numpy.dtype("int8")
_SMALL = 4096


def masked(x: Any, mask: Any) -> Any:
    """x where the mask (which broadcasts to the shape of x) is true, elsewhere 0.

    Unlike x * mask, an infinity or NaN outside the mask leaves nothing behind.

    >>> masked(tensor([1.0, 2.0]), tensor([True, False]))
    tensor([1., 0.])
    """
    if type(x) is ndarray and type(mask) is ndarray:
        return _masked_on_numpy(x, mask)
    return apply(Masked, x, mask)


def zeros(g: Any) -> Any:
    """The gradient of a step function: zeros, whatever arrives."""
    return masked(g, False)


class Masked(Pointwise):
    """x where mask, elsewhere 0"""

    promotes = None
    nondiff = ("mask",)
    saves = ("mask",)

    def kernel(xp, x, mask):
        return xp.where(mask, x, 0)

    def grad_x(ctx, g):
        return masked(g, ctx.mask)


def _masked_on_numpy(x: Any, mask: Any) -> Any:
    if type(mask) is not ndarray or mask.size < _SMALL or x.dtype.itemsize not in _BITS:
        return numpy.where(mask, x, constant(0, x.dtype))
    bits = _BITS[x.dtype.itemsize]
    return numpy.bitwise_and(x.view(bits), _ones(mask)).view(x.dtype)


def choose(mask: Any, x: Any, y: Any) -> Any:
    """numpy.where for raw arrays; faster than that where the mask is large and random.

    numpy.where branches at each element. This takes the bits of x where the mask has ones.
    """
    if (
        type(mask) is not ndarray
        or mask.size < _SMALL
        or getattr(x, "dtype", None) is not getattr(y, "dtype", 0)
        or x.dtype.itemsize not in _BITS
    ):
        return numpy.where(mask, x, y)
    bits = _BITS[x.dtype.itemsize]
    a, b = x.view(bits), y.view(bits)
    return (b ^ ((a ^ b) & _ones(mask))).view(x.dtype)


def _ones(mask: Any) -> Any:
    """All bits set where the mask is true, elsewhere none."""
    return numpy.negative(mask.view(_INT8))


Masked.on_cpu = _masked_on_numpy
