"""Orthogonal weights: matrices whose columns, or rows, are orthonormal."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

import numpy

from ... import linalg
from ...autograd.grad_mode import no_grad
from ...core.tensor import unwrap
from ...ops.creation import eye, zeros_like
from ...ops.join import cat
from ...ops.matmul import matmul
from ...ops.qr import geqrf
from ...ops.rearrange import tril
from ..modules.module import Module
from . import parametrize


class _OrthMaps(Enum):
    """The ways from a matrix to an orthogonal one."""

    matrix_exp = auto()
    cayley = auto()
    householder = auto()


class _Orthogonal(Module):
    """An orthogonal matrix, or one with orthonormal columns or rows."""

    base: Any

    def __init__(
        self, weight: Any, orthogonal_map: _OrthMaps, *, use_trivialization: bool = True
    ) -> None:
        super().__init__()
        if weight.is_complex() and orthogonal_map == _OrthMaps.householder:
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Any) -> Any:
        """The orthogonal matrix that X stands for."""
        wide = X.size(-2) < X.size(-1)
        X = X.mT if wide else X
        by = self._by_householder if self.orthogonal_map == _OrthMaps.householder else self._by_skew
        Q = by(X)
        if hasattr(self, "base"):
            Q = matmul(self.base, Q)
        return Q.mT if wide else Q

    @staticmethod
    def _by_householder(X: Any) -> Any:
        """The product of the reflections whose vectors are below the diagonal."""
        A = tril(X, -1)
        tau = 2.0 / (1.0 + (A * A.conj()).sum(-2))
        signs = X.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)
        return linalg.householder_product(A, tau) * signs

    def _by_skew(self, X: Any) -> Any:
        """exp(A) or (I + A/2) / (I - A/2), of the skew matrix A below the diagonal."""
        n, k = X.size(-2), X.size(-1)
        X = tril(X)
        if n != k:
            X = cat([X, X.new_zeros((*X.shape[:-2], n, n - k))], -1)
        A = X - X.mH
        if self.orthogonal_map == _OrthMaps.matrix_exp:
            Q = linalg.matrix_exp(A)
        else:
            one = eye(n, dtype=A.dtype, device=A.device)
            Q = linalg.solve(one - 0.5 * A, one + 0.5 * A)
        return Q[..., :k] if n != k else Q

    def right_inverse(self, Q: Any) -> Any:
        """What stands for Q, made orthogonal if it is not."""
        if Q.shape != self.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. "
                f"Got a tensor of shape {Q.shape}."
            )
        given = Q
        wide = Q.size(-2) < Q.size(-1)
        Q = Q.mT if wide else Q
        n, k = Q.size(-2), Q.size(-1)
        if not hasattr(self, "base"):
            if self.orthogonal_map != _OrthMaps.householder:
                raise NotImplementedError(
                    "It is not possible to assign to the matrix exponential or the Cayley "
                    "parametrizations when use_trivialization=False."
                )
            A, tau = geqrf(Q)
            diagonal = A.diagonal(dim1=-2, dim2=-1)
            diagonal.sign_()
            diagonal[tau == 0.0] *= -1
            return A.mT if wide else A
        if n == k:
            Q = Q.clone() if _is_orthogonal(Q) else _make_orthogonal(Q)
        else:
            more = Q.new_empty((*Q.shape[:-2], n, n - k)).normal_()
            Q = _make_orthogonal(cat([Q, more], -1))
        self.base = Q
        negative = zeros_like(given)
        negative.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
        return negative


def _is_orthogonal(Q: Any) -> bool:
    n, k = Q.size(-2), Q.size(-1)
    one = eye(k, dtype=Q.dtype, device=Q.device)
    eps = 10.0 * n * float(numpy.finfo(unwrap(Q).dtype).eps)
    return bool(((matmul(Q.mH, Q) - one).abs() <= eps).all())


def _make_orthogonal(A: Any) -> Any:
    """The orthogonal factor of A = QR with a positive diagonal in R."""
    with no_grad():
        X, tau = geqrf(A)
        return linalg.householder_product(X, tau) * X.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)


def orthogonal(
    module: Any,
    name: str = "weight",
    orthogonal_map: str | None = None,
    *,
    use_trivialization: bool = True,
) -> Module:
    """Keep a matrix orthogonal, or its columns or rows orthonormal.

    `orthogonal_map` is "matrix_exp" (of a skew matrix, the default for square ones), "cayley" or
    "householder" (a product of reflections, the default for others).

    Lezcano-Casado and Martínez-Rubio, "Cheap orthogonal constraints in neural networks" (2019).

    >>> from chainrule import nn
    >>> w = orthogonal(nn.Linear(3, 3)).weight
    >>> bool(isclose(w @ w.T, eye(3), atol=1e-5).all())
    True
    """
    weight = parametrize.weight_of(module, name)
    if weight.ndim < 2:
        raise ValueError(
            f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions."
        )
    if orthogonal_map is None:
        square = weight.size(-2) == weight.size(-1) or weight.is_complex()
        orthogonal_map = "matrix_exp" if square else "householder"
    found = getattr(_OrthMaps, orthogonal_map, None)
    if found is None:
        raise ValueError(
            'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". '
            f"Got: {orthogonal_map}"
        )
    made = _Orthogonal(weight, found, use_trivialization=use_trivialization)
    return parametrize.register_parametrization(module, name, made, unsafe=True)
