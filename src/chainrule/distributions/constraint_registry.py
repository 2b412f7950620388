"""Which transform leads from all real numbers into a constraint."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Number
from typing import TYPE_CHECKING, Any

from . import constraints, transforms

if TYPE_CHECKING:
    pass


class ConstraintRegistry:
    """A table from kinds of constraints to functions that make a transform into one.

    >>> transform_to(constraints.simplex)
    SoftmaxTransform()
    """

    def __init__(self) -> None:
        self._registry: dict[type, Any] = {}
        super().__init__()

    def register(self, constraint: Any, factory: Any = None) -> Any:
        """Enter a function for a class of constraints, or the class of one; also a decorator."""
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        if isinstance(constraint, constraints.Constraint):
            constraint = type(constraint)
        if not isinstance(constraint, type) or not issubclass(constraint, constraints.Constraint):
            raise TypeError(
                "Expected constraint to be either a Constraint subclass or instance, "
                f"but got {constraint}"
            )
        self._registry[constraint] = factory
        return factory

    def __call__(self, constraint: Any) -> Any:
        """The transform for a constraint; NotImplementedError if there is none."""
        try:
            factory = self._registry[type(constraint)]
        except KeyError:
            raise NotImplementedError(
                f"Cannot transform {type(constraint).__name__} constraints"
            ) from None
        return factory(constraint)


biject_to = ConstraintRegistry()  # a bijection
transform_to = ConstraintRegistry()  # any transform, the cheapest


def _register(kinds: Sequence[Any], factory: Any, *registries: ConstraintRegistry) -> None:
    for registry in registries or (biject_to, transform_to):
        for kind in kinds:
            registry.register(kind, factory)


def _above(constraint: Any) -> Any:
    shift = transforms.AffineTransform(constraint.lower_bound, 1)
    return transforms.ComposeTransform([transforms.ExpTransform(), shift])


def _below(constraint: Any) -> Any:
    mirror = transforms.AffineTransform(constraint.upper_bound, -1)
    return transforms.ComposeTransform([transforms.ExpTransform(), mirror])


def _between(constraint: Any) -> Any:
    low, high = constraint.lower_bound, constraint.upper_bound
    given = all(isinstance(bound, Number) for bound in (low, high))
    if given and (low, high) == (0, 1):
        return transforms.SigmoidTransform()
    stretch = transforms.AffineTransform(low, high - low)
    return transforms.ComposeTransform([transforms.SigmoidTransform(), stretch])


def _independent(registry: ConstraintRegistry) -> Any:
    return lambda constraint: transforms.IndependentTransform(
        registry(constraint.base_constraint), constraint.reinterpreted_batch_ndims
    )


def _cat(registry: ConstraintRegistry) -> Any:
    return lambda constraint: transforms.CatTransform(
        [registry(each) for each in constraint.cseq], constraint.dim, constraint.lengths
    )


def _stack(registry: ConstraintRegistry) -> Any:
    return lambda constraint: transforms.StackTransform(
        [registry(each) for each in constraint.cseq], constraint.dim
    )


_register([constraints.real], lambda constraint: transforms.identity_transform)
_register([constraints.greater_than, constraints.greater_than_eq], _above)
_register([constraints.less_than], _below)
_register([constraints.interval, constraints.half_open_interval], _between)
_register([constraints.simplex], lambda _: transforms.StickBreakingTransform(), biject_to)
_register([constraints.simplex], lambda _: transforms.SoftmaxTransform(), transform_to)
_register([constraints.lower_cholesky], lambda _: transforms.LowerCholeskyTransform(), transform_to)
_register(
    [constraints.positive_definite, constraints.positive_semidefinite],
    lambda _: transforms.PositiveDefiniteTransform(),
    transform_to,
)
_register([constraints.corr_cholesky], lambda _: transforms.CorrCholeskyTransform())
for _registry in (biject_to, transform_to):
    _register([constraints.independent], _independent(_registry), _registry)
    _register([constraints.cat], _cat(_registry), _registry)
    _register([constraints.stack], _stack(_registry), _registry)
