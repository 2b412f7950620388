"""The import hook outside a run: in a session, and beside the real packages."""

import subprocess
import sys

import pytest

from chainrule.compat.hook import TORCH_WORLD


@pytest.fixture
def python(tmp_path):
    """Run a text in a fresh interpreter, in a folder that holds a package named torch."""
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("real = True\n")
    (tmp_path / "torchvision.py").write_text("real = True\n")

    def start(text, *options):
        command = [sys.executable, *options, "-c", text]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    return start


def test_install_goes_before_the_real_packages(python):
    outcome = python(
        "import chainrule; chainrule.install(); chainrule.install()\n"
        "import torch, torchvision, torch.nn.functional\n"
        "assert torch is chainrule and torchvision is chainrule.vision\n"
        "from torch import nn\n"
        "print(nn.Linear, nn.Parameter, torch.optim.SGD, torchvision.datasets.MNIST)\n"
        "import pickle\n"
        "print(pickle.loads(pickle.dumps(nn.Linear)) is nn.Linear)\n"
    )
    assert outcome.stdout == (
        "<class 'torch.nn.modules.linear.Linear'> <class 'torch.nn.parameter.Parameter'> "
        "<class 'torch.optim.sgd.SGD'> <class 'torchvision.datasets.mnist.MNIST'>\nTrue\n"
    ), outcome.stderr


def test_without_install_nothing_is_touched(python):
    outcome = python("import chainrule, torch; print(torch.real)")
    assert outcome.stdout == "True\n", outcome.stderr


def test_too_late(python):
    outcome = python("import torch, chainrule; chainrule.install()")
    assert outcome.stderr.endswith(
        "RuntimeError: the real torch is already imported in this process\n"
        "hint: call install() before the first `import torch`\n"
    )


def test_missing_modules(python):
    outcome = python(
        "import chainrule, importlib.util; chainrule.install()\n"
        "for name in 'torch.nn.functionals', 'torch.xyzzy', 'torch.xyzzy.a', 'torch.version.a':\n"
        "    try:\n"
        "        __import__(name)\n"
        "    except ModuleNotFoundError as error:\n"
        "        print(error.name, '|', str(error).replace(chr(10), ' '))\n"
    )
    assert outcome.stdout.splitlines() == [
        "torch.nn.functionals | No module named 'torch.nn.functionals' "
        "hint: did you mean torch.nn.functional?",
        "torch.xyzzy | No module named 'torch.xyzzy'",
        "torch.xyzzy | No module named 'torch.xyzzy'",
        "torch.version.a | No module named 'torch.version.a'; 'torch.version' is not a package",
    ], outcome.stderr


def test_the_command_line(python):
    outcome = python("from chainrule.cli import main; import sys; sys.exit(main(['--version']))")
    assert outcome.stdout.startswith("chainrule 0.")
    outcome = python("from chainrule.cli import main; import sys; sys.exit(main([]))")
    assert outcome.returncode == 2
    assert "chainrule run train.py" in outcome.stderr


def test_names_alone_import_no_matplotlib(python):
    outcome = python(
        "import sys, chainrule; chainrule.install()\n"
        "import torchvision, d2lzh_pytorch\n"
        "from d2l import torch as d2l\n"
        "print('matplotlib' in sys.modules, 'IPython' in sys.modules)\n"
    )
    assert outcome.stdout == "False False\n", outcome.stderr


def test_the_table_names_what_exists():
    import importlib.util

    assert all(importlib.util.find_spec(name) for name in TORCH_WORLD.values())
