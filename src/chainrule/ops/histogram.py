"""Histograms: how many elements fall into each bin. Nothing here has a gradient."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.tensor import TensorBase, unwrap, wrap
from ..errors import hint
from . import return_types
from .dims import integer
from .inplace import into

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Array, Number


def _no_kernel(kernel: str, a: Any) -> NotImplementedError:
    short = dtypes.of_array(a).short
    return NotImplementedError(f"\"{kernel}\" not implemented for '{short}'")


def histc(
    input: Tensor,
    bins: int = 100,
    min: Number = 0,
    max: Number = 0,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """How many elements fall into each of `bins` equal parts of [min, max].

    Without a range, that of the data. Elements outside and NaN are left out.

    Shape: input (*), output (bins,).
    """
    a = unwrap(input)
    if not dtypes.of_array(a).is_floating_point:
        raise _no_kernel("histogram_cpu", a)
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    low, high = _range("torch.histc", a, min, max)
    counts = numpy.histogram(a, bins, (low, high))[0]
    result = wrap(counts.astype(a.dtype))
    return result if out is None else into(out, result, exact=True)


def _range(name: str, a: Any, low: Any, high: Any) -> tuple[float, float]:
    if low == high and a.size:
        low, high = float(a.min()), float(a.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"{name}: range of [{low:g}, {high:g}] is not finite")
    if low > high:
        raise RuntimeError(f"{name}: max must be larger than min")
    return (low - 1, high + 1) if low == high else (low, high)


def histogram(
    input: Tensor,
    bins: int | Tensor,
    *,
    range: Sequence[float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
    out: Any = None,
) -> Any:
    """Counts (or sums of weights, or a density) between bin edges, and the edges.

    The bins are `bins` equal parts of `range`, which by default is that of the data, or lie between
    given edges. The last bin has both its edges, the others have the left one.

    Shape: input (*), bins a number or edges (n + 1,), hist (n,), bin_edges (n + 1,).

    >>> histogram(tensor([1.0, 2.0, 1.0]), 2).hist
    tensor([2., 1.])
    """
    a = unwrap(input)
    rows = a.reshape(-1, 1)
    weights = None if weight is None else unwrap(weight)
    if weights is not None and weights.shape == a.shape:
        weights = weights.reshape(-1)
    if not isinstance(bins, TensorBase):
        bins = integer("bins", bins)
    hist, (edges,) = _counted(rows, [bins], range, weights, density)
    results = (wrap(hist), wrap(edges))
    if out is not None:
        results = tuple([into(to, made, exact=True) for to, made in zip(out, results, strict=True)])
    return return_types.histogram(results)


def histogramdd(
    input: Tensor,
    bins: int | Sequence[int] | Sequence[Tensor],
    *,
    range: Sequence[float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
) -> Any:
    """A histogram of points in D dimensions, and the edges of its bins along each.

    `bins` has for each dimension their number, or their edges; `range` the lower and upper end.

    Shape: input (*, D), weight (*), hist (n_1, ..., n_D), bin_edges D times (n_i + 1,).

    >>> histogramdd(tensor([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), [2, 2]).hist
    tensor([[0., 1.],
            [1., 1.]])
    """
    a = unwrap(input)
    if not a.ndim:
        raise IndexError("Dimension specified as -1 but tensor has no dimensions")
    if a.ndim < 2:
        raise RuntimeError("torch.histogramdd: input tensor should have at least 2 dimensions")
    points = a.reshape(-1, a.shape[-1])
    given = [bins] * points.shape[1] if isinstance(bins, int) else list(bins)
    if len(given) != points.shape[1]:
        raise RuntimeError(
            "histogramdd: The size of bins must be equal to the innermost dimension of the input."
        )
    weights = None if weight is None else unwrap(weight)
    if weights is not None and weights.shape == a.shape[:-1]:
        weights = weights.reshape(-1)
    each = [n if isinstance(n, TensorBase) else integer("bins", n) for n in given]
    hist, edges = _counted(points, each, range, weights, density)
    return return_types.histogramdd((wrap(hist), tuple([wrap(e) for e in edges])))


def _counted(
    points: Array, bins: Sequence[Any], span: Sequence[float] | None, weights: Any, density: bool
) -> tuple[Array, list[Array]]:
    """The histogram of points (N, D), and the edges of its bins."""
    if points.dtype.kind != "f":
        raise _no_kernel("histogramdd", points)
    if weights is not None and weights.shape != points.shape[:1]:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the "
            "input tensor excluding its innermost dimension, but got input with shape "
            f"{list(points.shape)} and weight with shape {list(weights.shape)}"
        )
    if isinstance(bins[0], TensorBase):
        edges = [_given_edges(unwrap(each), points, dim) for dim, each in enumerate(bins)]
    else:
        edges = _equal_edges(points, bins, span)
    sizes = [len(each) - 1 for each in edges]
    inside = numpy.ones(len(points), bool)
    flat = numpy.zeros(len(points), numpy.int64)
    for values, each in zip(points.T, edges, strict=True):
        place = numpy.searchsorted(each, values, "right") - 1
        place[values == each[-1]] = len(each) - 2
        inside &= (place >= 0) & (place < len(each) - 1)
        flat = flat * (len(each) - 1) + place
    chosen = None if weights is None else weights[inside]
    hist = numpy.bincount(flat[inside], chosen, math.prod(sizes)).reshape(sizes)
    hist = hist.astype(points.dtype)
    if density:
        hist = hist / hist.sum()
        for width in numpy.ix_(*[numpy.diff(each) for each in edges]):
            hist = hist / width
    return hist, edges


def _given_edges(edges: Array, points: Array, dim: int) -> Array:
    if edges.ndim != 1:
        raise RuntimeError(
            f"torch.histogramdd: bins tensor should have one dimension, but got {edges.ndim} "
            f"dimensions in the bins tensor for dimension {dim}"
        )
    if edges.dtype is not points.dtype:
        own, other = dtypes.of_array(points), dtypes.of_array(edges)
        message = (
            "torch.histogramdd: input tensor and bins tensors should have the same dtype, but got "
            f"input with dtype {own} and bins for dimension {dim} with dtype {other}"
        )
        raise RuntimeError(hint(message, f"bins.to({own})"))
    return edges.copy()


def _equal_edges(points: Array, bins: Sequence[int], span: Sequence[float] | None) -> list[Array]:
    count = points.shape[1]
    for dim, n in enumerate(bins):
        if n <= 0:
            raise RuntimeError(
                f"torch.histogram(): bins must be > 0, but got {n} for dimension {dim}"
            )
    if span is not None and len(span) != 2 * count:
        raise RuntimeError(
            f"torch.histogramdd: for a {count}-dimensional histogram range should have "
            f"{2 * count} elements, but got {len(span)}"
        )
    edges = []
    for dim, n in enumerate(bins):
        low, high = (0.0, 1.0) if span is None else span[2 * dim : 2 * dim + 2]
        if span is None and len(points):
            low, high = float(points[:, dim].min()), float(points[:, dim].max())
        if not (math.isfinite(low) and math.isfinite(high)):
            raise RuntimeError(
                f"torch.histogramdd: dimension {dim}'s range [{low:g}, {high:g}] is not finite"
            )
        if low > high:
            raise RuntimeError(
                f"torch.histogramdd: min should not exceed max, but got min {low:g} max {high:g} "
                f"for dimension {dim}"
            )
        if low == high:
            low, high = low - 0.5, high + 0.5
        edges.append(numpy.linspace(low, high, n + 1, dtype=points.dtype))
    return edges
