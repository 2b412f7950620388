"""The errors of a backward that comes too late: freed buffers, and values overwritten since."""

from __future__ import annotations

from typing import Any

from ..core.dtype import of_array
from ..core.primitive import Primitive
from ..core.sites import describe
from ..core.writes import last_write
from ..errors import hint


def freed(node: Primitive) -> RuntimeError:
    """The error of a second backward through a graph that was not retained."""
    return RuntimeError(
        hint(
            "Trying to backward through the graph a second time (or directly access saved tensors "
            "after they have already been freed). Saved intermediate values of the graph are freed "
            "when you call .backward() or autograd.grad(). Specify retain_graph=True if you need "
            "to backward through the graph a second time or if you need to access saved tensors "
            "after calling backward.",
            f"{node.name()} has run already; compute the loss again in each step, and use "
            "detach() on what is carried from one step to the next",
        )
    )


def stale(node: Any, version: list[int], seen: int) -> RuntimeError:
    """The error of a saved value that was overwritten before backward read it."""
    names = [n for n in (*node.inputs, *node.outputs) if node.__dict__.get(n) is not None]
    index = [v for v, _ in node.versions].index(version)
    array: Any = node.__dict__[names[index]] if index < len(names) else None
    what = "a tensor"
    if hasattr(array, "shape"):
        what = f"[torch.{of_array(array).short}Tensor {list(array.shape)}]"
    made_by = node
    if index < len(names) and names[index] in node.inputs:
        made_by = node.sources[node.inputs.index(names[index])]
    if isinstance(made_by, Primitive):
        what += f", which is output 0 of {made_by.name()},"
    saved = "" if node.site is None else f" It was saved here:\n{''.join(node.site)}"
    return RuntimeError(
        hint(
            "one of the variables needed for gradient computation has been modified by an inplace "
            f"operation: {what} is at version {version[0]}; expected version {seen} instead. "
            f"{node.name()} saved it; {describe(last_write(version))}, overwrote it.{saved}",
            "write the out-of-place form (x = x + 1 for x += 1) or clone() before overwriting"
            + (
                ""
                if node.site
                else "; torch.autograd.set_detect_anomaly(True) adds the saving line"
            ),
        )
    )
