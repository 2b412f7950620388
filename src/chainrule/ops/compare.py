"""Comparison, logic and selection, element by element, and the comparison of whole tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy

from ..backend import namespace
from ..core import dtype as dtypes
from ..core.apply import apply, as_array, binary, unary
from ..core.promotion import is_number
from ..core.tensor import plain, unwrap, wrap
from ..errors import hint
from ..kernels import elementwise
from .inplace import into
from .kinds import Pointwise
from .mask import masked
from .support import Limited, need_operand, need_tensor, on_numpy, refuse

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number


class Comparison(Limited):
    """True or False for each pair of elements."""

    numbers = "second"
    promotes = "compare"
    nondiff = ("x", "y")


class Eq(Comparison):
    """x = y"""

    ufunc = "equal"


class Ne(Comparison):
    """x != y"""

    ufunc = "not_equal"


class Lt(Comparison):
    """x < y"""

    cpu = "lt_cpu"

    def kernel(xp, x, y):
        refuse(x, "c")
        return xp.less(x, y)


class Le(Comparison):
    """x <= y"""

    cpu = "le_cpu"

    def kernel(xp, x, y):
        refuse(x, "c")
        return xp.less_equal(x, y)


class Gt(Comparison):
    """x > y"""

    cpu = "gt_cpu"

    def kernel(xp, x, y):
        refuse(x, "c")
        return xp.greater(x, y)


class Ge(Comparison):
    """x >= y"""

    cpu = "ge_cpu"

    def kernel(xp, x, y):
        refuse(x, "c")
        return xp.greater_equal(x, y)


class LogicalAnd(Comparison):
    """x and y"""

    ufunc = "logical_and"


class LogicalOr(Comparison):
    """x or y"""

    ufunc = "logical_or"


class LogicalXor(Comparison):
    """either x or y"""

    ufunc = "logical_xor"


class Predicate(Limited):
    """True or False for each element."""

    nondiff = ("x",)


class LogicalNot(Predicate):
    """not x"""

    ufunc = "logical_not"


class IsNan(Predicate):
    """x is NaN"""

    ufunc = "isnan"


class IsInf(Predicate):
    """|x| is infinite"""

    ufunc = "isinf"


class IsFinite(Predicate):
    """x is neither infinite nor NaN"""

    ufunc = "isfinite"


class IsPosInf(Predicate):
    """x = inf"""

    cpu = "isposinf_cpu"

    def kernel(xp, x):
        refuse(x, "c")
        return xp.isinf(x) & (x > 0)


class IsNegInf(Predicate):
    """x = -inf"""

    cpu = "isneginf_cpu"

    def kernel(xp, x):
        refuse(x, "c")
        return xp.isinf(x) & (x < 0)


class IsReal(Predicate):
    """Im x = 0"""

    def kernel(xp, x):
        return x.imag == 0


class Where(Pointwise):
    """x where condition, y elsewhere"""

    promotes = "select"
    nondiff = ("condition",)
    saves = ("condition",)

    def kernel(xp, condition, x, y):
        return xp.where(condition, x, y)

    def grad_x(ctx, g):
        return masked(g, ctx.condition)

    def grad_y(ctx, g):
        return masked(g, ~ctx.condition)


on_numpy(Where)(elementwise.where)


def where(
    condition: Tensor,
    input: Tensor | Number,
    other: Tensor | Number,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """input where the condition holds, other elsewhere, broadcast.

    Shape: condition, input and other (*) broadcastable, output (*). RuntimeError for a condition
    that is not bool.

    >>> where(tensor([True, False]), tensor([1.0, 2.0]), 0.0)
    tensor([1., 0.])
    """
    kind = getattr(unwrap(condition), "dtype", None)
    if kind != numpy.bool_:
        if kind is None:
            found = type(condition).__name__
            raise TypeError(
                f"where(): argument 'condition' (position 1) must be Tensor, not {found}"
            )
        if kind != numpy.uint8:
            raise RuntimeError(
                hint(
                    "where expected condition to be a boolean tensor, but got a tensor with dtype "
                    f"{dtypes.from_numpy_dtype(kind).short}",
                    "compare it, as in `condition != 0`",
                )
            )
        condition = ne(condition, 0)
    need_operand("where", "input", 2, input)
    need_operand("where", "other", 3, other)
    result = apply(Where, condition, input, other)
    return result if out is None else into(out, result, exact=True)


def where_method(input: Tensor, condition: Tensor, other: Tensor | Number) -> Tensor:
    """This tensor where the condition holds, other elsewhere, broadcast; see :func:`where`.

    Shape: input, condition and other (*) broadcastable, output (*).
    """
    return where(condition, input, other)


def eq(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Whether input = other, broadcast.

    Shape: input (*), other (*) broadcastable, output (*), bool.

    >>> eq(tensor([1, 2]), 2)
    tensor([False,  True])
    """
    result = binary(Eq, input, other)
    return result if out is None else into(out, result)


def ne(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Whether input differs from other, broadcast.

    Shape: input (*), other (*) broadcastable, output (*), bool.
    """
    result = binary(Ne, input, other)
    return result if out is None else into(out, result)


def lt(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Whether input < other, broadcast.

    Shape: input (*), other (*) broadcastable, output (*), bool.
    """
    result = binary(Lt, input, other)
    return result if out is None else into(out, result)


def le(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Whether input <= other, broadcast.

    Shape: input (*), other (*) broadcastable, output (*), bool.
    """
    result = binary(Le, input, other)
    return result if out is None else into(out, result)


def gt(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Whether input > other, broadcast.

    Shape: input (*), other (*) broadcastable, output (*), bool.

    >>> gt(tensor([1.0, 3.0]), 2)
    tensor([False,  True])
    """
    result = binary(Gt, input, other)
    return result if out is None else into(out, result)


def ge(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Whether input >= other, broadcast.

    Shape: input (*), other (*) broadcastable, output (*), bool.
    """
    result = binary(Ge, input, other)
    return result if out is None else into(out, result)


def logical_and(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether both are true (not zero), broadcast.

    Shape: input (*), other (*) broadcastable, output (*), bool.

    >>> logical_and(tensor([0, 1, 2]), tensor([True]))
    tensor([False,  True,  True])
    """
    need_tensor("logical_and", "other", 2, other)
    result = binary(LogicalAnd, input, other)
    return result if out is None else into(out, result)


def logical_or(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether one of both is true (not zero), broadcast.

    Shape: input (*), other (*) broadcastable, output (*), bool.
    """
    need_tensor("logical_or", "other", 2, other)
    result = binary(LogicalOr, input, other)
    return result if out is None else into(out, result)


def logical_xor(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether exactly one of both is true (not zero), broadcast.

    Shape: input (*), other (*) broadcastable, output (*), bool.
    """
    need_tensor("logical_xor", "other", 2, other)
    result = binary(LogicalXor, input, other)
    return result if out is None else into(out, result)


def logical_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether each element is false (zero).

    Shape: input (*), output (*), bool.
    """
    result = unary(LogicalNot, input)
    return result if out is None else into(out, result)


def isnan(input: Tensor) -> Tensor:
    """Whether each element is NaN.

    Shape: input (*), output (*), bool.

    >>> isnan(tensor([1.0, nan]))
    tensor([False,  True])
    """
    return unary(IsNan, input)


def isinf(input: Tensor) -> Tensor:
    """Whether each element is infinite.

    Shape: input (*), output (*), bool.
    """
    return unary(IsInf, input)


def isfinite(input: Tensor) -> Tensor:
    """Whether each element is neither infinite nor NaN.

    Shape: input (*), output (*), bool.
    """
    return unary(IsFinite, input)


def isposinf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether each element is positive infinity.

    Shape: input (*), output (*), bool.
    """
    result = unary(IsPosInf, input)
    return result if out is None else into(out, result, exact=True)


def isneginf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether each element is negative infinity.

    Shape: input (*), output (*), bool.
    """
    result = unary(IsNegInf, input)
    return result if out is None else into(out, result, exact=True)


def isreal(input: Tensor) -> Tensor:
    """Whether the imaginary part of each element is zero.

    Shape: input (*), output (*), bool.
    """
    return unary(IsReal, input)


def isclose(
    input: Tensor,
    other: Tensor,
    rtol: float = 1e-05,
    atol: float = 1e-08,
    equal_nan: bool = False,
) -> Tensor:
    """Whether |input - other| <= atol + rtol |other|, or both are equal, broadcast.

    Shape: input (*), other (*) broadcastable, output (*), bool. RuntimeError for different dtypes
    and for negative tolerances.

    >>> isclose(tensor([1.0, 2.0]), tensor([1.0 + 1e-7, 2.1]))
    tensor([ True, False])
    """
    need_tensor("isclose", "other", 2, other)
    a, b = unwrap(input), unwrap(other)
    if a.dtype != b.dtype:
        found, expected = dtypes.of_array(b).short, dtypes.of_array(a).short
        raise RuntimeError(f"{expected} did not match {found}")
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value}")
    close = eq(input, other)
    if equal_nan:
        close = logical_or(close, logical_and(isnan(input), isnan(other)))
    xp = namespace(a)
    if b.dtype.kind in "biu":
        a, b = a.astype(float), b.astype(float)
    error = xp.absolute(a - b)
    near = xp.isfinite(error) & (error <= atol + xp.absolute(rtol * b))
    return wrap(as_array(near | unwrap(close)))


def allclose(
    input: Tensor,
    other: Tensor,
    rtol: float = 1e-05,
    atol: float = 1e-08,
    equal_nan: bool = False,
) -> bool:
    """Whether all elements are close; see :func:`isclose`.

    Shape: input (*), other (*) broadcastable.

    >>> allclose(tensor([1.0, 2.0]), tensor([1.0 + 1e-7, 2.0]))
    True
    """
    return bool(unwrap(isclose(input, other, rtol, atol, equal_nan)).all())


def equal(input: Tensor, other: Tensor) -> bool:
    """Whether both tensors have the same shape and equal elements.

    Shape: input (*), other (*).

    >>> equal(tensor([1, 2]), tensor([1, 2]))
    True
    """
    need_tensor("equal", "other", 2, other)
    if unwrap(input).shape != unwrap(other).shape:
        return False
    return bool(unwrap(eq(input, other)).all())


def isin(
    elements: Tensor | Number,
    test_elements: Tensor | Number,
    *,
    assume_unique: bool = False,
    invert: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Whether each element is one of the test elements (is none of them, with `invert`).

    Shape: elements (*), test_elements any, output (*), bool. RuntimeError for bools and complex
    numbers.

    >>> isin(tensor([1, 2, 3]), tensor([2, 3]))
    tensor([False,  True,  True])
    """
    given = (elements, test_elements)
    if all(is_number(x) for x in given):
        raise TypeError("isin(): elements or test_elements must be Tensor")
    for x in given:
        kind = dtypes.of_number(x) if is_number(x) else dtypes.of_array(unwrap(x))
        if kind.category in (dtypes.BOOL, dtypes.COMPLEX):
            raise RuntimeError(f"Unsupported input type encountered for isin(): {kind.short}")
    xp = namespace(unwrap(next(x for x in given if not is_number(x))))
    found = xp.isin(*(plain(x) for x in given), assume_unique=assume_unique, invert=invert)
    result = wrap(as_array(found))
    return result if out is None else into(out, result, exact=True)


def is_nonzero(input: Tensor) -> bool:
    """Whether the only element of a tensor is not zero.

    Shape: input of one element. RuntimeError for any other number of elements.
    """
    data = unwrap(input)
    if data.size != 1:
        found = "more than one value" if data.size else "no values"
        raise RuntimeError(f"Boolean value of Tensor with {found} is ambiguous")
    return bool(data.item())


greater, greater_equal, less, less_equal, not_equal = gt, ge, lt, le, ne
