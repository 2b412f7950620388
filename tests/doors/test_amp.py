"""Mixed precision: which operations get which type, and the scaler's steps."""

import pytest

import chainrule as torch
from chainrule import nn

F = nn.functional
half = torch.float16


def test_products_are_short_and_losses_single():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 3))
    x, y = torch.randn(5, 1, 4, 4), torch.tensor([0, 1, 2, 1, 0])
    with torch.autocast("cpu", dtype=half):
        out = net(x)
        loss = F.cross_entropy(out, y)
        other = F.mse_loss(out, out.detach() + 1)
        assert (out @ out.t()).dtype is half
        assert torch.bmm(out.unsqueeze(0), out.t().unsqueeze(0)).dtype is half
        assert torch.addmm(torch.zeros(5, 5), out, out.t()).dtype is half
        assert (out + x.flatten(1)[:, :3]).dtype is torch.float32
        with torch.autocast("cpu", enabled=False):
            assert (x.flatten(1) @ x.flatten(1).t()).dtype is torch.float32
    assert (x.flatten(1) @ x.flatten(1).t()).dtype is torch.float32
    assert (out.dtype, loss.dtype, other.dtype) == (half, torch.float32, torch.float32)
    loss.backward()
    assert all(p.grad.dtype is torch.float32 for p in net.parameters())
    plain = F.cross_entropy(net(x), y)
    assert loss.item() == pytest.approx(plain.item(), rel=1e-2)


def test_doubles_are_left_alone():
    x = torch.ones(2, 2, dtype=torch.float64)
    with torch.autocast("cpu", dtype=half):
        assert (x @ x).dtype is torch.float64


def test_as_a_decorator_and_what_is_asked():
    @torch.autocast("cpu", dtype=half)
    def product(x):
        assert torch.is_autocast_enabled("cpu")
        assert not torch.is_autocast_enabled()
        assert torch.get_autocast_dtype("cpu") is half
        return x @ x

    assert product(torch.ones(2, 2)).dtype is half
    assert not torch.is_autocast_enabled("cpu")
    assert torch.get_autocast_dtype("cpu") is torch.bfloat16


def test_refusals():
    with pytest.warns(UserWarning, match="only supports dtypes of torch.bfloat16"):
        assert not torch.autocast("cpu", dtype=torch.float32)._enabled
    with pytest.warns(UserWarning, match="CUDA is not available"):
        assert not torch.autocast("cuda")._enabled
    with pytest.raises(RuntimeError, match="Expected one of cpu"):
        torch.autocast("nowhere")
    with pytest.raises(ValueError, match="Expected `device_type` of type `str`"):
        torch.autocast(torch.device("cpu"))


def test_compiled_functions_obey():
    step = torch.compile(lambda x: x @ x)
    x = torch.ones(2, 2)
    assert step(x).dtype is torch.float32
    with torch.autocast("cpu", dtype=half):
        assert step(x).dtype is half
    assert step(x).dtype is torch.float32


def scaled(grad, **settings):
    """A scaler and an optimizer of one weight, after a step on a gradient."""
    w = torch.ones(1, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.5)
    scaler = torch.amp.GradScaler("cpu", **settings)
    scaler.scale(w * grad).backward()
    return w, optimizer, scaler


def test_gradients_are_unscaled_once():
    w, optimizer, scaler = scaled(2.0)
    assert w.grad.item() == 2.0 * 65536
    scaler.unscale_(optimizer)
    assert w.grad.item() == 2.0
    with pytest.raises(RuntimeError, match=r"unscale_\(\) has already been called"):
        scaler.unscale_(optimizer)
    scaler.step(optimizer)
    assert w.item() == 0.0
    with pytest.raises(RuntimeError, match=r"step\(\) has already been called"):
        scaler.step(optimizer)
    scaler.update()
    assert scaler.get_scale() == 65536.0


def test_a_step_that_is_not_finite_is_skipped_and_the_scale_halved():
    w, optimizer, scaler = scaled(float("inf"))
    assert scaler.step(optimizer) is None
    scaler.update()
    assert (w.item(), scaler.get_scale()) == (1.0, 32768.0)


def test_the_scale_grows():
    _, optimizer, scaler = scaled(1.0, init_scale=4.0, growth_interval=2)
    for _ in range(2):
        scaler.step(optimizer)
        scaler.update()
    assert scaler.get_scale() == 8.0
    twin = torch.amp.GradScaler("cpu")
    twin.load_state_dict(scaler.state_dict())
    assert twin.state_dict() == scaler.state_dict()
    with pytest.raises(AssertionError, match="No inf checks were recorded"):
        scaler.update()


def test_without_a_gpu_the_older_names_do_nothing():
    with pytest.warns(UserWarning, match="CUDA is not available"):
        scaler = torch.cuda.amp.GradScaler()
    x = torch.ones(1)
    assert scaler.scale(x) is x
    assert (scaler.is_enabled(), scaler.get_scale(), scaler.state_dict()) == (False, 1.0, {})
