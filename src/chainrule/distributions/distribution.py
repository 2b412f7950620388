"""What all distributions have: shapes, checks of parameters and samples, expansion, `repr`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import chainrule as torch

from ..errors import hint
from . import constraints
from .utils import lazy_property

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..tensor import Tensor


class Distribution:
    """A probability distribution, or a batch of independent ones.

    `batch_shape` is the shape of the batch and `event_shape` that of one draw: `sample(s)` has the
    shape s + batch_shape + event_shape and `log_prob` of it s + batch_shape. A subclass gives the
    constraints of its parameters (`arg_constraints`), which are kept under their names, in the
    batch shape. ValueError for parameters and values outside their constraints.

    >>> d = torch.distributions.Normal(torch.zeros(3), 1.0)
    >>> d.batch_shape, d.event_shape, d.sample((2,)).shape
    (torch.Size([3]), torch.Size([]), torch.Size([2, 3]))
    """

    has_rsample: Any = False
    has_enumerate_support: Any = False
    arg_constraints: Any = {}
    _validate_args: bool = True

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether distributions made from now on check what they are given."""
        if value not in (True, False):
            raise ValueError("set_default_validate_args expects True or False")
        Distribution._validate_args = value

    def __init__(
        self,
        batch_shape: Sequence[int] = (),
        event_shape: Sequence[int] = (),
        validate_args: bool | None = None,
    ) -> None:
        self._batch_shape, self._event_shape = torch.Size(batch_shape), torch.Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_parameters()
        super().__init__()

    def _check_parameters(self) -> None:
        for name, constraint in self.arg_constraints.items():
            unasked = isinstance(getattr(type(self), name, None), lazy_property)
            if constraints.is_dependent(constraint) or (unasked and name not in vars(self)):
                continue
            value = getattr(self, name)
            if not constraint.check(value).all():
                message = (
                    f"Expected parameter {name} ({type(value).__name__} of shape "
                    f"{tuple(value.shape)}) of distribution {self!r} to satisfy the constraint "
                    f"{constraint!r}, but found invalid values:\n{value}"
                )
                raise ValueError(message)

    def _absent(self, what: str) -> Any:
        message = f"{type(self).__name__} has no {what}"
        raise NotImplementedError(hint(message, "estimate it from samples, or define it"))

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        """The distribution with a larger batch: its parameters expanded, without copies."""
        new = self._get_checked_instance(type(self), _instance)
        shape, dims = torch.Size(batch_shape), len(self._batch_shape)
        for name, value in vars(self).items():
            if isinstance(getattr(type(self), name, None), lazy_property) and (
                name not in self.arg_constraints
            ):
                continue  # computed again when it is asked for
            if name in vars(new):
                continue
            if isinstance(value, Distribution):
                value = self._belongs(name, value.batch_shape).expand(shape)
            elif isinstance(value, torch.Tensor):
                own = self._belongs(name, value.shape[:dims])
                value = own.expand((*shape, *value.shape[dims:]))
            vars(new)[name] = value
        new._batch_shape = shape
        return new

    def _belongs(self, name: str, shape: Any) -> Any:
        """The attribute of this name; NotImplementedError unless it has the shape of the batch."""
        if shape != self._batch_shape:
            message = f"{type(self).__name__} cannot expand its {name}"
            raise NotImplementedError(hint(message, "define expand in the class"))
        return vars(self)[name]

    def _get_checked_instance(self, cls: Any, _instance: Any = None) -> Any:
        return type(self).__new__(type(self)) if _instance is None else _instance

    @property
    def batch_shape(self) -> Any:
        """The shape of the batch of distributions."""
        return self._batch_shape

    @property
    def event_shape(self) -> Any:
        """The shape of one draw."""
        return self._event_shape

    @property
    def support(self) -> Any:
        """The set in which the draws lie."""
        return self._absent("support")

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self._absent("mean")

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return self._absent("mode")

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self._absent("variance")

    @property
    def stddev(self) -> Tensor:
        """The standard deviation: the square root of the variance."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Random draws, which no gradient goes through."""
        with torch.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Random draws as a function of the parameters, for gradients."""
        return self._absent("rsample")

    def sample_n(self, n: int) -> Tensor:
        """n draws: `sample((n,))`."""
        return self.sample(torch.Size((n,)))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density, or of the probability, at a value."""
        return self._absent("log_prob")

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of a draw up to a value."""
        return self._absent("cdf")

    def icdf(self, value: Tensor) -> Tensor:
        """The quantile: the inverse of `cdf`."""
        return self._absent("icdf")

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values of a discrete distribution, along a new first dimension."""
        return self._absent("enumerate_support")

    def entropy(self) -> Tensor:
        """The mean of -log_prob."""
        return self._absent("entropy")

    def perplexity(self) -> Tensor:
        """exp of the entropy."""
        return torch.exp(self.entropy())

    def _extended_shape(self, sample_shape: Sequence[int] = ()) -> Any:
        return torch.Size((*sample_shape, *self._batch_shape, *self._event_shape))

    def _validate_sample(self, value: Any) -> None:
        """ValueError for what cannot be a draw."""
        if not isinstance(value, torch.Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        dims = len(self._event_shape)
        if value.shape[value.dim() - dims :] != self._event_shape:
            raise ValueError(
                "The right-most size of value must match event_shape: "
                f"{value.size()} vs {self._event_shape}."
            )
        expected = self._extended_shape()
        for given, own in zip(reversed(value.shape), reversed(expected), strict=False):
            if given != 1 and own != 1 and given != own:
                raise ValueError(
                    "Value is not broadcastable with batch_shape+event_shape: "
                    f"{value.size()} vs {expected}."
                )
        try:
            support = self.support
        except NotImplementedError:
            return
        if not support.check(value).all():
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape "
                f"{tuple(value.shape)}) to be within the support ({support!r}) of the "
                f"distribution {self!r}, but found invalid values:\n{value}"
            )

    def _enumerated(self, values: Tensor, expand: bool) -> Tensor:
        """The values along a new first dimension, for each of the batch if asked."""
        values = values.view((-1, *(1,) * len(self._batch_shape)))
        return values.expand((-1, *self._batch_shape)) if expand else values

    def __repr__(self) -> str:
        shown = {name: vars(self)[name] for name in self.arg_constraints if name in vars(self)}
        parts = (f"{k}: {v if v.numel() == 1 else v.size()}" for k, v in shown.items())
        return f"{type(self).__name__}({', '.join(parts)})"
