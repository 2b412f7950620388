"""Losses that get what they were not made for: shapes, probabilities, raw scores, targets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy

from ..core.primitive import Primitive
from ..core.tensor import unwrap
from ..ops.arithmetic import Div, Mul, Neg, Sub
from ..ops.classification import NllLoss
from ..ops.convert import ToCopy
from ..ops.likelihood import BinaryCrossEntropyWithLogits
from ..ops.loss import Loss
from ..ops.math import Exp, Log, Sigmoid
from ..ops.reduce import Mean, Sum
from ..ops.shape import Expand
from ..ops.signs import Abs
from ..ops.softmax import LogSoftmax, Softmax
from .facts import Facts, Rule, before_views, line_of, node_of, parents

LOOKS = 3  # backward passes of one line whose graph is looked at
POSITIVE = 1e-3  # more than rounding: no logarithm of a probability
SCALING = (Mul, Div, Neg, Mean, Sum)  # between the squared differences and the loss


class Losses(Rule):
    """Looks at what is above the losses in the graph, and at their targets."""

    ops: dict[type[Primitive], str] = {
        Loss: "pairwise",
        NllLoss: "classes",
        LogSoftmax: "log_probabilities",
        BinaryCrossEntropyWithLogits: "logits",
    }

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.looked: Counter[Any] = Counter()

    def began(self, sources: Sequence[Any], grads: Sequence[Any]) -> None:
        """Follow a hand-written squared error from the loss to its difference."""
        for source in sources:
            node = node_of(source)
            where = line_of(node)
            if node is not None and self.looked[where] < LOOKS:
                self.looked[where] += 1
                self._compare(_difference(node))

    def _compare(self, node: Any) -> None:
        metas = getattr(node, "metas", None)
        if metas is None or None in metas:
            return
        self._broadcast(line_of(node), *(tuple(shape) for shape, _ in metas))

    def _broadcast(self, where: Any, x: tuple[int, ...], y: tuple[int, ...]) -> None:
        column, row = (x, y) if len(x) > len(y) else (y, x)
        if len(row) == 1 and row[0] > 1 and column == (row[0], 1):
            n = row[0]
            what = f"shapes {x} and {y} broadcast to ({n}, {n}): {n * n} errors, not {n}."
            self.found("loss-broadcast", where, what)

    def pairwise(self, node: Any, inputs: Any, results: Any) -> None:
        """A loss function whose arguments were stretched to one shape, or to one dtype."""
        for source in node.sources[:2]:
            maker = node_of(source)
            if type(maker) is Expand and line_of(maker) == line_of(node):
                n = unwrap(inputs[0]).shape[0]
                before = maker.shapes[0]
                other = (n,) if before == (n, 1) else (n, 1)
                self._broadcast(line_of(node), tuple(before), other)
            elif type(maker) is ToCopy and line_of(maker) == line_of(node):
                to: Any = vars(maker)
                if to["to"] == numpy.float64 and to["origin"] == numpy.float32:
                    self.found("float64-mixed", line_of(node), PROMOTED_LOSS)

    def log_probabilities(self, node: Any, inputs: Any, results: Any) -> None:
        """log_softmax of a softmax, or of a log_softmax."""
        above = before_views(node_of(node.sources[0]))
        if isinstance(above, (Softmax, LogSoftmax)):
            name = "softmax" if isinstance(above, Softmax) else "log_softmax"
        elif _is_softmax_by_hand(above):
            name = "a softmax (exp over its sum)"
        else:
            return
        what = f"the scores went through {name} before the loss, which applies log_softmax itself."
        self.found("softmax-before-cross-entropy", line_of(node), what)

    def classes(self, node: Any, inputs: Any, results: Any) -> None:
        """nll_loss of something that is no logarithm of a probability."""
        scores = unwrap(inputs[0])
        where = line_of(node)
        if self.looked["nll", where] >= LOOKS or isinstance(
            before_views(node_of(node.sources[0])), (LogSoftmax, Log)
        ):
            return
        self.looked["nll", where] += 1
        top = float(scores.max(initial=0))
        if top > POSITIVE:
            what = f"nll_loss got values up to {top:.3g}; logarithms of probabilities are below 0."
            self.found("nll-on-raw-scores", where, what)

    def logits(self, node: Any, inputs: Any, results: Any) -> None:
        """A sigmoid before the loss that has its own; targets that are no probabilities."""
        where = line_of(node)
        if isinstance(before_views(node_of(node.sources[0])), Sigmoid):
            self.found("sigmoid-before-bce-with-logits", where, TWO_SIGMOIDS)
        target = unwrap(inputs[1])
        if target.size and (target.min() < 0 or target.max() > 1):
            what = f"binary targets from {target.min():g} to {target.max():g}, not from 0 to 1."
            self.found("target-out-of-range", where, what)

    def promoted(self, node: Any, inputs: Any, results: Any) -> None:
        """An operation that made float64 of a float32 that learns and a float64 tensor."""
        metas = node.metas
        if metas is None or len(metas) != 2 or None in metas or metas[0][1] is metas[1][1]:
            return
        kinds = {str(kind) for _, kind in metas}
        if kinds != {"float32", "float64"} or unwrap(results[0]).dtype != numpy.float64:
            return
        learned = [str(m[1]) for m, s in zip(metas, node.sources, strict=True) if s is not None]
        if learned == ["float32"]:
            name = type(node).__name__.lower()
            what = f"{name} of a float32 tensor that learns and a float64 tensor gives float64."
            self.found("float64-mixed", line_of(node), what)


def _difference(node: Any) -> Any:
    """The subtraction behind a mean or sum of squares or absolute values, if that is a loss."""
    while isinstance(node, SCALING):
        above = parents(node)
        if isinstance(node, Mul) and len(above) == 2 and above[0] is above[1]:
            return above[0] if isinstance(above[0], Sub) else None
        if len(above) != 1:
            return None
        node = above[0]
    square = isinstance(node, Abs) or getattr(node, "exponent", None) == 2
    above = parents(node) if square else []
    return above[0] if above and isinstance(above[0], Sub) else None


def _is_softmax_by_hand(node: Any) -> bool:
    if not isinstance(node, Div) or len(above := parents(node)) != 2:
        return False
    top, bottom = above
    return isinstance(top, Exp) and isinstance(bottom, Sum) and parents(bottom) == [top]


PROMOTED_LOSS = "the loss converts a float32 output to float64, because the target is float64."
TWO_SIGMOIDS = "the outputs went through sigmoid before the loss, which applies it itself."
