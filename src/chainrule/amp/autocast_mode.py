"""Autocast: products in a short floating type, losses in float32; see `ops.mixed`."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from ..backend import cuda_is_available
from ..core import dtype as dtypes
from ..core.device import device
from ..core.modes import modes
from ..core.tensor import TensorBase
from ..ops.mixed import SHORT
from ..ops.to import to

F = TypeVar("F", bound=Callable[..., Any])


def is_autocast_available(device_type: str) -> bool:
    """Whether autocast knows this type of device.

    >>> is_autocast_available("cpu")
    True
    """
    return device(device_type).type in ("cpu", "cuda")


class autocast:
    """Context or decorator in which matrix products and convolutions run in a short type.

    Inputs of float32 are converted to `dtype` (bfloat16, or float16) for products, those of a short
    type to float32 for losses. On the CPU this saves no time here: it gives PyTorch's types and
    rounding. bfloat16 needs the extra `bf16`.

    >>> x = torch.ones(2, 2)
    >>> with autocast("cpu", dtype=torch.float16):
    ...     (x @ x).dtype
    torch.float16
    """

    def __init__(
        self,
        device_type: str,
        dtype: dtypes.dtype | None = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        if not isinstance(device_type, str):
            kind = type(device_type).__name__
            raise ValueError(f"Expected `device_type` of type `str`, got: `{kind}`")
        self.device = device(device_type).type
        default = dtypes.float16 if self.device == "cuda" else dtypes.bfloat16
        self.fast_dtype = default if dtype is None else dtype
        if enabled and self.fast_dtype not in SHORT:
            warnings.warn(
                "In CPU autocast, but the target dtype is not supported. Disabling autocast.\n"
                "CPU Autocast only supports dtypes of torch.bfloat16, torch.float16 currently.",
                stacklevel=2,
            )
            enabled = False
        if enabled and self.device == "cuda" and not cuda_is_available():
            warnings.warn("CUDA is not available. Disabling autocast.", stacklevel=2)
            enabled = False
        self._enabled = enabled

    def __enter__(self) -> autocast:
        self._before = modes.autocast
        if self._enabled:
            modes.autocast = self.fast_dtype
        elif modes.autocast is not None and self.device == "cpu":
            modes.autocast = None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        modes.autocast = self._before

    def __call__(self, function: F) -> F:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with autocast(self.device, self.fast_dtype, self._enabled):
                return function(*args, **kwargs)

        return wrapper  # type: ignore[return-value]


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """Whether autocast is on for a type of device, the GPU if none is named."""
    return modes.autocast is not None and device(device_type or "cuda").type == "cpu"


def get_autocast_dtype(device_type: str) -> dtypes.dtype:
    """The short type of products in autocast."""
    if modes.autocast is not None:
        found: dtypes.dtype = modes.autocast
        return found
    return dtypes.float16 if device(device_type).type == "cuda" else dtypes.bfloat16


def custom_fwd(
    fwd: Any = None, *, device_type: str, cast_inputs: dtypes.dtype | None = None
) -> Any:
    """Decorator for the `forward` of a custom function: inside of autocast, cast its inputs.

    With `cast_inputs`, floating inputs are converted to it and autocast is off inside.
    """
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        args[0]._autocast = modes.autocast
        if cast_inputs is None or modes.autocast is None:
            return fwd(*args, **kwargs)
        args[0]._autocast = None
        with autocast(device_type, enabled=False):
            return fwd(*_cast(args, cast_inputs), **_cast(kwargs, cast_inputs))

    return wrapper


def custom_bwd(bwd: Any = None, *, device_type: str) -> Any:
    """Decorator for the `backward` of a custom function: autocast as it was in its `forward`."""
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        before, modes.autocast = modes.autocast, getattr(args[0], "_autocast", None)
        try:
            return bwd(*args, **kwargs)
        finally:
            modes.autocast = before

    return wrapper


def _cast(value: Any, kind: dtypes.dtype) -> Any:
    if isinstance(value, TensorBase):
        tensor: Any = value
        return to(tensor, kind) if tensor.dtype in (dtypes.float32, *SHORT) else tensor
    if isinstance(value, dict):
        return {key: _cast(each, kind) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_cast(each, kind) for each in value)
    return value
