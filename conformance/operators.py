"""Scores one operator of PyTorch's database: results, gradients, second gradients, errors.

Knows nothing of processes and reports. A verdict is "ok" or what is wrong.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch

from . import bridge, scope
from .bridge import GRADIENT, SECOND, Converter, DifferenceError, UnfitError

FORWARD = (torch.float64, torch.float32, torch.int64, torch.bool, torch.complex64, torch.complex128)
SECOND_SAMPLES = 6

# Results that are unique only up to a sign or phase: compared as the database compares gradients.
_UP_TO_PHASE = ("linalg.eigh", "linalg.eig", "linalg.svd", "svd", "pca_lowrank", "svd_lowrank")


def find(package: Any, info: Any) -> Callable[..., Any] | None:
    """The package's function or method for an entry; None if there is none."""
    if package is torch:
        return info.op
    if getattr(info.op, "__module__", "").startswith("torch.testing"):
        return bridge.rebound(package, info.op)
    for name in (info.name, *(alias.name for alias in info.aliases)):
        try:
            found = bridge.named(package, name)
        except (AttributeError, ImportError):
            found = None
        if callable(found):
            return found
        last = name.split(".")[-1]
        for method in (last, f"{last}_"):
            if hasattr(package.Tensor, method):
                return _method(package, method)
    return None


def _method(package: Any, name: str) -> Callable[..., Any]:
    def call(tensor: Any, *args: Any, **kwargs: Any) -> Any:
        if name.endswith("_") and not name.endswith("__"):
            tensor = tensor.clone()
        found = getattr(tensor, name)
        return found(*args, **kwargs) if callable(found) else found

    return call


def score(package: Any, info: Any, samples: int) -> Iterator[tuple[str, str, str]]:
    """(kind, what, verdict) for all that is compared of one operator.

    Kinds are "opinfo" and "second gradients" (once each) and "error inputs" (one for each).
    """
    function = find(package, info)
    yield "opinfo", "", _results(package, info, function, samples)
    twice = info.supports_autograd and info.supports_gradgrad and torch.float64 in info.dtypes
    if twice and info.name not in scope.RANDOM:
        yield "second gradients", "", _seconds(package, info, function, samples)
    if info.error_inputs_func is not None:
        yield from errors(package, info, function)


def _results(package: Any, info: Any, function: Any, samples: int) -> str:
    if function is None:
        return "missing"
    for dtype in FORWARD:
        if dtype not in info.dtypes:
            continue
        differentiable = info.supports_autograd and dtype in (torch.float64, torch.complex128)
        if dtype is torch.complex128 and dtype not in info.supported_backward_dtypes("cpu"):
            continue
        for number, sample in _samples(info, dtype, differentiable, samples):
            try:
                _forward_and_gradient(package, info, function, sample, differentiable)
            except UnfitError:
                continue
            except Exception as error:
                return f"{told(error)} ({str(dtype)[6:]}, sample {number})"
    return "ok"


def _samples(info: Any, dtype: Any, grad: bool, count: int) -> Iterator[tuple[int, Any]]:
    torch.manual_seed(0)
    made = info.sample_inputs("cpu", dtype, requires_grad=grad)
    return enumerate(itertools.islice(made, count))


def told(error: BaseException) -> str:
    """What went wrong, in one line."""
    if isinstance(error, DifferenceError):
        return str(error)
    return f"raises {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[
        :200
    ]


def _both(package: Any, info: Any, function: Any, sample: Any) -> tuple[Any, Any, Converter]:
    """The results of both libraries for a sample, and the converter that knows the leaves."""
    convert = Converter(package)
    ours = convert(sample.input), convert(sample.args), convert(sample.kwargs)
    torch.manual_seed(0)
    want = info.op(sample.input, *sample.args, **sample.kwargs)
    if package is not torch:
        package.manual_seed(0)
    else:
        torch.manual_seed(0)
    return want, function(ours[0], *ours[1], **ours[2]), convert


def _forward_and_gradient(
    package: Any, info: Any, function: Any, sample: Any, differentiable: bool
) -> None:
    want, got, convert = _both(package, info, function, sample)
    random = info.name in scope.RANDOM
    unique = info.name not in _UP_TO_PHASE
    bridge.compare(package, want, got, values=unique and not random)
    if not unique and not random:
        settle = sample.output_process_fn_grad
        settled = bridge.rebound(package, settle) if package is not torch else settle
        bridge.compare(package, settle(want), settled(got))
    if not differentiable or random or not convert.theirs:
        return
    first = _first(info, sample, want, got, convert, package, False)
    if first is not None:
        gradients(*first[:2], GRADIENT, "gradient")


def _first(
    info: Any, sample: Any, want: Any, got: Any, convert: Converter, package: Any, again: bool
) -> tuple[Any, ...] | None:
    """First gradients of a random projection, of both libraries; None where there are none."""
    settle = sample.output_process_fn_grad
    settled = settle
    if package is not torch and getattr(settle, "__module__", "").startswith("torch.testing"):
        settled = bridge.rebound(package, settle)
    want, got = settle(want), settled(got)
    theirs = list(bridge.leaves_of(want, torch.Tensor))
    ours = list(bridge.leaves_of(got, package.Tensor))
    pairs = [
        (one, other)
        for one, other in zip(theirs, ours, strict=True)
        if isinstance(one, torch.Tensor) and one.requires_grad
    ]
    if not pairs:
        return None
    for _, other in pairs:
        if not other.requires_grad:
            raise DifferenceError("gradient: a result does not require one, PyTorch's does")
    torch.manual_seed(1)
    seeds = [torch.randn_like(one).contiguous() for one, _ in pairs]
    our_seeds = [bridge.plain_tensor(package, seed) for seed in seeds]
    if again:
        for seed in (*seeds, *our_seeds):
            seed.requires_grad_(True)
    ask = {"allow_unused": True, "create_graph": again}
    first = torch.autograd.grad([one for one, _ in pairs], convert.theirs, seeds, **ask)
    second = package.autograd.grad([other for _, other in pairs], convert.ours, our_seeds, **ask)
    return first, second, seeds, our_seeds


def gradients(theirs: Any, ours: Any, tolerance: tuple[float, float], what: str) -> None:
    """Raise DifferenceError where gradients are not PyTorch's; None is as good as zeros."""
    for one, other in zip(theirs, ours, strict=True):
        if one is None or other is None:
            known = other if one is None else one
            if known is not None and bridge.array(known).any():
                raise DifferenceError(
                    f"{what}: {'none' if other is None else 'one'}, unlike PyTorch's"
                )
            continue
        if tuple(one.shape) != tuple(other.shape):
            raise DifferenceError(
                f"{what}: shape {tuple(other.shape)}, PyTorch has {tuple(one.shape)}"
            )
        bridge.close(one, other, tolerance, what)


def _seconds(package: Any, info: Any, function: Any, samples: int) -> str:
    if function is None:
        return "missing"
    for number, sample in _samples(info, torch.float64, True, min(samples, SECOND_SAMPLES)):
        try:
            _second(package, info, function, sample)
        except UnfitError:
            continue
        except Exception as error:
            if _undone(info, number):
                continue
            return f"{told(error)} (sample {number})"
    return "ok"


def _undone(info: Any, number: int) -> bool:
    """Whether PyTorch has no second gradient for a sample, whatever the database says."""
    sample = next(itertools.islice(_samples(info, torch.float64, True, number + 1), number, None))
    try:
        _second(torch, info, info.op, sample[1])
    except Exception:
        return True
    return False


def _second(package: Any, info: Any, function: Any, sample: Any) -> None:
    want, got, convert = _both(package, info, function, sample)
    found = _first(info, sample, want, got, convert, package, True) if convert.theirs else None
    if found is None:
        return
    first, second, seeds, our_seeds = found
    pairs = [
        (one, other)
        for one, other in zip(first, second, strict=True)
        if one is not None and one.requires_grad
    ]
    if not pairs:
        return
    if any(other is None or not other.requires_grad for _, other in pairs):
        raise DifferenceError("second gradient: the first does not require one, PyTorch's does")
    torch.manual_seed(2)
    weights = [torch.randn_like(one).contiguous() for one, _ in pairs]
    our_weights = [bridge.plain_tensor(package, weight) for weight in weights]
    theirs = torch.autograd.grad(
        [one for one, _ in pairs], (*convert.theirs, *seeds), weights, allow_unused=True
    )
    ours = package.autograd.grad(
        [other for _, other in pairs], (*convert.ours, *our_seeds), our_weights, allow_unused=True
    )
    gradients(theirs, ours, SECOND, "second gradient")


def errors(package: Any, info: Any, function: Any) -> Iterator[tuple[str, str, str]]:
    """A verdict for each input of an operator that must raise."""
    for number, wrong in enumerate(info.error_inputs("cpu")):
        sample = wrong.sample_input
        convert = Converter(package)
        try:
            args = convert(sample.input), convert(sample.args), convert(sample.kwargs)
        except UnfitError:
            continue
        except Exception as error:
            yield "error inputs", f"[{number}]", f"cannot be made: {told(error)}"
            continue
        if function is None:
            verdict = "missing"
        else:
            verdict = raises(
                partial(info.op, sample.input, *sample.args, **sample.kwargs),
                partial(function, args[0], *args[1], **args[2]),
            )
        if verdict is not None:
            yield "error inputs", f"[{number}]", verdict


def raises(theirs: Callable[[], Any], ours: Callable[[], Any]) -> str | None:
    """Whether ours raises what theirs does; None if PyTorch raises nothing here."""
    try:
        theirs()
    except Exception as error:
        want = error
    else:
        return None
    said = f"PyTorch raises {type(want).__name__}: {str(want).splitlines()[0]}"[:160]
    try:
        ours()
    except Exception as error:
        names = [kind.__name__ for kind in type(error).__mro__]
        absent = isinstance(error, NotImplementedError)
        if type(want).__name__ in names and absent == isinstance(want, NotImplementedError):
            return "ok"
        return f"{told(error)}; {said}"
    return f"raises nothing; {said}"
