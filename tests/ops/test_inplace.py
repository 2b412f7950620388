"""Writing in place: histories, versions, and what is refused.

Random programs of views and writes are compared with the same programs written without either: a
view is a list of places in a flat vector, a write makes a new vector.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import chainrule as torch
from chainrule import Tensor

VIEWS = {
    "row": lambda x: x[0],
    "rest": lambda x: x[1:],
    "last": lambda x: x[..., -1],
    "even": lambda x: x[::2],
    "none": lambda x: x[None],
    "flipped axes": lambda x: x.permute(*range(x.ndim - 1, -1, -1)),
    "unsqueeze": lambda x: x.unsqueeze(-1),
    "narrow": lambda x: x.narrow(0, 0, 1),
    "chunk": lambda x: x.tensor_split(2)[0],
    "line": lambda x: x.view(-1) if x.is_contiguous() else x,
}


class Program:
    """One program in both forms: `tensors` are written in place, `places` index `flat`."""

    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)
        rng = np.random.default_rng(seed)
        self.weights = [
            torch.from_numpy(rng.uniform(0.5, 1.5, 6)).requires_grad_(True) for _ in range(2)
        ]
        self.recorded = self.choose.random() < 0.7
        start = torch.from_numpy(rng.uniform(0.5, 1.5, 6))
        start = start * self.weights[0] if self.recorded else start
        base = (start * 1).view(2, 3).clone()
        self.flat = start * 1
        self.tensors: list[Tensor] = [base]
        self.places = [np.arange(6).reshape(2, 3)]
        self.losses: list[tuple[Tensor, Tensor]] = []

    def add_view(self) -> None:
        at = self.choose.randrange(len(self.tensors))
        x, places = self.tensors[at], self.places[at]
        if x.ndim == 0 or x.numel() == 0:
            return
        make = VIEWS[self.choose.choice(sorted(VIEWS))]
        self.tensors.append(make(x))
        self.places.append(make(torch.from_numpy(places)).numpy())

    def write(self) -> None:
        at = self.choose.randrange(len(self.tensors))
        x, places = self.tensors[at], self.places[at]
        old = self.flat[torch.from_numpy(places.copy())]
        weight = self.weights[1][: max(places.size, 0)]
        value = weight.reshape(places.shape)
        assert x.grad_fn is None or x.requires_grad  # PyTorch takes a view not asked for a leaf
        how = self.choose.choice(["mul", "add", "sin", "set", "copy", "fill", "other", "zero"])
        if how == "mul":
            x.mul_(1.5)
            new = old * 1.5
        elif how == "add":
            x += value
            new = old + value
        elif how == "sin":
            x.copy_(x.clone().sin())
            new = old.sin()
        elif how == "set":
            x[...] = value * 2
            new = value * 2
        elif how == "copy":
            x.copy_(value)
            new = value
        elif how == "fill":
            x.fill_(self.weights[1][0])
            new = old * 0 + self.weights[1][0]
        elif how == "other":
            x.mul_(self.tensors[0].sum().sin() + 2)
            new = old * (self.flat.sum().sin() + 2)
        else:
            x.zero_()
            new = old * 0
        if places.size:
            line = torch.from_numpy(places.reshape(-1).copy())
            self.flat = self.flat.index_put((line,), new.reshape(-1))

    def read(self) -> None:
        at = self.choose.randrange(len(self.tensors))
        places = torch.from_numpy(self.places[at].copy())
        self.losses.append((self.tensors[at].clone().cos().sum(), self.flat[places].cos().sum()))

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.choose.choice([self.add_view, self.write, self.write, self.read])()
        for x, places in zip(self.tensors, self.places, strict=True):
            now = self.flat[torch.from_numpy(places.copy())]
            np.testing.assert_allclose(x.detach().numpy(), now.detach().numpy(), rtol=1e-12)
            self.losses.append(((x * x).sum(), (now * now).sum()))

    def gradients(self, form: int) -> list[Any]:
        total = sum((pair[form] for pair in self.losses[1:]), self.losses[0][form])
        for weight in self.weights:
            weight.grad = None
        if total.requires_grad:
            total.backward(retain_graph=True)
        return [None if w.grad is None else w.grad.numpy() for w in self.weights]


@pytest.mark.parametrize("seed", range(300))
def test_programs_have_the_gradients_of_their_functional_form(seed: int) -> None:
    program = Program(seed)
    program.run(12)
    for written, functional in zip(program.gradients(0), program.gradients(1), strict=True):
        if functional is None:
            assert written is None or not written.any()
        else:
            written = np.zeros(6) if written is None else written
            np.testing.assert_allclose(written, functional, rtol=1e-9, atol=1e-12)


@pytest.fixture
def w() -> Tensor:
    return torch.ones(3, requires_grad=True)


def test_a_leaf_that_requires_grad_refuses(w: Tensor) -> None:
    for write in (
        lambda: w.add_(1),
        lambda: w.__setitem__([0], 1.0),
        lambda: w.zero_(),
        lambda: w.fill_(1),
        lambda: w.copy_(torch.zeros(3)),
        lambda: w.__iadd__(1),
    ):
        with pytest.raises(
            RuntimeError, match=r"^a leaf Variable that requires grad is being used"
        ):
            write()
    for write in (lambda: w[0:2].add_(1), lambda: w.__setitem__(0, 1.0), lambda: w.view(3).zero_()):
        with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad is"):
            write()
    assert w.tolist() == [1, 1, 1]


def test_no_grad_lets_leaves_be_written(w: Tensor) -> None:
    with torch.no_grad():
        w -= 0.5
        w[0] = 3.0
        w[1:].mul_(2)
    assert w.tolist() == [3.0, 1.0, 1.0]
    assert w.is_leaf
    assert w.requires_grad


def test_views_made_under_no_grad_refuse_outside(w: Tensor) -> None:
    base = w * 1
    with torch.no_grad():
        views = [w[0:2], base[0:2]]
    for view in views:
        with pytest.raises(RuntimeError, match="A view was created in no_grad mode and is being"):
            view.mul_(2)
    with torch.no_grad():
        views[1].mul_(2)
    assert base.tolist() == [2, 2, 1]


@pytest.mark.parametrize(
    ("several", "name"), [("unbind", "Output 1 of Unbind"), ("split", "Output 1 of Split")]
)
def test_views_that_come_several_at_once_refuse(w: Tensor, several: str, name: str) -> None:
    parts = (w * 1).unbind() if several == "unbind" else (w * 1).split(2)
    with pytest.raises(RuntimeError, match=f"{name} is a view and is being modified inplace"):
        parts[1].add_(1)
    plain = torch.ones(4).chunk(2)
    plain[1].add_(1)
    assert plain[1].tolist() == [2, 2]


def test_memory_that_overlaps_refuses() -> None:
    x = torch.arange(5.0)
    with pytest.raises(RuntimeError, match="some elements of the input tensor and the written-to"):
        x[1:].copy_(x[:-1])
    with pytest.raises(RuntimeError, match="some elements of the input tensor"):
        x[1:] = x[:-1]
    with pytest.raises(RuntimeError, match="some elements of the input tensor"):
        x[1:].add_(x[:-1])
    assert x.add_(x).tolist() == [0, 2, 4, 6, 8]
    wide = torch.ones(1).expand(3)
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor refers"):
        wide.add_(1)
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor refers"):
        wide[0:2] = 1
    wide[0] = 5
    assert wide.tolist() == [5, 5, 5]
    assert wide.fill_(2).tolist() == [2, 2, 2]


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda: torch.ones(3, dtype=torch.int64).add_(1.5), "result type Float can't be cast to"),
        (lambda: torch.ones(3, dtype=torch.int64).div_(2), "result type Float can't be cast to"),
        (lambda: torch.ones(3, dtype=torch.bool).add_(1), "result type Long can't be cast to the"),
        (lambda: torch.ones(3).add_(torch.ones(2, 3)), r"output with shape \[3\] doesn't match"),
    ],
)
def test_results_that_do_not_fit_refuse(write: Any, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        write()


def test_saved_values_that_were_overwritten_are_noticed(w: Tensor) -> None:
    y = w * 1
    z = y * y
    y.detach().add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation") as error:
        z.sum().backward()
    assert "is at version 1; expected version 0" in str(error.value)
    y = w.exp()
    y[0] = 0.0
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_data_is_not_noticed_but_detach_is(w: Tensor) -> None:
    y = w * 1
    z = (y * y).sum()
    y.data.add_(1)
    z.backward()
    assert w.grad.tolist() == [4, 4, 4]
    assert w.detach()._writes is w._writes


def test_results_saved_in_place_are_the_new_ones(w: Tensor) -> None:
    y = w.clone().exp_()
    y.sum().backward()
    np.testing.assert_allclose(w.grad.numpy(), np.exp(np.ones(3)), rtol=1e-6)
    y = w.clone().exp_()
    y.mul_(2)
    with pytest.raises(RuntimeError, match="at version 2; expected version 1"):
        y.sum().backward()


def test_the_value_alone_can_bring_the_gradient(w: Tensor) -> None:
    x = torch.zeros(3)
    view = x[0:2]
    x += w
    assert x.requires_grad
    assert view.requires_grad
    view.sum().backward()
    assert w.grad.tolist() == [1, 1, 0]


def test_histories_have_pytorchs_names(w: Tensor) -> None:
    def name(write: Any) -> str:
        y = w * 1
        write(y)
        return y.grad_fn.name().split("::")[-1]

    assert name(lambda y: y.mul_(2)) == "MulBackward0"
    assert name(lambda y: y[0:2].mul_(2)) == "CopySlices"
    assert name(lambda y: y.__setitem__(0, 2.0)) == "CopySlices"
    assert name(lambda y: y.__setitem__(slice(None), w)) == "CopyBackwards"
    assert name(lambda y: y.__setitem__([0, 1], 2.0)) == "IndexPutBackward0"
    assert name(lambda y: y.__setitem__(y > 0, 2.0)) == "IndexPutBackward0"
    assert name(lambda y: y.zero_()) == "ZeroBackward0"
    assert name(lambda y: y.fill_(2)) == "FillBackward2"


def test_second_derivatives_go_through_a_write() -> None:
    x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
    y = x**3
    y[1] = x[0] * x[2]
    (gradient,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(gradient.sum(), x)
    # sum y^2 = x0^6 + (x0 x2)^2 + x2^6
    assert second.tolist() == [30 + 2 * 9 + 4 * 3, 0, 30 * 81 + 2 + 4 * 3]


def test_views_in_place_change_the_tensor_itself(w: Tensor) -> None:
    y = torch.arange(6.0).view(2, 3)
    assert y.t_() is y
    assert y.shape == (3, 2)
    assert y.unsqueeze_(0).shape == (1, 3, 2)
    assert y.squeeze_(0).transpose_(0, 1).tolist() == [[0, 1, 2], [3, 4, 5]]
    z = w * 1
    z.unsqueeze_(1).mul_(2)
    z.sum().backward()
    assert w.grad.tolist() == [2, 2, 2]
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        w.unsqueeze_(0)
