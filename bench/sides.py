"""The columns of the tables: a library, and what runs its works. Knows nothing of clocks."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import numpy
from works import Step, Work

CHECKED = 3  # steps whose results are compared before the clock starts
CLOSE = 1e-3
CLOSE_BY_CHANCE = 0.1  # the loss of three steps under other dropout masks


@dataclass(frozen=True)
class Side:
    """A title, and the function that prepares the step of a work.

    One that is `optional` gets a dash where it fails, and its dropout draws numbers of its own.
    """

    title: str
    prepare: Callable[[Work], Step]
    optional: bool = False


def eager_sides(torch: ModuleType, chainrule: ModuleType) -> list[Side]:
    """Both libraries as they are."""
    return [Side("torch", _seeded(torch)), Side("chainrule", _seeded(chainrule))]


def compiled_sides(torch: ModuleType, chainrule: ModuleType) -> list[Side]:
    """PyTorch as it is, chainrule compiled; torch.compile, and JAX where it is installed."""
    native = partial(chainrule.compile, fullgraph=True)  # never eager without saying so
    return [
        Side("torch", _seeded(torch)),
        Side("compiled", _seeded(chainrule, native)),
        Side("torch.compile", _seeded(torch, _inductor(torch)), optional=True),
        *_jax_side(torch),
    ]


def prepare(work: Work, sides: list[Side]) -> tuple[list[Step | None], list[str]]:
    """The step of each side, once they are seen to compute the same; why there is none."""
    steps: list[Step | None] = []
    notes: list[str] = []
    expected: list[float] = []
    for side in sides:
        try:
            step = side.prepare(work)
            found = [step().mean().item() for _ in range(CHECKED)]
            expected = expected or found
            _compare(found, expected, work.random and side.optional)
        except Exception as error:
            if not side.optional:
                raise SystemExit(f"{work.name}: {side.title}: {error}") from error
            lines = str(error).strip().splitlines() or [""]
            notes.append(f"{side.title}: {type(error).__name__}: {lines[0]}")
            step = None
        steps.append(step)
    return steps, notes


def _compare(found: list[float], expected: list[float], by_chance: bool) -> None:
    if not numpy.allclose(found, expected, rtol=CLOSE_BY_CHANCE if by_chance else CLOSE):
        raise ValueError(f"computes {found}, not {expected}")


def _seeded(library: ModuleType, *compile: Callable[[Any], Any]) -> Callable[[Work], Step]:
    def make(work: Work) -> Step:
        library.manual_seed(0)
        return work.prepare(library, *compile)

    return make


def _inductor(torch: ModuleType) -> Callable[[Any], Any]:
    """torch.compile, without the programs of works before that share the code of `step`."""

    def compile(function: Any) -> Any:
        torch.compiler.reset()
        return torch.compile(function)

    return compile


def _jax_side(torch: ModuleType) -> list[Side]:
    try:
        import jax_works
    except ImportError:
        return []

    def make(work: Work) -> Step:
        torch.manual_seed(0)
        return getattr(jax_works, work.prepare.__name__)(torch)

    return [Side("JAX", make, optional=True)]
