"""Forward mode: tangents of inputs pushed along the recorded graph to tangents of outputs.

No operation has a second rule for it. Where an operation works on each element for itself its
gradient rule multiplies by the derivative, which is what the tangent needs; a view is applied to
the tangent. Elsewhere the rule, which is linear in the gradient, is transposed by differentiating
it: Townsend, "A new trick for calculating Jacobian vector products" (2017).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy

from ...core.apply import apply, as_array, replay
from ...core.modes import modes
from ...core.primitive import Leaf, Output, Primitive
from ...core.tensor import TensorBase, plain, wrap
from ...core.trees import flatten, unflatten
from ...ops.batching.array import Batched, joined, sizes_of
from ...ops.convert import clone, to_dtype
from ...ops.inplace import CopySlices
from ...ops.kinds import Pointwise
from ...ops.levels import Primal, SumOfExamples, sum_of_examples
from ...ops.shape import expand
from ..backward import grad as gradients
from ..engine import rule_gradients
from ..function import FunctionCtx
from ..replay import Replay
from .reverse import (
    check_tensors,
    edge,
    given_to,
    nodes_behind,
    own,
    reaches_out,
    recording,
    released,
    with_aux,
    zeros_like,
)


@contextmanager
def blanks() -> Iterator[None]:
    """Have nodes remember what their results look like: tangents are made in that form.

    What `no_grad` would not record is recorded too, but closed for gradients that go back.
    """
    modes.tangents += 1
    modes.tell(_remember)
    try:
        yield
    finally:
        modes.tangents -= 1
        modes.tell(_remember, modes.tangents > 0)


def _remember(node: Any, inputs: Any, results: Any) -> None:
    node.blanks = [blank(result._data) for result in results if isinstance(result, TensorBase)]
    if modes.silent:
        node.rules = tuple(None if rule is None else _closed(node) for rule in node.rules)


def _closed(node: Any) -> Any:
    """A rule that passes no gradient on."""
    if node.variadic:
        return lambda ctx, *g: [None] * len(node.sources)
    return lambda ctx, *g: None


def blank(array: Any) -> Any:
    """Zeros in the form of an array, without its memory."""
    if type(array) is Batched:
        return Batched(blank(array.value), array.levels)
    return numpy.broadcast_to(numpy.zeros((), array.dtype), array.shape)


def push(
    outputs: Sequence[Any], inputs: Sequence[Any], tangents: Sequence[Any], create: bool
) -> list[Any]:
    """The tangents of outputs, None where no input has a share; arrays, or tensors to `create`."""
    return push_from(outputs, [edge(x) for x in inputs], tangents, create)


def push_from(
    outputs: Sequence[Any], ends: Sequence[Any], tangents: Sequence[Any], create: bool
) -> list[Any]:
    """The same, from the places of inputs in the graph."""
    known: dict[Any, Any] = {}
    for end, tangent in zip(ends, tangents, strict=True):
        known[_key(end)] = tangent if create or tangent is None else tangent._data
    behind = nodes_behind([edge(x) for x in outputs], ends)
    nodes = [node for node in behind if isinstance(node, Primitive) and _key(node) not in known]
    for node in sorted(nodes, key=lambda node: -node.seq):  # oldest first
        given = [None if s is None else known.get(_key(s)) for s in node.sources]
        if any(t is not None for t in given):
            if create and "rules" in node.__dict__:  # closed, as is its tangent
                raw = [None if t is None else plain(t) for t in given]
                found: Sequence[Any] = [_tensor(t) for t in _through(node, raw, False)]
            else:
                found = _through(node, given, create)
            for index, tangent in enumerate(found):
                known[id(node), index if node.several else -1] = tangent
    return [known.get(_key(edge(x))) for x in outputs]


def _tensor(t: Any) -> Any:
    return t if t is None else wrap(as_array(t))


def _end(edge: Any) -> Any:
    return edge.node if type(edge) is Output else edge


def _key(end: Any) -> tuple[int, int]:
    return (id(end.node), end.index) if type(end) is Output else (id(end), -1)


def _through(node: Any, given: list[Any], create: bool) -> Any:
    """The tangents of a node's outputs from those of its inputs."""
    op = type(node)
    if op is Primal:
        return [None]
    if issubclass(op, FunctionCtx):
        return node.push(given, create)
    if op is CopySlices:
        return [_written(node, given)]
    if op is SumOfExamples:
        return [sum_of_examples(given[0], node.sizes)]
    if (op.kind == "view" or op.hidden_axes) and not op.variadic:
        names = op.kernel.__code__.co_varnames[op.kernel.__code__.co_argcount :]
        params = {name: node.__dict__[name] for name in names if name in node.__dict__}
        found = apply(op, given[0], **params)
        return found if op.several else [found]
    if _is_elementwise(op) and _is_real(node, given):
        return [_elementwise(node, given, create)]
    return _transposed(node, given, create)


def _is_elementwise(op: Any) -> bool:
    return not op.several and (
        issubclass(op, Pointwise) or (op.kind == "pointwise" and len(op.inputs) == 1)
    )


def _is_real(node: Any, given: list[Any]) -> bool:
    return node.blanks[0].dtype.kind != "c" and all(
        t is None or plain(t).dtype.kind != "c" for t in given
    )


def _elementwise(node: Any, given: list[Any], create: bool) -> Any:
    """Each rule times the tangent of its input, added up."""
    form = node.blanks[0]
    ctx = Replay(node) if create else node
    total: Any = None
    for rule, tangent in zip(type(node).rules, given, strict=True):
        if tangent is None or rule is None:
            continue
        if plain(tangent).dtype != form.dtype:
            tangent = to_dtype(tangent, form.dtype)
        if tuple(tangent.shape) != form.shape:
            tangent = expand(tangent, form.shape)
        part = rule(ctx, tangent)
        total = part if total is None else total + part
    return (
        total if total is None or plain(total).dtype == form.dtype else to_dtype(total, form.dtype)
    )


def _written(node: Any, given: list[Any]) -> Any:
    """A base whose view was written: the tangent of the view's part is that of what was written."""
    before, value = given
    if before is None:
        zeros = blank(plain(value))
        whole: Any = numpy.zeros(node.shape, zeros.dtype)
        if type(zeros) is Batched:
            whole = Batched(numpy.zeros((*zeros.sizes, *node.shape), zeros.dtype), zeros.levels)
        before = wrap(whole) if isinstance(value, TensorBase) else whole
    if value is None:
        part = replay(before, node.view)
        value = part * 0
    return apply(CopySlices, clone(before), value, view=node.view)


def _transposed(node: Any, given: list[Any], create: bool) -> Sequence[Any]:
    """The transpose of the node's rules, applied to tangents.

    With a variable v in the place of the gradients of the outputs, the rules give gradients of the
    inputs that are linear in v; their gradient with respect to v, weighted by the tangents, is it.
    """
    levels = joined([*node.blanks, *[plain(t) for t in given]])
    sizes = sizes_of([*node.blanks, *[plain(t) for t in given]], levels)
    before, modes.grad = modes.grad, True
    try:
        variables = [_variable(form, levels, sizes) for form in node.blanks]
        g = variables if node.several else variables[0]
        path = {_end(s) for s, t in zip(node.sources, given, strict=True) if t is not None}
        closed = node.__dict__.pop("rules", None)  # to what goes back
        results = rule_gradients(node, Replay(node), g, path)
        if closed is not None:
            node.rules = closed
        pairs = [
            (r, t)
            for r, t in zip(results, given, strict=True)
            if t is not None and isinstance(r, TensorBase) and edge(r) is not None
        ]
        if not pairs:
            return [None] * len(variables)
        found = gradients(
            [r for r, _ in pairs],
            [v for v in variables if v is not None],
            [_like(t, r) for r, t in pairs],
            retain_graph=True,
            create_graph=create,
            allow_unused=True,
        )
    finally:
        modes.grad = before
    each = iter(found)
    given_back = [None if v is None else next(each) for v in variables]
    return [t if create or t is None else t._data for t in given_back]


def _variable(form: Any, levels: Any, sizes: Any) -> Any:
    if form.dtype.kind not in "fcV":
        return None
    if levels:
        form = Batched(numpy.zeros((*sizes, *form.shape), form.dtype), levels)
    variable = wrap(form)
    variable._node = Leaf()
    return variable


def _like(tangent: Any, result: Any) -> Any:
    """The tangent of an input as a tensor in the dtype of the input's gradient."""
    tensor = tangent if isinstance(tangent, TensorBase) else wrap(tangent)
    kind = result._data.dtype
    return tensor if tensor._data.dtype == kind else to_dtype(tensor, kind)


# Transforms


def jvp(
    func: Callable[..., Any],
    primals: Any,
    tangents: Any,
    *,
    strict: bool = False,
    has_aux: bool = False,
) -> Any:
    """The output of `func` and its derivative along `tangents`: (output, tangent of the output).

    `primals` and `tangents` are tuples of the same form, of tensors or trees of them. With
    `has_aux` `func` returns (output, aux), and aux is a third result; with `strict` an output that
    does not depend on the inputs is an error.

    >>> import chainrule as torch
    >>> torch.func.jvp(lambda x: x**3, (torch.tensor(2.0),), (torch.tensor(1.0),))
    (tensor(8.), tensor(12.))
    """
    _check_primals(primals, tangents)
    with recording() as recorded, blanks():
        traced = Pushforward(func, primals, recorded, has_aux, "jvp(f, primals, tangents)")
        given = flatten(tangents)[0]
        for x, t in zip(traced.mine, given, strict=True):
            check_tangent(x, t)
        out_tangents = traced.push(given, strict)
    found = (
        released(traced.output, traced.mine, recorded),
        unflatten(released(out_tangents, traced.mine, recorded), traced.spec),
    )
    return (*found, released(traced.aux, traced.mine, recorded)) if has_aux else found


class Pushforward:
    """A function run once, through whose graph tangents can be pushed."""

    def __init__(self, func: Any, primals: Any, recorded: bool, has_aux: bool, head: str) -> None:
        leaves, spec = flatten(primals)
        self.recorded = recorded
        self.mine = [own(x, recorded, leaf=False) for x in leaves]
        output = func(*unflatten(given_to(self.mine), spec))
        self.aux: Any = None
        if has_aux:
            output, self.aux = with_aux(head, output)
        self.output = output
        self.outs, self.spec = flatten(output)
        check_tensors(head, self.outs)

    def push(
        self, tangents: Sequence[Any], strict: bool = False, create: bool = False
    ) -> list[Any]:
        """The tangents of the outputs."""
        create = create or (
            self.recorded
            and (
                reaches_out(self.outs, self.mine)
                or any(t is not None and edge(t) is not None for t in tangents)
            )
        )
        found = push(self.outs, self.mine, tangents, create)
        if strict and any(t is None for t in found):
            raise RuntimeError(
                "jvp(f, primals, tangents, strict=True): The output of f is independent of the "
                "inputs. This is not allowed with strict=True."
            )
        pairs = zip(found, self.outs, strict=True)
        tensors = [(t if isinstance(t, TensorBase) else _tensor(t), x) for t, x in pairs]
        return [zeros_like(x) if t is None else t for t, x in tensors]


def check_tangent(primal: Any, tangent: Any) -> None:
    """Refuse a tangent that does not fit its tensor."""
    if not isinstance(tangent, TensorBase):
        raise ValueError(f"Thing passed to transform API must be Tensor, got {type(tangent)}")
    if tangent._data.shape != primal._data.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original "
            f"Tensor, this is not supported. Tensor is of size {list(primal._data.shape)} while "
            f"the given forward gradient is of size {list(tangent._data.shape)}."
        )


def _check_primals(primals: Any, tangents: Any) -> None:
    head = "jvp(f, primals, tangents)"
    if not isinstance(primals, tuple):
        raise RuntimeError(
            f"{head}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals)."
        )
    leaves, spec = flatten(primals)
    other = flatten(tangents)[1]
    if spec != other:
        raise RuntimeError(
            f"{head}: Expected primals and tangents to have the same python structure. For "
            f"example, if primals is a tuple of 3 tensors, tangents also must be. Got primals "
            f"with structure {spec} and tangents with structure {other}"
        )
    if not leaves:
        raise RuntimeError(f"{head}: Expected primals to contain at least one Tensor.")


def linearize(func: Callable[..., Any], *primals: Any) -> Any:
    """The output of `func` and its derivative at `primals`, a linear function of tangents.

    `func` runs once; the function that is returned only computes tangents, as often as it is
    called.

    >>> import chainrule as torch
    >>> output, derivative = torch.func.linearize(torch.square, torch.tensor(3.0))
    >>> output, derivative(torch.tensor(1.0)), derivative(torch.tensor(10.0))
    (tensor(9.), tensor(6.), tensor(60.))
    """
    with recording() as recorded, blanks():
        traced = Pushforward(func, primals, recorded, False, "linearize(f, *primals)")
    spec = flatten(primals)[1]

    def jvp_fn(*tangents: Any) -> Any:
        """The tangents of the outputs."""
        given, given_spec = flatten(tangents)
        if given_spec != spec:
            raise RuntimeError(
                "linearize: Expected the tangents to have the same python structure as the "
                f"primals, {spec}, got {given_spec}"
            )
        for x, t in zip(traced.mine, given, strict=True):
            check_tangent(x, t)
        traced.recorded = modes.grad
        with blanks():
            return unflatten(traced.push(given), traced.spec)

    return released(traced.output, traced.mine, recorded), jvp_fn
