"""explain says how a call is compiled, in the user's words; its pseudo-code computes the kernel."""

from __future__ import annotations

import math
import re

import numpy
import pytest

import chainrule as torch
from chainrule import nn, threads
from chainrule.compiler import formulas, native
from chainrule.compiler.graph import Eqn, Var, row_major
from chainrule.compiler.loops import Block, Buffer, Const, Kernel, Load
from chainrule.compiler.loops_text import kernel_text

pytest.importorskip("llvmlite")
F32 = numpy.dtype("float32")


def line_step(points: int = 1000):
    x = torch.linspace(-3, 3, points).unsqueeze(1)
    y = x + 1.2 * torch.rand(x.size())
    net = nn.Linear(1, 1)
    loss_of = nn.MSELoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-4)

    def step():
        loss = loss_of(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step, net


# What is shown


def test_the_step_of_a_line_is_one_kernel_in_the_users_words():
    step, _ = line_step()
    how = torch.explain(step)
    text = str(how)
    assert len(text.splitlines()) < 60
    assert "traced, run as 1 kernel" in text
    assert (
        "kernel: 15 operations over 1000; reads 8.02 kB, writes 20 B (one by one: 72.1 kB)" in text
    )
    for words in (
        "x * net.weight",
        "net.weight.grad = sum(",
        "net.weight' = net.weight - ",
        "result = ",
        "optimizer.param_groups[0]['lr']",
        "MseLoss.grad_x",
        "test_explain.py:",
    ):
        assert words in text
    assert repr(how) == text
    assert how.result.shape == ()


@pytest.mark.parametrize("module", [nn.Linear(5, 3), nn.Sequential(nn.Linear(5, 4), nn.Softmax(1))])
def test_no_line_is_too_long(module):
    how = torch.explain(module, torch.randn(2, 5))
    for text in (str(how), how.passes(), how.loops()):
        assert max(map(len, text.splitlines())) <= 100


def test_the_call_is_made_once():
    step, net = line_step()
    before = net.weight.detach().clone()
    how = torch.explain(step)
    after = net.weight.detach().clone()
    assert after != before
    assert torch.equal(after, before - 1e-4 * net.weight.grad)
    str(how), how.passes(), how.loops(), how.assembly()
    assert torch.equal(net.weight, after)


def test_a_compiled_function_is_explained_by_the_program_that_ran():
    fast = torch.compile(lambda x: (x * x).sum())
    fast(torch.ones(3))
    fast(torch.ones(4))
    how = torch.explain(fast, torch.ones(3))
    assert "f32[3]" in str(how)
    assert "f32[4]" not in str(how)
    assert how.history == ["argument `x` has the shape (4,), was (3,)"]
    assert "traced again (1): argument `x` has the shape (4,), was (3,)" in str(how)
    assert len(fast.program.traced) == 2


def test_an_explained_call_of_a_compiled_function_compiles_it():
    fast = torch.compile(lambda x: x + 1)
    how = torch.explain(fast, torch.ones(3))
    assert how.run is fast.program.traced[0]
    assert torch.equal(how.result, torch.full((3,), 2.0))


def test_modules_are_explained_compiled_or_not():
    net = nn.Linear(3, 2)
    for each in (net, torch.compile(net)):
        how = torch.explain(each, torch.ones(1, 3))
        assert "self.weight" in str(how)
        assert "backward pass" in str(how)
        assert "grad(self.bias)" in str(how)


def test_what_an_optimizer_keeps_is_named_by_its_parameter():
    net = nn.Linear(2, 1)
    optimizer = torch.optim.Adam(net.parameters())
    x = torch.ones(4, 2)

    def step():
        optimizer.zero_grad()
        net(x).sum().backward()
        optimizer.step()

    first = torch.explain(step)
    assert "is not compiled yet" in str(first)
    assert "optimizer.state" in str(first)
    text = str(torch.explain(step))
    assert "exp_avg[net.weight]" in text
    assert "betas[1]" in text


# Why not


def test_a_branch_is_named_with_its_line():
    def relu(x):
        if x.sum() > 0:
            return x
        return -x

    how = torch.explain(relu, torch.ones(2))
    text = str(how)
    assert "runs eagerly: branches on the value of a tensor (" in text
    assert text.endswith("| if x.sum() > 0:")
    assert how.graph is None
    assert how.llvm == how.python == how.cuda() == how.loops() == ""
    fast = torch.compile(relu)
    with pytest.warns(UserWarning, match="branches"):
        fast(torch.ones(2))
    assert "runs eagerly: branches" in str(torch.explain(fast, torch.ones(2)))


def test_calls_that_stayed_opaque_say_why():
    text = str(torch.explain(lambda x: x.sort()[0] * 2, torch.randn(5)))
    assert re.search(r"not compiled, \w+", text)
    assert "Sort(x)" in text


def test_draws_products_and_checks_are_steps():
    net = nn.Linear(200, 100)

    def loss(x, y):
        return nn.functional.cross_entropy(nn.functional.dropout(net(x)), y)

    text = str(torch.explain(loss, torch.randn(64, 200), torch.randint(0, 100, (64,))))
    assert "random numbers, drawn at each call" in text
    assert "product, by BLAS" in text
    assert "x @ net.weight.T" in text
    assert "check that " in text


def test_without_llvmlite_graph_and_loops_are_shown(monkeypatch):
    monkeypatch.setattr(native, "available", lambda: False)
    step, _ = line_step(5000)
    how = torch.explain(step)
    assert "runs eagerly: llvmlite is not installed" in str(how)
    assert "kernel: 15 operations" in str(how)
    assert "total1 += f64(part1)" in how.loops()
    assert how.python == how.assembly() == ""
    assert "grad(w)" in str(torch.explain(lambda w: w.sin(), torch.ones(2, requires_grad=True)))


def test_an_error_of_the_function_is_its_own():
    with pytest.raises(RuntimeError, match="size"):
        torch.explain(lambda: torch.ones(2) + torch.ones(3))


# More


def test_passes_show_what_each_replaced():
    step, _ = line_step()
    how = torch.explain(step)
    text = how.passes()
    assert how.stages[0][0] == "traced"
    for name, _ in how.stages:
        assert name in text
    assert "  - %1 = x @ net.weight" in text
    assert "  + %1 = x * net.weight" in text


def test_sources_of_all_kinds():
    step, _ = line_step()
    how = torch.explain(step)
    assert "define void @k0(" in how.llvm == how.source()
    assert 'extern "C" __global__ void k0(' in how.cuda()
    assert how.python.startswith("def run(\n    args, kwargs")
    assert "ret" in how.assembly()
    assert "`optimizer.param_groups[0]['momentum']` is 0" in how.guards()
    assert "`net.weight` has the memory that it had" in how.guards()
    assert "`optimizer.param_groups[0]['lr']` is a float, of any value" in how.guards()


def test_what_is_read_twice_is_counted_once():
    text = str(torch.explain(lambda x: x[:10] * x[:10] + x[10:20], torch.ones(1000)))
    assert "reads 80 B, writes 40 B" in text


def test_threads_that_share_a_kernel_are_shown(monkeypatch):
    monkeypatch.setattr(threads, "_threads", 2)
    how = torch.explain(lambda x: x.exp().sum(), torch.ones(500_000))
    assert "2 operations over 500000, 2 threads; reads 2 MB" in str(how)
    assert "for i in begin .. end" in how.loops()


# Regions as indices


@pytest.mark.parametrize(
    ("shape", "index", "text"),
    [
        ((4, 3), (slice(None), slice(None)), "x"),
        ((4, 3), (2,), "x[2]"),
        ((4, 3), (slice(1, None), 0), "x[1:, 0]"),
        ((4, 3), (slice(None, None, 2),), "x[::2]"),
        ((4, 3), (slice(1, 3), slice(0, 2)), "x[1:3, :2]"),
        ((2, 3, 4), (1, slice(None), 2), "x[1, :, 2]"),
        ((5,), (slice(3, 4),), "x[3]"),
    ],
)
def test_a_view_is_shown_as_an_index(shape, index, text):
    memory = numpy.arange(math.prod(shape), dtype=F32).reshape(shape)
    assert formulas.region("x", view(memory, memory[index])) == text
    assert numpy.array_equal(numpy.squeeze(eval(text, {"x": memory})), numpy.squeeze(memory[index]))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda m: m.T, "x.T"),
        (lambda m: m.reshape(2, 6), "x"),
        (lambda m: m.reshape(-1)[None], "x"),
        (lambda m: numpy.broadcast_to(m, (5, 4, 3)), "x"),
        (lambda m: m.T[1:], "x.as_strided((2, 4), (1, 3), 1)"),
        (lambda m: m[:0], "x[:0]"),
    ],
)
def test_other_views(change, text):
    memory = numpy.arange(12, dtype=F32).reshape(4, 3)
    assert formulas.region("x", view(memory, change(memory))) == text


def view(memory: numpy.ndarray, part: numpy.ndarray) -> Eqn:
    start = part.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
    strides = tuple(s // 4 for s in part.strides)
    params = {"shape": part.shape, "strides": strides, "offset": start // 4}
    base, out = Var(memory.shape, F32, row_major(memory.shape)), Var(part.shape, F32, strides)
    return Eqn("view", (base,), (out,), params)


# The pseudo-code


def test_what_is_loaded_before_a_store_stays_before_it():
    memory, zero = Buffer("b0", "f32", written=True), Const(0, "i64")
    block = Block()
    old = block.let(Load(memory, zero))
    block.store(memory, zero, Const(1.0, "f32"))
    block.store(memory, Const(1, "i64"), old)
    text = kernel_text(Kernel("k0", (memory,), tuple(block.body)), ["x"])
    assert text == "k0(x):\n    t1 = x[0]\n    x[0] = 1\n    x[1] = t1"


def as_python(text: str) -> str:
    """The pseudo-code as Python: only loops and the head are written in another way."""
    text = re.sub(r"^(\w+)\((.*?)\):", r"def \1(\2):", text)
    return re.sub(
        r"for (\w+) in (.*?) \.\. (.*?)(?: step (\d+))?:",
        lambda m: f"for {m[1]} in range({m[2]}, {m[3]}, {m[4] or 1}):",
        text,
    )


SCALARS = {
    "f32": numpy.float32,
    "f64": numpy.float64,
    "i32": numpy.int32,
    "u32": numpy.uint32,
    "bool": numpy.bool_,
    "maximum": numpy.maximum,
    "minimum": numpy.minimum,
    "rint": numpy.rint,
    "sqrt": numpy.sqrt,
    "fma": lambda a, b, c: a * b + c,
    "f32_of_bits": lambda x: numpy.uint32(x).view(numpy.float32),
    "inf": numpy.inf,
}


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (x * x - 1).sum(),
        lambda x: x.softmax(1),
        lambda x: torch.where(x > 0, x, 0.5 * x).mean(0),
        lambda x: ((x > 0) & (x < 1)) | (x == 2),
        lambda x: -(x - (x - 1)) / (2 - x * 3),
        lambda x: (x.T[1:] - x[0, 0]).relu(),
    ],
)
def test_the_pseudo_code_computes_what_the_kernel_does(function):
    x = torch.randn(6, 5, generator=torch.Generator().manual_seed(1))
    how = torch.explain(function, x)
    (passage,) = how.passages
    (lowered,) = passage.kernels
    named = passage.operands(lowered)
    names = [f"b{i}" for i in range(len(named))]
    out = numpy.zeros_like(how.result.numpy())  # with its strides
    given = [
        x.numpy().ravel() if name == "x" else out.ravel("K") if name == "result"
        else numpy.zeros(1000, F32)
        for name in named
    ]  # fmt: skip
    code = as_python(kernel_text(lowered.kernel, names))
    scope = dict(SCALARS)
    exec(code, scope)
    scope[lowered.kernel.name](*given)
    assert numpy.allclose(out, how.result.numpy(), atol=1e-6)
