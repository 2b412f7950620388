"""What belongs to a module: its parameters, buffers and submodules, registered as attributes.

Knows nothing of calling, hooks on calls, or saving.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from itertools import chain
from typing import Any
from weakref import ref

from ...core.hooks import RemovableHandle
from ...core.tensor import TensorBase
from ..parameter import Buffer, Parameter

TABLES = ("_parameters", "_buffers", "_modules")
registration_hooks: dict[str, OrderedDict[int, Callable[..., Any]]] = {
    table: OrderedDict() for table in TABLES
}
"""By table: hooks that see, and may replace, whatever is registered in any module."""


class Registry(dict[str, Any]):
    """A module's parameters, buffers or submodules by name.

    Its entries are ordinary attributes of the module as well, however the registry is changed:
    Python finds those thirty times faster than it calls `__getattr__`.
    """

    __slots__ = ("_owners",)

    def __init__(self, owner: Any, entries: Iterable[tuple[str, Any]] = ()) -> None:
        self._owners = [ref(owner)]
        self.update(entries)

    def share(self, owner: Any) -> None:
        """Be the registry of another module too, as shallow copies of modules share theirs."""
        self._owners.append(ref(owner))
        vars(owner).update(self)

    def __setitem__(self, name: str, value: Any) -> None:
        dict.__setitem__(self, name, value)
        for attributes in self._attributes():
            attributes[name] = value

    def __delitem__(self, name: str) -> None:
        dict.__delitem__(self, name)
        for attributes in self._attributes():
            attributes.pop(name, None)

    def _attributes(self) -> Iterator[dict[str, Any]]:
        for owner in self._owners:
            module = owner()
            if module is not None:
                yield vars(module)

    # dict's own versions of these would not call the two methods above.
    update, setdefault, clear = (
        MutableMapping.update,
        MutableMapping.setdefault,
        MutableMapping.clear,
    )

    def pop(self, name: str, *default: Any) -> Any:
        """Take an entry out and return it."""
        if name not in self:
            return dict.pop(self, name, *default)
        value = self[name]
        del self[name]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Take out the entry that was added last."""
        name, value = dict.popitem(self)
        for attributes in self._attributes():
            attributes.pop(name, None)
        return name, value

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc]
        self.update(other)
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, (), None, None, iter(self.items())


class Members:
    """The part of `Module` that registers and finds what belongs to it."""

    training: bool
    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]
    _non_persistent_buffers_set: set[str]

    def _adopt(self, table: str, entries: Any) -> Registry:
        """Make the entries the module's registry, as at first or after unpickling."""
        if type(entries) is Registry:
            entries.share(self)
        else:
            entries = Registry(self, entries.items())
        vars(self)[table] = entries
        return entries

    def _table(self, table: str, action: str) -> dict[str, Any]:
        """A registry to write to; AttributeError before `__init__` made it."""
        entries = vars(self).get(table)
        if entries is None:
            raise AttributeError(f"cannot {action} before Module.__init__() call")
        return entries if type(entries) is Registry else self._adopt(table, entries)

    # Attributes

    def __getattr__(self, name: str) -> Any:
        # Python comes here only for what is no ordinary attribute.
        attributes = vars(self)
        for table in TABLES:
            if name in attributes.get(table, ()):
                return attributes[table][name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        attributes = vars(self)
        if isinstance(value, Parameter):
            self._table("_parameters", "assign parameters")
            self._forget(name, "_buffers", "_modules")
            self.register_parameter(name, value)
        elif name in attributes.get("_parameters", ()):
            self._check_kind(value, "parameter", name, "torch.nn.Parameter", None)
            self.register_parameter(name, value)
        elif isinstance(value, Members):
            modules = self._table("_modules", "assign module")
            self._forget(name, "_parameters", "_buffers")
            modules[name] = self._seen("_modules", name, value)
        elif name in attributes.get("_modules", ()):
            self._check_kind(value, "child module", name, "torch.nn.Module", None)
            self._table("_modules", "assign module")[name] = self._seen("_modules", name, value)
        elif isinstance(value, Buffer):
            self._table("_buffers", "assign buffer")
            self._forget(name, "_parameters", "_modules")
            self.register_buffer(name, value, value.persistent)  # type: ignore[attr-defined]
        elif name in attributes.get("_buffers", ()):
            self._check_kind(value, "buffer", name, "torch.nn.Buffer, torch.Tensor", TensorBase)
            self._table("_buffers", "assign buffer")[name] = self._seen("_buffers", name, value)
        elif name in TABLES:
            self._adopt(name, value)
        else:
            object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        attributes = vars(self)
        for table in TABLES:
            if name in attributes.get(table, ()):
                del self._table(table, "delete")[name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        names = set(chain(dir(type(self)), vars(self), *(getattr(self, table) for table in TABLES)))
        return sorted(name for name in names if not name[:1].isdigit())

    def _forget(self, name: str, *tables: str) -> None:
        """Make room for a registration: the name is no other kind of attribute any more."""
        vars(self).pop(name, None)
        for table in tables:
            if name in vars(self)[table]:
                del self._table(table, "assign")[name]
        self._non_persistent_buffers_set.discard(name)

    @staticmethod
    def _check_kind(value: Any, kind: str, name: str, classes: str, accepted: Any) -> None:
        if value is not None and not (accepted and isinstance(value, accepted)):
            raise TypeError(
                f"cannot assign '{typename(value)}' as {kind} '{name}' ({classes} or None expected)"
            )

    def _seen(self, table: str, name: str, value: Any) -> Any:
        """What is registered in the end: a registration hook may replace it."""
        for hook in registration_hooks[table].values():
            replaced = hook(self, name, value)
            value = value if replaced is None else replaced
        return value

    def _check_name(self, name: Any, kind: str, table: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {typename(name)}")
        if "." in name:
            got = f", got: {name}" if kind == "module" else ""
            raise KeyError(f'{kind} name can\'t contain "."{got}')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in vars(self).get(table, ()):
            raise KeyError(f"attribute '{name}' already exists")

    # Registering

    def register_parameter(self, name: str, param: Any) -> None:
        """Make `param`, a Parameter or None, the parameter `name` of this module.

        KeyError for a name that is taken, empty or has a dot; TypeError for what is no Parameter.
        """
        parameters = self._table("_parameters", "assign parameter")
        self._check_name(name, "parameter", "_parameters")
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{typename(param)}' object to parameter '{name}' "
                "(torch.nn.Parameter or None required)"
            )
        if param is not None and param.grad_fn is not None:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be "
                f"created explicitly. To express '{name}' as a function of another Tensor, "
                "compute the value in the forward() method."
            )
        parameters[name] = self._seen("_parameters", name, param)

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Make `tensor`, a Tensor or None, the buffer `name`: state that is not learned.

        It moves with the module; with `persistent` it is saved in the `state_dict`.
        """
        buffers = self._table("_buffers", "assign buffer")
        self._check_name(name, "buffer", "_buffers")
        if tensor is not None and not isinstance(tensor, TensorBase):
            raise TypeError(
                f"cannot assign '{typename(tensor)}' object to buffer '{name}' "
                "(torch Tensor or None required)"
            )
        buffers[name] = self._seen("_buffers", name, tensor)
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def add_module(self, name: str, module: Any) -> None:
        """Make `module`, a Module or None, the child `name` of this module."""
        if module is not None and not isinstance(module, Members):
            raise TypeError(f"{typename(module)} is not a Module subclass")
        self._check_name(name, "module", "_modules")
        modules = self._table("_modules", "assign module")
        modules[name] = self._seen("_modules", name, module)

    def register_module(self, name: str, module: Any) -> None:
        """The same as :meth:`add_module`."""
        self.add_module(name, module)

    # Finding by dotted path

    def get_submodule(self, target: str) -> Any:
        """The submodule at a dotted path such as "encoder.0"; "" is the module itself.

        AttributeError if nothing, or no module, is there.
        """
        module: Any = self
        for name in target.split(".") if target else ():
            module = _attribute(module, name)
            if not isinstance(module, Members):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    def set_submodule(self, target: str, module: Any, strict: bool = False) -> None:
        """Put a module at a dotted path; with `strict` it must replace another."""
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict and not hasattr(parent, name):
            raise AttributeError(f"{parent._get_name()} has no attribute `{name}`")
        if not isinstance(module, Members):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        if hasattr(parent, name) and not isinstance(getattr(parent, name), Members):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a dotted path such as "encoder.0.weight"; AttributeError if none."""
        path, _, name = target.rpartition(".")
        found = _attribute(self.get_submodule(path), name)
        if not isinstance(found, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return found

    def get_buffer(self, target: str) -> Any:
        """The buffer at a dotted path such as "norm.running_mean"; AttributeError if none."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        found = _attribute(module, name)
        if name not in module._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return found


def _attribute(module: Any, name: str) -> Any:
    if not hasattr(module, name):
        raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
    return getattr(module, name)


def typename(value: Any) -> str:
    """How PyTorch's messages name the type of a value: 'torch.FloatTensor', 'int'."""
    if isinstance(value, TensorBase):
        return str(value.type())  # type: ignore[attr-defined]
    cls = type(value)
    return cls.__name__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def _register(table: str, hook: Callable[..., Any]) -> RemovableHandle:
    handle = RemovableHandle(registration_hooks[table])
    registration_hooks[table][handle.id] = hook
    return handle


def register_module_parameter_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, param)` at every registration; it may return another parameter."""
    return _register("_parameters", hook)


def register_module_buffer_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, buffer)` at every registration; it may return another buffer."""
    return _register("_buffers", hook)


def register_module_module_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, submodule)` at every registration; it may return another module."""
    return _register("_modules", hook)
