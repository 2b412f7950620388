"""New tensors: ranges as PyTorch counts them, and `out=`."""

from __future__ import annotations

from typing import Any

import pytest

import chainrule as torch


@pytest.mark.parametrize(
    ("bounds", "dtype", "want"),
    [
        ((0.0, -8.000001, -4.0), torch.int64, [0, -4]),
        ((0.0, -8.000001, -4.0), torch.int32, [0, -4, -8]),
        ((0.5, 5.5, 1.5), torch.int64, [0, 1, 2, 3, 4]),
        ((0.5, 5.5, 1.5), torch.uint8, [0, 1, 2, 3]),
        ((0.5, 5.5, 1.5), torch.float64, [0.5, 2.0, 3.5, 5.0]),
        ((5.9, -3, -1), torch.int16, [5, 4, 3, 2, 1, 0, -1, -2, -3]),
    ],
)
def test_ranges_of_integers_start_at_truncated_bounds(bounds: Any, dtype: Any, want: Any) -> None:
    assert torch.arange(*bounds, dtype=dtype).tolist() == want


def test_ranges_refuse_what_pytorch_refuses() -> None:
    with pytest.raises(ValueError, match="step must be nonzero"):
        torch.arange(0, 2, 0.3, dtype=torch.int64)
    with pytest.raises(NotImplementedError, match="arange_cpu"):
        torch.arange(2, dtype=torch.bool)
    assert torch.range(1, 2, 0.5).tolist() == [1.0, 1.5, 2.0]
    with pytest.raises(TypeError, match="missing 1 required"):
        torch.range(3)


@pytest.mark.parametrize(
    ("make", "want"),
    [
        (lambda **k: torch.zeros(2, **k), [0, 0]),
        (lambda **k: torch.full((2,), 3, **k), [3, 3]),
        (lambda **k: torch.arange(2, **k), [0, 1]),
        (lambda **k: torch.range(1, 2, **k), [1, 2]),
        (lambda **k: torch.linspace(0, 1, 2, **k), [0, 1]),
        (lambda **k: torch.logspace(0, 1, 2, **k), [1, 10]),
    ],
)
def test_out_is_written_in_its_own_memory(make: Any, want: Any) -> None:
    base = torch.ones(4, dtype=torch.int64)
    part = base[1:3]
    assert make(out=part) is part
    assert base.tolist() == [1, *want, 1]
    assert base.dtype == torch.int64


def test_names_of_functional_are_torchs_only_where_torch_has_them() -> None:
    assert torch.conv1d is torch.nn.functional.conv1d
    assert torch.sigmoid_(torch.zeros(1)).tolist() == [0.5]
    for name in ("unfold", "gelu", "add_"):
        with pytest.raises(AttributeError, match=f"no attribute '{name}'"):
            getattr(torch, name)
