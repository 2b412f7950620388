"""Primitive: one operation, written once. An instance is one recorded application: a graph node.

Knows neither tensors nor how primitives are run; `apply` runs them, the engine runs them back.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy

from .hooks import RemovableHandle, add_hook

next_seq = itertools.count(-1, -1).__next__
"""Numbers of nodes, counting down: a heap of them pops the newest node first."""

_VARARGS = 0x04  # CO_VARARGS: the code takes *args
_RESERVED = {"seq", "sources", "versions", "metas", "hooks", "site", "saves", "rules", "kernel"}


class Leaf:
    """The node slot of a leaf that requires grad: its hooks. (Edges to it hold the tensor.)"""

    __slots__ = ("after", "hooks")

    def __init__(self) -> None:
        self.hooks: dict[int, Callable[..., Any]] | None = None  # before accumulation, on the grad
        self.after: dict[int, Callable[..., Any]] | None = None  # after it, on the tensor


class Output:
    """One output of a node that has several."""

    __slots__ = ("index", "node")

    def __init__(self, node: Primitive, index: int) -> None:
        self.node = node
        self.index = index


class Primitive:
    """An operation: its forward formula and one gradient rule for each input.

    A subclass gives ``kernel(xp, *arrays, **params)``, the formula over an array namespace, or
    names the NumPy function that is the whole kernel (``ufunc = "multiply"``); and for each array
    input ``grad_<input>(ctx, g)``, written in the library's public operations, so that it runs on
    raw arrays and on tensors alike. ``ctx`` is the recorded application: it has the params, and
    the inputs and outputs listed in ``saves``. Broadcasting is undone by the engine.

    An operation with a varying number of inputs (``kernel(xp, *xs)``) has one rule
    ``grad_xs(ctx, g)`` that returns a sequence of gradients.

    >>> class Double(Primitive):
    ...     def kernel(xp, x):
    ...         return x + x
    ...
    ...     def grad_x(ctx, g):
    ...         return g + g
    >>> Double.inputs
    ('x',)
    """

    kind: ClassVar[str] = "opaque"  # or pointwise, reduction, view, matmul: all a compiler knows
    ufunc: ClassVar[str | None] = None  # name of the namespace's function that is the kernel
    saves: ClassVar[tuple[str, ...]] = ()  # inputs and outputs that the rules read
    nondiff: ClassVar[tuple[str, ...]] = ()  # inputs and outputs without a gradient
    outputs: ClassVar[tuple[str, ...]] = ("out",)
    promotes: ClassVar[str | None] = None  # how operands of several dtypes meet; see `promotion`
    axes: ClassVar[str | None] = None  # the param with the axes of a kernel that leaves others be
    numbers: ClassVar[str] = "either"  # which of two may be Python's: "second", "either" or "both"
    hidden_axes: ClassVar[bool] = False  # handles the axes of running vmaps itself
    label: str = ""  # PyTorch's name for the node

    kernel: ClassVar[Callable[..., Any]]
    on_cpu: ClassVar[Callable[..., Any]]  # the kernel on NumPy
    inputs: ClassVar[tuple[str, ...]]
    rules: ClassVar[tuple[Callable[..., Any] | None, ...]]
    variadic: ClassVar[bool] = False
    several: ClassVar[bool] = False  # returns a tuple of outputs

    seq: int
    sources: tuple[Any, ...]  # per input: where its gradient goes; None if nowhere
    versions: tuple[Any, ...] | None = ()  # (version, count seen) per saved array; None: freed
    metas: tuple[Any, ...] | None = None  # (shape, dtype) of inputs that were broadcast or cast
    shapes: tuple[Any, ...]  # of the inputs (not kept by the pointwise paths)
    arity: int  # number of outputs, where there are several
    packed: dict[str, Any] | None = None  # what hooks made of the saved values
    goes_back = True  # False: recorded for tangents only
    hooked = False  # whether there are hooks of any of these kinds
    hooks: dict[int, Any] | None = None  # by output: hooks on its gradient
    prehooks: dict[int, Callable[..., Any]] | None = None
    posthooks: dict[int, Callable[..., Any]] | None = None
    site: Any = None  # the user's lines, in anomaly mode

    def __init_subclass__(cls) -> None:
        if cls.ufunc is not None and "ufunc" in cls.__dict__:
            cls.kernel = _ufunc_kernel(cls.ufunc, getattr(numpy, cls.ufunc).nin)
            cls.on_cpu = getattr(numpy, cls.ufunc)
        elif "kernel" in cls.__dict__:
            cls.on_cpu = partial(cls.__dict__["kernel"], numpy)
        elif not hasattr(cls, "kernel"):
            return  # a family of operations
        cls._read_signature()
        cls.several = len(cls.outputs) > 1 or cls.outputs[0].startswith("*")
        cls.rules = tuple(getattr(cls, f"grad_{name}", None) for name in cls.inputs)
        cls._check()
        cls.label = cls.__dict__.get("label") or f"{cls.__name__}Backward0"
        cls.differentiable = any(rule is not None for rule in cls.rules)
        cls.reads = tuple(_names_read(rule, cls.saves) for rule in cls.rules)
        for name in cls.saves:  # read by a helper that gets ctx: any rule may need it
            if not any(name in read for read in cls.reads):
                cls.reads = tuple(read | {name} for read in cls.reads)
        cls._savings = {}
        cls.saves_x, cls.saves_out = "x" in cls.saves, "out" in cls.saves
        cls.flat = (cls.on_cpu, cls.promotes == "float", cls.differentiable, bool(cls.saves))
        cls.first_is_tensor = cls.numbers == "second"
        if len(cls.inputs) == 2:
            pairs = ((0, 0), (0, 1), (1, 0), (1, 1))
            wanted = {pair: cls.needed([p or None for p in pair]) for pair in pairs}
            cls.plans = {pair: ("x" in w, "y" in w) for pair, w in wanted.items()}

    differentiable: ClassVar[bool]
    flat: ClassVar[tuple[Callable[..., Any], bool, bool, bool]]  # what the flat paths ask, at once
    first_is_tensor: ClassVar[bool]
    reads: ClassVar[tuple[frozenset[str], ...]]  # per input: what its rule reads of `saves`
    _savings: ClassVar[dict[tuple[bool, ...], tuple[Any, Any]]]  # by which inputs have no node
    saves_x: ClassVar[bool]
    saves_out: ClassVar[bool]
    plans: ClassVar[dict[Any, tuple[bool, bool]]]  # two inputs: which to save, by who needs grad

    @classmethod
    def needed(cls, nodes: Sequence[Any]) -> frozenset[str]:
        """What must be saved if the inputs with a node need a gradient."""
        pairs = zip(cls.reads, nodes, strict=False)
        return frozenset().union(*(read for read, node in pairs if node is not None))

    @classmethod
    def saving(cls, nodes: Sequence[Any]) -> tuple[Any, Any]:
        """What to save of the inputs and of the outputs, as (index, name), by who needs grad."""
        pattern = tuple([node is None for node in nodes]) if not cls.variadic else ()
        found = cls._savings.get(pattern)
        if found is None:
            wanted = cls.reads[0] if cls.variadic else cls.needed(nodes)
            of_inputs = () if cls.variadic else cls.inputs
            found = cls._savings[pattern] = (
                [(i, name) for i, name in enumerate(of_inputs) if name in wanted],
                [(i, name) for i, name in enumerate(cls.outputs) if name in wanted],
            )
        return found

    @classmethod
    def _read_signature(cls) -> None:
        code = cls.kernel.__code__
        names = code.co_varnames
        cls.variadic = bool(code.co_flags & _VARARGS)
        end = code.co_argcount + code.co_kwonlyargcount
        cls.inputs = (names[end],) if cls.variadic else names[1 : code.co_argcount]
        taken = _RESERVED.intersection(names[1:end])
        if taken:
            raise TypeError(f"{cls.__name__}: the name {taken.pop()!r} is reserved; rename it")

    @classmethod
    def _check(cls) -> None:
        known = (*cls.inputs, *(name.lstrip("*") for name in cls.outputs))
        for name, rule in zip(cls.inputs, cls.rules, strict=True):
            if rule is None and name not in cls.nondiff:
                raise TypeError(
                    f"{cls.__name__}: input {name!r} has no gradient rule. "
                    f"Write def grad_{name}(ctx, g), or list it: nondiff = ({name!r},)."
                )
        for name in (*cls.saves, *cls.nondiff):
            if name not in known:
                raise TypeError(f"{cls.__name__}: {name!r} is neither an input nor an output")

    @classmethod
    def explain(
        cls, error: Exception, arrays: tuple[Any, ...], params: dict[str, Any]
    ) -> Exception:
        """The error for people, of a kernel that raised `error`."""
        shapes = ", ".join(f"{a.dtype}{list(a.shape)}" for a in arrays if hasattr(a, "shape"))
        error.add_note(f"in {cls.__name__.lower()}({shapes})")
        return error

    # What PyTorch's grad_fn offers

    def name(self) -> str:
        """The name PyTorch prints, such as ``MulBackward0``."""
        return self.label

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The nodes that this node passes gradients to, with the index of their output."""
        return tuple(_edge(source) for source in self.sources)

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for the user's own notes."""
        found: dict[Any, Any] = self.__dict__.setdefault("_metadata", {})
        return found

    def register_hook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call `fn(grad_inputs, grad_outputs)` after this node ran; it may return others."""
        self.hooked = True
        return add_hook(self, "posthooks", fn)

    def register_prehook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call `fn(grad_outputs)` before this node runs; it may return others."""
        self.hooked = True
        return add_hook(self, "prehooks", fn)

    def __repr__(self) -> str:
        return f"<{self.label} object at {id(self):#x}>"

    def __getattr__(self, name: str) -> Any:
        # Python comes here only for what is not there: saved values that hooks have packed.
        packed = self.__dict__.get("packed")
        if packed is None or name not in packed:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        found = packed[name]
        if isinstance(found, tuple):
            value: Any = [
                each.tensor()._data if hasattr(each, "unpack") else each for each in found
            ]
        else:
            value = found.tensor()._data
        self.__dict__[name] = value  # until the rules have run
        return value

    def pack_again(self) -> None:
        """Forget what was unpacked."""
        for name in self.packed or ():
            self.__dict__.pop(name, None)

    def free(self) -> None:
        """Forget what was saved; a second backward then raises."""
        if self.versions:
            self.versions = self.packed = None
            for name in self.saves:
                setattr(self, name, None)


class AccumulateGrad:
    """The end of an edge: adds to `variable.grad`. Made on demand, for who walks the graph."""

    __slots__ = ("variable",)
    next_functions: ClassVar[tuple[()]] = ()

    def __init__(self, variable: Any) -> None:
        self.variable = variable

    def name(self) -> str:
        """The name PyTorch prints."""
        return "torch::autograd::AccumulateGrad"

    def register_prehook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call `fn(grad_outputs)` before the gradient is added; it may return others."""

        def before(grad: Any) -> Any:
            found = fn((grad,))
            return found[0] if isinstance(found, tuple) else found

        return add_hook(self.variable._node, "hooks", before)

    def register_hook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call `fn(grad_inputs, grad_outputs)` after the gradient was added; the first is empty."""
        arrived: list[Any] = []
        seen = add_hook(self.variable._node, "hooks", lambda grad: arrived.append(grad))
        handle = add_hook(self.variable._node, "after", lambda _: fn((), (arrived.pop(),)))
        handle.extra_dict = [self.variable._node.hooks]
        self.variable._node.hooks[handle.id] = self.variable._node.hooks.pop(seen.id)
        return handle

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AccumulateGrad) and other.variable is self.variable

    def __hash__(self) -> int:
        return hash((AccumulateGrad, id(self.variable)))

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {id(self.variable):#x}>"


def _edge(source: Any) -> tuple[Any, int]:
    if source is None:
        return None, 0
    if isinstance(source, Output):
        return source.node, source.index
    return (source if isinstance(source, Primitive) else AccumulateGrad(source)), 0


def _names_read(rule: Callable[..., Any] | None, names: tuple[str, ...]) -> frozenset[str]:
    return frozenset() if rule is None else frozenset(names).intersection(rule.__code__.co_names)


def _ufunc_kernel(name: str, inputs: int) -> Callable[..., Any]:
    if inputs == 1:
        return lambda xp, x: getattr(xp, name)(x)
    return lambda xp, x, y: getattr(xp, name)(x, y)


def primitives(of: type[Primitive] = Primitive) -> Iterator[type[Primitive]]:
    """All primitives defined so far (families left out)."""
    for cls in of.__subclasses__():
        if hasattr(cls, "rules"):
            yield cls
        yield from primitives(cls)
