"""Kinds of Python values as guards see them, how two are compared, and how they are described.

Knows nothing of how a value is reached.
"""

from __future__ import annotations

import array
import functools
import operator
import os
import random
import sys
import sysconfig
import types
from collections import deque
from enum import Enum
from pathlib import Path
from typing import Any

import numpy

from ..core.device import device
from ..core.dtype import dtype
from ..core.generator import Generator
from ..core.size import Size
from ..core.tensor import TensorBase

PACKAGE = __name__.partition(".")[0]
_SCHEMES = ("stdlib", "platstdlib", "purelib", "platlib")
_FOLDERS = (
    *{sysconfig.get_path(name) + os.sep for name in _SCHEMES},
    str(Path(__file__).resolve().parents[1]) + os.sep,
    "<frozen",
)
_NUMBERS = (bool, int, float, complex)
_SINGLE = (type(None), type(...), type(NotImplemented))
_SIMPLE = frozenset((*_NUMBERS, str, bytes, slice, range, dtype, device, Size, *_SINGLE))
_RANDOM = (random.Random, numpy.random.Generator, numpy.random.RandomState)
_KNOWN = (
    types.CodeType,
    types.BuiltinFunctionType,
    types.GetSetDescriptorType,
    Generator,  # what it draws is recorded
)
_COMPILER = __name__.rpartition(".")[0] + "."
_NONE: dict[str, Any] = {}
_VIEWS = (type(_NONE.keys()), type(_NONE.values()), type(_NONE.items()), types.MappingProxyType)
_BYTES = (numpy.ndarray, bytearray, array.array)
CARRIERS: dict[type, tuple[str, ...]] = {
    types.MethodType: ("__func__", "__self__"),
    functools.partial: ("func", "args", "keywords"),
    functools.partialmethod: ("func", "args", "keywords"),
    functools.cached_property: ("func",),
    functools._lru_cache_wrapper: ("__wrapped__",),
    property: ("fget", "fset", "fdel"),
    classmethod: ("__func__",),
    staticmethod: ("__func__",),
}
"""Values that hold others, and cannot be made to hold different ones: by which attributes."""


# Who wrote it


def is_library_file(name: str) -> bool:
    """Whether a source file belongs to Python, to an installed package, or to this one."""
    ours = name.startswith(_FOLDERS) or name.startswith("<compiled ")
    return ours or "site-packages" in name or "dist-packages" in name


def is_library_code(code: types.CodeType) -> bool:
    """Whether code was not written by the user; namedtuples are made by code of their own."""
    return is_library_file(code.co_filename) or code.co_names == ("_tuple_new",)


@functools.cache
def _author(module: str) -> str:
    top = module.partition(".")[0]
    if top in (PACKAGE, "torch"):
        return "own"
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None:
        return "foreign" if top in sys.stdlib_module_names else "user"
    return "foreign" if is_library_file(file) else "user"


def author(of: Any) -> str:
    """Who wrote a class or a function: the "user", this package ("own"), or others ("foreign").

    >>> author(dict), author(TensorBase)
    ('foreign', 'own')
    """
    module = of.__module__
    return _author(module) if isinstance(module, str) else "user"


def is_library_module(module: types.ModuleType) -> bool:
    """Whether a module was not written by the user."""
    return _author(module.__name__) != "user"


# Kinds


def kind_of(value: Any) -> str:
    """How a value is walked and guarded.

    atom: immutable, compared by value; tensor, function, class, module, cell, list, dict, set,
    tuple: by what they hold; carrier: see `CARRIERS`; bytes: an array; random: a generator of
    random numbers; opaque: an iterator or a view, whose state cannot be seen; known: identity is
    all there is to it; object: anything with attributes.

    >>> kind_of((1, "a")), kind_of([1]), kind_of(iter([1]))
    ('atom', 'list', 'opaque')
    """
    cls = type(value)
    if cls in _SIMPLE or isinstance(value, (Enum, numpy.generic, numpy.dtype)):
        return "atom"
    if isinstance(value, (tuple, frozenset)):
        still = not hasattr(value, "__dict__") and all(kind_of(each) == "atom" for each in value)
        return "atom" if still else "tuple" if isinstance(value, tuple) else "set"
    for base, kind in _BY_CLASS:
        if isinstance(value, base):
            return kind
    if isinstance(getattr(cls, "__next__", None), types.WrapperDescriptorType):
        return "opaque"
    if cls.__module__.startswith(_COMPILER):
        return "known"
    plain = cls.__module__ in ("builtins", "weakref", "_thread")
    return "known" if plain and not hasattr(value, "__dict__") else "object"


_BY_CLASS: tuple[tuple[Any, str], ...] = (
    (TensorBase, "tensor"),
    (types.FunctionType, "function"),
    (tuple(CARRIERS), "carrier"),
    (type, "class"),
    (types.ModuleType, "module"),
    (types.CellType, "cell"),
    (dict, "dict"),
    ((list, deque), "list"),
    (set, "set"),
    (_BYTES, "bytes"),
    (_RANDOM, "random"),
    (_KNOWN, "known"),
    ((*_VIEWS, memoryview), "opaque"),
)


def attributes_of(value: Any) -> dict[str, Any] | None:
    """The `__dict__` of an instance, None if it has none."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except (AttributeError, TypeError):
        return None
    return found if type(found) is dict else None


def overrides(value: Any) -> bool:
    """Whether a container has methods, written in Python, in place of the built-in ones."""
    names = ("__getitem__", "__iter__", "__len__", "keys", "values")
    return any(isinstance(getattr(type(value), n, None), types.FunctionType) for n in names)


def array_of(tensor: Any) -> Any:
    """The array of a tensor, None as long as its shape is not known."""
    try:
        return tensor._data
    except ValueError:
        return None


def random_state(source: Any = None) -> Any:
    """The state of a generator of random numbers; of Python's and NumPy's own by default."""
    if source is None:
        own: Any = numpy.random.mtrand
        return hash(random.getstate()), random_state(own._rand)
    if isinstance(source, random.Random):
        return hash(source.getstate())
    if isinstance(source, numpy.random.Generator):
        return repr(source.bit_generator.state)
    state = source.get_state(legacy=False)
    words = state["state"].get("key")
    return repr(state), None if words is None else words.tobytes()


# Comparing


def same(a: Any, b: Any) -> bool:
    """Whether two atoms are the same: of one type and equal; NaN is itself, 0.0 is not -0.0.

    >>> same(1, True), same(float("nan"), float("nan")), same(("a", 1), ("a", 1.0))
    (False, True, False)
    """
    if a is b:
        return True
    cls = type(a)
    if cls is not type(b):
        return False
    if cls in (float, complex):
        return repr(a) == repr(b)
    if cls is slice:
        return same_items((a.start, a.stop, a.step), (b.start, b.stop, b.step))
    if isinstance(a, tuple):
        return same_items(a, b)
    if isinstance(a, (set, frozenset)):
        return a == b and same_items(*(sorted(map(_typed, each)) for each in (a, b)))
    if isinstance(a, numpy.generic):
        return bool(a.dtype == b.dtype) and a.tobytes() == b.tobytes()
    return (cls in _SIMPLE or isinstance(a, numpy.dtype)) and bool(a == b)


def _typed(value: Any) -> tuple[str, str]:
    return type(value).__qualname__, repr(value)


def same_items(a: Any, b: Any) -> bool:
    """Whether two sequences have the same items, in order: identical, or the same atoms."""
    if len(a) != len(b):
        return False
    return all(map(operator.is_, a, b)) or all(map(same, a, b))


def same_bytes(a: Any, b: Any) -> bool:
    """Whether two arrays have the same type, shape and bytes."""
    if type(a) is not type(b):
        return False
    if isinstance(a, numpy.ndarray):
        like = a.shape == b.shape and a.dtype == b.dtype
        return like and a.tobytes() == b.tobytes()
    return len(a) == len(b) and bytes(a) == bytes(b)


def same_ids(members: Any, ids: frozenset[int]) -> bool:
    """Whether a set has these members."""
    return len(members) == len(ids) and ids.issuperset(map(id, members))


def vacant(slot: Any, owner: Any) -> bool:
    """Whether a slot of an object, or a cell, is empty."""
    try:
        slot.__get__(owner)
    except (AttributeError, ValueError):
        return True
    return False


# Describing


def short(value: Any) -> str:
    """A value in few words: itself if it is an atom, else "a Linear".

    >>> short(3), short([3]), short(len)
    ('3', 'a list', 'len')
    """
    kind = kind_of(value)
    if kind in ("function", "class") or isinstance(value, types.BuiltinFunctionType):
        return str(value.__qualname__)
    if kind == "atom":
        text = repr(value)
        return text if len(text) <= 40 else f"{text[:37]}..."
    return article(value)


def article(value: Any) -> str:
    """The type of a value with its article: "an int"."""
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
