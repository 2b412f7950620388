"""Where gradients go when several elements are largest, and when the largest is NaN."""

import pytest

import chainrule as torch

NAN = float("nan")
THIRD = 1 / 3
TIED = [3.0, 1.0, 3.0, 3.0, 1.0]


def gradient(f, values):
    """The gradient of f at a vector, as a list."""
    x = torch.tensor(values, requires_grad=True)
    return torch.autograd.grad(f(x), x)[0].tolist()


@pytest.mark.parametrize(
    ("f", "want"),
    [
        (lambda x: x.max(), [THIRD, 0, THIRD, THIRD, 0]),
        (lambda x: x.amax(), [THIRD, 0, THIRD, THIRD, 0]),
        (lambda x: x.amax(0), [THIRD, 0, THIRD, THIRD, 0]),
        (lambda x: x.max(0)[0], [1, 0, 0, 0, 0]),
        (lambda x: x.min(), [0, 0.5, 0, 0, 0.5]),
        (lambda x: x.min(0)[0], [0, 1, 0, 0, 0]),
        (lambda x: x.aminmax()[1], [THIRD, 0, THIRD, THIRD, 0]),
        (lambda x: x.aminmax(dim=0)[0], [0, 0.5, 0, 0, 0.5]),
        (lambda x: x.median(), [THIRD, 0, THIRD, THIRD, 0]),
        (lambda x: x.norm(float("inf")), [THIRD, 0, THIRD, THIRD, 0]),
        (lambda x: x.norm(-float("inf")), [0, 0.5, 0, 0, 0.5]),
    ],
)
def test_equal_elements(f, want):
    assert gradient(f, TIED) == pytest.approx(want)


@pytest.mark.parametrize(
    "f", [lambda x: x.max(), lambda x: x.min(), lambda x: x.max(0)[0], lambda x: x.median()]
)
def test_the_gradient_goes_to_nan(f):
    assert gradient(f, [1.0, NAN, 3.0, 3.0]) == [0, 1, 0, 0]


@pytest.mark.parametrize("p", [0.5, 1, 1.5, 2, 3, float("inf"), -1, -float("inf")])
def test_the_norm_of_zero_has_gradient_zero(p):
    assert gradient(lambda x: x.norm(p), [0.0, 0.0, 0.0]) == [0, 0, 0]


def test_the_deviation_of_a_constant_has_gradient_zero():
    assert gradient(lambda x: x.std(), [1.0, 1.0, 1.0]) == [0, 0, 0]
    assert gradient(lambda x: torch.std_mean(x)[0], [1.0, 1.0, 1.0]) == [0, 0, 0]
