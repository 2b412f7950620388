"""The sizes that keep a page readable: a file, a function, a line. Nothing is excepted."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("src", "tests", "tools", "bench", "conformance", "examples")
FILE, FUNCTION, LINE = 500, 60, 100


def violations(file: Path) -> Iterator[str]:
    """One sentence for each thing in a file that is too large."""
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    if len(lines) > FILE:
        yield f"{file}: {len(lines)} lines, at most {FILE}"
    for number, line in enumerate(lines, 1):
        if len(line) > LINE:
            yield f"{file}:{number}: {len(line)} columns, at most {LINE}"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            if length > FUNCTION:
                yield f"{file}:{node.lineno}: {node.name} has {length} lines, at most {FUNCTION}"


def test_sizes():
    files = (file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py")))
    found = [sentence for file in files for sentence in violations(file)]
    assert not found, "\n".join(found)


def test_planted_violations_are_named(tmp_path):
    file = tmp_path / "large.py"
    file.write_text(
        "def long():\n" + "    pass\n" * 60 + "x = 1\n" * 450 + "y = '" + "z" * 95 + "'\n"
    )
    assert [sentence.removeprefix(str(file)) for sentence in violations(file)] == [
        ": 512 lines, at most 500",
        ":512: 101 columns, at most 100",
        ":1: long has 61 lines, at most 60",
    ]
