"""Dropout: the random numbers are PyTorch's; its answers after manual_seed(0) are recorded here."""

import warnings

import numpy as np
import pytest

import chainrule as torch
import chainrule.nn.functional as F


def recorded(x, p=0.3):
    """What PyTorch's dropout makes of twenty ones after manual_seed(0), for p = 0.3."""
    kept = np.array([0, 0, 1, 0, 1, 0, *[1] * 13, 0], np.float64)
    return x * kept / (1 - p)


def test_the_mask_is_pytorchs():
    torch.manual_seed(0)
    assert np.allclose(F.dropout(torch.ones(20), 0.3).numpy(), recorded(np.ones(20)))
    assert torch.rand(1).item() == pytest.approx(0.5263, abs=5e-5)  # the stream goes on alike


@pytest.mark.parametrize("kind", [torch.float16, torch.float32, torch.float64])
def test_every_float_type_has_the_same_mask(kind):
    torch.manual_seed(0)
    y = F.dropout(torch.ones(5, dtype=kind), 0.3)
    assert y.dtype == kind
    assert (y != 0).tolist() == [False, False, True, False, True]


def test_memory_order_decides_which_element_gets_which_number():
    torch.manual_seed(0)
    y = F.dropout(torch.ones(3, 4).t(), 0.5)
    assert y.tolist() == [[0, 0, 0], [0, 0, 2], [2, 2, 2], [0, 2, 2]]


def test_the_gradient_goes_where_the_input_was_kept():
    x = torch.ones(20, requires_grad=True)
    torch.manual_seed(0)
    y = F.dropout(x, 0.3)
    y.sum().backward()
    assert y.grad_fn.name() == "MulBackward0"
    assert np.allclose(x.grad.numpy(), recorded(np.ones(20)))


def test_what_is_not_dropped_is_returned_as_it_is():
    x = torch.ones(3)
    assert F.dropout(x, 0.5, training=False) is x
    assert F.dropout(x, 0.0) is x


def test_everything_dropped_draws_nothing():
    torch.manual_seed(0)
    y = F.dropout(torch.tensor([1.0, float("inf")]), 1.0)
    assert y[0] == 0
    assert y[1].isnan()
    assert torch.rand(1).item() == pytest.approx(0.4963, abs=5e-5)


def test_in_place():
    x = torch.ones(20)
    torch.manual_seed(0)
    assert F.dropout(x, 0.3, inplace=True) is x
    assert np.allclose(x.numpy(), recorded(np.ones(20)))
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        F.dropout(torch.ones(2, requires_grad=True), 0.5, inplace=True)


def test_whole_channels():
    torch.manual_seed(0)
    y = F.dropout2d(torch.ones(2, 3, 2, 2), 0.5)
    assert y.tolist() == [
        [[[0, 0], [0, 0]], [[0, 0], [0, 0]], [[2, 2], [2, 2]]],
        [[[0, 0], [0, 0]], [[0, 0], [0, 0]], [[0, 0], [0, 0]]],
    ]


@pytest.mark.parametrize(
    ("function", "shape"), [(F.dropout1d, (3, 4)), (F.dropout3d, (3, 2, 2, 2))]
)
def test_channels_of_one_example(function, shape):
    torch.manual_seed(0)
    alone = function(torch.ones(*shape), 0.5)
    torch.manual_seed(0)
    assert alone.tolist() == function(torch.ones(1, *shape), 0.5)[0].tolist()


def test_alpha_dropout():
    torch.manual_seed(0)
    y = F.alpha_dropout(torch.ones(8), 0.5, True)
    low, high = -0.7792, 1.6656
    assert np.allclose(y.numpy(), [low, low, high, low, low, low, high, high], atol=5e-5)


def test_feature_alpha_dropout():
    torch.manual_seed(0)
    y = F.feature_alpha_dropout(torch.ones(2, 4, 2), 0.5, True)
    low, high = -0.7792, 1.6656
    rows = [[low, low, high, low], [low, low, high, high]]
    assert np.allclose(y.numpy(), np.repeat(rows, 2).reshape(2, 4, 2), atol=5e-5)


def test_alpha_dropout_keeps_mean_and_variance():
    torch.manual_seed(0)
    y = F.alpha_dropout(torch.randn(100_000), 0.3, True)
    assert abs(y.mean().item()) < 0.02
    assert abs((y * y).mean().item() - 1) < 0.02


@pytest.mark.parametrize("function", [F.dropout, F.alpha_dropout, F.feature_alpha_dropout])
def test_errors(function):
    with pytest.raises(ValueError, match=r"has to be between 0 and 1, but got 1\.5"):
        function(torch.ones(3, 3), 1.5, True)
    with pytest.raises(RuntimeError, match="result type Float can't be cast to the desired"):
        function(torch.ones(3, 3).long(), 0.5, True)


def test_ranks_that_are_refused_or_warned_about():
    with pytest.raises(RuntimeError, match="dropout1d: Expected 2D or 3D input"):
        F.dropout1d(torch.ones(3))
    with pytest.raises(RuntimeError, match="Feature dropout requires at least 2 dimensions"):
        F.feature_alpha_dropout(torch.ones(3), 0.5, True)
    with pytest.warns(UserWarning, match="dropout2d: Received a 2-D input"):
        F.dropout2d(torch.ones(3, 3))
    with pytest.warns(UserWarning, match="assuming that channel-wise 1D dropout behavior"):
        F.dropout2d(torch.ones(3, 3, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        F.dropout2d(torch.ones(3, 3, 3, 3))
