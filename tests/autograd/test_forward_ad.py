"""Dual tensors: `torch.autograd.forward_ad`."""

from __future__ import annotations

import pytest

import chainrule as torch
import chainrule.autograd.forward_ad as fw


def test_a_tangent_goes_along() -> None:
    x, t = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 5.0])
    with fw.dual_level():
        primal, tangent = fw.unpack_dual(fw.make_dual(x, t) ** 2)
    assert primal.tolist() == [1.0, 4.0]
    assert tangent.tolist() == [6.0, 20.0]
    assert not primal.requires_grad
    assert not tangent.requires_grad


def test_no_grad_does_not_stop_tangents() -> None:
    x = torch.tensor(3.0)
    with torch.no_grad(), fw.dual_level():
        y = fw.make_dual(x, torch.tensor(1.0)) ** 2
        assert fw.unpack_dual(y).tangent.item() == 6
        assert not torch.is_grad_enabled()
    with fw.dual_level():
        with torch.no_grad():
            y = fw.make_dual(x, torch.tensor(1.0)) ** 2
        assert not y.requires_grad
        assert fw.unpack_dual(y).tangent.item() == 6
    assert y.numpy() == 9


def test_what_no_grad_hides_is_constant_for_gradients() -> None:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with fw.dual_level():
        d = fw.make_dual(x, torch.ones(3))
        with torch.no_grad():
            c = d**2
        y = (d * c).sum()
        tangent = fw.unpack_dual(y).tangent
        (g,) = torch.autograd.grad(y, x, retain_graph=True)
        (slope,) = torch.autograd.grad(tangent, x)
    assert tangent.item() == 42
    assert g.tolist() == [1.0, 4.0, 9.0]
    assert slope.tolist() == [2.0, 4.0, 6.0]


def test_gradients_have_tangents() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with fw.dual_level():
        y = (fw.make_dual(x, torch.ones(2)) ** 3).sum()
        (g,) = torch.autograd.grad(y, x)
        primal, tangent = fw.unpack_dual(g)
        assert not g.requires_grad
    assert primal.tolist() == [3.0, 12.0]
    assert tangent.tolist() == [6.0, 12.0]


def test_writes_carry_tangents() -> None:
    with fw.dual_level():
        d = fw.make_dual(torch.tensor([1.0, 2.0, 3.0]), torch.ones(3))
        out = torch.zeros(3)
        out[:2].copy_(d[:2] * 2)
        primal, tangent = fw.unpack_dual(out)
    assert primal.tolist() == [2.0, 4.0, 0.0]
    assert tangent.tolist() == [2.0, 2.0, 0.0]


def test_detach_and_the_end_of_the_level_drop_tangents() -> None:
    with fw.dual_level():
        d = fw.make_dual(torch.ones(2), torch.ones(2))
        assert repr(d) == "tensor([1., 1.], tangent=tensor([1., 1.]))"
        assert fw.unpack_dual(d.detach()).tangent is None
        assert fw.unpack_dual(torch.ones(2)).tangent is None
        y = d * 2
    assert fw.unpack_dual(y).tangent is None
    assert repr(y) == "tensor([2., 2.])"


def test_a_custom_function_gives_its_own_jvp() -> None:
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.x = x
            return x**2

        @staticmethod
        def backward(ctx, g):
            return 2 * ctx.x * g

    class WithJvp(Square):
        @staticmethod
        def jvp(ctx, t):
            return 2 * ctx.x * t

    with fw.dual_level():
        d = fw.make_dual(torch.tensor(3.0), torch.tensor(1.0))
        assert fw.unpack_dual(WithJvp.apply(d)).tangent.item() == 6
        with pytest.raises(NotImplementedError, match="You must implement the jvp function"):
            fw.unpack_dual(Square.apply(d))


def test_errors() -> None:
    x = torch.ones(2)
    with pytest.raises(RuntimeError, match="no level exists"):
        fw.make_dual(x, x)
    with pytest.raises(RuntimeError, match="must be a positive number"):
        fw.exit_dual_level()
    with fw.dual_level():
        with pytest.raises(RuntimeError, match="Nested forward mode AD"):
            fw.enter_dual_level()
        with pytest.raises(RuntimeError, match=r"of size \[2\] while .* of size \[3\]"):
            fw.make_dual(x, torch.ones(3))
        with pytest.raises(ValueError, match="Expected primal to be floating point"):
            fw.make_dual(torch.ones(2, dtype=torch.int64), x)
