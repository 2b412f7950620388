"""The Wishart distribution."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import chainrule as torch

from . import constraints
from .chi2 import Chi2
from .exp_family import ExponentialFamily
from .multivariate_normal import precision_to_scale_tril
from .utils import lazy_property, standard_normal, vec_to_tril_matrix

if TYPE_CHECKING:
    from ..tensor import Tensor


class Wishart(ExponentialFamily):
    """The distribution of the sum of x x^T over `df` normal vectors x of a covariance matrix.

    One of this covariance matrix, its inverse (`precision_matrix`), or its Cholesky factor
    (`scale_tril`) is given.

    Shape: df (*), the matrix (*, n, n), df > n - 1; draws are (n, n).

    >>> torch.distributions.Wishart(torch.tensor(3.0), torch.eye(2)).mean
    tensor([[3., 0.],
            [0., 3.]])
    """

    support = constraints.positive_definite
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(
        self,
        df: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        matrices = {
            "covariance_matrix": covariance_matrix,
            "precision_matrix": precision_matrix,
            "scale_tril": scale_tril,
        }
        given = {name: each for name, each in matrices.items() if each is not None}
        if len(given) != 1:
            raise AssertionError(
                "Exactly one of covariance_matrix or precision_matrix or scale_tril may be "
                "specified."
            )
        ((name, matrix),) = given.items()
        if matrix.dim() < 2:
            raise ValueError(
                "scale_tril must be at least two-dimensional, with optional leading batch "
                "dimensions"
            )
        df = torch.as_tensor(df, dtype=matrix.dtype, device=matrix.device)
        batch = torch.broadcast_shapes(df.shape, matrix.shape[:-2])
        n = matrix.shape[-1]
        self.df = df.expand(batch)
        self._given = name
        vars(self)[name] = matrix.expand((*batch, -1, -1))
        if self.df.le(n - 1).any():
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {n - 1}.")
        super().__init__(batch, matrix.shape[-2:], validate_args=validate_args)
        if self.df.lt(n).any():
            warnings.warn(
                "Low df values detected. Singular samples are highly likely to occur for "
                "ndim - 1 < df < ndim."
            )
        self._factor  # noqa: B018  # a matrix that has none is refused here

    @property
    def arg_constraints(self) -> Any:
        """df > n - 1, and the matrices"""
        return {
            "covariance_matrix": constraints.positive_definite,
            "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky,
            "df": constraints.greater_than(self._event_shape[-1] - 1),
        }

    @lazy_property
    def _factor(self) -> Tensor:
        matrix = vars(self)[self._given]
        if self._given == "scale_tril":
            return matrix
        if self._given == "covariance_matrix":
            return torch.linalg.cholesky(matrix)
        return precision_to_scale_tril(matrix)

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The Cholesky factor L of the covariance matrix."""
        return self._factor

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """L L^T"""
        return self._factor @ self._factor.mT

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance matrix."""
        return torch.cholesky_inverse(self._factor)

    @property
    def mean(self) -> Tensor:
        """df covariance_matrix"""
        return self.df[..., None, None] * self.covariance_matrix

    @property
    def mode(self) -> Tensor:
        """(df - n - 1) covariance_matrix; NaN unless df > n + 1"""
        factor = self.df - self._event_shape[-1] - 1
        factor = torch.where(factor <= 0, math.nan, factor)
        return factor[..., None, None] * self.covariance_matrix

    @property
    def variance(self) -> Tensor:
        """df (V_ij^2 + V_ii V_jj), V the covariance matrix"""
        V = self.covariance_matrix
        diagonal = V.diagonal(dim1=-2, dim2=-1)
        outer = diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2)
        return self.df[..., None, None] * (V.pow(2) + outer)

    def rsample(self, sample_shape: Sequence[int] = (), max_try_correction: int = 10) -> Tensor:
        """L A A^T L^T, A lower triangular, of roots of chi-squared numbers and of normal ones.

        As in PyTorch the second draw counts. Singular draws are made anew, with a warning, up to
        `max_try_correction` times.

        Bartlett, "On the theory of statistical regression" (1933).
        """
        self._bartlett(sample_shape)
        drawn = self._bartlett(sample_shape)
        for _ in range(max_try_correction):
            regular = self.support.check(drawn)
            if regular.all():
                break
            warnings.warn("Singular sample detected.")
            drawn = torch.where(regular[..., None, None], drawn, self._bartlett(sample_shape))
        return drawn

    def _bartlett(self, sample_shape: Sequence[int]) -> Tensor:
        n, like = self._event_shape[-1], self._factor
        degrees = self.df.unsqueeze(-1) - torch.arange(n, dtype=like.dtype, device=like.device)
        diagonal = Chi2(degrees).rsample(sample_shape).sqrt()
        count = n * (n - 1) // 2
        below = standard_normal((*sample_shape, *self._batch_shape, count), like)
        A = vec_to_tril_matrix(below, -1) if count else 0
        root = like @ (torch.diag_embed(diagonal) + A)
        return root @ root.mT

    def _log_det(self) -> Tensor:
        return 2 * self._factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        """((df - n - 1) log det X - tr(V^-1 X)) / 2, less the normaliser"""
        if self._validate_args:
            self._validate_sample(value)
        n, half = self._event_shape[-1], self.df / 2
        trace = torch.cholesky_solve(value, self._factor).diagonal(dim1=-2, dim2=-1).sum(-1)
        normalizer = half * (n * math.log(2) + self._log_det()) + torch.mvlgamma(half, n)
        return 0.5 * ((self.df - n - 1) * torch.linalg.slogdet(value)[1] - trace) - normalizer

    def entropy(self) -> Tensor:
        """The mean of -log_prob"""
        n, half = self._event_shape[-1], self.df / 2
        steps = torch.arange(n, dtype=half.dtype, device=half.device) / 2
        slope = torch.digamma(half.unsqueeze(-1) - steps).sum(-1)
        constant = 0.5 * (n + 1) * (self._log_det() + n * math.log(2))
        return constant + torch.mvlgamma(half, n) - 0.5 * (self.df - n - 1) * slope + half * n

    @property
    def _natural_params(self) -> Any:
        return self.precision_matrix * -0.5, (self.df - self._event_shape[-1] - 1) / 2

    def _log_normalizer(self, x: Tensor, y: Tensor) -> Tensor:  # type: ignore[override]
        n = self._event_shape[-1]
        half = y + (n + 1) / 2
        return torch.mvlgamma(half, n) - half * torch.linalg.slogdet(-x)[1]
