"""Conditions, and a guard made of them: Python source, and words for what no longer holds.

Here are those on tensors and on modes; `guards` writes those on the rest of Python's state.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy

from ..core import device, dtype
from ..core.modes import modes
from .kinds import article, same, short


@dataclass(slots=True)
class Condition:
    """One condition: its source, what it is about, and how to say that it does not hold.

    `now` is an expression for what there is now, `was` describes what there was; `aspect` is the
    property that they are values of, if it is not the subject itself. `ours` says that a compiled
    call sees to it itself (the `.grad` of a tensor), so that a change of it is no reason not to
    compile.
    """

    source: str
    subject: str
    now: str = ""
    was: Any = ""
    aspect: str = ""
    ours: bool = False

    def missed(self, scope: dict[str, Any]) -> str:
        """What is different now, given the names that the conditions before it have bound."""
        try:
            now: Any = eval(self.now, scope) if self.now else None
        except Exception:
            return f"{self.subject} is gone"
        if self.aspect == "keys":
            return _keys_changed(self.subject, self.was, list(now))
        if self.aspect == "entries":
            return _entries_changed(self.subject, self.was, now)
        if self.aspect == "length":
            return f"{self.subject} has {len(now)} entries, had {self.was}"
        if self.aspect == "identity":
            found = article(now)
            if found == self.was:
                return f"{self.subject} is another {found.partition(' ')[2]}"
            return f"{self.subject} was {self.was}, is {short(now)}"
        if self.aspect == "change":
            return f"{self.subject} {self.was}"
        if self.aspect:
            return f"{self.subject} has the {self.aspect} {now}, was {self.was}"
        return f"{self.subject} was {self.was}, is {short(now)}"


def _keys_changed(subject: str, was: list[Any], now: list[Any]) -> str:
    new = [key for key in now if not any(same(key, old) or key is old for old in was)]
    gone = [old for old in was if not any(same(key, old) or key is old for key in now)]
    if new:
        return f"{subject} has a new entry {short(new[0])}"
    return f"{subject} lost {short(gone[0])}" if gone else f"{subject} has another order"


def _entries_changed(subject: str, was: list[Any], now: Any) -> str:
    if len(now) != len(was):
        return f"{subject} has {len(now)} entries, had {len(was)}"
    for (path, old), new in zip(was, now, strict=True):
        if not same(old, new):
            return f"`{path}` was {short(old)}, is {short(new)}"
    return f"{subject} is different"


@dataclass
class Guard:
    """Conditions over `args`, `kwargs` and pinned objects, in the order they must be evaluated.

    After them, `tensors` and `numbers` say by which expression an input is read: tensors by id,
    numbers by where they are kept; `arrays` the array of a tensor.
    """

    checks: list[Condition] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)
    tensors: dict[int, str] = field(default_factory=dict)
    arrays: dict[int, str] = field(default_factory=dict)
    numbers: dict[tuple[Any, ...], str] = field(default_factory=dict)
    owners: list[weakref.ref[Any]] = field(default_factory=list)
    floating: list[tuple[str, Any, str]] = field(default_factory=list)
    _function: Callable[..., bool] | None = None

    @property
    def conditions(self) -> list[str]:
        """The sources of the conditions."""
        return [check.source for check in self.checks]

    @property
    def dead(self) -> bool:
        """Whether an argument that it asks for no longer exists."""
        return any(owner() is None for owner in self.owners)

    @property
    def source(self) -> str:
        """The guard as a function, one condition a line."""
        lines = ["def guard(args, kwargs):", "    try:", "        return ("]
        for i, check in enumerate(self.checks):
            text = f"            {'and ' if i else ''}{check.source}"
            lines.append(f"{text}  # {check.subject}")
        return "\n".join([*lines, "        )", "    except Exception:", "        return False", ""])

    def holds(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Whether all conditions hold."""
        if self._function is None:
            scope = dict(self.names)
            exec(compile(self.source, "<guard>", "exec"), scope)
            self._function = scope["guard"]
        return self._function(args, kwargs)

    def _misses(self, scope: dict[str, Any]) -> Iterator[Condition]:
        """The conditions that do not hold for `args` and `kwargs`; `scope` gets what they bind."""
        scope.update(self.names)
        for check in self.checks:
            try:
                held = eval(check.source, scope)
            except Exception:
                held = False
            if not held:
                yield check

    def explain(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """What is different from the call that was traced; "" if nothing is."""
        scope: dict[str, Any] = {"args": args, "kwargs": kwargs}
        for check in self._misses(scope):
            return check.missed(scope)
        return ""

    def changed(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """After the run itself: what of Python's state the function changed; "" if nothing.

        A tensor that may be another at the next call must still be the one that it was before the
        run. The guard forgets then which one that was.
        """
        scope: dict[str, Any] = {"args": args, "kwargs": kwargs}
        floating, self.floating = self.floating, []
        for check in self._misses(scope):
            if not check.ours:
                try:
                    what = f", {article(eval(check.now, scope))}" if check.now else ""
                except Exception:
                    what = ""
                return f"it changes {check.subject}{what}"
        for name, tensor, subject in floating:
            if scope.get(name) is not tensor:
                return f"it changes {subject}, a tensor"
        return ""


def tensor_conditions(
    expr: str,
    tensor: Any,
    names: dict[str, Any],
    subject: str,
    array: str = "a",
    data: Any = None,
) -> list[Condition]:
    """That a tensor is like `tensor`: array, shape, dtype, strides, and whether it needs grad.

    The array of the tensor that `expr` gives is bound to the name `array`; `names` gets the
    objects that the conditions mention. `expr` is a name that the caller has bound; `data` is the
    array that the tensor had, if that is not the one it has.
    """
    data, node = tensor._data if data is None else data, tensor._node
    cls = type(data).__name__
    kind = data.dtype
    names[cls], names[str(kind)] = type(data), kind
    is_ = "is" if numpy.dtype(kind.char) is kind else "=="
    found = [
        Condition(f"type({array} := {expr}._data) is {cls}", subject, f"{expr}._data", cls),
        Condition(
            f"{array}.shape == {data.shape}", subject, f"{array}.shape", data.shape, "shape"
        ),
        Condition(f"{array}.dtype {is_} {kind}", subject, f"{array}.dtype", kind, "dtype"),
        Condition(
            f"{array}.strides == {data.strides}", subject, f"{array}.strides", data.strides,
            "strides (in bytes)",
        ),
        Condition(
            f"{expr}._view is {'not ' if tensor._view is not None else ''}None",
            subject, "", "is a view, or was one", "change",
        ),
    ]  # fmt: skip
    return [*found, node_condition(expr, node, names, subject)]


def node_condition(expr: str, node: Any, names: dict[str, Any], subject: str) -> Condition:
    """That a tensor is none that needs grad, a leaf, or the result of the same operation."""
    source = f"{expr}._node is None"
    if node is not None:
        names[f"{expr}_node"] = type(node)
        source = f"type({expr}._node) is {expr}_node"
    return Condition(source, subject, "", "requires grad in another way than it did", "change")


def mode_conditions(names: dict[str, Any]) -> list[Condition]:
    """That the modes that operations obey are as they are now."""
    names.update(modes=modes, dtypes=vars(dtype), devices=device._defaults)
    names.update(
        default_dtype=dtype.get_default_dtype(), default_device=device.get_default_device()
    )
    found = []
    for mode in ("grad", *(() if modes.grad else ("inference",)), "anomaly", "autocast"):
        now, value = f"modes.{mode}", getattr(modes, mode)
        found.append(Condition(f"{now} is {value}", f"the {mode} mode", now, str(value)))
    was = short(names["default_dtype"]), short(names["default_device"])
    for now, subject, old in (
        ("dtypes['_default']", "the default dtype", was[0]),
        ("devices[-1]", "the default device", was[1]),
    ):
        found.append(Condition(f"{now} is {subject[4:].replace(' ', '_')}", subject, now, old))
    return found
