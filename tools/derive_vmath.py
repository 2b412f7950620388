"""Derive the polynomials of the compiler's elementary functions (needs mpmath).

Writes src/chainrule/compiler/vmath/coefficients.py: best approximations by Remez's exchange
(Remez 1934; Muller, Elementary Functions, 2016, chapter 3), rounded to the type they are used in.

    python tools/derive_vmath.py
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mpmath
import numpy
from mpmath import mp, mpf

TARGET = Path(__file__).parent.parent / "src/chainrule/compiler/vmath/coefficients.py"
HEADER = '''"""Polynomials of the elementary functions, as tools/derive_vmath.py derives them.

Each is the best one of its degree: lowest power first, its error is that of the function named,
relative to it, before any rounding of the arithmetic. A constant is a sum of two numbers, the first
of so few digits that its product with as many others is exact.
"""

from __future__ import annotations

from ..loops import F32, F64

'''
POINTS = 600
DIGITS = {"F32": (12, numpy.float32), "F64": (26, numpy.float64)}
"""How many bits the first part of a constant has: times as many others, it is exact."""


SLACK = 1.0001  # a reduced argument may be a little outside, by rounding


def zero(x: mpf) -> mpf:
    return mpf(0)


def one(x: mpf) -> mpf:
    return mpf(1)


def same(x: mpf) -> mpf:
    return x


def square(x: mpf) -> mpf:
    return x * x


def cube(x: mpf) -> mpf:
    return x**3


@dataclass(frozen=True)
class Task:
    """A polynomial p: rest(x) + factor(x) p(variable(x)) is the function on [low, high]."""

    name: str
    comment: str
    function: Callable[[mpf], mpf]
    low: mpf | float
    high: mpf | float
    factor: Callable[[mpf], mpf]
    rest: Callable[[mpf], mpf]
    counts: dict[str, int]  # of coefficients, by type
    variable: Callable[[mpf], mpf] = same
    wanted: Callable[[mpf], mpf] | None = None  # what p is near, where that is not linear
    weight: Callable[[mpf], mpf] | None = None  # the error of the function for one of p


def remez(basis: list[list[mpf]], values: list[mpf]) -> list[mpf]:
    """Coefficients c so that the largest |values[j] - sum_k c[k] basis[j][k]| is least."""
    size, points = len(basis[0]), len(values)
    chosen = [round((points - 1) * (1 - mp.cos(mp.pi * i / size)) / 2) for i in range(size + 1)]
    for _ in range(60):
        system = mpmath.matrix(size + 1, size + 1)
        for row, j in enumerate(chosen):
            for k in range(size):
                system[row, k] = basis[j][k]
            system[row, size] = (-1) ** row
        solved = mpmath.lu_solve(system, mpmath.matrix([values[j] for j in chosen]))
        found, level = list(solved)[:size], abs(solved[size])
        errors = residuals(basis, values, found)
        chosen = exchange(errors, size + 1)
        if max(map(abs, errors)) <= level * mpf("1.001"):
            break
    return found


def residuals(basis: list[list[mpf]], values: list[mpf], found: list[mpf]) -> list[mpf]:
    """What the combination leaves of each value."""
    return [v - mp.fdot(row, found) for row, v in zip(basis, values, strict=True)]


def exchange(errors: list[mpf], count: int) -> list[int]:
    """The largest errors of alternating sign: one in each run of one sign, the best neighbours."""
    runs: list[int] = []
    for j, error in enumerate(errors):
        if runs and (error > 0) == (errors[runs[-1]] > 0):
            if abs(error) > abs(errors[runs[-1]]):
                runs[-1] = j
        else:
            runs.append(j)
    while len(runs) > count:
        del runs[0 if abs(errors[runs[0]]) < abs(errors[runs[-1]]) else -1]
    return runs


def derive(task: Task) -> str:
    """The lines of one table."""
    low, high = mpf(task.low), mpf(task.high)
    nodes = [mp.cos(mp.pi * (2 * j + 1) / (2 * POINTS)) for j in range(POINTS)]
    xs = [(low + high) / 2 - (high - low) / 2 * node for node in nodes]
    wanted = task.wanted or (lambda x: (task.function(x) - task.rest(x)) / task.factor(x))
    weight = task.weight or (lambda x: abs(task.factor(x) / task.function(x)))
    weights = [weight(x) for x in xs]
    values = [w * wanted(x) for x, w in zip(xs, weights, strict=True)]
    lines = [f"{task.name} = {{  # {task.comment}"]
    for kind, count in task.counts.items():
        basis = [
            [w * task.variable(x) ** k for k in range(count)]
            for x, w in zip(xs, weights, strict=True)
        ]
        single = kind == "F32"
        numbers = [
            float(numpy.float32(float(c))) if single else float(c) for c in remez(basis, values)
        ]
        error = max(map(abs, residuals(basis, values, [mpf(c) for c in numbers])))
        lines.append(f"    {kind}: (  # error 2^{float(mp.log(error, 2)):.1f}")
        lines += [f"        {n!r}," for n in numbers]
        lines.append("    ),")
    return "\n".join([*lines, "}"])


def split(name: str, value: mpf) -> str:
    """A constant as a sum of two numbers, the first one short."""
    lines = [f"{name} = {{"]
    for kind, (digits, rounded) in DIGITS.items():
        unit = mpf(2) ** (mp.floor(mp.log(value, 2)) + 1 - digits)
        high = mp.nint(value / unit) * unit
        low = float(rounded(float(value - high)))
        lines.append(f"    {kind}: ({float(high)!r}, {low!r}),")
    return "\n".join([*lines, "}"])


def exponentials_and_logarithms() -> list[Task]:
    """Their tables."""
    half = mp.log(2) / 2 * SLACK
    root = mp.sqrt(2) * SLACK - 1
    return [
        Task(
            "EXP", "expm1(r) = r + r^2 p(r), |r| <= ln(2) / 2",
            mp.expm1, -half, half, lambda r: r * r, lambda r: r, {"F32": 5, "F64": 11},
        ),
        Task(
            "EXP2", "2^r - 1 = r p(r), |r| <= 1/2",
            lambda r: mp.expm1(r * mp.log(2)), -0.5, 0.5, lambda r: r, zero, {"F32": 6, "F64": 11},
        ),
        Task(
            "SINH", "sinh(x) = x + x z p(z), z = x^2, |x| < 1",
            mp.sinh, 0, 1, cube, same, {"F32": 4, "F64": 7}, square,
        ),
        Task(
            "LOG",
            "ln(1 + f) = 2 s + s z p(z), s = f / (2 + f), z = s^2, 1/sqrt(2) < 1 + f < sqrt(2)",
            mp.log1p, 0, root, lambda f: cube(f / (2 + f)), lambda f: 2 * f / (2 + f),
            {"F32": 3, "F64": 7}, lambda f: square(f / (2 + f)),
        ),
        Task(
            "LOG2", "log2(1 + f) = s p(z), s = f / (2 + f), z = s^2, 1/sqrt(2) < 1 + f < sqrt(2)",
            lambda f: mp.log1p(f) / mp.log(2), 0, root, lambda f: f / (2 + f), zero,
            {"F64": 5}, lambda f: square(f / (2 + f)),
        ),
    ]  # fmt: skip


def trigonometric() -> list[Task]:
    """Their tables, and those of their inverses."""
    return [
        Task(
            "SIN", "sin(r) = r + r z p(z), z = r^2, |r| <= 1",
            mp.sin, 0, 1, cube, same, {"F32": 4}, square,
        ),
        Task(
            "COS", "cos(r) = 1 - z / 2 + z^2 p(z), z = r^2, |r| <= 1",
            mp.cos, 0, 1, lambda r: r**4, lambda r: 1 - r * r / 2, {"F32": 4}, square,
        ),
        Task(
            "ATAN", "arctan(t) = t + t z p(z), z = t^2, |t| <= tan(pi / 8)",
            mp.atan, 0, mp.tan(mp.pi / 8) * SLACK, cube, same, {"F32": 5}, square,
        ),
        Task(
            "ASIN", "arcsin(t) = t + t z p(z), z = t^2, |t| <= 1/2",
            mp.asin, 0, 0.5, cube, same, {"F32": 5}, square,
        ),
    ]  # fmt: skip


def error_functions() -> list[Task]:
    """Their tables."""
    return [
        Task(
            "ERF", "erf(x) = x + x p(z), z = x^2, |x| < 1",
            mp.erf, 0, 1, same, same, {"F32": 7}, square,
        ),
        Task(
            "ERF_TAIL", "erf(x) = 1 - e^p(x), 1 <= x <= 4",
            mp.erf, 1, 4, one, zero, {"F32": 8},
            wanted=lambda x: mp.log(mp.erfc(x)), weight=lambda x: mp.erfc(x) / mp.erf(x),
        ),
        Task(
            "ERFCX", "e^(x^2) erfc(x) (1 + 2 x) = p(t), t = (x - 3) / (x + 3), 0 <= x <= 11",
            lambda x: mp.exp(x * x) * mp.erfc(x) * (1 + 2 * x), 0, 11,
            one, zero, {"F64": 11}, lambda x: (x - 3) / (x + 3),
        ),
    ]  # fmt: skip


def main() -> None:
    mp.dps = 40
    constants = [split("LN2", mp.log(2)), split("LOG10_2", mp.log10(2))]
    constants += [split("LOG2_E", 1 / mp.log(2)), split("LOG10_E", 1 / mp.log(10))]
    tables = [
        derive(task)
        for group in (exponentials_and_logarithms, trigonometric, error_functions)
        for task in group()
    ]
    TARGET.write_text(HEADER + "\n".join([*constants, *tables]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
