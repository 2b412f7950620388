"""The profile "stats": a tensor on one line, by its statistics."""

import numpy as np
import pytest

import chainrule as torch
from chainrule.core.printing import get_printoptions, printoptions, set_printoptions


@pytest.fixture(autouse=True)
def stats():
    with printoptions(profile="stats"):
        yield


def test_a_matrix():
    x = torch.tensor([[1.0, 2.0], [3.0, 6.0]], requires_grad=True)
    head = "tensor(shape=(2, 2), dtype=float32, min=1.0, max=6.0, mean=3.0, std=2.16, "
    assert repr(x) == head + "requires_grad=True)"
    assert repr(x * 1) == head + "grad_fn=<MulBackward0>)"


def test_what_is_not_finite_is_counted_and_left_out():
    inf, nan = float("inf"), float("nan")
    x = torch.tensor([nan, 1, inf, -inf, nan, nan, 3], dtype=torch.float64)
    assert repr(x) == (
        "tensor(shape=(7,), dtype=float64, min=1.0, max=3.0, mean=2.0, std=1.41, nan=3, inf=2)"
    )
    assert repr(torch.tensor([nan, nan])) == "tensor(shape=(2,), dtype=float32, nan=2)"


@pytest.mark.parametrize(
    ("values", "dtype", "words"),
    [
        (
            [1, 2**40],
            torch.int64,
            "min=1, max=1099511627776, mean=550000000000.0, std=777000000000",
        ),
        ([True, False, True], torch.bool, "dtype=bool, true=2 of 3)"),
        ([3 + 4j, 0], torch.complex64, "abs_min=0.0, abs_max=5.0, abs_mean=2.5, abs_std=3.54)"),
        ([1e300, -1e300], torch.float64, "min=-1e+300, max=1e+300, mean=0.0, std=inf)"),
        ([6e4, 6e4], torch.float16, "min=60000.0, max=60000.0, mean=60000.0, std=0.0)"),
        ([7.0], torch.float32, "min=7.0, max=7.0, mean=7.0)"),
        ([], torch.float32, "tensor(shape=(0,), dtype=float32)"),
    ],
)
def test_kinds(values, dtype, words):
    assert words in repr(torch.tensor(values, dtype=dtype))


def test_bfloat16():
    pytest.importorskip("ml_dtypes")
    x = torch.tensor([1.0, 2.0], dtype=torch.bfloat16)
    assert "dtype=bfloat16, min=1.0, max=2.0, mean=1.5" in repr(x)


def test_one_number_is_printed_as_ever():
    assert repr(torch.tensor(2.5)) == "tensor(2.5000)"


def test_one_line_for_a_parameter_too():
    assert repr(torch.nn.Parameter(torch.ones(300, 400))).splitlines()[1:] == [
        "tensor(shape=(300, 400), dtype=float32, min=1.0, max=1.0, mean=1.0, std=0.0, "
        "requires_grad=True)"
    ]


def test_it_lasts_until_another_profile():
    set_printoptions(precision=2)
    assert repr(torch.ones(2)).startswith("tensor(shape")
    with printoptions(profile="short"):
        assert repr(torch.ones(2)) == "tensor([1., 1.])"
    assert repr(torch.ones(2)).startswith("tensor(shape")
    set_printoptions(profile="default")
    assert repr(torch.ones(2)) == "tensor([1., 1.])"


def test_the_options_of_pytorch_are_what_they_were():
    assert set(get_printoptions()) == {
        "precision",
        "threshold",
        "edgeitems",
        "linewidth",
        "sci_mode",
    }
    set_printoptions(**get_printoptions())
    assert "shape" in repr(torch.tensor(np.ones(2)))
