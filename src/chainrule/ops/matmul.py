"""Matrix products. The dtypes of the factors must be equal, as in PyTorch."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from numpy import ndarray

from ..core import dtype as dtypes
from ..core.apply import apply, binary
from ..core.modes import modes
from ..core.primitive import Primitive
from ..core.tensor import unwrap
from ..errors import hint
from ..kernels.products import product, product_nt, product_tn
from .conj import conj
from .inplace import into
from .kinds import broadcast_error
from .mixed import short
from .shape import UnsafeView, reshape, unsqueeze

if TYPE_CHECKING:
    from ..tensor import Tensor


class Product(Primitive):
    """The family of matrix products of two factors, x and y."""

    kind = "matmul"
    saves = ("x", "y")

    @classmethod
    def explain(
        cls, error: Exception, arrays: tuple[Any, ...], params: dict[str, Any]
    ) -> Exception:
        """PyTorch's error for shapes that do not fit."""
        x, y = [a.shape for a in arrays[-2:]]
        return cls.misfit(x, y) or super().explain(error, arrays, params)

    @classmethod
    def misfit(cls, x: tuple[int, ...], y: tuple[int, ...]) -> RuntimeError | None:
        """The error for these shapes."""
        return _matrices_misfit(x, y)


class Mm(Product):
    """x @ y, for matrices"""

    def kernel(xp, x, y):
        return product(xp, x, y)

    def grad_x(ctx, g):
        return matmul_nt(g, conj(ctx.y))

    def grad_y(ctx, g):
        return matmul_tn(conj(ctx.x), g)


class MmNT(Product):
    """x @ yᵀ"""

    label = "MmBackward0"

    def kernel(xp, x, y):
        return product_nt(xp, x, y)

    def grad_x(ctx, g):
        return matmul_nn(g, conj(ctx.y))

    def grad_y(ctx, g):
        return matmul_tn(g, conj(ctx.x))

    @classmethod
    def misfit(cls, x: tuple[int, ...], y: tuple[int, ...]) -> RuntimeError | None:
        return _matrices_misfit(x, y[:-3:-1], linear=True)


class MmTN(Product):
    """xᵀ @ y"""

    label = "MmBackward0"

    def kernel(xp, x, y):
        return product_tn(xp, x, y)

    def grad_x(ctx, g):
        return matmul_nt(conj(ctx.y), g)

    def grad_y(ctx, g):
        return matmul_nn(conj(ctx.x), g)


class Bmm(Mm):
    """x @ y, for each pair of two stacks of matrices"""

    @classmethod
    def misfit(cls, x: tuple[int, ...], y: tuple[int, ...]) -> RuntimeError | None:
        if x[0] == y[0] and x[2] == y[1]:
            return None
        return RuntimeError(
            hint(
                "Expected size for first two dimensions of batch2 tensor to be: "
                f"[{x[0]}, {x[2]}] but got: [{y[0]}, {y[1]}].",
                f"the shapes are {x} and {y}; (b, n, m) @ (b, m, p) gives (b, n, p)",
            )
        )


class RowsMm(Mm):
    """x @ y, for a stack x and one matrix y"""

    label = "UnsafeViewBackward0"

    def grad_x(ctx, g):
        return matmul_nt(g, conj(ctx.y))

    def grad_y(ctx, g):
        return matmul_tn(conj(rows(ctx.x)), rows(g))


class Matmul(Mm):
    """x @ y, for stacks of matrices that are broadcast"""

    label = "UnsafeViewBackward0"

    @classmethod
    def misfit(cls, x: tuple[int, ...], y: tuple[int, ...]) -> RuntimeError | None:
        return broadcast_error(x[:-2], y[:-2]) or Bmm.misfit((y[0], *x[-2:]), (y[0], *y[-2:]))


class Mv(Product):
    """x @ y, for a matrix and a vector"""

    def kernel(xp, x, y):
        return product(xp, x, y)

    def grad_x(ctx, g):
        return outer_product(g, conj(ctx.y))

    def grad_y(ctx, g):
        return vecmat(g, conj(ctx.x))

    @classmethod
    def misfit(cls, x: tuple[int, ...], y: tuple[int, ...]) -> RuntimeError | None:
        return RuntimeError(f"size mismatch, got input ({x[0]}), mat ({x[0]}x{x[1]}), vec ({y[0]})")


class VecMat(Product):
    """x @ y, for a vector and a matrix"""

    label = "SqueezeBackward4"

    def kernel(xp, x, y):
        return product(xp, x, y)

    def grad_x(ctx, g):
        return _times(Mv, conj(ctx.y), g)

    def grad_y(ctx, g):
        return outer_product(conj(ctx.x), g)

    @classmethod
    def misfit(cls, x: tuple[int, ...], y: tuple[int, ...]) -> RuntimeError | None:
        return _matrices_misfit((1, *x), y)


class Dot(Product):
    """The inner product of two vectors"""

    def kernel(xp, x, y):
        return product(xp, x, y)

    def grad_x(ctx, g):
        return g * conj(ctx.y)

    def grad_y(ctx, g):
        return g * conj(ctx.x)

    @classmethod
    def misfit(cls, x: tuple[int, ...], y: tuple[int, ...]) -> RuntimeError | None:
        return RuntimeError(
            f"inconsistent tensor size, expected tensor [{x[0]}] and src [{y[0]}] to have the same "
            f"number of elements, but got {x[0]} and {y[0]} elements respectively"
        )


def matmul_nn(x: Any, y: Any) -> Any:
    """x @ y, for gradient rules."""
    return _times(Mm, x, y)


def matmul_nt(x: Any, y: Any) -> Any:
    """x @ yᵀ, for gradient rules."""
    return _times(MmNT, x, y)


def matmul_tn(x: Any, y: Any) -> Any:
    """xᵀ @ y, for gradient rules."""
    return _times(MmTN, x, y)


def vecmat(x: Any, y: Any) -> Any:
    """A vector times a matrix, for gradient rules."""
    return _times(VecMat, x, y)


def outer_product(x: Any, y: Any) -> Any:
    """The column x times the row y, for gradient rules."""
    return _times(Mm, unsqueeze(x, -1), unsqueeze(y, 0))


def _times(op: type[Primitive], x: Any, y: Any) -> Any:
    if type(x) is ndarray and type(y) is ndarray:
        return op.on_cpu(x, y)
    return binary(op, x, y)


def rows(x: Any) -> Any:
    """A stack of matrices as one: all its rows."""
    shape = x.shape
    return x if len(shape) == 2 else reshape(x, (prod(shape[:-1]), shape[-1]))


def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The matrix product: of vectors, matrices, and stacks of matrices, which are broadcast.

    Shape: input (*, n, k), other (*, k, m), output (*, n, m); a vector (k,) as first factor is a
    row, as second a column, and its axis is dropped from the output. RuntimeError if shapes do
    not fit or dtypes differ.

    >>> matmul(tensor([[1.0, 2.0], [3.0, 4.0]]), tensor([10.0, 1.0]))
    tensor([12., 34.])
    """
    if modes.autocast is not None:
        input, other = short(input, other)
    a, b = unwrap(input), unwrap(other)
    try:
        ranks = a.ndim, b.ndim
    except AttributeError:
        raise not_a_tensor("matmul", input, other) from None
    if a.dtype is not b.dtype or a.dtype.kind == "b":
        check_dtypes(a, b)
    op = _BY_RANK.get(ranks)
    if op is not None:
        result = binary(op, input, other)
    elif not ranks[0] or not ranks[1]:
        raise RuntimeError(
            "both arguments to matmul need to be at least 1D, "
            f"but they are {ranks[0]}D and {ranks[1]}D"
        )
    elif ranks[1] == 1:
        result = apply(UnsafeView, binary(Mv, rows(input), other), size=a.shape[:-1])
    elif ranks[0] == 1:
        result = binary(Matmul, unsqueeze(input, 0), other)
        result = apply(UnsafeView, result, size=b.shape[:-2] + b.shape[-1:])
    else:
        result = binary(RowsMm if ranks[1] == 2 else Matmul, input, other)
    return result if out is None else into(out, result, exact=True)


_BY_RANK: dict[tuple[int, int], type[Primitive]] = {
    (2, 2): Mm,
    (2, 1): Mv,
    (1, 2): VecMat,
    (1, 1): Dot,
}


def mm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of two matrices.

    Shape: input (n, k), mat2 (k, m), output (n, m).

    >>> mm(eye(2), tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[1., 2.],
            [3., 4.]])
    """
    if unwrap(input).ndim != 2:
        raise RuntimeError("self must be a matrix")
    if unwrap(mat2).ndim != 2:
        raise RuntimeError("mat2 must be a matrix")
    return matmul(input, mat2, out=out)


def bmm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The products of pairs of matrices, one pair for each index of the first axis.

    Shape: input (b, n, k), mat2 (b, k, m), output (b, n, m).
    """
    if modes.autocast is not None:
        input, mat2 = short(input, mat2)
    a, b = unwrap(input), unwrap(mat2)
    for array, name in ((a, "batch1"), (b, "batch2")):
        if array.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    check_dtypes(a, b)
    if a.shape[0] != b.shape[0]:
        raise Bmm.misfit(a.shape, b.shape)  # type: ignore[misc]
    result = binary(Bmm, input, mat2)
    return result if out is None else into(out, result, exact=True)


def mv(input: Tensor, vec: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of a matrix and a vector.

    Shape: input (n, k), vec (k,), output (n,).
    """
    a, b = unwrap(input), unwrap(vec)
    if (a.ndim, b.ndim) != (2, 1):
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {a.ndim}, {b.ndim}")
    return matmul(input, vec, out=out)


def dot(input: Tensor, tensor: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sum of the products of two vectors' elements; unlike NumPy's, for vectors only.

    Shape: input (n,), tensor (n,), output ().

    >>> dot(tensor([2, 3]), tensor([2, 1]))
    tensor(7)
    """
    _check_vectors(unwrap(input), unwrap(tensor))
    return matmul(input, tensor, out=out)


def vdot(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inner product of two vectors, of the first the conjugate.

    Shape: input (n,), other (n,), output ().
    """
    _check_vectors(unwrap(input), unwrap(other))
    return matmul(conj(input), other, out=out)


def _check_vectors(a: Any, b: Any) -> None:
    if (a.ndim, b.ndim) != (1, 1):
        raise RuntimeError(
            hint(
                f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors",
                "for matrices use x @ y",
            )
        )


_NAMES = {
    "float32": "float",
    "float64": "double",
    "float16": "c10::Half",
    "bfloat16": "c10::BFloat16",
    "complex64": "c10::complex<float>",
    "complex128": "c10::complex<double>",
    "int64": "long int",
    "int32": "int",
    "int16": "short int",
    "int8": "signed char",
    "uint8": "unsigned char",
    "bool": "bool",
}


def check_dtypes(a: Any, b: Any) -> None:
    """Refuse factors of two dtypes, and booleans."""
    one, two = dtypes.of_array(a), dtypes.of_array(b)
    if one is two:
        if one is dtypes.bool_:
            rank = "dot" if a.ndim == 1 == b.ndim else b.ndim
            kernel = {"dot": "dot", 1: "addmv_impl_cpu", 2: "addmm_impl_cpu_"}.get(rank, "bmm")
            raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool'")
        return
    if a.ndim == 1 == b.ndim:
        message = (
            f"dot : expected both vectors to have same dtype, but found {one.short} and {two.short}"
        )
    elif b.ndim == 1:
        message = (
            "addmv input tensors must have the same dtype, but got "
            f"{two.short}, {one.short}, and {two.short}"
        )
    elif b.ndim > 2:
        message = f"expected scalar type {one.short} but found {two.short}"
    else:
        message = (
            "expected m1 and m2 to have the same dtype, but got: "
            f"{_NAMES.get(one.name, one.name)} != {_NAMES.get(two.name, two.name)}"
        )
    raise RuntimeError(hint(message, conversion(one, two)))


def conversion(one: dtypes.dtype, two: dtypes.dtype) -> str:
    """Advice for two factors whose dtypes differ."""
    wider = dtypes.promote_types(one, two)
    return f"convert the {'second' if wider is one else 'first'} factor: x.to({wider})"


def not_a_tensor(function: str, *given: Any) -> TypeError:
    """PyTorch's error for a factor that is no tensor."""
    names = ("input", "other")
    for position, value in enumerate(given):
        if not hasattr(value, "ndim"):
            return TypeError(
                f"{function}(): argument '{names[position]}' (position {position + 1}) must be "
                f"Tensor, not {type(value).__name__}"
            )
    raise AssertionError("all are tensors")


def _matrices_misfit(
    x: tuple[int, ...], y: tuple[int, ...], linear: bool = False
) -> RuntimeError | None:
    """The error for matrices that do not fit, with a guess at what was meant."""
    n, k = prod(x[:-1]), x[-1]
    if k == y[0]:
        return None
    message = f"mat1 and mat2 shapes cannot be multiplied ({n}x{k} and {y[0]}x{y[1]})"
    if linear:
        advice = f"the input has {k} features on its last axis, the weight expects {y[0]}"
    elif k == y[1]:
        advice = "the inner sizes must be equal; did you mean x @ y.T?"
    elif n == y[0]:
        advice = "the inner sizes must be equal; did you mean x.T @ y?"
    else:
        advice = f"the inner sizes must be equal: {k} columns meet {y[0]} rows"
    return RuntimeError(hint(message, advice))
