"""Windows that fade a signal out at its ends: `torch.hann_window` and its kin.

Those of `torch.signal.windows` are in `signal_windows`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.layout import strided
from ..errors import hint
from .creation import finish, numpy_dtype
from .dims import integer
from .support import by_scipy

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Array, Device, DType


def _window(
    name: str,
    formula: Callable[[Array, int], Array],
    window_length: int,
    periodic: bool,
    dtype: DType,
    layout: Any,
    device: Device,
    requires_grad: bool,
) -> Any:
    """A window of one length: of the next one without its last element, if it is periodic.

    `formula` takes 0, 1, ... and how many these are.
    """
    length = integer("window_length", window_length)
    kind = numpy_dtype(dtype)
    own = dtypes.OF_NUMPY[kind]
    if own.category < dtypes.FLOATING:
        message = f"{name} expects floating point dtypes, got: {own}"
        raise RuntimeError(hint(message, "dtype=torch.float32 is the default"))
    if own.is_complex:
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{own.short}'")
    if layout not in (None, strided):
        raise RuntimeError(f"{name} is not implemented for sparse types, got: {layout}")
    if length < 0:
        raise RuntimeError(
            f"{name} requires non-negative window_length, got window_length={length}"
        )
    if length < 2:
        return finish(numpy.ones(length, kind), device, requires_grad)
    count = length + bool(periodic)
    wide = numpy.dtype(numpy.float32) if kind.itemsize == 2 else kind
    values = formula(numpy.arange(count, dtype=wide), count)
    return finish(values[:length].astype(kind), device, requires_grad)


def _cosine(alpha: float, beta: float) -> Callable[[Array, int], Array]:
    return lambda x, n: numpy.cos(x * x.dtype.type(math.pi * 2 / (n - 1))) * -beta + alpha


def hann_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Hann's window: (1 - cos(2 pi n / N)) / 2, where N is the length, or one less if not periodic.

    Shape: output (window_length,). RuntimeError for a negative length.

    >>> hann_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    options = (dtype, layout, device, requires_grad)
    window: Tensor = _window("hann_window", _cosine(0.5, 0.5), window_length, periodic, *options)
    return window


def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Hamming's window: alpha - beta cos(2 pi n / N); see `hann_window` for N.

    Shape: output (window_length,). RuntimeError for a negative length.

    >>> hamming_window(4)
    tensor([0.0800, 0.5400, 1.0000, 0.5400])
    """
    options = (dtype, layout, device, requires_grad)
    window: Tensor = _window(
        "hamming_window", _cosine(alpha, beta), window_length, periodic, *options
    )
    return window


def blackman_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Blackman's window: 0.42 - 0.5 cos(2 pi n / N) + 0.08 cos(4 pi n / N); see `hann_window`.

    Shape: output (window_length,). RuntimeError for a negative length.
    """

    def formula(x: Array, n: int) -> Array:
        angle = x * x.dtype.type(math.pi / (n - 1))
        return numpy.cos(angle * 4) * 0.08 - numpy.cos(angle * 2) * 0.5 + 0.42

    options = (dtype, layout, device, requires_grad)
    window: Tensor = _window("blackman_window", formula, window_length, periodic, *options)
    return window


def bartlett_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Bartlett's window: a triangle, 1 - |2 n / N - 1|; see `hann_window` for N.

    Shape: output (window_length,). RuntimeError for a negative length.

    >>> bartlett_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """

    def formula(x: Array, n: int) -> Array:
        rising = x * x.dtype.type(2 / (n - 1))
        return numpy.minimum(rising, 2 - rising)

    options = (dtype, layout, device, requires_grad)
    window: Tensor = _window("bartlett_window", formula, window_length, periodic, *options)
    return window


def kaiser_window(
    window_length: int,
    periodic: bool = True,
    beta: float = 12.0,
    *,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Kaiser's window: I0(beta sqrt(1 - (2 n / N - 1)^2)) / I0(beta); see `hann_window` for N.

    Shape: output (window_length,). RuntimeError for a negative length.

    >>> kaiser_window(4, beta=3.0)
    tensor([0.2049, 0.7269, 1.0000, 0.7269])
    """

    def formula(x: Array, n: int) -> Array:
        place = x * x.dtype.type(2 / (n - 1)) - 1
        top = by_scipy(numpy, "i0", numpy.asarray(beta, x.dtype))
        return numpy.asarray(by_scipy(numpy, "i0", beta * numpy.sqrt(1 - place * place)) / top)

    options = (dtype, layout, device, requires_grad)
    window: Tensor = _window("kaiser_window", formula, window_length, periodic, *options)
    return window
