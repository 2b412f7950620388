"""Operands of all pairs of dtypes meet where PyTorch's do: its answers are in a golden file."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as torch
from chainrule.core.dtype import of_array, result_of
from chainrule.core.promotion import constant

TABLE = json.loads((Path(__file__).parents[1] / "golden" / "promotion.json").read_text())
NUMBERS = {"bool": True, "int": 1, "float": 1.0, "complex": 1j}
OPERATIONS = {"add": torch.add, "div": torch.div, "eq": torch.eq}
TENSORS = list(TABLE["add"])


def operand(name: str) -> Any:
    """The operand of a name in the table; see tools/record_promotion.py."""
    if name.startswith("number "):
        return NUMBERS[name.removeprefix("number ")]
    shape = () if name.endswith("()") else (2,)
    return torch.ones(shape, dtype=getattr(torch, name.removesuffix("()")))


def answer(function: Any, first: str, second: str) -> str:
    """The dtype of the result, or the type of the error."""
    try:
        return str(function(operand(first), operand(second)).dtype).removeprefix("torch.")
    except RuntimeError as error:
        return type(error).__name__


def expected(name: str, first: str, second: str) -> str:
    """PyTorch's answer; where it only lacks the kernel, the dtype that the operands meet in."""
    recorded = TABLE[name][first][second]
    if recorded == "NotImplementedError":
        meeting = TABLE["result_type"][first][second]
        recorded = "float32" if name == "div" and "int" in meeting else meeting
    return "complex64" if recorded == "complex32" else recorded  # NumPy has no half complex


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("first", TENSORS)
def test_operands_meet_as_in_pytorch(name, first):
    pairs = TABLE[name][first]
    want = {second: expected(name, first, second) for second in pairs}
    assert {second: answer(OPERATIONS[name], first, second) for second in pairs} == want


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("first", TENSORS)
def test_a_number_on_the_left_meets_alike(name, first):
    swapped = {"add": torch.add, "div": lambda x, y: y / x, "eq": lambda x, y: y == x}[name]
    for second in (f"number {kind}" for kind in NUMBERS):
        assert answer(swapped, first, second) == expected(name, first, second)


@pytest.mark.parametrize("first", TENSORS)
def test_result_of_is_result_type(first):
    for second, recorded in TABLE["result_type"][first].items():
        one, other = operand(first), operand(second)
        number = second.startswith("number ")
        arrays = [one._data] if number else [one._data, other._data]
        try:
            found = result_of(arrays, [other] if number else []).name.removesuffix("_")
        except RuntimeError:
            found = "RuntimeError"
        assert found == recorded.replace("complex32", "complex64")


def test_can_cast():
    for source, targets in TABLE["can_cast"].items():
        found = [
            name
            for name in TABLE["can_cast"]
            if torch.can_cast(getattr(torch, source), getattr(torch, name))
        ]
        assert found == targets


def test_promote_types_is_the_table_of_dimensioned_tensors():
    for first in TABLE["can_cast"]:
        for second in TABLE["can_cast"]:
            try:
                types = getattr(torch, first), getattr(torch, second)
                found = str(torch.promote_types(*types)).removeprefix("torch.")
            except RuntimeError:
                found = "RuntimeError"
            assert found == TABLE["result_type"][first][second].replace("complex32", "complex64")


@pytest.mark.parametrize(
    ("scalar", "kind"),
    [(np.float64(2), "float32"), (np.float32(2), "float32"), (np.int64(2), "float32")],
)
def test_numpy_scalars_are_numbers(scalar, kind):
    x = torch.tensor([1.0, 2.0])
    assert str((x + scalar).dtype) == str((scalar + x).dtype) == f"torch.{kind}"
    assert str((torch.tensor([1]) + np.float32(1)).dtype) == "torch.float32"


def test_a_numpy_array_is_a_tensor():
    assert (torch.tensor([1.0, 2.0]) + np.ones(2)).dtype is torch.float64


def test_integers_wrap_around():
    x = torch.tensor([255, 1], dtype=torch.uint8)
    assert (x + 300).tolist() == [43, 45]
    assert (x + (-1)).tolist() == [254, 0]
    assert (x == -1).tolist() == [True, False]
    with pytest.raises(OverflowError):
        x + 2**70


def test_the_default_dtype_decides_for_integers():
    torch.set_default_dtype(torch.float64)
    try:
        assert (torch.tensor([1]) / 2).dtype is torch.float64
        assert (torch.tensor([1]) + 0.5).dtype is torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


def test_constants_are_kept_by_value_and_category():
    kind = np.dtype(np.float32)
    assert constant(2, kind) is constant(2, kind)
    assert constant(complex(1, 0), kind) is None
    assert np.signbit(constant(-0.0, kind))
    assert not np.signbit(constant(0.0, kind))
    assert constant(1, np.dtype(bool)) is None
    assert of_array(constant(True, np.dtype(bool))) is torch.bool
    with pytest.raises(ValueError, match="read-only"):
        constant(2, kind)[...] = 3
