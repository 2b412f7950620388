"""Views of the same memory in another shape: reshaping, squeezing, expanding."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import INTEGRAL, apply
from ..core.primitive import Primitive
from ..core.tensor import TensorBase, unwrap
from ..core.views import apply_view
from ..errors import hint
from ..kernels.strided import as_strided
from .convert import contiguous, to_dtype
from .dims import sizes, wrap_dim, wrap_dims
from .kinds import ViewOp, broadcast_error
from .names import numpy_names

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Shape


class View(ViewOp):
    """The same elements in another shape"""

    def kernel(xp, x, *, size):
        out = x.reshape(size)
        if out.shape != size and min(size) < -1:
            raise ValueError("NumPy infers a size from any negative number")
        return out

    def grad_x(ctx, g):
        return reshape(g, ctx.shapes[0])

    @classmethod
    def explain(cls, error: Exception, arrays: Any, params: dict[str, Any]) -> Exception:
        """PyTorch's error for sizes that do not fit."""
        return _misfit(params["size"], arrays[0].size) or error


class UnsafeView(View):
    """A fresh copy in another shape"""


class Squeeze(ViewOp):
    """Without some axes of size 1"""

    label = "SqueezeBackward1"

    def kernel(xp, x, *, dim):
        return x.squeeze(dim)

    def grad_x(ctx, g):
        return reshape(g, ctx.shapes[0])


class SqueezeAll(Squeeze):
    """Without all axes of size 1"""

    label = "SqueezeBackward0"


class SqueezeSeveral(Squeeze):
    """Without several axes of size 1"""

    label = "SqueezeBackward2"


class Unsqueeze(ViewOp):
    """With a further axis of size 1"""

    def kernel(xp, x, *, dim):
        return x[(slice(None),) * dim + (None,)]

    def grad_x(ctx, g):
        return reshape(g, ctx.shapes[0])


class Expand(ViewOp):
    """Axes of size 1 and new leading axes, repeated without a copy (their stride is 0)"""

    def kernel(xp, x, *, size):
        lead = len(size) - x.ndim
        strides = [0] * lead
        for n, old, stride in zip(size[lead:], x.shape, x.strides, strict=True):
            if n != old and old != 1:
                raise ValueError("a size other than 1 cannot grow")
            strides.append(stride if n == old else 0)
        if type(x) is numpy.ndarray and x.flags.forc:
            return numpy.ndarray(size, x.dtype, x, 0, tuple(strides))
        return as_strided(xp, x, size, strides)

    def grad_x(ctx, g):
        return sum_to_size(g, ctx.shapes[0])

    @classmethod
    def explain(cls, error: Exception, arrays: Any, params: dict[str, Any]) -> Exception:
        """PyTorch's error for sizes that cannot be reached by repeating."""
        return not_expandable(arrays[0], params["size"]) or error


class SumToSize(Primitive):
    """Sums over the axes that expanding would repeat"""

    kind = "reduction"
    label = "SumBackward1"

    def kernel(xp, x, *, dim, size):
        out = xp.add.reduce(x, dim, None, None, True)
        return out if out.shape == size else out.reshape(size)

    def grad_x(ctx, g):
        return expand(g, ctx.shapes[0])


class ViewDtype(ViewOp):
    """The same bytes as another dtype"""

    nondiff = ("x",)

    def kernel(xp, x, *, to):
        if not x.ndim and x.itemsize == to.itemsize:
            return x.reshape(1).view(to).reshape(())
        return x.view(to)


def view(input: Tensor, *given: Any, size: Any = None, dtype: Any = None) -> Tensor:
    """The same memory in another shape; one size may be -1 and is inferred.

    With a dtype instead of sizes, the same bytes read as that type. RuntimeError if the sizes do
    not fit, or if the memory's layout needs a copy (`reshape` makes one).

    Shape: input (*), output (size).

    >>> tensor([[1.0, 2.0], [3.0, 4.0]]).view(-1)
    tensor([1., 2., 3., 4.])
    """
    if dtype is not None or (len(given) == 1 and isinstance(given[0], dtypes.dtype)):
        return _view_dtype(input, dtype or given[0])
    shape = sizes(given, "view", "size", size)
    data = unwrap(input)
    if not data.flags.c_contiguous and _needs_copy(data, shape):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one "
            "dimension spans across two contiguous subspaces). Use .reshape(...) instead."
        )
    return apply_view(View, input, size=shape)


def reshape(input: Tensor, *given: Any, shape: Any = None) -> Tensor:
    """The elements in another shape: a view where the memory's layout allows it, else a copy.

    One size may be -1 and is inferred. RuntimeError if the sizes do not fit.

    Shape: input (*), output (shape).

    >>> tensor([1, 2, 3, 4, 5, 6]).reshape(2, -1)
    tensor([[1, 2, 3],
            [4, 5, 6]])
    """
    size = sizes(given, "reshape", "shape", shape)
    if not isinstance(input, TensorBase):
        return input.reshape(size)
    if not input._data.flags.c_contiguous and _needs_copy(input._data, size):
        return apply_view(UnsafeView, contiguous(input), size=size)
    return apply_view(View, input, size=size)


def _needs_copy(data: Any, size: tuple[int, ...]) -> bool:
    try:
        return not numpy.may_share_memory(data.reshape(size), data)
    except ValueError:
        return False  # the sizes do not fit: an error that comes first


def _misfit(size: tuple[int, ...], numel: int) -> Any:
    """PyTorch's error for sizes that a tensor with this many elements cannot take."""
    for i, n in enumerate(size):
        if n < -1:
            return RuntimeError(f"invalid shape dimension {n} at index {i} of shape {list(size)}")
    if size.count(-1) > 1:
        return RuntimeError("only one dimension can be inferred")
    if numel == 0 and -1 in size and 0 in size:
        return RuntimeError(
            f"cannot reshape tensor of 0 elements into shape {list(size)} because the unspecified "
            "dimension size -1 can be any value and is ambiguous"
        )
    return RuntimeError(f"shape '{list(size)}' is invalid for input of size {numel}")


def _view_dtype(input: Any, dtype: dtypes.dtype) -> Any:
    data, old, new = input._data, dtypes.of_array(input._data), dtype
    if new.itemsize > old.itemsize:
        ratio = new.itemsize // old.itemsize
        sizes_differ = f"to view {old.short} as {new.short} (different element sizes)"
        if not data.ndim:
            raise RuntimeError(f"self.dim() cannot be 0 {sizes_differ}")
        if data.shape[-1] % ratio:
            raise RuntimeError(
                f"self.size(-1) must be divisible by {ratio} {sizes_differ}, "
                f"but got {data.shape[-1]}"
            )
    if new.itemsize != old.itemsize and data.ndim and data.strides[-1] != data.itemsize:
        raise RuntimeError(
            f"self.stride(-1) must be 1 to view {old.short} as {new.short} (different element "
            f"sizes), but got {data.strides[-1] // data.itemsize}"
        )
    return apply_view(ViewDtype, input, to=new.numpy)


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """The same memory in the shape of `other`."""
    return view(input, unwrap(other).shape)


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """The elements in the shape of `other`: a view where possible."""
    return reshape(input, unwrap(other).shape)


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The axes from start_dim to end_dim as one: a view where possible.

    Shape: input (*), output (*) with one axis in place of those.

    >>> ones(2, 3, 4).flatten(1).shape
    torch.Size([2, 12])
    """
    shape = unwrap(input).shape
    start, end = wrap_dim(start_dim, len(shape)), wrap_dim(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not shape:
        return reshape(input, (1,))
    if start == end:
        return input
    return reshape(input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def unflatten(input: Tensor, dim: int, sizes: Shape) -> Tensor:
    """One axis as several, whose sizes multiply up to its own; one of them may be -1.

    >>> ones(2, 12).unflatten(1, (3, -1)).shape
    torch.Size([2, 3, 4])
    """
    shape = unwrap(input).shape
    dim, parts = wrap_dim(dim, len(shape)), tuple(sizes)
    if not parts:
        raise RuntimeError("unflatten: sizes must be non-empty")
    if parts.count(-1) > 1:
        raise RuntimeError("unflatten got an unexpected error:\nonly one dimension can be inferred")
    known = math.prod(n for n in parts if n != -1)
    if -1 in parts and known and shape[dim] % known == 0:
        parts = tuple(shape[dim] // known if n == -1 else n for n in parts)
    if math.prod(parts) != shape[dim] or min(parts) < 0:
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} "
            f"({shape[dim]}) in the input tensor"
        )
    return view(input, (*shape[:dim], *parts, *shape[dim + 1 :]))


def ravel(input: Tensor) -> Tensor:
    """All elements in one axis: a view where possible."""
    return reshape(input, (-1,) if unwrap(input).size else (0,))


@numpy_names
def squeeze(input: Tensor, dim: int | Shape | None = None) -> Tensor:
    """Without the axes of size 1: all of them, or those of `dim` that are.

    >>> ones(1, 3, 1).squeeze().shape, ones(1, 3, 1).squeeze(0).shape
    (torch.Size([3]), torch.Size([3, 1]))
    """
    shape = unwrap(input).shape
    if dim is None:
        dims = tuple([i for i, n in enumerate(shape) if n == 1])
        return apply_view(SqueezeAll, input, dim=dims)
    op = Squeeze if isinstance(dim, int) else SqueezeSeveral
    dims = wrap_dims(dim, len(shape))
    return apply_view(op, input, dim=tuple([d for d in dims if shape and shape[d] == 1]))


@numpy_names
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """With a further axis of size 1 at `dim`.

    >>> tensor([1, 2]).unsqueeze(1)
    tensor([[1],
            [2]])
    """
    return apply_view(Unsqueeze, input, dim=wrap_dim(dim, unwrap(input).ndim + 1))


def expand(input: Tensor, *given: Any, size: Any = None, implicit: bool = False) -> Tensor:
    """A view in which axes of size 1, and new leading axes, are repeated; -1 keeps a size.

    Shape: input (*), output (size).

    >>> tensor([[1], [2]]).expand(-1, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    target = sizes(given, "expand", "size", size)
    if -1 in target:
        shape = unwrap(input).shape
        lead = len(target) - len(shape)
        target = tuple(
            [shape[i - lead] if n == -1 and i >= lead >= 0 else n for i, n in enumerate(target)]
        )
    return apply_view(Expand, input, size=target)


def not_expandable(array: Any, size: tuple[int, ...]) -> RuntimeError | None:
    """PyTorch's error for an array that does not expand to this size; None if it does."""
    shape, lead = array.shape, len(size) - array.ndim
    if lead < 0:
        return RuntimeError(
            f"expand(torch.{dtypes.of_array(array).short}Tensor{{{list(shape)}}}, "
            f"size={list(size)}): the number of sizes provided ({len(size)}) must be greater or "
            f"equal to the number of dimensions in the tensor ({len(shape)})"
        )
    for i in range(len(size) - 1, -1, -1):
        if i < lead and size[i] < 0:
            return RuntimeError(
                f"The expanded size of the tensor ({size[i]}) isn't allowed in a leading, "
                f"non-existing dimension {i}"
            )
        if i >= lead and size[i] != shape[i - lead] and (shape[i - lead] != 1 or size[i] < 0):
            return RuntimeError(
                f"The expanded size of the tensor ({size[i]}) must match the existing size "
                f"({shape[i - lead]}) at non-singleton dimension {i}.  Target sizes: "
                f"{list(size)}.  Tensor sizes: {list(shape)}"
            )
    return None


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """A view expanded to the shape of `other`."""
    return expand(input, unwrap(other).shape)


def broadcast_to(input: Tensor, size: Shape) -> Tensor:
    """A view expanded to `size`."""
    return expand(input, tuple(size))


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors expanded to their common shape.

    >>> a, b = broadcast_tensors(tensor([1, 2]), tensor([[3], [4]]))
    >>> a.shape, b.shape
    (torch.Size([2, 2]), torch.Size([2, 2]))
    """
    if len(tensors) == 1 and not hasattr(tensors[0], "shape"):
        tensors = tuple(tensors[0])
    shape: tuple[int, ...] = ()
    for tensor in tensors:
        other = unwrap(tensor).shape
        error = broadcast_error(shape, other)
        if error is not None:
            raise error
        shape = numpy.broadcast_shapes(shape, other)
    return tuple([x if unwrap(x).shape == shape else expand(x, shape) for x in tensors])


def sum_to_size(input: Tensor, *given: Any, size: Any = None) -> Tensor:
    """The sum over the axes in which `size` is 1 or missing: broadcasting undone.

    Shape: input (*), output (size), which must be expandable to the input's.

    >>> ones(3, 2).sum_to_size(1, 2)
    tensor([[3., 3.]])
    """
    target = sizes(given, "sum_to_size", "size", size)
    shape = unwrap(input).shape
    if shape == target:
        return input
    lead = len(shape) - len(target)
    dim = list(range(lead))
    for i, n in enumerate(target, lead):
        if lead < 0 or (n != 1 and n != shape[i]):
            message = f"size {{{list(target)}}} is not expandable to size {{{list(shape)}}}."
            raise RuntimeError(hint(message, "sizes must be equal or 1, counted from the last"))
        if n != shape[i]:
            dim.append(i)
    if unwrap(input).dtype in INTEGRAL:
        input = to_dtype(input, dtypes.int64.numpy)  # as sums of them are
    return apply(SumToSize, input, dim=tuple(dim), size=target)
