"""A function and its compiled twin, called side by side: both must do the same to their worlds."""

from __future__ import annotations

import copy
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import chainrule
from chainrule import Tensor, nn, optim

TOLERANCE = {"rtol": 2e-5, "atol": 2e-6}
CALLS = 20
LOOKED_AT = (1, 2, 3, 20)
"""The calls after which everything is compared."""


def numbers(value: Any) -> Any:
    """A value as plain data: tensors become arrays with what is known of their gradients."""
    if isinstance(value, Tensor):
        return {
            "class": type(value).__name__,
            "array": value.detach().numpy().copy(),
            "strides": value.stride(),
            "requires_grad": value.requires_grad,
            "has a grad_fn": value.grad_fn is not None,
            "grad": None if not value.is_leaf else numbers(value.grad),
        }
    if isinstance(value, chainrule.Generator):
        return numbers(value.get_state())
    if hasattr(value, "_seen_by_tests"):
        return numbers(vars(value))
    if callable(value) and not isinstance(value, nn.Module):
        return type(value).__name__
    if isinstance(value, nn.Module):
        return {
            **{k: numbers(v) for k, v in value.named_parameters(remove_duplicate=False)},
            **{k: numbers(v) for k, v in value.named_buffers()},
            "training": [m.training for m in value.modules()],
        }
    if isinstance(value, optim.Optimizer):
        return numbers(value.state_dict())
    if isinstance(value, dict):
        return {k: numbers(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *map(numbers, value)]
    return value


def assert_same(found: Any, wanted: Any, where: str = "", exact: bool = False) -> None:
    """Compare plain data; arrays up to rounding, everything else exactly."""
    assert type(found) is type(wanted), f"{where}: {found!r} instead of {wanted!r}"
    if isinstance(wanted, dict):
        assert list(found) == list(wanted), where
        for key in wanted:
            assert_same(found[key], wanted[key], f"{where}.{key}", exact)
    elif isinstance(wanted, list):
        assert len(found) == len(wanted), where
        for i, (f, w) in enumerate(zip(found, wanted, strict=True)):
            assert_same(f, w, f"{where}[{i}]", exact)
    elif isinstance(wanted, np.ndarray):
        assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype), where
        if exact:
            np.testing.assert_array_equal(found, wanted, err_msg=where)
        else:
            np.testing.assert_allclose(found, wanted, **TOLERANCE, err_msg=where)
    elif isinstance(wanted, float) and not exact:
        np.testing.assert_allclose(found, wanted, **TOLERANCE, err_msg=where)
    else:
        assert found == wanted or (found != found and wanted != wanted), (
            f"{where}: {found!r} instead of {wanted!r}"
        )


class World:
    """One of the twins: a function and what it works on."""

    def __init__(self, made: tuple[Any, ...], compiled: bool, **options: Any) -> None:
        self.raw, self.things = made[0], list(made[1:])
        self.step = chainrule.compile(self.raw, **options) if compiled else self.raw

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any], seed: int) -> Any:
        """One call from a known state of the random stream: result or exception, and the stream."""
        chainrule.manual_seed(seed)
        given = copy.deepcopy(args), copy.deepcopy(kwargs)
        try:
            found = self.step(*given[0], **given[1])
        except UserWarning:
            raise
        except Exception as error:
            found = [type(error).__name__, str(error).splitlines()[0]]
        return found, given, chainrule.rand(2)


class Twins:
    """The worlds of `make()`, called twice with one seed: `eager`, and `compiled`."""

    def __init__(self, make: Callable[[], Any], **options: Any) -> None:
        worlds = []
        for compiled in (False, True):
            chainrule.manual_seed(11)
            made = make()
            worlds.append(World(made if isinstance(made, tuple) else (made,), compiled, **options))
        self.eager, self.compiled = worlds
        self.count = 0

    @property
    def program(self) -> Any:
        """What compile knows of the function."""
        return self.compiled.step.program

    def both(self, change: Callable[..., Any]) -> None:
        """Do something to the things of both worlds."""
        for world in (self.eager, self.compiled):
            change(*world.things)

    def call(self, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """Call both; everything that can be seen afterwards is the same."""
        self.count += 1
        seed = 100 + self.count
        wanted = self.eager.call(args, kwargs, seed)
        found = self.compiled.call(args, kwargs, seed)
        self.compare(found, wanted)
        return found[0], wanted[0]

    def compare(self, found: Any, wanted: Any) -> None:
        """Compare results, arguments, the random stream, and the worlds."""
        where = f"call {self.count}"
        for f, w, what in zip(found, wanted, ("result", "arguments", "stream"), strict=True):
            assert_same(numbers(f), numbers(w), f"{where}, {what}")
        assert_same(numbers(self.compiled.things), numbers(self.eager.things), f"{where}, world")

    def calls(self, draw: Callable[[int], Any], count: int = CALLS) -> Twins:
        """That many calls, with the arguments of `draw(number)`."""
        for i in range(count):
            given = draw(i)
            self.call(*(given if isinstance(given, tuple) else (given,)))
        return self

    def assert_compiled(self, traces: int = 1) -> None:
        """It is a program, and was traced so many times for one."""
        assert self.program.given_up is None, self.program.given_up
        assert len(self.program.runs) == traces, self.program.history
        assert len(self.program.history) == traces - 1, self.program.history


def python_that_runs(function: Callable[[], Any], files: Iterable[str]) -> list[str]:
    """The names of the code objects of these files that run during a call."""
    seen, files = [], set(files)

    def saw(frame: Any, event: str, arg: Any) -> None:
        if event == "call" and frame.f_code.co_filename in files:
            seen.append(frame.f_code.co_name)

    before = sys.getprofile()
    sys.setprofile(saw)
    try:
        function()
    finally:
        sys.setprofile(before)
    return seen[1:]  # without the function itself


@contextmanager
def runs_eagerly(why: str = "") -> Iterator[None]:
    """In the block one warning is given, which says that a function runs eagerly, and why."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    messages = [str(each.message) for each in caught]
    assert len(messages) == 1, messages
    assert re.search(f"runs eagerly: .*{why}", messages[0]), messages


def warnings_of(function: Callable[[], Any]) -> list[str]:
    """The messages of the warnings of a call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        function()
    return [str(each.message) for each in caught]
