"""DataLoader in one process: orders, random numbers, streams, errors. Answers are PyTorch's."""

import hashlib
import warnings

import numpy
import pytest

import chainrule as torch
from chainrule.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset, random_split

PAIRS = TensorDataset(torch.arange(10.0), torch.arange(10))
GENERATED = [[7, 4, 8, 1], [2, 3, 6, 5], [9, 0]]
SHUFFLED = [[6, 7, 1, 4], [2, 0, 9, 8], [3, 5]]


class Plain(Dataset):
    """The samples of PAIRS one by one, without a shortcut."""

    def __len__(self):
        return 10

    def __getitem__(self, i):
        return PAIRS[i]


def digest(state):
    return hashlib.md5(state.numpy().tobytes()).hexdigest()[:8]


def state(generator):
    return digest(generator.get_state())


def default_state():
    return digest(torch.get_rng_state())


@pytest.mark.parametrize("dataset", [PAIRS, Plain()])
@pytest.mark.parametrize(
    ("options", "second", "rest", "after"),
    [
        ({}, False, [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]], "a484c071"),
        ({"shuffle": True}, True, SHUFFLED, "ca194379"),
        ({"shuffle": True, "drop_last": True}, True, SHUFFLED[:2], "ca194379"),
    ],
)
def test_random_numbers_are_drawn_as_in_pytorch(dataset, options, second, rest, after):
    torch.manual_seed(0)
    start = default_state()
    loader = DataLoader(dataset, batch_size=4, **options)
    assert default_state() == start
    iterator = iter(loader)
    begun = default_state()
    assert begun != start
    first = next(iterator)
    assert (default_state() != begun) == second
    assert [first[1].tolist(), *(batch[1].tolist() for batch in iterator)] == rest
    assert default_state() == after
    assert len(loader) == len(iterator) == len(rest)


@pytest.mark.parametrize("dataset", [PAIRS, Plain()])
def test_a_given_generator_is_the_only_one_used(dataset):
    torch.manual_seed(0)
    start = default_state()
    generator = torch.Generator().manual_seed(5)
    loader = DataLoader(dataset, batch_size=4, shuffle=True, generator=generator)
    assert [batch[1].tolist() for batch in loader] == GENERATED
    assert state(generator) == "6e7cc726"
    assert default_state() == start


def test_batches_are_lists_of_their_own_memory():
    data = TensorDataset(torch.zeros(4, 2, 3).transpose(1, 2), torch.zeros(4))
    batch = next(iter(DataLoader(data, batch_size=2)))
    assert type(batch) is list
    assert batch[0].shape == (2, 3, 2)
    assert batch[0].is_contiguous()
    batch[0][...] = 1
    assert data.tensors[0].sum() == 0


def test_gradients_reach_a_dataset():
    x = torch.arange(4.0).requires_grad_()
    loader = DataLoader(TensorDataset(x, x[:].detach()), batch_size=3)
    sum((batch[0] * batch[1]).sum() for batch in loader).backward()
    assert x.grad.tolist() == [0.0, 1.0, 2.0, 3.0]
    view = torch.arange(4.0).requires_grad_()[1:]
    assert next(iter(DataLoader(TensorDataset(view))))[0].requires_grad


def test_parts_of_a_dataset():
    part = random_split(PAIRS, [4, 6], torch.Generator().manual_seed(5))[0]
    assert [b[1].tolist() for b in DataLoader(part, batch_size=3)] == [[1, 4, 9], [6]]
    chosen = DataLoader(PAIRS, sampler=[3, -1], batch_size=2)
    assert [batch[1].tolist() for batch in chosen] == [[3, 9]]
    batches = DataLoader(PAIRS, batch_sampler=[[0, 1], [2], []][:2])
    assert [batch[1].tolist() for batch in batches] == [[0, 1], [2]]
    assert (batches.batch_size, batches.drop_last) == (None, False)


def test_without_batches():
    x, y = list(DataLoader(PAIRS, batch_size=None))[3]
    assert (repr(x), repr(y)) == ("tensor(3.)", "tensor(3)")
    data = [numpy.ones(1, "f4"), "a"]
    assert repr(list(DataLoader(data, batch_size=None))) == "[tensor([1.]), 'a']"


def test_getitems_and_collate_fn():
    class Several(Plain):
        def __getitems__(self, indices):
            return [-i for i in indices]

    assert [batch.tolist() for batch in DataLoader(Several(), batch_size=6)] == [
        [0, -1, -2, -3, -4, -5],
        [-6, -7, -8, -9],
    ]
    assert next(iter(DataLoader(Several(), batch_size=2, collate_fn=sum))) == -1


class Stream(IterableDataset):
    def __iter__(self):
        return iter(range(5))


class Short(Stream):
    def __len__(self):
        return 3


def test_streams():
    def batches(**options):
        return [batch if type(batch) is int else batch.tolist() for batch in loader(**options)]

    def loader(**options):
        return DataLoader(Stream(), **options)

    assert batches(batch_size=2) == [[0, 1], [2, 3], [4]]
    assert batches(batch_size=2, drop_last=True) == [[0, 1], [2, 3]]
    assert batches(batch_size=None) == [0, 1, 2, 3, 4]
    assert len(DataLoader(Short(), batch_size=2)) == 2
    with pytest.raises(TypeError, match="has no len"):
        len(loader())


def test_a_stream_longer_than_it_says():
    loader = DataLoader(Short())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len([batch for batch in loader]) == 5  # noqa: C416
    assert len(loader) == 3
    with pytest.warns(UserWarning, match=r"was reported to be 3\(when accessing len") as caught:
        assert len([batch for batch in loader]) == 5  # noqa: C416
    assert len(caught) == 2
    assert "but 4 samples have been fetched. " in str(caught[0].message)


def test_an_error_leaves_the_iteration_usable():
    class Bad(Plain):
        def __getitem__(self, i):
            if i == 2:
                raise ValueError("bad item")
            return i

    iterator = iter(DataLoader(Bad()))
    assert [next(iterator).item() for _ in range(2)] == [0, 1]
    with pytest.raises(ValueError, match="bad item"):
        next(iterator)
    assert next(iterator).item() == 3
    with pytest.raises(IndexError, match="index 30 is out of bounds for dimension 0 with size 10"):
        next(iter(DataLoader(PAIRS, sampler=[30])))


def test_settings_are_fixed():
    loader = DataLoader(PAIRS, batch_size=3)
    with pytest.raises(ValueError, match="batch_size attribute should not be set after"):
        loader.batch_size = 5
    with pytest.raises(ValueError, match="dataset attribute should not be set after"):
        loader.dataset = []
    loader.timeout = 5


def test_pin_memory_warns_without_an_accelerator():
    loader = DataLoader(PAIRS, pin_memory=True)
    if torch.cuda.is_available():
        pytest.skip("there is an accelerator")
    with pytest.warns(UserWarning, match="'pin_memory' argument is set as true but no accelerator"):
        assert len(list(loader)) == 10


def test_many_workers_warn():
    with pytest.warns(UserWarning, match="This DataLoader will create 5000 worker processes"):
        DataLoader(PAIRS, num_workers=5000)


DEFAULTS = "DataLoader with IterableDataset: expected unspecified {0} option, but got {0}="
TOGETHER = "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop"
ERRORS = [
    ({"num_workers": -1}, "num_workers option should be non-negative; use num_workers=0 to"),
    ({"timeout": -1}, "timeout option should be non-negative"),
    ({"prefetch_factor": 2}, "prefetch_factor option could only be specified in multiprocessing"),
    ({"num_workers": 1, "prefetch_factor": -2}, "prefetch_factor option should be non-negative"),
    ({"persistent_workers": True}, "persistent_workers option needs num_workers > 0"),
    ({"dataset": Stream(), "shuffle": True}, DEFAULTS.format("shuffle")),
    ({"dataset": Stream(), "sampler": [1]}, DEFAULTS.format("sampler")),
    ({"dataset": Stream(), "batch_sampler": [[1]]}, DEFAULTS.format("batch_sampler")),
    ({"sampler": [1], "shuffle": True}, "sampler option is mutually exclusive with shuffle"),
    ({"batch_sampler": [[1]], "batch_size": 2}, TOGETHER),
    ({"batch_sampler": [[1]], "shuffle": True}, TOGETHER),
    ({"batch_sampler": [[1]], "drop_last": True}, TOGETHER),
    ({"batch_size": None, "drop_last": True}, "batch_size=None option disables auto-batching"),
    ({"batch_size": 0}, "batch_size should be a positive integer value, but got batch_size=0"),
    ({"batch_size": True}, "batch_size should be a positive integer value, but got batch_size="),
    ({"drop_last": 5}, "drop_last should be a boolean value, but got drop_last=5"),
    ({"dataset": [], "shuffle": True}, "num_samples should be a positive integer value, but got"),
    ({"multiprocessing_context": "spawn"}, "multiprocessing_context can only be used with multi"),
    (
        {"num_workers": 1, "multiprocessing_context": "foo"},
        "multiprocessing_context option should specify a valid start method in ['",
    ),
]


@pytest.mark.parametrize(("options", "words"), ERRORS)
def test_errors(options, words):
    with pytest.raises(ValueError) as caught:
        DataLoader(**{"dataset": PAIRS, **options})
    assert words in str(caught.value)


def test_empty():
    assert list(DataLoader([])) == []
    assert list(DataLoader(TensorDataset(torch.zeros(0, 2)), batch_size=3)) == []
    with pytest.raises(TypeError, match="should be a valid context object"):
        DataLoader(PAIRS, num_workers=1, multiprocessing_context=5)
