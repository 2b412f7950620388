"""Distributions of transformed draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import chainrule as torch

from . import constraints
from .distribution import Distribution
from .independent import Independent
from .transforms import ComposeTransform, Transform
from .utils import sum_rightmost

if TYPE_CHECKING:
    from ..tensor import Tensor


class TransformedDistribution(Distribution):
    """The distribution of y = f(x), x drawn from another distribution, f a chain of transforms.

    log p(y) = log p(x) - log |det dy/dx|.

    >>> normal = torch.distributions.Normal(0.0, 1.0)
    >>> exp = torch.distributions.ExpTransform()
    >>> d = torch.distributions.TransformedDistribution(normal, [exp])
    >>> d.log_prob(torch.tensor(1.0))
    tensor(-0.9189)
    """

    def __init__(
        self, base_distribution: Any, transforms: Any, validate_args: bool | None = None
    ) -> None:
        chain = [transforms] if isinstance(transforms, Transform) else transforms
        if not isinstance(chain, list) or not all(isinstance(t, Transform) for t in chain):
            raise ValueError(f"transforms must be a Transform or list, but was {transforms}")
        self.transforms: list[Any] = chain
        base, whole = base_distribution, ComposeTransform(chain)
        own = torch.Size((*base.batch_shape, *base.event_shape))
        dims = whole.domain.event_dim
        if len(own) < dims:
            raise ValueError(
                f"base_distribution needs to have shape with size at least {dims}, but got {own}."
            )
        shape = torch.Size(whole.forward_shape(own))
        needed = whole.inverse_shape(shape)
        if tuple(needed) != tuple(own):
            base = base.expand(needed[: len(needed) - len(base.event_shape)])
        missing = dims - len(base.event_shape)
        self.base_dist: Any = Independent(base, missing) if missing > 0 else base
        change = whole.codomain.event_dim - dims
        event = max(whole.codomain.event_dim, len(base.event_shape) + change)
        cut = len(shape) - event
        super().__init__(shape[:cut], shape[cut:], validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        """The distribution with a larger batch."""
        new = self._get_checked_instance(TransformedDistribution, _instance)
        whole = ComposeTransform(self.transforms)
        needed = whole.inverse_shape(torch.Size((*batch_shape, *self._event_shape)))
        cut = len(needed) - len(self.base_dist.event_shape)
        new.base_dist = self.base_dist.expand(needed[:cut])
        return super().expand(batch_shape, _instance=new)

    @property
    def has_rsample(self) -> bool:
        """As the distribution of x."""
        return self.base_dist.has_rsample

    @constraints.dependent_property(is_discrete=False)
    def support(self) -> Any:
        """The codomain of the last transform."""
        if not self.transforms:
            return self.base_dist.support
        own = self.transforms[-1].codomain
        missing = len(self._event_shape) - own.event_dim
        return constraints.independent(own, missing) if missing > 0 else own

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Transformed draws of x"""
        with torch.no_grad():
            x = self.base_dist.sample(sample_shape)
            for transform in self.transforms:
                x = transform(x)
            return x

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Transformed draws of x"""
        x = self.base_dist.rsample(sample_shape)
        for transform in self.transforms:
            x = transform(x)
        return x

    def log_prob(self, value: Tensor) -> Tensor:
        """log p(x) - log |det dy/dx|"""
        if self._validate_args:
            self._validate_sample(value)
        dims = len(self._event_shape)
        total: Any = 0.0
        y = value
        for transform in reversed(self.transforms):
            x = transform.inv(y)
            dims += transform.domain.event_dim - transform.codomain.event_dim
            term = transform.log_abs_det_jacobian(x, y)
            total = total - sum_rightmost(term, dims - transform.domain.event_dim)
            y = x
        inner = self.base_dist.log_prob(y)
        return total + sum_rightmost(inner, dims - len(self.base_dist.event_shape))

    def _monotone(self, value: Tensor) -> Tensor:
        """p, or 1 - p where the transforms turn the order around"""
        sign = math.prod(transform.sign for transform in self.transforms)
        if isinstance(sign, int) and sign == 1:
            return value
        return sign * (value - 0.5) + 0.5

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of x up to f^-1(y), or from there on"""
        for transform in self.transforms[::-1]:
            value = transform.inv(value)
        if self._validate_args:
            self.base_dist._validate_sample(value)
        return self._monotone(self.base_dist.cdf(value))

    def icdf(self, value: Tensor) -> Tensor:
        """f of the quantile of x"""
        value = self.base_dist.icdf(self._monotone(value))
        for transform in self.transforms:
            value = transform(value)
        return value
