"""What all transforms have; chains and inverses of transforms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import chainrule as torch

from . import constraints
from .utils import sum_rightmost

if TYPE_CHECKING:
    from ..tensor import Tensor


class Transform:
    """A function y = f(x), its inverse, and the logarithm of the determinant of its derivative.

    `domain` and `codomain` are the sets it maps between. A subclass gives `_call`, `_inverse` and
    `log_abs_det_jacobian`. With `cache_size=1` the last pair is kept, and either is found again
    from the other without computation. Equal transforms have equal settings.

    >>> t = torch.distributions.ExpTransform()
    >>> t.inv(t(torch.tensor(2.0)))
    tensor(2.)
    """

    bijective: Any = False
    domain: Any
    codomain: Any
    sign: Any = property(lambda self: self._absent("sign"))
    _last: tuple[Any, Any] = (None, None)
    _inv: Any = None

    def __init__(self, cache_size: int = 0) -> None:
        if cache_size not in (0, 1):
            raise ValueError("cache_size must be 0 or 1")
        self._cache_size = cache_size
        super().__init__()

    def _absent(self, what: str) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no {what}")

    @property
    def event_dim(self) -> int:
        """The dimensions of one element, if domain and codomain agree on them."""
        if self.domain.event_dim != self.codomain.event_dim:
            raise ValueError("Please use either .domain.event_dim or .codomain.event_dim")
        return self.domain.event_dim

    @property
    def inv(self) -> Any:
        """The inverse transform, whose inverse is this one."""
        if self._inv is None:
            self._inv = _InverseTransform(self)
        return self._inv

    def with_cache(self, cache_size: int = 1) -> Any:
        """The transform with another cache size."""
        if self._cache_size == cache_size:
            return self
        new = type(self).__new__(type(self))
        kept = {k: v for k, v in vars(self).items() if k not in ("_last", "_inv")}
        vars(new).update(kept, _cache_size=cache_size)
        return new

    def _settings(self) -> dict[str, Any]:
        ignored = ("_last", "_inv", "_cache_size")
        return {k: v for k, v in vars(self).items() if k not in ignored}

    def __eq__(self, other: object) -> bool:
        if self is other or type(self) is not type(other):
            return self is other
        own, others = self._settings(), other._settings()
        return own.keys() == others.keys() and all(_same(own[k], others[k]) for k in own)

    __hash__ = None  # type: ignore[assignment]

    def __call__(self, x: Tensor) -> Tensor:
        """y = f(x)"""
        if self._cache_size and x is self._last[0]:
            return self._last[1]
        y = self._call(x)
        if self._cache_size:
            self._last = (x, y)
        return y

    def _inv_call(self, y: Tensor) -> Tensor:
        if self._cache_size and y is self._last[1]:
            return self._last[0]
        x = self._inverse(y)
        if self._cache_size:
            self._last = (x, y)
        return x

    def _call(self, x: Tensor) -> Tensor:
        return self._absent("forward formula")

    def _inverse(self, y: Tensor) -> Tensor:
        return self._absent("inverse")

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """log |det dy/dx| of each element, from both ends."""
        return self._absent("log_abs_det_jacobian")

    def forward_shape(self, shape: Sequence[int]) -> Any:
        """The shape of y for a shape of x."""
        return shape

    def inverse_shape(self, shape: Sequence[int]) -> Any:
        """The shape of x for a shape of y."""
        return shape

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor) or isinstance(b, torch.Tensor):
        return bool(torch.all(torch.as_tensor(a == b)))
    return bool(a == b)


class _InverseTransform(Transform):
    """The inverse of a transform."""

    def __init__(self, transform: Transform) -> None:
        super().__init__(transform._cache_size)
        self._inv = transform

    @property
    def domain(self) -> Any:
        """The codomain of the transform."""
        return self._inv.codomain

    @property
    def codomain(self) -> Any:
        """The domain of the transform."""
        return self._inv.domain

    @property
    def bijective(self) -> bool:
        """As the transform."""
        return self._inv.bijective

    @property
    def sign(self) -> Any:
        """As the transform."""
        return self._inv.sign

    def with_cache(self, cache_size: int = 1) -> Any:
        """The inverse of the transform with another cache size."""
        return self._inv.with_cache(cache_size).inv

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _InverseTransform) and self._inv == other._inv

    __hash__ = None

    def __call__(self, x: Tensor) -> Tensor:
        """x = f^-1(y)"""
        return self._inv._inv_call(x)

    def _inv_call(self, y: Tensor) -> Tensor:
        return self._inv(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The negative of the transform's."""
        return -self._inv.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape: Sequence[int]) -> Any:
        """The transform's inverse_shape."""
        return self._inv.inverse_shape(shape)

    def inverse_shape(self, shape: Sequence[int]) -> Any:
        """The transform's forward_shape."""
        return self._inv.forward_shape(shape)

    def __repr__(self) -> str:
        return f"_InverseTransform({self._inv!r})"


class ComposeTransform(Transform):
    """Transforms one after the other, the first one first.

    >>> double = torch.distributions.AffineTransform(0.0, 2.0)
    >>> torch.distributions.ComposeTransform([double, double])(torch.tensor(1.0))
    tensor(4.)
    """

    def __init__(self, parts: Sequence[Transform], cache_size: int = 0) -> None:
        if cache_size:
            parts = [part.with_cache(cache_size) for part in parts]
        super().__init__(cache_size)
        self.parts = list(parts)

    def _widened(self, parts: Sequence[Any], first: str, last: str) -> Any:
        """The first set of a chain, with dimensions added where a later part needs more of them."""
        if not parts:
            return constraints.real
        own = getattr(parts[0], first)
        dims = getattr(parts[-1], last).event_dim
        for part in reversed(parts):
            enters, leaves = getattr(part, first).event_dim, getattr(part, last).event_dim
            dims = max(enters, dims + enters - leaves)
        return own if dims == own.event_dim else constraints.independent(own, dims - own.event_dim)

    @property
    def domain(self) -> Any:
        """The domain of the first part."""
        return self._widened(self.parts, "domain", "codomain")

    @property
    def codomain(self) -> Any:
        """The codomain of the last part."""
        return self._widened(self.parts[::-1], "codomain", "domain")

    @property
    def bijective(self) -> bool:
        """Whether all parts are."""
        return all(part.bijective for part in self.parts)

    @property
    def sign(self) -> Any:
        """The product of the signs of the parts."""
        return math.prod(part.sign for part in self.parts)

    @property
    def inv(self) -> Any:
        """The inverses of the parts, the last one first."""
        if self._inv is None:
            self._inv = ComposeTransform([part.inv for part in reversed(self.parts)])
            self._inv._inv = self
        return self._inv

    def with_cache(self, cache_size: int = 1) -> Any:
        """The chain with another cache size of all parts."""
        return self if self._cache_size == cache_size else type(self)(self.parts, cache_size)

    def __call__(self, x: Tensor) -> Tensor:
        """All parts in turn"""
        for part in self.parts:
            x = part(x)
        return x

    def _inv_call(self, y: Tensor) -> Tensor:
        for part in reversed(self.parts):
            y = part.inv(y)
        return y

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The sum of those of the parts"""
        total: Any = torch.zeros_like(x) if not self.parts else 0
        dims = self.domain.event_dim
        for position, part in enumerate(self.parts):
            after = y if position == len(self.parts) - 1 else part(x)
            term = part.log_abs_det_jacobian(x, after)
            total = total + sum_rightmost(term, dims - part.domain.event_dim)
            dims += part.codomain.event_dim - part.domain.event_dim
            x = after
        return total

    def forward_shape(self, shape: Sequence[int]) -> Any:
        """Through all parts in turn."""
        for part in self.parts:
            shape = part.forward_shape(shape)
        return shape

    def inverse_shape(self, shape: Sequence[int]) -> Any:
        """Back through all parts in turn."""
        for part in reversed(self.parts):
            shape = part.inverse_shape(shape)
        return shape

    def __repr__(self) -> str:
        lines = ",\n    ".join(repr(part) for part in self.parts)
        return f"{type(self).__name__}(\n    {lines}\n)"


class IndependentTransform(Transform):
    """A transform of elements, over whose last dimensions the log determinant is summed.

    >>> t = torch.distributions.IndependentTransform(torch.distributions.ExpTransform(), 1)
    >>> x = torch.tensor([1.0, 2.0])
    >>> t.log_abs_det_jacobian(x, t(x))
    tensor(3.)
    """

    def __init__(
        self, base_transform: Transform, reinterpreted_batch_ndims: int, cache_size: int = 0
    ) -> None:
        super().__init__(cache_size)
        self.base_transform = base_transform.with_cache(cache_size)
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    def with_cache(self, cache_size: int = 1) -> Any:
        """The same with another cache size."""
        if self._cache_size == cache_size:
            return self
        return type(self)(self.base_transform, self.reinterpreted_batch_ndims, cache_size)

    @property
    def domain(self) -> Any:
        """That of the transform, of more dimensions."""
        return constraints.independent(self.base_transform.domain, self.reinterpreted_batch_ndims)

    @property
    def codomain(self) -> Any:
        """That of the transform, of more dimensions."""
        own = self.base_transform.codomain
        return constraints.independent(own, self.reinterpreted_batch_ndims)

    @property
    def bijective(self) -> bool:
        """As the transform."""
        return self.base_transform.bijective

    @property
    def sign(self) -> Any:
        """As the transform."""
        return self.base_transform.sign

    def _call(self, x: Tensor) -> Tensor:
        if x.dim() < self.domain.event_dim:
            raise ValueError("Too few dimensions on input")
        return self.base_transform(x)

    def _inverse(self, y: Tensor) -> Tensor:
        if y.dim() < self.codomain.event_dim:
            raise ValueError("Too few dimensions on input")
        return self.base_transform.inv(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The sum of the transform's over the last dimensions"""
        inner = self.base_transform.log_abs_det_jacobian(x, y)
        return sum_rightmost(inner, self.reinterpreted_batch_ndims)

    def forward_shape(self, shape: Sequence[int]) -> Any:
        """As the transform."""
        return self.base_transform.forward_shape(shape)

    def inverse_shape(self, shape: Sequence[int]) -> Any:
        """As the transform."""
        return self.base_transform.inverse_shape(shape)

    def __repr__(self) -> str:
        return f"IndependentTransform({self.base_transform!r}, {self.reinterpreted_batch_ndims})"
