"""Checkpoints: the same gradients from fewer saved tensors, of both kinds."""

import pytest

import chainrule as torch
from chainrule import nn
from chainrule.utils.checkpoint import CheckpointError, checkpoint, checkpoint_sequential

torch.manual_seed(0)
NET = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Tanh(), nn.Linear(8, 1))
X = torch.randn(5, 4)


def gradients(forward, x):
    NET.zero_grad()
    torch.manual_seed(3)
    forward(x).sum().backward()
    return [p.grad.clone() for p in NET.parameters()]


@pytest.mark.parametrize("reentrant", [True, False])
@pytest.mark.parametrize(
    "forward",
    [
        lambda x, reentrant: checkpoint(NET, x, use_reentrant=reentrant),
        lambda x, reentrant: checkpoint_sequential(NET, 2, x, use_reentrant=reentrant),
    ],
)
def test_gradients_are_those_without(forward, reentrant):
    x = X.clone().requires_grad_()
    want = gradients(NET, x)
    of_x, x.grad = x.grad, None
    got = gradients(lambda x: forward(x, reentrant), x)
    assert all(torch.equal(a, b) for a, b in zip(want, got, strict=True))
    assert torch.equal(x.grad, of_x)


def test_no_argument_needs_to_require_grad():
    want = gradients(NET, X)
    got = gradients(lambda x: checkpoint(NET, x, use_reentrant=False), X)
    assert all(torch.equal(a, b) for a, b in zip(want, got, strict=True))
    with pytest.warns(UserWarning, match="None of the inputs have requires_grad=True"):
        checkpoint(NET, X, use_reentrant=True)


def test_nothing_is_kept_but_numbers():
    w = torch.ones(3, requires_grad=True)
    y = checkpoint(lambda w: (w * w).exp(), w, use_reentrant=False)
    kept = list(y.grad_fn.packed.values())
    assert all(isinstance(each.value, int) for each in kept)
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    assert w.grad.tolist() == pytest.approx([4 * 2.718281828] * 3)


def test_what_is_computed_again_must_be_the_same():
    calls = []

    def changing(w):
        calls.append(w)
        return (w * w if len(calls) == 1 else w * w * w).sum()

    w = torch.ones(3, requires_grad=True)
    with pytest.raises(CheckpointError, match="A different number of tensors was saved"):
        checkpoint(changing, w, use_reentrant=False).backward()


def test_what_is_asked_for():
    with pytest.warns(UserWarning, match="use_reentrant parameter should be passed"):
        checkpoint(torch.exp, torch.ones(1, requires_grad=True))
    with pytest.raises(ValueError, match="Unexpected keyword arguments: out"):
        checkpoint(torch.exp, torch.ones(1), use_reentrant=True, out=None)
    with pytest.raises(ValueError, match="only supported when use_reentrant=False"):
        checkpoint(torch.exp, torch.ones(1), use_reentrant=True, debug=True)
