"""Containers of modules: chains, lists and dictionaries."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from operator import index as as_index
from typing import Any, TypeVar

from .module import Module, framed, indented

Row = TypeVar("Row", bound="_Row")
S = TypeVar("S", bound="Sequential")


def position(index: Any, length: int) -> int:
    """A position in a container of this length, counted from the end if negative."""
    place = as_index(index)
    if not -length <= place < length:
        raise IndexError(f"index {place} is out of range")
    return place % length


def check_iterable(container: Any, values: Any) -> None:
    """TypeError if a container cannot be extended by these values."""
    if not isinstance(values, Iterable):
        raise TypeError(
            f"{type(container).__name__}.extend should be called with an iterable, "
            f"but got {type(values).__name__}"
        )


def pairs(container: Any, given: Any) -> Iterator[tuple[Any, Any]]:
    """The key/value pairs of an `update`; TypeError or ValueError for what has none."""
    name = type(container).__name__
    if not isinstance(given, Iterable):
        raise TypeError(
            f"{name}.update should be called with an iterable of key/value pairs, "
            f"but got {type(given).__name__}"
        )
    for number, pair in enumerate(given):
        if not isinstance(pair, Iterable):
            kind = type(pair).__name__
            raise TypeError(
                f"{name} update sequence element #{number} should be Iterable; is{kind}"
            )
        entry = tuple(pair)
        if len(entry) != 2:
            raise ValueError(
                f"{name} update sequence element #{number} has length {len(entry)}; 2 is required"
            )
        yield entry


class _Row(Module):
    """Modules in a row, which can be reached and changed by their position."""

    def _name_at(self, index: Any) -> str:
        return next(islice(self._modules, position(index, len(self._modules)), None))

    def _hold(self, modules: Iterable[Module]) -> None:
        """Hold these modules and no others, numbered from 0."""
        kept = list(modules)
        self._modules.clear()
        self._modules.update((str(i), module) for i, module in enumerate(kept))

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._name_at(index), module)

    def __delitem__(self, index: Any) -> None:
        kept = list(self)
        del kept[index if isinstance(index, slice) else position(index, len(kept))]
        self._hold(kept)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def append(self: Row, module: Module) -> Row:
        """Add a module at the end; returns the container."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self: Row, modules: Iterable[Module]) -> Row:
        """Add several modules at the end; returns the container."""
        check_iterable(self, modules)
        for module in list(modules):
            self.append(module)
        return self

    def pop(self, key: Any) -> Module:
        """Take out the module at an index, and return it."""
        module: Module = self._modules[self._name_at(key)]
        del self[key]
        return module


class Sequential(_Row):
    """Modules in a row: each is called with the output of the one before.

    `Sequential(a, b, ...)` numbers them, `Sequential(OrderedDict(name=a, ...))` names them.

    >>> from chainrule import nn
    >>> net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    >>> net[1:]
    Sequential(
      (1): ReLU()
      (2): Linear(in_features=3, out_features=1, bias=True)
    )
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        if len(args) == 1 and isinstance(args[0], OrderedDict):
            for name, module in args[0].items():
                self.add_module(name, module)
        else:
            for i, module in enumerate(args):
                self.add_module(str(i), module)

    def forward(self, input: Any) -> Any:
        """The output of the last module."""
        for module in self._modules.values():
            input = module(input)
        return input

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self.__class__(OrderedDict(list(self._modules.items())[index]))
        return self._modules[self._name_at(index)]

    def __add__(self, other: Any) -> Sequential:
        return Sequential(*self, *_chain(other))

    def __iadd__(self: S, other: Any) -> S:
        return self.extend(_chain(other))

    def __mul__(self, times: int) -> Sequential:
        return Sequential(*list(self) * self._checked(times))

    __rmul__ = __mul__

    def __imul__(self: S, times: int) -> S:
        return self.extend(list(self) * (self._checked(times) - 1))

    def _checked(self, times: Any) -> int:
        if not isinstance(times, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(times)}")
        if times <= 0:
            raise ValueError(f"Non-positive multiplication factor {times} for {type(self)}")
        return times

    def insert(self: S, index: int, module: Module) -> S:
        """Add a module before the one at `index`; returns the chain, numbered anew."""
        if not isinstance(module, Module):
            raise AssertionError(f"module should be of type: {Module}")
        modules = list(self)
        if not -len(modules) <= index <= len(modules):
            raise IndexError(f"Index out of range: {index}")
        modules.insert(index, module)
        self._hold(modules)
        return self


def _chain(other: Any) -> Sequential:
    if not isinstance(other, Sequential):
        raise ValueError(
            f"add operator supports only objects of Sequential class, but {type(other)} is given."
        )
    return other


class ModuleList(_Row):
    """A list of modules that its owner can index, iterate and change; it cannot be called.

    >>> from chainrule import nn
    >>> nn.ModuleList([nn.Linear(2, 2) for _ in range(3)])
    ModuleList(
      (0-2): 3 x Linear(in_features=2, out_features=2, bias=True)
    )
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self.__class__(list(self)[index])
        return self._modules[self._name_at(index)]

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def __iadd__(self: Row, modules: Iterable[Module]) -> Row:
        return self.extend(modules)

    def insert(self, index: int, module: Module) -> None:
        """Add a module before the one at `index`, as in a list."""
        modules = list(self)
        modules.insert(index, module)
        self._hold(modules)

    def __repr__(self) -> str:
        """Equal neighbours are printed once, with their count."""
        blocks: list[tuple[str, int, int]] = []
        for i, module in enumerate(self):
            text = repr(module)
            if blocks and blocks[-1][0] == text:
                blocks[-1] = (text, blocks[-1][1], i)
            else:
                blocks.append((text, i, i))
        lines = []
        for text, first, last in blocks:
            label = f"({first})" if first == last else f"({first}-{last})"
            times = "" if first == last else f"{last - first + 1} x "
            lines.append(indented(f"{label}: {times}{text}", 2))
        return framed(self._get_name(), [], lines)


class ModuleDict(Module):
    """A dictionary of modules, in the order they were added; it cannot be called.

    >>> from chainrule import nn
    >>> layers = nn.ModuleDict({"relu": nn.ReLU()})
    >>> layers["relu"]
    ReLU()
    """

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Module:
        found: Module = self._modules[key]
        return found

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: str) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Remove all modules."""
        self._modules.clear()

    def pop(self, key: str) -> Module:
        """Take out the module of a key, and return it."""
        module = self[key]
        del self[key]
        return module

    def keys(self) -> Any:
        """The keys."""
        return self._modules.keys()

    def items(self) -> Any:
        """The pairs of key and module."""
        return self._modules.items()

    def values(self) -> Any:
        """The modules."""
        return self._modules.values()

    def update(self, modules: Any) -> None:
        """Add, or replace, the modules of a mapping or of key/value pairs."""
        if isinstance(modules, (Mapping, ModuleDict)):
            modules = modules.items()
        for key, module in pairs(self, modules):
            self[key] = module
