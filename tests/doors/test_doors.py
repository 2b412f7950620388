"""Doors that programs open: what is identity says so, what is absent too."""

import importlib.metadata
import subprocess
import sys

import pytest

import chainrule as torch
from chainrule import nn


def test_scripts_are_what_they_were():
    torch.jit._say.cache_clear()
    net = nn.Linear(1, 1)
    with pytest.warns(UserWarning, match=r"torch.jit.script returns what it is given"):
        assert torch.jit.script(net) is net
    assert torch.jit.script(net) is net  # and says so once
    with pytest.warns(UserWarning, match=r"torch.jit.trace"):
        assert torch.jit.trace(net, torch.ones(1, 1)) is net

    @torch.jit.ignore
    def one():
        return 1

    @torch.jit.ignore(drop=True)
    def two():
        return 2

    assert (one(), two(), torch.jit.is_scripting()) == (1, 2, False)
    with pytest.raises(NotImplementedError, match="state_dict"):
        torch.jit.save(net, "net.pt")


def test_code_of_repositories_is_refused():
    with pytest.raises(NotImplementedError, match="load_state_dict_from_url"):
        torch.hub.load("pytorch/vision", "resnet18")


def test_weights_by_address(tmp_path):
    source = tmp_path / "weights.pt"
    torch.save({"w": torch.ones(2)}, source)
    found = torch.hub.load_state_dict_from_url(source.as_uri(), str(tmp_path / "cache"))
    assert found["w"].tolist() == [1.0, 1.0]
    with pytest.raises(RuntimeError, match="invalid hash value"):
        torch.hub.download_url_to_file(source.as_uri(), str(tmp_path / "x.pt"), "0000")
    assert not (tmp_path / "x.pt").exists()
    assert not (tmp_path / "x.pt.part").exists()


def test_onnx_says_what_to_do():
    with pytest.raises(NotImplementedError, match="writes no ONNX files"):
        torch.onnx.export(nn.Linear(1, 1), torch.ones(1, 1), "net.onnx")


def test_processes(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import sys\n"
        "import chainrule as torch\n"
        "import chainrule.multiprocessing as mp\n"
        "def work(rank, queue):\n"
        "    queue.put((rank, torch.full((2,), rank)))\n"
        "def fail(rank):\n"
        "    sys.exit(3)\n"
        "if __name__ == '__main__':\n"
        "    queue = mp.get_context('fork').Queue()\n"
        "    mp.spawn(work, (queue,), nprocs=2, start_method='fork')\n"
        "    print(sorted((r, t.tolist()) for r, t in (queue.get(), queue.get())))\n"
        "    try:\n"
        "        mp.spawn(fail, start_method='fork')\n"
        "    except RuntimeError as error:\n"
        "        print(error)\n"
    )
    run = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [
        "[(0, [0, 0]), (1, [1, 1])]",
        "process 0 terminated with exit code 3",
    ]


def test_times_of_statements():
    from chainrule.utils import benchmark

    timer = benchmark.Timer("x + 1", globals={"x": torch.ones(3)}, label="sum")
    once = timer.timeit(20)
    assert once.mean == once.median == once.times[0] > 0
    assert "sum" in repr(once)
    assert "20 runs" in repr(once)
    assert len(timer.blocked_autorange(min_run_time=0.01).times) >= 1
    with pytest.raises(NotImplementedError, match="only Python"):
        benchmark.Timer(language="c++")


def test_tensors_change_places():
    a, b = torch.ones(1, requires_grad=True), torch.zeros(2)
    a.note = "a"
    torch.utils.swap_tensors(a, b)
    assert (a.tolist(), b.tolist(), b.note) == ([0.0, 0.0], [1.0], "a")
    (b * 3).sum().backward()
    assert b.grad.tolist() == [3.0]


def test_what_needs_a_gpu_raises_as_in_pytorch():
    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(RuntimeError, match="Tried to instantiate dummy base class Event"):
        torch.cuda.Event(enable_timing=True)
    with pytest.raises(AssertionError, match="Torch not compiled with CUDA enabled"):
        torch.cuda.get_device_properties(0)
    with pytest.raises(RuntimeError, match="Cannot access accelerator device"):
        torch.accelerator.current_device_index()
    with torch.cuda.device(0), torch.cuda.stream(None):
        assert torch.cuda.memory_reserved() == 0


def test_the_version_that_packages_ask_for(tmp_path):
    program = tmp_path / "program.py"
    program.write_text("from importlib.metadata import version\nprint(version('torch'))\n")
    command = [sys.executable, "-m", "chainrule", "run", str(program)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout == f"{torch.__version__}\n"
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version("torchvision")


def test_curves_for_tensorboard(tmp_path):
    if importlib.util.find_spec("tensorboardX") is None:
        with pytest.raises(ImportError, match="pip install tensorboardX"):
            importlib.import_module("chainrule.utils.tensorboard")
        return
    from chainrule.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalar("loss", torch.tensor(0.5), 1)
    assert any(tmp_path.iterdir())
