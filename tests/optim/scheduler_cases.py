"""Schedules that PyTorch and this library must agree on, written for either of them."""

import warnings
from typing import Any

# Schedules of one optimizer `o` with rates 0.1 and 0.2; `s` is the module lr_scheduler.
CASES = [
    "s.StepLR(o, 3, 0.5)",
    "s.StepLR(o, 1)",
    "s.MultiStepLR(o, [2, 5, 5, 9], 0.5)",
    "s.ConstantLR(o, 0.25, 4)",
    "s.ConstantLR(o, total_iters=0)",
    "s.LinearLR(o, 0.25, 0.75, 6)",
    "s.LinearLR(o)",
    "s.ExponentialLR(o, 0.9)",
    "s.PolynomialLR(o, 8, 2.0)",
    "s.PolynomialLR(o)",
    "s.CosineAnnealingLR(o, 4, 0.01)",
    "s.CosineAnnealingLR(o, 20)",
    "s.CosineAnnealingWarmRestarts(o, 3)",
    "s.CosineAnnealingWarmRestarts(o, 2, 2, 0.01)",
    "s.LambdaLR(o, lambda epoch: 0.9**epoch)",
    "s.LambdaLR(o, [lambda epoch: 1 / (1 + epoch), lambda epoch: epoch])",
    "s.MultiplicativeLR(o, lambda epoch: 0.5 if epoch % 3 else 1.0)",
    "s.SequentialLR(o, [s.ConstantLR(o, 0.1, 2), s.ExponentialLR(o, 0.9)], [2])",
    "s.SequentialLR(o, [s.LinearLR(o, 0.1, 1.0, 3), s.StepLR(o, 2), s.ConstantLR(o)], [3, 8])",
    "s.SequentialLR(o, [s.LinearLR(o), s.CosineAnnealingLR(o, 5)], [5])",
    "s.SequentialLR(o, [s.LinearLR(o), s.CosineAnnealingWarmRestarts(o, 3)], [5])",
    "s.SequentialLR(o, [s.LambdaLR(o, lambda e: e), s.MultiplicativeLR(o, lambda e: 0.5)], [4])",
    "s.ChainedScheduler([s.ConstantLR(o, 0.1, 3), s.ExponentialLR(o, 0.9)])",
    "s.ChainedScheduler([s.StepLR(o, 4), s.LinearLR(o)])",
    "s.OneCycleLR(o, 0.5, total_steps=14)",
    "s.OneCycleLR(o, [0.5, 1.0], epochs=2, steps_per_epoch=7, pct_start=0.5)",
    "s.OneCycleLR(o, 0.5, 20, three_phase=True, anneal_strategy='linear', div_factor=10.0)",
    "s.OneCycleLR(o, 0.5, 14, cycle_momentum=False, final_div_factor=10.0)",
    "s.CyclicLR(o, 0.01, 0.1, 3)",
    "s.CyclicLR(o, [0.01, 0.02], 0.1, 2, 4, mode='triangular2')",
    "s.CyclicLR(o, 0.01, 0.1, 3, mode='exp_range', gamma=0.9, cycle_momentum=False)",
    "s.CyclicLR(o, 0.01, 0.1, 3, scale_fn=lambda x: 1 / x)",
    "s.ReduceLROnPlateau(o, patience=1)",
    "s.ReduceLROnPlateau(o, 'max', 0.5, 0, cooldown=1)",
    "s.ReduceLROnPlateau(o, patience=0, threshold=0.3, threshold_mode='abs', min_lr=[0.01, 0.05])",
    "s.ReduceLROnPlateau(o, 'max', patience=2, threshold=0.1)",
]
RESUMED = [
    "s.StepLR(o, 3, 0.5, last_epoch=4)",
    "s.StepLR(o, 5, 0.5, last_epoch=4)",
    "s.MultiStepLR(o, [2, 5, 9], 0.5, last_epoch=4)",
    "s.ConstantLR(o, 0.25, 6, last_epoch=4)",
    "s.LinearLR(o, 0.25, 0.75, 8, last_epoch=4)",
    "s.ExponentialLR(o, 0.9, last_epoch=4)",
    "s.PolynomialLR(o, 8, 2.0, last_epoch=4)",
    "s.CosineAnnealingLR(o, 6, 0.01, last_epoch=4)",
    "s.CosineAnnealingWarmRestarts(o, 3, last_epoch=4)",
    "s.LambdaLR(o, lambda epoch: 0.9**epoch, last_epoch=4)",
    "s.MultiplicativeLR(o, lambda epoch: 0.9, last_epoch=4)",
]
JUMPING = [CASES[i] for i in (0, 2, 3, 5, 7, 8, 10, 13, 14)]
LOSSES = [3, 2, 2, 2, 1.9, 1.9, 1.9, 1.9, 2.5, 1.0, 1.0, float("nan"), 1.0, 1.0]


def optimizer(torch: Any) -> Any:
    """An optimizer with two groups."""
    first, second = (torch.zeros(1, requires_grad=True) for _ in range(2))
    groups = [{"params": [first]}, {"params": [second], "lr": 0.2}]
    return torch.optim.SGD(groups, lr=0.1, momentum=0.9)


def run(torch: Any, case: str) -> list[list[float]]:
    """The rates and momenta after each step."""
    o = optimizer(torch)
    if "last_epoch" in case:
        for group in o.param_groups:
            group["initial_lr"] = group["lr"] * 2
    scheduler = eval(case, {"o": o, "s": torch.optim.lr_scheduler})
    found = [settings(o, scheduler)]
    for loss in LOSSES:
        o.step()
        scheduler.step(*([loss] if "Plateau" in case else []))
        found.append(settings(o, scheduler))
    return found


def jump(torch: Any, case: str) -> list[list[float]]:
    """The rates at epochs that are asked for, and after a step from there."""
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for epoch in (0, 3, 7, 2):
            o = optimizer(torch)
            scheduler = eval(case, {"o": o, "s": torch.optim.lr_scheduler})
            scheduler.step(epoch)
            found.append(settings(o, scheduler))
            scheduler.step()
            found.append(settings(o, scheduler))
    return found


def settings(o: Any, scheduler: Any) -> list[float]:
    """What the schedule has set."""
    rates = [group["lr"] for group in o.param_groups]
    assert rates == scheduler.get_last_lr()
    return [*rates, *(group["momentum"] for group in o.param_groups)]
