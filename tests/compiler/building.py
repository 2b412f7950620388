"""Graphs written by hand, for tests: shapes and dtypes come from running each equation."""

from __future__ import annotations

from typing import Any

import numpy

from chainrule.compiler.graph import Eqn, Graph, Shape, Var, row_major
from chainrule.compiler.vocabulary import evaluate


class Tape:
    """A graph in the making."""

    def __init__(self, dtype: Any = "float32") -> None:
        self.dtype = numpy.dtype(dtype)
        self.inputs: list[Var] = []
        self.eqns: list[Eqn] = []

    def input(self, *shape: int, dtype: Any = None, strides: Shape | None = None) -> Var:
        """One more input."""
        v = Var(shape, numpy.dtype(dtype or self.dtype), strides)
        self.inputs.append(v)
        return v

    def number(self, value: Any, dtype: Any = None) -> Var:
        """A constant, 0-d or of the shape of a list."""
        array = numpy.array(value, dtype or self.dtype)
        return Var(array.shape, array.dtype, row_major(array.shape), array)

    def add(
        self, op: str, *ins: Var, dtype: Any = None, strides: Shape | None = None, **params: Any
    ) -> Var:
        """One more equation; its output."""
        arrays = [numpy.ones(v.shape, v.dtype) if v.value is None else v.value for v in ins]
        kind = numpy.dtype(dtype or ins[0].dtype)
        found = evaluate(Eqn(op, ins, (Var((), kind),), params), arrays)[0]
        out = Var(found.shape, found.dtype, strides)
        self.eqns.append(Eqn(op, ins, (out,), params))
        return out

    def view(self, root: Var, shape: Shape, strides: Shape, offset: int = 0) -> Var:
        """A view of a root."""
        params = {"shape": shape, "strides": strides, "offset": offset}
        out = Var(shape, root.dtype, strides)
        self.eqns.append(Eqn("view", (root,), (out,), params))
        return out

    def update(self, root: Var, value: Var, shape: Shape, strides: Shape, offset: int = 0) -> Var:
        """A root with a region replaced."""
        params = {"shape": shape, "strides": strides, "offset": offset}
        out = Var(root.shape, root.dtype, root.strides)
        self.eqns.append(Eqn("update", (root, value), (out,), params))
        return out

    def check(self, v: Var, expected: bool = True) -> None:
        """A check."""
        self.eqns.append(Eqn("check", (v,), (), {"expected": expected}))

    def graph(self, *outputs: Var, writes: Any = ()) -> Graph:
        """The graph with these results."""
        return Graph(tuple(self.inputs), self.eqns, outputs, tuple(writes)).verify()


def ops(graph: Graph) -> list[str]:
    """The names of its operations, in order."""
    return [eqn.op for eqn in graph.eqns]
