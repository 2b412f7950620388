"""The complex conjugate, which the gradient rules of everything complex need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.apply import apply
from ..core.tensor import TensorBase
from ..errors import wrong_argument
from .kinds import Pointwise

if TYPE_CHECKING:
    from ..tensor import Tensor


class Conj(Pointwise):
    """Re x - i Im x"""

    ufunc = "conjugate"

    def grad_x(ctx, g):
        return conj(g)


def conj(input: Tensor) -> Tensor:
    """The complex conjugate of each element; a real tensor is returned as it is.

    Shape: input (*), output (*).

    >>> conj(tensor([1 + 2j]))
    tensor([1.-2.j])
    """
    data = input._data if isinstance(input, TensorBase) else input
    try:
        return input if data.dtype.kind != "c" else apply(Conj, input)
    except AttributeError:
        raise wrong_argument(input) from None
