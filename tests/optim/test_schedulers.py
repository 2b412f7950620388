"""Schedules of the learning rate, against what PyTorch set."""

import copy
import json
import warnings
from pathlib import Path

import numpy
import pytest
from optim.scheduler_cases import CASES, JUMPING, RESUMED, jump, optimizer, run

import chainrule as torch
from chainrule.optim import SGD, Adagrad, Adam, lr_scheduler

GOLDEN = Path(__file__).parent.parent / "golden" / "optim_schedulers.json"


@pytest.fixture(scope="module")
def golden():
    return json.loads(GOLDEN.read_text())


@pytest.mark.parametrize("case", [*CASES, *RESUMED])
def test_rates(golden, case):
    numpy.testing.assert_allclose(run(torch, case), golden[case], rtol=1e-13, atol=1e-17)


@pytest.mark.parametrize("case", JUMPING)
def test_epochs(golden, case):
    found = jump(torch, case)
    numpy.testing.assert_allclose(found, golden[f"jump {case}"], rtol=1e-13, atol=1e-17)


@pytest.mark.parametrize("case", CASES)
def test_state_continues(case):
    def make():
        o = optimizer(torch)
        return o, eval(case, {"o": o, "s": lr_scheduler})

    def steps(o, scheduler, count):
        for i in range(count):
            o.step()
            scheduler.step(*([2.0 + i % 3] if "Plateau" in case else []))
        return [[group["lr"], group["momentum"]] for group in o.param_groups]

    first, second = make(), make()
    steps(*first, 5)
    second[0].load_state_dict(first[0].state_dict())
    second[1].load_state_dict(copy.deepcopy(first[1].state_dict()))
    assert second[1].get_last_lr() == first[1].get_last_lr()
    assert steps(*second, 6) == steps(*first, 6)


STATES = {
    "s.StepLR(o, 2)": "step_size gamma",
    "s.MultiStepLR(o, [1])": "milestones gamma",
    "s.ConstantLR(o)": "factor total_iters",
    "s.LinearLR(o)": "start_factor end_factor total_iters",
    "s.PolynomialLR(o)": "total_iters power",
    "s.CosineAnnealingLR(o, 5)": "T_max eta_min",
    "s.CosineAnnealingWarmRestarts(o, 5)": "T_0 T_i T_mult eta_min T_cur",
    "s.OneCycleLR(o, 1.0, 5)": "total_steps _schedule_phases _anneal_func_type cycle_momentum "
    "use_beta1",
}


@pytest.mark.parametrize("case", STATES)
def test_keys_of_state(case):
    scheduler = eval(case, {"o": optimizer(torch), "s": lr_scheduler})
    shared = "base_lrs last_epoch _step_count _is_initial _get_lr_called_within_step _last_lr"
    assert list(scheduler.state_dict()) == f"{STATES[case]} {shared}".split()


class Decay:
    """A rule with a state of its own."""

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, epoch):
        return self.factor**epoch


def test_callable_objects_are_saved_and_functions_are_not():
    scheduler = lr_scheduler.LambdaLR(optimizer(torch), [Decay(0.5), lambda epoch: 1.0])
    saved = scheduler.state_dict()
    assert saved["lr_lambdas"] == [{"factor": 0.5}, None]
    again = lr_scheduler.LambdaLR(optimizer(torch), [Decay(0.1), lambda epoch: 1.0])
    again.load_state_dict(saved)
    assert again.lr_lambdas[0].factor == 0.5
    cyclic = lr_scheduler.CyclicLR(optimizer(torch), 0.1, 0.2, scale_fn=Decay(0.5))
    assert cyclic.state_dict()["_scale_fn_custom"] == {"factor": 0.5}


def test_a_rate_that_is_a_tensor_is_written_into():
    rate = torch.tensor(0.1)
    o = SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    scheduler = lr_scheduler.StepLR(o, 1)
    o.step()
    scheduler.step()
    assert o.param_groups[0]["lr"] is rate
    assert repr(rate) == "tensor(0.0100)"
    assert repr(scheduler.get_last_lr()) == "[tensor(0.0100)]"
    assert repr(o.param_groups[0]["initial_lr"]) == "tensor(0.1000)"


def test_momentum_of_adam_is_its_first_beta():
    o = Adam([torch.zeros(1, requires_grad=True)])
    lr_scheduler.OneCycleLR(o, 0.1, total_steps=10)
    assert o.param_groups[0]["betas"] == (0.95, 0.999)


def caught(act):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        act()
    return [str(each.message) for each in found]


def test_order_of_steps():
    o = optimizer(torch)
    o.step()
    scheduler = lr_scheduler.StepLR(o, 1)
    (message,) = caught(lambda: [scheduler.step(), scheduler.step()])
    assert message.startswith("Detected call of `lr_scheduler.step()` before `optimizer.step()`.")
    o = optimizer(torch)
    scheduler = lr_scheduler.StepLR(o, 1)
    o.step()
    assert not caught(scheduler.step)
    scheduler = lr_scheduler.StepLR(o, 1)
    o.step = lambda: None
    (message,) = caught(scheduler.step)
    assert message.startswith("Seems like `optimizer.step()` has been overridden after learning")


def test_other_warnings():
    o = optimizer(torch)
    scheduler = lr_scheduler.StepLR(o, 1)
    o.step()
    (message,) = caught(lambda: scheduler.step(3))
    assert message.startswith("The epoch parameter in `scheduler.step()` was not necessary")
    assert caught(scheduler.get_lr) == [
        "To get the last learning rate computed by the scheduler, please use `get_last_lr()`."
    ]
    plateau = lr_scheduler.ReduceLROnPlateau(o)
    assert len(caught(lambda: plateau.step(1.0, epoch=3))) == 1
    assert plateau.last_epoch == 3


SAME = "ChainedScheduler expects all schedulers to belong to the same optimizer"
ERRORS = [
    ("s.StepLR(5, 1)", TypeError, "int is not an Optimizer"),
    ("s.StepLR(o, 1, last_epoch=3)", KeyError, "param 'initial_lr' is not specified in param_gr"),
    ("s.LRScheduler(o)", NotImplementedError, "get_lr"),
    ("s.LambdaLR(o, [abs])", ValueError, "Expected 2 lr_lambdas, but got 1"),
    ("s.MultiplicativeLR(o, 5)", TypeError, "lr_lambda should be a function, but got int"),
    ("s.ConstantLR(o, 2)", ValueError, "factor expected to be between 0 and 1."),
    ("s.LinearLR(o, 0)", ValueError, "greater than 0 and less or equal to 1."),
    ("s.LinearLR(o, 1, 2)", ValueError, "Ending multiplicative factor expected"),
    ("s.CosineAnnealingWarmRestarts(o, 0)", ValueError, "Expected positive integer T_0, but got 0"),
    ("s.CosineAnnealingWarmRestarts(o, 1, 0.5)", ValueError, "Expected integer T_mult >= 1, but g"),
    ("s.CosineAnnealingWarmRestarts(o, 1).step(-1)", ValueError, "Expected non-negative epoch"),
    ("s.OneCycleLR(o, 0.1)", ValueError, "define either total_steps OR (epochs AND steps_per_epo"),
    ("s.OneCycleLR(o, 0.1, -1)", ValueError, "Expected positive integer total_steps, but got -1"),
    ("s.OneCycleLR(o, 0.1, None, 1, 0)", ValueError, "positive integer steps_per_epoch, but got 0"),
    ("s.OneCycleLR(o, 0.1, 9, pct_start=2)", ValueError, "float between 0 and 1 pct_start, but"),
    ("s.OneCycleLR(o, 0.1, 9, anneal_strategy='x')", ValueError, "must be one of 'cos' or 'line"),
    ("s.OneCycleLR(o, [0.1], 9)", ValueError, "max_lr has 1 values, param_groups has 2."),
    ("s.OneCycleLR(a, 0.1, 9)", ValueError, "optimizer must support momentum or beta1 with"),
    ("s.CyclicLR(a, 0.1, 0.2)", ValueError, "optimizer must support momentum or beta1 with"),
    ("s.CyclicLR(o, [0.1], 0.2)", ValueError, "base_lr has 1 values, param_groups has 2."),
    ("s.CyclicLR(o, 0.1, 0.2, mode='x')", ValueError, "mode is invalid and scale_fn is None"),
    ("s.ReduceLROnPlateau(5)", TypeError, "int is not an Optimizer"),
    ("s.ReduceLROnPlateau(o, factor=1.0)", ValueError, "Factor should be < 1.0."),
    ("s.ReduceLROnPlateau(o, 'x')", ValueError, "mode x is unknown!"),
    ("s.ReduceLROnPlateau(o, threshold_mode='x')", ValueError, "threshold mode x is unknown!"),
    ("s.ReduceLROnPlateau(o, min_lr=[1])", ValueError, "expected 2 min_lrs, got 1"),
    ("s.SequentialLR(o, [], [])", ValueError, "expects at least one scheduler"),
    ("s.SequentialLR(o, [s.StepLR(o, 1)], [1])", ValueError, "one more than the number of mile"),
    ("s.SequentialLR(o, [s.StepLR(a, 1)], [])", ValueError, "StepLR at index 0 has Adagrad ("),
    ("s.SequentialLR(o, [s.ReduceLROnPlateau(o)], [])", ValueError, "does not support `ReduceLR"),
    ("s.SequentialLR(o, [5], [])", TypeError, "at index 0 should have `optimizer`"),
    ("s.ChainedScheduler([])", ValueError, "expects at least one scheduler to be chained"),
    ("s.ChainedScheduler([s.StepLR(o, 1), s.StepLR(a, 1)])", ValueError, SAME),
]


@pytest.mark.parametrize(("case", "kind", "words"), ERRORS, ids=[e[0] for e in ERRORS])
def test_errors(case, kind, words):
    adagrad = Adagrad([torch.zeros(1, requires_grad=True)])
    with pytest.raises(kind) as error:
        eval(case, {"o": optimizer(torch), "a": adagrad, "s": lr_scheduler})
    assert words in str(error.value)


def test_one_step_too_many():
    o = optimizer(torch)
    scheduler = lr_scheduler.OneCycleLR(o, 0.1, total_steps=2)
    o.step()
    scheduler.step()
    scheduler.step()
    with pytest.raises(ValueError, match=r"Tried to step 3 times\. The specified number of total"):
        scheduler.step()


def test_a_group_that_came_later_lacks_a_smallest_rate():
    o = optimizer(torch)
    scheduler = lr_scheduler.ReduceLROnPlateau(o, patience=0, min_lr=[0.0, 0.0])
    o.add_param_group({"params": torch.zeros(1, requires_grad=True)})
    scheduler.step(1.0)
    with pytest.raises(RuntimeError, match="usually due to a new param group being added"):
        scheduler.step(1.0)
