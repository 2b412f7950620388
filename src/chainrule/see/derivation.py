"""The chain rule, written out for a person: how the derivative of a loss comes about."""

from __future__ import annotations

from typing import Any

import numpy

from ..core.sites import user_frame
from . import expressions as e
from .callers import names_for
from .chain import Derivations as Derivations
from .forward import Formulas, Graph, is_scalar
from .symbols import Symbol, named_rule, run_rule
from .typeset import written

Math = dict[str, str]


def local_formula(
    node: Any, input_index: int, names: dict[Any, str] | None = None, grad: Any = None
) -> Math:
    """The derivative of a node's output with respect to one of its inputs, as one writes it.

    Of `(y_hat - y)**2` with respect to its base: 2 (y_hat - y). What is no matter of elements is
    written as what becomes of the gradient G of the output: of `X @ W` with respect to W, Xᵀ G.
    `names` are as in `derive`; `grad`, the gradient that arrives at the node (of several outputs a
    list), gives the shapes that the node itself does not know.
    """
    values = {} if grad is None or node.several else {id(node): grad}
    formulas = Formulas(Graph(node, depth=4), names or {}, values)
    arrived = grad if node.several and grad is not None else [grad] * len(formulas.outputs(node))
    each = node.kind in ("pointwise", "reduction") and not node.several
    meta = None if node.metas is None else node.metas[input_index]
    if each and meta is not None and grad is not None and meta[0] != numpy.shape(grad):
        each = False  # it was broadcast: the gradients of its copies are added up
    grads: list[Any] = []
    for g in arrived:
        shape = (formulas.shapes[node] or ()) if g is None else numpy.shape(g)
        symbol = e.ONE if each else e.name("G", is_scalar(shape))
        absent = g is None and len(grads) > 0
        grads.append(None if absent else Symbol(symbol, numpy.ones(shape)))
    found = run_rule(node, input_index, formulas.inputs(node), formulas.outputs(node), grads)
    if found is not None:
        return written(found.expr)
    return written(named_rule(node, input_index))


def derive(
    root: Any, leaf: Any, names: dict[Any, str] | None = None, values: dict[Any, Any] | None = None
) -> dict[str, Any]:
    """The chain rule from `root` (a tensor or node) to `leaf`, written out.

    Returns `{"math": MATH, "steps": [{"math": MATH, "op": id(node)}]}`; every step is what one
    node does. `names` has the user's names: by `id` of a node (or of its `Output`, where it has
    several), by `id` of a leaf tensor, or by `(id(node), index)` for an input of a node that is
    not in the graph. `values` has arrays under the same keys, and is not needed. RuntimeError if
    the graph was freed, or does not lead from `root` to `leaf`. For several leaves of one graph
    make a `Derivations` and ask it for each.
    """
    return Derivations(root, names, values).of(leaf)


class Explanation:
    """A derivation, which shows itself: as text, and as a formula in a notebook."""

    def __init__(self, derivation: dict[str, Any]) -> None:
        self.math: dict[str, str] = derivation["math"]
        self.steps: list[dict[str, Any]] = derivation["steps"]

    def __repr__(self) -> str:
        lines = [self.math["text"], *(f"    {step['math']['text']}" for step in self.steps)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{step['math']['mathml']}</li>" for step in self.steps)
        return f"<p>{self.math['mathml']}</p><ul>{items}</ul>"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.math['latex']}$"


def explain(loss: Any, tensor: Any) -> Explanation:
    """The derivative of `loss` with respect to `tensor`, by the chain rule, written out.

    It must be asked for before `loss.backward()` frees the graph; RuntimeError afterwards, and
    where no path leads from the loss to the tensor.

    >>> import chainrule as torch
    >>> w = torch.tensor(1.0, requires_grad=True)
    >>> x = torch.tensor(2.0)
    >>> error = w * x - 4.0
    >>> loss = error**2
    >>> explain(loss, w)
    dloss/dw = dloss/derror * derror/dw = 2*error * x = -4 * 2 = -8
        dloss/derror = 2*error = -4
        derror/dw = x = 2
    """
    return Explanation(Derivations(loss, names_for(loss, user_frame())).of(tensor))
