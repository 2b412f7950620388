"""NumPy's names for arguments, which PyTorch accepts beside its own. Knows no operation."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

_NAMES = {"axis": "dim", "keepdims": "keepdim", "a": "input", "x": "input", "x1": "input"}
_NAMES |= {"x2": "other"}


def numpy_names(function: F) -> F:
    """The function, taking `axis` for `dim`, `keepdims` for `keepdim`, `x2` for `other` too.

    >>> ones(2, 3).sum(axis=0, keepdims=True)
    tensor([[2., 2., 2.]])
    """

    @functools.wraps(function)
    def named(*args: Any, **kwargs: Any) -> Any:
        if kwargs and not _NAMES.keys().isdisjoint(kwargs):
            for name in kwargs.keys() & _NAMES.keys():
                if _NAMES[name] not in kwargs:
                    kwargs[_NAMES[name]] = kwargs.pop(name)
        return function(*args, **kwargs)

    return named  # type: ignore[return-value]
