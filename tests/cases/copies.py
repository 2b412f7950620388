"""Copies of what views show, and splits that are no views to autograd."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error


def joined(T, parts):
    return T.cat([part.flatten() * (i + 1) for i, part in enumerate(parts)])


def weighed(parts):
    return np.concatenate([part.ravel() * (i + 1) for i, part in enumerate(parts)])


def split_at_two(x):
    return weighed([x[:, :2], x[:, 2:]])


CASES = [
    Case("alias_copy", lambda T, x: T.alias_copy(x), ref=lambda x: x),
    Case("detach_copy", lambda T, x: T.detach_copy(x), ref=lambda x: x),
    Case("as_strided_copy", lambda T, x: T.as_strided_copy(x.contiguous(), (2, 2), (1, 1), 1)),
    Case("diagonal_copy", lambda T, x: T.diagonal_copy(x, 1), ref=lambda x: x.diagonal(1)),
    Case(
        "expand_copy",
        lambda T, x: T.expand_copy(x, (2, 2, 3)),
        ref=lambda x: np.broadcast_to(x, (2, 2, 3)),
        errors=[Error(lambda T: T.expand_copy(T.ones(2), (3,)), RuntimeError, "must match the")],
    ),
    Case("view_copy", lambda T, x: T.view_copy(x.contiguous(), (6,)), ref=np.ravel),
    Case("permute_copy", lambda T, x: T.permute_copy(x, (1, 0)), ref=np.transpose),
    Case("transpose_copy", lambda T, x: T.transpose_copy(x, 0, 1), ref=np.transpose),
    Case("t_copy", lambda T, x: T.t_copy(x), ref=np.transpose),
    Case("squeeze_copy", lambda T, x: T.squeeze_copy(x, (0,)), (A(1, 3),), lambda x: x[0]),
    Case("unsqueeze_copy", lambda T, x: T.unsqueeze_copy(x, 1), ref=lambda x: x[:, None]),
    Case("select_copy", lambda T, x: T.select_copy(x, 1, -1), ref=lambda x: x[:, -1]),
    Case(
        "slice_copy",
        lambda T, x: T.slice_copy(x, 1, 0, 3, 2),
        ref=lambda x: x[:, ::2],
        errors=[
            Error(lambda T: T.slice_copy(T.ones(3), 0, 0, 2, 0), RuntimeError, "must be positive"),
            Error(lambda T: T.slice_copy(T.ones(())), IndexError, "cannot be applied to a 0-dim"),
        ],
    ),
    Case("unfold_copy", lambda T, x: T.unfold_copy(x, 1, 2, 1), (A(2, 3),)),
    Case(
        "narrow_copy",
        lambda T, x: T.narrow_copy(x, 1, 1, 2),
        ref=lambda x: x[:, 1:],
        method="narrow_copy",
        args=(1, 1, 2),
    ),
    Case("split_copy", lambda T, x: joined(T, T.split_copy(x, 2, 1)), ref=split_at_two),
    Case(
        "split_with_sizes_copy",
        lambda T, x: joined(T, T.split_with_sizes_copy(x, [2, 1], 1)),
        ref=split_at_two,
    ),
    Case("unbind_copy", lambda T, x: joined(T, T.unbind_copy(x)), ref=weighed),
    Case(
        "view_as_complex_copy",
        lambda T, x: T.view_as_complex_copy(x.contiguous()),
        (A(3, 2),),
        lambda x: x[:, 0] + 1j * x[:, 1],
    ),
    Case(
        "view_as_real_copy",
        lambda T, x: T.view_as_real_copy(x),
        (A(3, kind="complex"),),
        lambda x: np.stack([x.real, x.imag], -1),
    ),
    Case("unsafe_split", lambda T, x: joined(T, T.unsafe_split(x, 2, 1)), ref=split_at_two),
    Case("unsafe_chunk", lambda T, x: joined(T, T.unsafe_chunk(x, 2, 1)), ref=split_at_two),
    Case(
        "unsafe_split_with_sizes",
        lambda T, x: joined(T, T.unsafe_split_with_sizes(x, (2, 1), 1)),
        ref=split_at_two,
    ),
]
