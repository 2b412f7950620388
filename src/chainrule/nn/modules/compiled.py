"""What `torch.compile` makes of a module: a module around it whose calls are compiled."""

from __future__ import annotations

from typing import Any

from ...compiler import compiled
from .module import Module


class OptimizedModule(Module):
    """A module whose calls run as compiled programs; all else is asked of the module itself.

    >>> import chainrule as torch
    >>> net = torch.compile(torch.nn.Linear(2, 1))
    >>> net
    OptimizedModule(
      (_orig_mod): Linear(in_features=2, out_features=1, bias=True)
    )
    >>> net.in_features
    2
    """

    _own = frozenset({"_orig_mod", "_program", "training"})

    def __init__(self, module: Module, fullgraph: bool = False) -> None:
        super().__init__()
        self._orig_mod = module
        self.training = module.training
        vars(self)["_program"] = compiled(module, fullgraph)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """A compiled call of the module."""
        return vars(self)["_program"](*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name == "_orig_mod":
            return vars(self)["_modules"][name]
        return getattr(self._orig_mod, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._own:
            super().__setattr__(name, value)
        else:
            setattr(self._orig_mod, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._orig_mod, name)

    def __len__(self) -> int:
        return len(self._orig_mod)

    def __iter__(self) -> Any:
        return iter(self._orig_mod)

    def __getitem__(self, index: Any) -> Any:
        return self._orig_mod[index]  # type: ignore[index]

    def __reduce__(self) -> Any:
        return OptimizedModule, (self._orig_mod,)
