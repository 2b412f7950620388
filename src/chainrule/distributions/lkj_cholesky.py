"""The distribution of Lewandowski, Kurowicka and Joe, of correlation matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import chainrule as torch

from . import constraints
from .beta import Beta
from .distribution import Distribution
from .utils import broadcast_all

if TYPE_CHECKING:
    from ..tensor import Tensor


class LKJCholesky(Distribution):
    """Cholesky factors of correlation matrices M, of density proportional to det(M)^(c - 1).

    Shape: concentration c (*); draws are (dim, dim).

    Lewandowski, Kurowicka and Joe, "Generating random correlation matrices based on vines and
    extended onion method" (2009).

    >>> torch.distributions.LKJCholesky(2, 1.0).log_prob(torch.eye(2))
    tensor(-0.6931)
    """

    arg_constraints = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(
        self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None
    ) -> None:
        if dim < 2:
            raise ValueError(
                f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}."
            )
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        super().__init__(self.concentration.shape, (dim, dim), validate_args=validate_args)
        like = {"dtype": self.concentration.dtype, "device": self.concentration.device}
        row = torch.cat([torch.zeros(1, **like), torch.arange(dim - 1, **like)])
        last = self.concentration.unsqueeze(-1) + 0.5 * (dim - 2)
        self._beta = Beta(row + 0.5, last - 0.5 * row)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        """The distribution with a larger batch."""
        new = self._get_checked_instance(LKJCholesky, _instance)
        new._beta = self._beta.expand((*batch_shape, self.dim))
        return super().expand(batch_shape, _instance=new)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Row by row: a random direction, whose share of the length 1 is a beta number"""
        with torch.no_grad():
            share = self._beta.sample(sample_shape).unsqueeze(-1)
            shape = self._extended_shape(sample_shape)
            z = torch.randn(shape, dtype=share.dtype, device=share.device).tril(-1)
            length = z.norm(dim=-1, keepdim=True)
            row = share.sqrt() * torch.where(length > 0, z / length, 0)
            rest = torch.clamp(1 - (row**2).sum(-1), min=torch.finfo(row.dtype).tiny)
            return row + torch.diag_embed(rest.sqrt())

    def log_prob(self, value: Tensor) -> Tensor:
        """sum over i > 1 of (2 (c - 1) + dim - i) log L_ii, less the normaliser"""
        if self._validate_args:
            self._validate_sample(value)
        diagonal, n, c = value.diagonal(dim1=-1, dim2=-2)[..., 1:], self.dim, self.concentration
        order = torch.arange(2, n + 1, device=c.device)
        powers = 2 * (c - 1).unsqueeze(-1) + n - order
        half = c + 0.5 * (n - 1)
        normalizer = 0.5 * (n - 1) * math.log(math.pi) + torch.mvlgamma(half - 0.5, n - 1)
        return (powers * diagonal.log()).sum(-1) - normalizer + torch.lgamma(half) * (n - 1)
