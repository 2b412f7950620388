"""Derivatives of sampled functions, by finite differences. Made of other operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..core import dtype as dtypes
from ..core.promotion import is_number
from ..core.tensor import TensorBase, unwrap
from ..errors import hint
from .dims import wrap_dims
from .join import cat
from .scan import diff
from .shape import reshape
from .slicing import piece

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number


def gradient(
    input: Tensor,
    *,
    spacing: Number | Sequence[Any] | None = None,
    dim: int | Sequence[int] | None = None,
    edge_order: int = 1,
) -> tuple[Tensor, ...]:
    """The derivative along each of the dimensions, exact for parabolas in the interior.

    `spacing` is the distance of the samples (1), one for each dimension, or their coordinates. At
    the two ends the difference is one-sided: of two samples, or of three with `edge_order=2`.

    Shape: input (*), each output (*). RuntimeError if a dimension has not enough samples.

    Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids" (1988).

    >>> gradient(tensor([1.0, 4.0, 9.0, 16.0]))
    (tensor([3., 4., 6., 7.]),)
    """
    x = unwrap(input)
    dims = tuple(range(x.ndim)) if dim is None else wrap_dims(dim, x.ndim)
    if x.ndim == 0:
        return ()
    spacings = _spacings(spacing, dims, dim is None)
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    if dtypes.of_array(x) is dtypes.uint8:
        raise RuntimeError(
            hint("torch.gradient does not support uint8 input.", "convert it to a signed dtype")
        )
    for axis in dims:
        if x.shape[axis] <= edge_order:
            raise RuntimeError(
                "torch.gradient expected each dimension size to be at least edge_order+1"
            )
    return tuple(
        [_derivative(input, axis, h, edge_order) for axis, h in zip(dims, spacings, strict=True)]
    )


def _spacings(spacing: Any, dims: tuple[int, ...], everywhere: bool) -> list[Any]:
    """For each dimension the distance of the samples, or a tensor of their coordinates."""
    if spacing is None:
        return [1] * len(dims)
    if is_number(spacing) or (isinstance(spacing, TensorBase) and not unwrap(spacing).ndim):
        return [spacing] * len(dims)
    if isinstance(spacing, (TensorBase, str)) or not isinstance(spacing, Sequence):
        raise TypeError(
            hint(
                "gradient() received an invalid combination of arguments: spacing is "
                f"{type(spacing).__name__}",
                "give coordinates as a sequence: spacing=(coordinates,)",
            )
        )
    message = "torch.gradient expected spacing to be unspecified, a scalar"
    if len(spacing) != len(dims):
        raise RuntimeError(
            f"{message}, or a list of length equal to 'self.dim() = {len(dims)}', since dim "
            f"argument was not given, but got a list of length {len(spacing)}"
            if everywhere
            else f"{message} or it's spacing and dim arguments to have the same length, but got a "
            f"spacing argument of length {len(spacing)} and a dim argument of length {len(dims)}."
        )
    for each in spacing:
        if isinstance(each, TensorBase) and unwrap(each).ndim != 1:
            raise RuntimeError(
                "torch.gradient expected each element of spacing to have one dimension, but got an "
                f"element with {unwrap(each).ndim} dimensions!"
            )
    return list(spacing)


def _derivative(f: Any, dim: int, h: Any, order: int) -> Any:
    """The derivative along one dimension: of parabolas through three neighbours."""
    n = unwrap(f).shape[dim]
    coordinates = isinstance(h, TensorBase) and unwrap(h).ndim
    if coordinates and len(h) != n:
        raise RuntimeError(
            f"torch.gradient got {len(h)} coordinates for dimension {dim}, which has {n} samples"
        )

    def at(start: int, stop: int) -> Any:
        return piece(f, dim, start, stop)

    def step(start: int, stop: int) -> Any:
        """The distances between neighbours, shaped to be broadcast along `dim`."""
        if not coordinates:
            return h
        found: Any = piece(diff(h), 0, start, stop)
        return reshape(found, (-1, *[1] * (unwrap(f).ndim - dim - 1)))

    if order == 1:
        first = (at(1, 2) - at(0, 1)) / step(0, 1)
        last = (at(n - 1, n) - at(n - 2, n - 1)) / step(n - 2, n - 1)
    else:
        first = _of_parabola([at(0, 1), at(1, 2), at(2, 3)], step(0, 1), step(1, 2), 0)
        three = [at(n - 3, n - 2), at(n - 2, n - 1), at(n - 1, n)]
        last = _of_parabola(three, step(n - 3, n - 2), step(n - 2, n - 1), 2)
    if n == 2:
        return cat((first, last), dim)
    if coordinates:
        three = [at(0, n - 2), at(1, n - 1), at(2, n)]
        interior = _of_parabola(three, step(0, n - 2), step(1, n - 1), 1)
    else:
        interior = (at(2, n) - at(0, n - 2)) / (2 * h)
    return cat((first, interior, last), dim)


def _of_parabola(f: list[Any], left: Any, right: Any, place: int) -> Any:
    """The slope of the parabola through three points, at one of them."""
    whole = left + right
    slopes = (f[1] - f[0]) / left, (f[2] - f[1]) / right
    bend = (slopes[1] - slopes[0]) / whole
    if place == 0:
        return slopes[0] - bend * left
    return slopes[place - 1] + bend * (left if place == 1 else right)
