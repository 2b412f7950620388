"""Views, and copies with the elements in other places."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error

OUT_OF_RANGE = r"Dimension out of range \(expected to be in range of \[-2, 1\], but got 2\)"


def fails(call, message, kind=RuntimeError):
    return Error(call, kind, message)


def ones(torch, *size):
    return torch.ones(*size)


def _with_diagonal(x, y):
    out = x.copy()
    out[[0, 1], [1, 2]] = y
    return out


def _with_window(x, y):
    out = x.reshape(-1).copy()
    out[[1, 3, 4, 6]] = y.reshape(-1)
    return out.reshape(x.shape)


VIEWS = [
    Case(
        "view",
        lambda T, x: x.contiguous().view(3, -1),
        ref=lambda x: x.reshape(3, 2),
        method="view",
        args=(3, 2),
        errors=[
            fails(lambda T: ones(T, 2, 3).view(4), r"shape '\[4\]' is invalid for input of size 6"),
            fails(lambda T: ones(T, 2, 3).view(-1, 4), r"shape '\[-1, 4\]' is invalid"),
            fails(lambda T: ones(T, 6).view(-1, -1), "only one dimension can be inferred"),
            fails(lambda T: ones(T, 6).view(-2, 3), r"invalid shape dimension -2 at index 0"),
            fails(lambda T: ones(T, 0, 3).view(-1, 0), "cannot reshape tensor of 0 elements"),
            fails(lambda T: ones(T, 2, 3).t().view(6), "view size is not compatible with input"),
            fails(lambda T: ones(T, 3).view(T.float64), r"self.size\(-1\) must be divisible by 2"),
            fails(lambda T: ones(T, 3).view("a"), "must be tuple of ints|invalid comb", TypeError),
        ],
    ),
    Case("view of 0-d", lambda T, x: x[0].view(1, 1), (A(1),), ref=lambda x: x.reshape(1, 1)),
    Case("view_as", lambda T, x: x[0].view_as(T.ones(3, 1)), ref=lambda x: x[0][:, None]),
    Case(
        "view dtype",
        lambda T, x: x.float().view(T.int32),
        ref=lambda x: x.astype(np.float32).view(np.int32),
        grad=False,
    ),
    Case(
        "reshape",
        lambda T, x: T.reshape(x.t(), (-1,)),
        ref=lambda x: x.T.reshape(-1),
        errors=[fails(lambda T: ones(T, 2, 3).reshape(4), r"shape '\[4\]' is invalid for input")],
    ),
    Case("reshape_as", lambda T, x: x.reshape_as(T.ones(3, 2)), ref=lambda x: x.reshape(3, 2)),
    Case(
        "flatten",
        lambda T, x: T.flatten(x, 1),
        (A(2, 3, 2),),
        lambda x: x.reshape(2, 6),
        method="flatten",
        args=(1,),
        errors=[
            fails(lambda T: ones(T, 2, 3).flatten(1, 0), "start_dim cannot come after end_dim"),
            fails(lambda T: ones(T, 2, 3).flatten(2), OUT_OF_RANGE, IndexError),
        ],
    ),
    Case("flatten 0-d", lambda T, x: x[0].flatten(), (A(1),), lambda x: x),
    Case(
        "unflatten",
        lambda T, x: T.unflatten(x, 1, (2, -1)),
        (A(2, 6),),
        lambda x: x.reshape(2, 2, 3),
        errors=[
            fails(lambda T: ones(T, 2).unflatten(0, (3, 1)), "don't multiply up to the size of"),
            fails(lambda T: ones(T, 2).unflatten(0, ()), "sizes must be non-empty"),
            fails(lambda T: ones(T, 2).unflatten(0, (-1, -1)), "only one dimension can be"),
        ],
    ),
    Case("ravel", lambda T, x: T.ravel(x), ref=np.ravel),
    Case("squeeze", lambda T, x: T.squeeze(x), (A(1, 3, 1),), np.squeeze, method="squeeze"),
    Case(
        "squeeze dim",
        lambda T, x: (x.squeeze(0), x.squeeze(1), x.squeeze((0, -1))),
        (A(1, 3, 1),),
        lambda x: (x[0], x, x[0, :, 0]),
        errors=[
            fails(lambda T: ones(T, 2, 3).squeeze(2), OUT_OF_RANGE, IndexError),
            fails(lambda T: ones(T, 2, 3).squeeze((0, 0)), "dim 0 appears multiple times"),
        ],
    ),
    Case(
        "unsqueeze",
        lambda T, x: (T.unsqueeze(x, 1), x.unsqueeze(-1)),
        ref=lambda x: (x[:, None], x[..., None]),
        errors=[
            fails(lambda T: ones(T, 2).unsqueeze(2), OUT_OF_RANGE, IndexError),
            fails(lambda T: ones(T, 2).unsqueeze(1.0), "must be int, not float", TypeError),
        ],
    ),
    Case(
        "expand",
        lambda T, x: x.expand(2, -1, 3),
        (A(2, 1),),
        lambda x: np.broadcast_to(x, (2, 2, 3)),
        errors=[
            fails(lambda T: ones(T, 2, 3).expand(3, 3), "must match the existing size"),
            fails(lambda T: ones(T, 2, 3).expand(3), "the number of sizes provided"),
            fails(lambda T: ones(T, 3).expand(-1, 3), "isn't allowed in a leading, non-existing"),
        ],
    ),
    Case("expand strided", lambda T, x: x[:, :1].expand(2, 4), ref=lambda x: x[:, :1].repeat(4, 1)),
    Case("expand_as", lambda T, x: x[0].expand_as(x), ref=lambda x: np.stack([x[0], x[0]])),
    Case(
        "broadcast_to",
        lambda T, x: T.broadcast_to(x, (2, 3)),
        (A(3),),
        lambda x: np.broadcast_to(x, (2, 3)),
    ),
    Case(
        "broadcast_tensors",
        lambda T, x, y: T.broadcast_tensors(x, y),
        (A(3), A(2, 1)),
        np.broadcast_arrays,
        errors=[
            fails(
                lambda T: T.broadcast_tensors(ones(T, 3), ones(T, 2)),
                r"size of tensor a \(3\) must match the size of tensor b \(2\)",
            )
        ],
    ),
    Case(
        "sum_to_size",
        lambda T, x: (x.sum_to_size(1, 3), x.sum_to_size(3), x.sum_to_size((2, 3))),
        ref=lambda x: (x.sum(0, keepdims=True), x.sum(0), x),
        errors=[fails(lambda T: ones(T, 2, 3).sum_to_size(2), "is not expandable to size")],
    ),
]

AXES = [
    Case(
        "permute",
        lambda T, x: T.permute(x, (2, 0, -2)),
        (A(2, 3, 4),),
        lambda x: x.transpose(2, 0, 1),
        method="permute",
        args=(2, 0, 1),
        errors=[
            fails(lambda T: ones(T, 2, 3).permute(0), "does not match the length"),
            fails(lambda T: ones(T, 2, 3).permute(0, 0), "duplicate dims are not allowed"),
            fails(lambda T: ones(T, 2, 3).permute(0, 2), OUT_OF_RANGE, IndexError),
        ],
    ),
    Case(
        "transpose",
        lambda T, x: T.transpose(x, 0, -1),
        (A(2, 3, 4),),
        lambda x: x.swapaxes(0, 2),
        method="swapaxes",
        args=(0, 2),
        errors=[fails(lambda T: ones(T, 2, 3).transpose(0, 2), OUT_OF_RANGE, IndexError)],
    ),
    Case(
        "t",
        lambda T, x: (T.t(x), x.T),
        ref=lambda x: (x.T, x.T),
        errors=[fails(lambda T: ones(T, 2, 2, 2).t(), "expects a tensor with <= 2 dimensions")],
    ),
    Case(
        "mT",
        lambda T, x: (x.mT, x.mH),
        (A(2, 3, 4, kind="complex"),),
        lambda x: (x.swapaxes(1, 2), x.swapaxes(1, 2).conj()),
        errors=[
            fails(lambda T: ones(T, 3).mT, "only supported on matrices or batches of matrices"),
            fails(lambda T: ones(T, 3).H, r"only supported on matrices \(2-D tensors\)"),
        ],
    ),
    Case("adjoint", lambda T, x: (T.adjoint(x), x.H), (A(2, 3, kind="complex"),)),
    Case(
        "movedim",
        lambda T, x: (T.movedim(x, 0, 2), T.moveaxis(x, (0, 1), (1, 2))),
        (A(2, 3, 4),),
        lambda x: (np.moveaxis(x, 0, 2), np.moveaxis(x, (0, 1), (1, 2))),
        errors=[
            fails(lambda T: ones(T, 2, 3).movedim((0, 0), (0, 1)), "repeated dim in `source`"),
            fails(lambda T: ones(T, 2, 3).movedim((0, 1), (0,)), "Invalid source or destination"),
        ],
    ),
]

PARTS = [
    Case(
        "select",
        lambda T, x: T.select(x, 1, -1),
        ref=lambda x: x[:, -1],
        errors=[
            fails(lambda T: ones(T, 2).select(0, 2), r"select\(\): index 2 out of", IndexError),
            fails(lambda T: T.tensor(1.0).select(0, 0), "applied to a 0-dim", IndexError),
        ],
    ),
    Case(
        "narrow",
        lambda T, x: T.narrow(x, 1, -2, 2),
        ref=lambda x: x[:, 1:],
        errors=[
            fails(lambda T: ones(T, 2).narrow(0, 0, 3), r"start \(0\) \+ length \(3\) exceeds"),
            fails(lambda T: ones(T, 2).narrow(0, 3, 0), "start out of range", IndexError),
        ],
    ),
    Case(
        "diagonal_scatter",
        lambda T, x, y: T.diagonal_scatter(x, y, 1),
        (A(2, 3), A(2)),
        _with_diagonal,
        method="diagonal_scatter",
        args=(1,),
        errors=[
            fails(lambda T: T.diagonal_scatter(ones(T, 2, 2), ones(T, 3)), "size equal to the"),
            fails(lambda T: T.diagonal_scatter(ones(T, 2, 2), ones(T, 2), 0, 1, 1), "identical"),
        ],
    ),
    Case(
        "as_strided_scatter",
        lambda T, x, y: T.as_strided_scatter(x.contiguous(), y, (2, 2), (3, 2), 1),
        (A(2, 4), A(2, 2)),
        _with_window,
        errors=[
            fails(
                lambda T: T.as_strided_scatter(ones(T, 3), ones(T, 3), (2,), (1,)), "size equal to"
            ),
            fails(
                lambda T: T.as_strided_scatter(ones(T, 3), ones(T, 2), (2,), (0,)), "single memory"
            ),
            fails(
                lambda T: T.as_strided_scatter(
                    T.ones(2, 2, requires_grad=True).t(), ones(T, 2), (2,), (1,)
                ),
                "only supported for contiguous",
            ),
        ],
    ),
    Case(
        "slice_scatter",
        lambda T, x, y: (
            T.slice_scatter(x, y[None], 0, 1, 2),
            T.select_scatter(x, y, 0, 1),
        ),
        (A(2, 3), A(3)),
        lambda x, y: (np.stack([x[0], y]), np.stack([x[0], y])),
        errors=[
            fails(lambda T: T.slice_scatter(ones(T, 2), ones(T, 3)), "equal to the slice of self")
        ],
    ),
    Case(
        "diagonal",
        lambda T, x: (T.diagonal(x, 1, 1, 2), x.diagonal(-1)),
        (A(3, 3, 4),),
        lambda x: (x.diagonal(1, 1, 2), x.diagonal(-1)),
        errors=[fails(lambda T: ones(T, 2, 2).diagonal(0, 1, 1), "cannot be identical 1, 1")],
    ),
    Case(
        "atleast",
        lambda T, x, y: (T.atleast_1d(x[0]), T.atleast_2d(x[0], y), T.atleast_3d(y)),
        (A(1), A(3)),
        lambda x, y: (x, x[None], y[None], y[None, :, None]),
    ),
    Case(
        "split",
        lambda T, x: T.split(x, 2),
        (A(5, 2),),
        lambda x: (x[:2], x[2:4], x[4:]),
        method="split",
        args=(2,),
        errors=[
            fails(lambda T: ones(T, 2).split(0), "split_size can only be 0 if"),
            fails(lambda T: ones(T, 2).split(-1), "expects split_size be non-negative"),
            fails(lambda T: ones(T, 2).split([1, 2]), "to sum exactly to 2"),
        ],
    ),
    Case("split in part", lambda T, x: x.split(2)[1], (A(5, 2),), lambda x: x[2:4]),
    Case("split sizes", lambda T, x: x.split([1, 2], 1)[1], ref=lambda x: x[:, 1:]),
    Case(
        "chunk",
        lambda T, x: T.chunk(x, 2, 1),
        ref=lambda x: (x[:, :2], x[:, 2:]),
        errors=[fails(lambda T: ones(T, 2).chunk(0), "`chunks` to be greater than 0, got: 0")],
    ),
    Case(
        "unbind",
        lambda T, x: T.unbind(x, 1)[1:],
        ref=lambda x: (x[:, 1], x[:, 2]),
        errors=[fails(lambda T: T.tensor(1.0).unbind(), "no dimensions", IndexError)],
    ),
    Case(
        "tensor_split",
        lambda T, x: (T.tensor_split(x, 2, 1), x.tensor_split((1, 5), 1)),
        ref=lambda x: (x[:, :2], x[:, 2:], x[:, :1], x[:, 1:], x[:, :0]),
        errors=[fails(lambda T: ones(T, 2).tensor_split(0), "must be larger than 0, got 0")],
    ),
    Case(
        "hsplit",
        lambda T, x: (T.hsplit(x, 3)[1], T.vsplit(x, 2)[0], T.dsplit(x[None], 3)[0]),
        ref=lambda x: (x[:, 1:2], x[:1], x[None, :, :1]),
        errors=[
            fails(lambda T: T.hsplit(ones(T, 3), 2), "3 is not divisible by the split_size 2!"),
            fails(lambda T: T.vsplit(ones(T, 3), 2), "requires a tensor with at least 2 dim"),
        ],
    ),
    Case(
        "as_strided",
        lambda T, x: (
            T.as_strided(x.contiguous(), (3, 2), (1, 2)),
            x.contiguous()[1].as_strided((2, 2), (1, 1)),
        ),
        ref=lambda x: (x.ravel()[[[0, 2], [1, 3], [2, 4]]], x.ravel()[[[3, 4], [4, 5]]]),
        errors=[
            fails(lambda T: ones(T, 2).as_strided((3,), (3,)), "out of bounds for storage of size"),
            fails(lambda T: ones(T, 2).as_strided((1,), (-1,)), "Negative strides are not supp"),
        ],
    ),
    Case(
        "unfold",
        lambda T, x: x.unfold(1, 2, 1),
        ref=lambda x: np.stack([x[:, :2], x[:, 1:]], 1),
        errors=[
            fails(lambda T: ones(T, 2).unfold(0, 3, 1), "maximum size for tensor at dimension 0"),
            fails(lambda T: ones(T, 2).unfold(0, 1, 0), "step is 0 but must be > 0"),
        ],
    ),
]

COPIES = [
    Case("clone", lambda T, x: (T.clone(x), x.t().contiguous()), ref=lambda x: (x, x.T)),
    Case(
        "flip",
        lambda T, x: (T.flip(x, (0, 1)), x.flip(1), T.fliplr(x), T.flipud(x)),
        ref=lambda x: (x[::-1, ::-1], x[:, ::-1], x[:, ::-1], x[::-1]),
        errors=[fails(lambda T: ones(T, 2).flip(0, 0), "dim 0 appears multiple times")],
    ),
    Case(
        "roll",
        lambda T, x: (T.roll(x, 1), T.roll(x, -1, 1), x.roll((1, 2), (0, 1))),
        ref=lambda x: (np.roll(x, 1), np.roll(x, -1, 1), np.roll(x, (1, 2), (0, 1))),
        errors=[fails(lambda T: T.roll(ones(T, 2), (1, 1), 0), "shifts and dimensions must align")],
    ),
    Case(
        "rot90",
        lambda T, x: (T.rot90(x), x.rot90(-2, (1, 0))),
        ref=lambda x: (np.rot90(x), np.rot90(x, -2, (1, 0))),
        errors=[fails(lambda T: ones(T, 2).rot90(), "expected total dims >= 2, but got")],
    ),
    Case(
        "tril",
        lambda T, x: (T.tril(x), x.tril(-1), x.triu(), T.triu(x, 1)),
        (A(2, 3, 3),),
        lambda x: (np.tril(x), np.tril(x, -1), np.triu(x), np.triu(x, 1)),
        errors=[fails(lambda T: ones(T, 2).tril(), "must have at least 2 dimensions")],
    ),
    Case("tril_", lambda T, x: T.tril(x), (A(3, 3),), np.tril, method="tril", inplace="tril_"),
    Case(
        "tril_indices",
        lambda T: (T.tril_indices(3, 4, 1), T.triu_indices(3, 4, -1)),
        (),
        lambda: (np.stack(np.tril_indices(3, 1, 4)), np.stack(np.triu_indices(3, -1, 4))),
        errors=[fails(lambda T: T.tril_indices(-1, 3), "row must be non-negative, got-1")],
    ),
    Case(
        "diag",
        lambda T, x, y: (T.diag(x), T.diag(y, 1), T.diagflat(x, -1)),
        (A(2, 3), A(2)),
        lambda x, y: (np.diag(x), np.diag(y, 1), np.diagflat(x, -1)),
        errors=[fails(lambda T: T.diag(T.tensor(1.0)), "Supports 1D or 2D tensors. Got 0D")],
    ),
    Case(
        "diag_embed",
        lambda T, x: T.diag_embed(x, 1, 0, 2),
        ref=lambda x: np.stack([np.diag(row, 1) for row in x], 1),
        errors=[fails(lambda T: T.diag_embed(ones(T, 2), 0, 1, 1), "cannot be identical 1, 1")],
    ),
    Case(
        "repeat",
        lambda T, x: (x.repeat(2, 1, 2), T.tile(x, (2,))),
        ref=lambda x: (np.tile(x, (2, 1, 2)), np.tile(x, 2)),
        errors=[
            fails(lambda T: ones(T, 2, 3).repeat(2), "Number of dimensions of repeat dims"),
            fails(lambda T: ones(T, 2).repeat(-1), "negative dimension -2"),
        ],
    ),
    Case(
        "repeat_interleave",
        lambda T, x: (
            T.repeat_interleave(x, 2),
            x.repeat_interleave(2, 1),
            x.repeat_interleave(T.tensor([2, 0]), 0),
            T.repeat_interleave(T.tensor([2, 0, 1])),
        ),
        ref=lambda x: (x.repeat(2), x.repeat(2, 1), x.repeat([2, 0], 0), np.array([0, 0, 2])),
        errors=[fails(lambda T: ones(T, 2).repeat_interleave(-1), "Repeats must be non-negative")],
    ),
]

CASES = VIEWS + AXES + PARTS + COPIES
