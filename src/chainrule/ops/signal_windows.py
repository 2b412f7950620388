"""`torch.signal.windows`: windows that fade a signal out at its ends.

Each is a formula over equally spaced numbers. A window that is not symmetric (`sym=False`) is one
of the next length without its last element.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Iterable
from typing import Any

from ..core import dtype as dtypes
from ..core.layout import strided
from ..errors import hint
from .creation import linspace, ones
from .dims import integer
from .math import exp
from .roots import sqrt
from .signs import abs
from .special import i0
from .trig import cos, sin


class Places:
    """Where the elements of a window are: called with the first and the step, it gives a tensor.

    `steps` is the number of steps from the first to the last element of the symmetric window.
    """

    def __init__(self, length: int, sym: bool, options: dict[str, Any]) -> None:
        self.length = length
        self.steps = max(length - 1, 1) if sym or length < 2 else length
        self.options = options

    def __call__(self, first: float, step: float, most: float = math.inf) -> Any:
        """first, first + step, ..., the last not above `most`."""
        last = min(first + (self.length - 1) * step, most)
        return linspace(first, last, self.length, **self.options)


def _window(formula: Callable[..., Any]) -> Callable[..., Any]:
    """The function of `torch.signal.windows` whose values `formula(places, ...)` gives."""
    name = formula.__name__

    @functools.wraps(formula)
    def function(
        M: int,
        *,
        sym: bool = True,
        dtype: Any = None,
        layout: Any = strided,
        device: Any = None,
        requires_grad: bool = False,
        **shape: Any,
    ) -> Any:
        kind = dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype)
        length = integer("M", M)
        if length < 0:
            raise ValueError(f"{name} requires non-negative window length, got M={M}")
        if layout is not strided:
            raise ValueError(f"{name} is implemented for strided tensors only, got: {layout}")
        if kind not in (dtypes.float32, dtypes.float64):
            message = f"{name} expects float32 or float64 dtypes, got: {kind}"
            raise ValueError(hint(message, "convert the window afterwards"))
        options = {"dtype": kind, "device": device, "requires_grad": requires_grad}
        window = formula(Places(length, sym, options), **shape)
        return window if length > 1 else ones(length, **options)

    del function.__wrapped__  # its arguments are not these
    return function


def _need_positive(what: str, value: float) -> None:
    if value <= 0:
        raise ValueError(f"{what} must be positive, got: {value} instead.")


@_window
def bartlett(places: Places) -> Any:
    """Bartlett's window: a triangle, 1 - |2 n / (M - 1) - 1|.

    Shape: output (M,). ValueError for M < 0 and other dtypes than float32 and float64.

    >>> bartlett(3)
    tensor([0., 1., 0.])
    """
    return 1 - abs(places(-1, 2 / places.steps))


@_window
def cosine(places: Places) -> Any:
    """Half a wave: sin(pi (n + 1/2) / M).

    Shape: output (M,). ValueError for M < 0 and other dtypes than float32 and float64.

    >>> cosine(3)
    tensor([0.5000, 1.0000, 0.5000])
    """
    step = math.pi / (places.steps + 1 if places.length > 1 else 1)
    return sin(places(step / 2, step))


@_window
def exponential(places: Places, *, center: float | None = None, tau: float = 1.0) -> Any:
    """e^(-|n - center| / tau), by default around the middle.

    Shape: output (M,). ValueError for M < 0, for tau <= 0, and for a center if `sym`.

    >>> exponential(3)
    tensor([0.3679, 1.0000, 0.3679])
    """
    _need_positive("Tau", tau)
    if center is None:
        center = places.steps / 2
    elif places.steps < places.length:
        raise ValueError("Center must be None for symmetric windows")
    return exp(-abs(places(-center / tau, 1 / tau)))


@_window
def gaussian(places: Places, *, std: float = 1.0) -> Any:
    """e^(-(n - (M - 1) / 2)^2 / (2 std^2)).

    Shape: output (M,). ValueError for M < 0 and for std <= 0.

    >>> gaussian(3)
    tensor([0.6065, 1.0000, 0.6065])
    """
    _need_positive("Standard deviation", std)
    step = 1 / (std * math.sqrt(2))
    k = places(-places.steps / 2 * step, step)
    return exp(-(k * k))


@_window
def kaiser(places: Places, *, beta: float = 12.0) -> Any:
    """Kaiser's window: I0(beta sqrt(1 - (2 n / (M - 1) - 1)^2)) / I0(beta).

    Shape: output (M,). ValueError for M < 0 and for beta < 0.

    >>> kaiser(3, beta=3.0)
    tensor([0.2049, 1.0000, 0.2049])
    """
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    k = places(-beta, 2 * beta / places.steps, most=beta)
    return i0(sqrt(beta * beta - k * k)) / i0(k.new_full((), beta))


@_window
def general_cosine(places: Places, *, a: Iterable[float]) -> Any:
    """a[0] - a[1] cos(2 pi n / (M - 1)) + a[2] cos(4 pi n / (M - 1)) - ...

    Shape: output (M,). ValueError for M < 0 and without coefficients.

    >>> general_cosine(3, a=[0.5, 0.5])
    tensor([0., 1., 0.])
    """
    if not isinstance(a, Iterable):
        raise TypeError("Coefficients must be a list/tuple")
    coefficients = list(a)
    if not coefficients:
        raise ValueError("Coefficients cannot be empty")
    return _cosines(places, coefficients)


def _cosines(places: Places, a: Iterable[float]) -> Any:
    k = places(0, 2 * math.pi / places.steps)
    terms = [cos(k * i) * (-c if i % 2 else c) for i, c in enumerate(a)]
    return functools.reduce(operator.add, terms)


@_window
def general_hamming(places: Places, *, alpha: float = 0.54) -> Any:
    """alpha - (1 - alpha) cos(2 pi n / (M - 1)).

    Shape: output (M,). ValueError for M < 0 and other dtypes than float32 and float64.
    """
    return _cosines(places, (alpha, 1 - alpha))


@_window
def hamming(places: Places) -> Any:
    """Hamming's window: 0.54 - 0.46 cos(2 pi n / (M - 1)).

    Shape: output (M,). ValueError for M < 0 and other dtypes than float32 and float64.

    >>> hamming(3)
    tensor([0.0800, 1.0000, 0.0800])
    """
    return _cosines(places, (0.54, 0.46))


@_window
def hann(places: Places) -> Any:
    """Hann's window: (1 - cos(2 pi n / (M - 1))) / 2.

    Shape: output (M,). ValueError for M < 0 and other dtypes than float32 and float64.

    >>> hann(3)
    tensor([0., 1., 0.])
    """
    return _cosines(places, (0.5, 0.5))


@_window
def blackman(places: Places) -> Any:
    """Blackman's window: 0.42 - 0.5 cos(2 pi n / (M - 1)) + 0.08 cos(4 pi n / (M - 1)).

    Shape: output (M,). ValueError for M < 0 and other dtypes than float32 and float64.
    """
    return _cosines(places, (0.42, 0.5, 0.08))


@_window
def nuttall(places: Places) -> Any:
    """Nuttall's window: four cosines whose side lobes are lowest.

    Shape: output (M,). ValueError for M < 0 and other dtypes than float32 and float64.

    Nuttall, "Some windows with very good sidelobe behavior" (1981).
    """
    return _cosines(places, (0.3635819, 0.4891775, 0.1365995, 0.0106411))
