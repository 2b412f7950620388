"""How operations are written: for each primitive (and NumPy function) the formula of its result.

What is not listed is a function by the operation's own name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from . import expressions as e
from .expressions import Expr

Writer = Callable[..., Expr]


def write(
    op: Any, inputs: list[Expr], values: list[Any], params: dict[str, Any], out: Any, index: int
) -> Expr:
    """The formula of output `index` of a primitive, from those of its inputs."""
    writer = WRITERS.get(op.__name__)
    if writer is not None and index == 0:
        return writer(inputs, values, params, out)
    return _function(spoken(op, index), inputs, out.size == 1)


def write_function(
    name: str, inputs: list[Expr], values: list[Any], options: dict[str, Any], out: Any
) -> Expr:
    """The formula of a NumPy function's result."""
    writer = FUNCTIONS.get(name)
    if writer is not None:
        return writer(inputs, values, options, out)
    return _function(name, inputs, out.size == 1)


def _function(name: str, inputs: list[Expr], scalar: bool) -> Expr:
    return e.call(name, *(x for x in inputs if x != e.name("None")), scalar=scalar)


def spoken(op: Any, index: int = 0) -> str:
    """The name of an operation, in small letters: `log_softmax`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", op.__name__).lower()
    if index == 0 or op.outputs[0].startswith("*"):
        return words if len(op.outputs) > 1 or not op.several else f"{words}_{index}"
    return f"{words}_{op.outputs[index]}"


def reshaped(expr: Expr, before: Any, after: Any) -> Expr:
    """A formula for the same elements in another shape: itself if only axes of size 1 changed."""
    if expr.head in ("number", "unknown") or expr.scalar:
        return expr
    if [n for n in before.shape if n != 1] == [n for n in after.shape if n != 1]:
        return expr
    return e.call("reshape", expr, after.shape, scalar=False)


def summed(expr: Expr, before: Any, dim: Any, after: Any) -> Expr:
    """The sum over axes; over none that matters, the thing itself."""
    folded = before.size // max(after.size, 1) if before.size else 0
    if folded == 1:
        return reshaped(expr, before, after)
    if expr.scalar:
        return e.mul(e.number(folded), expr)
    factor, rest = e.coefficient(expr)
    axes = (dim,) if isinstance(dim, int) else tuple(range(before.ndim) if dim is None else dim)
    if rest.head == "call" and rest.args[0] == "onehot" and axes == (rest.args[2],):
        return e.number(factor)
    scalars = [each for each in _factors(rest) if each.scalar]
    rest = e.mul(*(each for each in _factors(rest) if not each.scalar))
    every = after.size == 1
    total = e.call("sum", rest, None if every else axes, scalar=every)
    return e.mul(e.number(factor), *scalars, total)


def _factors(x: Expr) -> tuple[Expr, ...]:
    return x.args if x.head == "mul" else (x,)


def _mean(inputs: Any, values: Any, params: Any, out: Any) -> Expr:
    if inputs[0].scalar:
        return inputs[0]
    every = out.size == 1
    return e.call("mean", inputs[0], None if every else params["dim"], scalar=every)


def _sum(inputs: Any, values: Any, params: Any, out: Any) -> Expr:
    return summed(inputs[0], values[0], params["dim"], out)


def _same(inputs: Any, *_: Any) -> Expr:
    first: Expr = inputs[0]
    return first


def _view(inputs: Any, values: Any, params: Any, out: Any) -> Expr:
    return reshaped(inputs[0], values[0], out)


def _unsqueeze(inputs: Any, values: Any, params: Any, out: Any) -> Expr:
    row = values[0].ndim == 1 and params["dim"] == 0
    return e.transpose(inputs[0]) if row else _same(inputs)


def _transpose(inputs: Any, values: Any, params: Any, out: Any) -> Expr:
    if inputs[0].scalar or out.ndim < 2:
        return _same(inputs)
    if out.ndim == 2:
        stays = params.get("dims") == (0, 1) or params.get("dim0", 0) == params.get("dim1", 1)
        return _same(inputs) if stays else e.transpose(inputs[0])
    return e.call("permute", inputs[0], scalar=False)


def _masked(inputs: Any, *_: Any) -> Expr:
    return e.mul(inputs[0], e.bracket(inputs[1]))


def _where(inputs: Any, values: Any, params: Any, out: Any) -> Expr:
    condition, yes, no = inputs
    if condition.head == "number" or yes == no:
        return yes if condition.head != "number" or condition.args[0] else no
    if e.is_number(no, 0):
        return e.mul(yes, e.bracket(condition))
    if e.is_number(yes, 0):
        return e.mul(no, e.bracket(e.negation(condition)))
    return e.call("where", condition, yes, no)


def _put(inputs: Any, values: Any, params: Any, out: Any) -> Expr:
    axis = 1 if len(params["shape"]) > 1 else 0
    return e.mul(inputs[0], e.call("onehot", inputs[1], axis, scalar=False))


def _power(inputs: Any, values: Any, params: Any, out: Any) -> Expr:
    if "exponent" in params:
        return e.power(inputs[0], e.number(params["exponent"]))
    if "base" in params:
        return e.power(e.number(params["base"]), inputs[0])
    return e.power(*inputs)


def _scaled(sign: int) -> Writer:
    return lambda i, v, p, out: e.add(i[0], e.mul(e.number(sign), e.number(p["alpha"]), i[1]))


def _linear(inputs: Any, values: Any, params: Any, out: Any) -> Expr:
    bias, x, weight = inputs
    return e.add(e.matmul(x, e.transpose(weight)), bias)


def _addmm(inputs: Any, values: Any, params: Any, out: Any) -> Expr:
    bias, x, y = inputs
    product = e.mul(e.number(params["alpha"]), e.matmul(x, y))
    return e.add(e.mul(e.number(params["beta"]), bias), product)


def _matmul(inputs: Any, values: Any, params: Any, out: Any) -> Expr:
    return e.matmul(*inputs)


def _addr(inputs: Any, values: Any, params: Any, out: Any) -> Expr:
    bias, x, y = inputs
    return _addmm([bias, x, e.transpose(y)], values, params, out)


def _lerp(inputs: Any, values: Any, params: Any, out: Any) -> Expr:
    start, end = inputs[:2]
    weight = inputs[2] if len(inputs) > 2 else e.number(params["weight"])
    return e.add(start, e.mul(weight, e.subtract(end, start)))


def _added(combine: Callable[[Expr, Expr], Expr]) -> Writer:
    def writer(inputs: Any, values: Any, params: Any, out: Any) -> Expr:
        x, y, z = inputs
        return e.add(x, e.mul(e.number(params["value"]), combine(y, z)))

    return writer


def _vecmat(inputs: Any, *_: Any) -> Expr:
    return e.matmul(e.transpose(inputs[1]), inputs[0])


def _dot(inputs: Any, *_: Any) -> Expr:
    factor, product = e.coefficient(e.matmul(e.transpose(inputs[0]), inputs[1]))
    scalar = Expr(product.head, product.args) if product.head == "matmul" else product
    return e.mul(e.number(factor), scalar)


def _mse(inputs: Any, values: Any, params: Any, out: Any) -> Expr:
    each = e.power(e.subtract(*inputs[:2]), e.number(2))
    if params["reduction"] == "none" or each.scalar:
        return each
    return e.call(params["reduction"], each, None, scalar=True)


def _pointwise(write: Callable[..., Expr]) -> Writer:
    return lambda inputs, values, params, out: write(*inputs)


def _compared(sign: str) -> Writer:
    return lambda inputs, *_: e.compare(sign, *inputs)


def _named(function: str) -> Writer:
    return lambda inputs, *_: e.call(function, *inputs)


def _logical(function: str) -> Writer:
    def writer(inputs: Any, *_: Any) -> Expr:
        a, b = inputs
        for one, other in ((a, b), (b, a)):
            if one.head == "number":
                return other if bool(one.args[0]) == (function == "and") else one
        return e.call(function, a, b)

    return writer


FUNCTIONS: dict[str, Writer] = {
    "add": _pointwise(e.add),
    "subtract": _pointwise(e.subtract),
    "multiply": _pointwise(e.mul),
    "divide": _pointwise(e.divide),
    "true_divide": _pointwise(e.divide),
    "negative": _pointwise(e.negative),
    "positive": _same,
    "conjugate": _named("conj"),
    "power": _power,
    "square": _pointwise(lambda x: e.power(x, e.number(2))),
    "reciprocal": _pointwise(lambda x: e.divide(e.ONE, x)),
    "absolute": _named("abs"),
    "matmul": _matmul,
    "add_reduce": _sum,
    "less": _compared("<"),
    "less_equal": _compared("<="),
    "greater": _compared(">"),
    "greater_equal": _compared(">="),
    "equal": _compared("=="),
    "not_equal": _compared("!="),
    "bitwise_and": _logical("and"),
    "logical_and": _logical("and"),
    "bitwise_or": _logical("or"),
    "logical_or": _logical("or"),
    "invert": _pointwise(e.negation),
    "logical_not": _pointwise(e.negation),
}
"""NumPy's functions, by name."""

WRITERS: dict[str, Writer] = {
    "Add": FUNCTIONS["add"],
    "Sub": FUNCTIONS["subtract"],
    "Rsub": _pointwise(lambda x, y: e.subtract(y, x)),
    "AddScaled": _scaled(1),
    "SubScaled": _scaled(-1),
    "Mul": FUNCTIONS["multiply"],
    "Div": FUNCTIONS["divide"],
    "DivByCount": FUNCTIONS["divide"],
    "Neg": FUNCTIONS["negative"],
    "Reciprocal": FUNCTIONS["reciprocal"],
    "PowScalar": _power,
    "PowOfNumber": _power,
    "Pow": _power,
    "Rsqrt": _pointwise(lambda x: e.divide(e.ONE, e.call("sqrt", x))),
    "Deg2Rad": _pointwise(lambda x: e.mul(e.number(math.pi / 180), x)),
    "Conj": FUNCTIONS["conjugate"],
    "ConjPhysical": FUNCTIONS["conjugate"],
    "Masked": _masked,
    "Where": _where,
    "Eq": _compared("=="),
    "Ne": _compared("!="),
    "Lt": _compared("<"),
    "Le": _compared("<="),
    "Gt": _compared(">"),
    "Ge": _compared(">="),
    "BitwiseAnd": _logical("and"),
    "LogicalAnd": _logical("and"),
    "BitwiseOr": _logical("or"),
    "LogicalOr": _logical("or"),
    "BitwiseNot": FUNCTIONS["invert"],
    "LogicalNot": FUNCTIONS["invert"],
    "Sum": _sum,
    "SumDim": _sum,
    "SumToSize": _sum,
    "Mean": _mean,
    "MeanDim": _mean,
    "View": _view,
    "UnsafeView": _view,
    "Squeeze": _view,
    "SqueezeAll": _view,
    "SqueezeSeveral": _view,
    "Unsqueeze": _unsqueeze,
    "Expand": _same,
    "Alias": _same,
    "ToCopy": _same,
    "Clone": _same,
    "Transpose": _transpose,
    "T": _transpose,
    "Permute": _transpose,
    "Mm": _matmul,
    "Bmm": _matmul,
    "RowsMm": _matmul,
    "Matmul": _matmul,
    "Mv": _matmul,
    "MmNT": _pointwise(lambda x, y: e.matmul(x, e.transpose(y))),
    "StackedMmNT": _pointwise(lambda x, y: e.matmul(x, e.transpose(y))),
    "MmTN": _pointwise(lambda x, y: e.matmul(e.transpose(x), y)),
    "VecMat": _vecmat,
    "Dot": _dot,
    "Linear": _linear,
    "StackedLinear": _linear,
    "Addmm": _addmm,
    "Addmv": _addmm,
    "Baddbmm": _addmm,
    "Addr": _addr,
    "Addcmul": _added(e.mul),
    "Addcdiv": _added(e.divide),
    "Lerp": _lerp,
    "LerpTensor": _lerp,
    "Put": _put,
    "MseLoss": _mse,
}
"""Primitives, by class name."""

FORWARD: dict[str, Writer] = {
    "Expand": lambda inputs, *_: (
        inputs[0] if inputs[0].scalar else e.call("expand", inputs[0], scalar=False)
    ),
}
"""Primitives that are written otherwise in a program than in a gradient, where sizes go unsaid."""

HIDDEN: dict[tuple[str, str], Callable[[list[Expr]], Expr]] = {
    ("MseLoss", "diff"): lambda inputs: e.subtract(inputs[0], inputs[1]),
    ("HuberLoss", "diff"): lambda inputs: e.subtract(inputs[0], inputs[1]),
    ("SmoothL1Loss", "diff"): lambda inputs: e.subtract(inputs[0], inputs[1]),
    ("NllLoss", "classes"): lambda inputs: inputs[1],
    ("NllLoss2D", "classes"): lambda inputs: inputs[1],
}
"""Further outputs of primitives that rules read, written in the inputs."""
