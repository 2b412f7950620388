"""The generator is PyTorch's: seeds, words, state."""

import copy
import hashlib
import pickle

import numpy
import pytest

from chainrule.core.generator import Generator, default_generator


def digest(generator):
    return hashlib.sha256(generator.get_state().numpy().tobytes()).hexdigest()[:16]


# Seed, the seed it stands for, two words, and digests of the state when fresh, after 1 word, after
# 624 and after 625, as recorded from torch.Generator.
RECORDED = [
    (
        0,
        0,
        [2357136044, 2546248239],
        ["1ccf17250133dec5", "aaf8baabbbcc40c8", "484720ea4ef85e46", "6bb1f50f7895dd4a"],
    ),
    (
        1,
        1,
        [1791095845, 4282876139],
        ["f5defda135ec2e0d", "10776c03dbeef23d", "bc0e33e8463c31a4", "30b05b879c944236"],
    ),
    (
        -1,
        18446744073709551615,
        [419326371, 479346978],
        ["74c65bce05a4fcdd", "487dd4ae76653821", "1580367be4a3199c", "e6a15b498af11047"],
    ),
    (
        18446744073709551614,
        18446744073709551614,
        [2236247450, 437438088],
        ["8858f4bf5560f9a2", "62270a236d54d193", "f69c6bfba87f99b9", "a71c96e733b30213"],
    ),
    (
        -9223372036854775808,
        9223372036854775808,
        [2357136044, 2546248239],
        ["b7855dcbdb9da86a", "11e9c07dd038270c", "990be9965a858b55", "f47e7b062272961c"],
    ),
    (
        123456789012345,
        123456789012345,
        [421056514, 1543297199],
        ["b0fd09fb832f4b43", "55899b0186e7bbb3", "600536c40d636a9f", "9bc7831374390ff1"],
    ),
]


@pytest.mark.parametrize(("seed", "initial", "words", "digests"), RECORDED)
def test_states_are_pytorchs(seed, initial, words, digests):
    g = Generator().manual_seed(seed)
    assert g.initial_seed() == initial
    found = [digest(g)]
    for count in (1, 623, 1):
        drawn = g.random32(count)
        assert drawn.shape == (count,)
        found.append(digest(g))
    assert found == digests
    assert g.manual_seed(seed).random32(2).tolist() == words


def test_a_new_generator_has_pytorchs_default_seed():
    assert Generator().initial_seed() == 67280421310721
    assert numpy.array_equal(
        Generator().get_state(), Generator().manual_seed(67280421310721).get_state()
    )


def test_seeding_is_seen_by_the_first_word_and_forgets_the_kept_normal():
    g = Generator().manual_seed(1)
    g.next_normal = 0.5
    g.manual_seed(1)
    assert g.next_normal is None
    assert g.random32(1)[0] == Generator().manual_seed(1 + 2**32).random32(1)[0]


def test_seed_is_different_each_time():
    g = Generator()
    assert g.seed() != g.seed()
    assert g.initial_seed() < 2**64
    assert default_generator.initial_seed() != 67280421310721


@pytest.mark.parametrize("count", [0, 1, 623, 624, 625, 2000])
def test_a_state_continues_the_stream(count):
    a = Generator().manual_seed(9)
    a.random32(count)
    a.next_normal, a.next_float_normal = 0.25, -1.5
    b = Generator()
    b.set_state(a.get_state())
    assert numpy.array_equal(a.get_state(), b.get_state())
    assert (b.next_normal, b.next_float_normal, b.initial_seed()) == (0.25, -1.5, 9)
    assert numpy.array_equal(a.random32(700), b.random32(700))


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, Generator.clone_state, lambda g: pickle.loads(pickle.dumps(g))],
)
def test_copies_are_independent(copied):
    a = Generator().manual_seed(3)
    a.random32(5)
    b = copied(a)
    first = a.random32(10)
    assert numpy.array_equal(first, b.random32(10))
    a.random32(1)
    assert not numpy.array_equal(a.get_state(), b.get_state())


def test_words_of_64_bits_have_the_high_half_first():
    a, b = Generator().manual_seed(5), Generator().manual_seed(5)
    high, low = a.random32(2).tolist()
    assert b.random64(1).tolist() == [high * 2**32 + low]


def test_drawing_nothing_changes_nothing():
    g = Generator().manual_seed(5)
    before = g.get_state()
    assert g.random32(0).shape == g.random64(0).shape == (0,)
    assert numpy.array_equal(g.get_state(), before)


@pytest.mark.parametrize("seed", [1.0, True, "1", None])
def test_a_seed_is_an_integer(seed):
    with pytest.raises(RuntimeError, match="manual_seed expected a long, but got"):
        Generator().manual_seed(seed)


@pytest.mark.parametrize("seed", [2**64, -(2**63) - 1])
def test_a_seed_has_64_bits(seed):
    with pytest.raises(ValueError, match="Overflow when unpacking long long"):
        Generator().manual_seed(seed)


def invalid(field):
    state = Generator().get_state()
    state[field] += 1
    return state


@pytest.mark.parametrize(
    ("state", "error", "message"),
    [
        ([1], TypeError, "expected a torch.ByteTensor, but got list"),
        (numpy.zeros(5056), TypeError, "RNG state must be a torch.ByteTensor"),
        (numpy.zeros(10, numpy.uint8), RuntimeError, "of size 5056 but found .* to be 10"),
        (numpy.zeros(10112, numpy.uint8)[::2], RuntimeError, "RNG state must be contiguous"),
        (numpy.zeros(5056, numpy.uint8), RuntimeError, "Invalid mt19937 state"),
        (invalid(8), RuntimeError, "Invalid mt19937 state"),
        (invalid(12), RuntimeError, "Invalid mt19937 state"),
    ],
)
def test_a_bad_state_is_refused_and_changes_nothing(state, error, message):
    g = Generator().manual_seed(8)
    before = g.get_state()
    with pytest.raises(error, match=message):
        g.set_state(state)
    assert numpy.array_equal(g.get_state(), before)


def test_devices():
    assert Generator(None).device.type == "cpu"
    assert str(Generator("cpu").device) == "cpu"
    with pytest.raises(RuntimeError, match="Cannot get a generator for device cuda"):
        Generator("cuda")
