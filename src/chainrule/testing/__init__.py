"""`torch.testing`: comparing tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy

from ..core import dtype as dtypes
from ..core.tensor import TensorBase, plain

TOLERANCES = {
    dtypes.float16: (1e-3, 1e-5),
    dtypes.bfloat16: (1.6e-2, 1e-5),
    dtypes.float32: (1.3e-6, 1e-5),
    dtypes.float64: (1e-7, 1e-7),
    dtypes.complex64: (1.3e-6, 1e-5),
    dtypes.complex128: (1e-7, 1e-7),
}
"""(rtol, atol) by dtype; of two dtypes the looser; exact for the others."""


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """AssertionError unless |actual - expected| <= atol + rtol * |expected| everywhere.

    Tensors, arrays, numbers, and sequences and mappings of them. Without tolerances those of the
    dtype count.

    >>> assert_close(tensor([1.0]), tensor([1.0 + 1e-7]))
    """
    if (rtol is None) != (atol is None):
        raise ValueError("rtol and atol must both be specified or both be unspecified")
    found = _difference(actual, expected, rtol, atol, equal_nan, check_dtype)
    if found is not None:
        raise AssertionError(msg(found) if callable(msg) else msg or found)


def _difference(
    actual: Any, expected: Any, rtol: Any, atol: Any, equal_nan: bool, check_dtype: bool
) -> str | None:
    """What differs, in words; None if nothing does."""
    again = (rtol, atol, equal_nan, check_dtype)
    if isinstance(expected, Mapping):
        if actual.keys() != expected.keys():
            return f"The keys do not match: {sorted(actual)} and {sorted(expected)}."
        pairs = [(actual[key], expected[key], key) for key in expected]
    elif isinstance(expected, Sequence) and not isinstance(expected, str):
        if len(actual) != len(expected):
            return f"The length of the sequences mismatch: {len(actual)} != {len(expected)}"
        pairs = [(a, e, i) for i, (a, e) in enumerate(zip(actual, expected, strict=True))]
    else:
        return _array_difference(actual, expected, *again)
    for a, e, where in pairs:
        found = _difference(a, e, *again)
        if found is not None:
            return f"{found}\nThe failure occurred for item [{where!r}]"
    return None


def _array_difference(
    actual: Any, expected: Any, rtol: Any, atol: Any, equal_nan: bool, check_dtype: bool
) -> str | None:
    tensors = isinstance(actual, TensorBase) and isinstance(expected, TensorBase)
    a, e = numpy.asarray(plain(actual)), numpy.asarray(plain(expected))
    if a.shape != e.shape:
        return f"The values for attribute 'shape' do not match: {a.shape} != {e.shape}."
    if tensors and check_dtype and a.dtype != e.dtype:
        one, other = dtypes.of_array(a), dtypes.of_array(e)
        return f"The values for attribute 'dtype' do not match: {one} != {other}."
    if rtol is None:
        both = [TOLERANCES.get(dtypes.of_array(x), (0.0, 0.0)) for x in (a, e)]
        rtol, atol = max(t[0] for t in both), max(t[1] for t in both)
    wide = numpy.complex128 if "c" in (a.dtype.kind, e.dtype.kind) else numpy.float64
    close = numpy.isclose(a.astype(wide), e.astype(wide), rtol, atol, equal_nan)
    if close.all():
        return None
    if not a.ndim:
        return (
            f"Scalars are not close!\n\nExpected {e.item()} but got {a.item()}.\n"
            f"Absolute difference: {abs(a - e)} (up to {atol} allowed)"
        )
    gap = numpy.abs(a.astype(wide) - e.astype(wide))
    worst = tuple(int(i) for i in numpy.unravel_index(int(gap.argmax()), gap.shape))
    share = 100 * (1 - close.mean())
    return (
        f"Tensor-likes are not close!\n\nMismatched elements: {int((~close).sum())} / {a.size} "
        f"({share:.1f}%)\nGreatest absolute difference: {gap[worst]} at index {worst} "
        f"(up to {atol} allowed)"
    )
