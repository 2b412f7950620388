"""Gradients that pile up, vanish or explode; updates and sums that carry the graph along."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import Any

import numpy

from ..core.primitive import Leaf, Primitive
from ..core.sites import user_line
from ..core.tensor import COUNT, TensorBase
from ..ops.arithmetic import Add, AddScaled, Sub, SubScaled
from .facts import Facts, Rule, line_of, node_of, parents, rms, sample
from .findings import Line
from .source import statements

LOOKS = 10  # steps whose gradients are compared by layer
LAYERS = 4  # a network as deep as this has first layers that can starve
VANISHED = 1e-5  # first layer's gradient over the last one's
EXPLODED = 1e7  # a gradient over its weights
ROOT_DEPTH = 3  # how far below a summand the loss may be: loss * n, loss.mean()


class Gradients(Rule):
    """Watches `.grad` between steps, and graphs that outlive theirs."""

    ops: dict[type[Primitive], str] = {
        Add: "added",
        AddScaled: "added",
        Sub: "subtracted",
        SubScaled: "subtracted",
    }

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.used: dict[int, tuple[Any, Any, int]] = {}  # by leaf: the gradient of the last step
        self.tainted: set[int] = set()  # leaves with a used gradient and a new one on top
        self.repeats = 0
        self.manual: dict[int, tuple[Any, Any]] = {}  # by leaf: itself and its values
        self.ratios: dict[int, list[float]] = defaultdict(list)
        self.sums: dict[Line, int] = defaultdict(int)
        self.backward_line: Line | None = None

    # Accumulation

    def ended(self, grads: dict[Any, Any]) -> None:
        """Gradients arrive: what is in `.grad` already?"""
        self.backward_line = None
        descended = False
        for leaf in grads:
            if not isinstance(leaf, TensorBase):
                continue
            held = leaf._grad
            self.tainted.discard(id(leaf))
            if held is None or not held._data.any():
                if self.manual:
                    self.manual.pop(id(leaf), None)
                continue
            self.backward_line = self.backward_line or user_line()
            kept = self.used.get(id(leaf))
            if kept is not None and kept[0] is leaf and kept[1] is held:
                if kept[2] == held._writes[COUNT]:
                    self.tainted.add(id(leaf))
            elif kept is None:
                descended = self._descended(leaf, held) or descended
        self._count(descended)

    def _descended(self, leaf: Any, held: Any) -> bool:
        """Whether the user moved a leaf against a gradient that is still there."""
        now = sample(leaf._data)
        before = self.manual.get(id(leaf))
        self.manual[id(leaf)] = (leaf, now)
        if before is None or before[0] is not leaf or before[1].shape != now.shape:
            return False
        move, slope = now - before[1], sample(held._data)
        if move.shape != slope.shape or not move.any():
            return False
        size = float(numpy.linalg.norm(move) * numpy.linalg.norm(slope))
        return bool(size) and float(move @ slope) < -0.99 * size

    def _count(self, again: bool) -> None:
        self.repeats += again
        if again and self.repeats == 2:
            self.found("zero-grad-missing", self.backward_line, PILED.format(""), BY_HAND)

    def stepping(self, optimizer: Any) -> None:
        """A step uses gradients: were they used before?"""
        held = self.facts.held
        tainted = self.tainted  # usually empty
        old = [p for p in held if id(p) in tainted and p._grad is not None] if tainted else ()
        if old:
            self.repeats += 1
            if self.repeats == 2:
                name = f" of {self.facts.name(old[0])}"
                self.found("zero-grad-missing", self.backward_line, PILED.format(name))
        if self.facts.stepped(optimizer) < LOOKS:
            self._compare_layers(optimizer, held)

    def stepped(self, optimizer: Any) -> None:
        """Remember which gradients this step has used."""
        for p in self.facts.held:
            if p._grad is not None:
                self.used[id(p)] = (p, p._grad, p._grad._writes[COUNT])

    # Layers

    def _compare_layers(self, optimizer: Any, held: list[Any]) -> None:
        layers = [p for p in held if p._data.ndim >= 2 and p._grad is not None]
        if len(layers) < LAYERS:
            return
        slopes = [rms(p._grad._data) for p in layers]
        if not (numpy.isfinite(slopes).all() and slopes[0] > 0 and slopes[-1] > 0):
            return
        where = self.facts.births.line(layers[0]) or self.facts.births.line(optimizer)
        sizes = [rms(p._data) for p in layers]
        if all(slope > EXPLODED * size for slope, size in zip(slopes, sizes, strict=True)):
            name = self.facts.name(layers[0])
            what = f"the gradient of {name} is {slopes[0]:.1e}, its weights {sizes[0]:.1e}"
            self.found("exploding-gradients", where, f"{what} (root mean squares).")
        ratios = self.ratios[id(optimizer)]
        ratios.append(slopes[0] / slopes[-1])
        if len(ratios) == LOOKS and max(ratios) < VANISHED:
            first, last = self.facts.name(layers[0]), self.facts.name(layers[-1])
            what = (
                f"the gradient of {first} is {slopes[0]:.1e} (root mean square), that of {last} "
                f"{slopes[-1]:.1e}: it fades on its way through {len(layers)} layers."
            )
            self.found("vanishing-gradients", where, what)

    # Graphs

    def added(self, node: Any, inputs: Any, results: Any) -> None:
        """A sum onto a sum of the same line: does it hold the losses of earlier steps?"""
        where = line_of(node)
        for index, value in enumerate(inputs[:2]):
            before: Any = node_of(value)
            if before is None or line_of(before) != where or not hasattr(before, "summand"):
                continue
            node.summand = node_of(inputs[1 - index])
            if before.pass_number < self.facts.passes and _was_root(before.summand):
                self.sums[where] += 1  # type: ignore[index]
                if self.sums[where] == 2:  # type: ignore[index]
                    self.found("graph-grows", where, GROWS)
            break
        else:
            node.summand = node_of(inputs[-1])
            if node.summand is None:
                node.summand = node_of(inputs[0])
        node.pass_number = self.facts.passes

    def began(self, sources: Any, grads: Any) -> None:
        """Mark the losses that are sent back."""
        for source in sources:
            node = node_of(source)
            if node is not None:
                node.was_root = True  # type: ignore[attr-defined]

    def subtracted(self, node: Any, inputs: Any, results: Any) -> None:
        """`w = w - lr * w.grad` while operations are recorded."""
        x = inputs[0]
        if not (isinstance(x, TensorBase) and type(x._node) is Leaf and x._grad is not None):
            return
        where = line_of(node)
        for statement in statements(where):
            name = descends(statement)
            if name is not None:
                self.found("update-makes-non-leaf", where, NON_LEAF.format(name))


def _was_root(node: Primitive | None, depth: int = ROOT_DEPTH) -> bool:
    if node is None:
        return False
    if hasattr(node, "was_root"):
        return True
    return depth > 0 and any(_was_root(parent, depth - 1) for parent in parents(node))


def descends(statement: ast.AST) -> str | None:
    """The name in a statement such as `w = w - lr * w.grad`."""
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.BinOp):
        return None
    target, value = ast.unparse(statement.targets[0]), statement.value
    if not isinstance(value.op, ast.Sub) or ast.unparse(value.left) != target:
        return None
    return target if f"{target}.grad" in ast.unparse(value.right) else None


PILED = "the gradients{} of the last step are still in .grad when backward adds the new ones."
BY_HAND = "clear the gradients once a step, before backward(): w.grad = None or w.grad.zero_()"
GROWS = "a loss is added to the sum with its whole graph, step after step."
NON_LEAF = "{0} = {0} - ... makes {0} the result of an operation."
