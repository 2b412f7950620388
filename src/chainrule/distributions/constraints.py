"""Sets of numbers, in which parameters and samples lie: each checks values.

`event_dim` counts the dimensions of one element of the set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import chainrule as torch

if TYPE_CHECKING:
    from ..tensor import Tensor

__all__ = [
    "Constraint",
    "MixtureSameFamilyConstraint",
    "boolean",
    "cat",
    "corr_cholesky",
    "dependent",
    "dependent_property",
    "greater_than",
    "greater_than_eq",
    "half_open_interval",
    "independent",
    "integer_interval",
    "interval",
    "is_dependent",
    "less_than",
    "lower_cholesky",
    "lower_triangular",
    "multinomial",
    "nonnegative",
    "nonnegative_integer",
    "one_hot",
    "positive",
    "positive_definite",
    "positive_integer",
    "positive_semidefinite",
    "real",
    "real_vector",
    "simplex",
    "square",
    "stack",
    "symmetric",
    "unit_interval",
]


class Constraint:
    """A set; `check` tells which elements of a tensor lie in it.

    >>> positive.check(torch.tensor([1.0, -1.0]))
    tensor([ True, False])
    """

    is_discrete: Any = False
    event_dim: Any = 0
    bounds: tuple[str, ...] = ()

    def check(self, value: Tensor) -> Tensor:
        """Whether each element lies in the set; of the batch shape of `value`."""
        raise NotImplementedError(f"{type(self).__name__} has no check")

    def __repr__(self) -> str:
        name = type(self).__name__.removeprefix("_")
        return f"{name}({', '.join(f'{key}={getattr(self, key)}' for key in self.bounds)})"


class _Dependent(Constraint):
    """A set that depends on other parameters: nothing can be checked without these."""

    def __init__(self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented):
        self._is_discrete, self._event_dim = is_discrete, event_dim
        super().__init__()

    @property
    def is_discrete(self) -> bool:
        """Whether the set is discrete, if that is known."""
        return self._known("is_discrete")

    @property
    def event_dim(self) -> int:
        """The dimensions of one element, if they are known."""
        return self._known("event_dim")

    def _known(self, name: str) -> Any:
        value = getattr(self, f"_{name}")
        if value is NotImplemented:
            raise NotImplementedError(f".{name} cannot be determined statically")
        return value

    def __call__(
        self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented
    ) -> _Dependent:
        """The same set, of which more is known."""
        return _Dependent(
            is_discrete=self._is_discrete if is_discrete is NotImplemented else is_discrete,
            event_dim=self._event_dim if event_dim is NotImplemented else event_dim,
        )

    def check(self, value: Tensor) -> Tensor:
        """ValueError: the set is not known."""
        raise ValueError("Cannot determine validity of dependent constraint")


def is_dependent(constraint: Any) -> bool:
    """Whether a set depends on other parameters."""
    return isinstance(constraint, _Dependent)


class _DependentProperty(property, _Dependent):
    """A property that gives the set of an instance, and stands for a dependent set on its class."""

    def __init__(
        self,
        fn: Callable[[Any], Any] | None = None,
        *,
        is_discrete: Any = NotImplemented,
        event_dim: Any = NotImplemented,
    ) -> None:
        super().__init__(fn)
        self._is_discrete, self._event_dim = is_discrete, event_dim

    def __call__(self, fn: Callable[[Any], Any]) -> _DependentProperty:  # type: ignore[override]
        """Decorate a function."""
        return _DependentProperty(fn, is_discrete=self._is_discrete, event_dim=self._event_dim)


class _IndependentConstraint(Constraint):
    """Tensors each of whose elements, over the last dimensions, lies in a set."""

    def __init__(self, base_constraint: Any, reinterpreted_batch_ndims: int) -> None:
        self.base_constraint = base_constraint
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    @property
    def is_discrete(self) -> bool:
        """As the set of the elements."""
        return self.base_constraint.is_discrete

    @property
    def event_dim(self) -> int:
        """The dimensions of an element and those over which there are several."""
        return self.base_constraint.event_dim + self.reinterpreted_batch_ndims

    def check(self, value: Tensor) -> Tensor:
        """Whether all elements lie in the set."""
        result = self.base_constraint.check(value)
        if result.dim() < self.reinterpreted_batch_ndims:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.dim()}")
        return _all_rightmost(result, self.reinterpreted_batch_ndims)

    def __repr__(self) -> str:
        return f"IndependentConstraint({self.base_constraint!r}, {self.reinterpreted_batch_ndims})"


class MixtureSameFamilyConstraint(Constraint):
    """The set of a mixture: a value, with no dimension for the components, in each one's set."""

    def __init__(self, base_constraint: Any) -> None:
        self.base_constraint = base_constraint

    @property
    def is_discrete(self) -> bool:
        """As the set of the components."""
        return self.base_constraint.is_discrete

    @property
    def event_dim(self) -> int:
        """As the set of the components."""
        return self.base_constraint.event_dim

    def check(self, value: Tensor) -> Tensor:
        """Whether the value lies in the sets of all components."""
        if value.dim() < self.event_dim:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.dim()}")
        inner = value.unsqueeze(-1 - self.event_dim)
        result = self.base_constraint.check(inner)
        return _all_rightmost(result, result.dim() - (value.dim() - self.event_dim))

    def __repr__(self) -> str:
        return f"MixtureSameFamilyConstraint({self.base_constraint!r})"


def _all_rightmost(result: Tensor, dims: int) -> Tensor:
    return result.reshape((*result.shape[: result.dim() - dims], -1)).all(-1)


class _Boolean(Constraint):
    """0 or 1"""

    is_discrete = True

    def check(self, value: Tensor) -> Tensor:
        """Which elements are 0 or 1."""
        return (value == 0) | (value == 1)


class _OneHot(Constraint):
    """vectors of a single 1 and else 0"""

    is_discrete = True
    event_dim = 1

    def check(self, value: Tensor) -> Tensor:
        """Which rows are one-hot."""
        return ((value == 0) | (value == 1)).all(-1) & value.sum(-1).eq(1)


class _Below(Constraint):
    bounds: tuple[str, ...] = ("upper_bound",)

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound


class _Above(Constraint):
    bounds: tuple[str, ...] = ("lower_bound",)

    def __init__(self, lower_bound: Any) -> None:
        self.lower_bound = lower_bound


class _Between(Constraint):
    bounds: tuple[str, ...] = ("lower_bound", "upper_bound")

    def __init__(self, lower_bound: Any, upper_bound: Any) -> None:
        self.lower_bound, self.upper_bound = lower_bound, upper_bound


class _IntegerInterval(_Between):
    """integers from one bound to the other, both included"""

    is_discrete = True

    def check(self, value: Tensor) -> Tensor:
        """Which elements are such integers."""
        inside = (self.lower_bound <= value) & (value <= self.upper_bound)
        return (value % 1 == 0) & inside


class _IntegerLessThan(_Below):
    """integers up to a bound, itself included"""

    is_discrete = True

    def check(self, value: Tensor) -> Tensor:
        """Which elements are such integers."""
        return (value % 1 == 0) & (value <= self.upper_bound)


class _IntegerGreaterThan(_Above):
    """integers from a bound on, itself included"""

    is_discrete = True

    def check(self, value: Tensor) -> Tensor:
        """Which elements are such integers."""
        return (value % 1 == 0) & (value >= self.lower_bound)


class _Real(Constraint):
    """numbers other than NaN"""

    def check(self, value: Tensor) -> Tensor:
        """Which elements are not NaN."""
        return value == value


class _GreaterThan(_Above):
    """numbers above a bound"""

    def check(self, value: Tensor) -> Tensor:
        """Which elements are above the bound."""
        return self.lower_bound < value


class _GreaterThanEq(_Above):
    """numbers from a bound on"""

    def check(self, value: Tensor) -> Tensor:
        """Which elements are not below the bound."""
        return self.lower_bound <= value


class _LessThan(_Below):
    """numbers below a bound"""

    def check(self, value: Tensor) -> Tensor:
        """Which elements are below the bound."""
        return value < self.upper_bound


class _Interval(_Between):
    """numbers from one bound to the other, both included"""

    def check(self, value: Tensor) -> Tensor:
        """Which elements lie between the bounds."""
        return (self.lower_bound <= value) & (value <= self.upper_bound)


class _HalfOpenInterval(_Between):
    """numbers from one bound, included, to the other, excluded"""

    def check(self, value: Tensor) -> Tensor:
        """Which elements lie between the bounds."""
        return (self.lower_bound <= value) & (value < self.upper_bound)


class _Simplex(Constraint):
    """vectors of nonnegative numbers whose sum is 1"""

    event_dim = 1

    def check(self, value: Tensor) -> Tensor:
        """Which rows are probabilities, to 1e-6."""
        return torch.all(value >= 0, dim=-1) & ((value.sum(-1) - 1).abs() < 1e-6)


class _Multinomial(Constraint):
    """vectors of nonnegative integers up to a sum"""

    is_discrete = True
    event_dim = 1

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound

    def check(self, x: Tensor) -> Tensor:
        """Which rows are counts of no more than the bound."""
        return (x >= 0).all(dim=-1) & (x.sum(dim=-1) <= self.upper_bound)


class _LowerTriangular(Constraint):
    """square matrices with zeros above the diagonal"""

    event_dim = 2

    def check(self, value: Tensor) -> Tensor:
        """Which matrices are lower triangular."""
        return _all_rightmost(value.tril() == value, 2)


class _LowerCholesky(Constraint):
    """lower triangular matrices with a positive diagonal"""

    event_dim = 2

    def check(self, value: Tensor) -> Tensor:
        """Which matrices are such factors."""
        triangular = lower_triangular.check(value)
        return triangular & (value.diagonal(dim1=-2, dim2=-1) > 0).all(-1)


class _CorrCholesky(Constraint):
    """lower triangular matrices with a positive diagonal and rows of length 1"""

    event_dim = 2

    def check(self, value: Tensor) -> Tensor:
        """Which matrices are factors of a correlation matrix."""
        tolerance = torch.finfo(value.dtype).eps * value.size(-1) * 10
        lengths = torch.linalg.norm(value.detach(), dim=-1)
        unit = (lengths - 1).abs().le(tolerance).all(dim=-1)
        return lower_cholesky.check(value) & unit


class _Square(Constraint):
    """square matrices"""

    event_dim = 2

    def check(self, value: Tensor) -> Tensor:
        """Whether the matrices are square: the same answer for each."""
        square = value.shape[-2] == value.shape[-1]
        return torch.full(value.shape[:-2], square, dtype=torch.bool, device=value.device)


class _Symmetric(_Square):
    """symmetric matrices"""

    def check(self, value: Tensor) -> Tensor:
        """Which matrices are symmetric, to 1e-6."""
        square = super().check(value)
        if not square.all():
            return square
        return _all_rightmost(torch.isclose(value, value.mT, atol=1e-6), 2)


class _PositiveSemidefinite(_Symmetric):
    """symmetric matrices without negative eigenvalues"""

    def check(self, value: Tensor) -> Tensor:
        """Which matrices are such."""
        symmetric = super().check(value)
        if not symmetric.all():
            return symmetric
        return torch.linalg.eigvalsh(value).ge(0).all(-1)


class _PositiveDefinite(_Symmetric):
    """symmetric matrices with positive eigenvalues"""

    def check(self, value: Tensor) -> Tensor:
        """Which matrices have a Cholesky factor."""
        symmetric = super().check(value)
        if not symmetric.all():
            return symmetric
        return torch.linalg.cholesky_ex(value).info.eq(0)


class _Joined(Constraint):
    """Sets for the parts of a tensor along a dimension."""

    def __init__(self, cseq: Sequence[Any], dim: int = 0) -> None:
        self.cseq, self.dim = list(cseq), dim

    @property
    def is_discrete(self) -> bool:
        """Whether one of the sets is discrete."""
        return any(each.is_discrete for each in self.cseq)

    @property
    def event_dim(self) -> int:
        """The most dimensions that an element of one of the sets has."""
        return max(each.event_dim for each in self.cseq)


class _Cat(_Joined):
    """tensors made by `torch.cat` of elements of several sets"""

    def __init__(
        self, cseq: Sequence[Any], dim: int = 0, lengths: Sequence[int] | None = None
    ) -> None:
        super().__init__(cseq, dim)
        self.lengths = [1] * len(self.cseq) if lengths is None else list(lengths)

    def check(self, value: Tensor) -> Tensor:
        """The answers of the sets, joined as the parts are."""
        parts = value.split(self.lengths, self.dim)
        checks = [each.check(part) for each, part in zip(self.cseq, parts, strict=True)]
        return torch.cat(checks, self.dim)


class _Stack(_Joined):
    """tensors made by `torch.stack` of elements of several sets"""

    @property
    def event_dim(self) -> int:
        """As for the sets, and one more where the slices lie within an element."""
        dims = super().event_dim
        return dims + 1 if self.dim + dims < 0 else dims

    def check(self, value: Tensor) -> Tensor:
        """The answers of the sets, stacked as the parts are."""
        parts = value.unbind(self.dim)
        checks = [each.check(part) for each, part in zip(self.cseq, parts, strict=True)]
        return torch.stack(checks, self.dim)


dependent = _Dependent()
dependent_property = _DependentProperty
independent = _IndependentConstraint
boolean = _Boolean()
one_hot = _OneHot()
nonnegative_integer = _IntegerGreaterThan(0)
positive_integer = _IntegerGreaterThan(1)
integer_interval = _IntegerInterval
real = _Real()
real_vector = independent(real, 1)
positive = _GreaterThan(0.0)
nonnegative = _GreaterThanEq(0.0)
greater_than = _GreaterThan
greater_than_eq = _GreaterThanEq
less_than = _LessThan
multinomial = _Multinomial
unit_interval = _Interval(0.0, 1.0)
interval = _Interval
half_open_interval = _HalfOpenInterval
simplex = _Simplex()
lower_triangular = _LowerTriangular()
lower_cholesky = _LowerCholesky()
corr_cholesky = _CorrCholesky()
square = _Square()
symmetric = _Symmetric()
positive_semidefinite = _PositiveSemidefinite()
positive_definite = _PositiveDefinite()
cat = _Cat
stack = _Stack
