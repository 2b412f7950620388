"""Gradients against central differences: `gradcheck` and `gradgradcheck`."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy

from ..core.tensor import TensorBase, wrap
from .backward import grad


class GradcheckError(RuntimeError):
    """A gradient that does not agree with the differences."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether the gradients of `func` agree with central differences.

    Jacobian entries d out_j / d in_i are compared with (out_j(in + eps e_i) - out_j(in - eps
    e_i)) / (2 eps), for every double-precision input that requires grad. GradcheckError, naming
    input and output, where they do not and `raise_exception` is left True.

    >>> x = tensor([1.0, 2.0], dtype=float64, requires_grad=True)
    >>> gradcheck(lambda x: x * x, x)
    True
    """
    args = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
    try:
        _check(func, args, eps, atol, rtol)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Whether the second derivatives of `func` agree with differences of the first.

    >>> x = tensor([1.0, 2.0], dtype=float64, requires_grad=True)
    >>> gradgradcheck(lambda x: x * x * x, x)
    True
    """
    args = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    outputs = _differentiable(func(*args))
    if grad_outputs is None:
        rng = numpy.random.default_rng(0)
        cotangents = [_leaf(rng.standard_normal(o._data.shape)) for o in outputs]
    else:
        given = grad_outputs if isinstance(grad_outputs, (tuple, list)) else (grad_outputs,)
        cotangents = list(given)
    diff = [i for i, x in enumerate(args) if _needs_grad(x)]

    def first(*values: Any) -> tuple[Any, ...]:
        xs, gs = values[: len(args)], values[len(args) :]
        outs = _differentiable(func(*xs))
        found = grad(outs, [xs[i] for i in diff], gs, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    return gradcheck(
        first, (*args, *cotangents), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception
    )


def _needs_grad(x: Any) -> bool:
    return isinstance(x, TensorBase) and bool(getattr(x, "requires_grad", False))


def _leaf(array: Any) -> Any:
    tensor = wrap(numpy.asarray(array))
    tensor.requires_grad = True
    return tensor


def _differentiable(outputs: Any) -> list[Any]:
    found = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
    return [o for o in found if _needs_grad(o)]


def _check(
    func: Callable[..., Any], args: Sequence[Any], eps: float, atol: float, rtol: float
) -> None:
    leaves = [(i, x) for i, x in enumerate(args) if _needs_grad(x)]
    if not leaves:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the "
            "inputs have requires_grad=True."
        )
    for index, x in leaves:
        if x._data.dtype not in (numpy.float64, numpy.complex128):
            warnings.warn(
                f"Input #{index} requires gradient and is not a double precision floating point "
                "or complex. This check will likely fail if all the inputs are not of double "
                "precision floating point or complex.",
                UserWarning,
            )
    outputs = _differentiable(func(*args))
    for which, output in enumerate(outputs):
        for index, x in leaves:
            want = _numerical(func, args, x, which, eps)
            found = _analytical(output, x)
            if not numpy.allclose(found, want, rtol=rtol, atol=atol):
                raise GradcheckError(
                    f"Jacobian mismatch for output {which} with respect to input {index},\n"
                    f"numerical:{wrap(want)}\nanalytical:{wrap(found)}\n"
                )


def _directions(kind: Any) -> tuple[complex, ...]:
    return (1.0, 1j) if kind.kind == "c" else (1.0,)


def _numerical(
    func: Callable[..., Any], args: Sequence[Any], x: Any, which: int, eps: float
) -> Any:
    """d output / d x, one row for each (real) coordinate of x, parts of complex outputs apart."""
    rows = []
    for element in _elements(x._data):
        for unit in _directions(x._data.dtype):
            before = x._data[element]
            x._data[element] = before + eps * unit
            above = _real_parts(_differentiable(func(*args))[which]._data.copy())
            x._data[element] = before - eps * unit
            below = _real_parts(_differentiable(func(*args))[which]._data.copy())
            x._data[element] = before
            rows.append((above - below) / (2 * eps))
    return numpy.array(rows).reshape(len(rows), -1)


def _elements(array: Any) -> Iterator[tuple[int, ...]]:
    return iter(numpy.ndindex(array.shape))


def _real_parts(array: Any) -> Any:
    flat = array.reshape(-1)
    return numpy.concatenate([flat.real, flat.imag]) if flat.dtype.kind == "c" else flat


def _analytical(output: Any, x: Any) -> Any:
    """The same matrix from `backward`: one column for each (real) coordinate of the output."""
    columns = []
    for unit in _directions(output._data.dtype):
        for element in _elements(output._data):
            start = numpy.zeros_like(output._data)
            start[element] = unit
            (g,) = grad(output, x, wrap(start), retain_graph=True, allow_unused=True)
            column = numpy.zeros_like(x._data) if g is None else g._data
            columns.append(_interleaved(column))
    if not columns:
        return numpy.zeros((x._data.size * len(_directions(x._data.dtype)), 0))
    return numpy.stack(columns, 1)


def _interleaved(g: Any) -> Any:
    flat = g.reshape(-1)
    return numpy.stack([flat.real, flat.imag], 1).reshape(-1) if flat.dtype.kind == "c" else flat
