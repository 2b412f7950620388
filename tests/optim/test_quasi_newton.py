"""LBFGS, Muon, Adafactor, SparseAdam, averages of models, and steps that gradients go through.

Numbers that a program of PyTorch's printed.
"""

import pytest

import chainrule as torch
from chainrule.optim import swa_utils

QUASI = [0.84300694, -0.0766059, 0.17404246, 1.04386221]
ORTHOGONAL = [1.72364917, -0.92880839, 0.19954406, 2.69473341]
FACTORED = [1.07197184, -0.72494144, 0.23561791, 2.6106207]


def parameter(*values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def descend(optimizer, w, steps=1):
    def closure():
        optimizer.zero_grad()
        loss = ((w - 0.5) ** 4).sum() + (w * w).sum()
        loss.backward()
        return loss

    for _ in range(steps):
        optimizer.step(closure)
    return [round(value, 8) for value in w.detach().reshape(-1).tolist()]


@pytest.mark.parametrize(
    ("name", "settings", "steps", "want"),
    [
        ("LBFGS", {"max_iter": 3}, 2, QUASI),
        ("LBFGS", {"line_search_fn": "strong_wolfe", "max_iter": 4}, 1, QUASI),
        ("Muon", {"lr": 0.1}, 3, ORTHOGONAL),
        ("Adafactor", {"lr": 0.1, "weight_decay": 0.01}, 3, FACTORED),
    ],
)
def test_steps(name, settings, steps, want):
    w = parameter([2.0, -1.0], [0.25, 3.0])
    assert descend(getattr(torch.optim, name)([w], **settings), w, steps) == want


@pytest.mark.parametrize(
    ("name", "want", "of_rate"),
    [
        ("SGD", [1.44, -6.72], 17.4),
        ("Adam", [1.80000133, -4.19999867], 2.39998137),
        ("RMSprop", [2e-07, -6.0000001], None),
        ("Rprop", [1.8, -4.2], None),
    ],
)
def test_gradients_go_through_a_differentiable_step(name, want, of_rate):
    w = parameter(1.0, -2.0)
    rate = torch.tensor(0.1, dtype=torch.float64, requires_grad=True) if of_rate else 0.1
    p = w.clone()
    p.grad = w * w
    getattr(torch.optim, name)([p], lr=rate, differentiable=True).step()
    found = torch.autograd.grad((p * p).sum(), [w, rate] if of_rate else [w])
    # PyTorch counts the steps of Adam in float32.
    assert found[0].tolist() == pytest.approx(want, rel=1e-5, abs=1e-7)
    if of_rate:
        assert found[1].item() == pytest.approx(of_rate, rel=1e-4)


def test_settings_without_a_gradient_say_so():
    p = parameter(1.0).clone()
    p.grad = torch.ones_like(p)
    for settings in ({"lr": parameter(0.1)}, {"lambd": parameter(0.1)}):
        optimizer = torch.optim.ASGD([p], differentiable=True, **settings)
        with pytest.raises(NotImplementedError, match="no gradient for"):
            optimizer.step()


def test_errors():
    w = parameter([1.0, 2.0])
    w.grad = torch.ones_like(w)
    with pytest.raises(RuntimeError, match="does not support dense gradients"):
        torch.optim.SparseAdam([w]).step()
    with pytest.raises(AssertionError, match="capturable=True"):
        torch.optim.Adam([w], capturable=True).step()
    with pytest.raises(ValueError, match="Muon only supports 2D parameters"):
        torch.optim.Muon([parameter(1.0)])
    with pytest.raises(ValueError, match="per-parameter options"):
        torch.optim.LBFGS([{"params": [w]}, {"params": [parameter(1.0)]}])
    with pytest.raises(RuntimeError, match="only 'strong_wolfe' is supported"):
        torch.optim.LBFGS([w], line_search_fn="armijo").step(lambda: (w * w).sum())
    with pytest.raises(ValueError, match="Invalid decay value 2"):
        swa_utils.get_ema_avg_fn(2)


def test_an_averaged_model_is_saved_with_its_count():
    model = torch.nn.BatchNorm1d(1)
    average = swa_utils.AveragedModel(model, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.9))
    average.update_parameters(model)
    with torch.no_grad():
        model.weight.add_(1)
        model.running_mean.add_(1)
    average.update_parameters(model)
    assert list(average.state_dict())[:2] == ["n_averaged", "module.weight"]
    assert repr(average.module.weight.data) == "tensor([1.1000])"
    assert repr(average.module.running_mean) == "tensor([1.])"
