"""A line search with cubic interpolation that ends where the strong Wolfe conditions hold."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

DECREASE, CURVATURE = 1e-4, 0.9
LIMIT = 25  # points


class Point(NamedTuple):
    """A distance, and there the value, the gradient, and the slope along the direction."""

    t: Any
    value: Any
    gradient: Any
    slope: Any


def interpolated(one: Point, other: Point, bounds: tuple[Any, Any] | None = None) -> Any:
    """The minimum of the cubic through two points with their slopes, within bounds.

    Nocedal and Wright, "Numerical optimization", equation 3.59.
    """
    low, high = bounds or (min(one.t, other.t), max(one.t, other.t))
    if one.t > other.t:
        one, other = other, one
    gap = other.t - one.t
    first = one.slope + other.slope - 3 * (one.value - other.value) / (one.t - other.t)
    square = first**2 - one.slope * other.slope
    if not square >= 0:
        return (low + high) / 2.0
    second = math.sqrt(square) if not hasattr(square, "sqrt") else square.sqrt()
    share = (other.slope + second - first) / (other.slope - one.slope + 2 * second)
    return min(max(other.t - gap * share, low), high)


def strong_wolfe(
    evaluate: Callable[[Any], tuple[float, Any]],
    t: Any,
    direction: Any,
    value: Any,
    gradient: Any,
    slope: Any,
    tolerance: float,
) -> tuple[Any, Any, Any, int]:
    """The value, gradient and distance where it ends, and the number of evaluations.

    `evaluate(t)` gives value and gradient at the distance t along the direction.
    """
    start = Point(0, value, gradient, slope)
    size = direction.abs().max()

    def at(distance: Any) -> Point:
        found, there = evaluate(distance)
        return Point(distance, found, there, there.dot(direction))

    def enough(point: Point) -> bool:
        return point.value <= start.value + DECREASE * point.t * start.slope

    def flat(point: Point) -> bool:
        return bool(abs(point.slope) <= -CURVATURE * start.slope)

    last, now, count, tries = start, at(t), 1, 0
    while tries < LIMIT:
        if not enough(now) or (tries > 1 and now.value >= last.value):
            bracket = [last, now]
            break
        if flat(now):
            return now.value, now.gradient, now.t, count
        if now.slope >= 0:
            bracket = [last, now]
            break
        bounds = now.t + 0.01 * (now.t - last.t), now.t * 10
        last, now = now, at(interpolated(last, now, bounds))
        count, tries = count + 1, tries + 1
    else:
        bracket = [start, now]
    best, used = _narrowed(bracket, at, enough, flat, start, size, tolerance, tries)
    return best.value, best.gradient, best.t, count + used


def _narrowed(
    bracket: list[Point],
    at: Callable[[Any], Point],
    enough: Callable[[Point], bool],
    flat: Callable[[Point], bool],
    start: Point,
    size: Any,
    tolerance: float,
    tries: int,
) -> tuple[Point, int]:
    """The best point of a bracket that is narrowed until the conditions hold, and its cost."""
    low, high = (0, 1) if bracket[0].value <= bracket[-1].value else (1, 0)
    used, stuck = 0, False
    while tries < LIMIT:
        width = abs(bracket[1].t - bracket[0].t)
        if width * size < tolerance:
            break
        t = interpolated(bracket[0], bracket[1])
        ends = [point.t for point in bracket]
        margin = 0.1 * (max(ends) - min(ends))
        if min(max(ends) - t, t - min(ends)) < margin:
            # Too near an end twice, or outside: a tenth of the width from it.
            if stuck or t >= max(ends) or t <= min(ends):
                near_high = abs(t - max(ends)) < abs(t - min(ends))
                t = max(ends) - margin if near_high else min(ends) + margin
                stuck = False
            else:
                stuck = True
        else:
            stuck = False
        now = at(t)
        used, tries = used + 1, tries + 1
        if not enough(now) or now.value >= bracket[low].value:
            bracket[high] = now
            low, high = (0, 1) if bracket[0].value <= bracket[1].value else (1, 0)
            continue
        if flat(now):
            return now, used
        if now.slope * (bracket[high].t - bracket[low].t) >= 0:
            bracket[high] = bracket[low]
        bracket[low] = now
    return bracket[low], used
