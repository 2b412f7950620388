"""Places: where regions of memory are in other memory, compared with lists of all elements."""

from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.compiler.graph import row_major
from chainrule.compiler.passes.places import Place, compose, disjoint

LAYOUTS = [
    Place((2, 3), (3, 1)),
    Place((2, 3), (1, 2)),
    Place((4, 3), (3, 1)),
    Place((2, 2, 3), (6, 3, 1)),
    Place((2, 2, 3), (1, 6, 2)),
    Place((3, 2), (-2, -1), 5),
    Place((2, 3), (8, 2), 3),
    Place((12,), (1,)),
    Place((), (), 2),
    Place((1, 3), (7, 1)),
]


def same_shape(one):
    """Another numbering of as many elements."""
    turned = Place(one.shape, row_major(one.shape[::-1])[::-1], 4)
    broadcast = Place(one.shape, (0,) * len(one.shape), 1)
    return st.sampled_from([Place(one.shape, row_major(one.shape)), turned, broadcast, one])


@st.composite
def places(draw):
    """Any region within the first elements."""
    shape = tuple(draw(st.lists(st.integers(0, 3), max_size=2)))
    strides = tuple(draw(st.integers(-4, 6)) for _ in shape)
    return Place(shape, strides, draw(st.integers(0, 10)))


@settings(max_examples=200)
@given(places(), st.sampled_from(LAYOUTS).flatmap(lambda p: st.tuples(st.just(p), same_shape(p))))
def test_compose(place, numberings):
    grid, onto = numberings
    found = compose(place, grid, onto)
    there = dict(zip(grid.indices().ravel().tolist(), onto.indices().ravel().tolist(), strict=True))
    wanted = [there.get(i) for i in place.indices().ravel().tolist()]
    if found is not None:
        assert found.shape == place.shape
        assert found.indices().ravel().tolist() == wanted
    elif place.size < 2:
        assert None in wanted  # of one element it must succeed


def test_compose_of_merged_axes():
    rows = Place((4, 3), (3, 1))
    assert compose(Place((12,), (1,)), rows, Place((4, 3), (3, 1), 5)) == Place((12,), (1,), 5)
    assert compose(Place((12,), (1,)), rows, Place((4, 3), (1, 4))) is None
    assert compose(Place((2, 2, 3), (6, 3, 1)), rows, Place((4, 3), (1, 4))) == Place(
        (2, 2, 3), (2, 1, 4)
    )
    assert compose(Place((3,), (-1,), 5), rows, Place((4, 3), (1, 4))) == Place((3,), (-4,), 9)


def test_compose_of_overlapping_numbers():
    assert compose(Place((), (), 2), Place((2, 3), (2, 1)), Place((2, 3), (3, 1))) is None


@given(places(), places())
def test_disjoint(one, other):
    common = set(one.indices().ravel().tolist()) & set(other.indices().ravel().tolist())
    assert disjoint(one, other) == (not common)
