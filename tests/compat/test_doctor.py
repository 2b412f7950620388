"""`chainrule doctor`: names that are not here, found without running the program."""

from __future__ import annotations

import json

import pytest

from chainrule.cli import main

PROGRAM = """\
import torch as t, torch.nn.functional as F
from torch import nn, optim as o
from torch.sparse import mm
import numpy as np
try:
    from torch import nothing_at_all
except ImportError:
    nothing_at_all = None
L = nn.Linear
net = L(2, 1)
x = t.randn(3, 2).to_sparse()
y = F.sofmax(net(x)).append(1)
z = t.float32.itemsize, np.no_such_name, t.Tensor.backwards
o.SGD(net.parameters()), o.lr_scheduler.StepLR
"""


@pytest.fixture
def examined(tmp_path, capsys):
    def run(text, *options, name="program.py"):
        program = tmp_path / name
        program.write_text(text)
        status = main(["doctor", *options, str(program)])
        return status, capsys.readouterr().out.replace(str(program), "P")

    return run


def test_missing_names_with_lines_reasons_and_neighbours(examined):
    status, out = examined(PROGRAM)
    assert status == 1
    assert out.splitlines() == [
        "P, line 3: torch.sparse is not there (sparse tensors: all tensors are dense here)",
        "P, line 11: torch.Tensor.to_sparse is not there (sparse tensors: all tensors are dense "
        "here)",
        "P, line 12: torch.nn.functional.sofmax is not there; did you mean "
        "torch.nn.functional.softmax?",
        "P, line 13: torch.Tensor.backwards is not there; did you mean torch.Tensor.backward?",
    ]


def test_a_program_that_lacks_nothing(examined):
    program = "from torch import nn\nimport torchvision.transforms as T\nnn.Linear, T.ToTensor\n"
    assert examined(program) == (0, "P: every name of PyTorch that it uses is there\n")


def test_json_of_a_notebook(examined):
    cells = [
        {"cell_type": "code", "source": source}
        for source in (["import torch\n", "%matplotlib inline"], ["torch.onez(2)"])
    ]
    status, out = examined(json.dumps({"cells": cells}), "--json", name="lesson.ipynb")
    assert status == 1
    assert json.loads(out) == [
        {"name": "torch.onez", "line": 1, "cell": 2, "reason": None, "nearest": "torch.ones"}
    ]


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (None, "absent.py", "can't open file"),
        ("import torch\nx = (1\n", "broken.py", "broken.py, line 2: '(' was never closed"),
        ("{}", "broken.ipynb", "is not a notebook"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path, capsys, text, name, message):
    program = tmp_path / name
    if text is not None:
        program.write_text(text)
    assert main(["doctor", str(program)]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
