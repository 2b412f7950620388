"""Graphs of the computations that matter most, and arrays for their inputs."""

from __future__ import annotations

from typing import Any

import numpy
from compiler.building import Tape

from chainrule.compiler.graph import Graph, Var

Case = tuple[Graph, list[Any]]


class Formula(Tape):
    """A tape on which formulas are shorter to write."""

    def __call__(self, op: str, *ins: Var | float, **params: Any) -> Var:
        kinds = [v.dtype for v in ins if isinstance(v, Var)]
        return self.add(op, *[v if isinstance(v, Var) else self.number(v, kinds[-1]) for v in ins],
                        **params)  # fmt: skip

    def sum(self, x: Var, *axes: int) -> Var:
        """The sum over axes."""
        return self.add("sum", x, axes=axes)

    def mean(self, x: Var, *axes: int) -> Var:
        """The mean over axes."""
        n = numpy.prod([x.shape[i] for i in axes])
        return self("divide", self.sum(x, *axes), float(n))

    def column(self, x: Var) -> Var:
        """A vector as a column."""
        return self.view(x, (*x.shape, 1), (*x.strides, 0))

    def case(self, *outputs: Var, writes: Any = ()) -> Case:
        """The graph, and random arrays between 0.5 and 1.5 for its inputs."""
        rng = numpy.random.default_rng(0)
        arrays = [numpy.asarray(rng.random(v.shape) + 0.5, v.dtype) for v in self.inputs]
        return self.graph(*outputs, writes=writes), arrays


def linear_regression(rows: int) -> Case:
    """A step of gradient descent: the loss, and both parameters written."""
    f = Formula()
    x, t, w, b = f.input(rows, 1), f.input(rows, 1), f.input(1, 1), f.input(1)
    diff = f("subtract", f("add", f("multiply", x, w), b), t)
    loss = f.mean(f("multiply", diff, diff), 0, 1)
    g = f("multiply", diff, 2.0 / rows)
    gw, gb = f.sum(f("multiply", g, x), 0), f.sum(g, 0)
    step = f("multiply", f.view(gw, (1, 1), (1, 1)), 0.1)
    new_w, new_b = f("subtract", w, step), f("subtract", b, f("multiply", gb, 0.1))
    return f.case(loss, writes=((w, new_w), (b, new_b)))


def cross_entropy(rows: int, classes: int) -> Case:
    """Bias, log-softmax, loss, gradient, and the bias written."""
    f = Formula()
    h, b, target = f.input(rows, classes), f.input(classes), f.input(rows, dtype="int64")
    z = f("add", h, b)
    shifted = f("subtract", z, f.column(f.add("max", z, axes=(1,))))
    total = f.sum(f("exp", shifted), 1)
    logp = f("subtract", shifted, f.column(f("log", total)))
    numbers = f.number(numpy.arange(classes), "int64")
    mask = f("equal", numbers, f.column(target), dtype=bool)
    picked = f.sum(f("where", mask, logp, 0.0, dtype="float32"), 1)
    loss = f("negative", f.mean(picked, 0))
    wrong = f("subtract", f("exp", logp), f.add("cast", mask, dtype="float32"))
    g = f("divide", wrong, float(rows))
    new_b = f("subtract", b, f("multiply", f.sum(g, 0), 0.1))
    graph, arrays = f.case(loss, g, writes=((b, new_b),))
    arrays[2] = numpy.arange(rows) % classes
    return graph, arrays


def layer_norm(rows: int, columns: int) -> Case:
    """Mean and variance of each row, and the rows normalised."""
    f = Formula()
    x, w, b = f.input(rows, columns), f.input(columns), f.input(columns)
    mean = f.mean(x, 1)
    centred = f("subtract", x, f.column(mean))
    variance = f.mean(f("square", centred), 1)
    scale = f("reciprocal", f("sqrt", f("add", variance, 1e-5)))
    y = f("add", f("multiply", f("multiply", centred, f.column(scale)), w), b)
    return f.case(y, mean, scale)


def batch_norm_images(images: int, channels: int, size: int) -> Case:
    """Batch norm over all but the second axis."""
    f = Formula()
    x, w = f.input(images, channels, size, size), f.input(channels)

    def spread(v: Var) -> Var:
        return f.view(v, (channels, 1, 1), (1, 0, 0))

    mean = f.mean(x, 0, 2, 3)
    centred = f("subtract", x, spread(mean))
    variance = f.mean(f("square", centred), 0, 2, 3)
    scale = f("divide", w, f("sqrt", f("add", variance, 1e-5)))
    return f.case(f("multiply", centred, spread(scale)), mean, variance)


def batch_norm_rows(rows: int, columns: int) -> Case:
    """Batch norm over the first axis of a matrix."""
    f = Formula()
    x, w = f.input(rows, columns), f.input(columns)
    mean = f.mean(x, 0)
    centred = f("subtract", x, mean)
    variance = f.mean(f("square", centred), 0)
    scale = f("divide", w, f("sqrt", f("add", variance, 1e-5)))
    return f.case(f("multiply", centred, scale), mean, variance)


def adam(size: int) -> Case:
    """A step of Adam on one parameter, the number of the step in memory."""
    f = Formula()
    p, g, m, v = (f.input(size) for _ in range(4))
    step = f.input()
    new_m = f("add", f("multiply", m, 0.9), f("multiply", g, 0.1))
    new_v = f("add", f("multiply", v, 0.999), f("multiply", f("square", g), 0.001))
    fix_m = f("subtract", f.number(1.0), f("power", f.number(0.9), step))
    fix_v = f("sqrt", f("subtract", f.number(1.0), f("power", f.number(0.999), step)))
    scale = f("add", f("divide", f("sqrt", new_v), fix_v), 1e-8)
    move = f("multiply", f("divide", f.number(0.001), fix_m), f("divide", new_m, scale))
    new_p = f("subtract", p, move)
    return f.case(writes=((p, new_p), (m, new_m), (v, new_v)))


def chain(size: int) -> Case:
    """Ten pointwise operations."""
    f = Formula()
    x, y = f.input(size), f.input(size)
    z = f("tanh", f("add", f("exp", f("negative", x)), y))
    z = f("maximum", f("subtract", f("multiply", z, x), y), 0.25)
    return f.case(f("divide", f("sqrt", z), f("add", y, 1.0)))


def normalised(size: int) -> Case:
    """A vector divided by its length."""
    f = Formula()
    x = f.input(size)
    return f.case(f("divide", x, f("sqrt", f.sum(f("square", x), 0))))


def middle_sum(*shape: int) -> Case:
    """A sum over the axis in the middle."""
    f = Formula()
    x = f.input(*shape)
    return f.case(f.sum(f("multiply", x, x), 1))


def column_sums(*shape: int) -> Case:
    """A sum over the first axis."""
    f = Formula()
    return f.case(f.sum(f.input(*shape), 0))


def transposed(rows: int, columns: int) -> Case:
    """A matrix and another transposed, and a part of it flipped."""
    f = Formula()
    x, y = f.input(rows, columns), f.input(columns, rows)
    total = f("add", f.view(x, (columns, rows), (1, columns)), y)
    flipped = f.view(y, (columns, rows), (-rows, -1), rows * columns - 1)
    return f.case(f("multiply", total, flipped))


def reshaped(a: int, b: int, c: int) -> Case:
    """A matrix computed, read as an array of three dimensions."""
    f = Formula()
    x, y = f.input(a * b, c), f.input(b, c)
    z = f("multiply", x, 2.0)
    out = f("subtract", f.view(z, (a, b, c), (b * c, c, 1)), y)
    return f.case(f.sum(out, 2))


def through_matmul(rows: int, columns: int) -> Case:
    """Pointwise operations before, behind and beside a matrix product."""
    f = Formula()
    x, w = f.input(rows, columns), f.input(columns, columns)
    h = f("maximum", x, 1.0)
    y = f.add("matmul", h, w)
    return f.case(f("multiply", f("add", y, h), f("exp", h)))
