"""`torch.autograd.functional`: derivatives of functions of tensors, the older form of `torch.func`.

Inputs and outputs are tensors or tuples of them. Without `create_graph` results are outside of the
graph; with `strict` a result that does not depend on an input is an error instead of zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ..core.apply import current_node
from ..core.tensor import TensorBase, wrap
from ..ops.join import stack
from ..ops.shape import reshape
from .backward import grad as gradients
from .func.forward import Pushforward, blanks
from .func.jacobians import columns, rows
from .func.reverse import cut, edge, given_to, nodes_behind, own, recording, zeros_like

INDEPENDENT = "The output of the user-provided function is independent of input {}. This is not "
LINEAR = (
    "While computing the hessian, found that the jacobian of the user-provided function with "
    "respect to input {} is independent of the input. This is not allowed in strict mode. You "
    "should ensure that your function is twice differentiable and that the jacobian depends on the "
    "inputs (this would be violated by a linear function for example)."
)


def _tuple(given: Any, what: str, function: str) -> tuple[Any, ...]:
    """A tensor or a tuple of them as a tuple, checked."""
    subject = f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but"
    if isinstance(given, TensorBase):
        return (given,)
    if not isinstance(given, tuple):
        raise TypeError(f"{subject} the given {what} has type {type(given)}.")
    for i, x in enumerate(given):
        if not isinstance(x, TensorBase):
            raise TypeError(f"{subject} the value at index {i} has type {type(x)}.")
    return given


def _inputs(inputs: Any, function: str, create: bool) -> list[Any]:
    return [own(x, create) for x in _tuple(inputs, "inputs", function)]


def _outputs(func: Any, mine: list[Any], function: str) -> tuple[bool, tuple[Any, ...]]:
    output = func(*given_to(mine))
    outs = _tuple(output, "outputs of the user-provided function", function)
    return isinstance(output, tuple), outs


def _vector(v: Any, like: Sequence[Any], several: bool, function: str, of: str) -> list[Any]:
    """The vector v, checked against tensors; for a single element it is 1 if it is left out."""
    if v is None:
        if several or len(like) != 1 or like[0]._data.size != 1:
            verb = {"input": "input to the user-provided function is", "output": ""}[of]
            words = verb or "user-provided function returns"
            raise RuntimeError(
                f"The vector v can only be None if the {words} a single Tensor with a single "
                "element."
            )
        return [wrap(numpy.ones_like(like[0]._data))]
    vs = _tuple(v, "v", function)
    if len(vs) != len(like):
        raise RuntimeError(
            f"v is a tuple of invalid length: should be {len(like)} but got {len(vs)}."
        )
    for i, (each, x) in enumerate(zip(vs, like, strict=True)):
        if each._data.shape != x._data.shape:
            at = f"Entry {i} in " if len(vs) > 1 else ""
            raise RuntimeError(
                f"{at}v has invalid size: should be torch.Size({list(x._data.shape)}) but got "
                f"torch.Size({list(each._data.shape)})."
            )
    return list(vs)


def _grads(outs: Sequence[Any], mine: Sequence[Any], vs: Sequence[Any], create: bool) -> list[Any]:
    """The gradients of the inputs, None where there is none."""
    pairs = [(x, v) for x, v in zip(outs, vs, strict=True) if current_node(x) is not None]
    if not pairs:
        return [None] * len(mine)
    xs, gs = zip(*pairs, strict=True)
    options = {"retain_graph": True, "create_graph": create, "allow_unused": True}
    return list(gradients(xs, mine, gs, **options))


def _require_outputs(outs: Sequence[Any]) -> None:
    for i, out in enumerate(outs):
        if current_node(out) is None:
            raise RuntimeError(
                f"Output {i} of the user-provided function does not require gradients. The outputs "
                "must be computed in a differentiable manner from the input when running in strict "
                "mode."
            )


def _filled(grads: Sequence[Any], like: Sequence[Any], strict: bool, error: str) -> list[Any]:
    """The gradients with zeros for None, which are an error in strict mode."""
    for i, g in enumerate(grads):
        if g is None and strict:
            raise RuntimeError(error.format(i))
    return [zeros_like(x) if g is None else g for g, x in zip(grads, like, strict=True)]


def _require_dependence(results: Sequence[Any], mine: Sequence[Any]) -> None:
    """In strict mode with create_graph: the derivative must depend on each input."""
    behind = {id(end) for end in nodes_behind([edge(r) for r in results])}
    for i, x in enumerate(mine):
        end = edge(x)
        if id(getattr(end, "node", end)) not in behind:
            raise RuntimeError(
                f"The jacobian of the user-provided function is independent of input {i}. This is "
                "not allowed in strict mode when create_graph=True."
            )


def _left(found: Sequence[Any], several: bool, create: bool) -> Any:
    each = tuple(x if create else cut(x) for x in found)
    return each if several else each[0]


def vjp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The output of `func` and the product of `v` with its Jacobian.

    >>> import chainrule as torch
    >>> torch.autograd.functional.vjp(torch.square, torch.tensor([1.0, 2.0]), torch.ones(2))
    (tensor([1., 4.]), tensor([2., 4.]))
    """
    with recording(transform=False):
        mine = _inputs(inputs, "vjp", create_graph)
        several, outs = _outputs(func, mine, "vjp")
        if strict:
            _require_outputs(outs)
        vs = _vector(v, outs, several, "vjp", "output")
        error = INDEPENDENT + "allowed in strict mode."
        found = _filled(_grads(outs, mine, vs, create_graph), mine, strict, error)
        if strict and create_graph:
            _require_dependence(found, mine)
    given = isinstance(inputs, tuple)
    return _left(outs, several, create_graph), _left(found, given, create_graph)


def jvp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The output of `func` and the product of its Jacobian with `v`.

    >>> import chainrule as torch
    >>> torch.autograd.functional.jvp(torch.square, torch.tensor([1.0, 2.0]), torch.ones(2))
    (tensor([1., 4.]), tensor([2., 4.]))
    """
    given = _tuple(inputs, "inputs", "jvp")
    with recording(transform=False), blanks():
        vs = _vector(v, given, isinstance(inputs, tuple), "jvp", "input")
        of_all: list[Any] = []

        def checked(*xs: Any) -> Any:
            several, outs = _outputs(func, list(xs), "jvp")
            of_all.append(several)
            return outs

        traced = Pushforward(checked, given, create_graph, False, "jvp")
        if strict:
            _require_outputs(traced.outs)
        found = traced.push(vs, create=create_graph)
        if strict and create_graph:
            _require_dependence(found, traced.mine)
    several = of_all[0]
    return _left(traced.outs, several, create_graph), _left(found, several, create_graph)


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian of `func`: for outputs of shape (*m) and inputs (*n) tensors of shape (*m, *n).

    For tuples it is a tuple by outputs of tuples by inputs. With `vectorize` all rows (or, for the
    strategy "forward-mode", all columns) are computed at once.

    >>> import chainrule as torch
    >>> torch.autograd.functional.jacobian(torch.exp, torch.zeros(2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    _check_strategy(create_graph, strict, vectorize, strategy)
    given = isinstance(inputs, tuple)
    with recording(transform=False):
        if strategy == "forward-mode":
            return _forward_jacobian(func, inputs, given)
        mine = _inputs(inputs, "jacobian", create_graph)
        several, outs = _outputs(func, mine, "jacobian")
        if strict:
            _require_outputs(outs)
        if vectorize:
            found = rows(outs, mine, create_graph, None, always=create_graph)
        else:
            found = [_by_rows(i, out, mine, create_graph, strict) for i, out in enumerate(outs)]
    each = tuple(_left(parts, given, create_graph) for parts in found)
    return each if several else each[0]


def _forward_jacobian(func: Any, inputs: Any, given: bool) -> Any:
    of_all: list[Any] = []

    def checked(*xs: Any) -> Any:
        several, outs = _outputs(func, list(xs), "jacobian")
        of_all.append(several)
        return outs

    with blanks():
        traced = Pushforward(checked, _tuple(inputs, "inputs", "jacobian"), False, False, "jvp")
        found = columns(traced)
    each = tuple(_left(parts, given, False) for parts in found)
    return each if of_all[0] else each[0]


def _check_strategy(create_graph: bool, strict: bool, vectorize: bool, strategy: str) -> None:
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your '
            'function has more outputs than inputs, "forward-mode" tends to be more performant. '
            'Otherwise, prefer to use "reverse-mode".'
        )
    head = "torch.autograd.functional.jacobian:"
    if strategy == "forward-mode":
        if create_graph:
            raise NotImplementedError(
                f'{head} `create_graph=True` and `strategy="forward-mode"` are not supported '
                "together (yet). Please either set `create_graph=False` or "
                '`strategy="reverse-mode"`.'
            )
        if strict:
            raise RuntimeError(
                f'{head} `strict=True` and `strategy="forward-mode"` are not supported together '
                '(yet). Please either set `strict=False` or `strategy="reverse-mode"`.'
            )
        if not vectorize:
            raise NotImplementedError(
                "Computing Jacobian using forward-AD or forward-over-reverse Hessian is"
                "only implemented for `vectorize=True`."
            )
    if strict and vectorize:
        raise RuntimeError(
            f"{head} `strict=True` and `vectorized=True` are not supported together. Please either "
            "set `strict=False` or `vectorize=False`."
        )


def _by_rows(i: int, out: Any, mine: list[Any], create: bool, strict: bool) -> list[Any]:
    """The derivatives of one output, row by row."""
    shape = tuple(out._data.shape)
    error = f"Output {i} of the user-provided function is independent of input {{}}. This is not "
    found: list[list[Any]] = [[] for _ in mine]
    for unit in numpy.eye(out._data.size, dtype=out._data.dtype):
        grads = _grads([out], mine, [wrap(unit.reshape(shape))], create)
        grads = _filled(grads, mine, strict, error + "allowed in strict mode.")
        if strict and create:
            _require_dependence(grads, mine)
        for parts, g in zip(found, grads, strict=True):
            parts.append(g)
    empty = [wrap(numpy.zeros((0, *x._data.shape), x._data.dtype)) for x in mine]
    return [
        reshape(stack(parts) if parts else none, (*shape, *x._data.shape))
        for parts, none, x in zip(found, empty, mine, strict=True)
    ]


def _scalar(outs: tuple[Any, ...], several: bool, function: str) -> Any:
    if several:
        raise RuntimeError(f"The function given to {function} should return a single Tensor")
    if outs[0]._data.size != 1:
        raise RuntimeError(
            f"The Tensor returned by the function given to {function} should contain a single "
            "element"
        )
    return outs[0]


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The Hessian of a scalar `func`; for a tuple of inputs a tuple of tuples.

    >>> import chainrule as torch
    >>> torch.autograd.functional.hessian(lambda x: x.pow(3).sum(), torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')
    given = isinstance(inputs, tuple)

    def slope(*xs: Any) -> Any:
        with recording(transform=False):
            mine = [own(x, True) for x in xs]
            several, outs = _outputs(func, mine, "hessian")
            out = _scalar(outs, several, "hessian")
            if strict:
                _require_outputs(outs)
            error = INDEPENDENT + "allowed in strict mode."
            found = _filled(_grads([out], mine, [_one(out)], True), mine, strict, error)
            if strict:
                for i, g in enumerate(found):
                    _require_curvature(g, mine, i)
        return tuple(found)

    found = jacobian(
        slope,
        _tuple(inputs, "inputs", "hessian"),
        create_graph,
        strict=False,
        vectorize=vectorize,
        strategy=outer_jacobian_strategy,
    )
    return found if given else found[0][0]


def _one(out: Any) -> Any:
    return wrap(numpy.ones_like(out._data))


def _require_curvature(g: Any, mine: list[Any], i: int) -> None:
    behind = {id(end) for end in nodes_behind([edge(g)])}
    if not any(id(edge(x)) in behind for x in mine):
        raise RuntimeError(LINEAR.format(i))


def _product(
    func: Any, inputs: Any, v: Any, create: bool, strict: bool, function: str
) -> tuple[Any, Any]:
    """The gradient of the inner product of the function's gradient with v: vhp, and hvp alike."""
    given = isinstance(inputs, tuple)
    with recording(transform=False):
        mine = _inputs(inputs, function, create)
        vs = _vector(v, mine, given, function, "input")
        several, outs = _outputs(func, mine, function)
        out = _scalar(outs, several, function)
        if strict:
            _require_outputs(outs)
        error = INDEPENDENT + "allowed in strict mode."
        slopes = _filled(_grads([out], mine, [_one(out)], True), mine, strict, error)
        if strict:
            for i, slope in enumerate(slopes):
                _require_curvature(slope, mine, i)
        found = _filled(_grads(slopes, mine, vs, create), mine, False, "")
        if strict and create:
            _require_dependence(found, mine)
    return _left(outs, several, create), _left(found, given, create)


def vhp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The output of a scalar `func` and the product of `v` with its Hessian.

    >>> import chainrule as torch
    >>> torch.autograd.functional.vhp(lambda x: x**3, torch.tensor(2.0), torch.tensor(1.0))
    (tensor(8.), tensor(12.))
    """
    return _product(func, inputs, v, create_graph, strict, "vhp")


def hvp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The output of a scalar `func` and the product of its Hessian with `v`.

    The Hessian is symmetric, so this is `vhp`.

    >>> import chainrule as torch
    >>> torch.autograd.functional.hvp(lambda x: x**3, torch.tensor(2.0), torch.tensor(1.0))
    (tensor(8.), tensor(12.))
    """
    return _product(func, inputs, v, create_graph, strict, "hvp")
