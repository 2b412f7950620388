"""The scoring of `conformance` finds what is planted. Needs PyTorch: `make conformance` runs it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

import chainrule

pytest.importorskip("torch")
pytest.importorskip("expecttest")
sys.path.insert(0, str(Path(__file__).parents[1]))

from conformance import modules, operators, optimizers, work

pytestmark = pytest.mark.filterwarnings("ignore")
FOUND = work.databases()
HONEST = work.load("chainrule")


class Planted:
    """chainrule with some names replaced."""

    def __init__(self, base: Any, **names: Any) -> None:
        self.base = base
        self.__dict__.update(names)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.base, name)


def info(database, name):
    return next(info for info in FOUND[database] if info.name == name)


def verdicts(kind, score):
    return {verdict for found, _, verdict in score if found == kind}


def once_differentiable(x):
    """exp with a wrong second derivative: the first is a constant."""
    y = x.exp().detach()
    return y + y * (x - x.detach()) if x.requires_grad else y


WRONG = {
    "value": lambda x: x.exp() * 1.001,
    "dtype": lambda x: x.exp().double(),
    "shape": lambda x: x.exp()[None],
    "structure": lambda x: (x.exp(), x),
    "gradient": lambda x: x.exp().detach() * (1 + 0 * x),
    "raises ZeroDivisionError": lambda x: 1 / 0,
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_operator_fails(what):
    score = operators.score(Planted(HONEST, exp=WRONG[what]), info("operators", "exp"), 3)
    (verdict,) = verdicts("opinfo", score)
    assert verdict.startswith(what)


def test_a_wrong_second_gradient_fails():
    score = list(
        operators.score(Planted(HONEST, exp=once_differentiable), info("operators", "exp"), 3)
    )
    (verdict,) = verdicts("second gradients", score)
    assert verdict.startswith("second gradient")


def test_what_does_not_raise_fails():
    lax = Planted(HONEST, cat=lambda tensors, dim=0, out=None: tensors[0])
    found = verdicts("error inputs", operators.score(lax, info("operators", "cat"), 1))
    assert any(verdict.startswith("raises nothing; PyTorch raises") for verdict in found)


def test_a_right_operator_passes():
    score = list(operators.score(HONEST, info("operators", "exp"), 3))
    assert verdicts("opinfo", score) == verdicts("second gradients", score) == {"ok"}


def test_a_wrong_module_fails():
    class Linear(chainrule.nn.Linear):
        def forward(self, input):
            return super().forward(input) * 1.001

    wrong = Planted(HONEST, nn=Planted(HONEST.nn, Linear=Linear))
    (verdict,) = verdicts("module_db", modules.score(wrong, info("modules", "nn.Linear")))
    assert verdict.startswith("value")
    right = verdicts("module_db", modules.score(HONEST, info("modules", "nn.Linear")))
    assert right == {"ok"}


def test_a_wrong_optimizer_fails():
    class Rprop(chainrule.optim.Rprop):
        def __init__(self, params, lr=0.0101, **settings):
            super().__init__(params, lr, **settings)

    wrong = Planted(HONEST, optim=Planted(HONEST.optim, Rprop=Rprop))
    found = verdicts("optim_db", optimizers.score(wrong, info("optimizers", "Rprop")))
    assert any(verdict.startswith("repr at first") for verdict in found)
