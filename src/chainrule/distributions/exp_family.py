"""Exponential families: densities exp(<t(x), theta> - F(theta) + k(x))."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import autograd
from .distribution import Distribution

if TYPE_CHECKING:
    from ..tensor import Tensor


class ExponentialFamily(Distribution):
    """A distribution with natural parameters theta and log normaliser F(theta).

    The entropy is F - <theta, grad F> - E[k(x)]; a subclass gives `_natural_params`,
    `_log_normalizer` and `_mean_carrier_measure`, or its own entropy.

    Nielsen and Nock, "Entropies and cross-entropies of exponential families", ICIP 2010.

    >>> isinstance(torch.distributions.Normal(0.0, 1.0), ExponentialFamily)
    True
    """

    @property
    def _natural_params(self) -> Any:
        return self._absent("natural parameters")

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        return self._absent("log normalizer")

    @property
    def _mean_carrier_measure(self) -> Any:
        return self._absent("mean carrier measure")

    def entropy(self) -> Tensor:
        """F - <theta, grad F> - E[k(x)]"""
        carrier = self._mean_carrier_measure
        thetas = [theta.detach().requires_grad_() for theta in self._natural_params]
        normalizer = self._log_normalizer(*thetas)
        slopes = autograd.grad(normalizer.sum(), thetas, create_graph=True)
        result = -carrier + normalizer
        for theta, slope in zip(thetas, slopes, strict=True):
            result = result - (theta * slope).reshape((*self._batch_shape, -1)).sum(-1)
        return result
