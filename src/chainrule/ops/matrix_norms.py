"""Norms and condition numbers of matrices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.tensor import unwrap, wrap
from .convert import to_dtype
from .dims import wrap_dim
from .extrema import amax, amin
from .inplace import into
from .inverse import inv_ex
from .masking import masked_fill
from .matrices import check_matrices
from .norms import vector_norm
from .permute import movedim
from .reduce import sum
from .shape import squeeze, unsqueeze
from .svd import svdvals

if TYPE_CHECKING:
    from ..core.dtype import dtype as DType
    from ..tensor import Tensor
    from ..typing import Dim

_SUMS = (1, -1, math.inf, -math.inf)


def matrix_norm(
    A: Tensor,
    ord: float | str = "fro",
    dim: tuple[int, int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The norm of the matrices in two axes.

    "fro" is that of all elements, "nuc" the sum of the singular values, 2 and -2 the largest and
    the smallest of them; 1 and -1 are the largest and the smallest absolute sum of a column, inf
    and -inf of a row.

    Shape: A (*, m, n), output (*).

    >>> matrix_norm(tensor([[1.0, -2.0], [3.0, 4.0]]), 1)
    tensor(6.)
    """
    a = unwrap(A)
    check_matrices("linalg.matrix_norm", a)
    if len(dim) != 2:
        raise RuntimeError(
            f"linalg.matrix_norm: dim must be a 2-tuple. Got {' '.join(map(str, dim))}"
        )
    axes = tuple([wrap_dim(d, a.ndim) for d in dim])
    if axes[0] == axes[1]:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got {tuple(dim)}")
    kind = dtypes.of_array(a)
    if kind.category <= dtypes.INTEGER:
        raise RuntimeError(
            "linalg.matrix_norm: Expected a floating point or complex tensor as input. "
            f"Got {kind.short}"
        )
    result = _norm(A, ord, axes, keepdim, dtype)
    return result if out is None else into(out, result, exact=True)


def _norm(A: Any, ord: Any, axes: tuple[int, ...], keepdim: bool, dtype: Any) -> Any:
    if ord == "fro":
        return vector_norm(A, 2, axes, keepdim, dtype=dtype)
    if not isinstance(ord, str) and ord in _SUMS:
        over, across = axes if abs(ord) == 1 else axes[::-1]
        sums = vector_norm(A, 1, over, True, dtype=dtype)
        best = amax(sums, across, True) if ord > 0 else amin(sums, across, True)
        return best if keepdim else squeeze(best, axes)
    if ord not in ("nuc", 2, -2):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    if dtype is not None:
        A = to_dtype(A, dtype.numpy)
    values = svdvals(movedim(A, axes, (-2, -1)))
    if ord == "nuc":
        result = sum(values, -1)
    else:
        result = amax(values, -1) if ord > 0 else amin(values, -1)
    if keepdim:
        for axis in sorted(axes):
            result = unsqueeze(result, axis)
    return result


def nuclear(
    input: Tensor, dim: Dim, keepdim: bool, *, dtype: DType | None = None, out: Any = None
) -> Tensor:
    """`torch.norm(p="nuc")`: over two axes, or the two that there are."""
    axes = range(unwrap(input).ndim) if dim is None else (dim,) if isinstance(dim, int) else dim
    check_matrices("linalg.matrix_norm", unwrap(input))
    given: Any = tuple(axes)
    return matrix_norm(input, "nuc", given, keepdim, dtype=dtype, out=out)


def linalg_norm(
    A: Tensor,
    ord: float | str | None = None,
    dim: Dim = None,
    keepdim: bool = False,
    *,
    out: Tensor | None = None,
    dtype: DType | None = None,
) -> Tensor:
    """`vector_norm` over one axis (or of all elements), `matrix_norm` over two.

    Shape: A (*), output (*) without the axes `dim`.

    >>> linalg_norm(tensor([[3.0, 0.0], [0.0, 4.0]]))
    tensor(5.)
    """
    axes: Any = (dim,) if isinstance(dim, int) else dim
    ndim = unwrap(A).ndim
    if axes is not None and ord is not None and len(axes) not in (1, 2):
        raise RuntimeError(
            "linalg.norm: If dim is specified, it must be of length 1 or 2. "
            f"Got [{', '.join(map(str, axes))}]"
        )
    if axes is None and ord is not None and ndim not in (1, 2):
        raise RuntimeError(
            "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. "
            f"Got {ndim}D."
        )
    if ord is None:
        result = vector_norm(A, 2, dim, keepdim, dtype=dtype)
    elif (len(axes) if axes is not None else ndim) == 2:
        result = matrix_norm(A, ord, axes or (-2, -1), keepdim, dtype=dtype)
    elif isinstance(ord, str):
        check_matrices("linalg.matrix_norm", unwrap(A))
        raise RuntimeError("linalg.matrix_norm: dim must be a 2-tuple. Got " + str(dim))
    else:
        result = vector_norm(A, ord, dim, keepdim, dtype=dtype)
    return result if out is None else into(out, result, exact=True)


def cond(A: Tensor, p: float | str | None = None, *, out: Tensor | None = None) -> Tensor:
    """The condition number: the norm of A times that of its inverse; inf if there is none.

    For p None and 2 it is the largest singular value over the smallest, for -2 the reverse, also
    of matrices that are not square; other p are those of `matrix_norm`.

    Shape: A (*, m, n), output (*).

    >>> cond(tensor([[2.0, 0.0], [0.0, 0.5]]))
    tensor(4.)
    """
    a = unwrap(A)
    if a.ndim < 2:
        raise RuntimeError("linalg.cond: The input tensor must have at least 2 dimensions.")
    if p not in (None, "fro", "nuc", 2, -2, *_SUMS):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    if not a.size:
        result: Any = wrap(numpy.zeros(a.shape[:-2], a.real.dtype))
    elif p is None or p in (2, -2):
        values: Any = svdvals(A)
        first, last = values[..., 0], values[..., -1]
        result = last / first if p == -2 else first / last
    else:
        if a.shape[-1] != a.shape[-2]:
            raise RuntimeError(
                f"linalg.cond(ord={p}): A must be batches of square matrices, "
                f"but they are {a.shape[-2]} by {a.shape[-1]} matrices"
            )
        result = _by_inverse(A, p)
    return result if out is None else into(out, result)


def _by_inverse(A: Any, p: Any) -> Any:
    inverse, info = inv_ex(A)
    singular = unwrap(info) != 0
    if singular.any():
        inverse = masked_fill(inverse, wrap(singular[..., None, None]), 0.0)
    product: Any = matrix_norm(A, p) * matrix_norm(inverse, p)
    return masked_fill(product, wrap(singular), math.inf) if singular.any() else product
