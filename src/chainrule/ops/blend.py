"""Weighted sums in one step: the operations that optimizers are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.promotion import is_number
from ..core.tensor import unwrap
from .arithmetic import deprecated_order
from .conj import conj
from .inplace import into
from .support import Composite, need_tensor, refuse

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number


class Addcmul(Composite):
    """x + value y z"""

    saves = ("y", "z")

    def kernel(xp, x, y, z, *, value):
        if x.dtype.kind in "iu":
            value = int(value)
        return x + y * value * z if value != 1 else x + y * z

    def grad_x(ctx, g):
        return g

    def grad_y(ctx, g):
        return g * conj(ctx.z * ctx.value)

    def grad_z(ctx, g):
        return g * conj(ctx.y * ctx.value)


class Addcdiv(Composite):
    """x + value y / z"""

    saves = ("y", "z")

    def kernel(xp, x, y, z, *, value):
        return x + y * value / z if value != 1 else x + y / z

    def grad_x(ctx, g):
        return g

    def grad_y(ctx, g):
        return g * conj(ctx.value / ctx.z)

    def grad_z(ctx, g):
        return -g * conj(ctx.y * ctx.value / (ctx.z * ctx.z))


class Lerp(Composite):
    """x + weight (y - x), for a number"""

    cpu = "lerp_kernel_scalar"

    def kernel(xp, x, y, *, weight):
        refuse(x, "biu")
        if abs(weight) < 0.5:
            return x + (y - x) * weight
        return y - (y - x) * (1 - weight)

    def grad_x(ctx, g):
        return g * (1 - ctx.weight.conjugate())

    def grad_y(ctx, g):
        return g * ctx.weight.conjugate()


class LerpTensor(Composite):
    """x + z (y - x)"""

    label = "LerpBackward1"
    cpu = "lerp_kernel_tensor"
    saves = ("x", "y", "z")

    def kernel(xp, x, y, z):
        refuse(x, "biu")
        step = y - x
        return xp.where(xp.absolute(z) < 0.5, x + z * step, y - step * (1 - z))

    def grad_x(ctx, g):
        return g * conj(1 - ctx.z)

    def grad_y(ctx, g):
        return g * conj(ctx.z)

    def grad_z(ctx, g):
        return g * conj(ctx.y - ctx.x)


def addcmul(
    input: Tensor,
    tensor1: Tensor,
    tensor2: Tensor,
    *deprecated: Any,
    value: Any = 1,
    out: Tensor | None = None,
) -> Tensor:
    """input + value * tensor1 * tensor2, broadcast.

    Shape: input (*), tensor1 and tensor2 (*) broadcastable, output (*).

    >>> addcmul(tensor([1.0]), tensor([2.0]), tensor([3.0]), value=0.5)
    tensor([4.])
    """
    if deprecated:
        deprecated_order("addcmul", "value", deprecated)
        value, tensor1, tensor2 = tensor1, tensor2, deprecated[0]
    need_tensor("addcmul", "tensor1", 2, tensor1)
    need_tensor("addcmul", "tensor2", 3, tensor2)
    result = apply(Addcmul, input, tensor1, tensor2, value=value)
    return result if out is None else into(out, result)


def addcdiv(
    input: Tensor,
    tensor1: Tensor,
    tensor2: Tensor,
    *deprecated: Any,
    value: Any = 1,
    out: Tensor | None = None,
) -> Tensor:
    """input + value * tensor1 / tensor2, broadcast.

    Shape: input (*), tensor1 and tensor2 (*) broadcastable, output (*). RuntimeError for an
    integer divided by an integer.

    >>> addcdiv(tensor([1.0]), tensor([2.0]), tensor([4.0]), value=0.5)
    tensor([1.2500])
    """
    if deprecated:
        deprecated_order("addcdiv", "value", deprecated)
        value, tensor1, tensor2 = tensor1, tensor2, deprecated[0]
    need_tensor("addcdiv", "tensor1", 2, tensor1)
    need_tensor("addcdiv", "tensor2", 3, tensor2)
    if unwrap(tensor1).dtype.kind in "biu" and unwrap(tensor2).dtype.kind in "biu":
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported; "
            "use input + value * torch.trunc(tensor1 / tensor2)"
        )
    result = apply(Addcdiv, input, tensor1, tensor2, value=value)
    return result if out is None else into(out, result)


def lerp(
    input: Tensor, end: Tensor, weight: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """input + weight * (end - input), broadcast: the way from input to end.

    Shape: input (*), end and weight (*) broadcastable, output (*). RuntimeError for different
    dtypes.

    >>> lerp(tensor([1.0, 2.0]), tensor([3.0, 4.0]), 0.25)
    tensor([1.5000, 2.5000])
    """
    need_tensor("lerp", "end", 2, end)
    own = unwrap(input)
    for name, given in (("end", end), ("weight", weight)):
        if is_number(given):
            continue
        data = unwrap(given)
        if data.dtype != own.dtype and (name == "end" or data.ndim):
            expected, got = dtypes.of_array(own), dtypes.of_array(data)
            raise RuntimeError(
                f"expected dtype {expected.name} for `{name}` but got dtype {got.name}"
            )
    if is_number(weight):
        result = apply(Lerp, input, end, weight=weight)
    else:
        result = apply(LerpTensor, input, end, weight)
    return result if out is None else into(out, result)
