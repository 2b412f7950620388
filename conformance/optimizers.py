"""Scores one optimizer of PyTorch's database: steps, state, saving, schedulers, errors.

Knows nothing of processes and reports. A verdict is "ok" or what is wrong.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch.testing._internal.common_optimizers import OptimizerErrorEnum

from . import bridge
from .bridge import Converter, DifferenceError, UnfitError
from .operators import gradients, raises, told

STEPS = 5
RATES = 25
STEP = {torch.float64: (1e-6, 1e-7), torch.complex128: (1e-6, 1e-7), torch.float32: (1e-4, 1e-5)}
DTYPES = (torch.float64, torch.float32, torch.complex128)


def score(package: Any, info: Any) -> Iterator[tuple[str, str, str]]:
    """(kind, what, verdict) for all that is compared of one optimizer.

    Kinds are "optim_db" (one for each configuration, and for each list of schedulers) and
    "optimizer errors" (one for each).
    """
    made = getattr(package.optim, info.optim_cls.__name__, None)
    for wanted in info.optim_inputs_func(device="cpu"):
        yield "optim_db", f" {wanted.desc}", _verdict(made, _configuration, package, info, wanted)
    for number, schedulers in enumerate(info.scheduler_inputs):
        verdict = _verdict(made, _schedules, package, info, schedulers)
        yield "optim_db", f" schedulers[{number}]", verdict
    if info.optim_error_inputs_func is not None:
        yield from _errors(package, info, made)


def _verdict(made: Any, compared: Callable[..., None], package: Any, info: Any, what: Any) -> str:
    if made is None:
        return "missing"
    try:
        compared(package, info, made, what)
    except Exception as error:
        return told(error)
    return "ok"


def ways(info: Any) -> Iterator[dict[str, Any]]:
    """The settings of the ways to compute a step that an optimizer has on a CPU."""
    yield {}
    if "foreach" in info.supported_impls:
        yield {"foreach": True}
        yield {"foreach": False}
    if "fused" in info.supported_impls and "cpu" in info.supports_fused_on:
        yield {"fused": True}


def _configuration(package: Any, info: Any, made: Any, wanted: Any) -> None:
    for way in ways(info):
        for dtype in DTYPES:
            if dtype.is_complex and not info.supports_complex:
                continue
            try:
                _steps(package, info, made, {**wanted.kwargs, **way}, dtype)
            except Exception as error:
                raise DifferenceError(f"{told(error)} ({way}, {str(dtype)[6:]})") from error
    if "differentiable" in info.supported_impls:
        _through_a_step(package, info, made, wanted.kwargs)


class Run:
    """An optimizer of either library with its parameters."""

    def __init__(self, library: Any, made: Any, info: Any, kwargs: Any, dtype: Any) -> None:
        self.library = library
        # Many steps in a step, by quotients of differences: in float32 mostly rounding.
        self.rough = info.step_requires_closure and dtype is torch.float32
        generator = torch.Generator().manual_seed(3)
        shapes = ((3, 4), (4, 3)) if info.optim_cls.__name__ == "Muon" else ((3, 4), (4,), (1,))
        given = [torch.randn(shape, generator=generator, dtype=dtype) for shape in shapes]
        self.params = [self.tensor(value).requires_grad_(True) for value in given]
        groups: Any = self.params
        if info.supports_param_groups:
            groups = [{"params": self.params[:1]}, {"params": self.params[1:], "lr": 0.02}]
        self.optimizer = made(groups, **Converter(library)(kwargs))

    def tensor(self, value: torch.Tensor) -> Any:
        return bridge.plain_tensor(self.library, value)

    def loss(self) -> Any:
        """A smooth function of all parameters, with its gradient."""
        self.optimizer.zero_grad()
        total = 0
        for number, param in enumerate(self.params, 1):
            distance = (param - 0.3 * number).abs()
            total = total + (distance * distance * number + 0.1 * distance**4).sum()
        total.backward()
        return total

    def step(self) -> Any:
        return self.optimizer.step(self.loss)

    def state(self) -> Any:
        return self.optimizer.state_dict()


def _steps(package: Any, info: Any, made: Any, kwargs: Any, dtype: Any) -> None:
    verdict = raises(
        lambda: Run(torch, info.optim_cls, info, kwargs, dtype).step(),
        lambda: Run(package, made, info, kwargs, dtype).step(),
    )
    if verdict is not None:  # dense gradients for SparseAdam, complex ones for fused steps
        if verdict != "ok":
            raise DifferenceError(verdict)
        return
    theirs = Run(torch, info.optim_cls, info, kwargs, dtype)
    ours = Run(package, made, info, kwargs, dtype)
    _same(package, theirs, ours, "at first")
    for step in range(STEPS):
        bridge.compare(package, theirs.step(), ours.step())
        _same(package, theirs, ours, f"step {step}")
    loaded = []
    for library, kind in ((torch, info.optim_cls), (package, made)):
        again = Run(library, kind, info, kwargs, dtype)
        for param, value in zip(again.params, theirs.params, strict=True):
            param.data.copy_(bridge.plain_tensor(library, value.detach()))
        again.optimizer.load_state_dict(Converter(library)(theirs.state()))
        again.step()
        loaded.append(again)
    _same(package, *loaded, "after loading PyTorch's state")


def _same(package: Any, theirs: Run, ours: Run, when: str) -> None:
    """Raise DifferenceError unless parameters, state and settings agree."""
    if repr(theirs.optimizer) != repr(ours.optimizer):
        raise DifferenceError(f"repr {when}: {ours.optimizer!r}")
    loose = (1e-2, 1e-2) if theirs.rough else STEP[theirs.params[0].dtype]
    for number, (one, other) in enumerate(zip(theirs.params, ours.params, strict=True)):
        bridge.close(one, other, loose, f"parameter {number} {when}")
    try:
        _same_state(package, theirs.state(), ours.state(), "", not theirs.rough)
    except DifferenceError as error:
        raise DifferenceError(f"state {when}: {error}") from None


def _same_state(package: Any, one: Any, other: Any, where: str, values: bool = True) -> None:
    if isinstance(one, dict) and isinstance(other, dict):
        if list(one) != list(other):
            raise DifferenceError(f"{where}: keys {list(other)}, PyTorch has {list(one)}")
        for key, value in one.items():
            _same_state(package, value, other[key], f"{where}.{key}", values)
        return
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        if len(one) != len(other) or type(one) is not type(other):
            raise DifferenceError(f"{where}: {other}, PyTorch has {one}")
        for number, (first, second) in enumerate(zip(one, other, strict=True)):
            _same_state(package, first, second, f"{where}[{number}]", values)
        return
    try:
        bridge.compare(package, one, other, values)
    except DifferenceError as error:
        raise DifferenceError(f"{where}: {error}") from None


def _through_a_step(package: Any, info: Any, made: Any, kwargs: Any) -> None:
    """Gradients of a differentiable step for the parameter and for its gradient."""

    def through(library: Any, kind: Any) -> Any:
        leaves = [
            bridge.plain_tensor(library, torch.linspace(start, 2, 6, dtype=torch.float64))
            for start in (-1.0, 0.5)
        ]
        for leaf in leaves:
            leaf.requires_grad_(True)
        param = leaves[0].clone()
        param.grad = leaves[1].clone()
        optimizer = kind([param], differentiable=True, **Converter(library)(kwargs))
        optimizer.step()
        return library.autograd.grad((param * param).sum(), leaves, allow_unused=True)

    verdict = raises(lambda: through(torch, info.optim_cls), lambda: through(package, made))
    if verdict not in (None, "ok"):
        raise DifferenceError(f"a differentiable step: {verdict}")
    if verdict is None:
        theirs, ours = through(torch, info.optim_cls), through(package, made)
        gradients(theirs, ours, (1e-6, 1e-8), "gradient through a step")


def _schedules(package: Any, info: Any, made: Any, schedulers: Any) -> None:
    found = []
    for library, kind in ((torch, info.optim_cls), (package, made)):
        run = Run(library, kind, info, {"lr": 0.1}, torch.float64)
        chain = [_scheduler(library, make)(run.optimizer) for make in schedulers]
        rates = []
        for step in range(RATES):
            if not info.only_supports_sparse_grads:
                run.optimizer.step(run.loss)
            for scheduler in chain:
                plateau = isinstance(scheduler, library.optim.lr_scheduler.ReduceLROnPlateau)
                scheduler.step(*([1.0 + step % 3] if plateau else []))
            rates.append([group["lr"] for group in run.optimizer.param_groups])
        found.append((rates, [scheduler.state_dict() for scheduler in chain]))
    bridge.close(*(torch.tensor(rates).numpy() for rates, _ in found), (1e-9, 0), "rates")
    _same_state(package, found[0][1], found[1][1], "state of the schedulers")


def _scheduler(library: Any, make: Any) -> Any:
    if library is torch:
        return make
    there = {
        name: getattr(library.optim.lr_scheduler, name)
        for name in make.__code__.co_names
        if hasattr(library.optim.lr_scheduler, name)
    }
    return bridge.rebound(library, make, there)


def _errors(package: Any, info: Any, made: Any) -> Iterator[tuple[str, str, str]]:
    """A verdict for each input of an optimizer that must raise, or warn."""
    torch.manual_seed(0)
    wrongs = info.optim_error_inputs_func(device="cpu", dtype=torch.float32)
    for number, wrong in enumerate(wrongs):
        wanted = wrong.optimizer_error_input
        convert = Converter(package)
        params = wanted.params
        if params is None:
            params = [torch.nn.Parameter(torch.randn(2, 3))]
        try:
            given = convert(params), convert(wanted.kwargs)
        except UnfitError:
            continue
        stepping = wrong.error_on is OptimizerErrorEnum.STEP_ERROR
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            verdict = "missing"
            if made is not None:
                verdict = raises(
                    partial(_begin, info.optim_cls, params, wanted.kwargs, stepping),
                    partial(_begin, made, *given, stepping),
                )
        if verdict is not None:
            yield "optimizer errors", f"[{number}]", verdict


def _begin(made: Any, params: Any, kwargs: Any, stepping: bool) -> None:
    optimizer = made(params, **kwargs)
    if not stepping:
        return
    for param in params:
        param.grad = param.detach().clone()
    optimizer.step()
