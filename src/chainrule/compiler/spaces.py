"""Loop nests whose memory accesses are affine: what equations become, and how two nests become one.

A dimension of a nest is a number (its identity) with a size; all that is known of an array in a
nest is at which address each iteration finds its element. Knows no operation.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .graph import Eqn, Shape, Var
from .vocabulary import REDUCTIONS

_new_dim = itertools.count()


@dataclass(slots=True)
class Access:
    """The element `offset + sum(strides[d] * index of d)` of the memory of `root`."""

    root: Var
    offset: int
    strides: dict[int, int]  # by dimension, none is 0

    def same(self, other: Access) -> bool:
        """Whether both mean the same element in every iteration."""
        return self.offset == other.offset and self.strides == other.strides


@dataclass(slots=True)
class Member:
    """An equation in a nest: the dimensions it runs over, those it sums up, and its accesses.

    `index` is its position in the graph.
    """

    eqn: Eqn
    index: int
    dims: set[int]
    reduced: set[int]
    reads: list[Access]
    write: Access

    @property
    def accesses(self) -> Iterator[Access]:
        """All accesses."""
        yield from self.reads
        yield self.write


@dataclass(slots=True)
class Space:
    """A loop nest: the sizes of its dimensions, and its members in an order of execution."""

    sizes: dict[int, int]
    members: list[Member]

    @property
    def accesses(self) -> Iterator[Access]:
        """The accesses of all members."""
        for m in self.members:
            yield from m.accesses

    def made(self) -> dict[Var, Member]:
        """The member that computes each value."""
        return {m.eqn.out: m for m in self.members}

    def volume(self, dims: Iterable[int]) -> int:
        """The product of sizes."""
        product = 1
        for d in dims:
            product *= self.sizes[d]
        return product

    def copy(self) -> Space:
        """A copy whose dimensions can be changed."""
        members = [
            Member(
                m.eqn,
                m.index,
                set(m.dims),
                set(m.reduced),
                [Access(a.root, a.offset, dict(a.strides)) for a in m.reads],
                Access(m.write.root, m.write.offset, dict(m.write.strides)),
            )
            for m in self.members
        ]
        return Space(dict(self.sizes), members)

    def split(self, dim: int, inner_size: int) -> tuple[int, int]:
        """Make two dimensions, an outer and an inner one, of one."""
        outer, inner = next(_new_dim), next(_new_dim)
        self.sizes[outer], self.sizes[inner] = self.sizes.pop(dim) // inner_size, inner_size
        for m in self.members:
            for dims in (m.dims, m.reduced):
                if dim in dims:
                    dims.remove(dim)
                    dims |= {outer, inner}
            for a in m.accesses:
                if dim in a.strides:
                    stride = a.strides.pop(dim)
                    a.strides[outer], a.strides[inner] = stride * inner_size, stride
        return outer, inner

    def rename(self, names: Mapping[int, int]) -> None:
        """Give dimensions other identities."""
        self.sizes = {names.get(d, d): n for d, n in self.sizes.items()}
        for m in self.members:
            m.dims = {names.get(d, d) for d in m.dims}
            m.reduced = {names.get(d, d) for d in m.reduced}
            for a in m.accesses:
                a.strides = {names.get(d, d): s for d, s in a.strides.items()}

    def collapse(self) -> Space:
        """Make one dimension of two wherever all accesses allow it."""
        found = True
        while found:
            pairs = itertools.permutations(list(self.sizes), 2)
            found = any(self._merge(outer, inner) for outer, inner in pairs)
        return self

    def _merge(self, outer: int, inner: int) -> bool:
        n = self.sizes[inner]
        for m in self.members:
            if (outer in m.dims) != (inner in m.dims):
                return False
            if (outer in m.reduced) != (inner in m.reduced):
                return False
            for a in m.accesses:
                if a.strides.get(outer, 0) != n * a.strides.get(inner, 0):
                    return False
        self.sizes[inner] = n * self.sizes.pop(outer)
        for m in self.members:
            m.dims.discard(outer)
            m.reduced.discard(outer)
            for a in m.accesses:
                a.strides.pop(outer, None)
        return True


def space_of(eqn: Eqn, index: int, views: Mapping[Var, Eqn]) -> Space:
    """The loop nest of one pointwise equation or reduction."""
    (source,) = eqn.ins[:1] if eqn.op in REDUCTIONS else (eqn.out,)
    shape = source.shape
    axes = [next(_new_dim) for _ in shape]
    reduced = set(eqn.params["axes"]) if eqn.op in REDUCTIONS else set()
    reads = [_access(v, axes, shape, views) for v in eqn.ins]
    kept = [axes[i] for i in range(len(shape)) if i not in reduced]
    write = _access(eqn.out, kept, eqn.out.shape, {})
    sizes = {d: n for d, n in zip(axes, shape, strict=True) if n != 1}
    summed = {axes[i] for i in reduced} & set(sizes)
    member = Member(eqn, index, set(sizes), summed, reads, write)
    return Space(sizes, [member]).collapse()


def _access(v: Var, axes: list[int], shape: Shape, views: Mapping[Var, Eqn]) -> Access:
    """How a value of a shape that broadcasts to `shape` is read over loops along its axes."""
    root, offset, strides = v, 0, v.strides
    if v in views:
        eqn = views[v]
        root, offset, strides = eqn.ins[0], eqn.params["offset"], eqn.params["strides"]
    dims = axes[len(axes) - len(v.shape) :]
    pairs = zip(dims, v.shape, strides, strict=True)
    return Access(root, offset, {d: s for d, n, s in pairs if n != 1 and s})


def join(a: Space, b: Space, vertical: bool) -> Space | None:
    """One nest with the members of both, or None if their iterations do not correspond.

    `vertical`: one computes what the other reads; otherwise they only read the same memory.
    """
    a, b = a.copy(), b.copy()
    pairs: dict[int, int] = {}
    for x, y in _anchors(a, b):
        _match(a, b, x, y, pairs)
    rest_a = [d for d in a.sizes if d not in pairs.values()]
    rest_b = [d for d in b.sizes if d not in pairs]
    if not vertical and (rest_a or rest_b or not pairs):
        return None
    if rest_a and rest_b:
        if [a.sizes[d] for d in rest_a] != [b.sizes[d] for d in rest_b]:
            return None
        pairs.update(zip(rest_b, rest_a, strict=True))
    b.rename(pairs)
    members = sorted(a.members + b.members, key=lambda m: m.index)
    joined = Space(a.sizes | b.sizes, members)
    made = joined.made()
    for m in members:
        for access in m.reads:
            if access.root in made and not access.same(made[access.root].write):
                return None
    return joined.collapse()


def _anchors(a: Space, b: Space) -> list[tuple[Access, Access]]:
    """Pairs of accesses to the same memory, those of values passed from one to the other first."""
    known: dict[Var, list[Access]] = {}
    for access in a.accesses:
        known.setdefault(access.root, []).append(access)
    made = a.made().keys() | b.made().keys()
    pairs = [
        (x, y)
        for y in b.accesses
        for x in known.get(y.root, ())
        if x.offset == y.offset and x.strides and y.strides
    ]
    pairs.sort(key=lambda pair: (pair[0].root not in made, -len(pair[0].strides)))
    return pairs


def _match(a: Space, b: Space, x: Access, y: Access, pairs: dict[int, int]) -> None:
    """Find which dimensions of b run over the memory of x as which of a do, splitting some."""
    if any(y.strides.get(e, 0) != x.strides.get(d, 0) for e, d in pairs.items()):
        return
    taken = set(pairs.values())
    xs = sorted((s, d) for d, s in x.strides.items() if d not in taken)
    ys = sorted((t, e) for e, t in y.strides.items() if e not in pairs)
    found: dict[int, int] = {}
    while xs and ys:
        (s, d), (t, e) = xs.pop(0), ys.pop(0)
        n, m = a.sizes[d], b.sizes[e]
        if s != t:
            return
        if n > m and n % m == 0:
            outer, d = a.split(d, m)
            xs.insert(0, (s * m, outer))
        elif m > n and m % n == 0:
            outer, e = b.split(e, n)
            ys.insert(0, (t * n, outer))
        elif n != m:
            return
        found[e] = d
    if not xs and not ys:
        pairs.update(found)
