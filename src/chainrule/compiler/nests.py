"""How a space is walked: which dimensions are rows and which columns, and what that costs.

A walk is `for outer: for rows: for columns`, where the column loop may occur several times in a
row, with code before and after it. Dimensions of `outer` are those that nothing is summed over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from . import elementwise
from .graph import Var
from .spaces import Access, Member, Space

SCALAR, ROW, COLUMN, FULL = 0, 1, 2, 3
"""Where a value is computed: once, in each row, for each column, for each of both (bits)."""

UNROLLED = 16  # this many columns, at most, are written out, one after the other
_AT_ONCE = 1 << 15  # elements of a space whose totals are read in a second loop over it
_LONGEST = 1000  # operations, about, in a row whose columns are written out
_LINE = 64  # bytes that memory is read at a time
_NEAR = 1 << 15  # bytes that are read fast wherever they are
_CALL = 500.0  # what one more kernel costs: nanoseconds


@dataclass(frozen=True, slots=True)
class Nest:
    """A way to walk a space: its dimensions, outermost first, and an estimate in nanoseconds."""

    outer: tuple[int, ...]
    rows: tuple[int, ...]
    cols: tuple[int, ...]
    unrolled: bool = False  # the columns are written out: the rows are the innermost loop
    cost: float = 0.0

    def place(self, dims: Collection[int]) -> int:
        """Where a value that depends on these dimensions is computed."""
        in_rows = not self.rows or any(d in dims for d in self.rows)
        return (ROW if in_rows else 0) | (COLUMN if any(d in dims for d in self.cols) else 0)

    def dims(self, place: int) -> tuple[int, ...]:
        """The dimensions, but for the outer ones, that a place stands for."""
        return (self.rows if place & ROW else ()) + (self.cols if place & COLUMN else ())

    def is_exact(self, dims: Collection[int]) -> bool:
        """Whether a value that depends on these dimensions is computed once for each index."""
        return set(dims) == {*self.outer, *self.dims(self.place(dims))}

    @property
    def innermost(self) -> tuple[int, ...]:
        """The dimensions of the loop that is to be vectorised."""
        return self.rows if self.unrolled or not self.cols else self.cols

    @property
    def enclosing(self) -> tuple[int, ...]:
        """The dimensions of the loops around the one that is to be vectorised."""
        flat = self.unrolled or not self.cols
        return (*self.outer, *(self.rows[:-1] if flat else (*self.rows, *self.cols[:-1])))


def result_dims(m: Member) -> set[int]:
    """The dimensions that what a member computes depends on."""
    return m.dims - m.reduced


def late_values(space: Space, nest: Nest) -> set[Var] | None:
    """The values that are known only after the last row; None if a row needs one of them."""
    late: set[Var] = set()
    for m in space.members:
        in_rows = bool(nest.place(m.dims) & ROW)
        reads_late = any(a.root in late for a in m.reads)
        if in_rows and reads_late:
            return None
        if reads_late or (in_rows and not nest.place(result_dims(m)) & ROW):
            late.add(m.eqn.out)
    return late


def is_legal(space: Space, nest: Nest, stored: Collection[Var]) -> bool:
    """Whether all members can be computed in this walk, and what is stored is stored once."""
    for m in space.members:
        if m.reduced:
            whole = nest.dims(nest.place(m.dims))
            if not nest.is_exact(m.dims) or set(nest.outer) & m.reduced:
                return False
            if m.reduced not in ({*nest.rows} & {*whole}, {*nest.cols} & {*whole}, {*whole}):
                return False
        elif m.eqn.out in stored and not nest.is_exact(m.dims):
            return False
    return late_values(space, nest) is not None


def best_nest(space: Space, stored: Collection[Var]) -> Nest | None:
    """The cheapest walk of a space, None if there is none. `stored` are values others read."""
    legal = legal_nests(space, stored)
    return min(legal, key=lambda n: n.cost, default=None)


def legal_nests(space: Space, stored: Collection[Var]) -> list[Nest]:
    """The walks that are considered, with their costs."""
    order = sorted(space.sizes, key=lambda d: (-_reach(space, d), -space.sizes[d]))
    legal = [n for n in dict.fromkeys(_nests(space, order)) if is_legal(space, n, stored)]
    return [Nest(n.outer, n.rows, n.cols, n.unrolled, _cost(space, n, stored)) for n in legal]


def tiled(space: Space, nest: Nest) -> tuple[Space, Nest]:
    """The same walk in tiles, where it reads memory across rows that do not fit into the cache."""
    lane = nest.innermost[-1:]
    across = [
        a
        for a in space.accesses
        if any(abs(a.strides.get(d, 0)) * a.root.dtype.itemsize >= _LINE for d in lane)
        and a.root.nbytes > _NEAR
    ]
    if not across or any(m.reduced for m in space.members):
        return space, nest
    along = min(across[0].strides, key=lambda d: abs(across[0].strides[d]))
    n = space.sizes[lane[0]]
    tile = next((t for t in (16, *range(32, 7, -1)) if n % t == 0), 0)
    if tile in (0, n) or along in lane or space.sizes[along] < 16:
        return space, nest
    space = space.copy()
    outer, inner = space.split(lane[0], tile)
    rest = [d for d in (*nest.outer, *nest.rows, *nest.cols) if d not in (along, lane[0])]
    return space, Nest((), (*rest, outer, along), (inner,), cost=nest.cost)


def _reach(space: Space, dim: int) -> int:
    """How far apart in memory the accesses of neighbouring iterations are, in total."""
    weights = [(2 if a is m.write else 1, a) for m in space.members for a in m.accesses]
    return sum(w * abs(a.strides.get(dim, 0)) * a.root.dtype.itemsize for w, a in weights)


def _nests(space: Space, order: list[int]) -> Iterator[Nest]:
    """Walks that may be legal; `order` has the dimensions from outermost to innermost."""

    def ordered(dims: Collection[int]) -> tuple[int, ...]:
        return tuple(d for d in order if d in dims)

    def pair(rows: Collection[int], cols: Collection[int]) -> Iterator[Nest]:
        few, many = space.volume(cols), space.volume(rows)
        if rows:
            yield Nest((), ordered(rows), ordered(cols))
        if rows and cols and few <= UNROLLED and many >= 4 * few and few * size <= _LONGEST:
            yield Nest((), ordered(rows), ordered(cols), unrolled=True)

    every = set(order)
    size = sum(max(1.0, elementwise.cost(m.eqn) / 4) for m in space.members if not m.reduced)
    yield Nest((), tuple(order), ())
    if order:
        yield from pair(order[:-1], order[-1:])
    if space.volume(order) <= _AT_ONCE:
        yield Nest((), (), tuple(order))
    for m in space.members:
        parts = (m.reduced, m.dims - m.reduced) if m.reduced else (m.dims,)
        for part in parts:
            if part and part != every:
                yield from pair(every - part, part)
                yield from pair(part, every - part)
        if m.reduced and m.dims == every:
            first = min(order.index(d) for d in m.reduced)
            outer = [d for d in order[:first] if d not in m.reduced]
            cols = [d for d in order[first:] if d not in m.reduced]
            if outer and cols:
                yield Nest(ordered(outer), ordered(m.reduced), ordered(cols))


def _cost(space: Space, nest: Nest, stored: Collection[Var]) -> float:
    """An estimate of the time of one call on one core, in nanoseconds."""
    short = 1 + 12 / space.volume(nest.innermost[-1:])
    made = space.made()
    seen: list[Access] = []
    time, traffic = _CALL, 0
    for m in space.members:
        place = nest.place(m.dims)
        count = space.volume((*nest.outer, *nest.dims(place)))
        time += count * _step_cost(nest, m) * (0.006 * short if _in_lane(nest, place) else 0.1)
        for a in m.accesses:
            is_memory = a.root in stored if a is m.write else a.root not in made
            if not is_memory or any(a.root is b.root and a.same(b) for b in seen):
                continue
            seen.append(a)
            time += count * _access_cost(nest, a, place) * short
            traffic += a.root.nbytes
    around = 3.0 if space.volume(nest.innermost[-1:]) > UNROLLED else 1.0
    time += around * space.volume(nest.enclosing) * _loops(space, nest)
    return time + 0.015 * max(0, traffic - (1 << 18))


def _access_cost(nest: Nest, access: Access, place: int) -> float:
    """The time of a load or store that is in the cache."""
    stride = max((abs(access.strides.get(d, 0)) for d in nest.innermost[-1:]), default=0)
    if not _in_lane(nest, place):
        return 0.5
    return 0.02 if stride <= 1 else 0.05 if nest.unrolled and stride <= UNROLLED else 0.4


def _step_cost(nest: Nest, m: Member) -> float:
    if not m.reduced:
        return elementwise.cost(m.eqn)
    by_column = nest.place(result_dims(m)) & COLUMN
    return 24.0 if nest.unrolled and by_column else 1.5


def _in_lane(nest: Nest, place: int) -> bool:
    """Whether what is computed in this place is in the vectorised loop."""
    return bool(place & (ROW if nest.innermost == nest.rows else COLUMN))


def _loops(space: Space, nest: Nest) -> int:
    """About how many loops over the columns are in a row."""
    levels: dict[Var, int] = {}
    for m in space.members:
        level = max((levels.get(a.root, 0) for a in m.reads), default=0)
        levels[m.eqn.out] = level + bool(m.reduced and not nest.place(result_dims(m)) & COLUMN)
    return 1 + max(levels.values(), default=0)
