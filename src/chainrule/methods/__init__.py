"""The tables of the Tensor's methods, a class for each family. A class body is the table."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def later(family: str, name: str) -> Callable[..., Any]:
    """The method for an operation of a family that is imported when it is first called."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(import_module(f"..ops.{family}", __name__), name)(self, *args, **kwargs)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"See `torch.{name}`."
    return method
