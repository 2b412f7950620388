"""Functions of square matrices: exponential and powers; and the matrix of powers of a vector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.tensor import unwrap, wrap
from ..kernels import lapack
from .convert import clone, to_dtype
from .inplace import into
from .inverse import inv
from .join import cat
from .mask import zeros
from .matmul import matmul
from .matrices import MatrixOp, check_float, check_square
from .permute import adjoint
from .rearrange import flip
from .scan import cumprod
from .shape import expand, unsqueeze

if TYPE_CHECKING:
    from ..tensor import Tensor


class LinalgMatrixExp(MatrixOp):
    """The sum of xⁿ / n!"""

    saves = ("x",)

    def kernel(xp, x):
        return lapack.exponential(xp, x)[0]

    def grad_x(ctx, g):
        return _directional(adjoint(ctx.x), g)


def _directional(x: Any, g: Any) -> Any:
    """The derivative of the exponential at x along g: a block of that of [[x, g], [0, x]].

    R. Mathias, "A chain rule for matrix functions and applications", 1996.
    """
    n = unwrap(x).shape[-1]
    above, below = cat([x, g], -1), cat([zeros(x), x], -1)
    return apply(LinalgMatrixExp, cat([above, below], -2))[..., :n, n:]


def matrix_exp(A: Tensor) -> Tensor:
    """The exponential of a square matrix: the sum of Aⁿ / n!, by Padé approximation.

    A. Al-Mohy, N. Higham, "A new scaling and squaring algorithm for the matrix exponential", 2009.

    Shape: A (*, n, n), output (*, n, n).

    >>> matrix_exp(tensor([[0.0, 1.0], [0.0, 0.0]]))
    tensor([[1., 1.],
            [0., 1.]])
    """
    a = unwrap(A)
    check_square("linalg.matrix_exp", a)
    if dtypes.of_array(a).category > dtypes.INTEGER and a.dtype.itemsize == 2:
        half = matrix_exp(to_dtype(A, numpy.dtype(numpy.float32)))
        return to_dtype(half, a.dtype)
    check_float("linalg.matrix_exp", a)
    result: Tensor = apply(LinalgMatrixExp, A)
    return result


def matrix_power(input: Tensor, n: int, *, out: Tensor | None = None) -> Tensor:
    """A square matrix times itself n times, by repeated squaring; for n < 0 its inverse.

    Shape: input (*, m, m), output (*, m, m). LinAlgError for n < 0 and a singular matrix.

    >>> matrix_power(tensor([[1.0, 1.0], [0.0, 1.0]]), -3)
    tensor([[ 1., -3.],
            [ 0.,  1.]])
    """
    check_square("linalg.matrix_power", unwrap(input))
    if n == 0:
        a = unwrap(input)
        eye = numpy.broadcast_to(numpy.eye(a.shape[-1], dtype=a.dtype), a.shape)
        result: Any = zeros(input) + wrap(eye)
    elif n == 1:
        result = clone(input)
    else:
        result = _power(input if n > 0 else inv(input), abs(n))
    return result if out is None else into(out, result, exact=True)


def _power(x: Any, n: int) -> Any:
    if n == 1:
        return x
    half = _power(x, n // 2)
    square = matmul(half, half)
    return matmul(square, x) if n % 2 else square


def vander(x: Tensor, N: int | None = None) -> Tensor:
    """The Vandermonde matrix: the powers 0 to N - 1 of each element.

    Shape: x (*, n), output (*, n, N), where N is n unless it is given.

    >>> vander(tensor([2, 3]), 3)
    tensor([[1, 2, 4],
            [1, 3, 9]])
    """
    count = (unwrap(x).shape or (1,))[-1] if N is None else N
    kind = dtypes.of_array(unwrap(x))
    if kind.category == dtypes.BOOL or (kind.itemsize == 2 and kind.category > dtypes.INTEGER):
        raise RuntimeError(
            "linalg.vander supports floating point, complex, and integer tensors, "
            f"but got {kind.short}"
        )
    if count <= 1:
        raise RuntimeError("N must be greater than 1.")
    return _powers(x, count)


def torch_vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers N - 1 to 0 of each element of a vector; 0 to N - 1 if `increasing`.

    Shape: x (n,), output (n, N), where N is n unless it is given.
    """
    a = unwrap(x)
    if a.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    count = a.size if N is None else N
    if count < 0:
        raise RuntimeError("N must be non-negative.")
    powers = _powers(x, count) if count > 1 else wrap(numpy.ones((a.size, count), _whole(a)))
    return powers if increasing else flip(powers, -1)


torch_vander.__name__ = torch_vander.__qualname__ = "vander"


def _powers(x: Any, count: int) -> Any:
    shape = unwrap(x).shape or (1,)
    first = wrap(numpy.ones((*shape, 1), _whole(unwrap(x))))
    return cat([first, cumprod(expand(unsqueeze(x, -1), (*shape, count - 1)), -1)], -1)


def _whole(a: Any) -> Any:
    return numpy.dtype(numpy.int64) if a.dtype.kind in "biu" else a.dtype
