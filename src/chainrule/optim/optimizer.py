"""`Optimizer`: groups of parameters, the state kept for each, hooks, and saving.

Knows no update rule: a subclass gives `_update(group)`, or its own `step`.
"""

from __future__ import annotations

import functools
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import chain
from typing import Any, ClassVar, TypeVar

import numpy

from ..autograd.grad_mode import enable_grad
from ..core.hooks import RemovableHandle
from ..core.modes import modes
from ..core.tensor import TensorBase, wrap
from ..core.writes import written
from ..errors import hint

Hook = Callable[..., Any]
Group = dict[str, Any]
Params = Iterable[Any]
F = TypeVar("F", bound=Hook)

_before_any: OrderedDict[int, Hook] = OrderedDict()
_after_any: OrderedDict[int, Hook] = OrderedDict()


class _Required:
    """Stands in `defaults` for a setting that every group must give."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()


def register_optimizer_step_pre_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` before every step of every optimizer."""
    return _register(_before_any, hook)


def register_optimizer_step_post_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` after every step of every optimizer."""
    return _register(_after_any, hook)


def _register(table: OrderedDict[int, Hook], hook: Hook, first: bool = False) -> RemovableHandle:
    handle = RemovableHandle(table)
    table[handle.id] = hook
    if first:
        table.move_to_end(handle.id, last=False)
    return handle


def hooked(step: F) -> F:
    """A `step` that remembers it was called and runs the hooks of steps."""

    @functools.wraps(step)
    def with_hooks(self: Any, *args: Any, **kwargs: Any) -> Any:
        self._opt_called = True
        before, after = self._optimizer_step_pre_hooks, self._optimizer_step_post_hooks
        if not (before or after or _before_any or _after_any):
            return step(self, *args, **kwargs)
        args = (self, *args)
        for hook in (*_before_any.values(), *before.values()):
            found = hook(self, args, kwargs)
            if found is not None:
                if not isinstance(found, tuple) or len(found) != 2:
                    raise RuntimeError(
                        f"{step} must return None or a tuple of (new_args, new_kwargs), "
                        f"but got {found}."
                    )
                args, kwargs = found
        result = step(*args, **kwargs)
        for hook in (*after.values(), *_after_any.values()):
            hook(self, args, kwargs)
        return result

    with_hooks.hooked = True  # type: ignore[attr-defined]
    return with_hooks  # type: ignore[return-value]


class Optimizer:
    """Changes parameters by their gradients; the base of all optimizers.

    `params` are tensors, (name, tensor) pairs or dictionaries ("groups") with the key `params`
    and settings of their own; `defaults` are the settings of groups that do not give them. A
    subclass has its own `step`, and keeps in `self.state[p]` what it remembers of a parameter.
    TypeError and ValueError for what cannot be optimized.

    >>> import chainrule as torch
    >>> class Descent(Optimizer):
    ...     def step(self, closure=None):
    ...         for group in self.param_groups:
    ...             for p in group["params"]:
    ...                 p.data -= group["lr"] * p.grad
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = Descent([w], {"lr": 0.5})
    >>> w.sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.5000], requires_grad=True)
    """

    _added: ClassVar[Group] = {}  # settings that older saved groups lack
    _optimizer_step_pre_hooks: OrderedDict[int, Hook]
    _optimizer_step_post_hooks: OrderedDict[int, Hook]
    _optimizer_state_dict_pre_hooks: OrderedDict[int, Hook]
    _optimizer_state_dict_post_hooks: OrderedDict[int, Hook]
    _optimizer_load_state_dict_pre_hooks: OrderedDict[int, Hook]
    _optimizer_load_state_dict_post_hooks: OrderedDict[int, Hook]

    def __init__(self, params: Params, defaults: Group) -> None:
        self.defaults = defaults
        self._make_hooks()
        if isinstance(params, TensorBase):
            raise TypeError(
                hint(
                    "params argument given to the optimizer should be an iterable of Tensors or "
                    f"dicts, but got {params.type()}",  # type: ignore[attr-defined]
                    "put the parameter in a list: [w]",
                )
            )
        self.state: defaultdict[Any, Any] = defaultdict(dict)
        self.param_groups: list[Group] = []
        groups = list(params)
        if not groups:
            raise ValueError(
                hint(
                    "optimizer got an empty parameter list",
                    "a generator such as model.parameters() can be used once: call it again",
                )
            )
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def __init_subclass__(cls) -> None:
        step = cls.__dict__.get("step")
        if step is not None and not hasattr(step, "hooked"):
            cls.step = hooked(step)  # type: ignore[method-assign]

    def _make_hooks(self) -> None:
        for name in ("step", "state_dict", "load_state_dict"):
            for time in ("pre", "post"):
                self.__dict__.setdefault(f"_optimizer_{name}_{time}_hooks", OrderedDict())

    def __getstate__(self) -> dict[str, Any]:
        return {key: self.__dict__[key] for key in ("defaults", "state", "param_groups")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._make_hooks()
        for group in self.param_groups:
            for name, value in self._added.items():
                group.setdefault(name, value)

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for number, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {number}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
            lines.append("")
        return "\n".join(lines)[:-1] + "\n)" if self.param_groups else f"{lines[0]}\n)"

    OptimizerPreHook = OptimizerPostHook = Hook
    profile_hook_step = staticmethod(hooked)

    # Steps

    @hooked
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the parameters by their gradients.

        `closure`, if given, computes the loss and its gradients anew; its result is returned.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        recorder = modes.recorder
        for group in self.param_groups:
            self._update(group if recorder is None else recorder.settings(group))
        return loss

    def _update(self, group: Group) -> None:
        raise NotImplementedError(
            hint(f"{type(self).__name__} has no step", "define step(self, closure=None)")
        )

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or fill them with zeros.

        >>> import chainrule as torch
        >>> w = torch.tensor([1.0], requires_grad=True)
        >>> w.sum().backward()
        >>> torch.optim.SGD([w]).zero_grad()
        >>> w.grad is None
        True
        """
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p._grad = None
                elif p._grad is not None:
                    grad = p._grad
                    grad._node = None
                    grad._data[...] = 0
                    written(grad)

    # Groups

    def add_param_group(self, param_group: Group) -> None:
        """Add parameters, with settings of their own, to those that are optimized.

        >>> import chainrule as torch
        >>> optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
        >>> optimizer.add_param_group({"params": torch.ones(2, requires_grad=True), "lr": 0.01})
        >>> [group["lr"] for group in optimizer.param_groups]
        [0.1, 0.01]
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params, names = _unnamed(param_group["params"])
        param_group["params"] = params
        if names:
            param_group["param_names"] = names
        for p in params:
            self._check_param(p)
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(
                    "parameter group didn't specify a value of required optimization parameter "
                    f"{name}"
                )
            param_group.setdefault(name, default)
        if len(set(params)) != len(params):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this "
                "will cause an error; see github.com/pytorch/pytorch/issues/40967 for more "
                "information",
                UserWarning,
                stacklevel=3,
            )
        self._check_group(set(params), bool(names))
        self.param_groups.append(param_group)

    def _check_param(self, p: Any) -> None:
        if not isinstance(p, TensorBase):
            raise TypeError(
                f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}"
            )
        leaf = p.is_leaf or p.retains_grad  # type: ignore[attr-defined]
        if not (leaf or self.defaults.get("differentiable")):
            raise ValueError(
                hint(
                    "can't optimize a non-leaf Tensor",
                    "set requires_grad on the result: w = (...).detach().requires_grad_()",
                )
            )

    def _check_group(self, params: set[Any], named: bool) -> None:
        for group in self.param_groups:
            if not params.isdisjoint(group["params"]):
                raise ValueError("some parameters appear in more than one parameter group")
            if named != ("param_names" in group):
                raise ValueError(
                    "all optimizer param groups should be with/without names. cannot add param "
                    f"group {'with' if named else 'without'} names to the optimizer"
                )

    # Saving

    def state_dict(self) -> dict[str, Any]:
        """What `load_state_dict` needs: the state, with parameters as numbers, and the groups.

        >>> import chainrule as torch
        >>> optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)])
        >>> optimizer.state_dict()["param_groups"][0]["params"]
        [0]
        """
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        numbers: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            for p in group["params"]:
                numbers.setdefault(id(p), len(numbers))
            packed = {key: value for key, value in group.items() if key != "params"}
            packed["params"] = [numbers[id(p)] for p in group["params"]]
            groups.append(packed)
        state = {
            numbers[id(key)] if isinstance(key, TensorBase) else key: value
            for key, value in self.state.items()
        }
        found: dict[str, Any] = {"state": state, "param_groups": groups}
        for hook in self._optimizer_state_dict_post_hooks.values():
            replaced = hook(self, found)
            found = found if replaced is None else replaced
        return found

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take state and settings from a `state_dict`; the parameters stay the optimizer's own.

        ValueError if the groups do not have the same sizes.
        """
        state_dict = dict(state_dict)
        for hook in self._optimizer_load_state_dict_pre_hooks.values():
            replaced = hook(self, state_dict)
            state_dict = state_dict if replaced is None else replaced
        saved = deepcopy(state_dict["param_groups"])
        groups = self.param_groups
        if len(groups) != len(saved):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(a["params"]) != len(b["params"]) for a, b in zip(groups, saved, strict=True)):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of "
                "optimizer's group"
            )
        numbers = chain.from_iterable(group["params"] for group in saved)
        params = chain.from_iterable(group["params"] for group in groups)
        own = dict(zip(numbers, params, strict=True))
        state: defaultdict[Any, Any] = defaultdict(dict)
        for key, value in state_dict["state"].items():
            state[own.get(key, key)] = _fitted(own[key], value) if key in own else value
        for mine, new in zip(groups, saved, strict=True):
            new["params"] = mine["params"]
            if "param_names" in mine:
                new.setdefault("param_names", mine["param_names"])
        self.__setstate__({"state": state, "param_groups": saved})
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    # Hooks

    def register_step_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before each step; it may replace these."""
        return _register(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after each step."""
        return _register(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` before the state is collected by `state_dict`."""
        return _register(self._optimizer_state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` on what `state_dict` found; it may return another."""
        return _register(self._optimizer_state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(
        self, hook: Hook, prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` before it is loaded; it may return another."""
        return _register(self._optimizer_load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(
        self, hook: Hook, prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(optimizer)` after a state was loaded."""
        return _register(self._optimizer_load_state_dict_post_hooks, hook, prepend)


def _unnamed(params: Any) -> tuple[list[Any], list[str]]:
    """Parameters given in any of the accepted forms, and their names where they have them."""
    if isinstance(params, TensorBase):
        return [params], []
    if isinstance(params, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the ordering "
            "of tensors in sets will change between runs. Please use a list instead."
        )
    found = list(params)
    named = [isinstance(each, tuple) for each in found]
    if not any(named):
        return found, []
    if not all(named):
        raise ValueError(
            "all optimizer params should be with/without names. Some param names are missing"
        )
    return [p for _, p in found], [name for name, _ in found]


def _fitted(p: Any, value: Any, key: str | None = None) -> Any:
    """Saved state in the dtype and on the device of its parameter; the count of steps as it is."""
    if isinstance(value, dict):
        return {name: _fitted(p, each, name) for name, each in value.items()}
    if key == "step":
        return value if isinstance(value, TensorBase) else wrap(numpy.array(value, numpy.float32))
    if isinstance(value, TensorBase):
        kind = p.dtype if p.is_floating_point() else value.dtype  # type: ignore[attr-defined]
        return value.to(dtype=kind, device=p.device)  # type: ignore[attr-defined]
    if isinstance(value, (list, tuple)):
        return type(value)(_fitted(p, each) for each in value)
    return value
