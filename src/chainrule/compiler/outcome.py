"""What a traced run did: its result, and the changes it made to tensors from outside.

All of it in terms of the graph, so that a compiled call can do the same. `outcome` looks at every
tensor that was touched and says where its values come from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy

from ..autograd.backward import grad
from ..core.modes import modes
from ..core.primitive import Leaf, Output, Primitive
from ..core.tensor import COUNT, REBASED, TensorBase, wrap
from . import layout
from .cutting import Cut
from .graph import Graph, Var
from .recorder import External, Recorder, Refusal
from .slots import DATA, GRAD
from .traced import Scalar, Traced


@dataclass
class Made:
    """A tensor that the run made: which output of the graph it holds, or what part of it."""

    cls: type
    index: int  # among the outputs of the graph
    region: tuple[Any, ...] | None  # shape, strides, offset in that output's memory, or all of it
    leaf: bool = False  # it is a leaf that requires grad
    spent: type[Primitive] | None = None  # the operation that made it, whose graph is freed
    gradient: int | None = None  # which differentiable output it is


@dataclass
class Same:
    """A tensor from outside, as it is."""

    external: External


@dataclass
class Alias:
    """A new tensor on the memory of one from outside."""

    external: External
    cls: type
    region: tuple[Any, ...] | None
    shares_version: bool


@dataclass
class Number:
    """A Python float: the value of an output of the graph."""

    index: int


@dataclass
class Fixed:
    """A value that no tensor has a part in."""

    value: Any


@dataclass
class Nest:
    """A list, tuple or dict of such."""

    make: Any
    parts: list[Any]
    keys: list[Any] | None = None


@dataclass
class Outcome:
    """The graph of a run, and what to do around it."""

    graph: Graph
    result: Any
    grads: list[tuple[Any, Any]] = field(default_factory=list)  # tensor, its .grad: Made, None ...
    unread: set[int] = field(default_factory=set)  # ids of those whose .grad was not read before
    data: list[tuple[External, Any]] = field(default_factory=list)  # tensors given other data
    counts: list[tuple[External, int]] = field(default_factory=list)  # writes to be counted
    forward: int = 0  # equations of the forward pass, if outputs can be differentiated
    cotangents: list[Var] = field(default_factory=list)
    differentiable: list[int] = field(default_factory=list)  # outputs of the graph
    sources: list[External] = field(default_factory=list)  # tensors that gradients go to
    gradients: list[Var] = field(default_factory=list)  # their gradients, by the cotangents


class _Analysis:
    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.outputs: list[Var] = []
        self.live: list[Any] = []  # tensors of the result that can be differentiated
        self.by_storage = {id(e.storage): e for e in recorder.externals.values()}
        self._known: dict[int, Any] = {}  # what tensors are, by their id

    def output(self, var: Var) -> int:
        if var not in self.outputs:
            self.outputs.append(var)
        return self.outputs.index(var)

    def value(self, found: Any) -> Any:
        """Where a value of the result comes from."""
        if isinstance(found, TensorBase):
            return self.tensor(found)
        if type(found) is Scalar:
            return Number(self.output(found.var))
        if type(found) in (list, tuple):
            return Nest(type(found), [self.value(each) for each in found])
        if isinstance(found, tuple) and hasattr(found, "_fields"):
            make = getattr(type(found), "_make", type(found))
            return Nest(make, [self.value(each) for each in found])
        if isinstance(found, dict) and type(found).__module__ in ("builtins", "collections"):
            make = type(found)
            return Nest(make, [self.value(each) for each in found.values()], list(found))
        if isinstance(found, (Traced, numpy.ndarray)):
            raise Refusal("returns a NumPy array")
        plain = isinstance(found, (int, float, complex, str, bytes, type(None), tuple, type))
        if not plain and not _is_dull(found):
            raise Refusal(f"returns an object of type {type(found).__name__}")
        return Fixed(found)

    def tensor(self, tensor: Any) -> Any:
        """Where a tensor comes from; a tensor that is met twice is one."""
        if id(tensor) not in self._known:
            self._known[id(tensor)] = self._tensor(tensor)
        return self._known[id(tensor)]

    def _tensor(self, tensor: Any) -> Any:
        recorder = self.recorder
        data = tensor._data  # noted by the recorder, if the run did not read it
        external = recorder.externals.get(id(tensor))
        if external is not None:
            self.by_storage.setdefault(id(external.storage), external)
            return Same(external)
        if not isinstance(data, Traced):
            raise Refusal("returns a tensor that it did not make, nor read")
        region = _region(data)
        external = self.by_storage.get(id(data.storage))
        node = tensor._node
        if external is not None:
            if node is not None:
                raise Refusal("returns a view of its input that requires grad")
            shared = tensor._writes is external.tensor._writes
            return Alias(external, type(tensor), region, shared)
        made = Made(type(tensor), self.output(data.storage.var), region)
        if type(node) is Leaf:
            if any(node is e.leaf for e in recorder.externals.values()):
                raise Refusal("returns one of its inputs under another name")
            made.leaf = True
        elif node is not None:
            start = node.node if type(node) is Output else node
            if _is_spent(start):
                made.spent = type(start)
            else:
                made.gradient = len(self.live)
                self.live.append(tensor)
        return made


def outcome(recorder: Recorder, result: Any) -> Outcome:
    """What the run did. Refusal if a compiled call could not do it."""
    analysis = _Analysis(recorder)
    found = analysis.value(result)
    grads = [
        (tensor, _grad(analysis, GRAD.__get__(tensor)))
        for key, tensor in recorder.grads_set.items()
        if key not in recorder.born
    ]
    data, counts = [], []
    for e in recorder.externals.values():
        tensor = e.tensor
        if tensor._node is not e.leaf:
            raise Refusal("changes whether a tensor requires grad, or its history")
        now = DATA.__get__(tensor)
        if not isinstance(now, Traced) or now.storage is not e.storage or _region(now):
            data.append((e, _data(analysis, tensor)))
        if tensor._writes[REBASED] != e.version[REBASED]:
            raise Refusal("writes in place into a tensor of a graph from outside")
        if tensor._writes[COUNT] != e.version[COUNT]:
            counts.append((e, tensor._writes[COUNT] - e.version[COUNT]))
    forward = len(recorder.eqns)
    cotangents, sources, gradients = _backward(recorder, analysis.live)
    writes = tuple(
        (e.var, e.storage.var) for e in analysis.by_storage.values() if e.storage.var is not e.var
    )
    _check_overlap(recorder, {id(e.storage) for e in analysis.by_storage.values()
                              if e.storage.var is not e.var})  # fmt: skip
    graph = Graph(tuple(recorder.inputs), recorder.eqns, tuple(analysis.outputs), writes)
    differentiable = [analysis.outputs.index(t._data.storage.var) for t in analysis.live]
    return Outcome(
        graph=graph,
        result=found,
        grads=grads,
        unread={id(tensor) for tensor, _ in grads} - recorder.grads_read,
        data=data,
        counts=counts,
        forward=forward,
        cotangents=cotangents,
        differentiable=differentiable,
        sources=sources,
        gradients=gradients,
    )


def _is_dull(value: Any) -> bool:
    """Whether an object can be returned again and again: a dtype, a device, a size ..."""
    return type(value).__module__.startswith(("torch", "chainrule.core", "enum"))


def _region(data: Traced) -> tuple[Any, ...] | None:
    """The part of its storage's memory that an array is; None for all of it."""
    memory = data.storage.memory
    if layout.same_place(data.value, memory):
        return None
    offset, strides = layout.place(data.value, memory)
    return data.value.shape, strides, offset


def _grad(analysis: _Analysis, found: Any) -> Any:
    if found is None:
        return None
    made = analysis.tensor(found)
    if isinstance(made, Made) and made.gradient is not None:
        raise Refusal("leaves a gradient that can be differentiated (create_graph)")
    return made


def _data(analysis: _Analysis, tensor: Any) -> Any:
    """What a tensor from outside holds now."""
    data = DATA.__get__(tensor)
    if not isinstance(data, Traced):
        raise Refusal("gives a tensor data from outside of the function")
    region = _region(data)
    external = analysis.by_storage.get(id(data.storage))
    if external is not None:
        return Alias(external, type(tensor), region, False)
    return Made(type(tensor), analysis.output(data.storage.var), region)


def _is_spent(node: Primitive) -> bool:
    """Whether a backward pass freed (part of) the graph behind a node."""
    seen, stack = set(), [node]
    while stack:
        node = stack.pop()
        if id(node) in seen or not isinstance(node, Primitive):
            continue
        seen.add(id(node))
        if node.versions is None:
            return True
        stack.extend(s.node if type(s) is Output else s for s in node.sources if s is not None)
    return False


def _backward(recorder: Recorder, live: list[Any]) -> tuple[list[Var], list[External], list[Var]]:
    """Trace the backward pass of the outputs, from gradients that are inputs of the graph."""
    if not live:
        return [], [], []
    externals = [e for e in recorder.externals.values() if e.leaf is not None]
    cotangents, starts = [], []
    for tensor in live:
        value = numpy.ones(tensor._data.shape, tensor._data.dtype)
        storage = recorder._input(value)
        assert storage is not None
        cotangents.append(storage.var)
        start = wrap(value)
        start._data = storage.root
        starts.append(start)
    before, modes.grad = modes.grad, True
    try:
        with Cut(live, [e.tensor for e in externals]) as cut:
            found = grad(live, cut.stand_ins, starts, retain_graph=True, allow_unused=True)
    except Exception as error:
        raise Refusal(f"has a backward pass that cannot be traced: {error}") from None
    finally:
        modes.grad = before
    if not recorder.live:
        raise recorder.refusal or Refusal("has a backward pass that cannot be traced")
    sources, gradients = [], []
    for e, g in zip(externals, found, strict=True):
        if g is not None:
            sources.append(e)
            gradients.append(recorder.read(g._data, e.var.dtype))
    return cotangents, sources, gradients


def _check_overlap(recorder: Recorder, written: set[int]) -> None:
    """Refuse where a tensor is written whose memory another one has a part of."""
    externals = list({id(e.storage): e for e in recorder.externals.values()}.values())
    for e in externals:
        if id(e.storage) not in written:
            continue
        for other in externals:
            if other is not e and numpy.may_share_memory(other.array, e.array):
                raise Refusal("writes into memory that two of its tensors share")
