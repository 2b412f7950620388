"""No false alarm: the examples, the lesson programs where they are at hand, and usual programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LESSONS = Path(os.environ.get("CHAINRULE_LESSONS", ROOT.parent / "shared" / "programs"))
SLOW = ("c2", "c3", "d4", "d5", "d6", "d7", "mlp", "softmax")
REAL = {"e3_linear_module": ("init-misspelt", 3)}


def cases():
    """The programs, the long ones marked slow."""
    programs = [*sorted(LESSONS.glob("[a-z][0-9]_*.py")), *ROOT.glob("examples/*_digits.py")]
    for program in programs:
        slow = program.stem.startswith(SLOW)
        yield pytest.param(program, marks=[pytest.mark.slow] if slow else [], id=program.stem)


@pytest.fixture
def data(tmp_path):
    """A folder with the images, as far as they are there."""
    images = LESSONS.parent / "data" / "MNIST" / "raw"
    for name in ("MNIST", "FashionMNIST"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "raw").symlink_to(images)
    return tmp_path


@pytest.mark.parametrize("program", list(cases()))
def test_program(program, data, tmp_path):
    output = tmp_path / "report.json"
    command = [sys.executable, "-m", "chainrule", "check", "--seed", "0", "-o", str(output)]
    env = {**os.environ, "MPLBACKEND": "Agg", "CHAINRULE_DATA": str(data)}
    source = str(ROOT / "src")
    env["PYTHONPATH"] = os.pathsep.join([source, *filter(None, [env.get("PYTHONPATH")])])
    run = subprocess.run(
        [*command, str(program)], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    found = [(f["rule"], f["line"]) for f in json.loads(output.read_text())["findings"]]
    assert found == ([REAL[program.stem]] if program.stem in REAL else []), run.stderr
    assert run.returncode == bool(found), run.stderr
