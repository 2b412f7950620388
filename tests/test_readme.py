"""The README's program prints what the README says, in both languages."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"```(?:python|text)\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_the_programs_do_what_is_shown(page, tmp_path):
    program, output, other = BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
    for text, expected in ((program, output), (other, "")):
        (tmp_path / "program.py").write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "chainrule", "run", str(tmp_path / "program.py")]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (run.stdout, run.stderr) == (expected, "")
