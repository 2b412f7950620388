"""A hundred steps of every optimizer give the numbers PyTorch gives."""

import json
from pathlib import Path

import numpy
import pytest
from optim.optim_cases import TYPES, cases, name, run

import chainrule as torch
import chainrule.optim

GOLDEN = Path(__file__).parent.parent / "golden"
RUNS = [(dtype, rule, options) for dtype in TYPES for rule, options in cases(dtype)]


@pytest.fixture(scope="module")
def golden():
    return {d: json.loads((GOLDEN / f"optim_{d}.json").read_text()) for d in TYPES}


@pytest.mark.parametrize(
    ("dtype", "rule", "options"), RUNS, ids=[f"{d}-{name(r, o)}" for d, r, o in RUNS]
)
def test_numbers(golden, dtype, rule, options):
    compare(run(torch, rule, options, dtype), golden[dtype][name(rule, options)], TYPES[dtype])


def compare(found, expected, tolerance):
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        found, expected = list(found.values()), list(expected.values())
    if expected and isinstance(expected[0], (list, dict)):
        for each, other in zip(found, expected, strict=True):
            compare(each, other, tolerance)
    else:
        numpy.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance / 10)
