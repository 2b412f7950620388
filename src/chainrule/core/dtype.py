"""`torch.dtype` objects, the NumPy dtypes they stand for, and PyTorch's promotion rules.

NumPy's promotion is never used where it differs: integers meet floats at the float's own width,
and Python numbers and zero-dimensional tensors are weak.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy

from ..errors import missing_extra

BOOL, INTEGER, FLOATING, COMPLEX = range(4)


class dtype:
    """The type of a tensor's elements.

    >>> float32, float32.itemsize, float32.is_floating_point
    (torch.float32, 4, True)
    """

    __slots__ = ("_numpy", "bits", "category", "name", "short")

    def __init__(self, name: str, short: str, category: int, bits: int) -> None:
        self.name = name
        self.short = short  # the legacy tensor type: torch.<short>Tensor
        self.category = category
        self.bits = bits
        self._numpy: numpy.dtype[Any] | None = None

    @property
    def numpy(self) -> numpy.dtype[Any]:
        """The NumPy dtype of the arrays that hold this type."""
        if self._numpy is None:
            self._numpy = (
                _bfloat16_of_numpy() if self.name == "bfloat16" else numpy.dtype(self.name)
            )
            OF_NUMPY[self._numpy] = self
        return self._numpy

    @property
    def is_floating_point(self) -> bool:
        """Whether this is a real floating type."""
        return self.category == FLOATING

    @property
    def is_complex(self) -> bool:
        """Whether this is a complex type."""
        return self.category == COMPLEX

    @property
    def is_signed(self) -> bool:
        """Whether this type has negative values."""
        return self.category > BOOL and not self.name.startswith("uint")

    @property
    def itemsize(self) -> int:
        """Bytes an element."""
        return self.bits // 8

    def to_real(self) -> dtype:
        """The real type of a complex type's parts; itself if it is real."""
        return _REAL.get(self, self)

    def to_complex(self) -> dtype:
        """The complex type with parts of this type."""
        return _COMPLEX.get(self, self)

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _named, (self.name,)


def _named(name: str) -> dtype:
    return BY_NAME[name]


def _bfloat16_of_numpy() -> numpy.dtype[Any]:
    try:
        import ml_dtypes
    except ImportError:
        raise missing_extra("ml_dtypes", "bf16", "torch.bfloat16") from None
    own: numpy.dtype[Any] = numpy.dtype(ml_dtypes.bfloat16)
    return own


bool_ = dtype("bool", "Bool", BOOL, 8)
uint8 = dtype("uint8", "Byte", INTEGER, 8)
int8 = dtype("int8", "Char", INTEGER, 8)
int16 = dtype("int16", "Short", INTEGER, 16)
int32 = dtype("int32", "Int", INTEGER, 32)
int64 = dtype("int64", "Long", INTEGER, 64)
uint16 = dtype("uint16", "UInt16", INTEGER, 16)
uint32 = dtype("uint32", "UInt32", INTEGER, 32)
uint64 = dtype("uint64", "UInt64", INTEGER, 64)
float16 = dtype("float16", "Half", FLOATING, 16)
bfloat16 = dtype("bfloat16", "BFloat16", FLOATING, 16)
float32 = dtype("float32", "Float", FLOATING, 32)
float64 = dtype("float64", "Double", FLOATING, 64)
complex64 = dtype("complex64", "ComplexFloat", COMPLEX, 64)
complex128 = dtype("complex128", "ComplexDouble", COMPLEX, 128)

ALL = (
    *(bool_, uint8, int8, int16, int32, int64, uint16, uint32, uint64),
    *(float16, bfloat16, float32, float64, complex64, complex128),
)
OF_NUMPY: dict[Any, dtype] = {}
for _each in ALL:
    if _each is not bfloat16:
        OF_NUMPY[_each.numpy] = _each
BY_NAME = {each.name: each for each in ALL}
ALIASES = {
    "float": float32,
    "double": float64,
    "half": float16,
    "long": int64,
    "int": int32,
    "short": int16,
    "cfloat": complex64,
    "cdouble": complex128,
}
_REAL = {complex64: float32, complex128: float64}
_COMPLEX = {float16: complex64, bfloat16: complex64, float32: complex64, float64: complex128}

_default = float32


def get_default_dtype() -> dtype:
    """The type of floating tensors made from Python numbers."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Set the type of floating tensors made from Python numbers."""
    global _default
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise TypeError(
            "only floating-point types are supported as the default type, "
            f"but got {d if isinstance(d, dtype) else type(d).__name__}"
        )
    _default = d


def of_array(array: Any) -> dtype:
    """The type of an array's elements."""
    found = OF_NUMPY.get(array.dtype)
    return found if found is not None else from_numpy_dtype(array.dtype)


def from_numpy_dtype(given: Any) -> dtype:
    """The type that a NumPy dtype (in any byte order) stands for; TypeError if there is none."""
    given = numpy.dtype(given)
    if given.name == "bfloat16":
        bfloat16.numpy  # noqa: B018  (registers the pair)
        return bfloat16
    found = BY_NAME.get(given.name)
    if found is None:
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{given.type.__name__}. The only supported "
            "types are: float64, float32, float16, complex64, complex128, int64, int32, int16, "
            "int8, uint64, uint32, uint16, uint8, and bool."
        )
    return found


def canonical(array: Any) -> Any:
    """The array with the one dtype object that stands for its type, as `is` compares them.

    Arrays that were unpickled carry dtype objects of their own.
    """
    own = from_numpy_dtype(array.dtype).numpy
    return array if array.dtype is own else array.view(own)


def as_dtype(given: Any) -> dtype:
    """The type an argument `dtype=` names: a dtype, a NumPy dtype, or Python's number types."""
    if isinstance(given, dtype):
        return given
    if given is float:
        return float64
    if given is int:
        return int64
    if given is bool:
        return bool_
    if given is complex:
        return complex128
    raise TypeError(f"dtype must be torch.dtype, not {type(given).__name__}")


def of_number(value: Any) -> dtype:
    """The weak type of a Python number."""
    if isinstance(value, bool):
        return bool_
    if isinstance(value, int):
        return int64
    return _default if isinstance(value, float) else _default.to_complex()


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest type that holds both.

    >>> promote_types(int64, float16)
    torch.float16
    """
    if type1 is type2:
        return type1
    a, b = sorted((type1, type2), key=lambda t: (t.category, t.bits))
    if (a in _BARE and b.category != FLOATING) or b in _BARE:
        raise RuntimeError(
            "Promotion for uint16, uint32, uint64 types is not supported, "
            f"attempted to promote {type1.short} and {type2.short}"
        )
    if a.category == BOOL:
        return b
    if a.category < b.category:
        return complex128 if b.category == COMPLEX and a is float64 else b
    if {a, b} == {float16, bfloat16}:
        return float32
    return int16 if (a, b) in ((uint8, int8), (int8, uint8)) else b


_BARE = frozenset({uint16, uint32, uint64})
"""Integers that meet only themselves and floats."""


def combine(strong: dtype | None, weak: dtype | None) -> dtype | None:
    """The type of operands of two ranks: the weak one counts only by a higher category."""
    if strong is None or weak is None:
        return strong if weak is None else weak
    if strong.category == COMPLEX:
        return strong
    if strong.category == FLOATING:
        return strong.to_complex() if weak.category == COMPLEX else strong
    if strong.category == BOOL:
        return promote_types(strong, weak)
    return weak if weak.category >= FLOATING else strong


def result_of(arrays: Iterable[Any], numbers: Iterable[Any] = ()) -> dtype:
    """The type in which operands meet: arrays, then zero-dimensional arrays, then numbers."""
    ranks: list[dtype | None] = [None, None, None]
    for array in arrays:
        rank = 0 if array.ndim else 1
        ranks[rank] = _join(ranks[rank], of_array(array))
    for number in numbers:
        ranks[2] = _join(ranks[2], of_number(number))
    found = combine(ranks[0], combine(ranks[1], ranks[2]))
    assert found is not None, "no operands"
    return found


def _join(a: dtype | None, b: dtype) -> dtype:
    return b if a is None else promote_types(a, b)


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether an in-place operation may store `from_` in a tensor of type `to`.

    >>> can_cast(float64, int32), can_cast(int64, int8)
    (False, True)
    """
    if from_.category == COMPLEX:
        return to.category == COMPLEX
    if from_.category == FLOATING:
        return to.category >= FLOATING
    return not (from_.category != BOOL and to.category == BOOL)


class finfo:
    """Limits of a floating type: `eps`, `max`, `min`, `tiny`, `smallest_normal`, `resolution`."""

    def __init__(self, type: dtype | None = None) -> None:
        type = get_default_dtype() if type is None else type
        if type.category < FLOATING:
            raise TypeError(
                "torch.finfo() requires a floating point input type. "
                "Use torch.iinfo to handle 'torch.finfo'"
            )
        self._type = type.to_real()
        if self._type is bfloat16:
            import ml_dtypes

            describe: Any = ml_dtypes.finfo
            limits = describe(self._type.numpy)
        else:
            limits = numpy.finfo(self._type.numpy)
        self.bits = self._type.bits
        self.eps, self.max, self.min = float(limits.eps), float(limits.max), float(limits.min)
        self.tiny = self.smallest_normal = float(limits.smallest_normal)
        self.resolution = float(limits.resolution)
        self.dtype = self._type.name

    def __repr__(self) -> str:
        fields = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        text = ", ".join(f"{name}={getattr(self, name):g}" for name in fields)
        return f"finfo({text}, dtype={self.dtype})"


class iinfo:
    """Limits of an integer type: `bits`, `min`, `max`."""

    def __init__(self, type: dtype) -> None:
        if type.category > INTEGER:
            raise TypeError(
                "torch.iinfo() requires an integer input type. "
                "Use torch.finfo to handle 'torch.iinfo'"
            )
        limits = numpy.iinfo("uint8" if type is bool_ else type.name)
        self.bits, self.min, self.max = type.bits, int(limits.min), int(limits.max)
        self.dtype = type.name

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"
