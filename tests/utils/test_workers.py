"""DataLoader with worker processes. Answers, seeds included, are PyTorch's."""

import os
import random
import signal
import sys
import time

import numpy
import pytest

import chainrule as torch
from chainrule.utils.data import (
    DataLoader,
    Dataset,
    IterableDataset,
    TensorDataset,
    get_worker_info,
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the datasets are not importable")


class Four(Dataset):
    """Four samples made by a function of the index."""

    def __init__(self, sample):
        self.sample = sample

    def __len__(self):
        return 4

    def __getitem__(self, i):
        return self.sample(i)


def fork(dataset, **options):
    return DataLoader(dataset, multiprocessing_context="fork", **options)


def test_order_and_random_numbers():
    data = TensorDataset(torch.arange(10.0), torch.arange(10))
    torch.manual_seed(0)
    loader = fork(data, batch_size=4, shuffle=True, num_workers=2)
    found = [batch[1].tolist() for batch in loader]
    assert found == [[6, 7, 1, 4], [2, 0, 9, 8], [3, 5]]


def test_seeds():
    def sample(i):
        info = get_worker_info()
        drawn = random.getrandbits(32), numpy.random.randint(2**31), torch.randint(0, 10**9, (1,))
        return info.id, info.num_workers, info.seed, *map(int, drawn), info.dataset is data

    data = Four(sample)
    torch.manual_seed(0)
    assert list(fork(data, num_workers=2, batch_size=None, collate_fn=tuple)) == [
        (0, 2, 900450186894289455, 915486900, 1448108554, 535894186, True),
        (1, 2, 900450186894289456, 3321668219, 731306218, 694999306, True),
        (0, 2, 900450186894289455, 3432518842, 1602943273, 418193997, True),
        (1, 2, 900450186894289456, 3491267394, 433669527, 610434917, True),
    ]
    assert get_worker_info() is None


def test_worker_info():
    text = next(iter(fork(Four(lambda i: repr(get_worker_info())), num_workers=1)))[0]
    assert text.startswith("WorkerInfo(id=0, num_workers=1, seed=")
    assert text.endswith(", rng=None, worker_method='multiprocessing')")


def test_streams():
    class Stream(IterableDataset):
        def __iter__(self):
            number = get_worker_info().id
            return iter([(number, i) for i in range(3 - number)])

    found = [[part.tolist() for part in batch] for batch in fork(Stream(), num_workers=2)]
    assert found == [[[0], [0]], [[1], [0]], [[0], [1]], [[1], [1]], [[0], [2]]]
    pairs = [[part.tolist() for part in b] for b in fork(Stream(), num_workers=2, batch_size=2)]
    assert pairs == [[[0, 0], [0, 1]], [[1, 1], [0, 1]], [[0], [2]]]


class AwkwardError(Exception):
    """An exception that cannot be made of a message."""

    def __init__(self, a, b):
        super().__init__(a, b)


def test_errors_come_home_with_the_traceback_of_the_worker():
    def sample(i):
        if i == 2:
            raise KeyError("this key")
        return i

    iterator = iter(fork(Four(sample), num_workers=1))
    assert [next(iterator).item() for _ in range(2)] == [0, 1]
    with pytest.raises(KeyError) as caught:
        next(iterator)
    text = str(caught.value)
    assert text.startswith("Caught KeyError in DataLoader worker process 0.\nOriginal Traceback")
    assert text.endswith("KeyError: 'this key'\n")
    assert next(iterator).item() == 3
    with pytest.raises(StopIteration):
        next(iterator)


def test_errors_that_cannot_be_sent_or_made_again():
    class LocalError(Exception):
        pass

    def fail(kind, *args):
        def sample(i):
            raise kind(*args)

        return fork(Four(sample), num_workers=1)

    for loader, name in (
        (fail(AwkwardError, 1, 2), "AwkwardError"),
        (fail(LocalError, "x"), "LocalError"),
    ):
        with pytest.raises(RuntimeError, match=f"Caught {name} in DataLoader worker process 0"):
            next(iter(loader))
    unsendable = fork(Four(lambda i: i), num_workers=1, collate_fn=lambda batch: lambda: batch)
    with pytest.raises(RuntimeError, match="in DataLoader worker process 0"):
        next(iter(unsendable))


def test_worker_init_fn():
    seen = []

    def begin(number):
        seen.append(number)

    data = Four(lambda i: seen[-1])
    assert [b.item() for b in fork(data, num_workers=2, worker_init_fn=begin)] == [0, 1, 0, 1]
    broken = fork(data, num_workers=1, worker_init_fn=lambda number: 1 / 0)
    with pytest.raises(ZeroDivisionError, match="Caught ZeroDivisionError in DataLoader worker"):
        next(iter(broken))


@pytest.mark.parametrize(
    ("end", "how"),
    [
        (lambda: os._exit(3), "exit code 3"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "killed by signal: SIGKILL"),
    ],
)
def test_a_dying_worker(end, how):
    def sample(i):
        if i == 2:
            end()
        return i

    with pytest.raises(RuntimeError) as caught:
        list(fork(Four(sample), num_workers=2))
    text = str(caught.value)
    assert text.startswith("DataLoader worker (pid(s) ")
    assert "exited unexpectedly" in text
    assert how in text


def test_timeout():
    loader = fork(Four(lambda i: time.sleep(10)), num_workers=1, timeout=0.2)
    started = time.perf_counter()
    iterator = iter(loader)
    with pytest.raises(RuntimeError, match=r"DataLoader timed out after 0\.2 seconds"):
        next(iterator)
    for worker in iterator._workers:
        worker.process.kill()
    assert time.perf_counter() - started < 5


def test_persistent_workers():
    loader = fork(Four(lambda i: os.getpid()), num_workers=2, persistent_workers=True, batch_size=2)
    first = {pid for batch in loader for pid in batch.tolist()}
    next(iter(loader))  # left early
    again = {pid for batch in loader for pid in batch.tolist()}
    assert first == again
    assert len(first) == 2
    assert len(list(loader)) == 2


def test_workers_end_with_their_iteration():
    loader = fork(Four(lambda i: i), num_workers=2)
    done, left = iter(loader), iter(loader)
    processes = [worker.process for worker in (*done._workers, *left._workers)]
    assert len(list(done)) == 4
    next(left)
    del left
    assert not any(process.is_alive() for process in processes)


def test_as_they_come():
    def sample(i):
        time.sleep(0.3 if i == 0 else 0.0)
        return i

    loader = fork(Four(sample), num_workers=2, in_order=False)
    found = [batch.item() for batch in loader]
    assert sorted(found) == [0, 1, 2, 3]
    assert found[0] == 1


def test_large_batches_and_long_lists_of_indices():
    data = TensorDataset(torch.arange(200_000.0))
    loader = fork(data, batch_size=50_000, num_workers=2)
    assert [batch[0].sum().item() for batch in loader] == [
        batch[0].sum().item() for batch in DataLoader(data, batch_size=50_000)
    ]


def test_another_process_imports_what_it_needs():
    data = TensorDataset(torch.arange(4))
    loader = DataLoader(data, batch_size=2, num_workers=1, multiprocessing_context="spawn")
    assert [batch[0].tolist() for batch in loader] == [[0, 1], [2, 3]]


def test_importing_the_loader_does_not_import_multiprocessing():
    import subprocess

    code = "import sys, chainrule.utils.data; sys.exit('multiprocessing' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
