"""Integers and bools bit by bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.apply import binary, unary
from ..core.tensor import unwrap
from .inplace import into
from .support import Limited, refuse

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number


class Bitwise(Limited):
    """An operation on the bits of two integers, or on two bools."""

    nondiff = ("x", "y")


class BitwiseAnd(Bitwise):
    """x & y"""

    ufunc = "bitwise_and"
    cpu = "bitwise_and_cpu"


class BitwiseOr(Bitwise):
    """x | y"""

    ufunc = "bitwise_or"
    cpu = "bitwise_or_cpu"


class BitwiseXor(Bitwise):
    """x ^ y"""

    ufunc = "bitwise_xor"
    cpu = "bitwise_xor_cpu"


class LeftShift(Bitwise):
    """x << y"""

    cpu = "lshift_cpu"

    def kernel(xp, x, y):
        refuse(x, "b")
        return xp.left_shift(x, y)


class RightShift(Bitwise):
    """x >> y"""

    cpu = "rshift_cpu"

    def kernel(xp, x, y):
        refuse(x, "b")
        return xp.right_shift(x, y)


class BitwiseNot(Limited):
    """~x"""

    ufunc = "invert"
    cpu = "bitwise_not_cpu"
    nondiff = ("x",)


def bitwise_and(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """input & other, broadcast.

    Shape: input (*), other (*) broadcastable, output (*). NotImplementedError for floats.

    >>> bitwise_and(tensor([12, 10]), 6)
    tensor([4, 2])
    """
    result = binary(BitwiseAnd, input, other)
    return result if out is None else into(out, result)


def bitwise_or(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """input | other, broadcast.

    Shape: input (*), other (*) broadcastable, output (*). NotImplementedError for floats.
    """
    result = binary(BitwiseOr, input, other)
    return result if out is None else into(out, result)


def bitwise_xor(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """input ^ other, broadcast.

    Shape: input (*), other (*) broadcastable, output (*). NotImplementedError for floats.
    """
    result = binary(BitwiseXor, input, other)
    return result if out is None else into(out, result)


def bitwise_left_shift(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """input << other, broadcast.

    Shape: input (*), other (*) broadcastable, output (*). NotImplementedError for floats and bools.

    >>> bitwise_left_shift(tensor([1, 3]), 2)
    tensor([ 4, 12])
    """
    result = binary(LeftShift, input, other)
    return result if out is None else into(out, result)


def bitwise_right_shift(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """input >> other, broadcast; the sign is kept.

    Shape: input (*), other (*) broadcastable, output (*). NotImplementedError for floats and bools.
    """
    result = binary(RightShift, input, other)
    return result if out is None else into(out, result)


def bitwise_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """~input; for bools, not.

    Shape: input (*), output (*). NotImplementedError for floats.

    >>> bitwise_not(tensor([True, False]))
    tensor([False,  True])
    """
    result = unary(BitwiseNot, input)
    return result if out is None else into(out, result, exact=True)


def inverted(input: Tensor) -> Tensor:
    """~input: the operator, which names itself in the error for floats.

    Shape: input (*), output (*). TypeError for floats.
    """
    if unwrap(input).dtype.kind not in "biu":
        raise TypeError(
            "~ (operator.invert) is only implemented on integer and Boolean-type tensors"
        )
    return unary(BitwiseNot, input)
