"""`grad` and `vjp`: gradients of functions, by running them on tensors of their own and going back.

Each transform differentiates with respect to its own copies of the inputs, so nested ones do not
mix. A gradient is itself recorded only if something outside of the transform needs that.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy

from ...core import dtype as dtypes
from ...core.apply import apply, current_node
from ...core.modes import modes
from ...core.primitive import Leaf, Output, Primitive, next_seq
from ...core.tensor import TensorBase, new, wrap
from ...core.trees import flatten, unflatten
from ...errors import hint
from ...ops.levels import Own
from ..backward import grad as gradients
from .mapping import own_for_each


def own(x: Any, recorded: bool, leaf: bool = True) -> Any:
    """A tensor on the memory of `x` to differentiate with respect to; behind it, x if recorded."""
    if not isinstance(x, TensorBase):
        raise ValueError(f"Thing passed to transform API must be Tensor, got {type(x)}")
    if dtypes.of_array(x._data).category < dtypes.FLOATING:
        raise RuntimeError(
            hint(
                "only Tensors of floating point dtype can require gradients",
                f"this one is {dtypes.of_array(x._data)}; call .float()",
            )
        )
    x = own_for_each(x if recorded else cut(x))
    if current_node(x) is not None:
        copy: Any = apply(Own, x)
    else:
        copy = wrap(x._data)
        copy._node = Leaf() if leaf else _beginning()
    copy._writes = x._writes
    return copy


def _beginning() -> Own:
    """The node of an input behind which nothing is recorded; what has it may be written to."""
    node: Own = new(Own)
    node.seq = next_seq()
    node.sources = (None,)
    return node


def given_to(mine: Sequence[Any]) -> list[Any]:
    """What a function gets for a transform's inputs: it may overwrite the tensors it gets."""
    return [x if type(x._node) is Leaf else _twin(x) for x in mine]


def _twin(x: Any) -> Any:
    twin = wrap(x._data)
    twin._node, twin._writes = x._node, x._writes
    return twin


@contextmanager
def recording(transform: bool = True) -> Iterator[bool]:
    """Record inside, whatever the mode outside, which is what is given."""
    before = modes.grad, modes.silent
    modes.grad, modes.silent = True, False
    modes.transforms += transform
    try:
        yield before[0]
    finally:
        modes.grad, modes.silent = before
        modes.transforms -= transform


def edge(tensor: Any) -> Any:
    """Where the gradient of a tensor goes: to itself if it is a leaf, else to its node."""
    node = current_node(tensor)
    return tensor if type(node) is Leaf else node


def nodes_behind(ends: Sequence[Any], stop: Sequence[Any] = ()) -> list[Any]:
    """The nodes and leaves that gradients reach from edges; not what is behind those of `stop`."""
    last = {id(_end(each)) for each in stop}
    found: dict[int, Any] = {}
    stack = [_end(each) for each in ends if each is not None]
    while stack:
        end = stack.pop()
        if id(end) in found:
            continue
        found[id(end)] = end
        if isinstance(end, Primitive) and id(end) not in last:
            stack.extend(_end(source) for source in end.sources if source is not None)
    return list(found.values())


def _end(edge: Any) -> Any:
    return edge.node if type(edge) is Output else edge


def reaches_out(results: Sequence[Any], mine: Sequence[Any]) -> bool:
    """Whether results lead to anything that needs gradients beyond the transform's own inputs."""
    inputs = [edge(x) for x in mine]
    leaves = {id(each) for each in inputs}
    ends = [edge(x) for x in results if isinstance(x, TensorBase)]
    for end in nodes_behind(ends, inputs):
        if isinstance(end, Primitive):
            if id(end) in leaves and end.sources != (None,):
                return True
        elif id(end) not in leaves:
            return True
    return False


def cut(x: Any) -> Any:
    """A tensor outside of the graph, on the same memory; anything else as it is."""
    if not isinstance(x, TensorBase) or current_node(x) is None:
        return x
    apart = wrap(x._data)
    apart._writes = x._writes
    return apart


def released(tree: Any, mine: Sequence[Any], recorded: bool) -> Any:
    """What leaves a transform: in the graph only where something outside needs that."""
    leaves, spec = flatten(tree)
    return unflatten([x if recorded and reaches_out([x], mine) else cut(x) for x in leaves], spec)


def pick(argnums: Any, args: tuple[Any, ...]) -> list[int]:
    """The places of the arguments to differentiate, checked."""
    if not isinstance(argnums, (int, tuple)):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    given = (argnums,) if isinstance(argnums, int) else argnums
    if not given:
        raise RuntimeError("argnums must be non-empty")
    places = []
    for place in given:
        if not -len(args) <= place < len(args):
            raise RuntimeError(f"Got argnum={place}, but only {len(args)} positional inputs")
        places.append(place % len(args))
    if len(set(places)) != len(places):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    return places


def one_or_all(argnums: Any, found: list[Any]) -> Any:
    """One for each argument number; alone for a plain number."""
    return found[0] if isinstance(argnums, int) else tuple(found)


def grad(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function that computes the gradient of `func`, which returns a scalar tensor.

    The gradient is taken with respect to the argument (a tensor or a tree of them) at `argnums`,
    or to several. With `has_aux` `func` returns (output, aux), and the result is (grads, aux).

    RuntimeError if the output is no tensor of zero dimensions.

    >>> import chainrule as torch
    >>> torch.func.grad(torch.func.grad(torch.sin))(torch.tensor(0.5)), -torch.tensor(0.5).sin()
    (tensor(-0.4794), tensor(-0.4794))
    """

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        grads, value = _grad_and_value(func, argnums, has_aux, args, kwargs)
        return (grads, value[1]) if has_aux else grads

    return wrapped


def grad_and_value(
    func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """As `grad`, with the value too: the function returns (grads, output).

    With `has_aux` it returns (grads, (output, aux)).

    >>> import chainrule as torch
    >>> torch.func.grad_and_value(lambda x: x**2)(torch.tensor(3.0))
    (tensor(6.), tensor(9.))
    """

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return _grad_and_value(func, argnums, has_aux, args, kwargs)

    return wrapped


def _grad_and_value(func: Any, argnums: Any, has_aux: bool, args: Any, kwargs: Any) -> Any:
    places = pick(argnums, args)
    with recording() as recorded:
        trees = [flatten(args[place]) for place in places]
        own_trees = [[own(x, recorded) for x in leaves] for leaves, _ in trees]
        given = list(args)
        for place, leaves, (_, spec) in zip(places, own_trees, trees, strict=True):
            given[place] = unflatten(given_to(leaves), spec)
        output = func(*given, **kwargs)
        aux = None
        if has_aux:
            if not isinstance(output, tuple) or len(output) != 2:
                raise RuntimeError(
                    "grad_and_value(f)(*args): output of function f should be a tuple: (output, "
                    "aux) if has_aux is True"
                )
            output, aux = output
        _check_scalar(output)
        mine = [x for leaves in own_trees for x in leaves]
        grads = iter(back([output], mine, [None], recorded))
        found = [
            unflatten([next(grads) for _ in leaves], spec)
            for leaves, (_, spec) in zip(own_trees, trees, strict=True)
        ]
        result = one_or_all(argnums, found), (output, aux) if has_aux else output
    return released(result, mine, recorded)


def back(
    outputs: Sequence[Any],
    mine: Sequence[Any],
    cotangents: Sequence[Any],
    recorded: bool,
    always: bool = False,
) -> list[Any]:
    """The gradients of outputs with respect to a transform's inputs; zeros for unused ones.

    They are recorded where something outside of the transform needs that, or `always`.
    """
    pairs = [
        (x, g) for x, g in zip(outputs, cotangents, strict=True) if current_node(x) is not None
    ]
    if not pairs:
        return [zeros_like(x) for x in mine]
    outs, gs = zip(*pairs, strict=True)
    create = always or (
        recorded
        and (
            reaches_out(outs, mine)
            or any(isinstance(g, TensorBase) and current_node(g) is not None for g in gs)
        )
    )
    return list(
        gradients(
            outs,
            mine,
            gs,
            retain_graph=True,
            create_graph=create,
            allow_unused=True,
            materialize_grads=True,
        )
    )


def zeros_like(x: Any) -> Any:
    """Zeros in the shape of a tensor, outside of any graph."""
    return wrap(numpy.zeros_like(x._data))


def _check_scalar(output: Any) -> None:
    head = "grad_and_value(f)(*args): Expected f(*args) to return a"
    if not isinstance(output, TensorBase):
        raise RuntimeError(f"{head} Tensor, got {type(output)}")
    if output._data.ndim:
        raise RuntimeError(
            f"{head} scalar Tensor, got tensor with {output._data.ndim} dims. Maybe you wanted to "
            "use the vjp or jacrev APIs instead?"
        )


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The output of `func` and the function from cotangents of it to gradients of the inputs.

    The inputs and outputs may be trees of tensors. The function that is returned takes a tree like
    the output, and may be called several times, under `vmap` too. With `has_aux` `func` returns
    (output, aux), and aux is a third result.

    >>> import chainrule as torch
    >>> output, back = torch.func.vjp(torch.mul, torch.tensor(2.0), torch.tensor(5.0))
    >>> output, back(torch.tensor(1.0))
    (tensor(10.), (tensor(5.), tensor(2.)))
    """
    with recording() as recorded:
        leaves, spec = flatten(primals)
        mine = [own(x, recorded) for x in leaves]
        output = func(*unflatten(given_to(mine), spec))
        aux = None
        if has_aux:
            output, aux = with_aux("vjp(f, *primals)", output)
        outs, out_spec = flatten(output)
        check_tensors("vjp(f, *primals)", outs)

    def vjp_fn(cotangents: Any, retain_graph: bool = True, create_graph: Any = None) -> Any:
        """The gradients of the inputs."""
        given, given_spec = flatten(cotangents)
        if given_spec != out_spec:
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of "
                f"outputs to the function. cotangents: {given_spec.brief()}, primal output: "
                f"{out_spec.brief()}"
            )
        grads = back(outs, mine, given, modes.grad if create_graph is None else create_graph)
        return unflatten(grads, spec)

    result = released(output, mine, recorded)
    return (result, vjp_fn, released(aux, mine, recorded)) if has_aux else (result, vjp_fn)


def with_aux(head: str, output: Any) -> tuple[Any, Any]:
    """The output and aux of a function that returns both; aux must be tensors too."""
    if not isinstance(output, tuple) or len(output) != 2:
        raise RuntimeError(
            f"{head}: output of function f should be a tuple: (output, aux) if has_aux is True"
        )
    for x in flatten(output[1])[0]:
        if not isinstance(x, TensorBase):
            raise RuntimeError(f"Expected tensors, got unsupported type {type(x)}")
    return output


def check_tensors(head: str, leaves: Sequence[Any]) -> None:
    """Refuse an output that has something else than tensors in it."""
    for x in leaves:
        if not isinstance(x, TensorBase):
            raise RuntimeError(
                f"{head}: expected f(*primals) to return only tensors, got unsupported type "
                f"{type(x)}"
            )
