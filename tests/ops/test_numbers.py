"""Python numbers among the operands: which functions take them, and in which place."""

from __future__ import annotations

from typing import Any

import pytest

import chainrule as torch

X = torch.tensor([1.0, 2.0])
SECOND = (  # the first operand must be a tensor
    *("eq", "ne", "lt", "le", "gt", "ge", "maximum", "minimum", "fmax", "fmin", "atan2", "hypot"),
    *("logical_and", "logical_or", "logical_xor", "logaddexp", "logaddexp2", "ldexp", "heaviside"),
    *("nextafter", "gcd", "lcm", "clamp_min", "clamp_max"),
)
EITHER = ("pow", "remainder", "bitwise_and", "bitwise_or", "bitwise_left_shift", "float_power")


@pytest.mark.parametrize("name", SECOND)
def test_a_number_is_no_first_operand(name: str) -> None:
    function: Any = getattr(torch, name)
    for other in (X, 2):
        with pytest.raises(TypeError, match=rf"{name}\(\): argument '\w+' .*must be Tensor, not"):
            function(2, other)


@pytest.mark.parametrize("name", EITHER)
def test_one_operand_is_a_tensor(name: str) -> None:
    function: Any = getattr(torch, name)
    assert function(2, torch.tensor([1, 2])).shape == (2,)
    with pytest.raises(TypeError, match="must be Tensor, not int"):
        function(2, 2)


def test_two_numbers_make_a_tensor() -> None:
    assert repr(torch.add(2, 3)) == "tensor(5)"
    assert repr(torch.add(2, 3, alpha=2)) == "tensor(8)"
    assert repr(torch.sub(2, 3.5)) == "tensor(-1.5000)"
    assert repr(torch.mul(2, True)) == "tensor(2)"
    assert repr(torch.div(1, 2)) == "tensor(0.5000)"
    assert repr(torch.floor_divide(7, 2)) == "tensor(3)"


def test_a_number_on_the_left_of_a_comparison_is_one_on_the_right() -> None:
    assert (1.5 < X).tolist() == [False, True]  # noqa: SIM300
    assert (1.0 == X).tolist() == [True, False]  # noqa: SIM300
