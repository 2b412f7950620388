"""Hooks on what nodes save: packed when the operation is recorded, unpacked on the way back.

Outside of `saved_tensors_hooks` nodes keep plain arrays and nothing here runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..core.modes import modes
from ..core.promotion import STEADY
from ..core.tensor import COUNT, TensorBase, wrap
from .function import FunctionCtx


class Packed:
    """A saved value as the user's hook left it."""

    __slots__ = ("unpack", "value")

    def __init__(self, tensor: Any, hooks: saved_tensors_hooks) -> None:
        version = tensor._writes[COUNT]
        with _plainly():
            self.value = hooks.pack_hook(tensor)
        if tensor._writes[COUNT] != version:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place. Tensors provided as "
                "input to pack hook cannot be modified by in-place operations as this can lead to "
                "unexpected side-effects. Please open an issue if you need to perform in-place "
                "operations on the input to a pack hook."
            )
        self.unpack = hooks.unpack_hook

    def tensor(self) -> Any:
        """The value again."""
        with _plainly():
            found = self.unpack(self.value)
        if not isinstance(found, TensorBase):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of "
                f"type {type(found).__name__}"
            )
        return found


@contextmanager
def _plainly() -> Iterator[None]:
    """A hook runs outside of the graph, and without hooks."""
    before = modes.grad, modes.told
    modes.grad = False
    modes.switch(told=())
    try:
        yield
    finally:
        modes.grad = before[0]
        modes.switch(told=before[1])


class saved_tensors_hooks:
    """Context in which `pack_hook` gets each tensor that is saved for backward.

    What it returns is kept in the tensor's place, and `unpack_hook` makes a tensor of it again
    when backward needs it. Of nested contexts the innermost counts.

    >>> import chainrule as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> with torch.autograd.graph.saved_tensors_hooks(lambda x: x.tolist(), torch.tensor):
    ...     y = (w * w).sum()
    >>> y.backward()
    >>> w.grad
    tensor([2., 4.])
    """

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self) -> None:
        if modes.saving_refused is not None:
            raise RuntimeError(modes.saving_refused)
        self._outer = [each for each in modes.told if _is_packing(each)]
        for each in self._outer:
            modes.tell(each, False)
        modes.tell(self._recorded)

    def __exit__(self, *_: object) -> None:
        modes.tell(self._recorded, False)
        for each in self._outer:
            modes.tell(each)

    def _recorded(self, node: Any, inputs: Sequence[Any], results: Sequence[Any]) -> None:
        """An operation was recorded: pack what its node saves."""
        if isinstance(node, FunctionCtx):
            node._saved = tuple(
                Packed(t, self) if isinstance(t, TensorBase) else t
                for t in getattr(node, "_saved", ())
            )
            node.versions = ((STEADY, 0),) if node.versions else node.versions
            return
        packed = {}
        for name in node.saves:
            value = node.__dict__.get(name)
            if value is None:
                continue
            if node.variadic and name == node.inputs[0]:
                pairs = zip(value, inputs, strict=True)
                packed[name] = tuple(self._packed(x, of) for x, of in pairs)
            else:
                place = node.inputs.index(name) if name in node.inputs else None
                of = results[_output(node, name)] if place is None else inputs[place]
                if isinstance(of, TensorBase):  # numbers are kept as they are
                    packed[name] = self._packed(value, of)
        for name in packed:
            del node.__dict__[name]
        if packed:
            node.packed, node.hooked, node.versions = packed, True, ((STEADY, 0),)

    def _packed(self, array: Any, of: Any) -> Any:
        if not isinstance(of, TensorBase):
            return array
        return Packed(of if of._data is array else wrap(array), self)


def _output(node: Any, name: str) -> int:
    return int(node.outputs.index(name)) if node.several else 0


def _is_packing(listener: Any) -> bool:
    return isinstance(getattr(listener, "__self__", None), saved_tensors_hooks)


class save_on_cpu(saved_tensors_hooks):
    """Context in which what is saved for backward is kept in the memory of the CPU."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(
            lambda x: (x.device, x.detach() if x.is_cpu else x.cpu()),
            lambda pair: pair[1].to(pair[0]),
        )


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Context in which `saved_tensors_hooks` raises RuntimeError with this message."""
    if any(_is_packing(each) for each in modes.told):
        raise RuntimeError(error_message)
    before, modes.saving_refused = modes.saving_refused, error_message
    try:
        yield
    finally:
        modes.saving_refused = before


class _Mutation:
    """What `allow_mutation_on_saved_tensors` gives: whether its copies can still be used."""

    def __init__(self) -> None:
        self.live = True

    def clear(self) -> None:
        """Nothing to do: copies go with their graph."""

    def read(self, kept: Any) -> Any:
        """A copy, while the context lasts."""
        assert self.live, (
            "Trying to backward outside of the 'allow_mutation_on_saved_tensors' context"
            "in which the graph was originally recorded."
        )
        return kept


@contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[_Mutation]:
    """Context in which tensors that are saved for backward may be overwritten: copies are saved.

    >>> import chainrule as torch
    >>> w = torch.tensor(0.0, requires_grad=True)
    >>> with torch.autograd.graph.allow_mutation_on_saved_tensors():
    ...     a = w * 2
    ...     b = a.sin()
    ...     _ = a.mul_(10)
    ...     b.backward()
    >>> w.grad
    tensor(2.)
    """
    context = _Mutation()
    with saved_tensors_hooks(lambda x: x.detach().clone(), context.read):
        try:
            yield context
        finally:
            context.live = False
