"""Kullback-Leibler divergences KL(p || q) = E_p[log p - log q], by pairs of types."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .distribution import Distribution

if TYPE_CHECKING:
    from ..tensor import Tensor

_KL_REGISTRY: dict[tuple[type, type], Callable[[Any, Any], Tensor]] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Any], Any]:
    """Decorate a function of (p, q) as the divergence of these types and their subclasses.

    ValueError for a type that is no distribution, TypeError for what is no type.

    >>> class Coin(torch.distributions.Bernoulli): ...
    >>> @register_kl(Coin, Coin)
    ... def kl_of_coins(p, q):
    ...     return torch.zeros(())
    >>> kl_divergence(Coin(0.5), Coin(0.1))
    tensor(0.)
    """
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not issubclass(kind, Distribution):
            raise ValueError(f"Expected {name} to be a Distribution subclass but got {kind}")

    def register(function: Any) -> Any:
        _KL_REGISTRY[type_p, type_q] = function
        return function

    return register


def _dispatch(type_p: type, type_q: type) -> Any:
    """The function of the nearest types above these."""
    found = [
        (type_p.mro().index(p), type_q.mro().index(q), function)
        for (p, q), function in _KL_REGISTRY.items()
        if issubclass(type_p, p) and issubclass(type_q, q)
    ]
    if not found:
        return None
    by_p = min(found, key=lambda entry: entry[:2])
    by_q = min(found, key=lambda entry: entry[1::-1])
    if by_p[2] is not by_q[2]:
        pair, nearest = f"{type_p.__name__}, {type_q.__name__}", type_p.mro()[by_p[0]].__name__
        other = type_q.mro()[by_q[1]].__name__
        message = f"Ambiguous kl_divergence({pair}). Please register_kl({nearest}, {other})"
        warnings.warn(message, RuntimeWarning)
    return by_p[2]


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """KL(p || q), of the batch shape. NotImplementedError for a pair of types without a formula.

    >>> normal = torch.distributions.Normal
    >>> kl_divergence(normal(0.0, 1.0), normal(1.0, 1.0))
    tensor(0.5000)
    """
    function = _dispatch(type(p), type(q))
    if function is None:
        raise NotImplementedError(
            f"No KL(p || q) is implemented for p type {type(p).__name__} "
            f"and q type {type(q).__name__}"
        )
    return function(p, q)
