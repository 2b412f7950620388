"""Trained weights: none are shipped, and none are downloaded."""

from __future__ import annotations

from typing import Any

from ...errors import hint


def refuse(name: str, weights: Any, pretrained: Any = False) -> None:
    """NotImplementedError if trained weights are asked for."""
    if weights is not None or pretrained:
        message = f"torchvision.models.{name}: trained weights are not supported"
        advice = "build it without weights, and load_state_dict a file that you have"
        raise NotImplementedError(hint(message, advice))
