"""`out=`: the result is written into the tensor given, if its dtype will do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import chainrule as torch

X = torch.tensor([[1.0, -2.5], [0.5, 4.0]])
I = torch.tensor([[0, 1], [1, 0]])  # noqa: E741

EXACT: dict[str, Callable[..., Any]] = {  # the dtype of out must be that of the result
    "abs": lambda out: torch.abs(X, out=out),
    "mm": lambda out: torch.mm(X, X, out=out),
    "addmm": lambda out: torch.addmm(X, X, X, out=out),
    "softmax": lambda out: torch.softmax(X, 1, out=out),
    "amax": lambda out: torch.amax(X, 1, out=out),
    "gather": lambda out: torch.gather(X, 1, I, out=out),
    "tril": lambda out: torch.tril(X, out=out),
    "cross": lambda out: torch.linalg.cross(torch.ones(3), torch.arange(3.0), out=out),
    "where": lambda out: torch.where(X > 0, X, 0, out=out),
    "t_copy": lambda out: torch.t_copy(X, out=out),
    "std": lambda out: torch.std(X, out=out),
    "ones": lambda out: torch.ones(2, dtype=torch.float32, out=out),
    "full": lambda out: torch.full((2,), 3.0, dtype=torch.float32, out=out),
    "linspace": lambda out: torch.linspace(0, 1, 3, dtype=torch.float32, out=out),
    "logspace": lambda out: torch.logspace(0, 1, 3, dtype=torch.float32, out=out),
    "eye": lambda out: torch.eye(2, dtype=torch.float32, out=out),
    "arange": lambda out: torch.arange(3, dtype=torch.float32, out=out),
}
CAST: dict[str, Callable[..., Any]] = {  # the result is cast to the dtype of out
    "add": lambda out: torch.add(X, X, out=out),
    "exp": lambda out: torch.exp(X, out=out),
    "eq": lambda out: torch.eq(X, X, out=out),
    "cumsum": lambda out: torch.cumsum(X, 1, out=out),
    "cat": lambda out: torch.cat([X, X], out=out),
    "ones": lambda out: torch.ones(2, out=out),
    "arange": lambda out: torch.arange(3, out=out),
    "full": lambda out: torch.full((2,), 3, out=out),
    "eye": lambda out: torch.eye(2, out=out),
}


@pytest.mark.parametrize("name", EXACT)
def test_a_result_is_written(name: str) -> None:
    call = EXACT[name]
    grown = torch.zeros(0)
    assert call(grown) is grown
    memory = torch.zeros(2 * grown.numel())
    out = memory[::2].view_as(grown)
    assert call(out) is out
    assert out.tolist() == grown.tolist()
    assert sorted(memory.tolist()) == sorted(grown.flatten().tolist() + [0.0] * grown.numel())


@pytest.mark.parametrize("name", EXACT)
def test_another_dtype_is_refused(name: str) -> None:
    with pytest.raises(RuntimeError, match="dtype"):
        EXACT[name](torch.zeros(0, dtype=torch.float64))


@pytest.mark.parametrize("name", CAST)
def test_another_dtype_is_cast_to(name: str) -> None:
    narrow, wide = torch.zeros(0), torch.zeros(0, dtype=torch.float64)
    CAST[name](narrow)
    CAST[name](wide)
    assert wide.dtype == torch.float64
    assert wide.flatten().tolist() == pytest.approx(narrow.flatten().tolist(), rel=1e-6)


def test_each_of_several_results_has_its_dtype() -> None:
    values, indices = torch.zeros(0), torch.zeros(0, dtype=torch.int64)
    torch.sort(X, out=(values, indices))
    assert values.tolist() == [[-2.5, 1.0], [0.5, 4.0]]
    for wrong in ((values, values), (indices, indices)):
        with pytest.raises(RuntimeError, match="Expected out tensor to have dtype"):
            torch.sort(X, out=wrong)
        with pytest.raises(RuntimeError, match="Expected out tensor to have dtype"):
            torch.max(X, 1, out=wrong)


def test_out_is_a_tensor_outside_the_graph() -> None:
    for call in (*EXACT.values(), *CAST.values()):
        with pytest.raises(TypeError, match="must be Tensor, not int"):
            call(3)
        with pytest.raises(RuntimeError, match=r"out=\.\.\. arguments don't support automatic"):
            call(torch.zeros(0, requires_grad=True))


def test_out_shares_no_memory_with_what_is_picked_from():
    x, places = torch.arange(4.0), torch.tensor([0, 1, 2, 3])
    calls = [
        lambda out: torch.take(x, places, out=out),
        lambda out: torch.gather(x, 0, places, out=out),
        lambda out: torch.index_select(x, 0, places, out=out),
        lambda out: torch.masked_select(x, x >= 0, out=out),
    ]
    for call in calls:
        assert call(torch.empty(4)).tolist() == [0, 1, 2, 3]
        with pytest.raises(RuntimeError, match="unsupported operation: some elements"):
            call(x)
        with pytest.raises(RuntimeError, match="unsupported operation: more than one element"):
            call(torch.empty(1).expand(4))


def test_out_of_complex_has_its_dtype():
    part = torch.ones(2, dtype=torch.float64)
    with pytest.raises(RuntimeError, match="scalar type ComplexDouble but got scalar type Complex"):
        torch.complex(part, part, out=torch.empty(2, dtype=torch.complex64))


def test_numbers_where_tensors_belong():
    x = torch.ones(3)
    with pytest.raises(TypeError, match="rsub"):
        torch.rsub(2, x)
    for start in (torch.tensor([1, 2]), torch.tensor(1.0), torch.tensor(True)):
        with pytest.raises(RuntimeError, match="start must be an 0-dim integral Tensor"):
            x.narrow(0, start, 1)
    assert torch.ones(2, dtype=torch.bool).sum_to_size(1).tolist() == [2]
