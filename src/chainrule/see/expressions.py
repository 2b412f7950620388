"""Formulas: immutable trees of names, numbers and operations, simplified as they are built.

Knows how to compute with formulas, not how they are printed and not what an operation of the
library is.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy


@dataclass(frozen=True)
class Expr:
    """A formula: what stands at its root, and its parts.

    `scalar` says that it is one number, so that a product with it needs no sign for "element by
    element".

    >>> add(name("x"), name("x"))
    2*x
    """

    head: str
    args: tuple[Any, ...]
    scalar: bool = True

    def __repr__(self) -> str:
        from .notation import TEXT

        return TEXT.show(self)

    def parts(self) -> Iterable[Expr]:
        """The formulas that this one is made of."""
        return (each for each in self.args if isinstance(each, Expr))


def number(value: Any) -> Expr:
    """A number; a whole one, or a fraction where that is what was meant, is exact."""
    return Expr("number", (_exact(value),))


def decimal(value: Any) -> Expr:
    """A number that was computed: whole or decimal, never a fraction."""
    exact = _exact(value)
    return Expr("number", (float(exact) if isinstance(exact, Fraction) else exact,))


def _exact(value: Any) -> Any:
    if isinstance(value, (numpy.bool_, bool, int, Fraction)):
        return int(value) if not isinstance(value, Fraction) else _whole(value)
    if isinstance(value, (complex, numpy.complexfloating)):
        return complex(value)
    plain = float(value)
    if not math.isfinite(plain):
        return plain
    if plain == int(plain) and abs(plain) < 2**53:
        return int(plain)
    near = Fraction(plain).limit_denominator(1024)
    kind = type(value) if isinstance(value, numpy.floating) else float
    short = len(f"{plain:.6g}") < 6 and near.denominator not in (2, 4, 8, 16)
    return near if near and kind(near) == value and not short else plain


def _whole(value: Fraction) -> Any:
    return int(value) if value.denominator == 1 else value


ZERO, ONE = number(0), number(1)


def name(text: str, scalar: bool = True) -> Expr:
    """A variable."""
    return Expr("name", (text,), scalar)


def is_number(x: Expr, value: Any = None) -> bool:
    """Whether this is a number (a particular one)."""
    return x.head == "number" and (value is None or x.args[0] == value)


def coefficient(x: Expr) -> tuple[Any, Expr]:
    """A formula as a number times the rest."""
    if x.head == "number":
        return x.args[0], ONE
    if x.head == "mul" and x.args[0].head == "number":
        rest = x.args[1:]
        return x.args[0].args[0], rest[0] if len(rest) == 1 else replace(x, args=rest)
    return 1, x


def add(*terms: Expr) -> Expr:
    """The sum; like terms are collected, and a factor common to all is taken out."""
    if len(set(terms)) == 1:
        return mul(number(len(terms)), terms[0]) if len(terms) > 1 else terms[0]
    found: dict[Expr, Any] = {}
    for term in terms:
        outer, inner = coefficient(term)
        for part in inner.args if inner.head == "add" and outer in (1, -1) else (inner,):
            factor, rest = coefficient(part)
            found[rest] = _whole_sum(found.get(rest, 0), outer * factor)
    kept = [(factor, rest) for rest, factor in found.items() if factor != 0]
    if not kept:
        return ZERO
    common = abs(kept[0][0])
    if len(kept) == 1 or common == 1 or any(abs(factor) != common for factor, _ in kept):
        common = 1
    parts = [mul(number(_quotient(factor, common)), rest) for factor, rest in kept]
    if len(parts) == 1:
        return parts[0]
    parts.sort(key=_is_negative)  # a sum begins with what is added, not with what is taken away
    total = Expr("add", tuple(parts), all(part.scalar for part in parts))
    return total if common == 1 else mul(number(common), total)


def _whole_sum(a: Any, b: Any) -> Any:
    total = a + b
    return _whole(total) if isinstance(total, Fraction) else total


def _quotient(a: Any, b: Any) -> Any:
    exact = isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction))
    return Fraction(a) / b if exact else a / b


def _is_negative(term: Expr) -> bool:
    factor = coefficient(term)[0]
    return not isinstance(factor, complex) and factor < 0


def subtract(a: Expr, b: Expr) -> Expr:
    """a - b."""
    return add(a, negative(b))


def negative(x: Expr) -> Expr:
    """-x."""
    return mul(number(-1), x)


def mul(*factors: Expr) -> Expr:
    """The product, element by element; numbers come first, powers of one base are collected."""
    value: Any = 1
    powers: dict[Expr, Expr] = {}
    stack = list(reversed(factors))
    while stack:
        factor = stack.pop()
        if factor.head == "number":
            value = value * factor.args[0]
        elif factor.head == "mul":
            stack.extend(reversed(factor.args))
        else:
            base, exponent = factor.args if factor.head == "pow" else (factor, ONE)
            powers[base] = add(powers[base], exponent) if base in powers else exponent
    if value == 0:
        return ZERO
    parts = [power(base, exponent) for base, exponent in powers.items()]
    if any(part.head in ("number", "mul") for part in parts):
        return mul(number(value), *parts)
    if value != 1 or not parts:
        parts.insert(0, number(value))
    if len(parts) == 1:
        return parts[0]
    return Expr("mul", tuple(parts), all(part.scalar for part in parts))


def divide(a: Expr, b: Expr) -> Expr:
    """a / b."""
    return mul(a, power(b, number(-1)))


def power(base: Expr, exponent: Expr) -> Expr:
    """base to the exponent."""
    if is_number(exponent, 0) or is_number(base, 1):
        return ONE
    if is_number(exponent, 1):
        return base
    if base.head == exponent.head == "number":
        return _power_of_numbers(base, exponent)
    if exponent.head == "number" and isinstance(exponent.args[0], int):
        if base.head == "mul":
            return mul(*(power(factor, exponent) for factor in base.args))
        if base.head == "pow" and base.args[1].head == "number":
            return power(base.args[0], mul(base.args[1], exponent))
    return Expr("pow", (base, exponent), base.scalar and exponent.scalar)


def _power_of_numbers(base: Expr, exponent: Expr) -> Expr:
    b, e = base.args[0], exponent.args[0]
    if b == 0 and not isinstance(e, complex) and e < 0:
        return number(math.inf)
    if isinstance(b, (int, Fraction)) and isinstance(e, int) and abs(e) < 16:
        return number(Fraction(b) ** e)
    try:
        return number(float(b) ** float(e))
    except (TypeError, ValueError, OverflowError):
        return Expr("pow", (base, exponent))


def matmul(a: Expr, b: Expr) -> Expr:
    """The product of matrices; numbers among the factors come before it."""
    if is_number(a, 0) or is_number(b, 0):
        return ZERO
    (m, a), (n, b) = coefficient(a), coefficient(b)
    a, b = (ONES if each == ONE else each for each in (a, b))
    return mul(number(m * n), Expr("matmul", (a, b), False))


ONES = name("ones", False)
"""A vector or matrix of ones: what a number stands for beside a matrix."""


def transpose(x: Expr) -> Expr:
    """xᵀ."""
    if x.scalar:
        return x
    if x.head == "transpose":
        inner: Expr = x.args[0]
        return inner
    if x.head == "matmul":
        return matmul(transpose(x.args[1]), transpose(x.args[0]))
    factor, rest = coefficient(x)
    if factor != 1:
        return mul(number(factor), transpose(rest))
    return Expr("transpose", (x,), False)


def call(function: str, *args: Any, scalar: bool | None = None) -> Expr:
    """A function of formulas (and of numbers that say how)."""
    first = args[0] if args else None
    known = _KNOWN.get(function)
    found = known(first) if known is not None and isinstance(first, Expr) else None
    if found is not None:
        return found
    if scalar is None:
        scalar = all(each.scalar for each in args if isinstance(each, Expr))
    return Expr("call", (function, *args), scalar)


def _exp(x: Expr) -> Expr | None:
    if is_number(x, 0):
        return ONE
    if x.head == "call" and x.args[0] == "log_softmax":
        return Expr("call", ("softmax", *x.args[1:]), x.scalar)
    return _inverse("log")(x)


def _inverse(function: str) -> Callable[[Expr], Expr | None]:
    return lambda x: x.args[1] if x.head == "call" and x.args[0] == function else None


_KNOWN: dict[str, Callable[[Expr], Expr | None]] = {
    "exp": _exp,
    "log": lambda x: ZERO if is_number(x, 1) else _inverse("exp")(x),
    "conj": lambda x: x if x.head == "number" else None,
}


def compare(sign: str, a: Expr, b: Expr) -> Expr:
    """A comparison, true or false."""
    if sign == "!=" and is_number(b, 0) and a.head == "call" and a.args[0] == "relu":
        sign, a = ">", a.args[1]
    return Expr("compare", (sign, a, b), a.scalar and b.scalar)


_OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}


def negation(x: Expr) -> Expr:
    """Not x."""
    if x.head == "number":
        return number(not x.args[0])
    if x.head == "compare":
        return replace(x, args=(_OPPOSITE[x.args[0]], *x.args[1:]))
    return Expr("call", ("not", x), x.scalar)


def bracket(condition: Expr) -> Expr:
    """1 where the condition holds, elsewhere 0 (Iverson's bracket)."""
    if condition.head == "number":
        return ONE if condition.args[0] else ZERO
    return Expr("bracket", (condition,), condition.scalar)


def gradient(of: Expr, by: Expr) -> Expr:
    """The derivative of one thing with respect to another, as a symbol."""
    return Expr("gradient", (of, by), by.scalar and of.scalar)


def equal(*sides: Expr) -> Expr:
    """An equation; of neighbouring sides that look the same, one is left."""
    kept: list[Expr] = []
    for side in sides:
        if not kept or repr(side) != repr(kept[-1]):
            kept.append(side)
    return kept[0] if len(kept) == 1 else Expr("equal", tuple(kept))


def chain(*factors: Expr) -> Expr:
    """A product whose factors stay apart: the chain rule."""
    return factors[0] if len(factors) == 1 else Expr("chain", factors)


def paths(*chains: Expr) -> Expr:
    """A sum whose terms stay apart: one for each path."""
    return chains[0] if len(chains) == 1 else Expr("paths", chains)


def shaped(x: Expr, shape: tuple[int, ...]) -> Expr:
    """A formula with the shape of its value."""
    return Expr("shaped", (x, tuple(shape)), False)


def local(operation: str, by: str) -> Expr:
    """The derivative of an operation that has no formula here, as a symbol."""
    return Expr("local", (operation, by), True)


def size(x: Expr) -> int:
    """How many names, numbers and symbols a formula shows."""
    if x.head == "gradient":
        return 1
    return max(1, sum(size(part) for part in x.parts()))


def contains(x: Expr, head: str) -> bool:
    """Whether something of this kind is in a formula."""
    return x.head == head or any(contains(part, head) for part in x.parts())


def mentions(x: Expr, part: Expr) -> bool:
    """Whether a formula has another inside."""
    return x == part or any(mentions(each, part) for each in x.parts())


def from_source(text: str, scalar: bool = True) -> Expr:
    """The formula that a piece of the user's program spells; its text as a name if it is none.

    >>> from_source("x**2 + 1")
    x**2 + 1
    """
    try:
        return _from_tree(ast.parse(text, mode="eval").body, scalar)
    except (SyntaxError, ValueError):
        return name(text, scalar)


_OPERATORS: dict[type, Callable[[Expr, Expr], Expr]] = {
    ast.Add: add, ast.Sub: subtract, ast.Mult: mul, ast.Div: divide,
    ast.Pow: power, ast.MatMult: matmul,
}  # fmt: skip


def _from_tree(tree: ast.expr, scalar: bool) -> Expr:
    if isinstance(tree, ast.BinOp) and type(tree.op) in _OPERATORS:
        a, b = _from_tree(tree.left, scalar), _from_tree(tree.right, scalar)
        return _OPERATORS[type(tree.op)](a, b)
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        return negative(_from_tree(tree.operand, scalar))
    if isinstance(tree, ast.Constant) and isinstance(tree.value, (int, float)):
        return number(tree.value)
    return name(ast.unparse(tree), scalar)
