"""`surface.tsv` says of every public name of PyTorch whether it is here: it must be true."""

from __future__ import annotations

import pytest
from surface import exists, objects, rows

REFRESH = "python tools/surface.py brings the table up to date"
KNOWN = objects()
ROWS = rows()


@pytest.mark.parametrize("status", ["done", "to do", "never"])
def test_the_table_is_true(status):
    here = status == "done"
    wrong = [
        row.name for row in ROWS if row.status == status and exists(row.name, KNOWN) is not here
    ]
    assert not wrong, f"{'not ' if here else ''}here, but {status}: {wrong}; {REFRESH}"


def test_every_name_that_will_never_be_here_says_why():
    assert {row.status for row in ROWS} <= {"done", "to do", "never"}
    assert not [row.name for row in ROWS if (row.status == "never") != bool(row.why)]


def test_every_name_is_there_once():
    names = [row.name for row in ROWS]
    assert names == sorted(set(names))
    assert len(names) > 3000


def test_a_name_that_is_not_there_is_found_out():
    assert exists("torch.nn.functional.relu", KNOWN)
    assert exists("torch.optim.Optimizer.param_groups", KNOWN)
    assert not exists("torch.nn.functional.nothing", KNOWN)
    assert not exists("torch.nothing.at.all", KNOWN)
