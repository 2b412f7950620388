"""Draws, moments, densities, divergences and `repr` are PyTorch's."""

import json
import math
from pathlib import Path

import numpy
import pytest
from distributions.distribution_cases import answers, cases, divergences

import chainrule as torch

GOLDEN = json.loads((Path(__file__).parent.parent / "golden/distributions.json").read_text())
CASES = cases(torch)


def same(found, expected, label):
    if isinstance(expected, list) and all(isinstance(x, float) for x in expected):
        numpy.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-7, err_msg=label)
    else:
        assert found == expected, label


@pytest.mark.parametrize("name", CASES)
def test_answers(name):
    found, expected = answers(torch, CASES[name]), GOLDEN[name]
    assert found.keys() == expected.keys()
    for question, answer in expected.items():
        same(found[question], answer, question)


def test_divergences():
    found, expected = divergences(torch), GOLDEN["kl"]
    assert found.keys() == expected.keys()
    for pair, answer in expected.items():
        same(found[pair], answer, pair)


def test_every_distribution_is_recorded():
    families = {
        name
        for name, value in vars(torch.distributions).items()
        if isinstance(value, type) and issubclass(value, torch.distributions.Distribution)
    }
    abstract = {"Distribution", "ExponentialFamily"}
    elsewhere = {"OneHotCategoricalStraightThrough", "GeneralizedPareto"}
    assert families - abstract - elsewhere == {name.split(" ")[0] for name in CASES}


def test_generalized_pareto():
    k = torch.tensor([0.3, 0.0, -0.4])
    d = torch.distributions.GeneralizedPareto(0.0, 2.0, k)
    shares = torch.tensor([0.2, 0.5, 0.8])
    x = d.icdf(shares)
    numpy.testing.assert_allclose(d.cdf(x), shares, rtol=1e-5)
    density = [
        (1 + kk * xx / 2) ** (-1 / kk - 1) / 2 if kk else math.exp(-xx / 2) / 2
        for kk, xx in zip(k.tolist(), x.tolist(), strict=True)
    ]
    numpy.testing.assert_allclose(d.log_prob(x).exp(), density, rtol=1e-5)
    numpy.testing.assert_allclose(d.entropy(), math.log(2) + 1 + k, rtol=1e-6)
