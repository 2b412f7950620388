"""Compiled = eager, over every case of every operation: values and gradients, call after call."""

import warnings

import numpy as np
from cases import all_cases, sample_by_name
from cases.case import Array, Case
from ops.test_properties import differentiable, flat, numbers, tensors

import chainrule
from chainrule.compiler.program import Program

CASES = all_cases()


def data(case: Case, call: int) -> list:
    """Inputs of the same shapes and kinds, others at each call."""
    if call == 0:
        return case.draw()
    rng = np.random.default_rng(call)
    return [x.draw(rng) if isinstance(x, Array) else x for x in case.inputs]


def run(function, case: Case, call: int, grad: bool) -> list:
    """Results and, if asked for, gradients; an exception stands for itself."""
    chainrule.manual_seed(call)
    given = tensors(case, data(case, call), "float32", grad=grad)
    try:
        results = flat(function(*given))
    except Exception as error:
        return [type(error)]
    found = [numbers(r) for r in results]
    total = None
    for r in differentiable(results) if grad else ():
        real = chainrule.view_as_real(r) if r.is_complex() else r
        weight = chainrule.arange(real.numel()).reshape(real.shape).to(real.dtype).cos()
        part = (real * weight).sum()
        total = part if total is None else total + part
    if total is not None:
        try:
            total.backward()
        except RuntimeError as error:  # no derivative
            return [*found, type(error)]
        found += [t.grad.numpy() for t in given if getattr(t, "grad", None) is not None]
    return found


def program_of(function) -> Program:
    """What compile knows of a function."""
    return function.program


@sample_by_name(CASES, 6)
def test_compiled_is_eager(case: Case) -> None:
    grad = case.grad

    def function(*given):
        return case.call(chainrule, *given)

    compiled = chainrule.compile(function)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for call in range(3):
            want = run(function, case, call, grad)
            found = run(compiled, case, call, grad)
            assert len(found) == len(want)
            for f, w in zip(found, want, strict=True):
                if isinstance(w, type):
                    assert f is w
                    continue
                assert f.shape == w.shape
                assert f.dtype == w.dtype
                np.testing.assert_allclose(f, w, rtol=2e-4, atol=2e-5)
    program = program_of(compiled)
    assert program.given_up is None or "compiler failed" not in program.given_up, program.given_up
