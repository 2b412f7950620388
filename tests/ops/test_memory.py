"""Tensors and their memory: storages, other sizes, elements seen by Python functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule as torch


def test_a_storage_is_the_memory_of_all_its_views() -> None:
    x = torch.arange(6.0).reshape(2, 3)
    storage = x[1].storage()
    storage[0] = 5.0
    assert x[0, 0] == 5
    assert storage.tolist() == [5, 1, 2, 3, 4, 5]
    assert storage.data_ptr() == x.data_ptr()
    assert (len(storage), storage.nbytes(), storage.dtype) == (6, 24, torch.float32)
    assert storage.untyped() == x.untyped_storage()
    assert torch.is_storage(storage)
    assert repr(torch.TypedStorage([1.5])).startswith(" 1.5\n[torch.storage.TypedStorage(dtype=")
    with pytest.raises(NotImplementedError, match="resize_"):
        storage.resize_(0)


def test_resize_keeps_the_memory_where_it_suffices() -> None:
    x = torch.arange(6)
    row = x[2:]
    assert row.resize_(2, 2).tolist() == [[2, 3], [4, 5]]
    row[0, 0] = 9
    assert x[2] == 9
    assert x.resize_(8)[:6].tolist() == [0, 1, 9, 3, 4, 5]
    assert torch.zeros(4).resize_as_(torch.zeros(2, 1)).shape == (2, 1)
    with pytest.raises(RuntimeError, match="cannot resize variables that require grad"):
        torch.ones(2, requires_grad=True).resize_(1)
    with pytest.raises(TypeError, match="must be tuple of ints"):
        torch.ones(2).resize_(2.5)


def test_set_shares_the_memory_of_the_source() -> None:
    source = torch.arange(4.0)
    x = torch.zeros(1).set_(source)
    assert x.is_set_to(source)
    x.add_(1)
    assert source.tolist() == [1, 2, 3, 4]
    assert source._version == 1
    assert x.set_(source.untyped_storage(), 1, (2,), (2,)).tolist() == [2, 4]
    assert x.set_().shape == (0,)
    with pytest.raises(RuntimeError, match="Could not set tensor of type"):
        x.set_(torch.arange(3))


def test_python_functions_see_each_element() -> None:
    x = torch.tensor([1.0, 2.0])
    assert x.apply_(lambda v: v + 0.5) is x
    assert x.tolist() == [1.5, 2.5]
    assert torch.zeros(2).map_(torch.ones(1), lambda a, b: a + 2 * b).tolist() == [2, 2]
    two = torch.zeros(2).map2_(torch.ones(2), torch.ones(2), lambda a, b, c: a + b + c)
    assert two.tolist() == [2, 2]
    assert torch.tensor([1, 2]).apply_(lambda v: v * 1.6).tolist() == [1, 3]
    with pytest.raises(RuntimeError, match=r"Can't call apply_\(\) on Variable that requires grad"):
        torch.ones(1, requires_grad=True).apply_(abs)
    with pytest.raises(TypeError, match=r"expected torch\.FloatTensor for 'other'"):
        x.map_(torch.ones(2, dtype=torch.int64), lambda a, b: a)


def test_tensors_are_made_of_a_tensors_kind() -> None:
    x = torch.zeros(2, dtype=torch.float64)
    assert x.new([1, 2]).dtype == x.new(3).dtype == torch.float64
    assert x.new_empty_strided((2, 3), (1, 2)).dim_order() == (1, 0)
    with pytest.raises(TypeError, match="expected a tensor of dtype"):
        x.new(torch.ones(1))


def test_a_subclass_shares_memory_and_history() -> None:
    class Named(torch.Tensor):
        pass

    x = torch.ones(2, requires_grad=True)
    named = x.as_subclass(Named)
    assert type(named) is Named
    (named * 2).sum().backward()
    assert x.grad.tolist() == [2, 2]
    with pytest.raises(TypeError, match="does not inherit from Tensor"):
        x.as_subclass(int)


@pytest.mark.parametrize(
    ("call", "want"),
    [
        (lambda x: np.sin(x), torch.ones(2).sin()),
        (lambda x: np.maximum(x, x), torch.ones(2)),
        (lambda x: np.isnan(x), torch.zeros(2, dtype=torch.uint8)),
    ],
)
def test_numpys_functions_return_tensors(call: Any, want: Any) -> None:
    got = call(torch.ones(2))
    assert isinstance(got, torch.Tensor)
    assert got.dtype == want.dtype
    assert torch.allclose(got, want)


def test_operators_that_programs_rarely_write() -> None:
    x = torch.arange(3)
    x <<= 1
    assert x.tolist() == [0, 2, 4]
    assert reversed(x).tolist() == [4, 2, 0]
    assert x.__rdiv__(8)[1] == 4
    with pytest.raises(TypeError, match="does not support deleting items"):
        del x[0]


def test_scalar_tensor_is_of_the_default_type() -> None:
    assert repr(torch.scalar_tensor(True)) == "tensor(1.)"
    assert torch.scalar_tensor(3, dtype=torch.int8).dtype == torch.int8
    with pytest.raises(RuntimeError, match="without overflow"):
        torch.scalar_tensor(2j)
    with pytest.raises(TypeError, match="must be Number, not str"):
        torch.scalar_tensor("a")
