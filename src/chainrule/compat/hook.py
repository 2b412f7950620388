"""The import hook: inside it `torch`, `torchvision` and the teaching packages are chainrule.

Nothing is written to disk, and no module is made twice: `import torch.nn` gives `chainrule.nn`.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from .. import version
from ..errors import hint, nearest

TORCH_WORLD = {
    "torch": "chainrule",
    "torchvision": "chainrule.vision",
    "d2l": "chainrule.learn.d2l",
    "d2lzh_pytorch": "chainrule.learn.d2lzh_pytorch",
}
"""The packages a program asks for, and the ones it gets."""

MIRRORS = {
    "chainrule.distributions": "torch.distributions",
    "chainrule.nn": "torch.nn",
    "chainrule.optim": "torch.optim",
    "chainrule.utils": "torch.utils",
    "chainrule.vision": "torchvision",
}
"""Where the files have the names of PyTorch's, so that classes can print as PyTorch's do."""


class SameModule(Loader):
    """Loads a module by handing out another one, which keeps its own name and spec."""

    def __init__(self, name: str) -> None:
        self.name = name

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The other module, imported if it was not yet."""
        module = importlib.import_module(self.name)
        self.spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module back its spec, which importing it under another name replaced."""
        module.__spec__ = self.spec
        if self.name == TORCH_WORLD["torch"]:
            for lazy in ("nn", "optim", "utils"):  # a program that says torch will want them
                importlib.import_module(f"{self.name}.{lazy}")
            for name in ("dtype", "device", "Size", "Generator", "finfo", "iinfo"):
                getattr(module, name).__module__ = "torch"
        for own, theirs in MIRRORS.items():
            for name in [name for name in sys.modules if f"{name}.".startswith(f"{own}.")]:
                rename(sys.modules[name], theirs + name.removeprefix(own))


def rename(module: ModuleType, alias: str) -> None:
    """Let the classes of a module print, and be pickled, under another name of the module."""
    sys.modules[alias] = module
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == module.__name__:
            value.__module__ = alias


class Aliases(MetaPathFinder):
    """Finds every module below the packages named in a table: theirs under the names of ours."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self.table = table

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of an alias; ModuleNotFoundError for what the package does not have."""
        head, dot, rest = fullname.partition(".")
        if head not in self.table:
            return None
        name = self.table[head] + dot + rest
        own = importlib.util.find_spec(name)
        if own is None:
            raise missing(fullname, name)
        spec = ModuleSpec(fullname, SameModule(name), origin=own.origin)
        spec.submodule_search_locations = own.submodule_search_locations
        return spec

    def find_distributions(self, context: Any = None) -> Iterator[Any]:
        """What `importlib.metadata.version("torch")` finds."""
        from .metadata import Stated  # who asks has imported importlib.metadata; a run need not

        if getattr(context, "name", None) == "torch":
            yield Stated("torch", version.__version__)


def missing(fullname: str, name: str) -> ModuleNotFoundError:
    """The error for a module that is not there, with the nearest one that is."""
    parent, _, last = name.rpartition(".")
    siblings = pkgutil.iter_modules(importlib.import_module(parent).__path__)
    close = nearest(last, (module.name for module in siblings))
    message = f"No module named {fullname!r}"
    if close:
        message = hint(message, f"did you mean {fullname.rpartition('.')[0]}.{close}?")
    return ModuleNotFoundError(message, name=fullname)


FINDER = Aliases(TORCH_WORLD)


def install() -> None:
    """Let `import torch` (any submodule), torchvision, d2l and d2lzh_pytorch find chainrule.

    It holds for the rest of the process, even where the real packages are installed. RuntimeError
    if one of them was imported before.
    """
    for name, own in TORCH_WORLD.items():
        if name in sys.modules and sys.modules[name] is not sys.modules.get(own):
            message = f"the real {name} is already imported in this process"
            raise RuntimeError(hint(message, f"call install() before the first `import {name}`"))
    if FINDER not in sys.meta_path:
        sys.meta_path.insert(0, FINDER)
