"""Covariances and correlations of variables, of which each row has one."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from ..core import dtype as dtypes
from ..core.tensor import unwrap
from .complex import complex, imag, is_complex, real
from .conj import conj
from .convert import to_dtype
from .extremes import clamp
from .matmul import matmul
from .permute import transpose
from .reduce import mean, sum
from .roots import sqrt
from .shape import reshape, squeeze, unsqueeze
from .slicing import diagonal

if TYPE_CHECKING:
    from ..tensor import Tensor


def cov(
    input: Tensor,
    *,
    correction: int = 1,
    fweights: Tensor | None = None,
    aweights: Tensor | None = None,
) -> Tensor:
    """The covariances of the rows of a matrix, whose columns are the observations.

    `correction` is what is taken off their number, `fweights` how often each was made, `aweights`
    its importance.

    Shape: input (n, m), output (n, n); a vector is one variable, and its variance is returned.

    >>> cov(tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    a = unwrap(input)
    if a.ndim > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {a.ndim} "
            "dimensions"
        )
    if a.dtype.kind == "b":
        raise RuntimeError("cov(): bool dtype is not supported for input")
    rows: Any = input if a.ndim == 2 else reshape(input, (1, a.size))
    if dtypes.of_array(a).category <= dtypes.INTEGER:
        rows = to_dtype(rows, dtypes.get_default_dtype().numpy)
    weights = _weights(fweights, aweights, unwrap(rows).shape[1])
    if weights is None:
        count: Any = unwrap(rows).shape[1] - correction
        centred = weighed = rows - mean(rows, 1, keepdim=True)
        short = count <= 0
    else:
        total = sum(weights)
        lost = 1 if aweights is None else sum(weights * aweights) / total
        count = total - correction * lost
        centred = rows - unsqueeze(sum(rows * weights, 1) / total, 1)
        weighed = centred * weights
        short = unwrap(count) <= 0
    if short:
        warnings.warn(
            "cov(): degrees of freedom is <= 0. Correction should be strictly less than the "
            "number of observations.",
            UserWarning,
            stacklevel=2,
        )
        count = 0 if weights is None else clamp(count, min=0)
    product: Any = matmul(weighed, conj(transpose(centred, 0, 1)))
    return squeeze(product / count)


def _weights(fweights: Any, aweights: Any, observations: int) -> Any:
    """The product of both weights; None if none are given."""
    for name, given in (("fweights", fweights), ("aweights", aweights)):
        if given is None:
            continue
        w = unwrap(given)
        kind = dtypes.of_array(w)
        wanted = "integral" if name == "fweights" else "floating point"
        if w.ndim > 1:
            raise RuntimeError(
                f"cov(): expected {name} to have one or fewer dimensions but got {name} with "
                f"{w.ndim} dimensions"
            )
        if not (kind.category == dtypes.INTEGER if name == "fweights" else kind.is_floating_point):
            raise RuntimeError(
                f"cov(): expected {name} to have {wanted} dtype but got {name} with {kind.short} "
                "dtype"
            )
        if w.size != observations:
            raise RuntimeError(
                f"cov(): expected {name} to have the same numel as there are observations in the "
                f"input but got {w.size} != {observations}"
            )
        if w.size and w.min() < 0:
            raise RuntimeError(f"cov(): {name} cannot be negative")
    if fweights is None or aweights is None:
        return fweights if aweights is None else aweights
    return fweights * aweights


def corrcoef(input: Tensor) -> Tensor:
    """The correlations of the rows of a matrix, between -1 and 1; a row without variance gives NaN.

    Shape: input (n, m), output (n, n); of a vector, 1.

    >>> corrcoef(tensor([[0.0, 1.0, 2.0], [4.0, 2.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if unwrap(input).ndim > 2:
        raise RuntimeError(
            "corrcoef(): expected input to have two or fewer dimensions but got an input with "
            f"{unwrap(input).ndim} dimensions"
        )
    found: Any = cov(input)
    if not unwrap(found).ndim:
        return found / found
    spread: Any = sqrt(real(diagonal(found)))
    scaled = found / unsqueeze(spread, 1) / unsqueeze(spread, 0)
    if is_complex(scaled):
        return complex(clamp(real(scaled), -1, 1), clamp(imag(scaled), -1, 1))
    return clamp(scaled, -1, 1)
