"""`torch.cuda.amp`: the older names of `torch.amp`, for GPUs."""

from __future__ import annotations

from typing import Any

from .. import amp
from ..core import dtype as dtypes


class autocast(amp.autocast):
    """`torch.amp.autocast("cuda")`; without a GPU it warns and does nothing."""

    def __init__(
        self,
        enabled: bool = True,
        dtype: dtypes.dtype = dtypes.float16,
        cache_enabled: bool = True,
    ) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """`torch.amp.GradScaler("cuda")`; without a GPU it warns and does nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("cuda", *args, **kwargs)
