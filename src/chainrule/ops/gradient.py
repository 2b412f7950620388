"""Derivatives of sampled functions, by differences of neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..core import dtype as dtypes
from ..core.tensor import TensorBase, unwrap, wrap
from .convert import to_dtype
from .dims import wrap_dims
from .join import cat
from .slicing import piece

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Dim, Number


def gradient(
    input: Tensor,
    *,
    spacing: Number | Tensor | Sequence[Any] | None = None,
    dim: Dim = None,
    edge_order: int = 1,
) -> tuple[Tensor, ...]:
    """The derivative along each axis of `dim`, from the values at neighbouring points.

    Inside, the parabola through three points is differentiated; at the ends, the line through two
    (`edge_order` 1) or the parabola through three (2). `spacing` is a distance, a distance or a
    tensor of coordinates for each axis.

    Shape: input (*), outputs (*).

    >>> gradient(tensor([1.0, 4.0, 9.0, 16.0]))
    (tensor([3., 4., 6., 7.]),)
    """
    shape = unwrap(input).shape
    axes = wrap_dims(range(len(shape)) if dim is None else dim, len(shape))
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    steps = _spacings(spacing, axes, dim is None)
    for axis in axes:
        if shape[axis] < edge_order + 1:
            raise RuntimeError(
                "torch.gradient expected each dimension size to be at least edge_order+1"
            )
    if dtypes.of_array(unwrap(input)).category <= dtypes.INTEGER:
        input = to_dtype(input, dtypes.get_default_dtype().numpy)
    slopes = [_slope(input, axis, step, edge_order) for axis, step in zip(axes, steps, strict=True)]
    return tuple(slopes)


def _spacings(spacing: Any, axes: Sequence[int], every: bool) -> list[Any]:
    if isinstance(spacing, TensorBase) and not spacing._data.ndim:
        spacing = spacing._data.item()
    if spacing is None or isinstance(spacing, (int, float, complex)):
        return [1 if spacing is None else spacing] * len(axes)
    given = list(spacing)
    if len(given) != len(axes):
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar, or a list of length "
            f"equal to 'self.dim() = {len(axes)}', since dim argument was not given, but got a "
            f"list of length {len(given)}"
            if every
            else "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and "
            f"dim arguments to have the same length, but got a spacing argument of length "
            f"{len(given)} and a dim argument of length {len(axes)}."
        )
    for each in given:
        if isinstance(each, TensorBase) and each._data.ndim != 1:
            raise RuntimeError(
                "torch.gradient expected each element of spacing to have one dimension, but got "
                f"an element with {each._data.ndim} dimensions!"
            )
    return given


def _slope(y: Any, axis: int, step: Any, edge_order: int) -> Any:
    """The derivative along one axis: of parabolas inside, of lines or parabolas at the ends."""
    n = unwrap(y).shape[axis]

    def at(start: int, stop: int) -> Any:
        return piece(y, axis, start, stop)

    if not isinstance(step, TensorBase):
        inner = (at(2, n) - at(0, n - 2)) / (2 * step)
        if edge_order == 1:
            first, last = (at(1, 2) - at(0, 1)) / step, (at(n - 1, n) - at(n - 2, n - 1)) / step
        else:
            first = (4 * at(1, 2) - 3 * at(0, 1) - at(2, 3)) / (2 * step)
            last = (3 * at(n - 1, n) - 4 * at(n - 2, n - 1) + at(n - 3, n - 2)) / (2 * step)
        return cat((first, inner, last), axis)
    line = (-1,) + (1,) * (unwrap(y).ndim - axis - 1)
    points = step._data
    gaps = wrap((points[1:] - points[:-1]).reshape(line))
    n = points.size  # as PyTorch: the coordinates say how many values count
    rises = (at(1, n) - at(0, n - 1)) / gaps
    before, after = piece(gaps, 0, 0, n - 2), piece(gaps, 0, 1, n - 1)
    left, right = piece(rises, axis, 0, n - 2), piece(rises, axis, 1, n - 1)
    inner = (left * after + right * before) / (before + after)
    first, last = piece(rises, axis, 0, 1), piece(rises, axis, n - 2, n - 1)
    if edge_order == 2:
        first = first + _bend(rises, gaps, axis, 0) * -piece(gaps, 0, 0, 1)
        last = last + _bend(rises, gaps, axis, n - 3) * piece(gaps, 0, n - 2, n - 1)
    return cat((first, inner, last), axis)


def _bend(rises: Any, gaps: Any, axis: int, at: int) -> Any:
    """The second difference quotient of three neighbours."""
    change = piece(rises, axis, at + 1, at + 2) - piece(rises, axis, at, at + 1)
    return change / (piece(gaps, 0, at, at + 1) + piece(gaps, 0, at + 1, at + 2))
