"""docs/compiler.md shows what the compiler prints today; its examples run."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
WRITE = "python tools/compiler_page.py --write"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location(
        "compiler_page", ROOT / "tools" / "compiler_page.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lasting(page: str) -> str:
    """The page without what depends on the version of Python: how many conditions there are."""
    return re.sub(r"\d+ conditions", "n conditions", page)


def test_the_page_shows_what_is_printed_today(tool):
    pytest.importorskip("llvmlite")
    page = tool.PAGE.read_text(encoding="utf-8")
    now = tool.filled(page)
    assert lasting(now).splitlines() == lasting(page).splitlines(), WRITE


def test_a_page_that_is_out_of_date_is_mended(tool):
    page = "```python\nprint(2)\n```\n\n<!-- prints -->\n\n```text\n1\n```\n"
    page += "\n<!-- shows: 1 + 2 -->\n\n```text\n```\n"
    mended = tool.filled(page)
    assert mended == page.replace("text\n1\n", "text\n2\n").replace("text\n```\n", "text\n3\n```\n")
    assert tool.filled(mended) == mended


def test_no_listing_is_wider_than_a_page(tool):
    page = tool.PAGE.read_text(encoding="utf-8")
    assert not [line for line in page.splitlines() if len(line) > 110 and line[0] != "|"]


def test_architecture_names_every_file_of_the_compiler():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = page.split("## The compiler")[1].split("\n## ")[0]
    named = set(re.findall(r"`(\w+)/?`", section))
    folder = ROOT / "src" / "chainrule" / "compiler"
    found = {p.stem for p in folder.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert not found - named - {"__init__", "__pycache__"}
