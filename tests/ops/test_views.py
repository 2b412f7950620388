"""Views: the memory they share, the names of their nodes, and what they cost."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import chainrule as torch
from chainrule import Tensor

X = torch.arange(6.0).view(2, 3)
Y = torch.arange(24.0).view(2, 3, 4)

# call: the node of its result in PyTorch 2.13, after a dot where PyTorch chains another below it
NODES: list[tuple[Any, str]] = [
    (lambda x, y: x.view(-1), "ViewBackward0"),
    (lambda x, y: x.reshape(3, 2), "ViewBackward0"),
    (lambda x, y: x.t().reshape(6), "UnsafeViewBackward0 CloneBackward0 TBackward0"),
    (lambda x, y: x.flatten(), "ViewBackward0"),
    (lambda x, y: y.unflatten(2, (2, 2)), "ViewBackward0"),
    (lambda x, y: x.T, "PermuteBackward0"),
    (lambda x, y: x.mT, "TransposeBackward0"),
    (lambda x, y: x.H, "TransposeBackward0"),
    (lambda x, y: x.t(), "TBackward0"),
    (lambda x, y: x.swapaxes(0, 1), "TransposeBackward0"),
    (lambda x, y: x.movedim(0, 1), "PermuteBackward0"),
    (lambda x, y: x.expand(4, 2, 3), "ExpandBackward0"),
    (lambda x, y: x.squeeze(), "SqueezeBackward0"),
    (lambda x, y: x.squeeze(0), "SqueezeBackward1"),
    (lambda x, y: x.squeeze((0, 1)), "SqueezeBackward2"),
    (lambda x, y: x.unsqueeze(0), "UnsqueezeBackward0"),
    (lambda x, y: x.narrow(0, 0, 1), "SliceBackward0"),
    (lambda x, y: x.select(0, 1), "SelectBackward0"),
    (lambda x, y: x.split(1)[1], "SplitBackward0"),
    (lambda x, y: x.split([1, 1])[1], "SplitWithSizesBackward0"),
    (lambda x, y: x.chunk(2, 1)[1], "SplitBackward0"),
    (lambda x, y: x.tensor_split(2)[1], "SliceBackward0"),
    (lambda x, y: x.unbind()[0], "UnbindBackward0"),
    (lambda x, y: x.as_strided((2, 2), (1, 1)), "AsStridedBackward0"),
    (lambda x, y: x.diagonal(), "DiagonalBackward0"),
    (lambda x, y: x.unfold(1, 2, 1), "UnfoldBackward0"),
    (lambda x, y: torch.atleast_3d(x), "UnsqueezeBackward0"),
    (lambda x, y: x[0], "SelectBackward0"),
    (lambda x, y: x[0:1], "SliceBackward0"),
    (lambda x, y: x[:], "SliceBackward0"),
    (lambda x, y: x[:, 0], "SelectBackward0"),
    (lambda x, y: x[0, 1:], "SliceBackward0"),
    (lambda x, y: x[:, :], "AliasBackward0"),
    (lambda x, y: x[...], "AliasBackward0"),
    (lambda x, y: x[None], "UnsqueezeBackward0"),
    (lambda x, y: x[None, 0], "SelectBackward0"),
    (lambda x, y: x[torch.tensor(0)], "SelectBackward0"),
]
COPIES: list[tuple[Any, str]] = [
    (lambda x, y: x.diag(), "DiagonalBackward0_copy"),
    (lambda x, y: x[0].diag(), "DiagEmbedBackward0 SelectBackward0"),
    (lambda x, y: x.tril(), "TrilBackward0"),
    (lambda x, y: x.flip(0), "FlipBackward0"),
    (lambda x, y: x.roll(1, 0), "RollBackward0"),
    (lambda x, y: x.rot90(), "Rot90Backward0"),
    (lambda x, y: x.repeat(2, 1), "RepeatBackward0"),
    (lambda x, y: x.t().contiguous(), "CloneBackward0 TBackward0"),
    (lambda x, y: x.sum_to_size(1, 3), "SumBackward1"),
    (lambda x, y: torch.cat([x, x]), "CatBackward0"),
    (lambda x, y: torch.stack([x, x]), "StackBackward0"),
    (lambda x, y: torch.vstack([x[0], x[0]]), "CatBackward0 UnsqueezeBackward0 SelectBackward0"),
    (lambda x, y: x[[0, 1]], "IndexBackward0"),
    (lambda x, y: x[0, [0, 1]], "IndexBackward0 SelectBackward0"),
    (lambda x, y: x[x > 2], "IndexBackward0"),
    (lambda x, y: x[True], "IndexBackward0 UnsqueezeBackward0"),
    (lambda x, y: x.gather(1, torch.tensor([[0]])), "GatherBackward0"),
    (lambda x, y: x.index_select(0, torch.tensor([0])), "IndexSelectBackward0"),
    (lambda x, y: x.masked_fill(x > 2, 0), "MaskedFillBackward0"),
    (lambda x, y: x.masked_select(x > 2), "MaskedSelectBackward0"),
    (lambda x, y: x.take(torch.tensor([0])), "TakeBackward0"),
    (lambda x, y: x.scatter(1, torch.tensor([[0]]), 2.0), "ScatterBackward1"),
    (lambda x, y: x.double(), "ToCopyBackward0"),
]


def leaves() -> tuple[Tensor, Tensor]:
    return X.clone().requires_grad_(), Y.clone().requires_grad_()


@pytest.mark.parametrize(("call", "names"), NODES + COPIES)
def test_nodes_have_pytorchs_names(call: Any, names: str) -> None:
    node = call(*leaves()).grad_fn
    for name in names.split():
        assert node.name() == name
        node = node.next_functions[0][0]


def shared(a: Tensor, b: Tensor) -> bool:
    return np.shares_memory(a.detach().numpy(), b.detach().numpy())


@pytest.mark.parametrize("call", [call for call, names in NODES if "Unsafe" not in names])
def test_views_share_memory(call: Any) -> None:
    x, y = X.clone(), Y.clone()
    view = call(x, y)
    base = y if shared(view, y) else x
    assert shared(view, base)
    if 0 not in view.stride():
        view.fill_(7)
        assert (base == 7).any()


@pytest.mark.parametrize("call", [call for call, _ in COPIES])
def test_copies_share_no_memory(call: Any) -> None:
    x, y = X.clone(), Y.clone()
    result = call(x, y)
    assert not shared(result, x)
    result.fill_(7)
    assert x.equal(X)


def test_nothing_to_do_returns_the_tensor_itself() -> None:
    x = X.clone()
    assert x.flatten(0, 0) is x
    assert x.contiguous() is x
    assert x.sum_to_size(2, 3) is x
    assert x.type_as(x) is x
    assert torch.broadcast_tensors(x, x[0])[0] is x
    assert torch.atleast_2d(x) is x


def test_several_views_are_one_node() -> None:
    x, _ = leaves()
    for parts in (x.split(1, 1), x.chunk(3, 1), x.unbind(1)):
        assert len({id(part.grad_fn) for part in parts}) == 1
        assert [part.output_nr for part in parts] == [0, 1, 2]
    a, _, c = x.unbind(1)
    (a * 2 + c).sum().backward()
    assert x.grad.tolist() == [[2, 0, 1], [2, 0, 1]]


def test_one_axis_transposes_warn() -> None:
    with pytest.warns(UserWarning, match="The use of `x.T` on tensors of dimension other than 2"):
        assert Y.T.shape == (4, 3, 2)
    with pytest.warns(UserWarning, match="Tensor.T is deprecated on 0-D tensors"):
        assert torch.tensor(1.0).T.shape == ()
    with pytest.warns(UserWarning, match="Tensor.mH is deprecated on 0-D tensors"):
        assert torch.tensor(1.0).mH.shape == ()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.ones(3).T.shape == (3,)


def test_meshgrid_without_indexing_warns() -> None:
    with pytest.warns(UserWarning, match="it will be required to pass the indexing argument"):
        torch.meshgrid(torch.ones(2), torch.ones(2))


@pytest.mark.parametrize("size", [(3, 2), [3, 2], torch.Size([3, 2])])
def test_sizes_come_one_by_one_or_as_one(size: Any) -> None:
    assert X.view(size).shape == X.view(*size).shape == X.reshape(size).shape
    assert X.view(torch.tensor(3), 2).shape == (3, 2)


def test_expanded_tensors_have_stride_zero() -> None:
    wide = torch.ones(3, 1).expand(2, 3, 4)
    assert wide.stride() == (0, 1, 0)
    assert not wide.is_contiguous()


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0, 3)])
def test_empty_tensors_have_views(shape: tuple[int, ...]) -> None:
    x = torch.zeros(shape, requires_grad=True)
    for view in (x.view(-1), x.unsqueeze(0), x.flip(0), x[None], x[:0], x.expand(2, *shape)):
        assert view.numel() == 0
        view.sum().backward()
    assert x.grad.shape == shape
    assert torch.cat([x, x]).numel() == 0
    assert [part.numel() for part in torch.zeros(0, 3).chunk(3)] == [0, 0, 0]


def test_gradients_of_overlapping_windows_add_up() -> None:
    x = torch.arange(5.0).requires_grad_()
    x.unfold(0, 3, 1).sum().backward()
    assert x.grad.tolist() == [1, 2, 3, 2, 1]


def test_conversion_gradients_come_back_in_the_inputs_type() -> None:
    x = torch.ones(2, requires_grad=True)
    (x.double() * 3).sum().backward()
    assert x.grad.dtype is torch.float32
    assert x.grad.tolist() == [3, 3]


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.view(size=(3, 2)),
        lambda x: x.reshape(shape=(3, 2)),
        lambda x: x.t().contiguous().permute(dims=(0, 1)),
        lambda x: x.sum_to_size(size=(1, 3)).expand(size=(3, 3))[:, :2],
        lambda x: x.repeat(repeats=(3, 1))[:3, :2],
        lambda x: torch.tile(x, dims=(3, 1))[:3, :2],
        lambda x: torch.stack([x, x, x], axis=0)[:, 0, :2],
        lambda x: x.unsqueeze(axis=2).squeeze(axis=2).swapaxes(axis0=0, axis1=1),
        lambda x: x.flip(dims=(0,)).tensor_split(indices=(2,), dim=1)[0].repeat(2, 1)[:3],
    ],
)
def test_sizes_and_axes_are_given_by_name(call: Any) -> None:
    assert call(torch.ones(2, 3)).shape == (3, 2)


def test_copies_of_views_are_named_as_pytorchs() -> None:
    x = torch.ones(2, 3, requires_grad=True)
    assert torch.expand_copy(x, (4, 2, 3)).grad_fn.name() == "ExpandBackward0_copy"
    assert torch.unbind_copy(x)[1].grad_fn.name() == "UnbindBackward0_copy"
    out = [torch.zeros(3), torch.zeros(3)]
    assert torch.unbind_copy(x.detach(), out=out) is None
    assert out[1].tolist() == [1, 1, 1]


def test_unsafe_parts_may_be_written_one_by_one() -> None:
    x = torch.ones(4, requires_grad=True)
    first, second = torch.unsafe_split(x * 2, 2)
    assert first.grad_fn.name() == "UnsafeSplitBackward0"
    (first.mul_(3).sum() + second.sum()).backward()
    assert x.grad.tolist() == [6, 6, 2, 2]
