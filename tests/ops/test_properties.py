"""What is true of every operation, over every case of the tables."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest
from cases import all_cases
from cases.case import Array, Case

import chainrule
from chainrule.core.primitive import primitives
from chainrule.ops import gamma_draws, inplace, levels, random, to
from chainrule.ops.kinds import Pointwise, Reduction

CASES = all_cases()
HAS_TORCH = importlib.util.find_spec("torch") is not None
by_name = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)

ELSEWHERE: set[type] = {
    gamma_draws.BetaSlope,
    gamma_draws.Dirichlet,
    gamma_draws.GammaSlope,
    gamma_draws.StandardGamma,
    inplace.CopySlices,
    random.Resampled,
    to.ToDevice,
}
ELSEWHERE |= {levels.Own, levels.Primal, levels.AddLevel, levels.RemoveLevel, levels.Same}
ELSEWHERE |= {levels.SumOfExamples}
"""Primitives whose tests are files of their own: what they do is no function of their inputs."""


def tensors(
    case: Case, arrays: list[Any], kind: str = "float64", torch: Any = chainrule, grad: bool = False
) -> list[Any]:
    """The inputs as tensors; floats in the given kind."""
    made = []
    for spec, array in zip(case.inputs, arrays, strict=True):
        if not isinstance(spec, Array):
            made.append(array)
            continue
        tensor = torch.from_numpy(np.asarray(array).copy())
        if np.asarray(array).dtype.kind in "fc":
            wide = {"float64": "complex128", "float32": "complex64"}.get(kind, kind)
            tensor = tensor.to(getattr(torch, wide if array.dtype.kind == "c" else kind))
            if grad:
                tensor.requires_grad_(True)
        made.append(tensor)
    return made


def flat(result: Any) -> list[Any]:
    """The tensors and numbers in a result, in order."""
    if isinstance(result, (list, tuple)) and not isinstance(result, chainrule.Size):
        return [each for part in result for each in flat(part)]
    return [result]


def numbers(value: Any) -> Any:
    """A result as an array."""
    return np.asarray(value.detach().numpy() if hasattr(value, "detach") else value)


def differentiable(results: list[Any]) -> list[Any]:
    """The results that can be differentiated."""
    return [r for r in results if hasattr(r, "requires_grad") and r.requires_grad]


@by_name
def test_value_is_the_reference(case: Case) -> None:
    if case.ref is None:
        pytest.skip("judged by the other properties")
    arrays = case.draw()
    got = flat(case.call(chainrule, *tensors(case, arrays)))
    want = flat(case.ref(*[np.array(a) if isinstance(a, np.ndarray) else a for a in arrays]))
    assert len(got) == len(want)
    for g, w in zip(got, want, strict=True):
        assert numbers(g).shape == np.shape(w)
        np.testing.assert_allclose(numbers(g), w, rtol=1e-9, atol=case.atol * 1e-3)


@by_name
def test_single_precision_stays_single(case: Case) -> None:
    arrays = case.draw()
    wide = flat(case.call(chainrule, *tensors(case, arrays, "float64")))
    narrow = flat(case.call(chainrule, *tensors(case, arrays, "float32")))
    for w, n in zip(wide, narrow, strict=True):
        if not hasattr(w, "dtype"):
            continue
        if any(isinstance(a, np.ndarray) and a.dtype.kind in "fc" for a in arrays):
            narrower = {"float64": "float32", "complex128": "complex64"}
            name = str(w.dtype).removeprefix("torch.")
            assert str(n.dtype) == f"torch.{narrower.get(name, name)}"
        if w.is_floating_point():
            np.testing.assert_allclose(numbers(n), numbers(w), rtol=2e-3, atol=2e-4)


@by_name
def test_inputs_are_left_alone(case: Case) -> None:
    given = tensors(case, case.draw())
    before = [t.clone() if hasattr(t, "clone") else t for t in given]
    case.call(chainrule, *given)
    for now, then in zip(given, before, strict=True):
        if hasattr(now, "numpy"):
            np.testing.assert_array_equal(now.numpy(), then.numpy())


@by_name
def test_strided_inputs_give_the_same(case: Case) -> None:
    arrays = case.draw()
    plain = tensors(case, arrays)
    strided = [
        t if not hasattr(t, "ndim") or t.ndim == 0 else _strided(t) for t in tensors(case, arrays)
    ]
    for a, b in zip(
        flat(case.call(chainrule, *plain)), flat(case.call(chainrule, *strided)), strict=True
    ):
        np.testing.assert_allclose(numbers(a), numbers(b), rtol=1e-10, atol=1e-10)


def _strided(tensor: Any) -> Any:
    """The same values, laid out with gaps and with the axes in another order of memory."""
    array = tensor.numpy()
    wide = np.zeros((*array.shape[::-1], 2), array.dtype)
    view = wide[..., 0].T
    view[...] = array
    return chainrule.from_numpy(view)


def _projected(case: Case, given: list[Any], weights: list[Any]) -> Any:
    """A scalar: the differentiable results against fixed weights."""
    total = None
    for result, weight in zip(
        differentiable(flat(case.call(chainrule, *given))), weights, strict=True
    ):
        real = chainrule.view_as_real(result) if result.is_complex() else result
        part = (real * chainrule.from_numpy(weight)).sum()
        total = part if total is None else total + part
    return total


def _weights(case: Case, given: list[Any]) -> list[Any]:
    rng = np.random.default_rng(1)
    shapes = [
        tuple(r.shape) + ((2,) if r.is_complex() else ())
        for r in differentiable(flat(case.call(chainrule, *given)))
    ]
    return [np.asarray(rng.uniform(0.5, 1.5, shape)) for shape in shapes]


def _directional(
    case: Case, arrays: list[Any], directions: list[Any], value: Any, eps: float
) -> float:
    def at(step: float) -> float:
        moved = [a if d is None else a + step * d for a, d in zip(arrays, directions, strict=True)]
        return value(moved)

    return (8 * (at(eps) - at(-eps)) - (at(2 * eps) - at(-2 * eps))) / (12 * eps)


def _directions(case: Case, arrays: list[Any], seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [
        np.asarray(
            rng.standard_normal(a.shape)
            + (1j * rng.standard_normal(a.shape) if a.dtype.kind == "c" else 0)
        )
        if isinstance(spec, Array) and a.dtype.kind in "fc"
        else None
        for spec, a in zip(case.inputs, arrays, strict=True)
    ]


def _dot(grads: list[Any], directions: list[Any]) -> float:
    total = 0.0
    for g, d in zip(grads, [d for d in directions if d is not None], strict=True):
        if g is not None:
            total += float(np.sum((np.conj(numbers(g)) * d).real))
    return total


@by_name
def test_gradient_is_the_difference(case: Case) -> None:
    arrays = case.draw()
    given = tensors(case, arrays, grad=True)
    leaves = [t for t in given if hasattr(t, "requires_grad") and t.requires_grad]
    if not case.grad or not leaves or not differentiable(flat(case.call(chainrule, *given))):
        pytest.skip("not differentiable")
    weights = _weights(case, given)
    grads = list(
        chainrule.autograd.grad(_projected(case, given, weights), leaves, allow_unused=True)
    )
    for leaf, g in zip(leaves, grads, strict=True):
        assert g is None or (g.dtype == leaf.dtype and g.shape == leaf.shape)
    directions = _directions(case, arrays, 2)

    def value(moved: list[Any]) -> float:
        return _projected(case, tensors(case, moved, grad=True), weights).item()

    want = _directional(case, arrays, directions, value, 1e-3)
    np.testing.assert_allclose(_dot(grads, directions), want, rtol=1e-6, atol=1e-6)


@by_name
def test_second_derivative_is_the_difference(case: Case) -> None:
    arrays = case.draw()
    given = tensors(case, arrays, grad=True)
    leaves = [t for t in given if hasattr(t, "requires_grad") and t.requires_grad]
    if not case.grad or not leaves or not differentiable(flat(case.call(chainrule, *given))):
        pytest.skip("not differentiable")
    weights, first = _weights(case, given), _directions(case, arrays, 3)

    def slope(tensors_: list[Any]) -> Any:
        """The derivative along the first directions, itself differentiable."""
        leaves = [t for t in tensors_ if hasattr(t, "requires_grad") and t.requires_grad]
        grads = chainrule.autograd.grad(
            _projected(case, tensors_, weights), leaves, create_graph=True, allow_unused=True
        )
        total = None
        for g, d in zip(grads, [d for d in first if d is not None], strict=True):
            if g is None:
                continue
            part = chainrule.view_as_real(g) if g.is_complex() else g
            step = np.stack([d.real, d.imag], -1) if g.is_complex() else d
            total = (part * chainrule.from_numpy(step)).sum() + (0 if total is None else total)
        return total

    result = slope(given)
    grads: list[Any] = [None] * len(leaves)
    if result.requires_grad:
        grads = list(chainrule.autograd.grad(result, leaves, allow_unused=True))
    second = _directions(case, arrays, 4)
    want = _directional(
        case, arrays, second, lambda moved: slope(tensors(case, moved, grad=True)).item(), 1e-3
    )
    np.testing.assert_allclose(_dot(grads, second), want, rtol=1e-5, atol=1e-5)


@by_name
def test_single_precision_gradients_stay_single(case: Case) -> None:
    given = tensors(case, case.draw(), "float32", grad=True)
    leaves = [t for t in given if hasattr(t, "requires_grad") and t.requires_grad]
    results = differentiable(flat(case.call(chainrule, *given)))
    if not case.grad or not leaves or not results:
        pytest.skip("not differentiable")
    total = sum(
        ((chainrule.view_as_real(r) if r.is_complex() else r).sum() for r in results[1:]),
        (chainrule.view_as_real(results[0]) if results[0].is_complex() else results[0]).sum(),
    )
    for leaf, g in zip(
        leaves, chainrule.autograd.grad(total, leaves, allow_unused=True), strict=True
    ):
        assert g is None or g._data.dtype == leaf._data.dtype


@pytest.mark.parametrize("case", [c for c in CASES if c.pointwise], ids=lambda case: case.name)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1,)])
def test_pointwise_takes_any_shape(case: Case, shape: tuple[int, ...]) -> None:
    arrays = [np.full(shape, a.flat[0]) if isinstance(a, np.ndarray) else a for a in case.draw()]
    given = tensors(case, arrays, grad=case.grad)
    for result in flat(case.call(chainrule, *given)):
        assert tuple(result.shape) == shape
        if result.requires_grad and not result.is_complex():
            result.sum().backward(retain_graph=True)
    for t in given:
        if hasattr(t, "grad") and t.grad is not None:
            assert tuple(t.grad.shape) == shape


@pytest.mark.parametrize("case", [c for c in CASES if c.method], ids=lambda case: case.name)
def test_method_is_the_function(case: Case) -> None:
    arrays = case.draw()
    want = flat(case.call(chainrule, *tensors(case, arrays)))
    first, *rest = tensors(case, arrays)
    got = flat(getattr(first, str(case.method))(*rest, *case.args))
    for g, w in zip(got, want, strict=True):
        np.testing.assert_array_equal(numbers(g), numbers(w))


@pytest.mark.parametrize("case", [c for c in CASES if c.inplace], ids=lambda case: case.name)
def test_inplace_form_writes_the_same(case: Case) -> None:
    arrays = case.draw()
    want = flat(case.call(chainrule, *tensors(case, arrays)))[0]
    first, *rest = tensors(case, arrays)
    memory, version = first._data, first._writes[0]
    result = getattr(first, str(case.inplace))(*rest, *case.args)
    assert result is first
    assert first._data is memory
    assert first._writes[0] == version + 1
    np.testing.assert_array_equal(numbers(first), numbers(want))


ERRORS = [(case.name, error) for case in CASES for error in case.errors]


@pytest.mark.parametrize(
    ("name", "error"), ERRORS, ids=[f"{n}-{i}" for i, (n, _) in enumerate(ERRORS)]
)
def test_errors_are_pytorchs(name: str, error: Any) -> None:
    with pytest.raises(error.type, match=error.match):
        error.call(chainrule)


@by_name
def test_what_is_no_tensor_is_refused(case: Case) -> None:
    given = tensors(case, case.draw())
    for position, spec in enumerate(case.inputs):
        if not isinstance(spec, Array) or case.name == "eq_none":
            continue
        wrong = [*given[:position], object(), *given[position + 1 :]]
        with pytest.raises((TypeError, AttributeError, IndexError)) as caught:
            case.call(chainrule, *wrong)
        in_the_row = "cases" in caught.traceback[-1].path.parts  # a method of what has none
        as_pytorch = "hint: a loss compares two tensors" in str(caught.value)
        indexed = "only integers, slices" in str(caught.value)
        assert caught.type is TypeError or in_the_row or as_pytorch or indexed


@pytest.mark.skipif(not HAS_TORCH, reason="compares live where PyTorch is installed")
@by_name
def test_pytorch_agrees(case: Case) -> None:
    import torch

    arrays = case.draw()
    for kind in ("float64", "float32"):
        got = flat(case.call(chainrule, *tensors(case, arrays, kind)))
        want = flat(case.call(torch, *tensors(case, arrays, kind, torch)))
        assert len(got) == len(want)
        for g, w in zip(got, want, strict=True):
            if hasattr(w, "dtype"):
                assert str(g.dtype) == str(w.dtype)
                assert tuple(g.shape) == tuple(w.shape)
                tight = 1e-9 if kind == "float64" else 2e-5
                np.testing.assert_allclose(
                    numbers(g), w.resolve_conj().numpy(), rtol=tight, atol=tight
                )


def test_every_primitive_has_a_case(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[type] = set()

    def spied(cls: Any, kernel: Any) -> Any:
        def spy(*args: Any, **kwargs: Any) -> Any:
            used.update(cls.__mro__)  # an operation that others derive from runs in them
            return kernel(*args, **kwargs)

        return spy

    known = {cls for cls in primitives() if cls.__module__.startswith("chainrule.ops.")}
    kernels = {cls: cls.on_cpu for cls in known}
    for cls, kernel in kernels.items():
        spy = spied(cls, kernel)
        monkeypatch.setattr(cls, "on_cpu", staticmethod(spy))
        monkeypatch.setattr(cls, "flat", (spy, *cls.flat[1:]))
    for case in CASES:
        given = tensors(case, case.draw(), grad=case.grad)
        leaves = [t for t in given if hasattr(t, "requires_grad") and t.requires_grad]
        if case.grad and differentiable(flat(case.call(chainrule, *given))):
            total = _projected(case, given, _weights(case, given))
            chainrule.autograd.grad(total, leaves, create_graph=True, allow_unused=True)
        else:
            case.call(chainrule, *given)
    assert sorted(cls.__qualname__ for cls in known - used - ELSEWHERE) == []


def test_shape_rules_say_what_kernels_make(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong: set[str] = set()
    checked: set[str] = set()

    def watched(cls: Any, kernel: Any) -> Any:
        def watch(*args: Any, **params: Any) -> Any:
            out = kernel(*args, **params)
            shapes = [np.shape(a) for a in args]
            made = [np.shape(each) for each in out] if cls.several else [np.shape(out)]
            checked.add(cls.__qualname__)
            if made[0] != tuple(cls.infer(*shapes, **params)):
                wrong.add(f"{cls.__qualname__}: {shapes} {params} gave {made[0]}")
            return out

        return watch

    ruled = {
        cls
        for cls in primitives()
        if issubclass(cls, (Pointwise, Reduction)) and cls.__module__.startswith("chainrule.ops.")
    }
    kernels = {cls: cls.on_cpu for cls in ruled}
    for cls, kernel in kernels.items():
        watch = watched(cls, kernel)
        monkeypatch.setattr(cls, "on_cpu", staticmethod(watch))
        monkeypatch.setattr(cls, "flat", (watch, *cls.flat[1:]))
    for case in CASES:
        case.call(chainrule, *tensors(case, case.draw()))
    assert sorted(wrong) == []
    assert len(checked) > 100
