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


def test_random_numbers_take_numbers_beside_tensors() -> None:
    torch.manual_seed(0)
    assert torch.normal(torch.ones(3), 0.5).shape == torch.normal(0.0, torch.ones(3)).shape == (3,)
    assert torch.normal(0.0, 1.0, (2,), layout=torch.strided).shape == (2,)


def test_binomial_counts_are_pytorchs() -> None:
    torch.manual_seed(0)
    counts = torch.binomial(torch.tensor([10.0, 100, 5, 1000]), torch.tensor([0.5, 0.3, 0, 0.9]))
    assert counts.tolist() == [7, 31, 0, 901]
    with pytest.raises(ValueError, match="only supports floating-point dtypes for count"):
        torch.binomial(torch.tensor([10]), torch.tensor([0.5]))


def test_a_file_is_read_as_a_tensor(tmp_path: Any) -> None:
    file = tmp_path / "numbers"
    file.write_bytes(bytes([1, 2, 3]))
    assert torch.from_file(str(file), size=2, dtype=torch.uint8).tolist() == [1, 2]
    torch.from_file(str(file), True, 3, dtype=torch.uint8)[0] = 9
    assert file.read_bytes() == bytes([9, 2, 3])


def test_debug_modes_are_kept() -> None:
    torch.set_deterministic_debug_mode("warn")
    assert torch.get_deterministic_debug_mode() == 1
    assert torch.is_deterministic_algorithms_warn_only_enabled()
    torch.set_deterministic_debug_mode(0)
    assert not torch.are_deterministic_algorithms_enabled()
    with pytest.raises(RuntimeError, match="invalid value of debug_mode, expected 0, 1, or 2"):
        torch.set_deterministic_debug_mode(3)
    torch.set_warn_always(False)
    assert not torch.is_warn_always_enabled()


def test_symbolic_numbers_are_numbers() -> None:
    assert torch.sym_int(2.7) == 2
    assert isinstance(torch.sym_max(2, 1.5), float)
    assert torch.sym_ite(torch.sym_not(False), torch.sym_sum([1, 2]), torch.sym_min(1, 2)) == 3
    assert torch.sym_float(2) == 2.0
    assert isinstance(torch.channels_last, torch.memory_format)
    assert not isinstance(torch.strided, torch.memory_format)


def test_axes_in_another_order_of_memory() -> None:
    assert torch.empty_permuted((2, 3, 4), (2, 0, 1)).stride() == (3, 1, 6)
    with pytest.raises(RuntimeError, match="Duplicate dim not allowed"):
        torch.empty_permuted((2, 3), (1, 1))


def test_eye_has_no_negative_sizes() -> None:
    with pytest.raises(RuntimeError, match="m must be greater or equal to 0, got -3"):
        torch.eye(2, -3)
