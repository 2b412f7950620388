"""Rows for the operators, division, bounds, signs, roots and weighted sums."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error

NAN, INF = float("nan"), float("inf")
FAR = A(2, 3, low=0.5, high=3.0)  # positive, away from zero
PAIR = [A(2, 3), A(2, 3)]
BROADCAST = [A(2, 1, 3), A(4, 1)]
COMPLEX = A(3, kind="complex")
SHAPES = r"The size of tensor a \(3\) must match the size of tensor b \(2\) at non-singleton"


def _error(call, match, kind=RuntimeError):
    return Error(call, kind, match)


def _binary(name, ref, inputs=PAIR, *, inplace=True, **rest):
    """A row for a function of two tensors of the same name as the method."""
    return Case(
        name,
        lambda t, x, y: getattr(t, name)(x, y),
        inputs,
        ref,
        pointwise=True,
        method=name,
        inplace=f"{name}_" if inplace else None,
        **rest,
    )


def _unary(name, ref, x=A(2, 3), **rest):  # noqa: B008
    """A row for a function of one tensor, with its method and in-place form."""
    call = lambda t, x: getattr(t, name)(x)  # noqa: E731
    return Case(name, call, [x], ref, pointwise=True, method=name, inplace=f"{name}_", **rest)


OPERATORS = [
    _binary(
        "add",
        np.add,
        errors=[
            _error(lambda t: t.ones(3) + t.ones(2), SHAPES),
            _error(lambda t: t.ones(3) + t.ones(2), r"hint: the shapes are \(3,\) and \(2,\)"),
            _error(
                lambda t: t.ones(2) + "a",
                r"unsupported operand type.*'Tensor' and 'str'",
                TypeError,
            ),
            _error(lambda t: t.add(t.ones(2), "a"), "must be Tensor, not str", TypeError),
            _error(
                lambda t: t.add(t.tensor([1]), t.tensor([1]), alpha=0.5),
                "For integral input tensors, argument alpha must not be a floating point number",
            ),
            _error(
                lambda t: t.add(t.ones(1), t.ones(1), alpha=1j),
                "For non-complex input tensors, argument alpha must not be a complex number",
            ),
            _error(
                lambda t: t.add(t.ones(1), t.ones(1), alpha=True),
                "Boolean alpha only supported for Boolean results",
            ),
            _error(lambda t: t.ones(2).add(t.ones(2), 2), "positional argument", TypeError),
        ],
    ),
    Case("add_broadcast", lambda t, x, y: x + y, BROADCAST, np.add),
    Case("add_alpha", lambda t, x, y: t.add(x, y, alpha=0.5), PAIR, lambda x, y: x + 0.5 * y),
    Case(
        "add_alpha_broadcast",
        lambda t, x, y: t.add(x, y, alpha=-2),
        BROADCAST,
        lambda x, y: x - 2 * y,
    ),
    Case("add_number", lambda t, x: 2 + x + 1.5, ref=lambda x: x + 3.5, pointwise=True),
    Case("add_complex", lambda t, x, y: x + y, [COMPLEX, A(3)], np.add),
    Case("add_bool", lambda t, x, y: x + y, [A(6, kind="bool")] * 2, np.add),
    _binary(
        "sub",
        np.subtract,
        errors=[
            _error(lambda t: t.tensor([True]) - t.tensor([True]), "with two bool tensors"),
            _error(lambda t: t.tensor([True]) - 1, "with a bool tensor"),
            _error(lambda t: 1.0 - t.tensor([True]), "with a bool tensor"),
            _error(lambda t: t.ones(2) - t.tensor([True]), "with a bool tensor"),
        ],
    ),
    Case("sub_alpha", lambda t, x, y: t.sub(x, y, alpha=3), PAIR, lambda x, y: x - 3 * y),
    Case("rsub", lambda t, x: 2 - x, ref=lambda x: 2 - x, pointwise=True),
    Case("rsub_tensor", lambda t, x, y: t.rsub(x, y, alpha=2), PAIR, lambda x, y: y - 2 * x),
    _binary("mul", np.multiply),
    Case("mul_broadcast", lambda t, x, y: x * y, BROADCAST, np.multiply),
    Case("mul_number", lambda t, x: 3 * x, ref=lambda x: 3 * x, pointwise=True),
    Case("mul_self", lambda t, x: x * x, ref=np.square, pointwise=True),
    Case("mul_complex", lambda t, x, y: x * y, [COMPLEX, COMPLEX], np.multiply),
    Case("mul_real_complex", lambda t, x, y: x * y, [A(3), COMPLEX], np.multiply),
    _binary("div", np.divide, [A(2, 3), FAR]),
    Case("div_broadcast", lambda t, x, y: x / y, [A(2, 1, 3), A(4, 1, low=1)], np.divide),
    Case("div_complex", lambda t, x, y: x / y, [COMPLEX, COMPLEX], np.divide),
    Case("div_int", lambda t, x: x / 4, [A(5, kind="int")], lambda x: np.float32(x / 4)),
    Case("div_of_number", lambda t, x: 2 / x, [FAR], lambda x: 2 / x, pointwise=True),
    _unary("reciprocal", np.reciprocal, FAR),
    _unary(
        "neg",
        np.negative,
        errors=[_error(lambda t: -t.tensor([True]), "on a bool tensor is not supported")],
    ),
    Case(
        "positive",
        lambda t, x: +x,
        ref=np.positive,
        pointwise=True,
        method="positive",
        errors=[_error(lambda t: +t.tensor([True]), "on a bool tensor is not supported")],
    ),
]

POWERS = [
    _binary(
        "pow",
        np.power,
        [FAR, A(2, 3)],
        errors=[
            _error(lambda t: t.tensor([2]) ** -1, "Integers to negative integer powers"),
            _error(
                lambda t: t.tensor([True]) ** t.tensor([True]),
                "\"pow\" not implemented for 'Bool'",
                NotImplementedError,
            ),
        ],
    ),
    Case("pow_broadcast", lambda t, x, y: x**y, [A(2, 1, 3, low=0.5), A(4, 1)], np.power),
    Case("pow_complex", lambda t, x, y: x**y, [COMPLEX, COMPLEX], np.power),
    *(
        Case(f"pow_{n}", lambda t, x, n=n: x**n, [FAR], lambda x, n=n: x**n, pointwise=True)
        for n in (0, 1, 2, 3, 4, -1, -2, 0.5, -0.5, 2.5)
    ),
    Case("pow_square_complex", lambda t, x: x**2, [COMPLEX], np.square),
    Case("pow_complex_exponent", lambda t, x: x ** (1 + 2j), [FAR], lambda x: x ** (1 + 2j)),
    Case("pow_int", lambda t, x: x**3, [A(6, low=-5, high=5, kind="int")], lambda x: x**3),
    Case(
        "pow_negative_ints",
        lambda t, x, y: x**y,
        [A(9, low=-3, high=3, kind="int"), A(9, low=-3, high=1, kind="int")],
        lambda x, y: np.where(x == 0, y == 0, np.trunc(np.where(x == 0, 1.0, x) ** y)),
    ),
    Case("pow_of_number", lambda t, x: 2**x, ref=lambda x: 2**x, pointwise=True),
    Case("pow_of_zero", lambda t, x: 0.0**x, [FAR], np.zeros_like, pointwise=True),
    Case("pow_of_complex", lambda t, x: (1 + 2j) ** x, [COMPLEX], lambda x: (1 + 2j) ** x),
    Case("float_power", lambda t, x: t.float_power(x, 2), [A(4, kind="int")], lambda x: x**2.0),
    _unary("square", np.square),
    _unary("sqrt", np.sqrt, FAR),
    Case("sqrt_complex", lambda t, x: t.sqrt(x), [COMPLEX], np.sqrt),
    _unary("rsqrt", lambda x: x**-0.5, FAR),
    _binary(
        "hypot",
        np.hypot,
        errors=[
            _error(
                lambda t: t.hypot(t.tensor([1]), t.tensor([1])),
                "not implemented for 'Long'",
                NotImplementedError,
            ),
            _error(
                lambda t: t.hypot(t.ones(1), 2.0),
                "argument 'other' .* must be Tensor, not float",
                TypeError,
            ),
        ],
    ),
]

DIVISION = [
    _binary(
        "floor_divide",
        np.floor_divide,
        [A(2, 3), FAR],
        grad=False,
        errors=[
            _error(lambda t: t.tensor([1]) // 0, "ZeroDivisionError"),
            _error(lambda t: t.tensor([1]) % t.tensor([0]), "ZeroDivisionError"),
            _error(lambda t: t.fmod(t.tensor([1]), 0), "ZeroDivisionError"),
            _error(
                lambda t: t.tensor([True]) // t.tensor([True]),
                "not implemented for 'Bool'",
                NotImplementedError,
            ),
            _error(
                lambda t: t.ones(1, requires_grad=True).floor_divide(2).backward(),
                "derivative for aten::floor_divide is not implemented",
            ),
        ],
    ),
    Case(
        "floor_divide_int",
        lambda t, x: x // 3,
        [A(9, low=-9, high=9, kind="int")],
        lambda x: x // 3,
    ),
    Case(
        "div_floor",
        lambda t, x, y: t.div(x, y, rounding_mode="floor"),
        [A(2, 3), FAR],
        np.floor_divide,
        errors=[_error(lambda t: t.div(t.ones(1), 2, rounding_mode="x"), "but found 'x'")],
    ),
    Case(
        "div_trunc",
        lambda t, x, y: t.div(x, y, rounding_mode="trunc"),
        [A(2, 3), FAR],
        lambda x, y: np.trunc(x / y),
    ),
    Case(
        "div_trunc_int",
        lambda t, x: t.div(x, -3, rounding_mode="trunc"),
        [A(9, low=-9, high=9, kind="int")],
        lambda x: np.trunc(x / -3),
    ),
    _binary("remainder", np.remainder, [A(2, 3), FAR]),
    Case("remainder_number", lambda t, x: x % -1.5, ref=lambda x: x % -1.5, pointwise=True),
    Case("remainder_of_number", lambda t, x: 2 % x, [FAR], lambda x: 2 % x),
    _binary("fmod", np.fmod, [A(2, 3), FAR]),
    Case("fmod_number", lambda t, x: t.fmod(x, 0.7), ref=lambda x: np.fmod(x, 0.7)),
    _binary("gcd", np.gcd, [A(9, low=-30, high=30, kind="int")] * 2),
    _binary("lcm", np.lcm, [A(9, low=-30, high=30, kind="int")] * 2),
]

BOUNDS = [
    _binary(
        "maximum",
        np.maximum,
        inplace=False,
        errors=[
            _error(
                lambda t: t.maximum(t.ones(1), 2.0),
                "argument 'other' .* must be Tensor, not float",
                TypeError,
            ),
            _error(lambda t: t.maximum(t.tensor([1j]), t.tensor([1j])), "not implemented for"),
        ],
    ),
    _binary("minimum", np.minimum, inplace=False),
    _binary("fmax", np.fmax, inplace=False),
    _binary("fmin", np.fmin, inplace=False),
    Case(
        "clamp",
        lambda t, x: t.clamp(x, -1, 0.5),
        ref=lambda x: np.clip(x, -1, 0.5),
        pointwise=True,
        method="clamp",
        inplace="clamp_",
        args=(-1, 0.5),
        errors=[
            _error(lambda t: t.ones(1).clamp(), "At least one of 'min' or 'max' must not be None"),
            _error(lambda t: t.ones(1).clamp(t.ones(1), 2.0), "invalid combination", TypeError),
            _error(lambda t: t.ones(1).clamp("a"), "clamp", TypeError),
            _error(
                lambda t: t.tensor([1], dtype=t.uint8).clamp(-1, 300),
                "value cannot be converted to type uint8.* without overflow",
            ),
            _error(
                lambda t: t.tensor([1j]).clamp(0, 1),
                "not (implemented|supported) for",
                NotImplementedError,
            ),
        ],
    ),
    Case(
        "clamp_large",
        lambda t, x: x.clamp(-1, 0.5),
        [A(80, 90)],
        lambda x: np.clip(x, -1, 0.5),
        grad=False,
    ),
    Case("clamp_below", lambda t, x: x.clamp(min=0.1), ref=lambda x: np.maximum(x, 0.1)),
    Case("clamp_above", lambda t, x: x.clamp(max=0.1), ref=lambda x: np.minimum(x, 0.1)),
    Case(
        "clamp_int",
        lambda t, x: x.clamp(0, 2.5),
        [A(9, low=-5, high=5, kind="int")],
        lambda x: np.float32(np.clip(x, 0, 2.5)),
    ),
    Case("clamp_from", lambda t, x, y: x.clamp(y), BROADCAST, np.maximum),
    Case("clamp_to", lambda t, x, y: x.clamp(max=y), BROADCAST, np.minimum),
    Case("clamp_between", lambda t, x, y, z: x.clamp(y, z), [A(2, 3), A(3), A(2, 1)], np.clip),
    Case(
        "clamp_min",
        lambda t, x: t.clamp_min(x, 0.1),
        ref=lambda x: np.maximum(x, 0.1),
        method="clamp_min",
        inplace="clamp_min_",
        args=(0.1,),
    ),
    Case(
        "clamp_max",
        lambda t, x: t.clamp_max(x, 0.1),
        ref=lambda x: np.minimum(x, 0.1),
        method="clamp_max",
        inplace="clamp_max_",
        args=(0.1,),
    ),
    Case("clamp_min_tensor", lambda t, x, y: t.clamp_min(x, y), BROADCAST, np.maximum),
    Case("clamp_max_tensor", lambda t, x, y: t.clamp_max(x, y), [A(2, 3), A(3)], np.minimum),
]

SIGNS = [
    _unary(
        "abs",
        np.abs,
        errors=[
            _error(
                lambda t: t.tensor([True]).abs(), "not implemented for 'Bool'", NotImplementedError
            )
        ],
    ),
    Case("abs_complex", lambda t, x: x.abs(), [COMPLEX], np.abs),
    _unary(
        "sign",
        np.sign,
        errors=[_error(lambda t: t.sign(t.tensor([1j])), "sign", NotImplementedError)],
    ),
    _unary("sgn", np.sign),
    Case("sgn_complex", lambda t, x: t.sgn(x), [COMPLEX], lambda x: x / np.abs(x)),
    Case("signbit", lambda t, x: t.signbit(x), ref=np.signbit, pointwise=True, method="signbit"),
    _binary("copysign", np.copysign),
    Case("copysign_number", lambda t, x: t.copysign(x, -1), ref=lambda x: np.copysign(x, -1)),
    _binary(
        "heaviside",
        np.heaviside,
        grad=False,
        errors=[
            _error(lambda t: t.heaviside(t.ones(1), t.tensor([1])), "different dtypes"),
            _error(
                lambda t: t.heaviside(t.ones(1, requires_grad=True), t.ones(1)).backward(),
                "derivative for aten::heaviside is not implemented",
            ),
        ],
    ),
]

BLENDS = [
    Case(
        "addcmul",
        lambda t, x, y, z: t.addcmul(x, y, z),
        [A(2, 3), A(3), A(2, 1)],
        lambda x, y, z: x + y * z,
        method="addcmul",
        inplace="addcmul_",
    ),
    Case(
        "addcmul_value",
        lambda t, x, y, z: t.addcmul(x, y, z, value=0.3),
        [A(3)] * 3,
        lambda x, y, z: x + 0.3 * y * z,
    ),
    Case(
        "addcdiv",
        lambda t, x, y, z: t.addcdiv(x, y, z, value=-2),
        [A(2, 3), A(3), A(2, 1, low=1)],
        lambda x, y, z: x - 2 * y / z,
        errors=[
            _error(
                lambda t: t.addcdiv(t.tensor([1]), t.tensor([1]), t.tensor([1])),
                "Integer division with addcdiv is no longer supported",
            )
        ],
    ),
    Case(
        "addcdiv_plain",
        lambda t, x, y, z: t.addcdiv(x, y, z),
        [A(3), A(3), A(3, low=1)],
        lambda x, y, z: x + y / z,
    ),
    Case(
        "lerp",
        lambda t, x, y: t.lerp(x, y, 0.3),
        PAIR,
        lambda x, y: x + 0.3 * (y - x),
        pointwise=True,
        method="lerp",
        inplace="lerp_",
        args=(0.3,),
        errors=[
            _error(
                lambda t: t.lerp(t.ones(1), t.ones(1).double(), 0.5),
                "expected dtype float.* for `end`",
            ),
            _error(
                lambda t: t.lerp(t.tensor([1]), t.tensor([2]), 0.5),
                "not implemented for 'Long'",
                NotImplementedError,
            ),
        ],
    ),
    Case("lerp_far", lambda t, x, y: t.lerp(x, y, 0.8), PAIR, lambda x, y: x + 0.8 * (y - x)),
    Case(
        "lerp_tensor",
        lambda t, x, y, z: t.lerp(x, y, z),
        [A(2, 3), A(2, 3), A(3)],
        lambda x, y, z: x + z * (y - x),
    ),
]

CASES = OPERATORS + POWERS + DIVISION + BOUNDS + SIGNS + BLENDS
