"""Conditions, and a guard made of them: Python source, and words for what no longer holds.

Knows nothing of what the conditions are about.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

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
            now = eval(self.now, scope) if self.now else None
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

    def _misses(self, args: Any, kwargs: Any) -> Iterator[tuple[Condition, dict[str, Any]]]:
        scope = {**self.names, "args": args, "kwargs": kwargs}
        for check in self.checks:
            try:
                held = eval(check.source, scope)
            except Exception:
                held = False
            if not held:
                yield check, scope

    def explain(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """What is different from the call that was traced; "" if nothing is."""
        for check, scope in self._misses(args, kwargs):
            return check.missed(scope)
        return ""

    def changed(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """After the run itself: what of Python's state the function changed; "" if nothing."""
        for check, scope in self._misses(args, kwargs):
            if not check.ours:
                try:
                    what = f", {article(eval(check.now, scope))}" if check.now else ""
                except Exception:
                    what = ""
                return f"it changes {check.subject}{what}"
        return ""
