"""The first NaN or Inf: the operation and line that made it, and the values that went in.

Every operation is looked at, but nothing is said before such a number has reached the loss or a
gradient: attention masks with -inf are as it should be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy
from numpy import isfinite, ndarray, vdot

from ..core.primitive import Primitive
from ..core.tensor import TensorBase, plain, unwrap
from ..ops.arithmetic import Add, AddScaled, Neg, Rsub, Sub, SubScaled
from ..ops.piecewise import Relu
from ..ops.reduce import Mean, Sum
from .facts import Facts, Rule, before_views, line_of, node_of, parents

DIVERGING = ("lr-too-large", "exploding-gradients")  # what explains such numbers better
SAFE = frozenset({Add, AddScaled, Sub, SubScaled, Rsub, Neg, Sum, Mean, Relu})  # finite remains
EDGES = ("x", "y", "out", "weight")


@dataclass
class Flaw:
    """An operation whose result has NaN or Inf."""

    nan: bool
    given: bool  # whether what went in had them already
    what: str


class Numbers(Rule):
    """Looks at what each operation makes, forward and backward."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.over = False  # the first finding was made: all that follows comes from it
        self.suspect: tuple[Any, str] | None = None  # where backward went wrong in this pass

    def made(self, node: Any, inputs: Sequence[Any], results: Sequence[Any]) -> None:
        """Mark a node that made a number that is not finite."""
        first = results[0]._data
        if first.size == 1 and first.dtype.kind == "f":
            node.loss_value = value = first.item()  # it may become the root of a backward pass
            if len(results) == 1 and value - value == 0:
                return
        if self.over or node.kind == "view":
            return
        for result in results:
            if not sound(result._data):
                node.flaw = _flaw(node, inputs, result._data)
                return

    def began(self, sources: Sequence[Any], grads: Sequence[Any]) -> None:
        """A backward pass from a loss that is not finite: look for the origin."""
        self.suspect = None
        if self.over:
            return
        for source in sources:
            node = node_of(source)
            if hasattr(node, "flaw"):
                self.over = True
                self._report(_origin(node))
                return

    def _report(self, node: Any) -> None:
        flaw = node.flaw
        rule = "nan-in-data" if flaw.given else "nan-forward"
        if not self.facts.report.has(*DIVERGING):
            self.found(rule, line_of(node), f"{flaw.what} This reaches the loss.")

    def went_back(self, node: Any, grad: Any, results: Sequence[Any]) -> None:
        """Remember the first node that turned a finite gradient into one that is not."""
        if self.over or self.suspect is not None or node.kind == "view":
            return
        for result in results:
            if result is not None and not sound(unwrap(result)):
                parts = grad if node.several else [grad]
                if all(part is None or sound(unwrap(part)) for part in parts):
                    self.suspect = (node, _backward_story(node, result))
                return

    def ended(self, grads: dict[Any, Any]) -> None:
        """A pass ended: whether the trouble reached a leaf."""
        if self.over or self.suspect is None:
            return
        if all(sound(unwrap(g)) for g in grads.values()):
            return
        self.over = True
        node, story = self.suspect
        if not self.facts.report.has(*DIVERGING):
            self.found("nan-backward", line_of(node), story)


def sound(data: Any) -> bool:
    """Whether all elements are finite; a single product of the array with itself tells most."""
    kind = getattr(data, "dtype", None)
    if kind is None:
        return True
    if kind.kind not in "fc" or data.size == 0:
        return True
    if data.size == 1:
        value = data.item()
        return value - value == 0
    if type(data) is ndarray and kind.itemsize >= 4:
        try:
            product: Any = vdot(data, data)
        except FloatingPointError:  # the program asked NumPy to raise it
            product = math.inf
        if product - product == 0:
            return True
    return bool(isfinite(numpy.asarray(data, numpy.float64 if kind.itemsize < 4 else None)).all())


def _flaw(node: Primitive, inputs: Sequence[Any], data: Any) -> Flaw:
    stories = []
    given = False
    for number, value in enumerate(inputs, 1):
        if isinstance(value, TensorBase):
            stories.append(f"input {number}: {story(value._data)}")
            given = given or not sound(value._data)
        elif isinstance(value, float):
            stories.append(f"input {number}: {value:g}")
            given = given or not math.isfinite(value)
    given = given or any(
        isinstance(value, float) and not math.isfinite(value) for value in vars(node).values()
    )
    bad = numpy.asarray(data)
    nan = bool(numpy.isnan(bad).any())
    count = int((~numpy.isfinite(bad)).sum())
    kind = "NaN" if nan else "Inf"
    what = (
        f"{type(node).__name__.lower()} gave {count} of {bad.size} values as {kind}"
        f" ({'; '.join(stories)})."
    )
    return Flaw(nan, given, what)


def story(data: Any) -> str:
    """Shape and range of an array, and how much of it is not finite or zero."""
    data = numpy.asarray(data)
    if data.size == 1:
        return f"{data.item():g}" if data.dtype.kind in "fiub" else str(data.item())
    fine = data[numpy.isfinite(data)]
    text = f"shape {data.shape}"
    if fine.size and data.dtype.kind in "fiu":
        text += f", from {float(fine.min()):.4g} to {float(fine.max()):.4g}"
    if fine.size < data.size:
        text += f", {data.size - fine.size} not finite"
    zeros = int((data == 0).sum())
    return text + (f", {zeros} zero" if zeros else "")


def _origin(node: Any) -> Any:
    """The oldest node on the way back whose own result is the trouble."""
    while True:
        above: list[Any] = [before_views(parent) for parent in parents(node)]
        flawed = [p for p in above if hasattr(p, "flaw")]
        if not flawed:
            return node
        worst = next((p for p in flawed if p.flaw.nan), flawed[0])
        if node.flaw.nan and not worst.flaw.nan and worst.flaw.given:
            node.flaw.given = False  # it was handed -inf on purpose, and made NaN of it
            return node
        node = worst


def _backward_story(node: Any, result: Any) -> str:
    bad = "NaN" if numpy.isnan(unwrap(result)).any() else "Inf"
    saved = [
        f"{name}: {story(plain(value))}"
        for name in EDGES
        if (value := getattr(node, name, None)) is not None and hasattr(plain(value), "dtype")
    ]
    values = f" ({'; '.join(saved)})" if saved else ""
    return (
        f"the gradient of {type(node).__name__.lower()} is {bad} here, from a gradient that was "
        f"finite{values}."
    )
