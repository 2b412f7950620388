"""Reading and writing by index."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error
from .shape import fails, ones


def index(T, *values):
    return T.tensor(list(values))


def zeroed(x, i, value=0.0):
    x = x.copy()
    x[i] = value
    return x


READING = [
    Case(
        "x[basic]",
        lambda T, x: (x[1], x[..., 0], x[0:1, 1:, None], x[::2, -1], x[...], x[None]),
        ref=lambda x: (x[1], x[..., 0], x[0:1, 1:, None], x[::2, -1], x, x[None]),
    ),
    Case(
        "x[arrays]",
        lambda T, x, i: (x[i], x[:, [2, 0]], x[i, [2, 1, 1]], x[0, i], x[x > 0], x[i[:2], 1:]),
        (A(3, 3), A(3, low=0, high=3, kind="int")),
        lambda x, i: (x[i], x[:, [2, 0]], x[i, [2, 1, 1]], x[0][i], x[x > 0], x[i[:2], 1:]),
    ),
    Case(
        "x[separated]",
        lambda T, x: (x[[0, 1], :, [2, 0]], x[0, :, [2, 0]], x[True], x[:, [[0], [1]], None]),
        (A(2, 3, 4),),
        lambda x: (x[[0, 1], :, [2, 0]], x[0][:, [2, 0]], x[None], x[:, [[0], [1]], None]),
    ),
    Case(
        "x[rows] many times",
        lambda T, x: x[T.arange(4096) % 3],
        (A(3, 5),),
        lambda x: x[np.arange(4096) % 3],
        atol=1e-5,
    ),
    Case(
        "gather",
        lambda T, x: (
            T.gather(x, 1, T.tensor([[2, 2], [0, 1]])),
            x.gather(0, T.tensor([[1, 0, 1]])),
            x.gather(1, T.tensor([[1], [0]])),
            x[0, 0].gather(0, T.tensor(0)),
        ),
        ref=lambda x: (
            x[[[0, 0], [1, 1]], [[2, 2], [0, 1]]],
            x[[[1, 0, 1]], [[0, 1, 2]]],
            x[[[0], [1]], [[1], [0]]],
            x[0, 0],
        ),
        errors=[
            fails(
                lambda T: ones(T, 2, 3).gather(1, T.tensor([[3]])),
                "index 3 is out of bounds for dimension 1 with size 3",
            ),
            fails(lambda T: ones(T, 3).gather(0, index(T, -1)), "index -1 is out of bounds"),
            fails(lambda T: ones(T, 2, 3).gather(0, index(T, 0)), "same number of dimensions as"),
            fails(
                lambda T: ones(T, 2, 3).gather(1, T.tensor([[0]] * 3)),
                "Size does not match at dimension 0 expected index",
            ),
            fails(lambda T: ones(T, 3).gather(0, T.tensor([0.0])), "Expected dtype int"),
        ],
    ),
    Case(
        "index_select",
        lambda T, x: (T.index_select(x, 0, index(T, 1, 1)), x.index_select(1, index(T, 2, 0, 2))),
        ref=lambda x: (x[[1, 1]], x[:, [2, 0, 2]]),
        errors=[
            fails(lambda T: ones(T, 2).index_select(0, index(T, 2)), "out of range in", IndexError),
            fails(lambda T: ones(T, 2).index_select(0, T.tensor([[0]])), "a vector", IndexError),
        ],
    ),
    Case(
        "take",
        lambda T, x: T.take(x, T.tensor([[0, 5], [-1, 0]])),
        ref=lambda x: x.ravel()[[[0, 5], [-1, 0]]],
        errors=[
            fails(lambda T: ones(T, 2).take(index(T, 2)), "tried to access index 2", IndexError),
            fails(lambda T: ones(T, 2).take(T.tensor([0.0])), "Expected a long tensor for index"),
        ],
    ),
    Case(
        "take_along_dim",
        lambda T, x: (T.take_along_dim(x, T.tensor([[2], [-3]]), 1), x.take_along_dim(index(T, 4))),
        ref=lambda x: (np.take_along_axis(x, np.array([[2], [0]]), 1), x.ravel()[[4]]),
        errors=[
            fails(lambda T: T.take_along_dim(ones(T, 2, 2), index(T, 0), 1), "same number of dim")
        ],
    ),
    Case(
        "masked_select",
        lambda T, x: (T.masked_select(x, x > 0), x.masked_select(T.tensor([True, False, True]))),
        ref=lambda x: (x[x > 0], x[:, ::2].ravel()),
        errors=[fails(lambda T: ones(T, 2).masked_select(ones(T, 2)), "expected BoolTensor")],
    ),
    Case(
        "nonzero_static",
        lambda T, x: (T.nonzero_static(x > 0, size=1), (x > 9).nonzero_static(size=2)),
        ref=lambda x: (np.argwhere(x > 0)[:1], np.full((2, 2), -1)),
        grad=False,
        errors=[fails(lambda T: T.nonzero_static(ones(T, 2), size=-1), "non-negative integer")],
    ),
    Case(
        "nonzero",
        lambda T, x: (
            T.nonzero(x > 0),
            (x > 0).nonzero(as_tuple=True),
            T.argwhere(x > 0),
            T.unravel_index(index(T, 4, 1), (2, 3)),
        ),
        ref=lambda x: (
            np.argwhere(x > 0),
            np.nonzero(x > 0),
            np.argwhere(x > 0),
            np.unravel_index([4, 1], (2, 3)),
        ),
        grad=False,
    ),
]


def assigned(T, x, y):
    """A tensor after several writes by index."""
    out = x + 0
    out[0] = y[1]
    out[1:, 1] = 7.0
    out[[0, 0], [0, 2]] = y[:2, 0]
    out[out > 1.5] = 1.0
    return out


def assigned_ref(x, y):
    out = x.copy()
    out[0] = y[1]
    out[1:, 1] = 7.0
    out[[0, 0], [0, 2]] = y[:2, 0]
    out[out > 1.5] = 1.0
    return out


WRITING = [
    Case("x[...] = y", assigned, (A(3, 3), A(3, 3)), assigned_ref),
    Case(
        "index_put",
        lambda T, x, y: (
            x.index_put((index(T, 1, 0),), y),
            x.index_put((index(T, 0, 0),), y, accumulate=True),
            x.index_put((x > 0,), y[0, 0]),
        ),
        (A(2, 3), A(2, 3)),
        lambda x, y: (
            y[::-1],
            x + np.stack([y.sum(0), 0 * y[0]]),
            np.where(x > 0, y[0, 0], x),
        ),
        errors=[
            fails(
                lambda T: ones(T, 2).index_put((index(T, 0),), ones(T, 2)),
                "cannot be broadcast to indexing result",
            ),
            fails(
                lambda T: ones(T, 2).index_put((index(T, 0),), T.tensor([1])),
                "Index put requires the source and destination dtypes match",
            ),
        ],
    ),
    Case(
        "scatter",
        lambda T, x, y: (
            T.scatter(x, 1, T.tensor([[2], [0]]), y),
            x.scatter(0, T.tensor([[1, 0, 1]]), 5.0),
        ),
        (A(2, 3), A(2, 2)),
        lambda x, y: (
            zeroed(x, ([0, 1], [2, 0]), y[:, 0]),
            zeroed(x, ([1, 0, 1], [0, 1, 2]), 5.0),
        ),
        errors=[
            fails(lambda T: ones(T, 2).scatter(0, index(T, 2), 1.0), "index 2 is out of bounds"),
            fails(
                lambda T: ones(T, 2).scatter(0, index(T, 0, 1), ones(T, 1)),
                "to be no larger size than src",
            ),
        ],
    ),
    Case(
        "scatter by",
        lambda T, x: x.scatter(1, T.tensor([[0, 0]]), 3.0, reduce="multiply"),
        ref=lambda x: x * np.array([[9, 1, 1], [1, 1, 1]]),
        grad=False,
    ),
    Case(
        "scatter_add",
        lambda T, x, y: T.scatter_add(x, 1, T.tensor([[2, 2], [0, 2]]), y),
        (A(2, 3), A(2, 2)),
        lambda x, y: np.add(x, [[0, 0, y[0].sum()], [y[1, 0], 0, y[1, 1]]]),
    ),
    *[
        Case(
            f"scatter_reduce {how} {own}",
            lambda T, x, y, how=how, own=own: T.scatter_reduce(
                x, 1, T.tensor([[2, 2], [0, 2]]), y, how, include_self=own
            ),
            (A(2, 3, kind="distinct"), A(2, 2, low=-3.0, kind="distinct")),
        )
        for how in ("sum", "prod", "mean", "amax", "amin")
        for own in (True, False)
    ],
    *[
        Case(
            f"index_reduce {how} {own}",
            lambda T, x, y, how=how, own=own: T.index_reduce(
                x, 1, index(T, 2, 2), y, how, include_self=own
            ),
            (A(2, 3, kind="distinct"), A(2, 2, low=-3.0, kind="distinct")),
            errors=[
                fails(
                    lambda T: T.index_reduce(ones(T, 2), 0, index(T, 0), ones(T, 1), "sum"),
                    "Expected reduce to be one of prod, mean, amax or amin",
                ),
                Error(
                    lambda T: T.index_reduce(ones(T, 2), 0, index(T, 2), ones(T, 1), "amax"),
                    IndexError,
                    "out of range",
                ),
            ]
            if own
            else [],
        )
        for how in ("prod", "mean", "amax", "amin")
        for own in (True, False)
    ],
    Case(
        "index_add",
        lambda T, x, y: T.index_add(x, 1, index(T, 2, 2), y, alpha=2),
        (A(2, 3), A(2, 2)),
        lambda x, y: x + 2 * np.stack([0 * y[:, 0], 0 * y[:, 0], y.sum(1)], 1),
        errors=[
            fails(lambda T: ones(T, 2).index_add(0, index(T, 2), ones(T, 1)), "out of bounds"),
            fails(lambda T: ones(T, 2).index_add(0, index(T, 0), ones(T, 2)), "Number of indices"),
        ],
    ),
    Case(
        "index_copy",
        lambda T, x, y: T.index_copy(x, 1, index(T, 2, 0), y),
        (A(2, 3), A(2, 2)),
        lambda x, y: np.stack([y[:, 1], x[:, 1], y[:, 0]], 1),
        errors=[
            fails(
                lambda T: ones(T, 2).index_copy(0, index(T, -1), ones(T, 1)),
                "index -1 is out of bounds",
                IndexError,
            )
        ],
    ),
    Case(
        "index_fill",
        lambda T, x, y: (x.index_fill(1, index(T, 0, -1), 3), x.index_fill(0, index(T, 1), y[0])),
        (A(2, 3), A(1)),
        lambda x, y: (zeroed(x, (slice(None), [0, 2]), 3.0), zeroed(x, 1, y[0])),
    ),
    Case(
        "masked_fill",
        lambda T, x, y: (
            T.masked_fill(x, x > 0, 2),
            x.masked_fill(T.tensor([True, False, True]), y[0]),
            x[0].masked_fill(x > 0, float("-inf")).exp(),
        ),
        (A(2, 3), A(1)),
        lambda x, y: (
            np.where(x > 0, 2, x),
            np.where([True, False, True], y, x),
            np.exp(np.where(x > 0, -np.inf, x[0])),
        ),
        errors=[
            fails(lambda T: ones(T, 2).masked_fill(ones(T, 2), 1), "only supports boolean masks"),
            fails(
                lambda T: ones(T, 2).half().masked_fill(T.tensor(True), 1e9),
                "value cannot be converted to type c10::Half without overflow",
            ),
            fails(
                lambda T: T.ones(2, dtype=T.int64).masked_fill(T.tensor(True), T.tensor(np.inf)),
                "value cannot be converted to type int64_t without overflow",
            ),
            fails(
                lambda T: T.ones(2, dtype=T.uint8).masked_fill(T.tensor(True), T.tensor(300)),
                "value cannot be converted to type uint8_t without overflow",
            ),
        ],
    ),
    Case(
        "masked_fill_",
        lambda T, x, mask: T.masked_fill(x, mask, 2),
        (A(2, 3), A(2, 3, kind="bool")),
        lambda x, mask: np.where(mask, 2, x),
        method="masked_fill",
        inplace="masked_fill_",
        args=(2,),
    ),
    Case(
        "masked_scatter",
        lambda T, x, y: x.masked_scatter(T.tensor([True, False, True]), y),
        (A(2, 3), A(5)),
        lambda x, y: np.stack([y[:4:2], x[:, 1], y[1:4:2]], 1),
        errors=[
            fails(
                lambda T: ones(T, 2).masked_scatter(T.tensor([True, True]), ones(T, 1)),
                "Number of elements of source < number of ones in mask",
            )
        ],
    ),
    Case(
        "put",
        lambda T, x, y: (x + 0).put_(index(T, 5, 0), y) + (x + 0).put_(index(T, 1, 1), y, True),
        (A(2, 3), A(2)),
        lambda x, y: 2 * x + [[y[1] - x[0, 0], y.sum(), 0], [0, 0, y[0] - x[1, 2]]],
    ),
    Case(
        "fill",
        lambda T, x, y: (
            (x + 0).fill_(2.0),
            (x + 0).fill_(y[0]),
            (x + 0).zero_(),
            (x + 0).copy_(y),
            (x + 0).fill_diagonal_(1.0),
        ),
        (A(2, 3), A(3)),
        lambda x, y: (
            np.full((2, 3), 2.0),
            np.full((2, 3), y[0]),
            0 * x,
            np.stack([y, y]),
            np.where(np.eye(2, 3) > 0, 1, x),
        ),
        errors=[
            fails(lambda T: ones(T, 2).fill_(ones(T, 2)), "only supports 0-dimension value"),
            fails(lambda T: ones(T, 2).copy_(ones(T, 3)), "must match the size of tensor b"),
            fails(lambda T: ones(T, 2).copy_(ones(T, 3, 2)), "doesn't match the broadcast shape"),
        ],
    ),
]

CASES = READING + WRITING
