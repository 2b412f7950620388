"""Running primitives: unwrap, kernel, wrap, and record where a gradient will be needed.

`unary` and `binary` are the flat paths of pointwise operations, `apply` is the general one. The
kernel runs first: dtypes are compared, not computed, and errors are explained after the fact.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy
from numpy import ndarray

from ..backend import namespace
from ..errors import wrong_argument
from . import dtype as dtypes
from . import tensor as slot
from .modes import modes
from .primitive import Leaf, Output, Primitive, next_seq
from .promotion import NUMBERS, STEADY, constant, is_number, promote
from .sites import note
from .tensor import COUNT, REBASED, TensorBase, View, new, wrap

INTEGRAL = frozenset(t.numpy for t in dtypes.ALL if t.category <= dtypes.INTEGER)


def unary(op: type[Primitive], x: Any, **params: Any) -> Any:
    """Apply a pointwise primitive of one input."""
    if not isinstance(x, TensorBase):
        if type(x) in NUMBERS:
            raise wrong_argument(x, operation=op.__name__.lower())
        return _on_raw(op, (x,), params)
    a = x._data
    on_cpu, to_float, recorded, saves = op.flat
    if to_float and a.dtype in INTEGRAL:
        return unary(op, wrap(promote(op, (a,))[0]), **params)
    try:
        if type(a) is ndarray:
            out = on_cpu(a, **params) if params else on_cpu(a)
        else:
            out = elsewhere(op, (a,), params)
    except Exception as error:
        raise op.explain(error, (a,), params) from None
    if type(out) is not ndarray:
        out = as_array(out)
    result = new(slot._public)
    result._data = out
    result._writes = version = [0, 0]
    result._node = result._grad = result._view = None
    node = x._node if x._view is None else current_node(x)
    if node is None or not recorded or not modes.grad:
        return result
    result._node = record = new(op)
    record.seq = next_seq()
    record.sources = (x if type(node) is Leaf else node,)
    for name in params:
        setattr(record, name, params[name])
    if saves:
        if op.saves_x:
            record.x = a
            record.versions = ((x._writes, x._writes[COUNT]),)
        if op.saves_out:
            record.out = out
            record.versions += ((version, 0),)
    if modes.notes:
        note(record, (x,), (result,))
    return result


def binary(op: type[Primitive], x: Any, y: Any) -> Any:
    """Apply a pointwise primitive of two inputs; one of them may be a number."""
    metas: Any = None
    x_node = y_node = None
    x_version = y_version = STEADY
    if isinstance(x, TensorBase):
        a = x._data
        x_version = x._writes
        x_node = x._node if x._view is None else current_node(x)
        if isinstance(y, TensorBase):
            b = y._data
            y_version = y._writes
            y_node = y._node if y._view is None else current_node(y)
            if a.dtype is not b.dtype:
                metas = ((a.shape, a.dtype), (b.shape, b.dtype))
                a, b = promote(op, (a, b))
        else:
            b = constant(y, a.dtype) if type(y) in NUMBERS else _operand(op, y, a)
            if b is None or b.dtype is not a.dtype:
                metas = ((a.shape, a.dtype), None)
                a, b = promote(op, (a, y))
    elif isinstance(y, TensorBase):
        b = _refuse(op, x) if op.first_is_tensor else y._data
        y_version = y._writes
        y_node = y._node if y._view is None else current_node(y)
        a = constant(x, b.dtype) if type(x) in NUMBERS else _operand(op, x, b)
        if a is None or a.dtype is not b.dtype:
            metas = (None, (b.shape, b.dtype))
            a, b = promote(op, (x, b))
    else:
        return _on_raw(op, (x, y), {})
    on_cpu, to_float, recorded, saves = op.flat
    if to_float and a.dtype in INTEGRAL:
        a, b = promote(op, (a, b))
    try:
        out = on_cpu(a, b) if type(a) is ndarray is type(b) else elsewhere(op, (a, b), {})
    except Exception as error:
        raise op.explain(error, (a, b), {}) from None
    if type(out) is not ndarray:
        out = as_array(out)
    result = new(slot._public)
    result._data, result._writes = out, [0, 0]
    result._node = result._grad = result._view = None
    if (x_node is None and y_node is None) or not recorded or not modes.grad:
        return result
    result._node = record = new(op)
    record.seq = next_seq()
    record.sources = (
        x if type(x_node) is Leaf else x_node,
        y if type(y_node) is Leaf else y_node,
    )
    if metas is not None:
        record.metas = metas
    elif x_version is not STEADY and y_version is not STEADY and a.shape != b.shape:
        record.metas = ((a.shape, a.dtype), (b.shape, b.dtype))
    if saves:
        _save_pair(op, record, (a, b, out), (x_version, y_version, result._writes))
    if modes.notes:
        note(record, (x, y), (result,))
    return result


def _save_pair(op: type[Primitive], record: Any, arrays: Any, versions: Any) -> None:
    """Keep what the rules that will run read of two inputs and the output."""
    x_source, y_source = record.sources
    save_x, save_y = op.plans[x_source is not None, y_source is not None]
    if save_x:
        record.x = arrays[0]
        record.versions = ((versions[0], versions[0][COUNT]),)
    if save_y:
        record.y = arrays[1]
        record.versions += ((versions[1], versions[1][COUNT]),)
    if op.saves_out:
        record.out = arrays[2]
        record.versions += ((versions[2], 0),)


def apply(op: type[Primitive], *inputs: Any, **params: Any) -> Any:
    """Apply any primitive to tensors, raw arrays, numbers and None."""
    arrays: Any = []
    nodes = []
    tensors = recorded = False
    for x in inputs:
        node = None
        if isinstance(x, TensorBase):
            node = x._node if x._view is None else current_node(x)
            x = x._data
            tensors = True
            if node is not None:
                recorded = True
        arrays.append(x)
        nodes.append(node)
    if not tensors:
        return _on_raw(op, inputs, params)
    metas = None
    if op.promotes is not None:
        metas = tuple([(x.shape, x.dtype) if hasattr(x, "dtype") else None for x in arrays])
        arrays = promote(op, tuple(arrays))
    out = run(op, arrays, params)
    results = [
        wrap(each if type(each) is ndarray else as_array(each))
        for each in (out if op.several else (out,))
    ]
    if op.kind == "view":
        _mark_views(op, inputs[0], results, params)
    if recorded and op.differentiable and modes.grad:
        _record(op, inputs, arrays, nodes, results, params, metas)
    return tuple(results) if op.several else results[0]


def run(op: type[Primitive], arrays: Any, params: dict[str, Any]) -> Any:
    """The kernel on raw arrays; its exception explained."""
    try:
        for a in arrays:
            if type(a) is not ndarray and is_array(a):
                return elsewhere(op, arrays, params)
        return op.on_cpu(*arrays, **params)
    except Exception as error:
        raise op.explain(error, tuple(arrays), params) from None


def elsewhere(op: type[Primitive], arrays: Any, params: dict[str, Any]) -> Any:
    """The kernel on arrays that are not (all) NumPy's: of another device, or being traced."""
    for a in arrays:
        if hasattr(a, "run_primitive"):
            return a.run_primitive(op, arrays, params)
    owner = next(a for a in arrays if type(a) is not ndarray and is_array(a))
    return op.kernel(namespace(owner), *arrays, **params)


def _record(
    op: type[Primitive],
    inputs: tuple[Any, ...],
    arrays: Any,
    nodes: list[Any],
    results: list[Any],
    params: dict[str, Any],
    metas: tuple[Any, ...] | None,
) -> None:
    """Put the application into the graph: the node behind the results."""
    record = new(op)
    record.seq = next_seq()
    record.sources = tuple(
        [x if type(node) is Leaf else node for x, node in zip(inputs, nodes)]  # noqa: B905
    )
    record.shapes = tuple([None if a is None else getattr(a, "shape", ()) for a in arrays])
    for name, value in params.items():
        setattr(record, name, value)
    if metas is not None:
        record.metas = metas
    if op.several:
        for index, result in enumerate(results):
            if result._data.dtype not in INTEGRAL and not _is_constant_output(op, index):
                result._node = Output(record, index)
        record.arity = len(results)
    elif results[0]._data.dtype not in INTEGRAL:
        results[0]._node = record
    if op.saves:
        _save(op, record, inputs, arrays, nodes, results)
    if modes.notes:
        note(record, inputs, results)


def _is_constant_output(op: type[Primitive], index: int) -> bool:
    return index < len(op.outputs) and op.outputs[index] in op.nondiff


def _save(
    op: type[Primitive],
    record: Any,
    inputs: tuple[Any, ...],
    arrays: Any,
    nodes: list[Any],
    results: list[Any],
) -> None:
    """Keep what the rules that will run read, with the version each was seen at."""
    versions = []
    if op.variadic:
        setattr(record, op.inputs[0], arrays)
        versions = [(x._writes, x._writes[COUNT]) for x in inputs if isinstance(x, TensorBase)]
    from_inputs, from_outputs = op.saving(nodes)
    for index, name in from_inputs:
        setattr(record, name, arrays[index])
        x = inputs[index]
        version = x._writes if isinstance(x, TensorBase) else STEADY
        versions.append((version, version[COUNT]))
    for index, name in from_outputs:
        setattr(record, name, results[index]._data)
        version = results[index]._writes
        versions.append((version, version[COUNT]))
    record.versions = tuple(versions)


def _mark_views(op: type[Primitive], of: Any, results: list[Any], params: dict[str, Any]) -> None:
    """Note which results share the input's memory (reshape may copy)."""
    data = of._data
    owner = data if data.base is None else data.base
    for index, result in enumerate(results):
        base = result._data.base
        if base is owner or base is data or result._data is data:
            result._view = View(of, op, params, index if op.several else None)
            result._writes = of._writes


def current_node(tensor: TensorBase) -> Any:
    """The node of a view, made again if the history of its base was rewritten.

    An in-place operation on a base, or on another view of it, leaves the nodes of its views stale.
    The shared version counts such rewrites, so a view notices at its next use.
    """
    view = tensor._view
    if view is None or view.seen == tensor._writes[REBASED]:
        return tensor._node
    view.seen = tensor._writes[REBASED]
    if type(tensor._node) is Leaf or current_node(view.base) is None:
        return tensor._node
    before, modes.grad = modes.grad, True
    try:
        tensor._node = replay(view.base, view)._node
        if isinstance(tensor._node, Primitive):
            tensor._node.label = "AsStridedBackward0"  # as PyTorch prints it
    finally:
        modes.grad = before
    return tensor._node


def replay(base: Any, view: View) -> Any:
    """The view operations that made `view`, run on another tensor or raw array."""
    for step in view.steps():
        base = apply(step.op, base, **step.params)
        if step.output is not None:
            base = base[step.output]
    return base


def _on_raw(op: type[Primitive], inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """What gradient rules do when they run on raw arrays: the kernel, nothing else."""
    if type(inputs[0]) in NUMBERS and all(type(x) in NUMBERS for x in inputs):
        return _of_numbers(op, inputs, params)
    for x in inputs:
        known = x is None or isinstance(x, (ndarray, numpy.generic)) or type(x) in NUMBERS
        if not known and not hasattr(x, "run_primitive") and namespace(x) is numpy:
            raise wrong_argument(x, operation=op.__name__.lower())
    if op.promotes == "float":
        inputs = promote(op, tuple(x if is_array(x) else numpy.asarray(x) for x in inputs))
    return run(op, inputs, params)


def _refuse(op: type[Primitive], x: Any) -> NoReturn:
    raise wrong_argument(x, operation=op.__name__.lower())


def _of_numbers(op: type[Primitive], numbers: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """The four operations that PyTorch's functions do on two Python numbers, too."""
    if op.numbers != "both":
        raise wrong_argument(numbers[0], operation=op.__name__.lower())
    first = wrap(numpy.array(numbers[0], dtypes.of_number(numbers[0]).numpy))
    return apply(op, first, *numbers[1:], **params)


def _operand(op: type[Primitive], x: Any, other: Any) -> Any:
    """A foreign operand beside a tensor: NumPy's scalars are numbers, its arrays tensors."""
    if is_number(x):
        return constant(x.item() if isinstance(x, numpy.generic) else x, other.dtype)
    if hasattr(x, "dtype") and hasattr(x, "ndim"):
        return x
    raise wrong_argument(x, operation=op.__name__.lower())


def is_array(x: Any) -> bool:
    """Whether this is an array, and no number: NumPy's, another device's, or one that is traced."""
    return hasattr(x, "dtype") and not isinstance(x, numpy.generic)


def as_array(out: Any) -> Any:
    """A kernel's result as an array: NumPy returns scalars for zero dimensions."""
    return numpy.asarray(out) if isinstance(out, (numpy.generic, *NUMBERS)) else out
