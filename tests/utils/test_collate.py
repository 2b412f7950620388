"""default_collate and default_convert. Answers are PyTorch's."""

from collections import OrderedDict, defaultdict, namedtuple

import numpy
import pytest

import chainrule as torch
from chainrule.utils.data import default_collate, default_convert

Point = namedtuple("Point", "x y")


class Letters(list):
    pass


WORDS = "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found"
CASES = [
    ([1, 2], "tensor([1, 2])"),
    ([1.0, 2], "tensor([1., 2.], dtype=torch.float64)"),
    ([1, 2.5], "tensor([1.0000, 2.5000])"),
    ([True, False], "tensor([ True, False])"),
    (["a", "b"], "['a', 'b']"),
    ([b"a", b"b"], "[b'a', b'b']"),
    ([numpy.float32(1), numpy.float32(2)], "tensor([1., 2.])"),
    ([numpy.float64(1)], "tensor([1.], dtype=torch.float64)"),
    ([numpy.int64(1)], "tensor([1])"),
    ([numpy.bool_(1)], "tensor([True])"),
    ([numpy.ones(1), numpy.zeros(1)], "tensor([[1.],\n        [0.]], dtype=torch.float64)"),
    ([numpy.array(1.0, "f4")], "tensor([1.])"),
    ([numpy.ones(1, "f4"), numpy.ones(1)], "tensor([[1.],\n        [1.]], dtype=torch.float64)"),
    ([torch.ones(1), torch.zeros(1)], "tensor([[1.],\n        [0.]])"),
    ([torch.tensor(1), torch.tensor(2.0)], "tensor([1., 2.])"),
    ([torch.zeros(0)], "tensor([], size=(1, 0))"),
    ([torch.ones(1, requires_grad=True)], "tensor([[1.]], grad_fn=<StackBackward0>)"),
    ([(1, 2.0), (3, 4.0)], "[tensor([1, 3]), tensor([2., 4.], dtype=torch.float64)]"),
    ([(1, "a"), (2, "b")], "[tensor([1, 2]), ('a', 'b')]"),
    ([[1, 2], [3, 4]], "[tensor([1, 3]), tensor([2, 4])]"),
    ([range(2), range(2)], "[tensor([0, 0]), tensor([1, 1])]"),
    ([Letters([1, 2])], "[tensor([1]), tensor([2])]"),
    ([Point(1, 2), Point(3, 4)], "Point(x=tensor([1, 3]), y=tensor([2, 4]))"),
    ([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}], "{'a': tensor([1, 2]), 'b': ['x', 'y']}"),
    ([{"a": [1, 2]}, {"a": [3, 4]}], "{'a': [tensor([1, 3]), tensor([2, 4])]}"),
    ([defaultdict(int, a=1)], "defaultdict(<class 'int'>, {'a': tensor([1])})"),
]


@pytest.mark.parametrize(("batch", "expected"), CASES, ids=[repr(batch) for batch, _ in CASES])
def test_collate(batch, expected):
    assert repr(default_collate(batch)) == expected


def test_containers_keep_their_type():
    assert type(default_collate([Letters([1])])) is Letters
    assert type(default_collate([OrderedDict(a=1)])) is OrderedDict


ERRORS = [
    ([None], TypeError, f"{WORDS} <class 'NoneType'>"),
    ([1 + 2j], TypeError, f"{WORDS} <class 'complex'>"),
    ([numpy.array(["a"])], TypeError, f"{WORDS} <U1"),
    ([numpy.array([None])], TypeError, f"{WORDS} object"),
    ([[1, 2], [3]], RuntimeError, "each element in list of batch should be of equal size"),
    (
        [torch.ones(2), torch.ones(3)],
        RuntimeError,
        "stack expects each tensor to be equal size, but got [2] at entry 0 and [3] at entry 1",
    ),
    (
        [numpy.ones(2), numpy.ones(3)],
        RuntimeError,
        "stack expects each tensor to be equal size, but got [2] at entry 0 and [3] at entry 1",
    ),
    ([{"a": 1}, {"b": 1}], KeyError, "a"),
    ([], IndexError, "list index out of range"),
]


@pytest.mark.parametrize(("batch", "kind", "words"), ERRORS, ids=[repr(e[0]) for e in ERRORS])
def test_errors(batch, kind, words):
    with pytest.raises(kind) as caught:
        default_collate(batch)
    assert words in str(caught.value)


def test_a_batch_shares_no_memory():
    sample = torch.zeros(2)
    default_collate([sample])[0, 0] = 1
    array = numpy.zeros(2)
    default_collate([array])[0, 0] = 1
    assert sample.tolist() == array.tolist() == [0.0, 0.0]


CONVERTED = [
    (1, "1"),
    ("a", "'a'"),
    (None, "None"),
    (numpy.ones(1), "tensor([1.], dtype=torch.float64)"),
    (numpy.float32(1), "tensor(1.)"),
    ([numpy.ones(1), "b"], "[tensor([1.], dtype=torch.float64), 'b']"),
    ((numpy.ones(1, "f4"), 2), "[tensor([1.]), 2]"),
    ({"a": numpy.float32(1)}, "{'a': tensor(1.)}"),
    (Point(1, numpy.ones(1, "f4")), "Point(x=1, y=tensor([1.]))"),
    (range(2), "[0, 1]"),
]


@pytest.mark.parametrize(("data", "expected"), CONVERTED, ids=[repr(c[0]) for c in CONVERTED])
def test_convert(data, expected):
    assert repr(default_convert(data)) == expected


def test_convert_leaves_arrays_of_strings():
    array = numpy.array(["a"])
    assert default_convert(array) is array
