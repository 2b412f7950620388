"""LAPACK over stacks of matrices, where NumPy has no function of its own or says too little.

SciPy's wrappers are imported when they are first asked for. Arrays of a device visit the host.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy

from ..backend import device_of, move


def stacked(*ranks: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a routine of matrices (rank 2) and vectors (rank 1) one of stacks of them.

    The leading axes must be equal. The routine returns a tuple of arrays.
    """

    def decorate(routine: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(routine)
        def over(xp: Any, *stacks: Any, **options: Any) -> Any:
            if xp is not numpy:
                place = device_of(stacks[0])
                host = over(numpy, *[move(x, "cpu", None) for x in stacks], **options)
                return tuple([move(x, *place) for x in host])
            lead = stacks[0].shape[: stacks[0].ndim - ranks[0]]
            if not lead:
                return routine(*stacks, **options)
            if not math.prod(lead):  # the shapes of nothing: those of an example
                cores = [x.shape[x.ndim - rank :] for x, rank in zip(stacks, ranks, strict=True)]
                example = routine(
                    *[numpy.ones(c, x.dtype) for c, x in zip(cores, stacks, strict=True)], **options
                )
                return tuple([numpy.empty(lead + x.shape, x.dtype) for x in example])
            each = [routine(*[x[i] for x in stacks], **options) for i in numpy.ndindex(lead)]
            together = zip(*each, strict=True)
            return tuple([numpy.stack(xs).reshape(lead + xs[0].shape) for xs in together])

        return over

    return decorate


def _routine(name: str, *arrays: Any) -> Any:
    from scipy.linalg import get_lapack_funcs

    return get_lapack_funcs(name, arrays)


@stacked(2)
def lu(a: Any) -> Any:
    """The LU decomposition with pivots counted from 1, and where U has its first zero (or 0)."""
    if not a.size:
        return a.copy(), numpy.arange(1, min(a.shape) + 1, dtype=numpy.int32), numpy.int32(0)
    factors, pivots, info = _routine("getrf", a)(a)
    return numpy.ascontiguousarray(factors), pivots.astype(numpy.int32) + 1, numpy.int32(info)


@stacked(2, 2)
def triangular(a: Any, b: Any, *, upper: bool, unit: bool) -> Any:
    """The solution of a x = b for a triangular a; a zero on its diagonal gives inf and NaN."""
    from scipy.linalg import get_blas_funcs

    if not b.size:
        return (b.copy(),)
    trsm = get_blas_funcs("trsm", (a, b))
    if a.flags.c_contiguous:  # the transpose is in LAPACK's order
        return (numpy.ascontiguousarray(trsm(1, a.T, b, lower=upper, trans_a=1, diag=unit)),)
    return (numpy.ascontiguousarray(trsm(1, a, b, lower=not upper, diag=unit)),)


@stacked(2)
def cholesky(a: Any) -> Any:
    """The lower Cholesky factor, and the order of the first minor that is not positive (or 0)."""
    if not a.size:
        return a.copy(), numpy.int32(0)
    factor, info = _routine("potrf", a)(a, lower=1, clean=1)
    return numpy.ascontiguousarray(factor), numpy.int32(info)


@stacked(2)
def ldl(a: Any, *, hermitian: bool) -> Any:
    """The LDL decomposition of the lower triangle, its pivots, and where D is 0 (or 0)."""
    if not a.size:
        return a.copy(), numpy.arange(0, dtype=numpy.int32), numpy.int32(0)
    name = "hetrf" if hermitian and a.dtype.kind == "c" else "sytrf"
    factors, pivots, info = _routine(name, a)(a, lower=1)
    return numpy.tril(factors), pivots.astype(numpy.int32), numpy.int32(info)


@stacked(2, 1, 2)
def ldl_solution(factors: Any, pivots: Any, b: Any, *, hermitian: bool) -> Any:
    """The solution of a x = b from the LDL decomposition of a."""
    if not b.size:
        return (b.copy(),)
    name = "hetrs" if hermitian and b.dtype.kind == "c" else "sytrs"
    return (numpy.ascontiguousarray(_routine(name, factors, b)(factors, pivots, b, lower=1)[0]),)


@stacked(2, 1, 2)
def reflected(a: Any, tau: Any, x: Any, *, adjoint: bool) -> Any:
    """Q x, or Qᴴ x, where Q is the product of the reflectors in the columns of a."""
    if not x.size or not tau.size:
        return (x.copy(),)
    kind = a.dtype.kind == "c"
    multiply = _routine("unmqr" if kind else "ormqr", a, x)
    trans = ("C" if kind else "T") if adjoint else "N"
    a = a[:, : tau.size]
    room = multiply("L", trans, a, tau, x, -1)[1][0].real
    return (numpy.ascontiguousarray(multiply("L", trans, a, tau, x, int(room))[0]),)


@stacked(2, 2)
def least_squares(a: Any, b: Any, *, rcond: float, driver: str) -> Any:
    """The least squares solution (over the residuals), the rank and the singular values."""
    m, n = a.shape
    values = numpy.zeros(min(m, n), a.real.dtype)
    if not a.size or not b.size:
        return numpy.zeros((max(m, n), b.shape[1]), a.dtype), numpy.int64(0), values
    solve = _routine(driver, a, b)
    tall = numpy.zeros((max(m, n), b.shape[1]), b.dtype)
    tall[:m] = b
    if driver == "gels":
        _, x, info = solve(a, tall)
        rank = -info
    elif driver == "gelsy":
        room = _routine("gelsy_lwork", a, b)(m, n, b.shape[1], rcond)[0].real
        pivots = numpy.zeros(n, numpy.int32)
        _, x, _, rank, _ = solve(a, tall, pivots, rcond, int(room), False, False)
    elif driver == "gelsd":
        room, *small, _ = _routine("gelsd_lwork", a, b)(m, n, b.shape[1], rcond)
        sizes = [int(numpy.real(each)) for each in (room, *small)]
        x, values, rank, _ = solve(a, tall, *sizes, rcond, False, False)
    else:
        room = _routine("gelss_lwork", a, b)(m, n, b.shape[1], rcond)[0].real
        _, x, values, rank, *_ = solve(a, tall, rcond, int(room), False, False)
    return numpy.ascontiguousarray(x), numpy.int64(rank), values


@stacked(2)
def exponential(a: Any) -> Any:
    """The exponential of a matrix."""
    from scipy.linalg import expm

    return (expm(a) if a.size else a.copy(),)


def order(pivots: Any, rows: int) -> Any:
    """The row that comes to each place when the rows are swapped as `pivots` say, one by one."""
    places = numpy.broadcast_to(numpy.arange(rows), (*pivots.shape[:-1], rows)).copy()
    for k in range(pivots.shape[-1]):
        other = pivots[..., k, None].astype(numpy.int64) - 1
        one = places[..., k, None].copy()
        places[..., k, None] = numpy.take_along_axis(places, other, -1)
        numpy.put_along_axis(places, other, one, -1)
    return places
