"""Watching a program run: a `Watcher` is told of what happens to the tape, modules and optimizers.

Off, it costs nothing: the hot paths ask one flag that is there for anomaly mode anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from .core.modes import modes


class Watcher:
    """What may be told; a subclass takes what it wants.

    >>> import chainrule as torch
    >>> class Names(Watcher):
    ...     def recorded(self, node, inputs, results):
    ...         print(node.name())
    >>> with watching(Names()):
    ...     _ = torch.ones(2, requires_grad=True) * 2
    MulBackward0
    """

    def recorded(self, node: Any, inputs: Sequence[Any], results: Sequence[Any]) -> None:
        """An operation entered the graph; `inputs` are tensors, numbers and others, as given."""

    def began(self, sources: Sequence[Any], grads: Sequence[Any]) -> None:
        """A backward pass begins at these nodes (or leaves) with these gradients."""

    def went_back(self, node: Any, grad: Any, results: Sequence[Any]) -> None:
        """A node turned the gradient of its output into gradients of its inputs (None: nowhere).

        Of a node with several outputs `grad` is a list. What the node saved is still there.
        """

    def ended(self, grads: dict[Any, Any]) -> None:
        """A backward pass ended with these gradients by leaf (not yet added to `.grad`)."""

    def entered(self, module: Any, args: tuple[Any, ...]) -> None:
        """A module is called."""

    def left(self, module: Any, args: tuple[Any, ...], result: Any) -> None:
        """A module's forward returned."""

    def stepping(self, optimizer: Any) -> None:
        """An optimizer is about to update its parameters."""

    def stepped(self, optimizer: Any) -> None:
        """An optimizer has updated its parameters."""


@contextmanager
def watching(watcher: Watcher) -> Iterator[Watcher]:
    """Tell the watcher of what this thread does inside of the `with`."""
    from .nn.modules import hooks as tables
    from .nn.modules import module as modules
    from .optim import optimizer as optimizers

    before = modes.watcher
    with ExitStack() as hooks:
        hooks.callback(tables.settle)
        if type(watcher).entered is not Watcher.entered:
            hooks.enter_context(modules.register_module_forward_pre_hook(watcher.entered))
        if type(watcher).left is not Watcher.left:
            hooks.enter_context(modules.register_module_forward_hook(watcher.left))
        hooks.enter_context(
            optimizers.register_optimizer_step_pre_hook(lambda o, *_: watcher.stepping(o))
        )
        hooks.enter_context(
            optimizers.register_optimizer_step_post_hook(lambda o, *_: watcher.stepped(o))
        )
        modes.switch(watcher=watcher)
        try:
            yield watcher
        finally:
            modes.switch(watcher=before)
