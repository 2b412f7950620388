"""Small products: a matmul of few terms, or of few results, becomes multiplications and a sum.

    matmul x0 (64,1) x1 (1,8)        becomes        multiply of views of x0 and x1, both (64,8)

These join the loops around them. A call of BLAS costs more than such a product itself, and has its
operands and its result in memory.
"""

from __future__ import annotations

from ..graph import Eqn, Graph, Shape, Var
from .places import Place
from .rewriting import Found, Scope, rewrite, step, view_of

FEW_TERMS = 4  # an element costs no more than to read and write it
FEW_RESULTS = 16  # accumulators in registers; BLAS gains nothing from blocks of so few


def expand_small_products(graph: Graph) -> Graph:
    """The graph with small matrix products as loops."""
    return rewrite(graph, _expanded, ("matmul",))


def _expanded(eqn: Eqn, scope: Scope) -> Found:
    if eqn.out.dtype.kind != "f" or eqn.out.dtype.itemsize < 4:
        return None
    x, y = eqn.ins
    rows, columns = x.shape[-2:-1], y.shape[-1:] if len(y.shape) > 1 else ()
    terms, results = x.shape[-1], (*rows, 1)[0] * (*columns, 1)[0]
    if terms > FEW_TERMS and results > FEW_RESULTS:
        return None
    batch = eqn.out.shape[: len(eqn.out.shape) - len(rows) - len(columns)]
    shape = (*batch, *rows, *columns, terms)
    root, place = scope.place(x)
    place = _with_axis(place, len(place.shape) - 1, columns)
    first = _operand(eqn, root, place.expanded(shape))
    root, place = scope.place(y)
    place = _with_axis(_terms_last(place), max(len(place.shape) - 2, 0), rows)
    second = _operand(eqn, root, place.expanded(shape))
    return [first, second, *_summed(eqn, first.out, second.out)]


def _operand(eqn: Eqn, root: Var, place: Place) -> Eqn:
    """The view of an operand in the shape of all products; without their axis if there is one."""
    axis = len(place.shape) - 1
    return view_of(eqn, root, place.without({axis}) if place.shape[axis] == 1 else place)


def _terms_last(place: Place) -> Place:
    """The right operand with its axis of terms behind its columns."""
    if len(place.shape) < 2:
        return place
    shape, strides, offset = place
    order = [*range(len(shape) - 2), -1, -2]
    return Place(tuple(shape[i] for i in order), tuple(strides[i] for i in order), offset)


def _with_axis(place: Place, at: int, sizes: Shape) -> Place:
    """With the axes of the other operand, along which this one does not change."""
    shape, strides, offset = place
    return Place(
        (*shape[:at], *sizes, *shape[at:]),
        (*strides[:at], *(0 for _ in sizes), *strides[at:]),
        offset,
    )


def _summed(eqn: Eqn, x: Var, y: Var) -> list[Eqn]:
    """The products, and their sum along the last axis if they have that axis."""
    if x.shape == eqn.out.shape:
        return [step(eqn, "multiply", (x, y), eqn.out)]
    products = Var(x.shape, eqn.out.dtype)
    axes = (len(x.shape) - 1,)
    return [
        step(eqn, "multiply", (x, y), products),
        step(eqn, "sum", (products,), eqn.out, axes=axes),
    ]
