"""Layers and programs answer as PyTorch did; recorded by tools/record_nn.py."""

import json
from pathlib import Path

import pytest
from nn.answers import examine, printed_by
from nn.layers import LAYERS
from nn.programs import PROGRAMS

import chainrule
import chainrule.nn

GOLDEN = Path(__file__).parent.parent / "golden"
ANSWERS = json.loads((GOLDEN / "nn_layers.json").read_text())
PRINTED = json.loads((GOLDEN / "nn_programs.json").read_text())


@pytest.mark.parametrize(("layer", "given"), LAYERS, ids=[layer for layer, _ in LAYERS])
def test_layer(layer, given):
    answer = examine(chainrule, chainrule.nn, layer, given)
    expected = ANSWERS[f"{layer}({given})"]
    assert answer["repr"] == expected["repr"]
    assert answer["shapes"] == expected["shapes"]
    assert list(answer["state"]) == list(expected["state"])
    for name, values in expected["state"].items():
        assert answer["state"][name] == pytest.approx(values, rel=2e-6, abs=1e-7), name
    for values, recorded in zip(answer["output"], expected["output"], strict=True):
        assert values == pytest.approx(recorded, rel=1e-4, abs=1e-5, nan_ok=True)
    assert answer["grads"].keys() == expected["grads"].keys()
    for name, values in expected["grads"].items():
        assert answer["grads"][name] == pytest.approx(values, rel=1e-4, abs=1e-5), name


@pytest.mark.parametrize("program", PROGRAMS, ids=[program.__name__ for program in PROGRAMS])
def test_program(program):
    assert printed_by(program, chainrule, chainrule.nn) == PRINTED[program.__name__]
