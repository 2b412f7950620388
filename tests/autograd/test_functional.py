"""`torch.autograd.functional`, against what PyTorch 2.13 answers."""

from __future__ import annotations

from typing import Any

import pytest

import chainrule as torch
import chainrule.autograd.functional as F

X, Y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])


def cubes(x: Any) -> Any:
    return (x**3).sum()


def pair(x: Any, y: Any) -> Any:
    return x * y, x.sum()


def lists(result: Any) -> Any:
    return [lists(each) for each in result] if isinstance(result, tuple) else result.tolist()


ANSWERS: list[tuple[Any, Any]] = [
    (lambda: F.vjp(cubes, X), [9, [3, 12]]),
    (lambda: F.vjp(pair, (X, Y), (X, torch.tensor(1.0))), [[[3, 8], 3], [[4, 9], [1, 4]]]),
    (lambda: F.vjp(lambda x: torch.ones(()), X), [1, [0, 0]]),
    (lambda: F.jvp(torch.square, X, Y), [[1, 4], [6, 16]]),
    (lambda: F.jvp(torch.square, torch.tensor(2.0)), [4, 4]),
    (lambda: F.jvp(lambda x: torch.ones(2), X, Y), [[1, 1], [0, 0]]),
    (lambda: F.jacobian(torch.square, X), [[2, 0], [0, 4]]),
    (lambda: F.jacobian(pair, (X, Y)), [[[[3, 0], [0, 4]], [[1, 0], [0, 2]]], [[1, 1], [0, 0]]]),
    (lambda: F.jacobian(lambda x: (x,), (X,)), [[[[1, 0], [0, 1]]]]),
    (lambda: F.jacobian(lambda x: torch.ones(2), X), [[0, 0], [0, 0]]),
    (lambda: F.hessian(cubes, X), [[6, 0], [0, 12]]),
    (lambda: F.hessian(torch.sum, X), [[0, 0], [0, 0]]),
    (lambda: F.vhp(cubes, X, Y), [9, [18, 48]]),
    (lambda: F.hvp(lambda x, y: (x * y * y).sum(), (X, Y), (X, Y)), [41, [[18, 32], [12, 32]]]),
    (lambda: F.hvp(torch.sum, X, Y), [3, [0, 0]]),
]


@pytest.mark.parametrize(("call", "want"), ANSWERS, ids=range(len(ANSWERS)))
def test_answers(call: Any, want: Any) -> None:
    assert lists(call()) == want
    with torch.no_grad():
        assert lists(call()) == want


@pytest.mark.parametrize("options", [{}, {"strategy": "forward-mode"}])
def test_all_rows_or_columns_at_once(options: Any) -> None:
    want = lists(F.jacobian(pair, (X, Y)))
    assert lists(F.jacobian(pair, (X, Y), vectorize=True, **options)) == want
    outer = {f"outer_jacobian_{name}": value for name, value in options.items()}
    assert lists(F.hessian(cubes, X, vectorize=True, **outer)) == [[6, 0], [0, 12]]


def test_create_graph() -> None:
    x = X.clone().requires_grad_()
    for vectorize in (False, True):
        found = F.jacobian(torch.square, x, create_graph=True, vectorize=vectorize)
        assert torch.autograd.grad(found.sum(), x)[0].tolist() == [2, 2]
    _, found = F.jvp(torch.square, x, Y, create_graph=True)
    assert torch.autograd.grad(found.sum(), x)[0].tolist() == [6, 8]
    _, found = F.hvp(cubes, x, Y, create_graph=True)
    assert torch.autograd.grad(found.sum(), x)[0].tolist() == [18, 24]
    assert not F.vjp(cubes, x)[1].requires_grad


STRICT = "independent of input 0. This is not allowed in strict mode"
ERRORS: list[tuple[Any, type[Exception], str]] = [
    (lambda: F.vjp(torch.square, X), RuntimeError, "The vector v can only be None if the user"),
    (lambda: F.jvp(torch.square, X), RuntimeError, "The vector v can only be None if the input"),
    (lambda: F.vjp(pair, (X, Y), X), RuntimeError, "invalid length: should be 2 but got 1"),
    (lambda: F.vjp(cubes, X, X), RuntimeError, "v has invalid size: should be"),
    (lambda: F.vjp(cubes, [X]), TypeError, "inputs given to vjp must be either a Tensor or a"),
    (lambda: F.vjp(lambda x: 1.0, X), TypeError, "outputs of the user-provided function given to"),
    (lambda: F.vjp(lambda x: X.sum(), X, strict=True), RuntimeError, "Output 0 of the user-prov"),
    (lambda: F.vjp(lambda x, y: y.sum(), (X, Y), strict=True), RuntimeError, STRICT),
    (lambda: F.jvp(lambda x: x * 2, X, Y, True, True), RuntimeError, "jacobian .* " + STRICT),
    (lambda: F.jacobian(pair, (X, Y), strategy="foo"), AssertionError, "Expected strategy"),
    (lambda: F.jacobian(pair, (X, Y), strategy="forward-mode"), NotImplementedError, "vectorize"),
    (lambda: F.jacobian(cubes, X, strict=True, vectorize=True), RuntimeError, "not supported tog"),
    (lambda: F.jacobian(lambda x, y: y, (X, Y), strict=True), RuntimeError, STRICT),
    (lambda: F.hessian(torch.square, X), RuntimeError, "should contain a single element"),
    (lambda: F.hessian(lambda x: (x, x), X), RuntimeError, "should return a single Tensor"),
    (lambda: F.hessian(torch.sum, X, strict=True), RuntimeError, "While computing the hessian"),
    (lambda: F.vhp(torch.sum, X, Y, strict=True), RuntimeError, "While computing the hessian"),
]


@pytest.mark.parametrize(("call", "kind", "words"), ERRORS, ids=range(len(ERRORS)))
def test_errors(call: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        call()
