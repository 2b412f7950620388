"""Products with something added: linear layers, and PyTorch's addmm family."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from ..core import dtype as dtypes
from ..core.apply import apply, binary
from ..core.modes import modes
from ..core.primitive import Primitive
from ..core.tensor import unwrap
from ..errors import hint
from ..kernels.products import product, product_nt
from .conj import conj
from .convert import to_dtype
from .inplace import into
from .matmul import (
    MmNT,
    Product,
    bmm,
    check_dtypes,
    conversion,
    matmul,
    matmul_nn,
    matmul_nt,
    matmul_tn,
    not_a_tensor,
    outer_product,
    rows,
    vecmat,
)
from .mixed import short
from .permute import permute, t, transpose
from .reduce import sum_of
from .shape import reshape, sum_to_size, unsqueeze

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number


class Linear(Product):
    """x @ weightᵀ + bias"""

    label = "AddmmBackward0"
    saves = ("x", "weight")

    def kernel(xp, bias, x, weight):
        out = product_nt(xp, x, weight)
        out += bias
        return out

    def grad_bias(ctx, g):
        size = ctx.shapes[0]
        if len(size) == 1 and size[0] == g.shape[-1]:
            return sum_of(g, tuple(range(len(g.shape) - 1)))
        return sum_to_size(g, size)

    def grad_x(ctx, g):
        return matmul_nn(g, conj(ctx.weight))

    def grad_weight(ctx, g):
        return matmul_tn(rows(g), conj(rows(ctx.x)))

    @classmethod
    def explain(
        cls, error: Exception, arrays: tuple[Any, ...], params: dict[str, Any]
    ) -> Exception:
        """PyTorch's error for shapes that do not fit."""
        bias, x, weight = arrays
        return (
            MmNT.misfit(x.shape, weight.shape)
            or _not_expandable(bias.shape, (prod(x.shape[:-1]), weight.shape[0]))
            or error
        )


class StackedLinear(Linear):
    """x @ weightᵀ + bias, where x is a stack of matrices"""

    label = "ViewBackward0"


class StackedMmNT(MmNT):
    """x @ yᵀ, for a stack x and one matrix y"""

    label = "UnsafeViewBackward0"

    def grad_y(ctx, g):
        return matmul_tn(rows(g), conj(rows(ctx.x)))


class Addmm(Product):
    """beta input + alpha x @ y"""

    def kernel(xp, bias, x, y, *, beta, alpha):
        return _combined(bias, product(xp, x, y), beta, alpha)

    def grad_bias(ctx, g):
        return sum_to_size(g * _conjugate(ctx.beta), ctx.shapes[0])

    def grad_x(ctx, g):
        return matmul_nt(g * _conjugate(ctx.alpha), conj(ctx.y))

    def grad_y(ctx, g):
        return matmul_tn(conj(ctx.x), g * _conjugate(ctx.alpha))

    @classmethod
    def explain(
        cls, error: Exception, arrays: tuple[Any, ...], params: dict[str, Any]
    ) -> Exception:
        """PyTorch's error for shapes that do not fit."""
        bias, x, y = [a.shape for a in arrays]
        return cls.misfit(x, y) or _not_expandable(bias, x[:-1] + y[len(y) - 1 :]) or error


class Baddbmm(Addmm):
    """beta input + alpha x @ y, for stacks"""


class Addbmm(Addmm):
    """beta input + alpha times the sum of all products of two stacks"""


class Addmv(Addmm):
    """beta input + alpha x @ y, for a matrix and a vector"""

    def grad_x(ctx, g):
        return outer_product(g * _conjugate(ctx.alpha), conj(ctx.y))

    def grad_y(ctx, g):
        return vecmat(g * _conjugate(ctx.alpha), conj(ctx.x))


class Addr(Addmm):
    """beta input + alpha x yᵀ, for two vectors"""

    def kernel(xp, bias, x, y, *, beta, alpha):
        return _combined(bias, product(xp, x[:, None], y[None]), beta, alpha)

    def grad_x(ctx, g):
        return matmul(g * _conjugate(ctx.alpha), conj(ctx.y))

    def grad_y(ctx, g):
        return vecmat(conj(ctx.x), g * _conjugate(ctx.alpha))


def _conjugate(number):
    return number.conjugate() if isinstance(number, complex) else number


def _combined(bias, out, beta, alpha):
    kind = out.dtype.type
    if alpha != 1:
        out *= kind(alpha)
    if beta == 1:
        out += bias
    elif beta:
        out += bias * kind(beta)
    return out


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input @ weightᵀ + bias.

    Shape: input (*, in), weight (out, in) or (in,), bias (out,), output (*, out) or (*).

    >>> linear(tensor([[1.0, 2.0]]), tensor([[1.0, 1.0], [0.0, 1.0]]), tensor([0.5, 0.0]))
    tensor([[3.5000, 2.0000]])
    """
    if modes.autocast is not None:
        input, weight, bias = short(input, weight, bias)
    x, w = unwrap(input), unwrap(weight)
    try:
        ranks = x.ndim, w.ndim
    except AttributeError:
        raise not_a_tensor("linear", input, weight) from None
    if ranks[0] < 2 or ranks[1] != 2:
        return _unusual_linear(input, weight, bias)
    if bias is None:
        if x.dtype is not w.dtype or x.dtype.kind == "b":
            check_dtypes(x, w)
        return binary(MmNT if ranks[0] == 2 else StackedMmNT, input, weight)
    if not x.dtype is w.dtype is unwrap(bias).dtype:
        _check_three(unwrap(bias), x, w)
    return apply(Linear if ranks[0] == 2 else StackedLinear, bias, input, weight)


def _unusual_linear(input: Any, weight: Any, bias: Any) -> Any:
    x, w = unwrap(input), unwrap(weight)
    if not x.ndim or not w.ndim:
        raise RuntimeError(
            f"both arguments to linear need to be at least 1D, but they are {x.ndim}D and {w.ndim}D"
        )
    if w.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {w.ndim}D")
    if bias is None:
        return matmul(input, weight if w.ndim == 1 else t(weight))
    if w.ndim == 1:
        raise RuntimeError("mat2 must be a matrix, got 1-D tensor")
    return reshape(linear(unsqueeze(input, 0), weight, bias), (w.shape[0],))


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """out[o] = input1ᵀ weight[o] input2 + bias[o].

    Shape: input1 (*, n), input2 (*, m), weight (out, n, m), bias (out,), output (*, out).
    """
    x, y, w = unwrap(input1), unwrap(input2), unwrap(weight)
    for place, array in enumerate((x, y), 1):
        if array.shape[-1] != w.shape[place]:
            raise RuntimeError(
                f"bilinear(): input{place} size does not match weight size: "
                f"got {array.shape[-1]} but expected {w.shape[place]}"
            )
    outs, n, m = w.shape
    left = matmul(rows(input1), reshape(transpose(weight, 0, 1), (n, outs * m)))  # (*, out m)
    pairs = matmul(reshape(left, (-1, outs, m)), unsqueeze(rows(input2), -1))
    out = reshape(pairs, (*x.shape[:-1], outs))
    return out if bias is None else out + bias


def addmm(
    input: Tensor,
    mat1: Tensor,
    mat2: Tensor,
    *,
    beta: Number = 1,
    alpha: Number = 1,
    out: Tensor | None = None,
) -> Tensor:
    """beta input + alpha (mat1 @ mat2); with beta = 0 the input is not read, not even its NaN.

    Shape: input (n, m) or broadcastable, mat1 (n, k), mat2 (k, m), output (n, m).
    """
    for name, factor in (("mat1", mat1), ("mat2", mat2)):
        if unwrap(factor).ndim != 2:
            raise RuntimeError(f"{name} must be a matrix, got {unwrap(factor).ndim}-D tensor")
    return _added(Addmm, input, mat1, mat2, beta, alpha, out)


def addmv(
    input: Tensor,
    mat: Tensor,
    vec: Tensor,
    *,
    beta: Number = 1,
    alpha: Number = 1,
    out: Tensor | None = None,
) -> Tensor:
    """beta input + alpha (mat @ vec).

    Shape: input (n,) or broadcastable, mat (n, k), vec (k,), output (n,).
    """
    bias, x, y = unwrap(input), unwrap(mat), unwrap(vec)
    if (x.ndim, y.ndim) != (2, 1):
        raise RuntimeError(
            f"vector + matrix @ vector expected, got {bias.ndim}, {x.ndim}, {y.ndim}"
        )
    if x.shape[1] != y.shape[0] or bias.size not in (1, x.shape[0]):
        raise RuntimeError(
            f"size mismatch, got input ({bias.size}), mat ({x.shape[0]}x{x.shape[1]}), "
            f"vec ({y.shape[0]})"
        )
    return _added(Addmv, input, mat, vec, beta, alpha, out)


def addr(
    input: Tensor,
    vec1: Tensor,
    vec2: Tensor,
    *,
    beta: Number = 1,
    alpha: Number = 1,
    out: Tensor | None = None,
) -> Tensor:
    """beta input + alpha (vec1 vec2ᵀ).

    Shape: input (n, m) or broadcastable, vec1 (n,), vec2 (m,), output (n, m).
    """
    for name, factor in (("vec1", vec1), ("vec2", vec2)):
        if unwrap(factor).ndim != 1:
            raise RuntimeError(
                f"addr: Expected 1-D argument {name}, but got {unwrap(factor).ndim}-D"
            )
    kind = dtypes.result_of([unwrap(input), unwrap(vec1), unwrap(vec2)]).numpy
    parts = [to_dtype(each, kind) for each in (input, vec1, vec2)]
    result = apply(Addr, *parts, beta=beta, alpha=alpha)
    return result if out is None else into(out, result)


def baddbmm(
    input: Tensor,
    batch1: Tensor,
    batch2: Tensor,
    *,
    beta: Number = 1,
    alpha: Number = 1,
    out: Tensor | None = None,
) -> Tensor:
    """beta input + alpha (batch1 @ batch2), matrix by matrix.

    Shape: input (b, n, m) or broadcastable, batch1 (b, n, k), batch2 (b, k, m), output (b, n, m).
    """
    _check_stacks(unwrap(batch1), unwrap(batch2))
    return _added(Baddbmm, input, batch1, batch2, beta, alpha, out)


def addbmm(
    input: Tensor,
    batch1: Tensor,
    batch2: Tensor,
    *,
    beta: Number = 1,
    alpha: Number = 1,
    out: Tensor | None = None,
) -> Tensor:
    """beta input + alpha times the sum of the products batch1[i] @ batch2[i].

    Shape: input (n, m) or broadcastable, batch1 (b, n, k), batch2 (b, k, m), output (n, m).
    """
    x, y = unwrap(batch1).shape, unwrap(batch2).shape
    _check_stacks(unwrap(batch1), unwrap(batch2))
    side = reshape(permute(batch1, (1, 0, 2)), (x[1], x[0] * x[2]))  # one long inner axis
    stack = reshape(batch2, (y[0] * y[1], y[2]))
    return _added(Addbmm, input, side, stack, beta, alpha, out)


def _check_stacks(x: Any, y: Any) -> None:
    for name, stack in (("batch1", x), ("batch2", y)):
        if stack.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    if x.shape[0] != y.shape[0] or x.shape[2] != y.shape[1]:
        bmm(x, y)  # says what does not fit


def _added(
    op: type[Primitive], input: Any, x: Any, y: Any, beta: Number, alpha: Number, out: Any
) -> Any:
    if modes.autocast is not None and op is not Addmv:
        input, x, y = short(input, x, y)
    _check_three(unwrap(input), unwrap(x), unwrap(y))
    result = apply(op, input, x, y, beta=beta, alpha=alpha)
    return result if out is None else into(out, result, exact=True)


def _check_three(bias: Any, x: Any, y: Any) -> None:
    """Refuse a product and an addend of different dtypes, and booleans."""
    added, one, two = dtypes.of_array(bias), dtypes.of_array(x), dtypes.of_array(y)
    if one is not two:
        message = "mat1 and mat2 must have the same dtype"
        raise RuntimeError(
            hint(f"{message}, but got {one.short} and {two.short}", conversion(one, two))
        )
    if added is not two:
        raise RuntimeError(
            hint(
                f"self and mat2 must have the same dtype, but got {added.short} and {two.short}",
                f"convert what is added: bias.to({two})",
            )
        )
    check_dtypes(x, y)


def _not_expandable(shape: tuple[int, ...], size: tuple[int, ...]) -> RuntimeError | None:
    """PyTorch's error for an addend that does not broadcast to the product."""
    for back in range(1, len(shape) + 1):
        target = size[-back] if back <= len(size) else 1
        if shape[-back] not in (1, target):
            return RuntimeError(
                f"The expanded size of the tensor ({target}) must match the existing size "
                f"({shape[-back]}) at non-singleton dimension {len(size) - back}.  "
                f"Target sizes: {list(size)}.  Tensor sizes: {list(shape)}"
            )
    return None
