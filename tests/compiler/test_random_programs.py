"""Random programs over tensors, with their gradients: compiled = eager, call after call."""

from __future__ import annotations

import pytest
from compiler.twins import assert_same, numbers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import chainrule as torch

UNARY = {
    "neg": lambda x: -x,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "exp": lambda x: (x * 0.1).exp(),
    "square": lambda x: x * x * 0.1,
    "relu": torch.relu,
    "abs": torch.abs,
    "sqrt": lambda x: (x * x + 1.0).sqrt(),
    "detach": lambda x: x.detach(),
    "softmax": lambda x: torch.softmax(x, -1),
    "cumsum": lambda x: x.cumsum(0),
    "sum": lambda x: x.sum(),
    "sum 0": lambda x: x.sum(0),
    "mean 1": lambda x: x.mean(1, keepdim=True),
    "max 0": lambda x: x.max(0, keepdim=True).values,
    "amax": lambda x: x.amax(1),
    "var": lambda x: x.var(0),
    "row": lambda x: x[1],
    "column": lambda x: x[:, :1],
    "strided": lambda x: x[::2],
    "turned": lambda x: x.flip(0),
    "transpose": lambda x: x.t(),
    "shifted": lambda x: torch.cat([x[1:], x[:1]]),
    "picked": lambda x: x[torch.tensor([2, 0, 1])],
}
BINARY = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / (y * y + 1.0),
    "maximum": torch.maximum,
    "where": lambda x, y: torch.where(x > y, x, y * 0.5),
    "matmul": lambda x, y: x @ y * 0.2,
    "masked": lambda x, y: x.masked_fill(y > 0, 0.5),
}
INPLACE = {
    "add_": lambda x, y: x.add_(y),
    "mul_": lambda x, y: x.mul_(y * 0.5),
    "row_": lambda x, y: x[0].add_(1.0),
    "column_": lambda x, y: x[:, 1].mul_(0.5),
    "set": lambda x, y: x.__setitem__((slice(1, None), 0), y[1:, 0]),
    "relu_": lambda x, y: x.relu_(),
    "zero row": lambda x, y: x[2].zero_(),
    "copy_": lambda x, y: x.copy_(y),
}


def forward(steps, x, y, w):
    """What the program computes from two inputs and a weight: its last value, and a total."""
    values = [x, y, w * 1.0]
    for kind, name, i, j in steps:
        a, b = values[i % len(values)], values[j % len(values)]
        if kind == "unary":
            values.append(UNARY[name](a))
        elif kind == "binary":
            values.append(BINARY[name](a, b))
        else:
            target = a.clone() if i % 2 else a * 1.0
            INPLACE[name](target, b)
            values.append(target)
        values[-1] = torch.broadcast_to(values[-1], (3, 3)) if values[-1].dim() < 3 else values[-1]
    return values[-1] * 1.0, sum((v * (0.3 * k + 1.0)).sum() for k, v in enumerate(values))


def whole(steps, x, y, w):
    """The program, and its backward pass."""
    last, total = forward(steps, x, y, w)
    if total.requires_grad:
        total.backward()
    return last.detach(), total.detach()


def _names(kind, table):
    indices = st.integers(0, 9)
    return st.tuples(st.just(kind), st.sampled_from(sorted(table)), indices, indices)


STEPS = st.lists(
    st.one_of(_names("unary", UNARY), _names("binary", BINARY), _names("inplace", INPLACE)),
    min_size=1,
    max_size=9,
)


def world(seed):
    """Inputs and a weight."""
    torch.manual_seed(seed)
    x, y, w = (torch.randn(3, 3) for _ in range(3))
    return x.requires_grad_(), y, w.requires_grad_()


@pytest.mark.slow
@pytest.mark.parametrize("program", [whole, forward])
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_random_programs(program, steps):
    def eager(x, y, w):
        return program(steps, x, y, w)

    compiled = torch.compile(eager)
    for call in range(4):
        found = []
        for function in (eager, compiled):
            given = world(call % 3)
            try:
                last, total = function(*given)
                result = numbers((last, total))
                if total.requires_grad:
                    (total + last.sum()).backward()
            except (RuntimeError, IndexError) as error:
                result = [type(error).__name__, str(error).splitlines()[0]]
            found.append((result, numbers(given)))
        assert_same(list(found[1]), list(found[0]), f"call {call} of {steps}")
    assert compiled.program.given_up is None, f"{compiled.program.given_up}: {steps}"
