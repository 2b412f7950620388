"""Operations that leave masked-out elements aside: torch.masked.

Each fills what is masked out with a number that changes nothing (0 in a sum, 1 in a product), and
then is the ordinary operation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.tensor import unwrap, wrap
from ..errors import hint
from . import extrema, reduce, scan, statistics
from .compare import where
from .complex import real
from .conj import conj
from .convert import to_dtype
from .creation import full
from .dims import wrap_dim, wrap_dims
from .extremes import clamp_min
from .math import logaddexp as plain_logaddexp
from .norms import vector_norm
from .roots import sqrt
from .shape import broadcast_to
from .softmax import log_softmax as plain_log_softmax
from .softmax import softmax as plain_softmax
from .sort import nanmedian

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Dim, DType, Number


def _kind(input: Any, dtype: DType, small: bool = False) -> dtypes.dtype:
    """The dtype of a result; sums and products of small integers are int64."""
    if dtype is not None:
        return dtypes.as_dtype(dtype)
    own = dtypes.of_array(unwrap(input))
    return dtypes.int64 if small and own.category <= dtypes.INTEGER else own


def _mask(input: Any, mask: Any) -> Any:
    """The mask in the shape of the input, as booleans."""
    shape, raw = unwrap(input).shape, unwrap(mask)
    if raw.ndim > len(shape):
        raise IndexError(
            "_input_mask expected broadcastable mask (got mask dimensionality higher than of the "
            "input)"
        )
    return to_dtype(broadcast_to(mask, shape), dtypes.bool_.numpy)


def _filled(input: Any, mask: Any, value: Any) -> Any:
    """The input with a number where it is masked out."""
    if mask is None:
        return input
    kind = dtypes.of_array(unwrap(input))
    return where(_mask(input, mask), input, full((), value, dtype=kind))


def _as(result: Any, kind: dtypes.dtype) -> Any:
    return to_dtype(result, kind.numpy)


def _axes(input: Any, dim: Dim) -> tuple[int, ...]:
    """The axes to fold; all of them where none is given."""
    ndim = unwrap(input).ndim
    if dim is None or dim == () or dim == []:
        return tuple(range(ndim))
    return wrap_dims(dim, ndim)


def _least(name: str, input: Any) -> Any:
    """The number below all others of the input's dtype."""
    kind = dtypes.of_array(unwrap(input))
    if kind.category == dtypes.BOOL:
        raise NotImplementedError(f"identity of {name} on {kind} input")
    return -math.inf if kind.category > dtypes.INTEGER else int(numpy.iinfo(kind.numpy).min)


def _most(name: str, input: Any) -> Any:
    """The number above all others of the input's dtype."""
    least = _least(name, input)
    return math.inf if isinstance(least, float) else int(numpy.iinfo(unwrap(input).dtype).max)


def _count(input: Any, mask: Any, dims: tuple[int, ...]) -> Any:
    """How many elements are folded together, with the folded axes kept."""
    shape = unwrap(input).shape
    if mask is not None:
        return reduce.sum(_mask(input, mask), dims, keepdim=True)
    kept = [1 if i in dims else n for i, n in enumerate(shape)]
    folded = math.prod(n for i, n in enumerate(shape) if i in dims)
    return wrap(numpy.full(kept, folded))


# Sums, products and extremes


def sum(
    input: Tensor,
    dim: Dim = None,
    *,
    keepdim: bool = False,
    dtype: DType = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The sum of the elements that the mask lets through; 0 of none.

    Shape: input (*), mask broadcastable to it, output (*) without the axes `dim`.

    >>> import chainrule.masked
    >>> chainrule.masked.sum(tensor([1, 2, 3]), 0, mask=tensor([True, False, True]))
    tensor(4)
    """
    kind = _kind(input, dtype, small=True)
    line = _filled(input, mask, 0)
    return _as(reduce.sum(line, _axes(input, dim), keepdim, dtype=kind), kind)


def prod(
    input: Tensor,
    dim: Dim = None,
    *,
    keepdim: bool = False,
    dtype: DType = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The product of the elements that the mask lets through; 1 of none.

    Shape: input (*), mask broadcastable to it, output (*) without the axes `dim`.
    """
    kind = _kind(input, dtype, small=True)
    result = _as(_filled(input, mask, 1), kind)
    for axis in sorted(_axes(input, dim), reverse=True):
        result = reduce.prod(result, axis, keepdim)
    return result


def cumsum(input: Tensor, dim: int, *, dtype: DType = None, mask: Tensor | None = None) -> Tensor:
    """The running sums of the elements that the mask lets through.

    Shape: input (*), mask broadcastable to it, output (*).
    """
    kind = _kind(input, dtype, small=True)
    return scan.cumsum(_filled(input, mask, 0), dim, dtype=kind)


def cumprod(input: Tensor, dim: int, *, dtype: DType = None, mask: Tensor | None = None) -> Tensor:
    """The running products of the elements that the mask lets through.

    Shape: input (*), mask broadcastable to it, output (*).
    """
    kind = _kind(input, dtype, small=True)
    return scan.cumprod(_filled(input, mask, 1), dim, dtype=kind)


def amax(
    input: Tensor,
    dim: Dim = None,
    *,
    keepdim: bool = False,
    dtype: DType = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The largest of the elements that the mask lets through; the least number of none.

    Shape: input (*), mask broadcastable to it, output (*) without the axes `dim`.
    """
    line = _filled(input, mask, _least("amax", input))
    return _as(extrema.amax(line, _axes(input, dim), keepdim), _kind(input, dtype))


def amin(
    input: Tensor,
    dim: Dim = None,
    *,
    keepdim: bool = False,
    dtype: DType = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The smallest of the elements that the mask lets through; the greatest number of none.

    Shape: input (*), mask broadcastable to it, output (*) without the axes `dim`.
    """
    line = _filled(input, mask, _most("amin", input))
    return _as(extrema.amin(line, _axes(input, dim), keepdim), _kind(input, dtype))


def argmax(
    input: Tensor,
    dim: int | None = None,
    *,
    keepdim: bool = False,
    dtype: DType = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The index of the largest element that the mask lets through, in the input's dtype.

    Shape: input (*), mask broadcastable to it, output () or (*) without the axis `dim`.
    """
    line = _filled(input, mask, _least("argmax", input))
    return _as(extrema.argmax(line, dim, keepdim), _kind(input, dtype))


def argmin(
    input: Tensor,
    dim: int | None = None,
    *,
    keepdim: bool = False,
    dtype: DType = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The index of the smallest element that the mask lets through, in the input's dtype.

    Shape: input (*), mask broadcastable to it, output () or (*) without the axis `dim`.
    """
    line = _filled(input, mask, _most("argmin", input))
    return _as(extrema.argmin(line, dim, keepdim), _kind(input, dtype))


# Statistics


def mean(
    input: Tensor,
    dim: Dim = None,
    *,
    keepdim: bool = False,
    dtype: DType = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The mean of the elements that the mask lets through; NaN of none.

    Shape: input (*), mask broadcastable to it, output (*) without the axes `dim`.

    >>> import chainrule.masked
    >>> chainrule.masked.mean(tensor([1.0, 2.0, 6.0]), 0, mask=tensor([True, True, False]))
    tensor(1.5000)
    """
    kind = _kind(input, dtype)
    if kind.category <= dtypes.INTEGER:
        raise ValueError(
            "mean(): Could not infer output dtype. Input dtype must be either a floating point or "
            f"complex dtype. Got: {kind}"
        )
    dims = _axes(input, dim)
    total = sum(input, dims, keepdim=True, dtype=kind, mask=mask)
    return _dropped(_as(total / _count(input, mask, dims), kind), dims, keepdim)


def _dropped(x: Any, dims: tuple[int, ...], keepdim: bool) -> Any:
    return x if keepdim or not dims or not unwrap(x).ndim else x.squeeze(dims)


def median(
    input: Tensor,
    dim: int = -1,
    *,
    keepdim: bool = False,
    dtype: DType = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The lower median of the elements that the mask lets through; NaN of none.

    Shape: input (*), mask broadcastable to it, output (*) without the axis `dim`.
    """
    kind = _kind(input, dtype)
    line = _as(input, kind)
    if not kind.is_floating_point:
        some = mask is None or reduce.all(reduce.any(_mask(input, mask), dim))
        if not some:
            raise ValueError(
                "masked median expects no fully masked out rows if dtype is not floating point"
            )
        line = _as(line, dtypes.float64)
    return _as(nanmedian(_filled(line, mask, math.nan), dim, keepdim)[0], kind)


def var(
    input: Tensor,
    dim: Dim = None,
    unbiased: bool | None = None,
    *,
    correction: Number | None = None,
    keepdim: bool = False,
    dtype: DType = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The variance of the elements that the mask lets through, over their number less `correction`.

    Shape: input (*), mask broadcastable to it, output (*) without the axes `dim`.
    """
    kind = _kind(input, dtype)
    if kind.category <= dtypes.INTEGER:
        kind = dtypes.float32
    if correction is None:
        correction = 1 if unbiased is None else int(unbiased)
    elif unbiased is not None:
        raise RuntimeError("only one of 'unbiased' and 'correction' may be given")
    dims = _axes(input, dim)
    count = _count(input, mask, dims)
    centred = input - sum(input, dims, keepdim=True, dtype=kind, mask=mask) / count
    squares = real(centred * conj(centred))
    whole = dtypes.of_array(unwrap(squares))
    total = sum(squares, dims, keepdim=True, dtype=whole, mask=mask)
    result = _as(total / clamp_min(count - correction, 0), kind)  # complex as well, in PyTorch
    return _dropped(result, dims, keepdim)


def std(
    input: Tensor,
    dim: Dim = None,
    unbiased: bool | None = None,
    *,
    correction: Number | None = None,
    keepdim: bool = False,
    dtype: DType = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The square root of :func:`var`.

    Shape: input (*), mask broadcastable to it, output (*) without the axes `dim`.
    """
    given = {"correction": correction, "keepdim": keepdim, "dtype": dtype, "mask": mask}
    return sqrt(var(input, dim, unbiased, **given))  # type: ignore[arg-type]


def norm(
    input: Tensor,
    ord: float = 2.0,
    dim: Dim = None,
    *,
    keepdim: bool = False,
    dtype: DType = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The vector norm of the elements that the mask lets through.

    Shape: input (*), mask broadcastable to it, output (*) without the axes `dim`.
    """
    line = _filled(input, mask, math.inf if ord == -math.inf else 0)
    return vector_norm(line, ord, _axes(input, dim), keepdim, dtype=dtype)


def normalize(
    input: Tensor,
    ord: float,
    dim: int,
    *,
    eps: float = 1e-12,
    dtype: DType = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The input over its norm, or over eps if that is larger; 0 where it is masked out.

    Shape: input (*), mask broadcastable to it, output (*).
    """
    length = norm(input, ord, dim, keepdim=True, dtype=dtype, mask=mask)
    return _filled(input, mask, 0) / clamp_min(length, eps)


# Exponentials


def softmax(input: Tensor, dim: int, *, dtype: DType = None, mask: Tensor | None = None) -> Tensor:
    """exp(x) over its sum, among the elements that the mask lets through; 0 for the others.

    Shape: input (*), mask broadcastable to it, output (*).

    >>> import chainrule.masked
    >>> chainrule.masked.softmax(zeros(3), 0, mask=tensor([True, True, False]))
    tensor([0.5000, 0.5000, 0.0000])
    """
    return _over_axis(plain_softmax, "softmax", input, dim, dtype, mask)


def log_softmax(
    input: Tensor, dim: int, *, dtype: DType = None, mask: Tensor | None = None
) -> Tensor:
    """The logarithm of :func:`softmax`; -inf for what is masked out.

    Shape: input (*), mask broadcastable to it, output (*).
    """
    return _over_axis(plain_log_softmax, "log_softmax", input, dim, dtype, mask)


def softmin(input: Tensor, dim: int, *, dtype: DType = None, mask: Tensor | None = None) -> Tensor:
    """The :func:`softmax` of -x.

    Shape: input (*), mask broadcastable to it, output (*).
    """
    return _over_axis(plain_softmax, "softmin", -input, dim, dtype, mask)


def _over_axis(
    function: Callable[..., Any], name: str, input: Any, dim: int, dtype: DType, mask: Any
) -> Any:
    line = _as(input, _kind(input, dtype))
    dim = wrap_dim(dim, unwrap(input).ndim)
    return function(_filled(line, mask, _least(name, line)), dim)


def logsumexp(
    input: Tensor,
    dim: Dim = None,
    *,
    keepdim: bool = False,
    dtype: DType = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The logarithm of the sum of exp(x), among the elements that the mask lets through.

    Shape: input (*), mask broadcastable to it, output (*) without the axes `dim`.
    """
    line = _filled(input, mask, _least("logsumexp", input))
    result = statistics.logsumexp(line, _axes(input, dim), keepdim)
    return _as(result, _kind(input, dtype))


def logaddexp(
    input: Tensor,
    other: Tensor,
    *,
    dtype: DType = None,
    input_mask: Tensor | None = None,
    other_mask: Tensor | None = None,
) -> Tensor:
    """log(exp(x) + exp(y)), where what a mask leaves out counts as exp(-inf) = 0.

    Shape: input (*), other (*), output (*), broadcast.
    """
    x = _filled(input, input_mask, _least("logaddexp", input))
    y = _filled(other, other_mask, _least("logaddexp", other))
    return _as(plain_logaddexp(x, y), _kind(input, dtype))


# Tensors that carry a mask


def is_masked_tensor(obj: Any) -> bool:
    """Whether this is a tensor with a mask of its own: there are none here."""
    return False


def masked_tensor(data: Any, mask: Any, requires_grad: bool = False) -> Any:
    """NotImplementedError: tensors with a mask of their own are not supported."""
    message = "MaskedTensor: tensors with a mask of their own are not supported"
    raise NotImplementedError(hint(message, "give the mask to a function: masked.sum(x, mask=m)"))


as_masked_tensor = MaskedTensor = masked_tensor
