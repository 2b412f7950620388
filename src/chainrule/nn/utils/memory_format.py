"""The order of the axes of weights in memory, which is of no consequence here."""

from __future__ import annotations

from typing import Any, TypeVar

M = TypeVar("M")


def convert_conv2d_weight_memory_format(module: M, memory_format: Any) -> M:
    """The module as it is: convolutions take weights in any order of memory."""
    return module


def convert_conv3d_weight_memory_format(module: M, memory_format: Any) -> M:
    """The module as it is: convolutions take weights in any order of memory."""
    return module
