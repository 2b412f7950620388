"""The one watcher of a check: it finds the user's line of each operation and tells the rules."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from sys import _getframe
from typing import Any

from ..core.modes import modes
from ..core.sites import PACKAGE
from ..nn.modules import module as modules
from ..nn.modules.batchnorm import _BatchNorm
from ..optim.optimizer import Optimizer
from ..utils.data import DataLoader
from ..watch import Watcher, watching
from .data import Data
from .facts import Facts, Rule, parameters
from .gradients import Gradients
from .losses import Losses
from .modules import Modules
from .numbers import SAFE, Numbers
from .parameters import Parameters
from .training import Training

FAMILIES = (Training, Numbers, Losses, Gradients, Parameters, Modules, Data)
EVENTS = ("began", "ended", "left", "stepping", "stepped")


class Monitor(Watcher):
    """Tells each rule what it wants to know."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.rules: list[Rule] = [family(facts) for family in FAMILIES]
        self.numbers = next(rule for rule in self.rules if isinstance(rule, Numbers))
        self.modules = next(rule for rule in self.rules if isinstance(rule, Modules))
        self.losses = next(rule for rule in self.rules if isinstance(rule, Losses))
        self.data = next(rule for rule in self.rules if isinstance(rule, Data))
        self.listeners: dict[str, list[Callable[..., None]]] = {
            event: [
                getattr(rule, event)
                for rule in self.rules
                if getattr(type(rule), event) is not getattr(Watcher, event)
            ]
            for event in EVENTS
        }
        self.seen: dict[int, tuple[Any, bool]] = {}  # modules called from outside: have parameters?
        self.by_op: dict[type, list[Callable[..., None]]] = {}
        self.depth = 0  # 1 inside of a call of a module

    def _handlers(self, op: type) -> list[Callable[..., None]]:
        found = [
            getattr(rule, name)
            for rule in self.rules
            for known, name in rule.ops.items()
            if issubclass(op, known)
        ]
        self.by_op[op] = found
        return found

    def recorded(self, node: Any, inputs: Sequence[Any], results: Sequence[Any]) -> None:
        """Note the line, and tell the rules of this operation."""
        if modes.recorder is not None:  # being compiled: these are no numbers
            return
        frame: Any = _getframe(3)  # this one's, the caller's and that of the operation are ours
        while frame is not None:
            file = frame.f_code.co_filename
            if not file.startswith(PACKAGE):
                node.user_line = (file, frame.f_lineno)
                break
            frame = frame.f_back
        op = type(node)
        handlers = self.by_op.get(op)
        if handlers is None:
            handlers = self._handlers(op)
        self.numbers.made(node, inputs, results)
        if node.metas is not None:  # broadcast or cast
            self.losses.promoted(node, inputs, results)
        for handle in handlers:
            handle(node, inputs, results)

    def went_back(self, node: Any, grad: Any, results: Sequence[Any]) -> None:
        if type(node) not in SAFE:
            self.numbers.went_back(node, grad, results)
        life = getattr(node, "life", None)
        if life is not None:
            life.use()

    def _tell(self, event: str, *given: Any) -> None:
        if modes.recorder is None:
            for listener in self.listeners[event]:
                listener(*given)

    def began(self, sources: Sequence[Any], grads: Sequence[Any]) -> None:
        if modes.recorder is None:
            for listener in self.listeners["began"]:
                listener(sources, grads)

    def ended(self, grads: dict[Any, Any]) -> None:
        if modes.recorder is None:
            for listener in self.listeners["ended"]:
                listener(grads)
        self.facts.passes += 1

    def called(self, call: Callable[..., Any], module: Any, args: Any, kwargs: Any) -> Any:
        """A module is called; `call` runs it."""
        if isinstance(module, _BatchNorm):
            self.modules.normalises(module, args)
        if self.depth:
            return call(module, *args, **kwargs)
        self.depth = 1
        try:
            result = call(module, *args, **kwargs)
        finally:
            self.depth = 0
        if modes.recorder is None and self._is_model(module):
            self._tell("left", module, args, result)
        return result

    def _is_model(self, module: Any) -> bool:
        """Whether a module that is called from outside has parameters."""
        seen = self.seen.get(id(module))
        if seen is None:
            learns = next(module.parameters(), None) is not None
            self.seen[id(module)] = seen = (module, learns)
            if learns:
                self.facts.models[id(module)] = module
        return seen[1]

    def stepping(self, optimizer: Any) -> None:
        self.facts.held = parameters(optimizer)
        self._tell("stepping", optimizer)

    def stepped(self, optimizer: Any) -> None:
        self.facts.steps[id(optimizer)] = self.facts.stepped(optimizer) + 1
        self._tell("stepped", optimizer)

    # What no watcher is told: who makes optimizers, parameters and loaders

    def _made_parameter(self, module: Any, name: str, parameter: Any) -> None:
        if parameter is not None:
            self.facts.note(parameter)

    def _made_optimizer(self, optimizer: Any, *_: Any, **__: Any) -> None:
        self.facts.note(optimizer)
        self.facts.optimizers.append(optimizer)
        for rule in self.rules:
            if isinstance(rule, Parameters):
                rule.built(optimizer)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Watch what this thread does inside of the `with`."""
        with ExitStack() as stack:
            stack.enter_context(
                modules.register_module_parameter_registration_hook(self._made_parameter)
            )
            stack.enter_context(around_calls(self))
            stack.enter_context(after(Optimizer, "__init__", self._made_optimizer))
            stack.enter_context(after(DataLoader, "__init__", self.data.made_loader))
            stack.enter_context(after(DataLoader, "__iter__", self.data.iterated))
            stack.enter_context(watching(self))
            yield


@contextmanager
def after(cls: Any, name: str, tell: Callable[..., None]) -> Iterator[None]:
    """Inside of the `with`, `tell` is called with the arguments of each call of a method."""
    original = cls.__dict__[name]

    @functools.wraps(original)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(self, *args, **kwargs)
        tell(self, *args, **kwargs)
        return result

    setattr(cls, name, method)
    try:
        yield
    finally:
        setattr(cls, name, original)


@contextmanager
def around_calls(monitor: Monitor) -> Iterator[None]:
    """Inside of the `with`, calls of modules go through `monitor.called`."""
    original = modules.Module.__call__

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return monitor.called(original, self, args, kwargs)

    modules.Module.__call__ = call  # type: ignore[method-assign]
    try:
        yield
    finally:
        modules.Module.__call__ = original  # type: ignore[method-assign]
