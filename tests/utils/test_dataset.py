"""Datasets, and splitting them. Answers are PyTorch's."""

import pytest

import chainrule as torch
from chainrule.utils.data import (
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)

PAIRS = TensorDataset(torch.arange(10.0), torch.arange(10))


class Stream(IterableDataset):
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return iter(range(self.n))


class Sized(Stream):
    def __len__(self):
        return self.n


ERRORS = [
    (lambda: Dataset()[0], NotImplementedError, "should implement __getitem__"),
    (lambda: IterableDataset(), TypeError, "abstract"),
    (lambda: TensorDataset(torch.ones(2), torch.ones(3)), AssertionError, "Size mismatch"),
    (lambda: ConcatDataset([]), AssertionError, "should not be an empty iterable"),
    (lambda: ConcatDataset([Stream(1)]), AssertionError, "does not support IterableDataset"),
    (lambda: (PAIRS + PAIRS)[-21], ValueError, "should not exceed dataset length"),
    (lambda: (PAIRS + PAIRS)[20], IndexError, "out of range"),
    (lambda: list(ChainDataset([PAIRS])), AssertionError, "only supports IterableDataset"),
    (lambda: StackDataset(), ValueError, "At least one dataset should be passed"),
    (lambda: StackDataset(PAIRS, [1]), ValueError, "Size mismatch between datasets"),
    (lambda: StackDataset(PAIRS, a=PAIRS), ValueError, "both types are given"),
    (lambda: random_split(PAIRS, [3, 3]), ValueError, "Sum of input lengths does not equal"),
    (lambda: random_split(PAIRS, [1.5, -0.5]), ValueError, "index 0 is not between 0 and 1"),
]


@pytest.mark.parametrize(("act", "kind", "words"), ERRORS)
def test_errors(act, kind, words):
    with pytest.raises(kind) as caught:
        act()
    assert words in str(caught.value)


def test_tensor_dataset():
    x, y = PAIRS[3]
    assert (x.item(), y.item()) == (3.0, 3)
    assert [t.tolist() for t in PAIRS[[1, 2]]] == [[1.0, 2.0], [1, 2]]
    assert len(TensorDataset(torch.ones(3, 2))) == 3


def test_concat():
    both = ConcatDataset([range(2), [], range(5, 8)])
    assert [both[i] for i in range(-5, 5)] == [0, 1, 5, 6, 7] * 2
    assert both.cumulative_sizes == [2, 2, 5]


def test_streams_in_a_row():
    assert [*Stream(2) + Stream(3)] == [0, 1, 0, 1, 2]
    assert len(Sized(2) + Sized(3)) == 5


def test_stack():
    both = StackDataset(PAIRS, range(10))
    assert both[2] == ((2.0, 2), 2)
    assert both.__getitems__([1, 2]) == [((1.0, 1), 1), ((2.0, 2), 2)]
    assert len(both) == 10
    assert StackDataset(a=range(3), b="abc").__getitems__([2]) == [{"a": 2, "b": "c"}]


def test_subset():
    subset = Subset(PAIRS, [4, 2, 7])
    assert len(subset) == 3
    assert subset[1] == (2.0, 2)
    assert [t.tolist() for t in subset[[0, 2]]] == [[4.0, 7.0], [4, 7]]
    assert subset.__getitems__([2, 0]) == [(7.0, 7), (4.0, 4)]


def test_random_split():
    generator = torch.Generator().manual_seed(5)
    parts = random_split(PAIRS, [3, 7], generator=generator)
    assert [part.indices for part in parts] == [[1, 4, 9], [6, 3, 5, 0, 2, 8, 7]]
    torch.manual_seed(5)
    parts = random_split(range(10), [0.33, 0.33, 0.34])
    assert [part.indices for part in parts] == [[1, 4, 9, 6], [3, 5, 0], [2, 8, 7]]
    assert [len(part) for part in random_split(PAIRS, [0.05, 0.95])] == [1, 9]


def test_an_empty_part_warns():
    with pytest.warns(UserWarning, match="Length of split at index 1 is 0"):
        random_split(range(1), [0.5, 0.5])


class Shortcut(Dataset):
    """Counts how it is asked."""

    def __init__(self):
        self.log = []

    def __len__(self):
        return 4

    def __getitem__(self, i):
        self.log.append(i)
        return i

    def __getbatch__(self, indices):
        self.log.append(indices.tolist())
        return torch.tensor(indices.tolist()) if len(indices) > 1 else None


class Overridden(Shortcut):
    def __getitem__(self, i):
        return super().__getitem__(i) + 10


def test_whole_batches():
    data = Shortcut()
    assert [b.tolist() for b in DataLoader(data, batch_size=3)] == [[0, 1, 2], [3]]
    assert data.log == [[0, 1, 2], [3], 3]


def test_whole_batches_of_a_subset():
    data = Shortcut()
    assert [b.tolist() for b in DataLoader(Subset(data, [3, 1]), batch_size=2)] == [[3, 1]]
    assert data.log == [[3, 1]]


def test_no_whole_batches_for_another_collation_or_an_overriding_class():
    data = Shortcut()
    assert list(DataLoader(data, batch_size=3, collate_fn=tuple)) == [(0, 1, 2), (3,)]
    other = Overridden()
    assert [b.tolist() for b in DataLoader(other, batch_size=4)] == [[10, 11, 12, 13]]
    assert [b.tolist() for b in DataLoader(Subset(other, [2]))] == [[12]]
    assert [*data.log, *other.log] == [0, 1, 2, 3, 0, 1, 2, 3, 2]
