"""x[index] and x[index] = value in the forms that PyTorch takes, against its recorded answers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import chainrule as torch

X = torch.arange(6.0).view(2, 3)
Y = torch.arange(24.0).view(2, 3, 4)
S = torch.tensor(2.0)
M = X > 2
I = torch.tensor([0, 1])  # noqa: E741
ALL = slice(None)


def true(*size: int) -> Any:
    return torch.ones(*size, dtype=torch.bool)


SHAPES: list[tuple[Any, Any, tuple[int, ...]]] = [
    (S, ..., ()),
    (S, None, (1,)),
    (S, (), ()),
    (S, True, (1,)),
    (X, slice(1, 0), (0, 3)),
    (X, slice(-5, 1), (1, 3)),
    (X, [], (0, 3)),
    (X, ([], []), (0,)),
    (X, True, (1, 2, 3)),
    (X, False, (0, 2, 3)),
    (X, (True, True), (1, 2, 3)),
    (X, (True, 0), (1, 3)),
    (X, (0, True), (1, 3)),
    (X, (ALL, True), (2, 1, 3)),
    (X, torch.tensor(True), (1, 2, 3)),
    (X, np.int64(1), (3,)),
    (X, np.array(1), (3,)),
    (X, np.array([0, 1], dtype=np.int32), (2, 3)),
    (X, range(2), (2, 3)),
    (X, slice(torch.tensor(0), torch.tensor(2)), (2, 3)),
    (X, (None, M), (1, 3)),
    (X, (M, None), (3, 1)),
    (X, torch.zeros(2, 0, dtype=torch.int64), (2, 0, 3)),
    (X, (0, torch.tensor([[0, 1], [1, 2]])), (2, 2)),
    (X, (slice(0, 2), slice(1, 2), None, ...), (2, 1, 1)),
    (Y, (True, [0, 1]), (2, 3, 4)),
    (Y, (0, ALL, [1, 2]), (3, 2)),
    (Y, (ALL, 0, [1, 2]), (2, 2)),
    (Y, ([0, 1], ALL, [1, 2]), (2, 3)),
    (Y, ([0, 1], None, [1, 2]), (2, 1, 4)),
    (Y, ([0, 1], ALL, 0), (2, 3)),
    (Y, ([0, 1], 0), (2, 4)),
    (Y, (None, [0, 1], 0), (1, 2, 4)),
    (Y, (..., [0, 1]), (2, 3, 2)),
    (Y, ([0, 1], ..., [1, 2]), (2, 3)),
    (Y, ([[0], [1]], [1, 2]), (2, 2, 4)),
    (Y, M, (3, 4)),
    (Y, (ALL, true(3, 4)), (2, 12)),
    (Y, (true(2), [0, 1]), (2, 4)),
    (Y, (true(2, 3), 0), (6,)),
    (Y, (true(2, 3), [0]), (6,)),
    (Y, (torch.tensor([0, 1]), ALL, torch.tensor(0)), (2, 3)),
    (torch.ones(0, 3), torch.zeros(0, dtype=torch.bool), (0, 3)),
]


@pytest.mark.parametrize(("x", "index", "shape"), SHAPES)
def test_shapes(x: Any, index: Any, shape: tuple[int, ...]) -> None:
    assert x[index].shape == shape


@pytest.mark.parametrize(
    ("index", "values"),
    [
        ((1, 2), 5.0),
        ((slice(None, None, 2), -1), [2.0]),
        ([0, 1], [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]),
        ([True, False], [[0.0, 1.0, 2.0]]),
        (([0, 1], [1, 2]), [1.0, 5.0]),
        ((true(2), torch.tensor([True, False, True])), [0.0, 5.0]),
        (M, [3.0, 4.0, 5.0]),
        (torch.tensor([-1]), [[3.0, 4.0, 5.0]]),
        ((1, [0, -1]), [3.0, 5.0]),
        ([0.5], [[0.0, 1.0, 2.0]]),
    ],
)
def test_values(index: Any, values: Any) -> None:
    assert X[index].tolist() == values


MASK = r"The shape of the mask \[{}\] at index {} does not match the shape of the indexed tensor "
ERRORS: list[tuple[Any, Any, type[Exception], str]] = [
    (X, 2, IndexError, "^index 2 is out of bounds for dimension 0 with size 2"),
    (X, (0, 3), IndexError, "^index 3 is out of bounds for dimension 1 with size 3"),
    (X, (None, 5), IndexError, "^index 5 is out of bounds for dimension 1 with size 2"),
    (X, (0, 0, 0), IndexError, "^too many indices for tensor of dimension 2"),
    (X, (M, 0), IndexError, "^too many indices for tensor of dimension 2"),
    (S, 0, IndexError, "^invalid index of a 0-dim tensor"),
    (S, ALL, IndexError, r"^slice\(\) cannot be applied to a 0-dim tensor"),
    (X, slice(None, None, -1), ValueError, "step must be greater than zero"),
    (X, slice(None, None, 0), ValueError, "slice step cannot be zero"),
    (X, 1.0, IndexError, r"^only integers, slices .* are valid indices \(got float\)"),
    (X, slice(0, 1.5), TypeError, "slice indices must be integers or None"),
    (X, torch.tensor([1.0]), IndexError, "tensors used as indices must be long, int, byte or"),
    (X, torch.tensor([0], dtype=torch.int8), IndexError, "tensors used as indices must be long"),
    (X, torch.tensor([2]), IndexError, "^index 2 is out of bounds for dimension 0 with size 2"),
    (X, (1, [3]), IndexError, "^index 3 is out of bounds for dimension 0 with size 3"),
    (X, (ALL, [3]), IndexError, "^index 3 is out of bounds for dimension 0 with size 3"),
    (X, (I, torch.tensor([0, 1, 2])), IndexError, r"shape mismatch: .* with shapes \[2\], \[3\]"),
    (X, torch.tensor([True, False, True]), IndexError, MASK.format("3", 0) + r"\[2, 3\] at"),
    (X, (ALL, torch.tensor([True, False])), IndexError, MASK.format("2", 0) + r".* at index 1"),
    (X, M[:, :2], IndexError, MASK.format("2, 2", 1)),
    (torch.ones(0, 3), [0], IndexError, "index is out of bounds for dimension with size 0"),
]


@pytest.mark.parametrize(("x", "index", "kind", "message"), ERRORS)
def test_errors(x: Any, index: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        x[index]
    with pytest.raises(kind, match=message):
        x.clone()[index] = 1.0


def test_lists_of_lists_are_tuples_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="Using a non-tuple sequence for multidimensional"):
        assert X[[[0, 1], [1, 2]]].tolist() == [1.0, 5.0]
    with pytest.warns(UserWarning, match="indexing with dtype torch.uint8 is now deprecated"):
        assert X[torch.tensor([0, 1], dtype=torch.uint8)].tolist() == [[3.0, 4.0, 5.0]]


def assigned(index: Any, value: Any, kind: Any = None) -> Any:
    x = X.clone() if kind is None else X.to(kind)
    x[index] = value
    return x.tolist()


V = torch.arange(3.0)
ASSIGNED: list[tuple[Any, Any, Any, Any]] = [
    (0, torch.ones(1, 1, 3), None, [[1, 1, 1], [3, 4, 5]]),
    ((0, 0), torch.tensor([[5.0]]), None, [[5, 1, 2], [3, 4, 5]]),
    (M, torch.ones(3), None, [[0, 1, 2], [1, 1, 1]]),
    (M, torch.ones(1, 3), None, [[0, 1, 2], [1, 1, 1]]),
    (M, torch.ones(1).long(), None, [[0, 1, 2], [1, 1, 1]]),
    (I, V, None, [[0, 1, 2], [0, 1, 2]]),
    (0, 1.9, torch.int64, [[1, 1, 1], [3, 4, 5]]),
    (M, 1.9, torch.int64, [[0, 1, 2], [1, 1, 1]]),
    (0, torch.tensor(1.9), torch.int64, [[1, 1, 1], [3, 4, 5]]),
    (0, 2, torch.bool, [[True] * 3, [True] * 3]),
    (True, 5.0, None, [[5, 5, 5], [5, 5, 5]]),
    (False, 5.0, None, [[0, 1, 2], [3, 4, 5]]),
    (None, 5.0, None, [[5, 5, 5], [5, 5, 5]]),
    ((), 5.0, None, [[5, 5, 5], [5, 5, 5]]),
    ((I, I), torch.tensor([7.0, 8.0]), None, [[7, 1, 2], [3, 8, 5]]),
    ((ALL, [0, 0]), torch.tensor([[7.0, 8.0], [9.0, 1.0]]), None, [[8, 1, 2], [1, 4, 5]]),
    ((0, [0, 1]), torch.ones(2), None, [[1, 1, 2], [3, 4, 5]]),
    (slice(0, 0), 1, None, [[0, 1, 2], [3, 4, 5]]),
    (torch.tensor(1), np.float64(9), None, [[0, 1, 2], [9, 9, 9]]),
]


@pytest.mark.parametrize(("index", "value", "kind", "want"), ASSIGNED)
def test_assignment(index: Any, value: Any, kind: Any, want: Any) -> None:
    assert assigned(index, value, kind) == want
    if kind is None:  # the same through the graph
        x = X.clone().requires_grad_() * 1
        x[index] = value
        assert x.tolist() == want


PUT = "shape mismatch: value tensor of shape .* cannot be broadcast to indexing result of shape"


@pytest.mark.parametrize(
    ("index", "value", "kind", "message"),
    [
        (0, torch.ones(2), RuntimeError, r"The expanded size of the tensor \(3\) must match the"),
        (0, torch.ones(2, 3), RuntimeError, "the number of sizes provided"),
        ((0, 0), torch.ones(2), RuntimeError, "the number of sizes provided"),
        (0, [1, 2, 3], TypeError, "can't assign a list to a torch.FloatTensor"),
        (0, np.ones(3), TypeError, "can't assign a numpy.ndarray to a torch.FloatTensor"),
        (0, None, TypeError, "can't assign a NoneType to a torch.FloatTensor"),
        (M, torch.ones(2), RuntimeError, PUT),
        (M, torch.ones(2, 3), RuntimeError, PUT),
        (I, torch.ones(2), RuntimeError, PUT),
        (I, torch.ones(2, 3).double(), RuntimeError, "Index put requires the source and dest"),
        (0, 1j, RuntimeError, "value cannot be converted to type float without overflow"),
    ],
)
def test_assignment_errors(index: Any, value: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        assigned(index, value)
    x = X.clone().requires_grad_() * 1
    with pytest.raises(kind, match=message):
        x[index] = value


def test_complex_values_lose_their_imaginary_part_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="Casting complex values to real discards the imaginary"):
        assert assigned(0, torch.tensor(2j)) == [[0, 0, 0], [3, 4, 5]]


@pytest.mark.parametrize("width", [1, 7, 40])
@pytest.mark.parametrize("count", [5, 3000])
def test_gradients_of_repeated_rows_add_up(width: int, count: int) -> None:
    rng = np.random.default_rng(0)
    places, seed = rng.integers(-9, 9, count), rng.standard_normal((count, width))
    x = torch.zeros(9, width, dtype=torch.float64, requires_grad=True)
    x[torch.from_numpy(places)].backward(torch.from_numpy(seed))
    want = np.zeros((9, width))
    np.add.at(want, places, seed)
    np.testing.assert_allclose(x.grad.numpy(), want, atol=1e-12)


def test_gradients_are_those_of_the_index_when_it_was_used() -> None:
    start = torch.tensor(0)
    x = torch.arange(4.0).requires_grad_()
    part = x[start : start + 2]
    start += 2
    part.sum().backward()
    assert x.grad.tolist() == [1, 1, 0, 0]


def test_reading_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for x, index, _ in SHAPES:
            x[index]
