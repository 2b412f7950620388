"""Mixtures of distributions of one family."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import chainrule as torch

from . import constraints
from .categorical import Categorical
from .distribution import Distribution

if TYPE_CHECKING:
    from ..tensor import Tensor


class MixtureSameFamily(Distribution):
    """A mixture of distributions, the components, along the last batch dimension of a batch.

    Shape: mixture_distribution a `Categorical` of batch (*) over k, component_distribution of
    batch (*, k).

    >>> weights = torch.distributions.Categorical(torch.ones(2))
    >>> normals = torch.distributions.Normal(torch.tensor([-1.0, 1.0]), 1.0)
    >>> torch.distributions.MixtureSameFamily(weights, normals).variance
    tensor(2.)
    """

    has_rsample = False

    def __init__(
        self,
        mixture_distribution: Any,
        component_distribution: Any,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(
                " The Mixture distribution needs to be an  instance of "
                "torch.distributions.Categorical"
            )
        if not isinstance(component_distribution, Distribution):
            raise ValueError(
                "The Component distribution needs to be an instance of "
                "torch.distributions.Distribution"
            )
        self._mixture, self._components = mixture_distribution, component_distribution
        weights, batch = mixture_distribution.batch_shape, component_distribution.batch_shape[:-1]
        for own, other in zip(reversed(weights), reversed(batch), strict=False):
            if own != 1 and other != 1 and own != other:
                raise ValueError(
                    f"`mixture_distribution.batch_shape` ({weights}) is not compatible with "
                    f"`component_distribution.batch_shape`({batch})"
                )
        count, last = mixture_distribution.logits.shape[-1], component_distribution.batch_shape[-1]
        if count != last:
            raise ValueError(
                f"`mixture_distribution component` ({count}) does not equal "
                f"`component_distribution.batch_shape[-1]` ({last})"
            )
        event = component_distribution.event_shape
        self._event_ndims = len(event)
        super().__init__(batch, event, validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        """The distribution with a larger batch."""
        new = self._get_checked_instance(MixtureSameFamily, _instance)
        new._mixture = self._mixture.expand(batch_shape)
        new._components = self._components.expand((*batch_shape, self._mixture._num_events))
        return super().expand(batch_shape, _instance=new)

    @constraints.dependent_property
    def support(self) -> Any:
        """That of the components."""
        return constraints.MixtureSameFamilyConstraint(self._components.support)

    @property
    def mixture_distribution(self) -> Any:
        """The distribution of the component."""
        return self._mixture

    @property
    def component_distribution(self) -> Any:
        """The components."""
        return self._components

    @property
    def _weights(self) -> Tensor:
        probs = self._mixture.probs
        return probs.reshape((*probs.shape, *(1,) * self._event_ndims))

    def _over_components(self, terms: Tensor) -> Tensor:
        return torch.sum(self._weights * terms, dim=-1 - self._event_ndims)

    @property
    def mean(self) -> Tensor:
        """The weighted mean of the means"""
        return self._over_components(self._components.mean)

    @property
    def variance(self) -> Tensor:
        """The mean of the variances plus the variance of the means"""
        inner = self._over_components(self._components.variance)
        centre = self.mean.unsqueeze(-1 - self._event_ndims)
        return inner + self._over_components((self._components.mean - centre).pow(2.0))

    def cdf(self, value: Tensor) -> Tensor:
        """The weighted mean of the components' cdf"""
        inner = self._components.cdf(self._pad(value))
        return torch.sum(inner * self._mixture.probs, dim=-1)

    def log_prob(self, value: Tensor) -> Tensor:
        """logsumexp of the log weights plus the components' log_prob"""
        if self._validate_args:
            self._validate_sample(value)
        inner = self._components.log_prob(self._pad(value))
        return torch.logsumexp(inner + torch.log_softmax(self._mixture.logits, dim=-1), dim=-1)

    def _pad(self, value: Tensor) -> Tensor:
        return value.unsqueeze(-1 - self._event_ndims)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws of all components, of which one is chosen"""
        with torch.no_grad():
            chosen = self._mixture.sample(sample_shape)
            drawn = self._components.sample(sample_shape)
            dims = self._event_ndims
            index = chosen.reshape((*chosen.shape, *(1,) * (dims + 1)))
            at = drawn.dim() - dims - 1
            index = index.expand((*drawn.shape[:at], 1, *drawn.shape[at + 1 :]))
            return drawn.gather(at, index).squeeze(at)

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self._mixture},\n  {self._components})"
