"""x[index] = value, in every form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy

from ..backend import namespace
from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.promotion import is_number
from ..core.tensor import TensorBase, plain, unwrap
from ..core.writes import written
from ..kernels.index import accumulate
from .convert import to_dtype
from .fill import copy_, fill_, is_recorded, write
from .getitem import MOST, Index, filled, getitem, is_plain, parse
from .index import check_places
from .index_errors import index_error
from .inplace import assign, check_memory, check_overlap, check_writable, refuse_overlap
from .mask import masked
from .shape import expand, not_expandable, reshape, sum_to_size
from .slicing import ALL, select

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number


class IndexPut(Primitive):
    """x after x[index] = value, or x[index] += value"""

    nondiff = ("i", "j", "k", "l")
    saves = ("i", "j", "k", "l")

    def kernel(xp, x, value, i, j, k, l, *, at, add, origin):  # noqa: E741
        out = x.copy()
        write_at(out, filled(at, (i, j, k, l)), value, add)
        return out

    def grad_x(ctx, g):
        if ctx.add:
            return g
        arrays = [plain(each) for each in (ctx.i, ctx.j, ctx.k, ctx.l)]
        mapped = next((a for a in arrays if hasattr(type(a), "namespace")), None)
        kept = namespace(mapped).ones(ctx.shapes[0], bool)
        kept[filled(ctx.at, arrays)] = False
        return masked(g, kept)

    def grad_value(ctx, g):
        taken = apply(Index, g, ctx.i, ctx.j, ctx.k, ctx.l, at=ctx.at)
        return to_dtype(sum_to_size(taken, ctx.shapes[1]), ctx.origin)

    @classmethod
    def explain(cls, error: Exception, arrays: Any, params: dict[str, Any]) -> Exception:
        """PyTorch's error for an index or a value that does not fit."""
        return put_error(error, arrays[0], filled(params["at"], arrays[2:]), arrays[1])


def write_at(out: Any, index: tuple[Any, ...], value: Any, add: bool) -> None:
    """out[index] = value, or += with repeated positions adding up."""
    if getattr(value, "ndim", 0) > 1 and is_mask(index[0]):
        index = (*index[0].nonzero(), *index[1:])  # NumPy broadcasts no matrix to a mask
    if not add:
        write(out, index, value)
        return
    shape = out[index].shape
    values: Any = numpy.asarray(value, out.dtype)
    accumulate(out, index, expand(values, shape) if values.shape != shape else values)


def is_mask(item: Any) -> bool:
    """Whether this part of an index is an array of bool."""
    return hasattr(item, "dtype") and item.dtype.kind == "b"


def put_error(error: Exception, array: Any, index: tuple[Any, ...], value: Any) -> Exception:
    """PyTorch's error for one that NumPy raised over array[index] = value."""
    if isinstance(error, IndexError):
        return index_error(error, array, index)
    if isinstance(error, ValueError) and hasattr(value, "shape"):
        return RuntimeError(
            f"shape mismatch: value tensor of shape {list(value.shape)} cannot be broadcast to "
            f"indexing result of shape {list(array[index].shape)}"
        )
    return error


def delitem(input: Tensor, index: Any) -> None:
    """`del x[index]`: TypeError, as a tensor keeps its size."""
    raise TypeError("Tensor does not support deleting items")


def setitem(input: Tensor, index: Any, value: Tensor | Number) -> None:
    """input[index] = value, for an index as in `getitem`; the value is broadcast and cast.

    RuntimeError for a leaf that requires grad while recording, and for shapes that do not fit.

    >>> x = zeros(2, 2)
    >>> x[0, 1] = 5.0
    >>> x[x == 0] = torch.tensor(1)
    >>> x
    tensor([[1., 5.],
            [1., 1.]])
    """
    raw: Any = plain(value)
    if raw is value and not is_number(value):
        short = dtypes.of_array(input._data).short
        raise TypeError(f"can't assign a {_type_name(value)} to a torch.{short}Tensor")
    kind = type(index)
    if kind is int or (kind is slice and is_plain(index)):
        basic: Any = (index,)
        at: tuple[Any, ...] = ()
        arrays: list[Any] = []
    else:
        basic, at, arrays = parse(input._data, index)
    if is_recorded(input, value):
        _set_recorded(input, basic, at, arrays, value)
        return
    part = input._data if basic is None else _part(input._data, basic)
    check_memory(part)
    if isinstance(value, TensorBase) and value._writes is input._writes:
        refuse_overlap(part, raw)
    if arrays:
        _put_checked(part, at, arrays, raw, False)
    else:
        _write_part(part, raw)
    written(input)


def _type_name(value: Any) -> str:
    kind = type(value)
    return f"numpy.{kind.__name__}" if kind.__module__ == "numpy" else kind.__name__


def _part(data: Any, basic: tuple[Any, ...]) -> Any:
    try:
        return data[basic if ... in basic else (*basic, ...)]
    except IndexError as error:
        raise index_error(error, data, basic) from None


def _write_part(part: Any, raw: Any) -> None:
    try:
        write(part, ..., raw)
    except ValueError:
        raise _misfit(part, raw) from None


def _misfit(part: Any, raw: Any) -> Exception:
    return not_expandable(_without_leading_ones(raw), part.shape) or ValueError("shapes differ")


def _without_leading_ones(x: Any) -> Any:
    """A value may have more axes than its place, if they have size 1."""
    lead = 0
    while lead < x.ndim and x.shape[lead] == 1:
        lead += 1
    return x[(0,) * lead] if lead else x


def _put_checked(part: Any, at: tuple[Any, ...], arrays: list[Any], value: Any, add: bool) -> None:
    index = filled(at, tuple([plain(each) for each in arrays]))
    _check_types(part, index, value)
    try:
        write_at(part, index, value, add)
    except (IndexError, ValueError) as error:
        raise put_error(error, part, index, value) from None


def _check_types(part: Any, index: tuple[Any, ...], value: Any) -> None:
    if is_number(value) or unwrap(value).dtype is part.dtype:
        return
    if len(index) == 1 and is_mask(index[0]) and value.size == 1:
        return  # PyTorch takes this for masked_fill, which casts
    raise RuntimeError(
        "Index put requires the source and destination dtypes match, got "
        f"{dtypes.of_array(part).short} for the destination and "
        f"{dtypes.of_array(value).short} for the source."
    )


def _set_recorded(input: Any, basic: Any, at: Any, arrays: list[Any], value: Any) -> None:
    """The same on a tensor, or with a value, that is part of a graph."""
    trivial = basic is None or all(item is ... or item == ALL for item in basic)
    part = input if trivial else getitem(input, basic)
    if arrays:
        check_writable(part)
        assign(part, _index_put(part, at, arrays, value, False))
    elif is_number(value):
        check_memory(part._data)
        fill_(part, value)
    else:
        while value._data.ndim > part._data.ndim and value._data.shape[0] == 1:
            value = select(value, 0, 0)
        error = not_expandable(value._data, part._data.shape)
        if error is not None:
            raise error
        copy_(part, value)


def _index_put(input: Any, at: Any, arrays: Sequence[Any], value: Any, add: bool) -> Any:
    raw = plain(value)
    _check_types(plain(input), filled(at, tuple([plain(each) for each in arrays])), raw)
    places = (*arrays, *(None,) * (MOST - len(arrays)))
    origin = getattr(raw, "dtype", None)
    return apply(IndexPut, input, value, *places, at=at, add=add, origin=origin)


def index_put(
    input: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False
) -> Tensor:
    """A copy with values written at input[indices]; with `accumulate`, added.

    >>> zeros(3).index_put((tensor([0, 0]),), ones(2), accumulate=True)
    tensor([2., 0., 0.])
    """
    at, arrays = _places(input, indices, "index_put")
    return _index_put(input, at, arrays, values, accumulate)


def index_put_(
    input: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False
) -> Tensor:
    """Write values at input[indices], or with `accumulate` add them; returns the tensor."""
    at, arrays = _places(input, indices, "index_put_")
    check_writable(input)
    if is_recorded(input, values):
        return assign(input, _index_put(input, at, arrays, values, accumulate))
    check_overlap(input, values)
    _put_checked(input._data, at, arrays, values._data, accumulate)
    written(input)
    return input


def _places(input: Any, indices: Any, name: str) -> tuple[tuple[Any, ...], list[Any]]:
    if isinstance(indices, TensorBase):
        raise TypeError(
            f"{name}(): argument 'indices' (position 1) must be tuple of Tensors, not Tensor"
        )
    for i, each in enumerate(indices):
        if not isinstance(each, TensorBase):
            raise TypeError(
                f"expected Tensor as element {i} in argument 0, but got {type(each).__name__}"
            )
    _, _, arrays = parse(plain(input), tuple(indices))
    return tuple(range(len(arrays))), arrays


def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """A copy with the elements of source at positions of the flattened input.

    >>> zeros(2, 2).put(tensor([0, 3]), tensor([1.0, 2.0]))
    tensor([[1., 0.],
            [0., 2.]])
    """
    check_places("put_", input, index)
    a, b = unwrap(input), unwrap(source)
    if b.size != plain(index).size:
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got "
            f"source.numel() = {b.size}, index.numel() = {plain(index).size}"
        )
    if a.dtype is not b.dtype:
        raise RuntimeError(
            "put_(): self and source expected to have the same dtype, but got self.dtype = "
            f"{dtypes.of_array(a).short} and source.dtype = {dtypes.of_array(b).short}"
        )
    places, values = reshape(index, (b.size,)), reshape(source, (b.size,))
    flat = index_put(reshape(input, (a.size,)), (places,), values, accumulate)
    return reshape(flat, a.shape)
