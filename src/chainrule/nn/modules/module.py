"""Module: the base class of all layers and networks.

Its parts are `Members` (what belongs to a module), `Hooks` and `State` (saving and loading); here
it is called, walked, converted and printed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from ...autograd.grad_mode import no_grad
from ...compiler import compile
from ...core import dtype as dtypes
from ...core.device import CPU
from ...core.device import device as Place
from ...ops.creation import empty_like
from ...ops.to import destination
from ..parameter import Parameter
from . import hooks, state
from .hooks import Hooks
from .hooks import register_module_backward_hook as register_module_backward_hook
from .hooks import register_module_forward_hook as register_module_forward_hook
from .hooks import register_module_forward_pre_hook as register_module_forward_pre_hook
from .hooks import register_module_full_backward_hook as register_module_full_backward_hook
from .hooks import register_module_full_backward_pre_hook as register_module_full_backward_pre_hook
from .members import TABLES, Members, Registry
from .members import (
    register_module_buffer_registration_hook as register_module_buffer_registration_hook,
)
from .members import (
    register_module_module_registration_hook as register_module_module_registration_hook,
)
from .members import (
    register_module_parameter_registration_hook as register_module_parameter_registration_hook,
)
from .state import State

M = TypeVar("M", bound="Module")


class Module(Members, Hooks, State):
    """A layer or a network: parameters, submodules, and a `forward` that uses them.

    A subclass calls `super().__init__()`, assigns layers and parameters to attributes, and defines
    `forward`. Calling the module runs `forward`.

    >>> from chainrule import nn
    >>> class Net(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.hidden = nn.Linear(2, 3)
    ...         self.output = nn.Linear(3, 1)
    ...
    ...     def forward(self, x):
    ...         return self.output(self.hidden(x).relu())
    >>> Net()
    Net(
      (hidden): Linear(in_features=2, out_features=3, bias=True)
      (output): Linear(in_features=3, out_features=1, bias=True)
    )
    """

    dump_patches: bool = False
    call_super_init: bool = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init:
            who = f"{type(self).__name__}.__init__()"
            if kwargs:
                name = next(iter(kwargs))
                raise TypeError(f"{who} got an unexpected keyword argument '{name}'")
            if args:
                n = len(args) + 1
                raise TypeError(f"{who} takes 1 positional argument but {n} were given")
        attributes = vars(self)
        for table in TABLES:
            if table in attributes:  # a second __init__ starts anew
                attributes[table].clear()
        attributes.update(
            {table: Registry(self) for table in TABLES},
            training=True,
            _non_persistent_buffers_set=set(),
            **hooks.empty_tables(),
            **{name: OrderedDict() for name in state.HOOKS},
        )
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._hooked:
            return self._call_hooked(args, kwargs)
        return self.forward(*args, **kwargs)

    def forward(self, *args: Any) -> Any:
        """What the module computes; every subclass defines it."""
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Run calls of this module, hooks and all, as `torch.compile` runs a function.

        >>> from chainrule import nn
        >>> net = nn.Linear(2, 1)
        >>> net.compile()
        >>> net(Tensor([[1.0, 2.0]])).shape
        torch.Size([1, 1])
        """
        vars(self)["_compiled_call"] = compile(self.__call__, *args, **kwargs)
        vars(self)["_hooked"] = True

    def _as_compiled(self, fullgraph: bool) -> Any:
        from .compiled import OptimizedModule

        return OptimizedModule(self, fullgraph)

    def __setstate__(self, attributes: dict[str, Any]) -> None:
        blank = hooks.empty_tables() | {name: OrderedDict() for name in state.HOOKS}
        vars(self).update(blank | {"_non_persistent_buffers_set": set()} | attributes)
        for table in TABLES:
            self._adopt(table, attributes[table])
        if any(attributes.get(table) for table in hooks.TABLES):
            vars(self)["_hooked"] = True

    # Walking

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """The module itself and all below it, with their dotted names."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._modules.items():
            if child is not None:
                below = f"{prefix}.{name}" if prefix else name
                yield from child.named_modules(memo, below, remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """The module itself and all below it, each once."""
        for _, module in self.named_modules():
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly below this one, each once."""
        seen = set()
        for name, child in self._modules.items():
            if child is not None and child not in seen:
                seen.add(child)
                yield name, child

    def children(self) -> Iterator[Module]:
        """The modules directly below this one, each once."""
        for _, child in self.named_children():
            yield child

    def _named_members(
        self,
        get_members_fn: Callable[[Any], Any],
        prefix: str = "",
        recurse: bool = True,
        remove_duplicate: bool = True,
    ) -> Iterator[tuple[str, Any]]:
        """Entries of a registry of the module and of those below it."""
        seen = set()
        walk: Any = [(prefix, self)]
        if recurse:
            walk = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
        for path, module in walk:
            for name, value in get_members_fn(module):
                if value is None or value in seen:
                    continue
                if remove_duplicate:
                    seen.add(value)
                yield (f"{path}.{name}" if path else name), value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters of the module and of those below it, with their dotted names."""
        yield from self._named_members(
            lambda module: module._parameters.items(), prefix, recurse, remove_duplicate
        )

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters of the module and of those below it, each once.

        >>> from chainrule import nn
        >>> [p.shape for p in nn.Linear(3, 2).parameters()]
        [torch.Size([2, 3]), torch.Size([2])]
        """
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """The buffers of the module and of those below it, with their dotted names."""
        yield from self._named_members(
            lambda module: module._buffers.items(), prefix, recurse, remove_duplicate
        )

    def buffers(self, recurse: bool = True) -> Iterator[Any]:
        """The buffers of the module and of those below it, each once."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def apply(self: M, fn: Callable[[Any], Any]) -> M:
        """Call `fn` on every module below this one, then on this one; returns it."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    # Modes

    def train(self: M, mode: bool = True) -> M:
        """Set training mode (dropout, batch statistics) on or off, here and below."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for child in self.children():
            child.train(mode)
        return self

    def eval(self: M) -> M:
        """Evaluation mode: `train(False)`."""
        return self.train(False)

    def requires_grad_(self: M, requires_grad: bool = True) -> M:
        """Set whether gradients are computed for the parameters; False freezes the module."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters: None, or zeros in place."""
        for parameter in self.parameters():
            gradient = parameter._grad
            if gradient is None:
                continue
            if set_to_none:
                parameter._grad = None
            else:
                if gradient.grad_fn is not None:
                    gradient.detach_()
                else:
                    gradient.requires_grad_(False)
                gradient.zero_()

    # Converting

    def _apply(self: M, fn: Callable[[Any], Any], recurse: bool = True) -> M:
        """Put `fn` of it in the place of every parameter, gradient and buffer."""
        for child in self.children() if recurse else ():
            child._apply(fn)
        with no_grad():
            for parameter in self._parameters.values():
                if parameter is not None:
                    parameter.data = fn(parameter.data)
                    if parameter._grad is not None:
                        parameter._grad.data = fn(parameter._grad.data)
            for name, buffer in self._buffers.items():
                if buffer is not None:
                    self._table("_buffers", "convert")[name] = fn(buffer)
        return self

    def to(self: M, *args: Any, **kwargs: Any) -> M:
        """Move all parameters and buffers to a device, or convert the floating ones to a dtype.

        `to(device)`, `to(dtype)`, `to(device, dtype)` or `to(tensor)`; changes the module itself
        and returns it. TypeError for a dtype of integers.
        """
        place, kind, _ = destination(*args, **kwargs)
        if kind is not None and kind.category < dtypes.FLOATING:
            raise TypeError(
                "nn.Module.to only accepts floating point or complex dtypes, "
                f"but got desired dtype={kind}"
            )

        def convert(t: Any) -> Any:
            floating = t.is_floating_point() or t.is_complex()
            return t.to(device=place, dtype=kind if floating else None)

        return self._apply(convert)

    def cpu(self: M) -> M:
        """Move all parameters and buffers to the CPU."""
        return self._apply(lambda t: t.cpu())

    def cuda(self: M, device: Any = None) -> M:
        """Move all parameters and buffers to a GPU."""
        return self._apply(lambda t: t.cuda(device))

    def xpu(self: M, device: Any = None) -> M:
        """Refuses: AssertionError, as PyTorch's own builds for a CPU."""
        raise AssertionError("Torch not compiled with XPU enabled")

    def mtia(self: M, device: Any = None) -> M:
        """Refuses: AssertionError, as PyTorch's own builds for a CPU."""
        raise AssertionError("Torch not compiled with MTIA enabled.")

    def ipu(self: M, device: Any = None) -> M:
        """Refuses: RuntimeError, as PyTorch's own builds for a CPU."""
        raise RuntimeError("PyTorch is not linked with support for ipu devices")

    def type(self: M, dst_type: Any) -> M:
        """Convert all parameters and buffers to a type."""
        return self._apply(lambda t: t.type(dst_type))

    def float(self: M) -> M:
        """Convert the floating parameters and buffers to float32."""
        return self._apply(lambda t: t.float() if t.is_floating_point() else t)

    def double(self: M) -> M:
        """Convert the floating parameters and buffers to float64."""
        return self._apply(lambda t: t.double() if t.is_floating_point() else t)

    def half(self: M) -> M:
        """Convert the floating parameters and buffers to float16."""
        return self._apply(lambda t: t.half() if t.is_floating_point() else t)

    def bfloat16(self: M) -> M:
        """Convert the floating parameters and buffers to bfloat16."""
        return self._apply(lambda t: t.bfloat16() if t.is_floating_point() else t)

    def to_empty(self: M, *, device: Any, recurse: bool = True) -> M:
        """Move to a device without the values: these are undefined then."""
        place = CPU if device is None else Place(device)
        return self._apply(lambda t: empty_like(t, device=place), recurse)

    def share_memory(self: M) -> M:
        """Put all parameters and buffers where other processes can share them."""
        return self._apply(lambda t: t.share_memory_())

    # Printing

    def _get_name(self) -> str:
        return self.__class__.__name__

    def extra_repr(self) -> str:
        """What a subclass adds between the parentheses of its printed form."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = [f"({name}): {indented(repr(child), 2)}" for name, child in self._modules.items()]
        return framed(self._get_name(), extra.split("\n") if extra else [], lines)


def indented(text: str, spaces: int) -> str:
    """The text with all lines but the first indented."""
    return text.replace("\n", "\n" + " " * spaces)


def framed(name: str, extra: Sequence[str], lines: Sequence[str]) -> str:
    """`name(...)`: on one line if there is but one line of extra, else a line each."""
    if len(extra) == 1 and not lines:
        return f"{name}({extra[0]})"
    body = [*extra, *lines]
    if not body:
        return f"{name}()"
    return f"{name}(\n  " + "\n  ".join(body) + "\n)"


class Configured(Module):
    """A module that prints its settings, the attributes that `_settings` names."""

    _settings: tuple[str, ...] = ()

    def extra_repr(self) -> str:
        """The settings with their names."""
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in self._settings)
