"""In-place forms and `out=`: writing a result into a tensor, and its history after that.

An in-place form is the functional operation followed by `assign`. A write to a view also rewrites
the history of its base (`CopySlices`), so that gradients flow as if the base had been built anew.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy

from ..core import dtype as dtypes
from ..core.apply import current_node, replay
from ..core.modes import modes
from ..core.primitive import Leaf, Output, Primitive, next_seq
from ..core.promotion import NUMBERS, STEADY, constant
from ..core.tensor import COUNT, REBASED, TensorBase, View, new
from ..core.writes import written
from ..errors import hint
from .convert import clone

F = TypeVar("F", bound=Callable[..., Any])


def inplace(function: F) -> F:
    """The form of `function` that writes its result into its first argument."""

    @functools.wraps(function)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        check_writable(self)
        for other in args:
            if isinstance(other, TensorBase):
                check_overlap(self, other)
        return assign(self, function(self, *args, **kwargs))

    method.__name__ = method.__qualname__ = f"{function.__name__}_"
    method.__doc__ = f"In-place version of :func:`{function.__name__}`."
    return method  # type: ignore[return-value]


def inplace_view(function: F) -> F:
    """The form of a view operation that changes the tensor itself, not its memory."""

    @functools.wraps(function)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        check_history(self)
        result = function(self, *args, **kwargs)
        self._data, self._node = result._data, result._node
        if self._view is not None:
            self._view = result._view
        written(self)
        return self

    method.__name__ = method.__qualname__ = f"{function.__name__}_"
    method.__doc__ = f"In-place version of :func:`{function.__name__}`."
    return method  # type: ignore[return-value]


def arithmetic_inplace(op: type[Primitive], function: F) -> F:
    """The in-place form of a NumPy ufunc: outside a graph it writes without a temporary."""
    general = inplace(function)

    @functools.wraps(general)
    def method(self: Any, other: Any, **kwargs: Any) -> Any:
        if kwargs or (modes.grad and (needs_grad(self) or needs_grad(other))):
            return general(self, other, **kwargs)
        a, b = self._data, None
        if isinstance(other, TensorBase):
            b = other._data
        elif type(other) in NUMBERS:
            b = constant(other, a.dtype)
        if (
            b is None
            or b.dtype is not a.dtype
            or (op.promotes == "float" and a.dtype.kind in "biu")
        ):
            return general(self, other)
        if b.shape != a.shape and b.shape != ():
            return general(self, other)
        check_memory(a)
        if isinstance(other, TensorBase):
            check_overlap(self, other)
        getattr(numpy, op.ufunc)(a, b, a)  # type: ignore[arg-type]
        written(self)
        return self

    return method  # type: ignore[return-value]


def needs_grad(x: Any) -> bool:
    """Whether an operation on this would be recorded."""
    if not isinstance(x, TensorBase):
        return False
    return (x._node if x._view is None else current_node(x)) is not None or (
        x._view is not None and x._view.base._node is not None
    )


def check_writable(tensor: Any) -> None:
    """Refuse what PyTorch refuses to write into: see `check_history` and `check_memory`."""
    if not isinstance(tensor, TensorBase):
        raise TypeError(f"expected a Tensor to write into, got {type(tensor).__name__}")
    check_memory(tensor._data)
    check_history(tensor)


def check_history(tensor: Any) -> None:
    """Refuse to write, while recording, into leaves that require grad, and some of their views."""
    if not modes.grad:
        return
    if type(tensor._node) is Leaf:
        kind = "a leaf Variable" if tensor._view is None else "a view of a leaf Variable"
        raise RuntimeError(_leaf_message(f"{kind} that requires grad"))
    view = tensor._view
    if view is None or (view.base._node is None and tensor._node is None):
        return
    if not view.made_under_grad:
        raise RuntimeError(
            "A view was created in no_grad mode and is being modified inplace with grad mode "
            "enabled. Given that this use case is ambiguous and error-prone, it is forbidden. You "
            "can clarify your code by moving both the view and the inplace either both inside the "
            "no_grad block (if you don't want the inplace to be tracked) or both outside (if you "
            "want the inplace to be tracked)."
        )
    if view.one_of_several and current_node(tensor) is not None:
        raise RuntimeError(_several_message(view, tensor._node))
    if type(view.base._node) is Leaf:
        raise RuntimeError(_leaf_message("a view of a leaf Variable that requires grad"))


def check_memory(data: Any) -> None:
    """Refuse to write where several elements share one memory location."""
    if data.flags.writeable and (data.size < 2 or 0 not in data.strides):
        return
    if any(s == 0 < n - 1 for s, n in zip(data.strides, data.shape, strict=True)):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to "
            "a single memory location. Please clone() the tensor before performing the "
            "operation."
        )
    if not data.flags.writeable:
        raise RuntimeError(hint("the tensor's memory is read-only", "clone() it first"))


def check_overlap(tensor: Any, other: Any) -> None:
    """Refuse to write where an operand has part of the same memory, but not all of it."""
    if tensor is not other and tensor._writes is other._writes:
        refuse_overlap(tensor._data, other._data)


def refuse_overlap(a: Any, b: Any, whole: bool = False) -> None:
    """The same of two arrays; if `whole`, all of the memory is refused as well."""
    if not (a.flags.forc and b.flags.forc and numpy.may_share_memory(a, b)):
        return
    places = [(x.__array_interface__["data"], x.shape, x.strides) for x in (a, b)]
    if whole or places[0] != places[1]:
        raise RuntimeError(
            "unsupported operation: some elements of the input tensor and the written-to tensor "
            "refer to a single memory location. Please clone() the tensor before performing the "
            "operation."
        )


def _several_message(view: View, node: Any) -> str:
    node = node.node if isinstance(node, Output) else node
    name = node.name().split("::")[-1].split("Backward")[0]
    return (
        f"Output {view.output or 0} of {name} is a view and is being modified inplace. This view "
        "is the output of a function that returns multiple views. Such functions do not allow the "
        "output views to be modified inplace. You should replace the inplace operation by an "
        "out-of-place one."
    )


def _leaf_message(what: str) -> str:
    return hint(
        f"{what} is being used in an in-place operation.",
        "write under torch.no_grad(), as in `with torch.no_grad(): w -= lr * w.grad`",
    )


def assign(tensor: Any, result: Any) -> Any:
    """Give a tensor the values of a result and, if that was recorded, its history."""
    data, value = tensor._data, result._data
    _check_result(data, value)
    node = result._node
    if isinstance(node, Primitive) and node.versions:
        _keep_original(node, data)
    if value is not data:
        numpy.copyto(data, value, casting="unsafe")
    written(tensor)
    if node is not None and node is not tensor._node:
        _rebase(tensor, result)
    return tensor


def _keep_original(node: Any, data: Any) -> None:
    """Copy what a rule will read of the tensor as first input, before it is overwritten."""
    first = node.inputs[0]
    if node.__dict__.get(first) is data:
        setattr(node, first, data.copy())
        node.versions = ((STEADY, 0), *node.versions[1:])


def _check_result(data: Any, value: Any) -> None:
    if value.dtype is not data.dtype:
        source, target = dtypes.of_array(value), dtypes.of_array(data)
        if not dtypes.can_cast(source, target):
            raise RuntimeError(
                hint(
                    f"result type {source.short} can't be cast to the desired output type "
                    f"{target.short}",
                    f"use the out-of-place form, or convert the tensor to {source} first",
                )
            )
    if value.shape != data.shape:
        raise RuntimeError(
            f"output with shape {list(data.shape)} doesn't match the broadcast shape "
            f"{list(value.shape)}"
        )


def _rebase(tensor: Any, result: Any) -> None:
    """The history of a tensor, and of the base it is a view of, after an in-place operation."""
    node, view = result._node, tensor._view
    if isinstance(node, Primitive) and node.saves_out and node.versions:
        node.out = tensor._data  # type: ignore[attr-defined]
        kept = node.versions[:-1]
        node.versions = (*kept, (tensor._writes, tensor._writes[COUNT]))
    if result._data.dtype is not tensor._data.dtype:
        node = _cast_node(result, tensor)
    tensor._writes[REBASED] += 1
    if view is None:
        tensor._node = node
        return
    base = view.base
    base_node = base._node
    copy = new(CopySlices)
    copy.seq = next_seq()
    copy.sources = (base if type(base_node) is Leaf else base_node, node)
    copy.view, copy.shape = view, base._data.shape
    base._node = copy
    view.seen = -1  # the view, like all others, takes its history from the base now


def _cast_node(result: Any, tensor: Any) -> Any:
    from .convert import to_dtype

    return to_dtype(result, tensor._data.dtype)._node


class CopySlices(Primitive):
    """A base after a write to one of its views: the view's part is new, the rest is as before."""

    label = "CopySlices"

    view: Any
    shape: tuple[int, ...]

    def kernel(xp, base, value, *, view):
        out = base.copy()
        replay(out, view)[...] = value
        return out

    def grad_base(ctx, g):
        rest = clone(g)
        part = replay(rest, ctx.view)
        part.zero_() if isinstance(part, TensorBase) else part.fill(0)
        return rest

    def grad_value(ctx, g):
        return replay(g, ctx.view)


def into(out: Any, result: Any, exact: bool = False, of: tuple[Any, ...] = ()) -> Any:
    """Write a result into the tensor given as `out=`, if `exact` of its dtype, and return that.

    RuntimeError if `out` shares memory with itself or, even whole, with one of the inputs `of`.
    """
    if not isinstance(out, TensorBase):
        raise TypeError(f"argument 'out' must be Tensor, not {type(out).__name__}")
    if exact and out._data.dtype is not result._data.dtype:
        raise _other_dtype(dtypes.of_array(result._data), dtypes.of_array(out._data))
    if modes.grad and (needs_grad(out) or needs_grad(result)):
        raise RuntimeError(
            "functions with out=... arguments don't support automatic differentiation, but one of "
            "the arguments requires grad."
        )
    if out._data.shape != result._data.shape:
        source, target = dtypes.of_array(result._data), dtypes.of_array(out._data)
        if not dtypes.can_cast(source, target):
            _check_result(out._data, result._data)
        out._data = numpy.empty(result._data.shape, out._data.dtype)
    check_memory(out._data)
    for x in of:
        if x is out or x._writes is out._writes:
            refuse_overlap(out._data, x._data, whole=True)
    return assign(out, result.detach() if result._node is not None else result)


def _other_dtype(wanted: dtypes.dtype, given: dtypes.dtype) -> RuntimeError:
    return RuntimeError(
        hint(
            f"Expected out tensor to have dtype {wanted}, but got {given} instead",
            f"make `out` with dtype={wanted}, or leave it out and convert the result",
        )
    )
