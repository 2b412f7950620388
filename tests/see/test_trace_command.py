"""`chainrule trace`: the program's own output, exit status and error, and a file beside them."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LESSON = """\
import torch
x_data = [1.0, 2.0, 3.0]
y_data = [2.0, 4.0, 6.0]
w = torch.tensor([1.0])
w.requires_grad = True

def forward(x):
    return x * w

def loss(x, y):
    y_pred = forward(x)
    return (y_pred - y) ** 2

print("predict", 4, forward(4).item())
for epoch in range(10):
    for x, y in zip(x_data, y_data):
        l = loss(x, y)
        l.backward()
        print("grad:", x, y, w.grad.item())
        w.data = w.data - 0.01 * w.grad.data
        w.grad.data.zero_()
"""


@pytest.fixture
def chainrule(tmp_path):
    """Run a command of chainrule on a text."""

    def start(text, command="trace", options=(), args=()):
        (tmp_path / "program.py").write_text(text, encoding="utf-8")
        return subprocess.run(
            [sys.executable, "-m", "chainrule", command, *options, "program.py", *args],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            check=False,
        )

    return start


def read(path):
    """The document in a page."""
    text = path.read_text(encoding="utf-8")
    found = re.search(r"<script[^>]*application/json[^>]*>(.*?)</script>", text, re.DOTALL)
    return json.loads(found.group(1))


def number(data):
    return float(data["text"].strip("[]"))


def test_the_lesson_prints_what_it_prints_and_its_gradients_are_in_the_file(chainrule, tmp_path):
    outcome = chainrule(LESSON)
    assert outcome.stdout == chainrule(LESSON, "run").stdout
    assert (outcome.stderr, outcome.returncode) == ("chainrule trace: trace.html\n", 0)
    printed = [float(line.split()[-1]) for line in outcome.stdout.splitlines()[1:]]
    document = read(tmp_path / "trace.html")
    assert [step["index"] for step in document["steps"]] == [0, 1, 2, 29]
    for step in document["steps"]:
        (w,) = [t for t in step["tensors"] if t["name"] == "w"]
        assert number(w["grad"]) == pytest.approx(printed[step["index"]], rel=1e-6)
    names = {t["name"] for t in document["steps"][0]["tensors"]}
    assert names == {"w", "x", "y", "y_pred", "l", None}
    assert len(document["run"]["loss"]) == 30
    assert (tmp_path / "trace.html").stat().st_size < 2_000_000


def test_options_and_arguments(chainrule, tmp_path):
    text = "import sys\nprint(sys.argv)\n" + LESSON
    options = ["--steps", "last,3", "-o", "t.html", "--seed", "0"]
    outcome = chainrule(text, options=options, args=["--", "-o", "x"])
    assert outcome.stdout.startswith("['program.py', '-o', 'x']\n"), outcome.stderr
    assert [step["index"] for step in read(tmp_path / "t.html")["steps"]] == [3, 29]
    assert chainrule("", options=["--steps", "first"]).returncode == 2
    assert chainrule("", options=["--steps", "-1"]).returncode == 2


def test_a_crash_keeps_its_traceback_and_status(chainrule, tmp_path):
    text = "import torch\nw = torch.ones(2, requires_grad=True)\nh = w * 2\nh @ torch.ones(3)\n"
    outcome, plain = chainrule(text), chainrule(text, "run")
    assert outcome.returncode == plain.returncode == 1
    assert outcome.stderr == plain.stderr + "chainrule trace: trace.html\n"
    document = read(tmp_path / "trace.html")
    status = document["status"]
    assert (status["file"], status["line"], status["type"]) == ("program.py", 4, "RuntimeError")
    assert status["op"] == document["steps"][0]["forward"][-1]


@pytest.mark.parametrize(
    ("text", "status"),
    [("", 0), ("raise SystemExit(3)", 3), ("def f(:", 1), ("import torch\nprint(1 / 0)", 1)],
)
def test_programs_without_a_backward_pass(chainrule, tmp_path, text, status):
    outcome = chainrule(text)
    assert outcome.returncode == status
    assert outcome.stderr.endswith("chainrule trace: trace.html\n")
    assert read(tmp_path / "trace.html")["status"]["message"]


def test_no_program_no_trace(chainrule, tmp_path):
    outcome = chainrule("", options=["-m"])
    assert outcome.returncode == 1
    assert not (tmp_path / "trace.html").exists()


def test_text_of_the_program_is_data(chainrule, tmp_path):
    chainrule("# </script><script>alert(1)</script>\nraise ValueError('<b>')")
    text = (tmp_path / "trace.html").read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert read(tmp_path / "trace.html")["status"]["message"] == "<b>"


def test_the_wheel_has_the_assets(tmp_path):
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    assets = {path.name for path in (ROOT / "src" / "chainrule" / "see" / "assets").iterdir()}
    assert assets <= {Path(name).name for name in zipfile.ZipFile(wheel).namelist()}


def test_our_options_may_come_last(chainrule, tmp_path):
    text = "import sys\nprint(sys.argv[1:])\n"
    outcome = chainrule(text, args=["a", "--steps", "last", "-o", str(tmp_path / "late.html")])
    assert outcome.stdout == "['a']\n", outcome.stderr
    assert (tmp_path / "late.html").exists()


def test_a_module_beside_the_program_may_be_named_like_one_of_python(chainrule, tmp_path):
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "html.py").write_text("w = 1\n")
    program = tmp_path / "beside" / "main.py"
    program.write_text("import html, torch\ntorch.ones((), requires_grad=True).exp().backward()\n")
    outcome = chainrule("", options=[str(program)])
    assert (outcome.returncode, outcome.stderr) == (0, "chainrule trace: trace.html\n")


@pytest.mark.parametrize("command", ["trace", "check"])
def test_a_place_that_cannot_be_written_is_refused_before_the_run(chainrule, tmp_path, command):
    for place, words in (("no/such/file", "there is no folder no/such"), (".", ". is a folder")):
        outcome = chainrule("print('ran')", command, options=["-o", place])
        assert (outcome.returncode, outcome.stdout) == (2, "")
        assert words in outcome.stderr.splitlines()[-1]
