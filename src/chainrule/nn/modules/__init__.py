"""The layers and containers, by family; every one is here under its own name, too."""

from __future__ import annotations

import sys
from typing import Any

from ...errors import unknown


def __getattr__(name: str) -> Any:
    layers = vars(sys.modules[__name__.rpartition(".")[0]])
    if name in layers:
        return layers[name]
    raise unknown("torch.nn.modules", name, layers)
