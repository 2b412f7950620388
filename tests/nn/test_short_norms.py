"""Normalisation of float16 and bfloat16: computed in float32, the result in the input's type."""

import pytest

import chainrule as torch
import chainrule.nn.functional as F

FORMS = {
    "batch": lambda x, w, b: F.batch_norm(x, None, None, w, b, True),
    "layer": lambda x, w, b: F.layer_norm(x, (4,), w, b),
    "group": lambda x, w, b: F.group_norm(x, 2, w, b),
    "instance": lambda x, w, b: F.instance_norm(x[None], None, None, w, b),
    "rms": lambda x, w, b: F.rms_norm(x, (4,), w),
}


@pytest.mark.parametrize("short", [torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("form", FORMS)
def test_it_is_computed_in_float32(form, short):
    x = (torch.arange(16.0).reshape(4, 4).sin() * 1000).to(short)  # its squares leave float16
    w, b = torch.tensor([1.0, 2.0, 0.5, 1.0]), torch.arange(4.0)
    expected = FORMS[form](x.float(), w, b)
    for kind in (short, torch.float32):
        weight, leaf = w.to(kind).requires_grad_(), x.clone().requires_grad_()
        out = FORMS[form](leaf, weight, b.to(kind))
        assert out.dtype is short
        torch.testing.assert_close(out, expected.to(short))
        out.sum().backward()
        assert (leaf.grad.dtype, weight.grad.dtype) == (short, kind)


@pytest.mark.parametrize("short", [torch.float16, torch.bfloat16], ids=str)
def test_short_running_statistics_move(short):
    mean, var = torch.zeros(2, dtype=short), torch.ones(2, dtype=short)
    x = torch.tensor([[1.0, 4.0], [3.0, 8.0]], dtype=short)
    F.batch_norm(x, mean, var, training=True, momentum=0.5)
    assert mean.dtype is var.dtype is short
    assert (mean.tolist(), var.tolist()) == ([1.0, 3.0], [1.5, 4.5])
