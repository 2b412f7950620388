"""View functions whose results have memory of their own, or are no views to autograd."""

from __future__ import annotations

import builtins
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ..core.primitive import Output
from ..core.tensor import unwrap, wrap
from ..core.views import apply_view
from .complex import view_as_complex, view_as_real
from .convert import clone
from .dims import wrap_dim
from .inplace import into
from .permute import permute, t, transpose
from .shape import expand, squeeze, unsqueeze, view
from .slicing import ALL, Alias, Slice, diagonal, narrow, select
from .split import chunk, split, split_with_sizes, unbind
from .strided import as_strided, unfold

if TYPE_CHECKING:
    from ..tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])


def copying(function: F) -> F:
    """The form of a view function that returns copies, which share no memory with its input.

    >>> x = tensor([[1, 2], [3, 4]])
    >>> row = select_copy(x, 0, 1)
    >>> row[0] = 9
    >>> x
    tensor([[1, 2],
            [3, 4]])
    """

    @functools.wraps(function)
    def copies(input: Any, *args: Any, out: Any = None, **kwargs: Any) -> Any:
        result = function(input, *args, **kwargs)
        if not isinstance(result, tuple):
            return _copied(result, out)
        if out is None:
            return tuple([_copied(part, None) for part in result])
        for part, target in zip(result, out, strict=True):
            into(target, part, exact=True)
        return None

    copies.__name__ = copies.__qualname__ = f"{function.__name__}_copy"
    copies.__doc__ = f"What :func:`{function.__name__}` returns, with memory of its own."
    return copies  # type: ignore[return-value]


def _copied(part: Any, out: Any) -> Any:
    if out is not None:
        return into(out, part, exact=True)
    copy = clone(part)
    node = getattr(copy, "_node", None)
    if node is not None:
        node.label = f"{_maker(part._node).label}_copy"  # as PyTorch prints it
    return copy


def _maker(node: Any) -> Any:
    return node.node if isinstance(node, Output) else node


def unsafe(function: F) -> F:
    """The form of a splitting function whose results autograd does not take for views.

    They share the input's memory, but may be written in place one by one.
    """

    @functools.wraps(function)
    def parts(input: Any, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        return tuple([_unlinked(part) for part in function(input, *args, **kwargs)])

    parts.__name__ = parts.__qualname__ = f"unsafe_{function.__name__}"
    parts.__doc__ = f"What :func:`{function.__name__}` returns, not as views to autograd."
    return parts  # type: ignore[return-value]


def _unlinked(part: Any) -> Any:
    alone = wrap(part._data)
    alone._node = part._node
    if alone._node is not None:
        maker = _maker(alone._node)
        maker.label = f"Unsafe{type(maker).__name__}Backward0"
    return alone


def alias(input: Tensor) -> Tensor:
    """A view of the whole tensor."""
    return apply_view(Alias, input, index=(...,))


def slice(
    input: Tensor,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> Tensor:
    """Every step-th slice of an axis from start to end, as a view."""
    if not unwrap(input).ndim:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    dim = wrap_dim(dim, unwrap(input).ndim)
    return apply_view(Slice, input, index=(*(ALL,) * dim, builtins.slice(start, end, step)))


def detach(input: Tensor) -> Tensor:
    """The same memory outside the graph."""
    return wrap(unwrap(input))


alias_copy, detach_copy = copying(alias), copying(detach)
as_strided_copy, diagonal_copy = copying(as_strided), copying(diagonal)
expand_copy, view_copy = copying(expand), copying(view)
permute_copy, transpose_copy, t_copy = copying(permute), copying(transpose), copying(t)
squeeze_copy, unsqueeze_copy = copying(squeeze), copying(unsqueeze)
select_copy, slice_copy, unfold_copy = copying(select), copying(slice), copying(unfold)
narrow_copy = copying(narrow)
split_copy, split_with_sizes_copy = copying(split), copying(split_with_sizes)
unbind_copy = copying(unbind)
view_as_real_copy, view_as_complex_copy = copying(view_as_real), copying(view_as_complex)

unsafe_split, unsafe_split_with_sizes = unsafe(split), unsafe(split_with_sizes)
unsafe_chunk = unsafe(chunk)
