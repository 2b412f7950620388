"""Guards a function by one call of it, as the tracer does: look, run, keep what mattered."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from chainrule.compiler import guards, state
from chainrule.compiler.nodes import identifiers
from chainrule.core.tensor import TensorBase


class Call:
    """A guarded call: `guard`, and whether it holds for other arguments."""

    def __init__(
        self, fn: Callable[..., Any], *args: Any, used: Any = None, inputs: Any = (), **kwargs: Any
    ) -> None:
        self.args, self.kwargs = args, kwargs
        self.snapshot = state.walk(fn, args, kwargs)
        codes = executed(fn, args, kwargs)
        names = {name for code in codes for name in identifiers(code)}
        nodes = list(self.snapshot.nodes.values())
        tensors = {id(n.value) for n in nodes if isinstance(n.value, TensorBase)}
        used = tensors if used is None else {id(t) for t in used}
        self.selection = self.snapshot.select(used, names, codes, set(inputs))
        self.guard = guards.build(self.selection)

    def holds(self, *args: Any, **kwargs: Any) -> bool:
        """Whether the guard holds: for the same arguments unless others are given."""
        if not args and not kwargs:
            args, kwargs = self.args, self.kwargs
        return self.guard.holds(args, kwargs)

    def why(self, *args: Any, **kwargs: Any) -> str:
        """What the guard says no longer holds."""
        if not args and not kwargs:
            args, kwargs = self.args, self.kwargs
        found = self.guard.explain(args, kwargs)
        assert bool(found) is not self.guard.holds(args, kwargs)
        return found

    def changed(self) -> str:
        """What the function itself has changed."""
        return self.guard.changed(self.args, self.kwargs)


def executed(fn: Callable[..., Any], args: Any, kwargs: Any) -> set[CodeType]:
    """Run the function; the code objects that ran."""
    codes: set[CodeType] = set()

    def saw(frame: FrameType, event: str, arg: Any) -> None:
        if event == "call":
            codes.add(frame.f_code)

    gc.disable()  # finalizers of other tests' objects are no part of the run
    sys.setprofile(saw)
    try:
        fn(*args, **kwargs)
    finally:
        sys.setprofile(None)
        gc.enable()
    return codes - {Call.__init__.__code__}
