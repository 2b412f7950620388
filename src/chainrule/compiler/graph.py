"""The graph of a traced function: values (`Var`) and the equations that compute them (`Eqn`).

Every value is computed once and never changes; what the function writes in place is a new value,
of which `Graph.writes` says where it goes. Operations are in NumPy's vocabulary, see `vocabulary`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy

from ..typing import Array

Shape = tuple[int, ...]


class Var:
    """A value: an array of known shape and dtype, with the strides (in elements) of its memory.

    `value` is the array itself for a constant, else None.
    """

    __slots__ = ("dtype", "shape", "strides", "value")

    def __init__(
        self,
        shape: Shape,
        dtype: numpy.dtype[Any],
        strides: Shape | None = None,
        value: Array | None = None,
    ) -> None:
        self.shape = shape
        self.dtype = dtype
        self.strides = row_major(shape) if strides is None else strides
        self.value = value

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(numpy.prod(self.shape, dtype=numpy.int64))

    @property
    def nbytes(self) -> int:
        """The size of its memory."""
        return self.size * self.dtype.itemsize

    def __repr__(self) -> str:
        return f"{short_name(self.dtype)}[{','.join(map(str, self.shape))}]"


@dataclass(frozen=True, slots=True, eq=False)
class Eqn:
    """One equation: `outs = op(*ins, **params)`."""

    op: str
    ins: tuple[Var, ...]
    outs: tuple[Var, ...]
    params: dict[str, Any] = field(default_factory=dict)
    of: str = ""  # the primitive whose formula or gradient rule it belongs to
    line: str = ""  # the user's line

    @property
    def out(self) -> Var:
        """The only output."""
        (out,) = self.outs
        return out

    @property
    def has_effect(self) -> bool:
        """Whether it must run, once and in its place, even if nobody reads what it computes."""
        return self.op in ("draw", "check")


@dataclass(slots=True)
class Graph:
    """Equations in order, between inputs and outputs.

    `writes` are pairs (input, value): what the memory of an input holds at the end.
    """

    inputs: tuple[Var, ...]
    eqns: list[Eqn]
    outputs: tuple[Var, ...]
    writes: tuple[tuple[Var, Var], ...] = ()

    def results(self) -> Iterable[Var]:
        """All values that are needed at the end."""
        return itertools.chain(self.outputs, (value for _, value in self.writes))

    def with_eqns(self, eqns: list[Eqn], replaced: dict[Var, Var] | None = None) -> Graph:
        """The same with other equations; `replaced` says which values stand for others now."""
        new = replaced or {}
        return Graph(
            self.inputs,
            eqns,
            tuple(new.get(v, v) for v in self.outputs),
            tuple((target, new.get(v, v)) for target, v in self.writes),
        )

    def verify(self) -> Graph:
        """Check that every value is computed once, before it is read; return the graph.

        ValueError naming the first equation that is wrong.
        """
        known = set(self.inputs)
        for number, eqn in enumerate(self.eqns):
            for v in eqn.ins:
                if v not in known and v.value is None:
                    raise ValueError(f"equation {number} ({eqn.op}) reads {v!r} before it is made")
            for v in eqn.outs:
                if v in known:
                    raise ValueError(f"equation {number} ({eqn.op}) makes {v!r} a second time")
                known.add(v)
            if eqn.op in ("view", "update"):
                _verify_region(number, eqn)
        for v in self.results():
            if v not in known and v.value is None:
                raise ValueError(f"the result {v!r} is never computed")
        for target, v in self.writes:
            if target not in self.inputs or target.shape != v.shape:
                raise ValueError(f"{v!r} cannot be written to {target!r}")
        return self

    def __str__(self) -> str:
        from .printing import graph_text

        return graph_text(self)


def _verify_region(number: int, eqn: Eqn) -> None:
    """A view lies within the memory of what it is a view of."""
    base, p = eqn.ins[0], eqn.params
    shape, strides, offset = p["shape"], p["strides"], p["offset"]
    if len(shape) != len(strides):
        sizes = f"{len(shape)} sizes, {len(strides)} strides"
        raise ValueError(f"equation {number} ({eqn.op}): {sizes}")
    if 0 in shape:
        return
    reach = [s * (n - 1) for s, n in zip(strides, shape, strict=True)]
    low = offset + sum(r for r in reach if r < 0)
    high = offset + sum(r for r in reach if r > 0)
    if low < 0 or high > extent(base.shape, base.strides):
        raise ValueError(f"equation {number} ({eqn.op}) reaches outside of {base!r}")


def extent(shape: Shape, strides: Shape) -> int:
    """The index of the last element in memory; -1 without elements."""
    if 0 in shape:
        return -1
    return sum(abs(s) * (n - 1) for s, n in zip(strides, shape, strict=True))


def row_major(shape: Shape) -> Shape:
    """The strides, in elements, of an array laid out in row-major order."""
    strides: list[int] = []
    step = 1
    for n in reversed(shape):
        strides.append(step)
        step *= max(n, 1)
    return tuple(reversed(strides))


def short_name(kind: numpy.dtype[Any]) -> str:
    """f32, i64, bool ... for printing."""
    letter = {"V": "bf", "b": "bool"}.get(kind.kind, kind.kind)
    return letter if kind.kind == "b" else f"{letter}{8 * kind.itemsize}"


def users(eqns: Sequence[Eqn]) -> dict[Var, list[Eqn]]:
    """Which equations read each value."""
    found: dict[Var, list[Eqn]] = {}
    for eqn in eqns:
        for v in set(eqn.ins):
            found.setdefault(v, []).append(eqn)
    return found
