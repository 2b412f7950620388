"""Hooks: ordered dictionaries of callables, and the handles that remove them."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

_next_id = itertools.count().__next__


class RemovableHandle:
    """Removes a hook: by `remove()`, or at the end of a `with`."""

    def __init__(self, hooks_dict: Any, *, extra_dict: Any = None) -> None:
        self.hooks_dict = hooks_dict
        self.extra_dict = extra_dict if isinstance(extra_dict, (list, tuple)) else [extra_dict]
        self.id = _next_id()

    def remove(self) -> None:
        """Take the hook away; again does nothing."""
        for hooks in (self.hooks_dict, *self.extra_dict):
            if hooks is not None:
                hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


def add_hook(owner: Any, key: Any, hook: Callable[..., Any]) -> RemovableHandle:
    """Register a hook in the dictionary at `owner[key]` or `owner.key`, made when needed."""
    table = owner.get(key) if isinstance(owner, dict) else getattr(owner, key)
    if table is None:
        table = OrderedDict()
        if isinstance(owner, dict):
            owner[key] = table
        else:
            setattr(owner, key, table)
    handle = RemovableHandle(table)
    table[handle.id] = hook
    return handle
