"""`backward` and `grad`: from tensors to the engine's edges, and from its gradients to `.grad`."""

from __future__ import annotations

from collections.abc import Sequence
from sys import getrefcount
from typing import Any

import numpy
from numpy import asarray, generic

from ..core.apply import as_array, current_node
from ..core.dtype import of_array
from ..core.modes import modes
from ..core.primitive import AccumulateGrad, Leaf, Output
from ..core.promotion import constant
from ..core.tensor import COUNT, TensorBase, unwrap, wrap
from ..errors import hint
from ..ops.convert import to_dtype
from . import engine

Tensors = TensorBase | Sequence[TensorBase]


def backward(
    tensors: Tensors,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Tensors | None = None,
) -> None:
    """Add the gradients of `tensors` to the `.grad` of the leaves they were computed from.

    `grad_tensors` are the gradients of something with respect to `tensors`; for a scalar, 1.
    With `inputs`, only those accumulate. RuntimeError if a non-scalar comes without one, if
    nothing requires grad, or if the graph was freed by an earlier backward.

    >>> import chainrule as torch
    >>> w = torch.tensor(2.0, requires_grad=True)
    >>> torch.autograd.backward(w**3)
    >>> w.grad
    tensor(12.)
    """
    if modes.transforms or modes.vmaps:
        raise RuntimeError(
            "backward() called inside a functorch transform. This is not supported, please use "
            "functorch.grad or functorch.vjp instead or call backward() outside of functorch "
            "transforms."
        )
    retain = create_graph if retain_graph is None else retain_graph
    if modes.dual is not None and not create_graph:
        with modes.dual.quietly():  # recorded, for tangents
            backward(tensors, grad_tensors, retain, True, grad_variables, inputs)
        return
    if isinstance(tensors, TensorBase) and grad_tensors is None and grad_variables is None:
        roots = [_root(0, tensors, None, create_graph)]
    else:
        outputs = _several(tensors)
        given = _several(grad_tensors if grad_variables is None else grad_variables)
        roots = _roots(outputs, given or [None] * len(outputs), create_graph)
    if inputs is None:
        grads = _run(roots, retain, create_graph, None)
        for leaf in list(grads):
            accumulate(leaf, grads.pop(leaf), create_graph)
        return
    chosen = _several(inputs)
    if not chosen:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    for leaf, g in _wanted(roots, chosen, retain, create_graph):
        if g is not None:  # the engine ran their hooks
            _add(leaf, g, create_graph)


def grad(
    outputs: Tensors,
    inputs: Tensors,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of `outputs` with respect to `inputs`, without touching any `.grad`.

    >>> import chainrule as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> (dy,) = torch.autograd.grad(x**2, x, create_graph=True)
    >>> torch.autograd.grad(dy, x)
    (tensor(2.),)
    """
    retain = create_graph if retain_graph is None else retain_graph
    if is_grads_batched or (modes.dual is not None and not create_graph):
        options: Any = {
            "allow_unused": allow_unused,
            "materialize_grads": materialize_grads,
            "retain_graph": retain,
        }
        if not is_grads_batched:
            with modes.dual.quietly():  # recorded, for tangents
                return grad(outputs, inputs, grad_outputs, create_graph=True, **options)
        return _batched(outputs, inputs, grad_outputs, {"create_graph": create_graph, **options})
    results = _several(outputs)
    if modes.vmaps:
        _check_mapped(results, _several(inputs))
    given = _several(grad_outputs) or [None] * len(results)
    roots = _roots(results, given, create_graph)
    found = []
    for tensor, g in _wanted(roots, _several(inputs), retain, create_graph):
        if g is None and not materialize_grads and not allow_unused:
            raise RuntimeError(
                "One of the differentiated Tensors appears to not have been used in the graph. "
                "Set allow_unused=True if this is the desired behavior."
            )
        if g is None and materialize_grads and isinstance(tensor, TensorBase):
            g = numpy.zeros_like(tensor._data)
        found.append(g if g is None or isinstance(g, TensorBase) else wrap(as_array(g)))
    return tuple(found)


def _batched(
    outputs: Any, inputs: Any, grad_outputs: Any, options: dict[str, Any]
) -> tuple[Any, ...]:
    """`grad` for each of a stack of gradients of the outputs, all at once."""
    from .func.mapping import vmap

    def one(*given: Any) -> Any:
        return grad(outputs, inputs, given, **{**options, "retain_graph": True})

    return tuple(vmap(one)(*_several(grad_outputs)))


def _check_mapped(outputs: Sequence[Any], inputs: Sequence[Any]) -> None:
    """Inside of vmap, refuse gradients for what is not mapped: each example has its own."""
    running = {level.number for level in modes.vmaps}
    reached = {
        level for y in outputs for level in getattr(y._data, "levels", ()) if level in running
    }
    if any(reached - set(getattr(x._data, "levels", ())) for x in inputs):
        raise RuntimeError(
            hint(
                "element 0 of tensors does not require grad and does not have a grad_fn",
                "inside of vmap, differentiate with torch.func.grad, vjp or jacrev",
            )
        )


def accumulate(leaf: Any, g: Any, create: bool) -> None:
    """Add a gradient that arrived at a leaf to its `.grad`, with the leaf's hooks."""
    node = leaf._node
    if node.hooks:
        g = engine.run_hooks(node.hooks, g)
    _add(leaf, g, create)
    if node.after:
        for hook in list(node.after.values()):
            hook(leaf)


def _add(leaf: Any, g: Any, create: bool) -> None:
    before = leaf._grad
    if unwrap(g).dtype is not leaf._data.dtype:
        g = to_dtype(g, leaf._data.dtype)
    if create:
        leaf._grad = g if before is None else before + g
    elif before is not None:
        total = before._data
        total += g
        before._writes[COUNT] += 1
    elif isinstance(g, generic):  # what NumPy makes of zero dimensions
        leaf._grad = wrap(asarray(g))
    else:
        alone = getrefcount(g) <= _ALONE and g.base is None and g.flags.c_contiguous
        leaf._grad = wrap(g if alone else g.copy(order="C"))


_ALONE = 2  # references to a gradient that only `accumulate` holds: its own, and getrefcount's


def _run(
    roots: list[tuple[Any, Any]], retain: bool, create: bool, wanted: dict[Any, Any] | None
) -> dict[Any, Any]:
    if not create:
        return engine.run(roots, retain=retain, create=False, wanted=wanted)
    before, modes.grad = modes.grad, True
    try:
        return engine.run(roots, retain=retain, create=True, wanted=wanted)
    finally:
        modes.grad = before


def _wanted(
    roots: list[tuple[Any, Any]], inputs: Sequence[Any], retain: bool, create: bool
) -> list[tuple[Any, Any]]:
    keys = []
    for tensor in inputs:
        node = current_node(tensor) if isinstance(tensor, TensorBase) else _place(tensor)
        if node is None:
            raise RuntimeError(
                hint(
                    "One of the differentiated Tensors does not require grad",
                    "call requires_grad_() on it before it is used",
                )
            )
        key = (node.node, node.index) if type(node) is Output else node
        keys.append(tensor if type(node) is Leaf else key)
    arrived: dict[Any, Any] = dict.fromkeys(keys)
    _run(roots, retain, create, arrived)
    return [(tensor, arrived[key]) for tensor, key in zip(inputs, keys, strict=True)]


def _roots(outputs: Sequence[Any], grads: Sequence[Any], create: bool) -> list[tuple[Any, Any]]:
    """Each output's place in the graph with the gradient it starts from."""
    if len(grads) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(grads)} gradients")
    pairs = enumerate(zip(outputs, grads, strict=True))
    return [_root(index, tensor, g, create) for index, (tensor, g) in pairs]


def _root(index: int, tensor: Any, g: Any, create: bool) -> tuple[Any, Any]:
    if not isinstance(tensor, TensorBase):
        if g is None:
            raise NotImplementedError("a GradientEdge as output needs its gradient: grad_outputs")
        return _place(tensor), g if create else g._data
    node = tensor._node if tensor._view is None else current_node(tensor)
    if node is None:
        raise RuntimeError(
            hint(
                f"element {index} of tensors does not require grad and does not have a grad_fn",
                "give requires_grad=True to the tensors to be learned, and check that the loss "
                "was not computed under no_grad() or from .data, .detach() or .item()",
            )
        )
    start = _one(tensor) if g is None else _checked(tensor, g)._data
    if create:
        start = wrap(start.copy()) if g is None else g
    return (tensor if type(node) is Leaf else node), start


def _place(edge: Any) -> Any:
    """Where the gradient of a `GradientEdge` goes."""
    node, index = edge.node, edge.output_nr
    if isinstance(node, AccumulateGrad):
        return node.variable
    return Output(node, index) if node.several else node


def _one(tensor: Any) -> Any:
    data = tensor._data
    if data.size != 1:
        raise RuntimeError(
            hint(
                "grad can be implicitly created only for scalar outputs",
                f"this tensor has shape {tuple(data.shape)}; call .sum().backward() or "
                ".mean().backward(), or pass gradient=",
            )
        )
    if data.dtype.kind == "c":
        raise RuntimeError(
            f"grad can be implicitly created only for real scalar outputs but got {of_array(data)}"
        )
    one = constant(1, data.dtype)
    return one if data.ndim == 0 else one.reshape(data.shape)


def _checked(tensor: Any, g: Any) -> Any:
    if not isinstance(g, TensorBase):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
    if g._data.shape != tensor._data.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[0] has a shape of torch.Size({list(g._data.shape)}) "
            f"and output[0] has a shape of torch.Size({list(tensor._data.shape)})."
        )
    return g


def _several(given: Any) -> list[Any]:
    if given is None:
        return []
    alone = isinstance(given, TensorBase) or hasattr(given, "output_nr")
    return [given] if alone else list(given)


def Variable(data: Any, requires_grad: bool = False, volatile: bool | None = None) -> Any:
    """The tensor itself, as PyTorch has had it since 0.4; kept for old programs."""
    if not isinstance(data, TensorBase):
        raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
    found: Any = data
    return found.detach().requires_grad_() if requires_grad else found
