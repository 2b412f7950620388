"""The generated function that is called in place of the user's: guards, inputs, kernels, results.

It is Python source made of a `Plan`, a `Guard` and an `Outcome`, and can be read: `Runner.source`.
It returns MISS where the program does not fit a call, EAGER where this call is to run as it is;
nothing has been changed then.
"""

from __future__ import annotations

import re
import textwrap
import threading
from collections import Counter
from collections.abc import Iterator
from sys import getrefcount
from typing import Any

import numpy

from ..core.apply import current_node
from ..core.modes import modes
from ..core.primitive import Leaf, Output, Primitive, next_seq
from ..core.tensor import TensorBase, View, new
from .backward import BackwardProgram, CompiledFunction, new_array
from .cutting import edge
from .graph import Var, row_major
from .outcome import Alias, Fixed, Made, Nest, Number, Outcome, Same
from .plan import Abandon, Missed, Plan
from .vocabulary import region

MISS: Any = type("Miss", (), {"__repr__": lambda self: "MISS"})()
EAGER: Any = type("Eager", (), {"__repr__": lambda self: "EAGER"})()
_RECYCLED = 1 << 15  # bytes of an output whose memory is worth being used again

_NAMES = {
    "EAGER": EAGER,
    "MISS": MISS,
    "Abandon": Abandon,
    "CompiledFunction": CompiledFunction,
    "Leaf": Leaf,
    "Missed": Missed,
    "Output": Output,
    "Primitive": Primitive,
    "TensorBase": TensorBase,
    "View": View,
    "current_node": current_node,
    "edge": edge,
    "empty": numpy.empty,
    "new_array": new_array,
    "getrefcount": getrefcount,
    "modes": modes,
    "ndarray": numpy.ndarray,
    "new": new,
    "next_seq": next_seq,
    "region": region,
}


class Runner:
    """A compiled call: `run(args, kwargs)`, its source, and the plan behind it.

    `sources` say how each input of the graph is fetched. Where the outputs can be differentiated,
    `kept` is what `backward` reads of the forward pass: numbers of outputs of the graph, or inputs
    with their tensors.
    """

    def __init__(
        self,
        outcome: Outcome,
        plan: Plan,
        sources: list[Any],
        guard: Any,
        backward: BackwardProgram | None = None,
        kept: list[tuple[Var | int, Any]] | None = None,
    ) -> None:
        self.outcome, self.plan, self.guard = outcome, plan, guard
        self.sources, self.backward, self.kept = sources, backward, kept or []
        self.names: dict[str, Any] = {**_NAMES, **guard.names, **plan.names}
        self.names["backward"] = backward
        self._globals: list[str] = []
        self._made: dict[int, str] = {}  # names of new tensors
        self.uses = Counter(each.index for each in _made_in(outcome))  # of outputs, by tensors
        self._shared: set[int] = set()  # outputs of the graph that backward reads
        body = [*self._before(), *plan.lines, *self._after()]
        marks, rewinds = self._streams()
        conditions = "\n            and ".join(guard.conditions) or "True"
        lines = [
            *([f"global {', '.join(self._globals)}"] if self._globals else []),
            "try:",
            f"    if not ({conditions}):",
            "        return MISS",
            "except Exception:",
            "    return MISS",
            "if not lock(False):",
            "    return EAGER",
            *marks,
            "try:",
            textwrap.indent("\n".join(body), "    "),
            "except Missed:",
            *rewinds,
            "    return MISS",
            "except Abandon:",
            *rewinds,
            "    return EAGER",
            "finally:",
            "    unlock()",
        ]
        lock = threading.Lock()
        self.names.update(lock=lock.acquire, unlock=lock.release)
        text = textwrap.indent("\n".join(lines), "    ")
        self.source = f"{self._signature(text)}\n{text}"
        exec(compile(self.source, "<compiled call>", "exec"), self.names)
        self.run = self.names["run"]

    def _signature(self, text: str) -> str:
        """What never changes, as default arguments: local variables are read fastest."""
        used = set(re.findall(r"\b[A-Za-z_]\w*\b", text)) - set(self._globals)
        fixed = [f"{name}={name}" for name in sorted(used & self.names.keys())]
        listed = textwrap.fill(", ".join(["args", "kwargs", *fixed]), 92)
        return f"def run(\n{textwrap.indent(listed, '    ')}\n):"

    def _streams(self) -> tuple[list[str], list[str]]:
        """Lines that remember where random streams are, and those that go back to there."""
        streams = [f"stream_{i}" for i, _ in enumerate(self.plan.generators())]
        self.names.update(zip(streams, self.plan.generators(), strict=True))
        return (
            [f"mark_{name} = {name}.mark()" for name in streams],
            [f"    {name}.rewind(mark_{name})" for name in streams],
        )

    # Before the kernels

    def _before(self) -> list[str]:
        lines: list[str] = []
        for source in self.sources:
            lines += self._fetch(source)
        grads = {
            found.index: tensor
            for tensor, found in self.outcome.grads
            if self._is_whole(found) and id(tensor) in self.outcome.unread
        }
        for index, v in enumerate(self.plan.graph.outputs):
            if v not in self.plan.allocated:
                continue
            if index in grads:
                lines += self._again(grads[index], v)
            else:
                lines += self._allocate(v)
        return lines

    def _is_whole(self, found: Any) -> bool:
        """Whether a gradient is an output of the graph, whole and nothing but that."""
        if not isinstance(found, Made) or found.region is not None or found.leaf or found.spent:
            return False
        return found.gradient is None and self.uses[found.index] == 1

    def _fetch(self, source: Any) -> list[str]:
        """Lines that set the array of an input; none for one that is always the same."""
        if source.var not in self.plan.graph.inputs:
            return []
        name, bind = self.plan.name(source.var), self.plan.bind(source.var)
        if source.is_number:
            self._fix(name, numpy.array(source.value or 0.0), bind)
            return [f"{name}.fill({source.expression})"] if source.value is None else []
        if source.value is not None:
            self._fix(name, source.value, bind)
            return []
        return [f"{name} = {source.expression}", *bind]

    def _fix(self, name: str, array: Any, bind: list[str]) -> None:
        self.names[name] = array
        exec("\n".join(bind), self.names)

    def _again(self, tensor: Any, v: Var) -> list[str]:
        """The array of a gradient: that of the gradient before, if only the tensor holds that.

        It is not read any more: the program replaces it.
        """
        name, target = self.plan.name(v), self._tensor_name(tensor)
        kept, old = f"{name}_kept", f"{name}_old"
        self._globals += [kept, f"{name}_tensor"]
        self.names.update({kept: None, f"{name}_tensor": None})
        return [
            f"{old} = {target}._grad",
            f"{name} = {kept}",
            f"if ({old} is None or {old} is not {name}_tensor",
            f"        or getrefcount({old}) > 4 or getrefcount({name}) > 4):",
            f"    {old} = None",
            *[f"    {line}" for line in (*self._new_array(v), f"{kept} = {name}")],
        ]

    def _new_array(self, v: Var) -> list[str]:
        name, kind = self.plan.name(v), f"dtype_{v.dtype.name}"
        self.names[kind] = v.dtype
        make = f"{name} = empty({v.shape}, {kind})"
        if v.strides != row_major(v.shape):
            self.names[f"{name}_like"] = v
            make = f"{name} = new_array({name}_like)"
        return [make, *self.plan.bind(v)]

    def _allocate(self, v: Var) -> list[str]:
        """An array for an output; that of the last call if nobody else holds it any more."""
        name, lines = self.plan.name(v), self._new_array(v)
        if v.nbytes < _RECYCLED:
            return lines
        kept = f"{name}_kept"
        self._globals.append(kept)
        self.names[kept] = numpy.empty(0)
        return [
            f"{name} = {kept}",
            f"if getrefcount({name}) > 3 or not {name}.size:",
            *[f"    {line}" for line in (*lines, f"{kept} = {name}")],
        ]

    # After the kernels

    def _after(self) -> list[str]:
        outcome, lines = self.outcome, []
        if outcome.differentiable:
            lines += self._graph_node()
        for tensor, found in outcome.grads:
            target = self._tensor_name(tensor)
            made, name = self._value(found) if found is not None else ([], "None")
            lines += self._grad(found, [*made, f"{target}._grad = {name}"], name)
        for external, found in outcome.data:
            lines.append(f"{self._tensor_name(external.tensor)}._data = {self._array(found)}")
        for external, count in outcome.counts:
            lines.append(f"{self._tensor_name(external.tensor)}._writes[0] += {count}")
        made, name = self._value(outcome.result)
        return [*lines, *made, f"return {name}"]

    def _grad(self, found: Any, lines: list[str], name: str) -> list[str]:
        """The lines that set a gradient, unless it is the tensor that is there already."""
        output = f"{self.plan.prefix}out_{found.index}" if isinstance(found, Made) else ""
        if f"{output}_tensor" not in self._globals:
            return lines
        lines = [*lines, f"{output}_tensor = {name}"]
        return [f"if {output}_old is None:", *[f"    {line}" for line in lines]]

    def _graph_node(self) -> list[str]:
        """The node behind the outputs that can be differentiated."""
        kept = "".join(f"{self._kept_name(v)}, " for v, _ in self.kept)
        tensors = [t for _, t in self.kept if t is not None]
        versions = "".join(f"{self._tensor_name(t)}._writes, " for t in tensors)
        self._shared = {v for v, _ in self.kept if isinstance(v, int)}
        versions += "".join(f"writes_{i}, " for i in sorted(self._shared))
        edges = "".join(f"edge({self._tensor_name(e.tensor)}), " for e in self.outcome.sources)
        return [
            *[f"writes_{i} = [0, 0]" for i in sorted(self._shared)],
            "node = new(CompiledFunction)",
            "node.seq = next_seq()",
            f"node.sources = ({edges})",
            f"node.fill(backward, ({kept}), ({versions}))",
        ]

    def _kept_name(self, kept: Var | int) -> str:
        """The array that backward reads: an output of the graph by its number, or an input."""
        return f"{self.plan.prefix}out_{kept}" if isinstance(kept, int) else self.plan.name(kept)

    def _tensor_name(self, tensor: Any) -> str:
        return self.guard.tensors[id(tensor)]

    def _array(self, found: Any) -> str:
        """The array of a tensor of the outcome."""
        if isinstance(found, Alias):
            name = self.plan.name(found.external.var)
        else:
            name = f"{self.plan.prefix}out_{found.index}"
        if found.region is None:
            return name
        shape, strides, offset = found.region
        params = {"shape": shape, "strides": strides, "offset": offset}
        return f"region({name}, {params!r})"

    def _value(self, found: Any) -> tuple[list[str], str]:
        """Lines that make a value of the result, and an expression for it."""
        if isinstance(found, Fixed):
            name = f"fixed_{len(self.names)}"
            self.names[name] = found.value
            return [], name
        if isinstance(found, Number):
            return [], f"{self.plan.prefix}out_{found.index}.item()"
        if isinstance(found, Same):
            return [], self._tensor_name(found.external.tensor)
        if isinstance(found, Nest):
            return self._nest(found)
        if id(found) in self._made:
            return [], self._made[id(found)]
        return self._new_tensor(found)

    def _nest(self, found: Nest) -> tuple[list[str], str]:
        parts = [self._value(each) for each in found.parts]
        lines = [line for made, _ in parts for line in made]
        inside = ", ".join(name for _, name in parts)
        make = f"make_{len(self.names)}"
        self.names[make] = found.make
        if found.keys is not None:
            keys = f"keys_{len(self.names)}"
            self.names[keys] = found.keys
            return lines, f"{make}(zip({keys}, [{inside}]))"
        if found.make is list:
            return lines, f"[{inside}]"
        if found.make is tuple:
            return lines, f"({inside},)" if inside else "()"
        return lines, f"{make}([{inside}])"

    def _new_tensor(self, found: Any) -> tuple[list[str], str]:
        name, cls = f"new_{len(self._made)}", f"class_{found.cls.__name__}"
        self._made[id(found)] = name
        self.names[cls] = found.cls
        lines = [
            f"{name} = new({cls})",
            f"{name}._data = {self._array(found)}",
            f"{name}._node = {name}._grad = {name}._view = None",
        ]
        if isinstance(found, Alias) and found.shares_version:
            lines.append(f"{name}._writes = {self._tensor_name(found.external.tensor)}._writes")
            return lines, name
        shared = isinstance(found, Made) and found.index in self._shared
        lines.append(f"{name}._writes = {f'writes_{found.index}' if shared else '[0, 0]'}")
        if isinstance(found, Made):
            lines += self._history(name, found)
        return lines, name

    def _history(self, name: str, found: Made) -> list[str]:
        if found.leaf:
            return [f"{name}._node = Leaf()"]
        if found.gradient is not None:
            return [f"{name}._node = Output(node, {found.gradient})"]
        if found.spent is None:
            return []
        op = f"op_{found.spent.__name__}"
        self.names[op] = found.spent
        return [
            f"{name}._node = spent = new({op})",
            "spent.versions, spent.sources, spent.seq = None, (), next_seq()",
        ]


def _made_in(outcome: Outcome) -> Iterator[Made | Number]:
    """What is made of the outputs of a graph."""
    stack = [outcome.result, *(g for _, g in outcome.grads), *(d for _, d in outcome.data)]
    while stack:
        found = stack.pop()
        if isinstance(found, Nest):
            stack.extend(found.parts)
        elif isinstance(found, (Made, Number)):
            yield found
