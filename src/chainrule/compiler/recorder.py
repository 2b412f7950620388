"""The recorder: runs a function really, once, and writes down every array operation as a graph.

While it is live, a tensor that is read hands out a `Traced` array in place of its own, through the
slot `TensorBase._data`; NumPy then brings every function applied to it here. So the formulas of
operations, the gradient rules and the updates of optimizers are recorded as they run, and nothing
above knows of it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy
from numpy import ndarray

from ..core.modes import modes
from ..core.primitive import Primitive, next_seq
from ..core.sites import describe, user_line
from ..typing import Array
from . import arrays
from .cutting import nodes_behind
from .graph import Eqn, Var
from .origin import origin
from .slots import watch
from .traced import NotTraceable, Scalar, Storage, Traced, plain
from .vocabulary import REDUCTIONS, pointwise

_FLOAT = numpy.dtype("float64")
_ONE_AT_A_TIME = threading.RLock()
_REDUCTION = {ufunc: name for name, ufunc in REDUCTIONS.items()}


class External:
    """A tensor from outside that the traced function reads: what it was before."""

    __slots__ = ("array", "leaf", "storage", "tensor", "var", "version")

    def __init__(self, tensor: Any, array: Array, storage: Storage) -> None:
        self.tensor = tensor
        self.array: Any = array
        self.storage: Any = storage
        self.var = storage.var
        self.leaf = tensor._node
        self.version = list(tensor._writes[:2])

    def let_go(self) -> None:
        """Forget the arrays; the tensor and its place in the graph stay known."""
        self.array = self.storage = None


class Refusal(Exception):
    """Why a function cannot be compiled, and the user's line where that was found."""

    def __init__(self, reason: str, line: tuple[str, int] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line

    def __str__(self) -> str:
        return f"{self.reason} ({describe(self.line)})" if self.line else self.reason


class Recorder:
    """One traced run. `with recorder:` around the call; then `refusal`, or eqns and externals."""

    def __init__(self) -> None:
        self.live = False
        self._roots: list[Storage] = []
        self.refusal: Refusal | None = None
        self.failure: Exception | None = None
        self.eqns: list[Eqn] = []
        self.inputs: list[Var] = []
        self.externals: dict[int, External] = {}
        self.storages: dict[int, Storage] = {}  # by id of the array: tensors can share one
        self.numbers: dict[int, Scalar] = {}  # inputs that are numbers, by id of their Var
        self.scalars: list[Scalar] = []  # all traced numbers
        self.setting_places: dict[int, tuple[Any, Any]] = {}  # dict and keys, by id of the Var
        self._settings: dict[Any, Scalar] = {}
        self.looked: set[int] = set()  # ids of the Vars of numbers whose value was asked for
        self.born: dict[int, Any] = {}  # tensors made during the run
        self.grads_set: dict[int, Any] = {}  # tensors whose .grad was replaced
        self.grads_read: set[int] = set()  # ids of tensors whose .grad was read before that
        self._seen: dict[Any, tuple[int, Var]] = {}  # views of storages already written down
        self._inside: list[str] = []  # the primitives that are running

    def __enter__(self) -> Recorder:
        _ONE_AT_A_TIME.acquire()
        self.live, self._first = True, next_seq()
        modes.switch(recorder=self)
        watch(True)
        return self

    def __exit__(self, *error: object) -> None:
        self.live = False
        modes.switch(recorder=None)
        watch(False)
        for tensor in (*self.born.values(), *(e.tensor for e in self.externals.values())):
            data = tensor._data
            if isinstance(data, Traced):
                tensor._data = data.value
        _ONE_AT_A_TIME.release()

    def let_go(self) -> None:
        """Leave no cycle of references: the arrays of the run go as soon as nobody has them."""
        for storage in self._roots:
            storage.root = None
        self._roots.clear()

    # Leaving

    def leave(self, reason: str) -> None:
        """The function does what a graph cannot hold: inside a kernel, run that as it is."""
        if self._inside:
            raise NotTraceable(reason)
        self.refuse(reason)

    def refuse(self, reason: str) -> None:
        """Stop recording: the rest runs eagerly, on the real arrays."""
        if self.live:
            self.live = False
            self.refusal = Refusal(reason, user_line())

    def attempt(self, record: Callable[[Recorder], Any], plainly: Callable[[], Any]) -> Any:
        """Record something, or just do it: after the recording, and if the recorder fails."""
        if not self.live:
            return plainly()
        if self._inside:
            return record(self)
        try:
            return record(self)
        except NotTraceable as reason:
            self.refuse(f"uses NumPy's {reason}")
            return plainly()
        except Exception as error:
            found = plainly()  # an error of the user's is raised here
            self.live, self.failure = False, error
            return found

    # Reading tensors and arrays

    def lift(self, tensor: Any, array: Array) -> Any:
        """The traced array of a tensor that holds a real one."""
        storage = self.storages.get(id(array))
        if storage is None:
            born = id(tensor) in self.born
            storage = self._constant(array) if born else self._input(array)
            if storage is None:
                return array
            self.storages[id(array)] = storage
        if id(tensor) not in self.born:
            self.externals[id(tensor)] = External(tensor, array, storage)
        return storage.root

    def _input(self, array: Array) -> Storage | None:
        if not arrays.is_plain(array):
            self.refuse("reads a tensor with negative strides, or of another device")
            return None
        var = Var(array.shape, array.dtype, arrays.strides(array))
        self.inputs.append(var)
        return self._storage(array, var)

    def _constant(self, array: Array) -> Storage | None:
        kept = array.copy(order="K")
        if array.size > 1 and kept.strides != array.strides:
            self.refuse("makes a tensor whose elements have gaps between them")
            return None
        return self._storage(array, Var(array.shape, array.dtype, arrays.strides(array), kept))

    def _storage(self, array: Array, var: Var) -> Storage:
        storage = Storage(array, var)
        self._roots.append(storage)
        Traced(self, storage, array)
        return storage

    def float_input(self, value: float) -> Scalar:
        """A number that the compiled program reads anew at each call."""
        var = Var((), _FLOAT)
        self.inputs.append(var)
        scalar = Scalar(self, value, var)
        self.numbers[id(var)] = scalar
        return scalar

    def settings(self, group: dict[str, Any]) -> dict[str, Any]:
        """A group of an optimizer, its floats read anew at each call of the compiled program."""
        found = {}
        for key, value in group.items():
            if type(value) is float:
                value = self._setting(group, value, key)
            elif type(value) is tuple and all(type(each) is float for each in value):
                value = tuple(self._setting(group, each, key, i) for i, each in enumerate(value))
            found[key] = value
        return found

    def _setting(self, group: dict[str, Any], value: float, *keys: Any) -> Any:
        known = self._settings.get((id(group), *keys))
        if known is None and self.live:
            known = self._settings[(id(group), *keys)] = self.float_input(value)
            self.setting_places[id(known.var)] = (group, keys)
        return value if known is None else known

    def look(self, scalar: Scalar) -> None:
        """The value of a traced number is asked for."""
        if id(scalar.var) in self.numbers:
            self.looked.add(id(scalar.var))
        else:
            self.leave("uses the value of a tensor (.item()) in Python")

    def read(self, x: Any, kind: numpy.dtype[Any] | None = None) -> Var:
        """The graph's value for an operand, in a dtype."""
        if isinstance(x, Traced):
            var = self._view(x)
        elif type(x) is Scalar:
            var = x.var
        else:
            array = numpy.array(x, kind, order="K")
            var = Var(array.shape, array.dtype, arrays.strides(array), array)
        if kind is None or var.dtype == kind:
            return var
        if var.value is not None:
            return Var(var.shape, kind, var.strides, var.value.astype(kind))
        return self.emit("cast", (var,), Var(var.shape, kind, arrays.dense(var)))

    def _view(self, x: Traced) -> Var:
        storage, memory = x.storage, x.storage.memory
        if x.value is memory:
            return storage.var
        offset, strides = arrays.place(x.value, memory)
        shape = x.value.shape
        if not offset and shape == memory.shape and strides == storage.var.strides:
            return storage.var
        key = (storage.var, offset, shape, strides)
        if key not in self._seen:
            out = Var(shape, memory.dtype, strides)
            self.emit("view", (storage.var,), out, shape=shape, strides=strides, offset=offset)
            self._seen[key] = (len(self.eqns), out)
        return self._seen[key][1]

    # Writing down

    def emit(self, op: str, ins: tuple[Var, ...], *outs: Var, **params: Any) -> Any:
        """Write an equation down; its output, if it has one."""
        of, line = origin(self._inside)
        self.eqns.append(Eqn(op, ins, outs, params, of, line))
        return outs[0] if outs else None

    def fresh(self, value: Array, var: Var) -> Traced:
        """A new array that holds a value of the graph."""
        return self._storage(value, var).root

    def made(self, op: str, ins: tuple[Var, ...], value: Any, **params: Any) -> Traced:
        """A new array, computed by an equation from values of the graph."""
        value = numpy.asarray(value)
        var = Var(value.shape, value.dtype, arrays.dense_like(value))
        if op != "draw" and all(v.value is not None for v in ins):
            var.value = value.copy(order="K")
            return self.fresh(value, var)
        return self.fresh(value, self.emit(op, ins, var, **params))

    def write(self, target: Traced, new: Var) -> None:
        """Note that an array (whose real memory is written already) now holds this value."""
        storage, memory = target.storage, target.storage.memory
        kind = memory.dtype
        if new.dtype != kind:
            new = self.emit("cast", (new,), Var(new.shape, kind, arrays.dense(new)))
        offset, strides = arrays.place(target.value, memory)
        old, shape = storage.var, target.value.shape
        if not offset and shape == memory.shape and strides == old.strides and new.shape == shape:
            if new.strides != strides or new.value is not None:
                new = self.emit("copy", (new,), Var(shape, kind, strides))
            storage.var = new
            return
        region = {"shape": shape, "strides": strides, "offset": offset}
        storage.var = self.emit("update", (old, new), Var(old.shape, kind, old.strides), **region)

    # NumPy's protocols

    def ufunc(
        self,
        ufunc: numpy.ufunc,
        method: str,
        inputs: tuple[Any, ...],
        outs: tuple[Any, ...],
        options: dict[str, Any],
    ) -> Any:
        """An application of a ufunc, or a reduction by one."""
        if method == "reduce":
            return arrays.reduce(self, _REDUCTION.get(ufunc), ufunc, inputs, outs, options)
        if method != "__call__" or ufunc.nout != 1:
            raise NotTraceable(f"{ufunc.__name__}.{method}")
        return self._call(ufunc, inputs, outs, options)

    def _call(
        self,
        ufunc: numpy.ufunc,
        inputs: tuple[Any, ...],
        outs: tuple[Any, ...],
        options: dict[str, Any],
    ) -> Any:
        name = ufunc.__name__
        given = options.pop("dtype", None)
        options.pop("casting", None)
        if any(options.values()) or (outs and not isinstance(outs[0], Traced)):
            raise NotTraceable(f"{name} with options")
        if name != "matmul" and pointwise(name) is not ufunc:
            raise NotTraceable(name)
        kinds = arrays.loop_dtypes(ufunc, inputs, given)
        reals = [numpy.asarray(plain(x), k) for x, k in zip(inputs, kinds, strict=False)]
        value = ufunc(*reals)
        ins = tuple(self.read(x, k) for x, k in zip(inputs, kinds, strict=False))
        if not outs:
            return self.made(name, ins, value)
        target: Traced = outs[0]
        value = numpy.asarray(value)
        computed = self.emit(name, ins, Var(value.shape, value.dtype, arrays.dense_like(value)))
        if value.shape != target.shape:
            computed = self.read(arrays.expanded(self.fresh(value, computed), target.shape))
        self.write(target, computed)
        target.value[...] = value
        return target

    def function(self, function: Callable[..., Any], args: Any, options: dict[str, Any]) -> Any:
        """A function of NumPy's that is no ufunc."""
        known = arrays.FUNCTIONS.get(function)
        if known is None:
            raise NotTraceable(function.__name__)
        return known(self, *args, **options)

    def method(self, name: str) -> Callable[..., Any] | None:
        """What records a method of an array; None for one that cannot be recorded."""
        known = arrays.METHODS.get(name)
        return None if known is None else lambda *args, **options: known(self, *args, **options)

    def getitem(self, x: Traced, index: Any) -> Any:
        """x[index]: a view, if the index is made of integers, slices, None and dots."""
        if arrays.is_basic(index):
            return self.view_of(x, x.value[index])
        self.leave("indexes a tensor's array by another")
        return x.value[plain(index)]

    def setitem(self, x: Traced, index: Any, new: Any) -> None:
        """x[index] = new."""
        if not arrays.is_basic(index):
            self.leave("writes through an index that is an array")
            x.value[plain(index)] = plain(new)
            return
        part = x.value[index]
        if not isinstance(part, ndarray):  # one element
            part = x.value[(*index, ...) if isinstance(index, tuple) else (index, ...)]
        arrays.assign(self, self.view_of(x, part), new)

    def view_of(self, x: Traced, value: Any) -> Traced:
        """An array on the memory of another."""
        if not isinstance(value, ndarray):
            return self.made("copy", (self.read(x),), value)
        return Traced(self, x.storage, value)

    # Primitives

    def primitive(self, op: type[Primitive], inputs: Any, params: dict[str, Any]) -> Any:
        """A primitive: its kernel recorded if that can be, else one call of it."""
        if self._inside:
            return op.kernel(numpy, *inputs, **params)
        if op.kind == "view" and isinstance(inputs[0], Traced):
            return self._views(op, inputs[0], params)
        start, self._inside = len(self.eqns), [op.__name__]
        try:
            return op.kernel(numpy, *inputs, **params)
        except Exception as reason:  # a formula that traced arrays do not fit; or it raises again
            del self.eqns[start:]
            self._seen = {k: v for k, v in self._seen.items() if v[0] <= start}
            return self._opaque(op, inputs, params, str(reason))
        finally:
            self._inside = []

    def _views(self, op: type[Primitive], x: Traced, params: dict[str, Any]) -> Any:
        """The views that a primitive makes; or, where memory does not allow for one, of a copy."""
        found = op.on_cpu(x.value, **plain(params))
        for value in found if op.several else (found,):
            if value.dtype != x.dtype:
                self.refuse(f"uses {op.__name__}, which reads memory as another type")
                return found
            if value.size and not numpy.may_share_memory(value, x.value):
                x = arrays.copy(self, x, "C")
                found = op.on_cpu(x.value, **plain(params))
                break
        if op.several:
            return tuple(self.view_of(x, value) for value in found)
        return self.view_of(x, found)

    def _opaque(self, op: type[Primitive], inputs: Any, params: dict[str, Any], reason: str) -> Any:
        """The kernel as it is, called by the compiled program on real arrays."""
        reals = plain(list(inputs))
        found = op.on_cpu(*reals, **plain(params))
        values = [numpy.asarray(v) for v in (found if op.several else (found,))]
        shared = any(
            isinstance(x, ndarray) and numpy.may_share_memory(x, v) for x in reals for v in values
        )
        if shared or any(isinstance(p, Traced) for p in params.values()):
            self._inside = []
            self.refuse(f"uses {op.__name__}, which cannot be compiled here")
            return found
        places = [i for i, x in enumerate(inputs) if isinstance(x, (Traced, ndarray))]
        ins = tuple(self.read(inputs[i]) for i in places)
        outs = tuple(Var(v.shape, v.dtype, arrays.dense_like(v)) for v in values)
        values = [arrays.compact(v) for v in values]
        run = arrays.Opaque(op, tuple(None if i in places else x for i, x in enumerate(reals)),
                            tuple(places), params)  # fmt: skip
        self.emit("call", ins, *outs, fn=run, label=op.__name__, why=reason, pure=True)
        results = [self.fresh(v, var) for v, var in zip(values, outs, strict=True)]
        return tuple(results) if op.several else results[0]

    def draw(self, sampler: Callable[..., Any], generator: Any, args: Any, options: Any) -> Any:
        """Random numbers: drawn anew, in the same order, at each call of the compiled program."""
        places = [i for i, x in enumerate(args) if isinstance(x, (Traced, Scalar))]
        modes.recorder = None  # its own draws are part of this one
        try:
            value = sampler(generator, *plain(tuple(args)), **plain(options))
        finally:
            modes.recorder = self
        if not self.live:
            return value
        run = arrays.Draw(sampler, generator, plain(tuple(args)), tuple(places), options)
        ins = tuple(self.read(args[i]) for i in places)
        return self.made("draw", ins, value, fn=run, label=sampler.__name__)

    def differentiates(self, ends: Any, gs: Any) -> Any:
        """Gradients go down a graph, one that the run has made itself: as traced arrays."""
        if any(node.seq > self._first for node in nodes_behind(ends)):  # they count down
            self.refuse("differentiates what was computed before the call")
        if not self.live:
            return gs
        constants = [self._constant(g) if type(g) is ndarray else None for g in gs]
        return [g if c is None else c.root for g, c in zip(gs, constants, strict=True)]

    # Numbers and branches

    def number(self, op: str, operands: tuple[Any, Any], value: float) -> Scalar:
        """Arithmetic of traced Python floats."""
        ins = tuple(self.read(x, _FLOAT) for x in operands)
        return Scalar(self, value, self.emit(op, ins, Var((), _FLOAT)))

    def as_array(self, scalar: Scalar, kind: numpy.dtype[Any]) -> Any:
        """A traced number as a 0-d array."""
        value = numpy.array(scalar.value, kind)
        return self.fresh(value, self.read(scalar, kind))

    def item(self, x: Traced) -> Any:
        """The number in an array of one element."""
        if x.dtype.kind != "f" or self._inside:
            self.leave("takes a number out of a tensor (.item())")
            return x.value.item()
        var = self.read(x.reshape(()), _FLOAT)
        return Scalar(self, x.value.item(), var)

    def branch(self, x: Traced) -> None:
        """`if x`: a check inside of the library; otherwise the function cannot be traced."""
        if x.size != 1:
            return  # NumPy's own error follows
        if not self._inside and sys._getframe(2).f_code.co_name == "__bool__":  # of a tensor
            self.refuse("branches on the value of a tensor")
            return
        var = self.read(x.reshape(()), numpy.dtype(bool))
        if var.value is None:
            self.emit("check", (var,), expected=bool(x.value))

    def decision(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """The answer of a function of the library that looks at values: it must stay the same."""
        answer = function(*plain(args))
        places = [i for i, x in enumerate(args) if isinstance(x, Traced)]
        if self.live and places:
            ask = arrays.Asked(function, args, tuple(places))
            ins = tuple(self.read(args[i]) for i in places)
            self.emit("check", ins, fn=ask, expected=answer, label=function.__name__)
        return answer

    # Tensors

    def bound(self, tensor: Any, data: Any) -> None:
        """A tensor was given other data, or was made."""
        if id(tensor) not in self.externals:
            self.born[id(tensor)] = tensor

    def grad_bound(self, tensor: Any) -> None:
        """A tensor's `.grad` was replaced."""
        self.grads_set[id(tensor)] = tensor

    def grad_read(self, tensor: Any) -> None:
        """A tensor's `.grad` is read."""
        if id(tensor) not in self.grads_set and id(tensor) not in self.born:
            self.grads_read.add(id(tensor))
