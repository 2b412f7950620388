"""Weighted sums of rows: products with a sparse matrix of so many entries in each row.

It knows arrays only: x (P, C), `index` (L, K) of its rows, `weight` (L, K), results (L, *).
"""

from __future__ import annotations

from typing import Any

import numpy

from ..typing import Array
from .index import SPARSE_FROM, accumulate


def _sparse(weight: Array, index: Array, rows: int) -> Any:
    from scipy.sparse import csr_array  # costs 50 ms to import: only where it pays

    length, k = index.shape
    starts = numpy.arange(0, length * k + 1, k)
    return csr_array((weight.reshape(-1), index.reshape(-1), starts), shape=(length, rows))


def _pays(values: Array) -> bool:
    large = type(values) is numpy.ndarray and values.size >= SPARSE_FROM
    return large and values.dtype.char in "fdFD"


def weighted_rows(xp: Any, x: Array, weight: Array, index: Array) -> Array:
    """out[l] = sum over k of weight[l, k] x[index[l, k]]."""
    if _pays(x):
        return _sparse(weight, index, len(x)) @ x
    out = xp.zeros((len(index), x.shape[1]), x.dtype)
    for k in range(index.shape[1]):
        out += weight[:, k : k + 1] * x[index[:, k]]
    return out


def weighted_rows_input(xp: Any, g: Array, weight: Array, index: Array, rows: int) -> Array:
    """The transpose in x: g[l] times each weight is added to where its row was read."""
    if _pays(g):
        return _sparse(weight, index, rows).T @ g
    out = xp.zeros((rows, g.shape[1]), g.dtype)
    for k in range(index.shape[1]):
        accumulate(out, index[:, k], weight[:, k : k + 1] * g)
    return out


def weighted_rows_weight(xp: Any, g: Array, x: Array, index: Array) -> Array:
    """The transpose in the weight: out[l, k] = g[l] . x[index[l, k]]."""
    out = xp.empty(index.shape, g.dtype)
    for k in range(index.shape[1]):
        out[:, k] = xp.einsum("lc,lc->l", g, x[index[:, k]])
    return out
