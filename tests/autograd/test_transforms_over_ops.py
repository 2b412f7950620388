"""What is true of the transforms for every operation, over every case of the tables."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from cases import all_cases, sample_by_name
from cases.case import Array, Case
from ops.test_properties import flat, numbers

import chainrule
from chainrule.func import grad, jvp, vjp, vmap

CASES = [case for case in all_cases() if any(isinstance(x, Array) for x in case.inputs)]
by_name = sample_by_name(CASES, 8)

REFUSED = {
    "requires_grad_": "differentiates inside",
    "randomness": "draws",
    "dynamic shape": "results of different shapes",
    "`self` not being vmapped": "writes statistics into what is shared",
    "doesn't have storage": "looks at memory",
}
"""Words of PyTorch's errors for what transforms cannot do, and what the cases do."""


class Call:
    """A case as a function of its arrays, and two sets of these."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.arrays = case.draw()
        pairs = zip(case.inputs, self.arrays, strict=True)
        self.places = [i for i, (spec, _) in enumerate(pairs) if isinstance(spec, Array)]
        values = [np.asarray(self.arrays[i]) for i in self.places]
        rolled = [np.roll(v.reshape(-1), 1).reshape(v.shape) for v in values]
        self.examples = [
            [chainrule.from_numpy(v.copy()) for v in each] for each in (values, rolled)
        ]
        self.stacked = [chainrule.stack(pair) for pair in zip(*self.examples, strict=True)]
        self.floats = tuple(i for i, v in enumerate(values) if v.dtype.kind in "fc")

    def __call__(self, *tensors: Any) -> tuple[Any, ...]:
        given = list(self.arrays)
        for place, tensor in zip(self.places, tensors, strict=True):
            given[place] = tensor
        results = flat(self.case.call(chainrule, *given))
        return tuple(r for r in results if hasattr(r, "requires_grad"))

    def smooth(self, *floats: Any) -> tuple[Any, ...]:
        """The floating results as a function of the floating inputs."""
        given = list(self.examples[0])
        for place, tensor in zip(self.floats, floats, strict=True):
            given[place] = tensor
        return tuple(r for r in self(*given) if r.is_floating_point() or r.is_complex())

    def scalar(self, *tensors: Any) -> Any:
        """A scalar that depends on all floating results."""
        total = chainrule.zeros((), dtype=chainrule.float64)
        for r in self(*tensors):
            if r.is_floating_point() or r.is_complex():
                real = chainrule.view_as_real(r) if r.is_complex() else r
                total = total + (real * real).sum().double()
        return total


@pytest.fixture(autouse=True)
def slow_rules_are_quiet() -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="There is a performance drop")
        yield


def attempt(function: Any, *args: Any) -> Any:
    """A result, or a skipped test for what PyTorch refuses too."""
    try:
        return function(*args)
    except RuntimeError as error:
        for words, reason in REFUSED.items():
            if words in str(error):
                pytest.skip(reason)
        raise


@by_name
def test_vmap_stacks_calls(case: Case) -> None:
    call = Call(case)
    try:
        want = [call(*example) for example in call.examples]
    except Exception:
        pytest.skip("the second example is no valid input")
    got = attempt(vmap(call), *call.stacked)
    for g, *each in zip(got, *want, strict=True):
        assert g.dtype == each[0].dtype
        stacked = np.stack([numbers(e) for e in each])
        np.testing.assert_allclose(numbers(g), stacked, rtol=1e-9, atol=1e-9)


@by_name
def test_jvp_is_the_adjoint_of_vjp(case: Case) -> None:
    call = Call(case)
    if not case.grad or not call.floats or not call.smooth(*_floats(call)):
        pytest.skip("not differentiable")
    rng = np.random.default_rng(5)
    inputs = _floats(call)
    tangents = tuple(_random(rng, x) for x in inputs)
    outputs, slopes = attempt(jvp, call.smooth, inputs, tangents)
    weights = tuple(_random(rng, y) for y in outputs)
    grads = vjp(call.smooth, *inputs)[1](weights)
    for y, slope in zip(outputs, slopes, strict=True):
        assert (slope.shape, slope.dtype) == (y.shape, y.dtype)
    if any(x.numel() == 0 for x in inputs):
        return
    forward = sum(_inner(w, s) for w, s in zip(weights, slopes, strict=True))
    backward = sum(_inner(g, t) for g, t in zip(grads, tangents, strict=True))
    np.testing.assert_allclose(forward, backward, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("case", CASES[::5], ids=lambda case: case.name)
def test_vmap_of_grad_stacks_gradients(case: Case) -> None:
    call = Call(case)
    if not case.grad or not call.floats:
        pytest.skip("not differentiable")
    slope = grad(call.scalar, argnums=call.floats)
    want = [attempt(slope, *example) for example in call.examples]
    got = attempt(vmap(slope), *call.stacked)
    for g, *each in zip(got, *want, strict=True):
        stacked = np.stack([numbers(e) for e in each])
        np.testing.assert_allclose(numbers(g), stacked, rtol=1e-7, atol=1e-8)


def _floats(call: Call) -> tuple[Any, ...]:
    return tuple(call.examples[0][i] for i in call.floats)


def _random(rng: np.random.Generator, like: Any) -> Any:
    array = rng.standard_normal(tuple(like.shape))
    if like.is_complex():
        array = array + 1j * rng.standard_normal(tuple(like.shape))
    return chainrule.from_numpy(np.asarray(array)).to(like.dtype)


def _inner(x: Any, y: Any) -> float:
    return float(np.sum((np.conj(numbers(x)) * numbers(y)).real))
