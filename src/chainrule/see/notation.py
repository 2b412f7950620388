"""How formulas are printed: as plain text, as LaTeX and as MathML.

One walk over the tree puts parentheses and signs; the three notations say how each thing looks.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from fractions import Fraction
from html import escape
from itertools import pairwise
from typing import Any, ClassVar

from . import expressions as e
from .expressions import Expr

LOOSE, SUM, PRODUCT, POWER, ATOM = range(5)
"""How tightly a formula holds together: inside of a tighter one it needs parentheses."""

LETTERS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ",
    "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ",
    "psi": "ψ", "omega": "ω",
}  # fmt: skip
ACCENTS = {"hat": "^", "bar": "¯", "tilde": "~"}


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
            return self.row(*_between(sides, self.word(function))), LOOSE
        if function == "not":
            return self.row(self.word("not"), self.inside(args[0], ATOM)), LOOSE
        if function == "onehot":
            args = args[:1]
        if function in ("log_softmax", "softmax"):
            args = args[:1]
        written = [self.show(a) if isinstance(a, Expr) else self.digits(str(a)) for a in args]
        return self.function(function, written), ATOM

    def _equal(self, *sides: Expr) -> tuple[str, int]:
        return self.row(*_between((self.show(side) for side in sides), self.operator("="))), LOOSE

    def _chain(self, *factors: Expr) -> tuple[str, int]:
        first = SUM if factors[0].head == "number" else PRODUCT
        written = [self.inside(factors[0], first)]
        written += [self.inside(factor, PRODUCT) for factor in factors[1:]]
        return self.row(*_between(written, self.dot())), PRODUCT

    def _paths(self, *chains: Expr) -> tuple[str, int]:
        written = [self.inside(chains[0], SUM)]
        written += [self.inside(chain, PRODUCT) for chain in chains[1:]]
        return self.row(*_between(written, self.operator("+"))), SUM

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
        args = [self.show(x)] + ([] if axes is None else [_axes(axes)])
        return self.function(how, args), ATOM

    def derivative(self, of: str, by: str) -> str:
        return f"d{of}/d{by}"

    def _local(self, operation: str, by: str) -> tuple[str, int]:
        return f"∂{operation}/∂{by}", POWER

    def shape(self, shape: tuple[int, ...]) -> str:
        return f"  of shape ({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


class Latex(Notation):
    """LaTeX, of which Matplotlib's mathtext understands every word."""

    SIGNS: ClassVar = {"<=": r"\leq", ">=": r"\geq", "!=": r"\neq", "==": "="}

    def row(self, *parts: str) -> str:
        return "".join(parts)

    def parentheses(self, text: str) -> str:
        return rf"\left({text}\right)"

    def digits(self, text: str) -> str:
        mantissa, _, exponent = text.partition("e")
        if exponent and "inf" not in text:
            return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
        return {"inf": r"\infty", "nan": r"\mathrm{NaN}"}.get(text, text.replace("_", r"\_"))

    def name(self, text: str) -> str:
        base, accent, index = parts_of(text)
        if base == "ones":
            return r"\mathbf{1}"
        written = (
            rf"\{base}" if base in LETTERS else base if len(base) == 1 else self._upright(base)
        )
        written = rf"\{accent}{{{written}}}" if accent else written
        if not index:
            return written
        return f"{written}_{{{index if len(index) == 1 else self._upright(index)}}}"

    def _upright(self, text: str) -> str:
        escaped = re.sub(r"([_#%&{}$])", r"\\\1", text)
        return rf"\mathrm{{{escaped}}}"

    def sign(self, sign: str) -> str:
        return sign

    def operator(self, sign: str) -> str:
        return f" {self.SIGNS.get(sign, sign)} "

    def word(self, text: str) -> str:
        return {"and": r" \wedge ", "or": r" \vee ", "not": r"\neg "}[text]

    def times(self, before: Expr, after: Expr) -> str:
        return r" \cdot " if e.is_number(after) else r" \, "

    def elementwise(self) -> str:
        return r" \odot "

    def matrix_times(self) -> str:
        return r" \, "

    def dot(self) -> str:
        return r" \cdot "

    def fraction(self, above: str, below: str) -> str:
        return rf"\frac{{{above}}}{{{below}}}"

    def quotient(self, above: list[Expr], below: list[Expr], top: str) -> str:
        if len(above) == 1:
            top = self.show(above[0])
        return self.fraction(top, self.show(below[0]) if len(below) == 1 else self._product(below))

    def power(self, base: str, exponent: Expr) -> str:
        return f"{{{base}}}^{{{self.show(exponent)}}}"

    def transposed(self, base: str) -> str:
        return rf"{{{base}}}^{{\top}}"

    def indicator(self, condition: str) -> str:
        return rf"\left[{condition}\right]"

    def function(self, name: str, args: list[str]) -> str:
        if name == "sqrt":
            return rf"\sqrt{{{args[0]}}}"
        if name == "exp":
            return f"e^{{{args[0]}}}"
        if name == "abs":
            return rf"\left|{args[0]}\right|"
        written = {"sigmoid": r"\sigma"}.get(name, self._upright(name))
        return written + self.parentheses(", ".join(args))

    def folded(self, how: str, x: Expr, axes: Any) -> tuple[str, int]:
        below = "" if axes is None else rf"_{{\mathrm{{axis}}\,{_axes(axes)}}}"
        if how == "sum":
            return rf"\sum{below} {self.inside(x, PRODUCT)}", SUM
        return rf"\mathrm{{mean}}{below}" + self.parentheses(self.show(x)), ATOM

    def derivative(self, of: str, by: str) -> str:
        return rf"\frac{{\partial {of}}}{{\partial {by}}}"

    def shape(self, shape: tuple[int, ...]) -> str:
        sizes = r" \times ".join(map(str, shape))
        return rf" \in \mathbb{{R}}^{{{sizes}}}"


class MathML(Notation):
    """MathML, the part of it that all browsers show."""

    SIGNS: ClassVar = {"<=": "≤", ">=": "≥", "!=": "≠", "==": "=", "-": "−", "<": "&lt;"}

    def row(self, *parts: str) -> str:
        kept = [part for part in parts if part]
        return kept[0] if len(kept) == 1 else f"<mrow>{''.join(kept)}</mrow>"

    def _op(self, sign: str) -> str:
        return f"<mo>{self.SIGNS.get(sign, escape(sign))}</mo>"

    def parentheses(self, text: str) -> str:
        return self.row(self._op("("), text, self._op(")"))

    def digits(self, text: str) -> str:
        mantissa, _, exponent = text.partition("e")
        if exponent:
            ten = f"<msup><mn>10</mn><mn>{int(exponent)}</mn></msup>"
            return self.row(f"<mn>{mantissa}</mn>", self._op("·"), ten)
        return f"<mn>{escape({'inf': '∞', 'nan': 'NaN'}.get(text, text))}</mn>"

    def name(self, text: str) -> str:
        base, accent, index = parts_of(text)
        if base == "ones":
            return '<mn mathvariant="bold">1</mn>'
        written = f"<mi>{LETTERS.get(base, escape(base))}</mi>"
        if accent:
            written = f'<mover accent="true">{written}{self._op(ACCENTS[accent])}</mover>'
        if not index:
            return written
        tag = "mn" if index.isdigit() else "mi"
        return f"<msub>{written}<{tag}>{escape(index)}</{tag}></msub>"

    def sign(self, sign: str) -> str:
        return self._op(sign)

    def operator(self, sign: str) -> str:
        return self._op(sign)

    def word(self, text: str) -> str:
        return self._op({"and": "∧", "or": "∨", "not": "¬"}[text])

    def times(self, before: Expr, after: Expr) -> str:
        return self._op("·" if e.is_number(after) else "\u2062")

    def elementwise(self) -> str:
        return self._op("⊙")

    def matrix_times(self) -> str:
        return self._op("\u2062")

    def dot(self) -> str:
        return self._op("·")

    def fraction(self, above: str, below: str) -> str:
        if not above.startswith("<"):
            above, below = self.digits(above), self.digits(below)
        return f"<mfrac>{above}{below}</mfrac>"

    def quotient(self, above: list[Expr], below: list[Expr], top: str) -> str:
        if len(above) == 1:
            top = self.show(above[0])
        return self.fraction(top, self.show(below[0]) if len(below) == 1 else self._product(below))

    def power(self, base: str, exponent: Expr) -> str:
        return f"<msup>{base}{self.show(exponent)}</msup>"

    def transposed(self, base: str) -> str:
        return f"<msup>{base}<mo>⊤</mo></msup>"

    def indicator(self, condition: str) -> str:
        return self.row(self._op("["), condition, self._op("]"))

    def function(self, name: str, args: list[str]) -> str:
        if name == "sqrt":
            return f"<msqrt>{args[0]}</msqrt>"
        if name == "exp":
            return f"<msup><mi>e</mi>{args[0]}</msup>"
        if name == "abs":
            return self.row(self._op("|"), args[0], self._op("|"))
        written = {"sigmoid": "σ"}.get(name, escape(name))
        inner = self.row(*_between(args, self._op(",")))
        return self.row(f"<mi>{written}</mi>", self._op("\u2061"), self.parentheses(inner))

    def folded(self, how: str, x: Expr, axes: Any) -> tuple[str, int]:
        sign = self._op("∑") if how == "sum" else "<mi>mean</mi>"
        if axes is not None:
            sign = f"<munder>{sign}<mtext>axis {_axes(axes)}</mtext></munder>"
        if how == "sum":
            return self.row(sign, self.inside(x, PRODUCT)), SUM
        return self.row(sign, self.parentheses(self.show(x))), ATOM

    def derivative(self, of: str, by: str) -> str:
        d = "<mo>∂</mo>"
        return f"<mfrac>{self.row(d, of)}{self.row(d, by)}</mfrac>"

    def shape(self, shape: tuple[int, ...]) -> str:
        sizes = self.row(*_between((self.digits(str(n)) for n in shape), self._op("×")))
        return self.row(self._op("∈"), f"<msup><mi>ℝ</mi>{sizes}</msup>")


TEXT, LATEX, MATHML = Text(), Latex(), MathML()


def written(x: Expr) -> dict[str, str]:
    """A formula in the three notations: `{"mathml", "latex", "text"}`.

    >>> written(e.power(e.name("x"), e.number(2)))["latex"]
    '{x}^{2}'
    """
    return {
        "mathml": f'<math xmlns="http://www.w3.org/1998/Math/MathML">{MATHML.show(x)}</math>',
        "latex": LATEX.show(x),
        "text": TEXT.show(x),
    }


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
    return exponent.head == "number" and exponent.args[0] < 0


def _between(parts: Any, sign: str) -> list[str]:
    joined: list[str] = []
    for part in parts:
        joined += [sign, part] if joined else [part]
    return joined


def _axes(axes: Any) -> str:
    return ", ".join(map(str, axes)) if len(axes) == 1 else f"({', '.join(map(str, axes))})"
