"""The normal distribution of vectors, its covariance of low rank and a diagonal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import chainrule as torch

from . import constraints
from .distribution import Distribution
from .multivariate_normal import batch_mahalanobis, batch_matvec
from .utils import lazy_property, standard_normal

if TYPE_CHECKING:
    from ..tensor import Tensor


def capacitance_tril(W: Tensor, D: Tensor) -> Tensor:
    """The Cholesky factor of I + W^T D^-1 W, D given by its diagonal."""
    inner = torch.matmul(W.mT / D.unsqueeze(-2), W)
    identity = torch.eye(inner.shape[-1], dtype=inner.dtype, device=inner.device)
    return torch.linalg.cholesky(inner + identity)


def lowrank_logdet(D: Tensor, capacitance: Tensor) -> Tensor:
    """log det(W W^T + D), by the matrix determinant lemma."""
    diagonal = capacitance.diagonal(dim1=-2, dim2=-1)
    return 2 * diagonal.log().sum(-1) + D.log().sum(-1)


def lowrank_mahalanobis(W: Tensor, D: Tensor, x: Tensor, capacitance: Tensor) -> Tensor:
    """x^T (W W^T + D)^-1 x, by Woodbury's identity."""
    inner = batch_matvec(W.mT / D.unsqueeze(-2), x)
    return (x.pow(2) / D).sum(-1) - batch_mahalanobis(capacitance, inner)


class LowRankMultivariateNormal(Distribution):
    """The normal distribution of vectors with covariance W W^T + D, W of few columns, D diagonal.

    Shape: loc (*, n), cov_factor W (*, n, rank), cov_diag D (*, n); draws are (n).

    >>> zeros, ones = torch.zeros(2), torch.ones(2)
    >>> d = torch.distributions.LowRankMultivariateNormal(zeros, torch.ones(2, 1), ones)
    >>> d.covariance_matrix
    tensor([[2., 1.],
            [1., 2.]])
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self, loc: Any, cov_factor: Any, cov_diag: Any, validate_args: bool | None = None
    ) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        event = loc.shape[-1:]
        if cov_factor.dim() < 2:
            raise ValueError(
                "cov_factor must be at least two-dimensional, with optional leading batch "
                "dimensions"
            )
        if cov_factor.shape[-2:-1] != event:
            raise ValueError(f"cov_factor must be a batch of matrices with shape {event[0]} x m")
        if cov_diag.shape[-1:] != event:
            raise ValueError(f"cov_diag must be a batch of vectors with shape {event}")
        try:
            batch = torch.broadcast_shapes(
                loc.shape[:-1], cov_factor.shape[:-2], cov_diag.shape[:-1]
            )
        except RuntimeError:
            raise ValueError(
                f"Incompatible batch shapes: loc {loc.shape}, cov_factor {cov_factor.shape}, "
                f"cov_diag {cov_diag.shape}"
            ) from None
        self.loc = loc.expand((*batch, -1))
        self.cov_factor = cov_factor.expand((*batch, -1, -1))
        self.cov_diag = cov_diag.expand((*batch, -1))
        super().__init__(batch, event, validate_args=validate_args)

    @lazy_property
    def _capacitance_tril(self) -> Tensor:
        return capacitance_tril(self.cov_factor, self.cov_diag)

    @property
    def mean(self) -> Tensor:
        """loc"""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """loc"""
        return self.loc

    @lazy_property
    def variance(self) -> Tensor:
        """The diagonal of the covariance matrix"""
        return self.cov_factor.pow(2).sum(-1) + self.cov_diag

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The Cholesky factor of the covariance matrix"""
        root = self.cov_diag.sqrt().unsqueeze(-1)
        scaled = self.cov_factor / root
        inner = torch.matmul(scaled, scaled.mT)
        identity = torch.eye(inner.shape[-1], dtype=inner.dtype, device=inner.device)
        return root * torch.linalg.cholesky(inner + identity)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """W W^T + D"""
        return torch.matmul(self.cov_factor, self.cov_factor.mT) + torch.diag_embed(self.cov_diag)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance matrix, by Woodbury's identity"""
        scaled = self.cov_factor.mT / self.cov_diag.unsqueeze(-2)
        part = torch.linalg.solve_triangular(self._capacitance_tril, scaled, upper=False)
        return torch.diag_embed(self.cov_diag.reciprocal()) - part.mT @ part

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """loc + W z + sqrt(D) z'"""
        shape = self._extended_shape(sample_shape)
        inner = standard_normal((*shape[:-1], self.cov_factor.shape[-1]), self.loc)
        outer = standard_normal(shape, self.loc)
        return self.loc + batch_matvec(self.cov_factor, inner) + self.cov_diag.sqrt() * outer

    def log_prob(self, value: Tensor) -> Tensor:
        """-(n log(2 pi) + log det + (x - loc)^T covariance^-1 (x - loc)) / 2"""
        if self._validate_args:
            self._validate_sample(value)
        capacitance = self._capacitance_tril
        distance = lowrank_mahalanobis(
            self.cov_factor, self.cov_diag, value - self.loc, capacitance
        )
        log_det = lowrank_logdet(self.cov_diag, capacitance)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + log_det + distance)

    def entropy(self) -> Tensor:
        """(n (1 + log(2 pi)) + log det) / 2"""
        log_det = lowrank_logdet(self.cov_diag, self._capacitance_tril)
        return 0.5 * (self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + log_det)
