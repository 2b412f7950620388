"""Products of several kinds, made of matrix products: outer, inner, Kronecker, powers, chains."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..backend import namespace
from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import unwrap
from ..errors import hint
from .conj import conj
from .dims import wrap_dim, wrap_dims
from .inplace import into
from .kinds import broadcast_error
from .mask import masked
from .matmul import matmul
from .permute import permute
from .reduce import sum
from .shape import UnsafeView, expand, reshape, sum_to_size

if TYPE_CHECKING:
    from ..tensor import Tensor


class Trace(Primitive):
    """The sum of a matrix's diagonal"""

    kind = "reduction"

    def kernel(xp, x):
        to = xp.dtype("int64") if x.dtype.kind in "iu" else None
        return xp.add.reduce(x.diagonal(), 0, to)

    def grad_x(ctx, g):
        rows, cols = ctx.shapes[0]
        eye = namespace(unwrap(g)).eye(rows, cols, dtype=bool)
        return masked(expand(g, (rows, cols)), eye)


class LinalgCross(Primitive):
    """The cross product of the vectors along an axis"""

    saves = ("x", "y")

    def kernel(xp, x, y, *, dim):
        return xp.cross(x, y, axis=dim)

    def grad_x(ctx, g):
        return sum_to_size(_cross(conj(ctx.y), g, ctx.dim), ctx.shapes[0])

    def grad_y(ctx, g):
        return sum_to_size(_cross(g, conj(ctx.x), ctx.dim), ctx.shapes[1])


def _cross(x: Any, y: Any, dim: int) -> Any:
    return apply(LinalgCross, x, y, dim=dim)


def outer(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The products of all pairs of elements of two vectors.

    Shape: input (n,), vec2 (m,), output (n, m).

    >>> outer(tensor([1, 2]), tensor([10, 20]))
    tensor([[10, 20],
            [20, 40]])
    """
    for name, vector in (("self", input), ("vec2", vec2)):
        if unwrap(vector).ndim != 1:
            raise RuntimeError(
                f"outer: Expected 1-D argument {name}, but got {unwrap(vector).ndim}-D"
            )
    result: Any = reshape(input, (unwrap(input).size, 1)) * vec2
    return result if out is None else into(out, result)


ger = outer


def inner(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sums of the products along the last axes of both.

    Shape: input (*, k), other (+, k), output (*, +); with a number, the product.
    """
    a, b = unwrap(input), unwrap(other)
    result: Any
    if not a.ndim or not b.ndim:
        result = input * other
    else:
        if a.shape[-1] != b.shape[-1]:
            raise RuntimeError(
                "inner() the last dimension must match on both input tensors but got shapes "
                f"{list(a.shape)} and {list(b.shape)}"
            )
        if a.dtype is not b.dtype:
            raise RuntimeError("both inputs should have same dtype")
        result = tensordot(input, other, ([-1], [-1]))
    return result if out is None else into(out, result, exact=True)


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1, out: Tensor | None = None) -> Tensor:
    """The inner products of the vectors along `dim`, of the first the conjugate.

    Shape: x (*), y (*) broadcastable, output (*) without the axis `dim`.
    """
    one, two = dtypes.of_array(unwrap(x)), dtypes.of_array(unwrap(y))
    if one is not two:
        raise RuntimeError(
            "linalg.vecdot: Expected x and y to have the same dtype, but found x of type "
            f"{one.short} and y of type {two.short} instead"
        )
    product: Any = conj(x) * y
    result = sum(product, dim)
    return result if out is None else into(out, result, exact=True)


def tensordot(
    a: Tensor, b: Tensor, dims: int | Sequence[Sequence[int]] = 2, out: Tensor | None = None
) -> Tensor:
    """The sums of products over axes of both: the last `dims` of a and first of b, or those named.

    Shape: a (*, k...), b (k..., +), output (*, +).

    >>> tensordot(ones(2, 3, 4), ones(3, 4, 5), dims=2).shape
    torch.Size([2, 5])
    """
    x, y = unwrap(a), unwrap(b)
    over_a, over_b = _contracted(dims, x.ndim, y.ndim)
    for i, j in zip(over_a, over_b, strict=True):
        n, m = x.shape[i], y.shape[j]
        if n == 1 != m:
            b = sum(b, j, keepdim=True)
        elif m == 1 != n:
            a = sum(a, i, keepdim=True)
        elif n != m:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {n} in dim {i} "
                f"and second has size {m} in dim {j}"
            )
    x, y = unwrap(a), unwrap(b)
    free_a = [i for i in range(x.ndim) if i not in over_a]
    free_b = [j for j in range(y.ndim) if j not in over_b]
    inner_size = math.prod([x.shape[i] for i in over_a])
    rows, cols = [x.shape[i] for i in free_a], [y.shape[j] for j in free_b]
    left = reshape(permute(a, (*free_a, *over_a)), (math.prod(rows), inner_size))
    right = reshape(permute(b, (*over_b, *free_b)), (inner_size, math.prod(cols)))
    result = reshape(matmul(left, right), (*rows, *cols))
    return result if out is None else into(out, result, exact=True)


def _contracted(dims: Any, ndim_a: int, ndim_b: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(ndim_a, ndim_b):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        return tuple(range(ndim_a - dims, ndim_a)), tuple(range(dims))
    over_a, over_b = [
        wrap_dims(unwrap(d).tolist() if hasattr(d, "ndim") else d, n)
        for d, n in zip(dims, (ndim_a, ndim_b), strict=True)
    ]
    if len(over_a) != len(over_b):
        raise RuntimeError("both dimension lists should have same length")
    return over_a, over_b


def trace(input: Tensor) -> Tensor:
    """The sum of the diagonal of a matrix.

    Shape: input (n, m), output ().
    """
    a = unwrap(input)
    if a.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {a.ndim}")
    if a.dtype.kind == "b":
        raise NotImplementedError("\"trace\" not implemented for 'Bool'")
    return apply(Trace, input)


def linalg_cross(
    input: Tensor, other: Tensor, *, dim: int = -1, out: Tensor | None = None
) -> Tensor:
    """The cross products of the vectors of three elements along `dim`: `linalg.cross`.

    Shape: input (*), other (*) broadcastable, output (*).
    """
    a, b = unwrap(input), unwrap(other)
    if a.ndim != b.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    axis = wrap_dim(dim, a.ndim)
    if a.shape[axis] != 3 or b.shape[axis] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. "
            f"Got {a.shape[axis]} and {b.shape[axis]}"
        )
    error = broadcast_error(a.shape, b.shape)
    if error is not None:
        raise error
    if a.dtype is not b.dtype:
        raise RuntimeError(
            f"expected scalar type {dtypes.of_array(a).short} but found {dtypes.of_array(b).short}"
        )
    result = _cross(input, other, axis)
    return result if out is None else into(out, result, exact=True)


def cross(
    input: Tensor, other: Tensor, dim: int | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The cross products of the vectors of three elements along `dim`.

    Without `dim` PyTorch warns and takes the first axis of size 3.

    Shape: input (*), other (*) broadcastable, output (*).
    """
    if dim is None:
        warnings.warn(
            "Using torch.cross without specifying the dim arg is deprecated.\n"
            "Please either pass the dim explicitly or simply use torch.linalg.cross.\n"
            "The default value of dim will change to agree with that of linalg.cross in a future "
            "release.",
            UserWarning,
            stacklevel=2,
        )
        shape = unwrap(input).shape
        if 3 not in shape:
            raise RuntimeError("no dimension of size 3 in input")
        dim = shape.index(3)
    return linalg_cross(input, other, dim=dim, out=out)


def kron(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Kronecker product: for each element of the input that element times all of other.

    Shape: input (n, m, ...), other (p, q, ...), output (n p, m q, ...).
    """
    a, b = unwrap(input).shape, unwrap(other).shape
    ndim = max(len(a), len(b))
    a, b = (1,) * (ndim - len(a)) + a, (1,) * (ndim - len(b)) + b
    left = reshape(input, tuple([n for pair in zip(a, (1,) * ndim, strict=True) for n in pair]))
    right = reshape(other, tuple([n for pair in zip((1,) * ndim, b, strict=True) for n in pair]))
    product: Any = left * right
    result = apply(UnsafeView, product, size=tuple([n * m for n, m in zip(a, b, strict=True)]))
    return result if out is None else into(out, result)


def multi_dot(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The product of several matrices, in the order that takes the fewest multiplications.

    The first and the last may be vectors. Found by dynamic programming: Cormen, Leiserson,
    Rivest and Stein, "Introduction to Algorithms", section 15.2.

    Shape: tensors (n, k), (k, ...), ..., (..., m), output (n, m).
    """
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    shapes = [unwrap(x).shape for x in tensors]
    for i, (one, two) in enumerate(pairwise(shapes)):
        if one[-1] != two[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {i} and {i + 1} with shapes {list(one)} and {list(two)} "
                "cannot be multiplied"
            )
    sizes = [1 if len(shapes[0]) == 1 else shapes[0][0], *(shape[0] for shape in shapes[1:])]
    sizes.append(1 if len(shapes[-1]) == 1 else shapes[-1][1])
    if len(shapes[0]) == 1:
        sizes[1] = shapes[0][0]
    cuts = _best_cuts(sizes)

    def chain(i: int, j: int) -> Any:
        if i == j:
            return tensors[i]
        return matmul(chain(i, cuts[i, j]), chain(cuts[i, j] + 1, j))

    result = chain(0, len(tensors) - 1)
    return result if out is None else into(out, result, exact=True)


def _best_cuts(sizes: list[int]) -> dict[tuple[int, int], int]:
    """For each run of matrices i..j, after which one to split it; matrix i is sizes[i : i + 2]."""
    n = len(sizes) - 1
    cost = {(i, i): 0 for i in range(n)}
    cuts = {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i, j], cuts[i, j] = min(
                (cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                for k in range(i, j)
            )
    return cuts


def chain_matmul(*matrices: Tensor, out: Tensor | None = None) -> Tensor:
    """The product of several matrices; deprecated in PyTorch for `linalg.multi_dot`.

    Shape: matrices (n, k), (k, ...), ..., (..., m), output (n, m).
    """
    warnings.warn(
        hint(
            "torch.chain_matmul is deprecated and will be removed in a future PyTorch release.",
            "use torch.linalg.multi_dot, which takes a list",
        ),
        UserWarning,
        stacklevel=2,
    )
    return matrices[0] if len(matrices) == 1 else multi_dot(matrices, out=out)
