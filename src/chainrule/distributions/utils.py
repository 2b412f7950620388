"""What the distributions share: parameters of one shape, probabilities and logits, lazy values."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Number
from typing import TYPE_CHECKING, Any

import chainrule as torch

if TYPE_CHECKING:
    from ..tensor import Tensor

euler_constant = 0.57721566490153286060


class lazy_property:
    """A value of an object that is computed when it is first asked for, with gradients."""

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        self.wrapped = wrapped
        self.name = wrapped.__name__
        self.__doc__ = wrapped.__doc__

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        with torch.enable_grad():
            value = self.wrapped(instance)
        vars(instance)[self.name] = value
        return value


def broadcast_all(*values: Any) -> tuple[Any, ...]:
    """Numbers and tensors as tensors of one shape; numbers take the dtype of the first tensor.

    ValueError for anything else.

    >>> broadcast_all(1.0, torch.zeros(2))
    (tensor([1., 1.]), tensor([0., 0.]))
    """
    if not all(isinstance(value, (torch.Tensor, Number)) for value in values):
        raise ValueError(
            "Input arguments must all be instances of Number, torch.Tensor "
            "or objects implementing __torch_function__."
        )
    first = next((value for value in values if isinstance(value, torch.Tensor)), None)
    kind = torch.get_default_dtype() if first is None else first.dtype
    device = None if first is None else first.device
    tensors = [
        value if isinstance(value, torch.Tensor) else torch.tensor(value, dtype=kind, device=device)
        for value in values
    ]
    return tuple(torch.broadcast_tensors(*tensors))


def clamp_probs(probs: Tensor) -> Tensor:
    """Probabilities moved away from 0 and 1 by the precision of their dtype."""
    eps = torch.finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """Probabilities of log-odds, or of unnormalised log-probabilities along the last dimension.

    >>> logits_to_probs(torch.tensor([0.0, 0.0]))
    tensor([0.5000, 0.5000])
    """
    return torch.sigmoid(logits) if is_binary else torch.softmax(logits, -1)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """Log-odds of probabilities, or their logarithms; 0 and 1 are first moved by eps.

    >>> probs_to_logits(torch.tensor(0.5), is_binary=True)
    tensor(0.)
    """
    probs = clamp_probs(probs)
    return torch.log(probs) - torch.log1p(-probs) if is_binary else torch.log(probs)


class ProbsOrLogits:
    """What is given by probabilities or by logits, and has both."""

    _binary = True
    _by_probs: bool

    @lazy_property
    def logits(self) -> Tensor:
        """The log-odds, or the logarithms of several probabilities."""
        return probs_to_logits(self.probs, is_binary=self._binary)

    @lazy_property
    def probs(self) -> Tensor:
        """The probabilities."""
        return logits_to_probs(self.logits, is_binary=self._binary)

    @property
    def _param(self) -> Tensor:
        return self.probs if self._by_probs else self.logits

    @property
    def param_shape(self) -> Any:
        """The shape of the probabilities."""
        return self._param.size()

    def _set_odds(self, probs: Any, logits: Any, *others: Any) -> Any:
        """Keep what is given, broadcast with other parameters; returns these."""
        self._by_probs = exactly_one(probs, logits)
        given, *rest = broadcast_all(probs if self._by_probs else logits, *others)
        vars(self)["probs" if self._by_probs else "logits"] = given
        return rest


def exactly_one(probs: Any, logits: Any) -> bool:
    """Whether `probs` is given; ValueError unless either it or `logits` is."""
    if (probs is None) == (logits is None):
        raise ValueError("Either `probs` or `logits` must be specified, but not both.")
    return probs is not None


def sum_rightmost(value: Tensor, dims: int) -> Tensor:
    """The sum over the last `dims` dimensions."""
    return value.reshape((*value.shape[: value.dim() - dims], -1)).sum(-1) if dims else value


def standard_normal(shape: Any, like: Tensor) -> Tensor:
    """Standard normal numbers with the dtype and device of `like`."""
    return torch.normal(torch.zeros(tuple(shape), dtype=like.dtype, device=like.device), 1.0)


def vec_to_tril_matrix(vec: Tensor, diag: int = 0) -> Tensor:
    """The lower triangular matrix whose entries, row by row, are the last dimension of `vec`.

    >>> vec_to_tril_matrix(torch.tensor([1.0, 2.0, 3.0]))
    tensor([[1., 0.],
            [2., 3.]])
    """
    count = vec.shape[-1]
    odd = 1 + 2 * diag
    n: Any = (math.sqrt(odd**2 + 8 * count + 4 * abs(diag) * (diag + 1)) - odd) / 2
    if not round(n) - n < torch.finfo(vec.dtype).eps:
        raise ValueError(
            f"The size of last dimension is {count} which cannot be expressed as "
            "the lower triangular part of a square D x D matrix."
        )
    n = round(n)
    matrix = vec.new_zeros((*vec.shape[:-1], n, n))
    rows, columns = torch.tril_indices(n, n, offset=diag)
    matrix[..., rows, columns] = vec
    return matrix


def tril_matrix_to_vec(mat: Tensor, diag: int = 0) -> Tensor:
    """The entries of the lower triangle, row by row, along the last dimension.

    >>> tril_matrix_to_vec(torch.tensor([[1.0, 0.0], [2.0, 3.0]]))
    tensor([1., 2., 3.])
    """
    n = mat.shape[-1]
    if diag < -n or diag >= n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    rows, columns = torch.tril_indices(n, n, offset=diag)
    return mat[..., rows, columns]
