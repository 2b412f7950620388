"""The programs of docs/see.md, one after another, print what the page shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)
END = "-- the next block --"


def test_the_page_shows_what_is_printed(tmp_path):
    blocks = BLOCK.findall((ROOT / "docs" / "see.md").read_text(encoding="utf-8"))
    program = f"print({END!r})\n".join(code for code, _ in blocks)
    (tmp_path / "page.py").write_text(program, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-W", "error", "page.py"]
    run = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert run.stderr == ""
    printed = run.stdout.split(f"{END}\n")
    assert len(printed) == len(blocks) > 5
    for (code, expected), output in zip(blocks, printed, strict=True):
        assert output == expected, code
    assert (tmp_path / "line.html").exists()
