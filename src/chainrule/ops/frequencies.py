"""The frequencies of a discrete Fourier transform, and the order they stand in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..core.tensor import unwrap
from .creation import finish, numpy_dtype
from .dims import integer, wrap_dim
from .inplace import into
from .rearrange import roll

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Array, Device, DType

    Dims = int | tuple[int, ...] | None


def _frequencies(name: str, places: Array, n: int, d: float, out: Any, options: Any) -> Any:
    dtype, device, requires_grad = options
    kind = numpy_dtype(dtype)
    if kind.kind not in "fc":
        raise RuntimeError(f"{name} requires a floating point or complex dtype")
    if kind.kind == "c":
        raise NotImplementedError(f"{name} of complex dtype")
    steps = places.astype(kind) * kind.type(1 / (n * d) if n else 0)
    result = finish(steps, device, requires_grad)
    return result if out is None else into(out, result)


def _size(n: Any) -> int:
    size = integer("n", n)
    if size < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {size}: [{size}]")
    return size


def fftfreq(
    n: int,
    d: float = 1.0,
    *,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """The frequencies of the elements of an `fft` of n samples at distances `d`.

    Shape: output (n,): 0, 1, ..., then the negative ones up to -1, over n d.

    >>> fftfreq(4)
    tensor([ 0.0000,  0.2500, -0.5000, -0.2500])
    """
    n = _size(n)
    places = numpy.arange(n)
    places[(n + 1) // 2 :] -= n
    found: Tensor = _frequencies("fftfreq", places, n, d, out, (dtype, device, requires_grad))
    return found


def rfftfreq(
    n: int,
    d: float = 1.0,
    *,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """The frequencies of the elements of an `rfft` of n samples at distances `d`.

    Shape: output (n // 2 + 1,): 0, 1, ... over n d.

    >>> rfftfreq(4)
    tensor([0.0000, 0.2500, 0.5000])
    """
    n = _size(n)
    places = numpy.arange(n // 2 + 1)
    found: Tensor = _frequencies("rfftfreq", places, n, d, out, (dtype, device, requires_grad))
    return found


def fftshift(input: Tensor, dim: Dims = None) -> Tensor:
    """The elements of an `fft` with the frequency 0 in the middle, along `dim` or all axes.

    Shape: input (*), output (*).

    >>> fftshift(tensor([0, 1, 2, -2, -1]))
    tensor([-2, -1,  0,  1,  2])
    """
    dims = _shifted(input, dim)
    shape = unwrap(input).shape
    return roll(input, tuple([shape[d] // 2 for d in dims]), dims)


def ifftshift(input: Tensor, dim: Dims = None) -> Tensor:
    """The inverse of `fftshift`.

    Shape: input (*), output (*).

    >>> ifftshift(tensor([-2, -1, 0, 1, 2]))
    tensor([ 0,  1,  2, -2, -1])
    """
    dims = _shifted(input, dim)
    shape = unwrap(input).shape
    return roll(input, tuple([(shape[d] + 1) // 2 for d in dims]), dims)


def _shifted(input: Any, dim: Any) -> tuple[int, ...]:
    ndim = unwrap(input).ndim
    if dim is None:
        return tuple(range(ndim))
    return tuple([wrap_dim(d, ndim) for d in ((dim,) if isinstance(dim, int) else dim)])
