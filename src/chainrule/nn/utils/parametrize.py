"""Parametrizations: a parameter that is computed, by modules, from other tensors at each use."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ...autograd.grad_mode import no_grad
from ...tensor import Tensor
from ..modules.container import ModuleDict, ModuleList
from ..modules.module import Module
from ..parameter import Parameter

_cache: dict[tuple[int, str], Any] = {}
_users = 0  # how many `cached` blocks are open


@contextmanager
def cached() -> Iterator[None]:
    """Inside the `with` block parametrized tensors are computed once, at their first use.

    >>> from chainrule import nn
    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(2, 2))
    >>> with cached():
    ...     layer.weight is layer.weight
    True
    """
    global _users
    _users += 1
    try:
        yield
    finally:
        _users -= 1
        if not _users:
            _cache.clear()


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, in the order in which they are applied.

    It holds what they start from, as parameters or buffers: `original`, or `original0`,
    `original1` ... where the `right_inverse` of the last one returns several tensors.
    """

    original: Any

    def __init__(self, modules: Sequence[Module], original: Any, unsafe: bool = False) -> None:
        if not modules:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, kind = original.shape, original.dtype
        with no_grad():
            value: Any = original
            for module in reversed(list(self)):
                value = _inverted(module, value)
        if not isinstance(value, (Tensor, Sequence)):
            raise ValueError(
                "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                f"Got {type(value).__name__}"
            )
        self.is_tensor = isinstance(value, Tensor)
        self.ntensors = 1 if self.is_tensor else len(value)
        if isinstance(value, Tensor):
            if value.dtype != kind:
                raise ValueError(
                    "When `right_inverse` outputs one tensor, it may not change the dtype.\n"
                    f"original.dtype: {kind}\nright_inverse(original).dtype: {value.dtype}"
                )
            if value.device != original.device:
                raise ValueError(
                    "When `right_inverse` outputs one tensor, it may not change the device."
                )
            with no_grad():
                _set(original, value)
            _register(self, "original", original)
        else:
            for i, part in enumerate(value):
                if not isinstance(part, Tensor):
                    raise ValueError(
                        "'right_inverse' must return a Tensor or a Sequence of tensors (list, "
                        f"tuple...). Got element {i} of the sequence with type "
                        f"{type(part).__name__}."
                    )
                if isinstance(original, Parameter):
                    part = Parameter(part, original.requires_grad)
                part.requires_grad_(original.requires_grad)
                _register(self, f"original{i}", part)
        if not unsafe:
            self._check(self(), shape, kind)

    def _check(self, value: Any, shape: Any, kind: Any) -> None:
        if not isinstance(value, Tensor):
            raise ValueError(f"A parametrization must return a tensor. Got {type(value).__name__}.")
        for name, found, expected in (("dtype", value.dtype, kind), ("shape", value.shape, shape)):
            if found != expected:
                raise ValueError(
                    f"Registering a parametrization may not change the {name} of the tensor, "
                    f"unless `unsafe` flag is enabled.\nunparametrized {name}: {expected}\n"
                    f"parametrized {name}: {found}"
                )

    def _originals(self) -> list[Any]:
        if self.is_tensor:
            return [self.original]
        return [getattr(self, f"original{i}") for i in range(self.ntensors)]

    def right_inverse(self, value: Any) -> None:
        """Set the originals so that the parametrized tensor becomes `value`.

        RuntimeError if a parametrization has no `right_inverse`.
        """
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(
                        f"parametrization {type(module).__name__} does not implement right_inverse."
                    )
                value = module.right_inverse(value)
            if self.is_tensor:
                if not isinstance(value, Tensor):
                    raise ValueError(
                        f"`right_inverse` should return a tensor. Got {type(value).__name__}"
                    )
                parts = [value]
            else:
                if not isinstance(value, Sequence):
                    raise ValueError(
                        "'right_inverse' must return a sequence of tensors. "
                        f"Got {type(value).__name__}."
                    )
                parts = list(value)
                if len(parts) != self.ntensors:
                    raise ValueError(
                        "'right_inverse' must return a sequence of tensors of length "
                        f"{self.ntensors}. Got a sequence of length {len(parts)}."
                    )
            for original, part in zip(self._originals(), parts, strict=True):
                if part.dtype != original.dtype:
                    raise ValueError(
                        "The tensor returned by `right_inverse` has dtype "
                        f"{part.dtype} while `original` has dtype {original.dtype}"
                    )
                _set(original, part)

    def forward(self) -> Any:
        """The parametrized tensor."""
        first, *others = list(self)
        value = first(*self._originals())
        for module in others:
            value = module(value)
        return value


def _inverted(module: Any, value: Any) -> Any:
    """What a parametrization would start from to give `value`; `value` itself if it cannot say."""
    try:
        return module.right_inverse(value) if hasattr(module, "right_inverse") else value
    except NotImplementedError:
        return value


def _set(target: Any, value: Any) -> None:
    if target is not value:
        target.data = value.detach()


def _register(module: Module, name: str, value: Any) -> None:
    if isinstance(value, Parameter):
        module.register_parameter(name, value)
    else:
        module.register_buffer(name, value)


def _become_parametrized(module: Module) -> None:
    """Give the module a class of its own, which can have properties."""
    cls = module.__class__

    def getstate(self: Any) -> Any:
        raise RuntimeError(
            "Serialization of parametrized modules is only supported through state_dict(). See:\n"
            "https://pytorch.org/tutorials/beginner/saving_loading_models.html"
            "#saving-loading-a-general-checkpoint-for-inference-and-or-resuming-training"
        )

    def deepcopied(self: Any, memo: dict[int, Any]) -> Any:
        if id(self) in memo:
            return memo[id(self)]
        replica = self.__new__(self.__class__)
        memo[id(self)] = replica
        replica.__setstate__(copy.deepcopy(vars(self), memo))
        return replica

    extra: dict[str, Any] = {"__getstate__": getstate}
    if not hasattr(cls, "__deepcopy__"):
        extra["__deepcopy__"] = deepcopied
    module.__class__ = type(f"Parametrized{cls.__name__}", (cls,), extra)


def _computed(name: str) -> property:
    """The property that runs the parametrizations of a tensor."""

    def get(self: Any) -> Any:
        if not _users:
            return self.parametrizations[name]()
        key = (id(self), name)
        if key not in _cache:
            _cache[key] = self.parametrizations[name]()
        return _cache[key]

    def put(self: Any, value: Any) -> None:
        self.parametrizations[name].right_inverse(value)

    return property(get, put)


def register_parametrization(
    module: Any, tensor_name: str, parametrization: Any, *, unsafe: bool = False
) -> Module:
    """Make a parameter or buffer the value of `parametrization`, computed at each use.

    The tensor becomes `module.parametrizations.<name>.original`; a second parametrization is
    applied after the first. One with a method `right_inverse` allows assigning to the tensor, and
    says what it starts from.

    Raises:
        ValueError: there is no such tensor; or, unless `unsafe`, shape or dtype would change.

    >>> from chainrule import nn
    >>> class Positive(nn.Module):
    ...     def forward(self, x):
    ...         return x.abs()
    >>> layer = register_parametrization(nn.Linear(1, 2), "weight", Positive())
    >>> bool((layer.weight >= 0).all()), list(layer.state_dict())
    (True, ['bias', 'parametrizations.weight.original'])
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            _check_next(module, tensor_name, parametrization)
        found = module.parametrizations[tensor_name]
        found.append(parametrization)
        found.unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        original = getattr(module, tensor_name)
        found = ParametrizationList([parametrization], original, unsafe=unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _become_parametrized(module)
            module.parametrizations = ModuleDict()
        setattr(type(module), tensor_name, _computed(tensor_name))
        module.parametrizations[tensor_name] = found
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element "
            f"with name '{tensor_name}'"
        )
    return module


def _check_next(module: Any, name: str, parametrization: Any) -> None:
    """Refuse a further parametrization that would change the shape or dtype of the tensor."""
    before = getattr(module, name)
    pairs = [("parametrization", parametrization(before), "A parametrization must")]
    if hasattr(parametrization, "right_inverse"):
        try:
            inverse = parametrization.right_inverse(pairs[0][1])
            pairs.append(("right_inverse", inverse, "parametrization.right_inverse must"))
        except NotImplementedError:
            pass
    for function, after, message in pairs:
        if not isinstance(after, Tensor):
            raise ValueError(f"{message} return a tensor. Got {type(after).__name__}.")
        for what in ("dtype", "shape"):
            if getattr(after, what) != getattr(before, what):
                raise ValueError(
                    f"Registering a parametrization may not change the {what} of the tensor, "
                    "unless the `unsafe` flag is enabled.\n"
                    f"module.{name}.{what}: {getattr(before, what)}\n"
                    f"{function}(module.{name}).{what}: {getattr(after, what)}"
                )


def is_parametrized(module: Any, tensor_name: str | None = None) -> bool:
    """Whether a module has parametrizations, or the tensor of this name has.

    >>> from chainrule import nn
    >>> is_parametrized(nn.Linear(1, 1))
    False
    """
    found = getattr(module, "parametrizations", None)
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def remove_parametrizations(
    module: Any, tensor_name: str, leave_parametrized: bool = True
) -> Module:
    """Make a tensor an ordinary parameter or buffer again.

    It keeps its parametrized value, or with `leave_parametrized=False` becomes the original.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    found = module.parametrizations[tensor_name]
    if found.is_tensor:
        original = found.original
        if leave_parametrized:
            with no_grad():
                value = getattr(module, tensor_name)
            _set(original, value)
    elif leave_parametrized:
        value = getattr(module, tensor_name)
        original = Parameter(value.detach()) if value.requires_grad else value
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is "
            "parametrized in terms of a sequence of tensors."
        )
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, original)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Module) -> type:
    """The class that a module has, or had before it was parametrized."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(
    from_module: Any, to_module: Any, tensor_name: str | None = None
) -> Module:
    """Give a module the parametrizations of another, and the tensors they start from."""
    if not is_parametrized(from_module):
        return to_module
    for name in [tensor_name] if tensor_name is not None else from_module.parametrizations:
        if not is_parametrized(from_module, name):
            raise AssertionError(f"module is not parametrized in '{name}'")
        if not hasattr(to_module, name):
            setattr(to_module, name, copy.deepcopy(getattr(from_module, name)))
        for parametrization in from_module.parametrizations[name]:
            register_parametrization(to_module, name, parametrization)
        theirs, ours = from_module.parametrizations[name], to_module.parametrizations[name]
        names = (
            ["original"] if theirs.is_tensor else [f"original{i}" for i in range(theirs.ntensors)]
        )
        for each in names:
            setattr(ours, each, getattr(theirs, each))
    return to_module


def weight_of(module: Any, name: str) -> Any:
    """The tensor of this name; ValueError if there is none."""
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    return weight
