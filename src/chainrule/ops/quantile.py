"""Quantiles, with and without NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.tensor import unwrap, wrap
from .blend import lerp
from .dims import wrap_dim
from .index import gather
from .inplace import into
from .names import numpy_names
from .permute import permute
from .shape import reshape
from .sort import sort

if TYPE_CHECKING:
    from ..tensor import Tensor

_ROUNDED: dict[str, Any] = {
    "lower": numpy.floor,
    "higher": numpy.ceil,
    "nearest": numpy.round,
}


@numpy_names
def quantile(
    input: Tensor,
    q: float | Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
    out: Tensor | None = None,
) -> Tensor:
    """The values below which the shares `q` of the elements lie, over all axes or along `dim`.

    Between two elements it interpolates: linear, lower, higher, midpoint or nearest. NaN if there
    is a NaN. Several shares make a first axis.

    Shape: input (*), q () or (n,), output (*) or (n, *) without the axis `dim`.

    >>> tensor([0.0, 1.0, 2.0, 3.0]).quantile(0.5)
    tensor(1.5000)
    """
    result = _quantile("quantile", input, q, dim, keepdim, interpolation)
    return result if out is None else into(out, result, exact=True)


@numpy_names
def nanquantile(
    input: Tensor,
    q: float | Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
    out: Tensor | None = None,
) -> Tensor:
    """Quantiles of the elements that are not NaN; NaN where all are.

    Shape: input (*), q () or (n,), output (*) or (n, *) without the axis `dim`.
    """
    result = _quantile("nanquantile", input, q, dim, keepdim, interpolation)
    return result if out is None else into(out, result, exact=True)


def _quantile(name: str, input: Any, q: Any, dim: int | None, keepdim: bool, way: str) -> Any:
    a = unwrap(input)
    shares = _checked(name, a, q, way)
    ndim = a.ndim
    if dim is None:
        rows, kept = reshape(input, (-1,)), (1,) * ndim if keepdim else ()
    else:
        axis = wrap_dim(dim, ndim)
        others = [i for i in range(ndim) if i != axis]
        rows = permute(input, (*others, axis)) if ndim else reshape(input, (1,))
        kept = tuple([a.shape[i] if i != axis else 1 for i in range(ndim) if keepdim or i != axis])
    ordered = sort(rows, -1)[0]
    ranks = _ranks(unwrap(ordered), shares.reshape(-1), name == "nanquantile")
    found = _interpolated(ordered, ranks, way)  # (*, n)
    if shares.ndim:
        last = unwrap(found).ndim - 1
        return reshape(permute(found, (last, *range(last))), (shares.size, *kept))
    return reshape(found, kept)


def _checked(name: str, a: Any, q: Any, way: str) -> Any:
    """The shares as an array; PyTorch's errors."""
    if a.dtype not in (dtypes.float32.numpy, dtypes.float64.numpy):
        raise RuntimeError(f"{name}() input tensor must be either float or double dtype")
    if not a.size:
        raise RuntimeError(f"{name}() input tensor must be non-empty")
    if isinstance(q, (list, tuple)):
        raise TypeError(f"{name}(): argument 'q' must be float or Tensor, not {type(q).__name__}")
    if not hasattr(q, "ndim"):
        if not 0 <= q <= 1:
            raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q}")
        shares = numpy.asarray(q, a.dtype)
    else:
        shares = unwrap(q)
        if shares.ndim > 1:
            raise RuntimeError(f"{name}() q must be a scalar or 1D tensor")
        if shares.dtype is not a.dtype:
            raise RuntimeError(f"{name}() q tensor must be same dtype as the input tensor")
        if not ((shares >= 0) & (shares <= 1)).all():
            raise RuntimeError(f"{name}() q values must be in the range [0, 1]")
    if way not in ("linear", "midpoint", *_ROUNDED):
        raise RuntimeError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, "
            f"but got {way}"
        )
    return shares


def _ranks(ordered: Any, shares: Any, ignore_nan: bool) -> Any:
    """The places in each sorted row, as floats; NaN are the last elements of a row."""
    n = ordered.shape[-1]
    if ignore_nan:
        valid = (ordered == ordered).sum(-1, keepdims=True).astype(ordered.dtype)
        return numpy.maximum(shares * (valid - 1), 0)
    ranks = shares * ordered.dtype.type(n - 1)
    has_nan = ordered[..., -1:] != ordered[..., -1:]
    return numpy.where(has_nan, ordered.dtype.type(n - 1), ranks)


def _interpolated(ordered: Any, ranks: Any, way: str) -> Any:
    """The elements of sorted rows at ranks that may lie between two."""
    if way in _ROUNDED:
        ranks = _ROUNDED[way](ranks)
    below = numpy.floor(ranks)
    low = gather(ordered, -1, wrap(below.astype(numpy.int64)))
    if way in _ROUNDED:
        return low
    weight = ranks - below if way == "linear" else numpy.full_like(ranks, 0.5)
    high = gather(ordered, -1, wrap(numpy.ceil(ranks).astype(numpy.int64)))
    return lerp(low, high, wrap(weight))
