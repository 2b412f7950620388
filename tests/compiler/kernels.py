"""Kernels written by hand, for tests of what prints, compiles and runs them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy
from compiler.loop_evaluator import DTYPES

from chainrule.compiler.loops import (
    BEGIN,
    BOOL,
    END,
    F32,
    I64,
    Block,
    Buffer,
    Const,
    Expr,
    Kernel,
    Load,
    op,
)
from chainrule.compiler.native import Native


def pointwise(
    ins: Sequence[str], outs: Callable[..., Sequence[Expr]], size: int, vector: bool = True
) -> Kernel:
    """Elements of some outputs from elements of the inputs."""
    block = Block()
    xs = [Buffer(f"x{i}", kind) for i, kind in enumerate(ins)]
    with block.loop(BEGIN, END, vector=vector) as (i, inside):
        values = outs(*(inside.let(Load(x, i)) for x in xs))
        ys = [Buffer(f"y{i}", value.kind, True) for i, value in enumerate(values)]
        for y, value in zip(ys, values, strict=True):
            inside.store(y, i, value)
    return Kernel("pointwise", (*xs, *ys), tuple(block.body), size)


def addition(size: int, kind: str = F32) -> Kernel:
    """The sum of two arrays."""
    return pointwise([kind, kind], lambda x, y: [x + y], size)


def row_reduction(
    name: str, start: Any, shape: tuple[int, int], kind: str = F32, reorder: bool = True
) -> Kernel:
    """The sum, product or extreme of each row of a matrix."""
    block, (rows, cols) = Block(), shape
    x, y = Buffer("x", kind), Buffer("y", kind, True)
    with block.loop(BEGIN, END) as (i, row):
        total = row.declare(Const(start, kind))
        with row.loop(0, cols, vector=True) as (j, inside):
            inside.assign(total, op(name, total, Load(x, i * cols + j)), reorder)
        row.store(y, i, total)
    return Kernel("row_reduction", (x, y), tuple(block.body), rows)


def partial_sums(size: int, parts: int) -> Kernel:
    """The sum of each part of the extent: adds to one element of the output."""
    block = Block()
    x, y = Buffer("x", F32), Buffer("y", F32, True)
    zone = block.let(BEGIN / -(-size // parts))
    total = block.declare(Const(0.0, F32))
    with block.loop(BEGIN, END, vector=True) as (i, inside):
        inside.assign(total, total + Load(x, i), True)
    block.store(y, zone, total)
    return Kernel("partial_sums", (x, y), tuple(block.body), size)


def three_loops() -> Kernel:
    """Loops with steps and starts, variables in them, and one that never runs; no extent."""
    block = Block()
    x, y = Buffer("x", I64), Buffer("y", I64, True)
    with block.loop(2, 20, step=5) as (i, outer):
        total = outer.declare(i * i)
        found = outer.declare(Const(False, BOOL))
        with outer.loop(1, i) as (j, inside):
            inside.assign(total, total + Load(x, j) * (i - j))
            inside.assign(found, found | (total > 500))
        with outer.loop(9, 4) as (j, never):
            never.assign(total, total * 0)
        outer.store(y, i, op("select", found, total, -total))
    return Kernel("three_loops", (x, y), tuple(block.body))


class Table:
    """The operands of a kernel, as it is called with them."""

    def __init__(self, *arrays: numpy.ndarray) -> None:
        self.arrays = arrays
        self.entries = (ctypes.c_void_p * len(arrays))(*map(id, arrays))
        self.address = ctypes.addressof(self.entries)


def outputs(kernel: Kernel, size: int) -> list[numpy.ndarray]:
    """Memory for what a kernel writes."""
    return [numpy.zeros(size, DTYPES[b.kind]) for b in kernel.buffers if b.written]


def call(native: Native, *arrays: numpy.ndarray) -> None:
    """Run all of a kernel."""
    table = Table(*arrays)
    native.call(table.address)
