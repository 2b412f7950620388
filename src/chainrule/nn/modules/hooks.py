"""Hooks of modules: functions called before and after forward and backward.

A module without hooks pays one attribute lookup for them: `_hooked` is False in the class.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from ...core.hooks import RemovableHandle
from ...core.modes import modes
from .backward_hooks import BackwardHooks, Hook, watch_first_tensor

TABLES = (
    "_forward_pre_hooks",
    "_forward_hooks",
    "_backward_pre_hooks",
    "_backward_hooks",
)
MARKS = (
    "_forward_pre_hooks_with_kwargs",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
)


def empty_tables() -> dict[str, Any]:
    """The attributes of a module, or of all modules, that hold its hooks."""
    return {name: OrderedDict() for name in TABLES + MARKS} | {"_is_full_backward_hook": None}


everywhere = SimpleNamespace(**empty_tables())
"""The hooks of all modules: they run before a module's own."""


def settle() -> None:
    """After hooks of all modules were removed: calls need not look for any, from the next on."""
    Hooks._hooked = any(getattr(everywhere, name) for name in TABLES)


class Hooks:
    """The part of `Module` that registers and runs hooks."""

    _hooked = False  # whether a call must look for hooks; set in an instance by registering one
    _forward_hooks: dict[int, Hook]
    _forward_pre_hooks: dict[int, Hook]
    _backward_hooks: dict[int, Hook]
    _backward_pre_hooks: dict[int, Hook]
    _is_full_backward_hook: bool | None
    forward: Callable[..., Any]
    _compiled_call: Callable[..., Any] | None = None  # set in an instance by `Module.compile`

    def register_forward_pre_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before forward; what it returns replaces the arguments.

        With `with_kwargs` it is called as `hook(module, args, kwargs)` and returns both, or None.
        """
        marks = ("_forward_pre_hooks_with_kwargs",) if with_kwargs else ()
        return _register(self, "_forward_pre_hooks", hook, prepend, *marks)

    def register_forward_hook(
        self,
        hook: Hook,
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after forward; what it returns replaces the output.

        With `with_kwargs` it is called as `hook(module, args, kwargs, output)`; with `always_call`
        also after forward, or another hook, has raised.

        >>> from chainrule import nn
        >>> net = nn.ReLU()
        >>> with net.register_forward_hook(lambda module, args, output: output + 1):
        ...     net(Tensor([-1.0, 1.0]))
        tensor([1., 2.])
        """
        marks = ["_forward_hooks_with_kwargs"] if with_kwargs else []
        marks += ["_forward_hooks_always_called"] if always_call else []
        return _register(self, "_forward_hooks", hook, prepend, *marks)

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_output)` before the gradients pass the module."""
        return _register(self, "_backward_pre_hooks", hook, prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when the gradients of the inputs are known.

        What it returns replaces `grad_input`. RuntimeError beside `register_backward_hook`.
        """
        _choose_kind(self, True)
        return _register(self, "_backward_hooks", hook, prepend)

    def register_backward_hook(self, hook: Hook) -> RemovableHandle:
        """The legacy form: the hook sees the gradients at the node that made the output."""
        _choose_kind(self, False)
        return _register(self, "_backward_hooks", hook)

    def _call_hooked(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call of the module with its hooks."""
        own = vars(self)
        if self._compiled_call is not None and modes.recorder is None:
            return self._compiled_call(*args, **kwargs)
        if not any(own[name] or getattr(everywhere, name) for name in TABLES):
            if self._compiled_call is None:
                own.pop("_hooked", None)  # all hooks have been removed
            Hooks._hooked = False
            return self.forward(*args, **kwargs)
        called: set[int] = set()
        try:
            return self._run_hooks(args, kwargs, called)
        except Exception:
            self._run_always_called(args, kwargs, called)
            raise

    def _run_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any], called: set[int]) -> Any:
        for _, hook, with_kwargs in _each(self, "_forward_pre_hooks"):
            args, kwargs = self._before(hook, with_kwargs, args, kwargs)
        backward, legacy = self._backward_watch()
        if backward is not None:
            args = backward.watch_inputs(args)
        result = self.forward(*args, **kwargs)
        for key, hook, with_kwargs in _each(self, "_forward_hooks"):
            called.add(key)
            given = (args, kwargs, result) if with_kwargs else (args, result)
            replaced = hook(self, *given)
            result = result if replaced is None else replaced
        if backward is not None:
            result = backward.watch_outputs(result)
        if legacy:
            watch_first_tensor(self, legacy, result)
        return result

    def _backward_watch(self) -> tuple[BackwardHooks | None, list[Hook]]:
        """What runs this call's full backward hooks, and the legacy ones."""
        pre = [hook for _, hook, _ in _each(self, "_backward_pre_hooks")]
        full: list[Hook] = []
        legacy: list[Hook] = []
        owners: tuple[Any, ...] = (everywhere, self)
        for owner in owners:
            if owner._backward_hooks:
                kind = full if owner._is_full_backward_hook else legacy
                kind.extend(owner._backward_hooks.values())
        return BackwardHooks(self, full, pre) if full or pre else None, legacy

    def _before(
        self, hook: Hook, with_kwargs: bool, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments after a forward pre-hook."""
        if not with_kwargs:
            replaced = hook(self, args)
            if replaced is not None:
                args = replaced if isinstance(replaced, tuple) else (replaced,)
            return args, kwargs
        replaced = hook(self, args, kwargs)
        if replaced is None:
            return args, kwargs
        if not (isinstance(replaced, tuple) and len(replaced) == 2):
            raise RuntimeError(
                "forward pre-hook must return None or a tuple of (new_args, new_kwargs), "
                f"but got {replaced}."
            )
        return replaced

    def _run_always_called(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], called: set[int]
    ) -> None:
        """After an exception: the hooks that asked to be called in any case."""
        owners: tuple[Any, ...] = (everywhere, self)
        for owner in owners:
            for key in owner._forward_hooks_always_called:
                if key in called or key not in owner._forward_hooks:
                    continue
                given: tuple[Any, ...] = (args, None)
                if key in owner._forward_hooks_with_kwargs:
                    given = (args, kwargs, None)
                try:
                    owner._forward_hooks[key](self, *given)
                except Exception as error:
                    warnings.warn(
                        "module forward hook with ``always_call=True`` raised an exception that "
                        f"was silenced as another error was raised in forward: {error}",
                        stacklevel=2,
                    )


def _each(module: Any, table: str) -> list[tuple[int, Hook, bool]]:
    """The key of each hook, the hook, and whether it takes kwargs; those of all modules first."""
    found = []
    for owner in (everywhere, module):
        hooks = getattr(owner, table)
        if hooks:
            marked = getattr(owner, f"{table}_with_kwargs", ())
            found += [(key, hook, key in marked) for key, hook in hooks.items()]
    return found


def _choose_kind(owner: Any, full: bool) -> None:
    if owner._is_full_backward_hook is (not full):
        where = "as a global Module hook" if owner is everywhere else "on a single Module"
        raise RuntimeError(
            f"Cannot use both regular backward hooks and full backward hooks {where}. "
            "Please use only one of them."
        )
    owner._is_full_backward_hook = full


def _register(
    owner: Any, table: str, hook: Hook, prepend: bool = False, *marks: str
) -> RemovableHandle:
    """Add a hook of a module or of all modules, and mark how it is to be called."""
    hooks = getattr(owner, table)
    handle = RemovableHandle(hooks, extra_dict=[getattr(owner, mark) for mark in marks])
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    for mark in marks:
        getattr(owner, mark)[handle.id] = True
    if owner is everywhere:
        Hooks._hooked = True
    else:
        vars(owner)["_hooked"] = True
    return handle


def register_module_forward_pre_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, args)` before the forward of every module."""
    return _register(everywhere, "_forward_pre_hooks", hook)


def register_module_forward_hook(
    hook: Hook, *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call `hook(module, args, output)` after the forward of every module."""
    marks = ["_forward_hooks_with_kwargs"] if with_kwargs else []
    marks += ["_forward_hooks_always_called"] if always_call else []
    return _register(everywhere, "_forward_hooks", hook, False, *marks)


def register_module_full_backward_pre_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, grad_output)` before gradients pass any module."""
    return _register(everywhere, "_backward_pre_hooks", hook)


def register_module_full_backward_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, grad_input, grad_output)` after gradients have passed any module."""
    _choose_kind(everywhere, True)
    return _register(everywhere, "_backward_hooks", hook)


def register_module_backward_hook(hook: Hook) -> RemovableHandle:
    """The legacy form of :func:`register_module_full_backward_hook`."""
    _choose_kind(everywhere, False)
    return _register(everywhere, "_backward_hooks", hook)
