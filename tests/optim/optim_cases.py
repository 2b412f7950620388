"""Optimizer runs that PyTorch and this library must agree on, written for either of them.

Each run has two groups of parameters of several shapes, gradients that depend on the parameters,
gradients that are missing now and then, and a learning rate that changes in between.
"""

import math
from typing import Any

import numpy

STEPS = 100
KEPT = (2, STEPS)  # the steps after which numbers are recorded
SHAPES = ((2, 2), (3,), (), (1,))
COMMON: list[dict[str, Any]] = [{}, {"weight_decay": 0.1}, {"maximize": True, "weight_decay": 0.01}]
RULES: dict[str, list[dict[str, Any]]] = {
    "SGD": [
        *COMMON,
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
        {"momentum": 0.8, "dampening": 0.5, "maximize": True},
    ],
    "Adam": [
        *COMMON,
        {"amsgrad": True, "betas": (0.8, 0.9)},
        {"weight_decay": 0.1, "decoupled_weight_decay": True, "eps": 1e-3},
    ],
    "AdamW": [*COMMON, {"amsgrad": True}],
    "RMSprop": [
        *COMMON,
        {"momentum": 0.9, "alpha": 0.8},
        {"centered": True},
        {"centered": True, "momentum": 0.5, "eps": 1e-2},
    ],
    "Adagrad": [*COMMON, {"lr_decay": 0.1, "initial_accumulator_value": 0.5}],
    "Adadelta": [*COMMON, {"rho": 0.5, "eps": 1e-3}],
    "Adamax": [*COMMON, {"betas": (0.5, 0.6)}],
    "NAdam": [*COMMON, {"decoupled_weight_decay": True, "weight_decay": 0.1}],
    "RAdam": [
        *COMMON,
        {"betas": (0.9, 0.9), "decoupled_weight_decay": True, "weight_decay": 0.1},
    ],
    "ASGD": [*COMMON, {"t0": 10, "lambd": 1e-2, "alpha": 0.6}],
    "Rprop": [{}, {"maximize": True}, {"etas": (0.4, 1.5), "step_sizes": (1e-3, 0.1)}],
}
TYPES = {"float64": 1e-11, "float32": 2e-5, "complex64": 2e-5, "float16": 2e-2}


def cases(dtype: str) -> list[tuple[str, dict[str, Any]]]:
    """All optimizers with all options; for the less common types with one."""
    common = dtype in ("float64", "float32")
    return [
        (rule, options)
        for rule, choices in RULES.items()
        for options in (choices if common else choices[1:2])
    ]


def name(rule: str, options: dict[str, Any]) -> str:
    """What a case is called in the golden file."""
    return f"{rule}({', '.join(f'{key}={value}' for key, value in options.items())})"


def run(torch: Any, rule: str, options: dict[str, Any], dtype: str) -> list[Any]:
    """The parameters after some of the steps, and the state at the end, as numbers."""
    kind = getattr(torch, dtype)
    params = []
    for number, shape in enumerate(SHAPES):
        count = math.prod(shape)
        values = numpy.sin(numpy.arange(count) + number).reshape(shape)
        params.append(torch.tensor(values, dtype=kind, requires_grad=True))
    other = 0.01 if dtype == "float64" else torch.tensor(0.01)  # a float32 tensor rounds
    groups = [{"params": params[::2]}, {"params": params[1::2], "lr": other}]
    optimizer = getattr(torch.optim, rule)(groups, lr=0.02, **options)
    kept = []
    for step in range(1, STEPS + 1):
        for number, p in enumerate(params):
            missing = number == step % 7 and step % 2
            p.grad = None if missing else gradient(torch, p, number, step)
        if step == STEPS // 2:
            optimizer.param_groups[0]["lr"] *= 0.5
        optimizer.step()
        if step in KEPT:
            kept.append([numbers(p) for p in params])
    return kept + [state_of(optimizer, p) for p in params]


def gradient(torch: Any, p: Any, number: int, step: int) -> Any:
    """A gradient that pulls to a target and shakes a little."""
    values = p.detach().numpy().astype(complex)
    shake = numpy.sin(numpy.arange(values.size) * 3 + step * 5 + number).reshape(values.shape)
    found = 0.3 * (values - 0.5 - 0.25j) + (0.2 + 0.1j) * shake
    found = found if p.is_complex() else found.real
    return torch.tensor(found, dtype=p.dtype)


def numbers(tensor: Any) -> list[float]:
    """The elements, a complex one as two, to nine digits."""
    flat = numpy.atleast_1d(tensor.detach().numpy()).ravel()
    if flat.dtype.kind == "c":
        flat = flat.view(f"f{flat.itemsize // 2}")
    digits = 15 if flat.dtype == numpy.float64 else 9
    return [float(f"{value:.{digits}g}") for value in flat.tolist()]


def state_of(optimizer: Any, p: Any) -> dict[str, Any]:
    """The state of a parameter: its tensors as numbers."""
    return {key: numbers(value) for key, value in optimizer.state.get(p, {}).items()}
