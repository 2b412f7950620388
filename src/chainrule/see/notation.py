"""How formulas are written: one walk that puts parentheses and signs, and plain text.

The notations (here text; LaTeX and MathML in `typeset`) say how each thing looks.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from fractions import Fraction
from itertools import pairwise
from typing import Any, ClassVar

from . import expressions as e
from .expressions import Expr

LOOSE, SUM, PRODUCT, POWER, ATOM = range(5)
"""How tightly a formula holds together: inside of a tighter one it needs parentheses."""


class Notation(ABC):
    """A way of writing formulas down."""

    space: ClassVar[str] = ""

    def show(self, x: Expr) -> str:
        """The formula, written."""
        return self._walk(x)[0]

    def _walk(self, x: Expr) -> tuple[str, int]:
        """The formula as written, and how tightly it holds together."""
        known = getattr(self, f"_{x.head}", None)
        assert known is not None, x.head
        found: tuple[str, int] = known(*x.args)
        return found

    def inside(self, x: Expr, tightness: int) -> str:
        """A formula as a part of another, in parentheses if it needs them."""
        text, own = self._walk(x)
        return text if own >= tightness else self.parentheses(text)

    # What is the same in all notations

    def _number(self, value: Any) -> tuple[str, int]:
        if isinstance(value, Fraction):
            sign = self.sign("-") if value < 0 else ""
            written = self.fraction(digits(abs(value.numerator)), digits(value.denominator))
            return self.row(sign, written), SUM if value < 0 else PRODUCT
        text = digits(value)
        negative = text.startswith("-")
        written = self.digits(text.lstrip("-"))
        return (self.row(self.sign("-"), written), SUM) if negative else (written, ATOM)

    def _name(self, text: str) -> tuple[str, int]:
        return self.name(text), ATOM

    def _unknown(self) -> tuple[str, int]:
        return self.name("constant"), ATOM

    def _add(self, *terms: Expr) -> tuple[str, int]:
        written = [self.inside(terms[0], SUM)]
        for term in terms[1:]:
            factor, _ = e.coefficient(term)
            negative = not isinstance(factor, complex) and factor < 0
            written.append(self.operator("-" if negative else "+"))
            written.append(self.inside(e.negative(term) if negative else term, PRODUCT))
        return self.row(*written), SUM

    def _mul(self, *factors: Expr) -> tuple[str, int]:
        above, below, negative = _fraction(factors)
        top = self._product(above) if above else self.digits("1")
        if below:
            whole = self.quotient(above, below, top)
        else:
            whole = top
        return (self.row(self.sign("-"), whole), SUM) if negative else (whole, PRODUCT)

    def _product(self, factors: list[Expr]) -> str:
        apart = factors[0].head == "matmul" and any(not each.scalar for each in factors[1:])
        written = [self.inside(factors[0], POWER if apart else PRODUCT)]
        for before, factor in pairwise(factors):
            plain = before.scalar or factor.scalar
            written.append(self.times(before, factor) if plain else self.elementwise())
            last = factor is factors[-1] and all(each.scalar for each in factors[:-1])
            loose = last and factor.head == "matmul"
            written.append(self.inside(factor, PRODUCT if loose else POWER))
        return self.row(*written)

    def _matmul(self, a: Expr, b: Expr) -> tuple[str, int]:
        right = self.inside(b, POWER)
        return self.row(self.inside(a, PRODUCT), self.matrix_times(), right), PRODUCT

    def _pow(self, base: Expr, exponent: Expr) -> tuple[str, int]:
        return self.power(self.inside(base, ATOM), exponent), POWER

    def _transpose(self, x: Expr) -> tuple[str, int]:
        return self.transposed(self.inside(x, ATOM)), POWER

    def _compare(self, sign: str, a: Expr, b: Expr) -> tuple[str, int]:
        return self.row(self.inside(a, SUM), self.operator(sign), self.inside(b, SUM)), LOOSE

    def _bracket(self, condition: Expr) -> tuple[str, int]:
        return self.indicator(self.show(condition)), ATOM

    def _call(self, function: str, *args: Any) -> tuple[str, int]:
        if function in ("sum", "mean"):
            return self.folded(function, args[0], args[1])
        if function in ("and", "or"):
            sides = (self.inside(each, SUM) for each in args)
            return self.row(*between(sides, self.word(function))), LOOSE
        if function == "not":
            return self.row(self.word("not"), self.inside(args[0], ATOM)), LOOSE
        if function == "onehot":
            args = args[:1]
        if function in ("log_softmax", "softmax"):
            args = args[:1]
        written = [self.show(a) if isinstance(a, Expr) else self.digits(str(a)) for a in args]
        return self.function(function, written), ATOM

    def _equal(self, *sides: Expr) -> tuple[str, int]:
        return self.row(*between((self.show(side) for side in sides), self.operator("="))), LOOSE

    def _chain(self, *factors: Expr) -> tuple[str, int]:
        first = SUM if factors[0].head == "number" else PRODUCT
        written = [self.inside(factors[0], first)]
        written += [self.inside(factor, PRODUCT) for factor in factors[1:]]
        return self.row(*between(written, self.dot())), PRODUCT

    def _paths(self, *chains: Expr) -> tuple[str, int]:
        written = [self.inside(chains[0], SUM)]
        written += [self.inside(chain, PRODUCT) for chain in chains[1:]]
        return self.row(*between(written, self.operator("+"))), SUM

    def _shaped(self, x: Expr, shape: tuple[int, ...]) -> tuple[str, int]:
        return self.row(self.show(x), self.shape(shape)), LOOSE

    def _gradient(self, of: Expr, by: Expr) -> tuple[str, int]:
        above, below = (
            self.show(each) if each.head == "name" else self.parentheses(self.show(each))
            for each in (of, by)
        )
        return self.derivative(above, below), POWER

    def _local(self, operation: str, by: str) -> tuple[str, int]:
        return self.derivative(self.name(operation), self.name(by)), POWER

    # What differs

    @abstractmethod
    def row(self, *parts: str) -> str: ...
    @abstractmethod
    def parentheses(self, text: str) -> str: ...
    @abstractmethod
    def digits(self, text: str) -> str: ...
    @abstractmethod
    def name(self, text: str) -> str: ...
    @abstractmethod
    def sign(self, sign: str) -> str: ...
    @abstractmethod
    def operator(self, sign: str) -> str: ...
    @abstractmethod
    def word(self, text: str) -> str: ...
    @abstractmethod
    def times(self, before: Expr, after: Expr) -> str: ...
    @abstractmethod
    def elementwise(self) -> str: ...
    @abstractmethod
    def matrix_times(self) -> str: ...
    @abstractmethod
    def dot(self) -> str: ...
    @abstractmethod
    def fraction(self, above: str, below: str) -> str: ...
    @abstractmethod
    def quotient(self, above: list[Expr], below: list[Expr], top: str) -> str: ...
    @abstractmethod
    def power(self, base: str, exponent: Expr) -> str: ...
    @abstractmethod
    def transposed(self, base: str) -> str: ...
    @abstractmethod
    def indicator(self, condition: str) -> str: ...
    @abstractmethod
    def function(self, name: str, args: list[str]) -> str: ...
    @abstractmethod
    def folded(self, how: str, x: Expr, axes: Any) -> tuple[str, int]: ...
    @abstractmethod
    def derivative(self, of: str, by: str) -> str: ...
    @abstractmethod
    def shape(self, shape: tuple[int, ...]) -> str: ...


class Text(Notation):
    """Plain text, in Python's own operators: `2*(y_hat - y)`, `X.T @ g`."""

    def row(self, *parts: str) -> str:
        return "".join(parts)

    def parentheses(self, text: str) -> str:
        return f"({text})"

    def digits(self, text: str) -> str:
        return text

    def name(self, text: str) -> str:
        return text

    def sign(self, sign: str) -> str:
        return sign

    def operator(self, sign: str) -> str:
        return f" {sign} "

    def word(self, text: str) -> str:
        return {"and": " & ", "or": " | ", "not": "~"}[text]

    def times(self, before: Expr, after: Expr) -> str:
        return "*"

    def elementwise(self) -> str:
        return "*"

    def matrix_times(self) -> str:
        return " @ "

    def dot(self) -> str:
        return " * "

    def fraction(self, above: str, below: str) -> str:
        return f"{above}/{below}"

    def quotient(self, above: list[Expr], below: list[Expr], top: str) -> str:
        bottom = self._product(below)
        if len(below) > 1 or self._walk(below[0])[1] < POWER:
            bottom = self.parentheses(bottom)
        return f"{top}/{bottom}"

    def power(self, base: str, exponent: Expr) -> str:
        return f"{base}**{self.inside(exponent, ATOM)}"

    def transposed(self, base: str) -> str:
        return f"{base}.T"

    def indicator(self, condition: str) -> str:
        return f"({condition})"

    def function(self, name: str, args: list[str]) -> str:
        return f"{name}({', '.join(args)})"

    def folded(self, how: str, x: Expr, axes: Any) -> tuple[str, int]:
        args = [self.show(x)] + ([] if axes is None else [axes_text(axes)])
        return self.function(how, args), ATOM

    def derivative(self, of: str, by: str) -> str:
        return f"d{of}/d{by}"

    def _local(self, operation: str, by: str) -> tuple[str, int]:
        return f"∂{operation}/∂{by}", POWER

    def shape(self, shape: tuple[int, ...]) -> str:
        return f"  of shape ({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


TEXT = Text()


def digits(value: Any) -> str:
    """A number for people: six digits, none of them in vain."""
    if isinstance(value, complex):
        return f"({value:.6g})"
    if isinstance(value, int) and abs(value) < 10**9:
        return str(value)
    return f"{value:.6g}"


def parts_of(text: str) -> tuple[str, str, str]:
    """The letter, accent and index in a variable's name.

    >>> parts_of("y_hat"), parts_of("w1"), parts_of("loss")
    (('y', 'hat', ''), ('w', '', '1'), ('loss', '', ''))
    """
    found = re.fullmatch(r"([A-Za-z]+?)(?:_(hat|bar|tilde))?(?:_?(\d+)|_([A-Za-z]+))?", text)
    if found is None:
        return text, "", ""
    base, accent, number, word = found.groups()
    return base, accent or "", number or word or ""


def _fraction(factors: tuple[Expr, ...]) -> tuple[list[Expr], list[Expr], bool]:
    """The factors above and below the line, and whether there is a minus before it."""
    above: list[Expr] = []
    below: list[Expr] = []
    negative = False
    for factor in factors:
        if factor.head == "number" and not isinstance(factor.args[0], complex):
            value = factor.args[0]
            negative = value < 0
            value = abs(value)
            if isinstance(value, Fraction):
                below.append(e.number(value.denominator))
                value = value.numerator
            if value != 1:
                above.append(e.number(value))
        elif factor.head == "pow" and _is_negative(factor.args[1]):
            below.append(e.power(factor.args[0], e.negative(factor.args[1])))
        else:
            above.append(factor)
    return above, below, negative


def _is_negative(exponent: Expr) -> bool:
    value = exponent.args[0] if exponent.head == "number" else 1
    return not isinstance(value, complex) and value < 0


def between(parts: Any, sign: str) -> list[str]:
    """The parts with a sign between each two."""
    joined: list[str] = []
    for part in parts:
        joined += [sign, part] if joined else [part]
    return joined


def axes_text(axes: Any) -> str:
    """Axes as an argument."""
    return ", ".join(map(str, axes)) if len(axes) == 1 else f"({', '.join(map(str, axes))})"
