"""What operations on matrices share: PyTorch's refusals, and the error for singular matrices."""

from __future__ import annotations

from typing import Any

import numpy

from ..backend import move
from ..core import dtype as dtypes
from ..core.primitive import Primitive
from ..core.tensor import unwrap
from ..errors import LinAlgError, hint
from .kinds import broadcast_error
from .shape import expand


class MatrixOp(Primitive):
    """Operations on stacks of matrices, whose kernels say themselves what is wrong."""

    @classmethod
    def explain(
        cls, error: Exception, arrays: tuple[Any, ...], params: dict[str, Any]
    ) -> Exception:
        """The kernel's own error; another one with a note."""
        return error if isinstance(error, RuntimeError) else super().explain(error, arrays, params)


def check_matrices(function: str, a: Any, name: str = "A") -> None:
    """Refuse what is not a stack of matrices."""
    if a.ndim < 2:
        raise RuntimeError(f"{function}: The input tensor {name} must have at least 2 dimensions.")


def check_square(function: str, a: Any, name: str = "A") -> None:
    """Refuse what is not a stack of square matrices."""
    check_matrices(function, a, name)
    rows, cols = a.shape[-2:]
    if rows != cols:
        raise RuntimeError(
            hint(
                f"{function}: {name} must be batches of square matrices, "
                f"but they are {rows} by {cols} matrices",
                "linalg.lstsq and linalg.pinv take any matrices",
            )
        )


def check_float(function: str, a: Any, kernel: str | None = None, any_float: bool = True) -> None:
    """Refuse integers, and half precision: with the name of PyTorch's kernel, in its words."""
    kind = dtypes.of_array(a)
    if kind.category <= dtypes.INTEGER and any_float:
        raise RuntimeError(
            hint(
                f"{function}: Expected a floating point or complex tensor as input. "
                f"Got {kind.short}",
                "convert it first, as in x.float()",
            )
        )
    if kind.itemsize == 2 or kind.category <= dtypes.INTEGER:
        if kernel is not None:
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{kind.short}'")
        raise RuntimeError(f"{function}: Low precision dtypes not supported. Got {kind.short}")


def check_same(function: str, a: Any, b: Any, names: tuple[str, str] = ("A", "B")) -> None:
    """Refuse two dtypes."""
    if a.dtype is not b.dtype:
        one, two = dtypes.of_array(a).short, dtypes.of_array(b).short
        raise RuntimeError(
            f"{function}: Expected {names[0]} and {names[1]} to have the same dtype, but found "
            f"{names[0]} of type {one} and {names[1]} of type {two} instead"
        )


def check_fit(function: str, a: Any, b: Any, left: bool = True) -> None:
    """Refuse right-hand sides with another number of rows (columns, if not left) than a."""
    if a.shape[-2] != b.shape[-2 if left else -1]:
        sizes = [f"{x.shape[-2]}x{x.shape[-1]}" for x in (a, b)]
        raise RuntimeError(
            f"{function}: Incompatible shapes of A and B for the equation "
            f"{'AX = B' if left else 'XA = B'} ({sizes[0]} and {sizes[1]})"
        )


def first_failure(info: Any) -> tuple[str, int] | None:
    """Where LAPACK failed first: "(Batch element 1): " and its number; None if nowhere."""
    flat = numpy.asarray(move(info, "cpu", None)).reshape(-1)
    if not flat.any():
        return None
    element = int(flat.nonzero()[0][0])
    return f"(Batch element {element}): " if numpy.ndim(info) else "", int(flat[element])


def singular(function: str, info: Any) -> LinAlgError | None:
    """PyTorch's error for a matrix that has no inverse; None if all have one."""
    failure = first_failure(info)
    if failure is None:
        return None
    return LinAlgError(
        hint(
            f"{function}: {failure[0]}The diagonal element {failure[1]} is zero, the inversion "
            "could not be completed because the input matrix is singular.",
            "linalg.pinv gives a pseudo-inverse, linalg.lstsq a least squares solution",
        )
    )


def together(x: Any, y: Any, ranks: tuple[int, int] = (2, 2)) -> tuple[Any, Any]:
    """Two stacks with their leading axes broadcast."""
    a, b = unwrap(x).shape, unwrap(y).shape
    cut_a, cut_b = len(a) - ranks[0], len(b) - ranks[1]
    if a[:cut_a] == b[:cut_b]:
        return x, y
    error = broadcast_error(a[:cut_a], b[:cut_b])
    if error is not None:
        raise error
    lead = numpy.broadcast_shapes(a[:cut_a], b[:cut_b])
    return expand(x, (*lead, *a[cut_a:])), expand(y, (*lead, *b[cut_b:]))


def columns(x: Any) -> Any:
    """The numbers as a stack of 1 x 1 matrices, to scale matrices with."""
    return x[..., None, None]


def identity(x: Any, size: int | None = None) -> Any:
    """The identity matrix for the rows of x, in its dtype: a raw array."""
    return numpy.eye(unwrap(x).shape[-2] if size is None else size, dtype=unwrap(x).dtype)
