"""What a function sees while it is traced: arrays and numbers that remember what is done to them.

A `Traced` holds the real array, so that the traced run is a real run. NumPy hands it every function
that it takes part in; the recorder writes these down. Once the recorder has stopped, it is just a
stand-in for the array.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy
from numpy.lib.mixins import NDArrayOperatorsMixin

from ..typing import Array
from .graph import Var

if TYPE_CHECKING:
    from .recorder import Recorder


class NotTraceable(Exception):
    """A kernel did something with an array that has no place in a graph."""


_IN_PYTHON = "reads the values of a tensor in Python (print, .numpy() ...)"


class Storage:
    """The memory that traced arrays share, and the value that it holds at this point of the run."""

    __slots__ = ("memory", "root", "var")

    def __init__(self, memory: Array, var: Var) -> None:
        self.memory = memory
        self.var = var
        self.root: Any = None


class Traced(NDArrayOperatorsMixin):
    """An array under the recorder's eyes."""

    __slots__ = ("__weakref__", "recorder", "storage", "value")

    def __init__(self, recorder: Recorder, storage: Storage, value: Array) -> None:
        self.recorder = recorder
        self.storage = storage
        self.value = value
        if storage.root is None:
            storage.root = self

    # What is known without looking at the elements

    shape = property(lambda self: self.value.shape)
    dtype = property(lambda self: self.value.dtype)
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)
    itemsize = property(lambda self: self.value.itemsize)
    nbytes = property(lambda self: self.value.nbytes)
    strides = property(lambda self: self.value.strides)
    flags = property(lambda self: self.value.flags)

    @property
    def base(self) -> Any:
        """The array whose memory this is a view of."""
        return None if self.storage.root is self else self.storage.root

    def __len__(self) -> int:
        return len(self.value)

    def __repr__(self) -> str:
        return f"Traced({self.value!r})"

    # What is done with the elements

    def __array_ufunc__(
        self, ufunc: numpy.ufunc, method: str, *inputs: Any, out: Any = (), **options: Any
    ) -> Any:
        outs = out if isinstance(out, tuple) else (out,)

        def plainly() -> Any:
            given = {**plain(options), "out": tuple(map(plain, outs))} if outs else plain(options)
            found = getattr(ufunc, method)(*map(plain, inputs), **given)
            return outs[0] if outs else found

        return self.recorder.attempt(
            lambda recorder: recorder.ufunc(ufunc, method, inputs, outs, dict(options)), plainly
        )

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, options: Any
    ) -> Any:
        return self.recorder.attempt(
            lambda recorder: recorder.function(function, args, options),
            lambda: function(*plain(args), **plain(options)),
        )

    def run_primitive(self, op: Any, arrays: Any, params: dict[str, Any]) -> Any:
        """Run a primitive of which this is one of the inputs."""
        recorder = self.recorder
        if recorder.live:
            return recorder.primitive(op, arrays, params)
        arrays = plain(arrays)
        return op.on_cpu(*arrays, **params)

    def __getattr__(self, name: str) -> Any:
        """Methods that the recorder knows; reading anything else ends the recording."""
        recorder = self.recorder
        if recorder.live:
            if name == "__array_interface__":
                return self._left(_IN_PYTHON).__array_interface__
            if name.startswith("__"):
                raise AttributeError(name)  # NumPy asks for protocols that this does not have
            method = recorder.method(name)
            if method is not None:
                return lambda *args, **options: method(self, *args, **options)
            recorder.leave(f"reads .{name} of a tensor's array")
        return getattr(self.value, name)

    T = property(lambda self: self.transpose())

    def __getitem__(self, index: Any) -> Any:
        return self.recorder.attempt(
            lambda recorder: recorder.getitem(self, index), lambda: self.value[plain(index)]
        )

    def __setitem__(self, index: Any, new: Any) -> None:
        self.recorder.attempt(
            lambda recorder: recorder.setitem(self, index, new),
            lambda: self.value.__setitem__(plain(index), plain(new)),
        )

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    # Where values leave the graph

    def __bool__(self) -> bool:
        if self.recorder.live:
            self.recorder.branch(self)
        return bool(self.value)

    def item(self, *index: Any) -> Any:
        """A number of Python's, still traced if it is a float."""
        if self.recorder.live and not index:
            return self.recorder.item(self)
        return self.value.item(*index)

    def _left(self, how: str) -> Array:
        if self.recorder.live:
            self.recorder.leave(how)
        return self.value

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        value = self._left(_IN_PYTHON)
        return value if dtype is None and not copy else numpy.array(value, dtype, copy=copy)

    def tolist(self) -> Any:
        """The elements as lists of Python numbers."""
        return self._left("reads the values of a tensor in Python (.tolist())").tolist()

    def __float__(self) -> float:
        return float(self._left("makes a Python number of a tensor"))

    def __int__(self) -> int:
        return int(self._left("makes a Python number of a tensor"))

    def __complex__(self) -> complex:
        return complex(self._left("makes a Python number of a tensor"))

    def __index__(self) -> int:
        return operator.index(self._left("uses a tensor's value as an index"))

    def __contains__(self, element: Any) -> bool:
        return element in self._left("looks for a value in a tensor")


class Scalar:
    """A Python float under the recorder's eyes: an argument, a setting, or `.item()` of a tensor.

    Arithmetic with numbers is recorded. Whatever asks for the number itself ends that: of an input
    the value is then part of what the program was traced for, anything else ends the recording.
    """

    __slots__ = ("recorder", "value", "var")

    def __init__(self, recorder: Recorder, value: float, var: Var) -> None:
        self.recorder = recorder
        self.value = value
        self.var = var
        recorder.scalars.append(self)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return float

    def constant(self, kind: numpy.dtype[Any]) -> Any:
        """The number as a 0-d array of a dtype."""
        if self.recorder.live:
            return self.recorder.as_array(self, kind)
        return numpy.array(self.value, kind)

    def __neg__(self) -> Any:
        return self * -1.0  # type: ignore[operator]

    def _known(self) -> float:
        if self.recorder.live:
            self.recorder.look(self)
        return self.value

    def __float__(self) -> float:
        return float(self._known())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._known(), name)

    def __repr__(self) -> str:
        return repr(self._known())

    def __format__(self, spec: str) -> str:
        return format(self._known(), spec)

    def __hash__(self) -> int:
        return hash(self._known())

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        for x in inputs:
            if isinstance(x, Traced):
                return x.__array_ufunc__(ufunc, method, *inputs, **options)
        kinds = {x.dtype for x in inputs if isinstance(x, (numpy.ndarray, numpy.generic))}
        if len(kinds) != 1:
            return getattr(ufunc, method)(*map(plain, inputs), **options)
        kind = kinds.pop()
        met = [x.constant(kind) if type(x) is Scalar else x for x in inputs]
        return getattr(ufunc, method)(*met, **options)


def _arithmetic(name: str, function: Callable[..., Any], reflected: bool) -> Any:
    def method(self: Scalar, other: Any) -> Any:
        if type(other) not in (int, float, bool, Scalar):
            return NotImplemented
        a, b = (other, self) if reflected else (self, other)
        value = function(plain(a), plain(b))
        if not self.recorder.live or type(value) is not float:
            self._known()
            return value
        return self.recorder.number(name, (a, b), value)

    return method


def _asked(function: Callable[..., Any]) -> Any:
    return lambda self, *other: function(self._known(), *map(plain, other))


_ARITHMETIC = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "pow": "power",
}  # fmt: skip
_ASKED: dict[str, Any] = {
    name: getattr(operator, name)
    for name in ("lt", "le", "gt", "ge", "eq", "ne", "abs", "floordiv", "mod")
}
_ASKED |= {"int": int, "bool": bool, "round": round, "divmod": divmod}
_ASKED |= {"trunc": math.trunc, "floor": math.floor, "ceil": math.ceil}
for _name, _ufunc in _ARITHMETIC.items():
    _function = getattr(operator, _name)
    setattr(Scalar, f"__{_name}__", _arithmetic(_ufunc, _function, False))
    setattr(Scalar, f"__r{_name}__", _arithmetic(_ufunc, _function, True))
for _name, _function in _ASKED.items():
    setattr(Scalar, f"__{_name}__", _asked(_function))


def plain(value: Any) -> Any:
    """The real array or number behind traced ones, also inside of lists, tuples and dicts."""
    if isinstance(value, Traced) or type(value) is Scalar:
        return value.value
    if type(value) in (list, tuple):
        return type(value)(plain(each) for each in value)
    if type(value) is dict:
        return {key: plain(each) for key, each in value.items()}
    return value
