"""IPython's syntax becomes Python, line by line, and Python stays as it is."""

import ast
import subprocess
import sys

import pytest

from chainrule.compat.magics import parse, to_python
from chainrule.compat.shell import Shell


@pytest.mark.parametrize(
    ("source", "python"),
    [
        ("%matplotlib inline", "get_ipython().run_line_magic('matplotlib', 'inline')"),
        ("    %time f()\n", "    get_ipython().run_line_magic('time', 'f()')\n"),
        ("x = %env HOME", "x = get_ipython().run_line_magic('env', 'HOME')"),
        ("!ls -l", "get_ipython().system('ls -l')"),
        ("!!ls", "get_ipython().system('ls')"),
        ("a, b = !ls", "a, b = get_ipython().getoutput('ls')"),
        ("!a \\\n  b\nx", "get_ipython().system('a b')\n\nx"),
        ("f?", "get_ipython().run_line_magic('pinfo', 'f')"),
        ("??a.b", "get_ipython().run_line_magic('pinfo', 'a.b')"),
        ("%%time\nx\n%foo", "\nx\nget_ipython().run_line_magic('foo', '')"),
    ],
)
def test_rewritten(source, python):
    assert to_python(source) == python
    assert source.count("\n") == python.count("\n")


def test_a_cell_in_another_language_becomes_a_text():
    python = to_python("%%bash -x\nls don't\n")
    assert python.rstrip() == "get_ipython().run_cell_magic('bash', '-x', \"ls don't\\n\")"


@pytest.mark.parametrize(
    "source",
    [
        "x = ('%d'\n% 3)",
        'x = """\n%no magic\n!nor this\nor this?\n"""\n',
        "x = 7 \\\n% 4\n",
        "x %= 3; y = x % 2; z = x != y\n",
        "x = [\n'''\n!a''',\n]\n",
        "",
    ],
)
def test_python_stays(source):
    ast.parse(source)
    assert to_python(source) == source


def test_mistakes_keep_their_line():
    with pytest.raises(SyntaxError) as caught:
        parse("%save x\ny = = 1\n", "log.py")
    assert (caught.value.lineno, caught.value.filename) == (2, "log.py")
    with pytest.raises(SyntaxError):
        parse("x = (1\n%save\n", "log.py")


def test_the_shell_accepts_what_it_cannot_do(capsys):
    shell = Shell()
    assert shell.run_line_magic("matplotlib", "inline") is None
    assert capsys.readouterr().err == ""
    shell.system("pip install x")
    assert shell.getoutput("ls") == []
    shell.run_cell_magic("bash", "", "ls")
    shell.run_line_magic("cd", "/tmp")
    assert capsys.readouterr().err.splitlines() == [
        "chainrule run: skipped !pip install x",
        "chainrule run: skipped !ls",
        "chainrule run: skipped %%bash",
        "chainrule run: skipped %cd /tmp",
    ]
    assert "kernel" not in dir(shell)


def test_magics_that_run_python(tmp_path):
    (tmp_path / "part.py").write_text("z = x + 1\n")
    (tmp_path / "main.py").write_text(
        "%env CHAINRULE_TEST=yes\n"
        "%time x = 2\n"
        "%timeit -n 1 x * 2\n"
        "%run part.py\n"
        "import os\n"
        "print(x, z, os.environ['CHAINRULE_TEST'])\n"
    )
    command = [sys.executable, "-m", "chainrule", "run", "main.py"]
    outcome = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    lines = outcome.stdout.splitlines()
    assert outcome.returncode == 0, outcome.stderr
    assert lines[0].startswith("CPU times: ")
    assert lines[1].startswith("Wall time: ")
    assert "per loop" in lines[2]
    assert lines[3] == "2 3 yes"
