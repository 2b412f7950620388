"""Complex tensors: their parts and angles, and their views as real tensors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..core import dtype as dtypes
from ..core.apply import apply, binary, unary
from ..core.tensor import unwrap
from ..errors import hint
from .conj import conj
from .convert import contiguous
from .inplace import into
from .kinds import Pointwise, ViewOp
from .mask import masked, zeros
from .signs import sgn
from .support import Limited, need_tensor

if TYPE_CHECKING:
    from ..tensor import Tensor


class Real(ViewOp):
    """Re x"""

    label = "SelectBackward0"

    def kernel(xp, x):
        return x.real

    def grad_x(ctx, g):
        return complex(g, zeros(g))


class Imag(ViewOp):
    """Im x"""

    label = "SelectBackward0"

    def kernel(xp, x):
        return x.imag

    def grad_x(ctx, g):
        return complex(zeros(g), g)


class ViewAsReal(ViewOp):
    """x with its two parts as a last dimension"""

    def kernel(xp, x):
        return x[..., None].view(dtypes.of_array(x).to_real().numpy)

    def grad_x(ctx, g):
        return view_as_complex(contiguous(g))


class ViewAsComplex(ViewOp):
    """x[..., 0] + i x[..., 1]"""

    def kernel(xp, x):
        return x.view(dtypes.of_array(x).to_complex().numpy)[..., 0]

    def grad_x(ctx, g):
        return view_as_real(g)


def _from_parts(xp: Any, x: Any, y: Any) -> Any:
    """x + i y, where the parts may be infinite."""
    out = xp.empty(xp.broadcast(x, y).shape, dtypes.of_array(x).to_complex().numpy)
    out.real, out.imag = x, y
    return out


class Complex(Pointwise):
    """x + i y"""

    kernel = _from_parts

    def grad_x(ctx, g):
        return real(g)

    def grad_y(ctx, g):
        return imag(g)


class Polar(Pointwise):
    """x (cos y + i sin y)"""

    saves = ("out",)

    def kernel(xp, x, y):
        return _from_parts(xp, x * xp.cos(y), x * xp.sin(y))

    def grad_x(ctx, g):
        return real(g * conj(sgn(ctx.out)))

    def grad_y(ctx, g):
        return imag(g * conj(ctx.out))


class ConjPhysical(Pointwise):
    """Re x - i Im x"""

    ufunc = "conjugate"

    def grad_x(ctx, g):
        return conj(g)


class Angle(Limited):
    """the angle of x from the positive real axis"""

    cpu = "angle_cpu"
    promotes = "float"
    saves = ("x",)

    def kernel(xp, x):
        if x.dtype.kind == "c":
            return xp.arctan2(x.imag, x.real)
        return xp.where(x != x, x, xp.where(x < 0, xp.asarray(math.pi, x.dtype), 0))

    def grad_x(ctx, g):
        if unwrap(ctx.x).dtype.kind != "c":
            return zeros(g)
        return masked(g * 1j / conj(ctx.x), ctx.x != 0)


def _need_parts(function: str, *parts: tuple[str, Any]) -> None:
    """PyTorch's errors for parts that are not floats, or floats of two types."""
    for position, (name, part) in enumerate(parts, 1):
        need_tensor(function, name, position, part)
    first, second = (dtypes.of_array(unwrap(part)) for _, part in parts)
    if not (first.is_floating_point and second.is_floating_point):
        raise RuntimeError(
            "Expected both inputs to be Half, Float or Double tensors but got "
            f"{first.short} and {second.short}"
        )
    if first is not second:
        raise RuntimeError(
            f"Expected object of scalar type {first.short} but got scalar type {second.short} "
            "for second argument"
        )


def real(input: Tensor) -> Tensor:
    """The real parts, as a view; a real tensor is returned as it is.

    Shape: input (*), output (*).

    >>> real(tensor([1 + 2j]))
    tensor([1.])
    """
    return apply(Real, input) if unwrap(input).dtype.kind == "c" else input


def imag(input: Tensor) -> Tensor:
    """The imaginary parts, as a view.

    Shape: input (*), output (*). RuntimeError for a real tensor.

    >>> imag(tensor([1 + 2j]))
    tensor([2.])
    """
    if unwrap(input).dtype.kind != "c":
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return apply(Imag, input)


def view_as_real(input: Tensor) -> Tensor:
    """A view of a complex tensor with the real and imaginary parts along a new last dimension.

    Shape: input (*), output (*, 2). RuntimeError for a real tensor.

    >>> view_as_real(tensor([1 + 2j]))
    tensor([[1., 2.]])
    """
    if unwrap(input).dtype.kind != "c":
        raise RuntimeError("view_as_real is only supported for complex tensors")
    return apply(ViewAsReal, input)


def view_as_complex(input: Tensor) -> Tensor:
    """A view of a real tensor whose last dimension has real and imaginary parts.

    Shape: input (*, 2), output (*). RuntimeError for other sizes, strides and dtypes.

    >>> view_as_complex(tensor([[1.0, 2.0]]))
    tensor([1.+2.j])
    """
    x = unwrap(input)
    if dtypes.of_array(x) not in (dtypes.float32, dtypes.float64):
        kind = dtypes.of_array(x)
        raise RuntimeError(
            "view_as_complex is only supported for half, float and double tensors, "
            f"but got a tensor of scalar type: {kind.short}"
        )
    if not x.ndim:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if x.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    if x.size and x.strides[-1] != x.itemsize:
        raise RuntimeError(
            hint("Tensor must have a last dimension with stride 1", "call contiguous() first")
        )
    if x.size and any(step % (2 * x.itemsize) for step in x.strides[:-1]):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    return apply(ViewAsComplex, input)


def complex(real: Tensor, imag: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complex tensor with these parts, broadcast.

    Shape: real (*), imag (*) broadcastable, output (*). RuntimeError for different dtypes.

    >>> complex(tensor([1.0]), tensor([2.0]))
    tensor([1.+2.j])
    """
    _need_parts("complex", ("real", real), ("imag", imag))
    return _parts_into(out, binary(Complex, real, imag))


def polar(abs: Tensor, angle: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complex tensor with these lengths and angles: abs (cos angle + i sin angle), broadcast.

    Shape: abs (*), angle (*) broadcastable, output (*). RuntimeError for different dtypes.

    >>> polar(tensor([2.0]), tensor([0.0]))
    tensor([2.+0.j])
    """
    _need_parts("polar", ("abs", abs), ("angle", angle))
    return _parts_into(out, binary(Polar, abs, angle))


def _parts_into(out: Any, result: Any) -> Any:
    """What `complex` or `polar` return, in `out` if that is given and of the same dtype."""
    if out is None:
        return result
    wanted, given = (dtypes.of_array(unwrap(x)) for x in (result, out))
    if given is not wanted:
        raise RuntimeError(
            f"Expected object of scalar type {wanted.short} but got scalar type {given.short} for "
            "argument 'out'"
        )
    return into(out, result)


def angle(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The angle of each element from the positive real axis, in (-pi, pi].

    Shape: input (*), output (*), real.

    >>> angle(tensor([1j, -1.0]))
    tensor([1.5708, 3.1416])
    """
    result = unary(Angle, input)
    return result if out is None else into(out, result)


def conj_physical(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complex conjugate of each element, computed at once; a real tensor is returned as it is.

    Shape: input (*), output (*).
    """
    result = unary(ConjPhysical, input) if unwrap(input).dtype.kind == "c" else input
    return result if out is None else into(out, result, exact=True)


def resolve_conj(input: Tensor) -> Tensor:
    """The tensor itself: conjugates are never left for later here.

    Shape: input (*), output (*).
    """
    return input


def resolve_neg(input: Tensor) -> Tensor:
    """The tensor itself: negatives are never left for later here.

    Shape: input (*), output (*).
    """
    return input


def is_complex(input: Tensor) -> bool:
    """Whether the elements are complex numbers."""
    need_tensor("is_complex", "input", 1, input)
    return dtypes.of_array(unwrap(input)).is_complex


def is_floating_point(input: Tensor) -> bool:
    """Whether the elements are real floating-point numbers."""
    need_tensor("is_floating_point", "input", 1, input)
    return dtypes.of_array(unwrap(input)).is_floating_point


def is_signed(input: Tensor) -> bool:
    """Whether the elements may be negative."""
    need_tensor("is_signed", "input", 1, input)
    return dtypes.of_array(unwrap(input)).is_signed


def is_conj(input: Tensor) -> bool:
    """False: conjugates are never left for later here."""
    return False


def is_neg(input: Tensor) -> bool:
    """False: negatives are never left for later here."""
    return False
