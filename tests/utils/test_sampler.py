"""Samplers: orders and how many random numbers they draw, as recorded from PyTorch."""

import hashlib
from itertools import islice

import pytest

import chainrule as torch
from chainrule.utils.data import (
    BatchSampler,
    DistributedSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)

TEN = range(10)


def digest(state):
    return hashlib.md5(state.numpy().tobytes()).hexdigest()[:8]


def state(generator):
    return digest(generator.get_state())


# options, the first twelve indices, the state of the generator (seed 5) after all of them
DRAWN = [
    ({}, [1, 4, 9, 6, 3, 5, 0, 2, 8, 7], "8ce619b8"),
    ({"replacement": True}, [1, 4, 7, 5, 6, 0, 2, 3, 8, 4], "3509f4b6"),
    ({"num_samples": 4}, [1, 4, 9, 6], "a28729ca"),
    ({"num_samples": 25}, [1, 4, 9, 6, 3, 5, 0, 2, 8, 7, 4, 2], "33212464"),
    ({"num_samples": 20}, [1, 4, 9, 6, 3, 5, 0, 2, 8, 7, 4, 2], "33212464"),
    (
        {"replacement": True, "num_samples": 70},
        [1, 4, 7, 5, 6, 0, 2, 3, 8, 4, 9, 0],
        "da3a0a6b",
    ),
]


@pytest.mark.parametrize(("options", "first", "after"), DRAWN)
def test_random_sampler(options, first, after):
    generator = torch.Generator().manual_seed(5)
    sampler = RandomSampler(TEN, generator=generator, **options)
    order = list(sampler)
    assert order[:12] == first
    assert len(order) == len(sampler) == options.get("num_samples", 10)
    assert state(generator) == after


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("size", [1, 4, 5, 30])
@pytest.mark.parametrize("options", [options for options, _, _ in DRAWN])
def test_arrays_are_the_batches(options, size, drop_last):
    def batches(take):
        generator = torch.Generator().manual_seed(5)
        sampler = BatchSampler(RandomSampler(TEN, generator=generator, **options), size, drop_last)
        for batch in take(sampler):
            yield list(batch), state(generator)
        yield state(generator)

    assert list(batches(BatchSampler._arrays)) == list(batches(iter))


@pytest.mark.parametrize(
    ("options", "first"),
    [
        ({}, [7, 0, 9, 1, 6, 4, 5, 3, 2, 8]),
        ({"replacement": True, "num_samples": 40}, [7, 8, 5, 1, 8, 6, 2, 2, 3, 9]),
        ({"num_samples": 4}, [7, 0, 9, 1]),
    ],
)
def test_a_seed_from_the_default_generator(options, first):
    torch.manual_seed(3)
    assert list(islice(RandomSampler(TEN, **options), 10)) == first
    assert digest(torch.get_rng_state()) == "95b4b7f3"
    nested = RandomSampler(TEN, **options)
    assert len(list(zip(nested, nested, strict=True))) == len(nested)


def test_subset_and_weights():
    generator = torch.Generator().manual_seed(5)
    assert list(SubsetRandomSampler([3, 5, 7, 9], generator)) == [9, 5, 3, 7]
    generator.manual_seed(5)
    weights = [0.1, 0.2, 0.7]
    assert list(WeightedRandomSampler(weights, 5, generator=generator)) == [2, 1, 2, 2, 1]
    assert state(generator) == "3509f4b6"
    once = WeightedRandomSampler(torch.tensor(weights), 2, replacement=False, generator=generator)
    assert list(once) == [2, 1]
    assert len(once) == 2


def test_batches():
    assert list(BatchSampler(SequentialSampler("abcde"), 2, False)) == [[0, 1], [2, 3], [4]]
    assert list(BatchSampler(iter(range(5)), 2, True)) == [[0, 1], [2, 3]]
    assert len(BatchSampler(range(5), 2, False)) == 3
    assert len(BatchSampler(range(5), 2, True)) == 2


ERRORS = [
    (lambda: RandomSampler([]), ValueError, "positive integer value, but got num_samples=0"),
    (lambda: RandomSampler(TEN, num_samples=2.5), ValueError, "but got num_samples=2.5"),
    (lambda: RandomSampler(TEN, replacement=5), TypeError, "replacement should be a boolean"),
    (lambda: BatchSampler(TEN, 0, False), ValueError, "positive integer value, but got batch_s"),
    (lambda: BatchSampler(TEN, True, False), ValueError, "but got batch_size=True"),
    (lambda: BatchSampler(TEN, 2, 5), ValueError, "drop_last should be a boolean value"),
    (lambda: WeightedRandomSampler([1.0], 0), ValueError, "but got num_samples=0"),
    (lambda: WeightedRandomSampler([[1.0]], 1), ValueError, "weights have shape (1, 1)"),
    (lambda: WeightedRandomSampler([1.0], 1, 5), ValueError, "replacement should be a boolean"),
    (lambda: list(WeightedRandomSampler([1.0], 2, False)), RuntimeError, "cannot sample n_sample"),
    (lambda: iter(Sampler()), NotImplementedError, "__iter__"),
    (lambda: len(Sampler()), TypeError, "has no len"),
    (lambda: Sampler(TEN), TypeError, "no arguments"),
]


@pytest.mark.parametrize(("act", "kind", "words"), ERRORS)
def test_errors(act, kind, words):
    with pytest.raises(kind) as caught:
        act()
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("drop_last", "shuffled", "plain"),
    [
        (False, [[0, 3, 4], [6, 5, 0], [1, 2, 6]], [[0, 3, 6], [1, 4, 0], [2, 5, 1]]),
        (True, [[0, 3], [6, 5], [1, 2]], [[0, 3], [1, 4], [2, 5]]),
    ],
)
def test_parts_of_processes_are_pytorchs(drop_last, shuffled, plain):
    """Recorded from PyTorch 2.13: seven indices, three processes, seed 1."""
    settings = {"num_replicas": 3, "seed": 1, "drop_last": drop_last}
    parts = [DistributedSampler(range(7), rank=r, **settings) for r in range(3)]
    assert [list(part) for part in parts] == shuffled
    assert [len(part) for part in parts] == [len(each) for each in shuffled]
    orders = [DistributedSampler(range(7), rank=r, shuffle=False, **settings) for r in range(3)]
    assert [list(order) for order in orders] == plain
    parts[0].set_epoch(5)
    assert list(parts[0]) != shuffled[0]
    assert list(DistributedSampler(range(1), num_replicas=4, rank=3)) == [0]
    with pytest.raises(ValueError, match=r"rank should be in the interval \[0, 1\]"):
        DistributedSampler(range(4), num_replicas=2, rank=5)
    with pytest.raises(ValueError, match="give num_replicas= and rank="):
        DistributedSampler(range(4))
