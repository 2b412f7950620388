"""The regions of a classifier of points in the plane: its recorded operations run on a grid.

Where they cannot run on other points (a shape that is fixed, random numbers), there is no picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy

from ..autograd.grad_mode import no_grad
from ..core.tensor import wrap
from .recording import Operation, Quantity, Step
from .rerun import again, array_of, is_data, size_of

SIDE = 61
"""Points of the grid on each side."""
SHOWN = 400
"""Points of a step's data that are shown."""
THRESHOLDS = {"BinaryCrossEntropy": 0.5, "BinaryCrossEntropyWithLogits": 0.0, "SoftMarginLoss": 0.0}
"""Losses of two classes, with the score between them."""
LOSSES = {"NllLoss", "MultiMarginLoss", *THRESHOLDS}
"""Losses that compare scores, their first input, with classes, their second."""


def boundary(steps: Sequence[Step]) -> dict[str, Any] | None:
    """The data of a classifier on two numbers, and the class of every point around them by step.

    A region is a row of the grid from below, as pairs of a class and how many points have it.
    """
    found = [(step, *parts) for step in steps if (parts := _parts(step)) is not None]
    if not found:
        return None
    data = numpy.concatenate([array_of(points) for _, _, points, _ in found])
    low, high = data.min(axis=0), data.max(axis=0)
    if not numpy.isfinite([low, high]).all():
        return None
    margin = 0.1 * (high - low) + 1e-6
    xs, ys = numpy.linspace(low - margin, high + margin, SIDE).T
    grid = numpy.stack(numpy.meshgrid(xs, ys), axis=-1).reshape(-1, 2).astype(data.dtype)
    known: dict[tuple[float, float, int], None] = {}  # each point once
    regions = []
    try:
        with no_grad(), numpy.errstate(all="ignore"):
            for step, operation, points, target in found:
                classes = _classes(operation, scores(step, operation, points, grid))
                known |= dict.fromkeys(_labelled(points, target))
                rows = classes.reshape(SIDE, SIDE).tolist()
                regions.append({"step": step.index, "rows": [_lengths(row) for row in rows]})
    except Exception:  # an operation that cannot run on other points, or again
        return None
    name = found[-1][2].name or "x"
    return {
        "names": [f"{name}[:, 0]", f"{name}[:, 1]"],
        "x": xs.tolist(),
        "y": ys.tolist(),
        "points": [list(point) for point in known],
        "regions": regions,
    }


def _parts(step: Step) -> tuple[Operation, Quantity, Quantity] | None:
    """The operation that compares scores with classes, the data behind it, and the classes."""
    for operation in step.operations:
        if operation.kind.__name__ in LOSSES and None not in operation.inputs[:2]:
            target = operation.inputs[1]
            data = {q for each in step.operations for q in each.inputs if q and is_data(q)}
            points = [q for q in data - {target} if id(q.tensor) not in step.leaves]
            if target in data and len(points) == 1 and target is not None:
                shape = array_of(points[0]).shape
                if len(shape) == 2 and shape[1] == 2 and shape[0] == size_of(target):
                    return operation, points[0], target
    return None


def scores(step: Step, loss: Operation, points: Quantity, grid: Any) -> Any:
    """What the loss would be given, had the data been the points of the grid."""
    wanted = loss.inputs[0]
    values: dict[int, Any] = {id(q): wrap(array_of(q)) for q in step.leaves.values()}
    values[id(points)] = wrap(grid)
    for operation in step.operations:
        if id(wanted) in values or operation is loss:
            break
        for quantity, result in zip(operation.outputs, again(operation, values), strict=True):
            values[id(quantity)] = result
    return values[id(wanted)]._data


def _classes(operation: Operation, found: Any) -> Any:
    threshold = THRESHOLDS.get(operation.kind.__name__)
    return found.argmax(axis=1) if threshold is None else (found > threshold).astype(int)


def _labelled(points: Quantity, target: Quantity) -> list[tuple[float, float, int]]:
    """The data with their classes; of many a part. Classes -1 and 1 are 0 and 1."""
    labels = numpy.maximum(array_of(target).reshape(-1), 0).astype(int)
    every = -(-len(labels) // SHOWN)
    pairs = zip(array_of(points)[::every].tolist(), labels[::every].tolist(), strict=True)
    return [(x, y, label) for (x, y), label in pairs]


def _lengths(row: list[int]) -> list[tuple[int, int]]:
    return [(int(value), len([*same])) for value, same in groupby(row)]
