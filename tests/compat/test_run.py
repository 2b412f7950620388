"""`chainrule run`: what a program sees is what Python would have shown it, with torch in reach."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

CLEAN = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "MPLBACKEND")}


@pytest.fixture
def run(tmp_path):
    """Run `chainrule run` on a text; the outcome has returncode, stdout and stderr."""

    def start(text, *args, name="program.py", options=(), stdin=None):
        if text is not None:
            (tmp_path / name).write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "chainrule", "run", *options, name, *args]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=CLEAN,
            input=stdin,
            check=False,
        )

    return start


def test_it_is_the_same_torch(run):
    outcome = run(
        "import torch, chainrule, torch.nn.functional as F, torch.optim.lr_scheduler\n"
        "from torch import nn, optim\n"
        "from torch.utils.data import DataLoader\n"
        "from d2l import torch as d2l\n"
        "import d2lzh_pytorch, torchvision\n"
        "assert torch is chainrule and torch.nn is nn is chainrule.nn\n"
        "assert F is chainrule.nn.functional and optim is chainrule.optim\n"
        "assert DataLoader is chainrule.utils.data.DataLoader\n"
        "assert d2l.linreg and d2lzh_pytorch.linreg and torchvision is chainrule.vision\n"
        "assert chainrule.nn.__spec__.name == 'chainrule.nn'\n"
        "print(torch.Tensor, torch.__version__.split('+')[0])\n"
    )
    assert outcome.stdout == "<class 'torch.Tensor'> 2.13.0\n", outcome.stderr


def test_what_python_gives_a_program(run, tmp_path):
    text = (
        "import sys\n"
        "print(sys.argv, __name__, __file__, sys.path[0])\n"
        "print(__spec__, __package__, __doc__, type(__loader__).__name__, __builtins__)\n"
        "print(sys.modules['__main__'].sys is sys, sys.stdin.read())\n"
    )
    args = ["--seed", "3", "--", "x"]
    outcome = run(text, *args, options=["--seed", "0"], stdin="input")
    python = subprocess.run(
        [sys.executable, "program.py", *args],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        input="input",
        check=True,
    )
    assert (outcome.stdout, outcome.returncode) == (python.stdout, 0)


def test_seed(run):
    text = (
        "import random, numpy, torch\nprint(random.random(), numpy.random.rand(), torch.rand(1))\n"
    )
    outcome = run(text, options=["--seed", "0"])
    assert outcome.stdout == "0.8444218515250481 0.5488135039273248 tensor([0.4963])\n"
    assert run(text, options=["--seed", "-1"]).returncode == 2


@pytest.mark.parametrize(
    ("text", "status", "error"),
    [
        ("raise SystemExit", 0, ""),
        ("raise SystemExit(3)", 3, ""),
        ("raise SystemExit('a reason')", 1, "a reason\n"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGINT)", -signal.SIGINT, None),
    ],
)
def test_exit_status(run, text, status, error):
    outcome = run(text)
    assert outcome.returncode == status
    assert error is None or outcome.stderr == error


def test_interrupt_shows_the_program_only(run):
    outcome = run("import os, signal\nos.kill(os.getpid(), signal.SIGINT)")
    assert "chainrule" not in outcome.stderr
    assert outcome.stderr.endswith("KeyboardInterrupt\n")


def test_no_such_program(run, tmp_path):
    outcome = run(None, name="absent.py")
    where = tmp_path / "absent.py"
    message = f"chainrule: can't open file '{where}': [Errno 2] No such file or directory\n"
    assert (outcome.returncode, outcome.stderr) == (2, message)
    (tmp_path / "folder").mkdir()
    outcome = run(None, name="folder")
    assert outcome.stderr == "chainrule: can't find '__main__' module in 'folder'\n"
    assert outcome.returncode == 1
    assert run(None, name="absent", options=["-m"]).stderr == "chainrule: No module named absent\n"
    outcome = run(None, name="json", options=["-m"])
    assert "is a package and cannot be directly executed" in outcome.stderr
    assert run("[]", name="x.ipynb").stderr == "chainrule: 'x.ipynb' is not a notebook\n"
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe\xfa")
    assert run(None, name="binary.py").stderr.startswith("chainrule: can't read 'binary.py': ")


def test_syntax_error_is_shown_as_python_shows_it(run, tmp_path):
    outcome = run("x = 1\ny = = 2\n")
    path = tmp_path / "program.py"
    assert outcome.stderr.startswith(f'  File "{path}", line 2\n    y = = 2\n')
    assert outcome.stderr.endswith("SyntaxError: invalid syntax\n")
    assert outcome.returncode == 1


def test_traceback_shows_the_lines_of_the_program(run):
    outcome = run(
        "import torch\n"
        "def product(x):\n"
        "    return torch.ones(2, 3) @ x\n"
        "product(torch.ones(2, 3))\n"
    )
    lines = outcome.stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].endswith('program.py", line 4, in <module>')
    assert any(line.endswith('program.py", line 3, in product') for line in lines)
    assert not any("chainrule/" in line for line in lines)
    assert any(line.startswith("  ... ") and "inside chainrule" in line for line in lines)
    assert any("mat1 and mat2 shapes cannot be multiplied" in line for line in lines)


def test_unknown_names_suggest_the_nearest(run):
    outcome = run("import torch\ntorch.one\n")
    ending = "module 'torch' has no attribute 'one'\nhint: did you mean 'ones'?\n"
    assert outcome.stderr.endswith("AttributeError: " + ending)
    outcome = run("import torch.optim.lr_schedular")
    ending = (
        "No module named 'torch.optim.lr_schedular'\nhint: did you mean torch.optim.lr_scheduler?\n"
    )
    assert outcome.stderr.endswith("ModuleNotFoundError: " + ending)


def test_names_that_cannot_be_imported(run):
    outcome = run("from torch.nn import Linea")
    ending = "cannot import name 'Linea' from 'torch.nn'\nhint: did you mean 'Linear'?\n"
    assert outcome.stderr.endswith("ImportError: " + ending)
    assert run("from torch import xyzzy").stderr.endswith(
        "cannot import name 'xyzzy' from 'torch'\n"
    )


def test_a_missing_extra_is_named(run, tmp_path):
    (tmp_path / "matplotlib.py").write_text("raise ModuleNotFoundError(name='matplotlib')")
    outcome = run("import matplotlib.pyplot")
    assert outcome.stderr.endswith("hint: pip install 'chainrule[plot]'\n")


def test_folder_module_and_standard_input(run, tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text("import torch, sys\nprint('main', sys.argv[1:])\n")
    (package / "part.py").write_text("from . import __main__ as m\nprint(__name__, __package__)\n")
    assert run(None, "a", name="package").stdout == "main ['a']\n"
    assert run(None, "a", name="package", options=["-m"]).stdout == "main ['a']\n"
    outcome = run(None, name="package.part", options=["-m"])
    assert outcome.stdout.endswith("__main__ package\n"), outcome.stderr
    assert run(None, name="-", stdin="import torch\nprint(__name__)").stdout == "__main__\n"


def test_notebook(run):
    cells = [
        ["%matplotlib inline\n", "import torch\n", "!pip install torch"],
        "x = torch.ones(2)\nx",
        "x + 1;",
        "[x, None]",
        "%%time\ny = x * 3\ny",
        "display('text')\nNone",
        "_",
    ]
    code = [{"cell_type": "code", "source": source} for source in cells]
    markdown = {"cell_type": "markdown", "source": "not ( code"}
    outcome = run(json.dumps({"cells": [markdown, *code]}), name="lesson.ipynb")
    assert outcome.stdout.splitlines() == [
        "tensor([1., 1.])",
        "[tensor([1., 1.]), None]",
        "tensor([3., 3.])",
        "text",
        "tensor([3., 3.])",
    ], outcome.stderr
    assert outcome.stderr == "chainrule run: skipped !pip install torch\n"


def test_a_notebook_stops_at_an_error_and_names_the_cell(run):
    code = [
        {"cell_type": "code", "source": source}
        for source in ("print(1)", "a = 1\n1 / 0", "print(2)")
    ]
    outcome = run(json.dumps({"cells": code}), name="lesson.ipynb")
    assert (outcome.stdout, outcome.returncode) == ("1\n", 1)
    assert 'File "lesson.ipynb[cell 2]", line 2, in <module>\n    1 / 0' in outcome.stderr


def test_log_of_ipython(run):
    outcome = run(
        "# IPython log file\n"
        "get_ipython().run_line_magic('logstart', '')\n"
        "from IPython import display\n"
        "display.set_matplotlib_formats('svg')\n"
        "get_ipython().run_cell_magic('time', '', 'x = 2')\n"
        "get_ipython().magic('matplotlib inline')\n"
        "%time y = x + 1\n"
        "print(x, y, __import__('sys')._getframe().f_lineno)\n"
        "%save -r mysession 1-999999\n"
    )
    assert outcome.stdout.splitlines()[-1] == "2 3 8", outcome.stderr
    assert outcome.stderr == ""


def test_old_spellings(run):
    outcome = run(
        "import numpy as np\n"
        "import torch\n"
        "from torch.autograd import Variable\n"
        "print(np.float(3), np.zeros(1, dtype=np.int), np.Inf, Variable(torch.ones(1)))\n"
    )
    assert outcome.stdout == "3.0 [0] inf tensor([1.])\n", outcome.stderr


def test_plots_without_a_screen(run):
    pytest.importorskip("matplotlib")
    outcome = run(
        "import matplotlib\n"
        "matplotlib.use('TkAgg')\n"
        "import matplotlib.pyplot as plt\n"
        "plt.style.use('seaborn-whitegrid')\n"
        "plt.plot([1, 2])\n"
        "plt.pause(0.001)\n"
        "plt.show()\n"
        "plt.savefig('plot.png')\n"
        "print(matplotlib.get_backend().lower(), plt.imread('plot.png').std() > 0)\n"
    )
    assert (outcome.stdout, outcome.stderr) == ("agg True\n", "")


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes(run, method):
    text = (
        "import multiprocessing, sys\n"
        "import torch\n"
        "class Job:\n"
        "    def __call__(self, queue):\n"
        "        queue.put([torch.ones(2).sum().item(), __name__, sys.argv])\n"
        "if __name__ == '__main__':\n"
        f"    context = multiprocessing.get_context({method!r})\n"
        "    queue = context.Queue()\n"
        "    process = context.Process(target=Job(), args=(queue,))\n"
        "    process.start()\n"
        "    print(queue.get(timeout=60))\n"
        "    process.join()\n"
        "%save log\n"
    )
    name = "__main__" if method == "fork" else "__mp_main__"
    outcome = run(text, "a")
    assert outcome.stdout == f"[2.0, '{name}', ['program.py', 'a']]\n", outcome.stderr


def test_nothing_is_installed_next_to_other_packages():
    assert not list(Path(sys.prefix).glob("lib/python*/site-packages/torch*"))
