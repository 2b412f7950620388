"""The loss around the path of a descent: recorded operations run again with other parameters.

Knows only the operations of one step; where they cannot run again there is no landscape.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy

from ..autograd.grad_mode import no_grad
from ..core.tensor import wrap
from .boundary import boundary
from .history import History
from .recording import Quantity, Recorder, Step
from .rerun import again, array_of, is_data, size_of

POINTS, SIDE = 81, 31
"""Points of a curve, and on each side of a surface."""
PATH = 200
"""Points of a path."""
WORK = 2e7
"""Elements that all evaluations together may compute; large data gets a coarser picture."""

Found = dict[str, Any]


def landscape(recorder: Recorder) -> Found:
    """What there is of `curve`, `surface`, `fit` and `boundary`, None for the others.

    The loss is that of the newest step that was kept, as a function of one or two numbers.
    """
    found: Found = {"curve": None, "surface": None, "fit": None, "boundary": None}
    finished = [step for step in recorder.steps.values() if step.root is not None]
    if not finished:
        return found
    step = max(finished, key=lambda step: step.index)
    found["fit"] = fit(finished)
    found["boundary"] = boundary(finished)
    leaves = [q.name for op in step.operations for q in op.inputs if q and q.grad and q.leaf]
    names = [name for name in dict.fromkeys(leaves) if name is not None]
    if set(names) != recorder.history.grad_norm.keys():
        return found
    paths = _paths(recorder.history, names)
    try:
        with no_grad(), numpy.errstate(all="ignore"):
            if len(paths) == 1:
                found["curve"] = curve(step, *paths)
            elif len(paths) == 2:
                found["surface"] = surface(step, *paths)
    except Exception:  # an operation of the program's own, or one that needs what was not kept
        return found
    return found


Path = tuple[str, int, list[float]]
"""A name, the index of one number in it, and that number's values by step."""


def _paths(history: History, names: list[str]) -> list[Path]:
    """The path of every number that is learned; none if some of them were too many to keep."""
    if history.params.keys() != history.grad_norm.keys():
        return []
    found = []
    for name in names:
        values = history.params[name]
        known = [v for v in values if v is not None]
        for i in range(len(known[0])):
            found.append((name, i, [v[i] for v in known]))
    return found if len({len(path) for _, _, path in found}) == 1 else []


def curve(step: Step, path: Path) -> Found | None:
    """The loss of a step as a function of one number, and the path on it."""
    name, index, values = path
    affordable = evaluations(step) // 2
    xs = _range(values, min(POINTS, affordable))
    points = _thinned(values, min(PATH, affordable))
    if xs is None:
        return None
    heights = [loss(step, {(name, index): x}) for x in xs]
    on_it = [[x, loss(step, {(name, index): x})] for x in points]
    return {"name": name, "x": xs, "loss": heights, "path": on_it, "step": step.index}


def surface(step: Step, across: Path, up: Path) -> Found | None:
    """The loss of a step as a function of two numbers, and the path on it."""
    keys = across[:2], up[:2]
    affordable = evaluations(step) // 2
    side, points = min(SIDE, math.isqrt(affordable)), min(PATH, affordable)
    xs, ys = _range(across[2], side), _range(up[2], side)
    if xs is None or ys is None:
        return None

    def at(x: float, y: float) -> float:
        return loss(step, dict(zip(keys, (x, y), strict=True)))

    names = [n if across[0] != up[0] else f"{n}[{i}]" for n, i in keys]
    pairs = zip(_thinned(across[2], points), _thinned(up[2], points), strict=True)
    return {
        "names": names,
        "x": xs,
        "y": ys,
        "loss": [[at(x, y) for x in xs] for y in ys],
        "path": [[x, y, at(x, y)] for x, y in pairs],
        "step": step.index,
    }


def _range(path: Sequence[float], points: int) -> list[float] | None:
    """Numbers around a path, as far beyond its ends as it is long; None if it is not finite."""
    finite = [v for v in path if numpy.isfinite(v)]
    if not finite:
        return None
    low, high = min(finite), max(finite)
    margin = 0.6 * (high - low) or max(1.0, abs(low))
    return numpy.linspace(low - margin, high + margin, points).tolist()


def evaluations(step: Step) -> int:
    """How often the loss may be computed: at least enough for a coarse picture."""
    values = [q.value for op in step.operations for q in op.outputs if q.value is not None]
    size = sum(1000 + math.prod(value.shape) for value in values)
    return max(200, int(WORK / max(size, 1)))


def _thinned(path: Sequence[float], points: int) -> list[float]:
    places = numpy.unique(numpy.linspace(0, len(path) - 1, points).astype(int))
    return [path[i] for i in places]


def loss(step: Step, changes: dict[tuple[str, int], float]) -> float:
    """What the root of a step gives if numbers of its parameters are changed."""
    values: dict[int, Any] = {}
    for quantity in step.leaves.values():
        array = array_of(quantity).copy()
        for (name, index), number in changes.items():
            if name == quantity.name:
                array.reshape(-1)[index] = number
        values[id(quantity)] = wrap(array)
    if step.root is None:
        raise ValueError("a step without operations has no loss")
    for operation in step.operations:
        results = again(operation, values)
        for quantity, result in zip(operation.outputs, results, strict=True):
            values[id(quantity)] = result
    return float(values[id(step.root.outputs[0])]._data.sum())


def fit(steps: Sequence[Step]) -> Found | None:
    """Points and fitted lines of a regression on one variable: what the kept steps predicted.

    Found where predictions meet targets of as many numbers, and came from one input of as many.
    """
    lines: list[Found] = []
    points: dict[tuple[float, float], None] = {}  # each once
    for step in sorted(steps, key=lambda step: step.index):
        for x, predicted, target in _regressions(step):
            xs, ys, ts = (numpy.ravel(array_of(q)).astype(float) for q in (x, predicted, target))
            order = numpy.argsort(xs, kind="stable")
            places = order[numpy.unique(numpy.linspace(0, len(xs) - 1, PATH).astype(int))]
            points |= dict.fromkeys((float(xs[i]), float(ts[i])) for i in places)
            line = [[float(xs[i]), float(ys[i])] for i in places]
            lines.append({"step": step.index, "points": line})
            names = [x.name or "x", target.name or "y"]
    if not lines:
        return None
    return {"names": names, "points": [list(point) for point in points], "lines": lines}


def _regressions(step: Step) -> Iterator[tuple[Quantity, Quantity, Quantity]]:
    """Input, prediction and target, where an operation of the step compares the last two."""
    below: dict[int, set[Quantity]] = {}  # by operation: the data that it was computed from
    for operation in step.operations:
        inputs = [q for q in operation.inputs if q is not None]
        data = {q for q in inputs if is_data(q) and id(q.tensor) not in step.leaves}
        made = [q for q in inputs if q.operation is not None]
        below[id(operation)] = data.union(*(below.get(id(q.operation), set()) for q in made))
        if len(made) == len(data) == 1 and operation.kind.__name__ in COMPARISONS:
            (target,), (predicted,) = data, made
            sources = [q for q in below[id(operation)] if q is not target]
            sizes = {size_of(q) for q in (*sources, target, predicted)}
            if len(sources) == 1 and len(sizes) == 1 and max(sizes) > 1:
                yield sources[0], predicted, target
                return


COMPARISONS = {"Sub", "Rsub", "MseLoss", "L1Loss", "SmoothL1Loss", "HuberLoss"}
