"""The node behind the outputs of a compiled forward pass: its rule is compiled, too."""

from __future__ import annotations

import textwrap
import threading
from typing import Any

import numpy

from ..core.primitive import Primitive
from ..core.promotion import STEADY
from ..core.tensor import COUNT, TensorBase
from ..typing import Array
from .graph import Graph, Var, extent, row_major
from .plan import Plan
from .vocabulary import laid_out, region


class CompiledFunction(Primitive):
    """A compiled function; what its backward pass reads was kept by the forward pass."""

    label = "CompiledFunctionBackward"
    outputs = ("*outs",)

    backward: Any
    kept: tuple[Array, ...] | None
    arity: int

    def kernel(xp, *xs):
        raise NotImplementedError("a compiled function is not run again")

    def grad_xs(ctx, *gs):
        if any(isinstance(g, TensorBase) for g in gs):
            raise RuntimeError(
                "torch.compile with aot_autograd does not currently support double backward"
                "\nhint: differentiate the function itself twice, and compile all of that"
            )
        return ctx.backward(ctx.kept, gs)

    def fill(self, backward: Any, kept: tuple[Array, ...], written: tuple[Any, ...]) -> None:
        """What the rule needs; `written` are the versions of the inputs that are kept."""
        self.backward, self.kept = backward, kept
        self.arity = backward.arity
        self.versions = ((STEADY, 0), *[(version, version[COUNT]) for version in written])

    def free(self) -> None:
        """Forget what was kept; a second backward then raises."""
        self.versions = self.kept = None


class BackwardProgram:
    """The compiled backward pass: `run(kept, gs)` gives the gradients of the sources.

    `kept` are the arrays of the first inputs of its graph, `gs` the gradients of the outputs, None
    where none arrived; these are the other inputs.
    """

    def __init__(self, graph: Graph, arity: int) -> None:
        self.plan = plan = Plan(graph, "b")
        self.arity = arity
        inputs = plan.graph.inputs
        self.count = len(inputs) - arity
        names: dict[str, Any] = {**plan.names, "empty": numpy.empty, "like": like}
        lines = []
        for i, v in enumerate(inputs):
            if i < self.count:
                lines.append(f"{plan.name(v)} = kept[{i}]")
            else:
                names[f"like{i}"] = v
                lines.append(f"{plan.name(v)} = like(gs[{i - self.count}], like{i})")
            lines += plan.bind(v)
        for i, v in enumerate(plan.graph.outputs):
            if v in plan.allocated:
                names[f"out{i}"] = v
                lines += [f"{plan.name(v)} = new_array(out{i})", *plan.bind(v)]
        names["new_array"] = new_array
        results = ", ".join(plan.name(v) for v in plan.graph.outputs)
        lines += [*plan.lines, f"return [{results}]"]
        self.source = "def run(kept, gs):\n" + textwrap.indent("\n".join(lines), "    ")
        exec(compile(self.source, "<compiled backward>", "exec"), names)
        self._run = names["run"]
        self._lock = threading.Lock()

    def __call__(self, kept: tuple[Array, ...], gs: tuple[Any, ...]) -> list[Array]:
        with self._lock:
            found: list[Array] = self._run(kept, gs)
            return found


def like(g: Any, v: Var) -> Array:
    """The gradient of an output in the layout of a value; zeros if none arrived."""
    if g is None:
        return laid_out(numpy.zeros(v.shape, v.dtype), v)
    return laid_out(numpy.asarray(g, v.dtype), v)


def new_array(v: Var) -> Array:
    """An array for a value, not filled."""
    if v.strides == row_major(v.shape):
        return numpy.empty(v.shape, v.dtype)
    layout = {"shape": v.shape, "strides": v.strides, "offset": 0}
    return region(numpy.empty(extent(v.shape, v.strides) + 1, v.dtype), layout)
