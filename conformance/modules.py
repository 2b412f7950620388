"""Scores one module of PyTorch's database: first values, repr, results, gradients, saving, errors.

Knows nothing of processes and reports. A verdict is "ok" or what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from torch.testing._internal.common_modules import ModuleErrorEnum

from . import bridge
from .bridge import GRADIENT, Converter, DifferenceError, UnfitError
from .operators import gradients, raises, told

DTYPES = (torch.float64, torch.float32)


def score(package: Any, info: Any) -> Iterator[tuple[str, str, str]]:
    """(kind, what, verdict) for all that is compared of one module.

    Kinds are "module_db" (once) and "module errors" (one for each).
    """
    made = getattr(package.nn, info.module_cls.__name__, None)
    yield "module_db", "", _results(package, info, made)
    if info.module_error_inputs_func is not None:
        yield from _errors(package, info, made)


def _inputs(function: Any, info: Any, dtype: Any, training: bool) -> Iterator[tuple[int, Any]]:
    torch.manual_seed(0)
    made = function(info, device="cpu", dtype=dtype, requires_grad=True, training=training)
    return enumerate(made)


def _results(package: Any, info: Any, made: Any) -> str:
    if made is None:
        return "missing"
    for dtype in DTYPES:
        if dtype not in info.dtypes:
            continue
        for training in (True, False):
            for number, wanted in _inputs(info.module_inputs_func, info, dtype, training):
                try:
                    _compare(package, info.module_cls, made, wanted, dtype, training)
                except UnfitError:
                    continue
                except Exception as error:
                    mode = "train" if training else "eval"
                    return f"{told(error)} ({str(dtype)[6:]}, input {number}, {mode})"
    return "ok"


def _seed(package: Any) -> None:
    torch.manual_seed(0)
    package.manual_seed(0)


def _construct(package: Any, theirs: Any, ours: Any, given: Any) -> tuple[Any, Any]:
    convert = Converter(package)
    args, kwargs = convert(given.args), convert(given.kwargs)
    _seed(package)
    one = theirs(*given.args, **given.kwargs)
    _seed(package)
    return one, ours(*args, **kwargs)


def _compare(package: Any, theirs: Any, ours: Any, wanted: Any, dtype: Any, training: bool) -> None:
    one, other = _construct(package, theirs, ours, wanted.constructor_input)
    if repr(one) != repr(other):
        raise DifferenceError(f"repr: {other!r}, PyTorch has {one!r}")
    lazy = isinstance(one, torch.nn.modules.lazy.LazyModuleMixin)
    if not lazy:
        _saved(package, one, other, "first values")
    one, other = one.to(dtype), other.to(Converter(package)(dtype))
    if not lazy:
        other.load_state_dict(Converter(package)(dict(one.state_dict())))
    one, other = one.train(training), other.train(training)
    if wanted.forward_input is None:
        return
    args, kwargs = wanted.forward_input.args, wanted.forward_input.kwargs
    convert = Converter(package)
    our_args, our_kwargs = convert(args), convert(kwargs)
    _seed(package)
    want = one(*args, **kwargs)
    _seed(package)
    got = other(*our_args, **our_kwargs)
    bridge.compare(package, want, got)
    _saved(package, one, other, "state after")
    _gradients(package, want, got, convert, one, other)


def _saved(package: Any, one: Any, other: Any, what: str) -> None:
    """Raise DifferenceError unless the state dicts agree."""
    first, second = one.state_dict(), other.state_dict()
    if list(first) != list(second):
        raise DifferenceError(f"{what}: keys {list(second)}, PyTorch has {list(first)}")
    for key, value in first.items():
        try:
            bridge.compare(package, value, second[key])
        except DifferenceError as error:
            raise DifferenceError(f"{what}: {key}: {error}") from None


def _gradients(package: Any, want: Any, got: Any, convert: Converter, one: Any, other: Any) -> None:
    pairs = [
        (first, second)
        for first, second in zip(
            bridge.leaves_of(want, torch.Tensor),
            bridge.leaves_of(got, package.Tensor),
            strict=True,
        )
        if isinstance(first, torch.Tensor) and first.requires_grad
    ]
    named, our_named = dict(one.named_parameters()), dict(other.named_parameters())
    theirs, ours = [*convert.theirs, *named.values()], [*convert.ours, *our_named.values()]
    if not pairs or not theirs:
        return
    torch.manual_seed(1)
    seeds = [torch.randn_like(first).contiguous() for first, _ in pairs]
    our_seeds = [bridge.plain_tensor(package, seed) for seed in seeds]
    loose = GRADIENT if pairs[0][0].dtype is torch.float64 else (1e-3, 1e-4)
    gradients(
        torch.autograd.grad([first for first, _ in pairs], theirs, seeds, allow_unused=True),
        package.autograd.grad([second for _, second in pairs], ours, our_seeds, allow_unused=True),
        loose,
        "gradient",
    )


def _errors(package: Any, info: Any, made: Any) -> Iterator[tuple[str, str, str]]:
    """A verdict for each input of a module that must raise."""
    for number, wrong in _inputs(info.module_error_inputs_func, info, torch.float32, True):
        wanted = wrong.module_error_input
        convert = Converter(package)
        given, forward = wanted.constructor_input, wanted.forward_input
        args, kwargs = convert(given.args), convert(given.kwargs)
        theirs, ours = partial(info.module_cls, *given.args, **given.kwargs), None
        if made is not None:
            ours = partial(made, *args, **kwargs)
        if ours is not None and wrong.error_on is ModuleErrorEnum.FORWARD_ERROR:
            inputs = convert(forward.args), convert(forward.kwargs)
            one, other = theirs(), ours()
            theirs = partial(one, *forward.args, **forward.kwargs)
            ours = partial(other, *inputs[0], **inputs[1])
        verdict = "missing" if ours is None else raises(theirs, ours)
        if verdict is not None:
            yield "module errors", f"[{number}]", verdict
