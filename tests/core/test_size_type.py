"""`Size` against what `torch.Size` answered to the same expressions."""
# ruff: noqa: RUF005 - concatenation is what is tested

import copy
import pickle

import numpy as np
import pytest

from chainrule.core.size import Size

S = Size([2, 3, 4])


class Four:
    def __index__(self):
        return 4


class Reflected:
    def __radd__(self, other):
        return "radd"

    def __rmul__(self, other):
        return "rmul"


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        (Size(), "torch.Size([])"),
        (Size((2,)), "torch.Size([2])"),
        (Size(range(3)), "torch.Size([0, 1, 2])"),
        (Size(n for n in (1, 2)), "torch.Size([1, 2])"),
        (Size([True, np.int64(3), Four(), -1]), "torch.Size([1, 3, 4, -1])"),
        (Size(np.array([1, 2])), "torch.Size([1, 2])"),
        (Size([2**63 - 1]), "torch.Size([9223372036854775807])"),
        (S[1:], "torch.Size([3, 4])"),
        (S[::-1], "torch.Size([4, 3, 2])"),
        (S[:0], "torch.Size([])"),
        (S[-2:9], "torch.Size([3, 4])"),
        (S + (5,), "torch.Size([2, 3, 4, 5])"),
        (S + S[:1], "torch.Size([2, 3, 4, 2])"),
        ((5,) + S, "torch.Size([5, 2, 3, 4])"),
        (() + S, "torch.Size([2, 3, 4])"),
        (sum([S[:1], S[:1]], ()), "torch.Size([2, 2])"),
        (S * 2, "torch.Size([2, 3, 4, 2, 3, 4])"),
        (2 * S[:2], "torch.Size([2, 3, 2, 3])"),
        (S[:1] * np.int64(2), "torch.Size([2, 2])"),
        (S * -1, "torch.Size([])"),
        (S * True, "torch.Size([2, 3, 4])"),
        (pickle.loads(pickle.dumps(S)), "torch.Size([2, 3, 4])"),
        (copy.copy(S), "torch.Size([2, 3, 4])"),
        (copy.deepcopy(S), "torch.Size([2, 3, 4])"),
    ],
)
def test_makes_a_size(made, shown):
    assert type(made) is Size
    assert repr(made) == str(made) == f"{made}" == shown
    assert all(type(dim) is int for dim in made)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_pickle_protocol(protocol):
    again = pickle.loads(pickle.dumps(S, protocol))
    assert type(again) is Size
    assert again == S


def test_is_a_tuple():
    assert isinstance(S, tuple)
    assert S == (2, 3, 4)
    assert hash(S) == hash((2, 3, 4))
    assert S < (3,)
    assert (S[0], S[-1], S.index(3), S.count(2), len(S)) == (2, 4, 1, 1, 3)
    assert [*S] == [2, 3, 4]
    assert type(tuple(S)) is tuple
    assert not hasattr(S, "__dict__")


def test_numel():
    assert S.numel() == 24
    assert Size().numel() == 1
    assert Size([0, 3]).numel() == 0


def test_gives_way_to_reflected_operators():
    assert S + Reflected() == "radd"
    assert S * Reflected() == "rmul"
    assert (Size([2, 3]) + np.array([1, 2])).tolist() == [3, 5]
    assert (Size([2, 3]) * np.array([1, 2])).tolist() == [2, 6]
    assert (np.int64(1) + Size([2, 3])).tolist() == [3, 4]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Size(5), TypeError, "'int' object is not iterable"),
        (lambda: Size(None), TypeError, "'NoneType' object is not iterable"),
        (lambda: Size([1.5]), TypeError, r"takes an iterable of 'int' \(item 0 is 'float'\)"),
        (lambda: Size("ab"), TypeError, r"torch.Size\(\) takes an .*\(item 0 is 'str'\)"),
        (lambda: Size([1, None]), TypeError, r"\(item 1 is 'NoneType'\)"),
        (lambda: Size([np.True_]), TypeError, r"takes an iterable of 'int' \(item 0"),
        (lambda: S + (1.5,), TypeError, r"\(item 3 is 'float'\)"),
        (lambda: ("a",) + S, TypeError, r"\(item 0 is 'str'\)"),
        (lambda: S + [5], TypeError, "can only concatenate tuple"),
        (lambda: [5] + S, TypeError, "can only concatenate list"),
        (lambda: S + 5, TypeError, "can only concatenate tuple"),
        (lambda: S * 1.5, TypeError, "can't multiply sequence by non-int of type 'float'"),
        (lambda: S[5], IndexError, "tuple index out of range"),
        (lambda: S["a"], TypeError, "indices must be integers or slices, not str"),
        (lambda: Size([2**63]), ValueError, "Overflow when unpacking long long"),
        (lambda: Size([-(2**63) - 1]), ValueError, "Overflow"),
        (lambda: Size([1], [2]), TypeError, "argument"),
    ],
)
def test_errors(make, error, message):
    with pytest.raises(error, match=message):
        make()
