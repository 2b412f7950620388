"""Formulas as they are set in print: in LaTeX and in MathML."""

from __future__ import annotations

import re
from html import escape
from typing import Any, ClassVar

from . import expressions as e
from .expressions import Expr
from .notation import ATOM, PRODUCT, SUM, TEXT, Notation, axes_text, between, parts_of

LETTERS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ",
    "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ",
    "psi": "ψ", "omega": "ω",
}  # fmt: skip
ACCENTS = {"hat": "^", "bar": "¯", "tilde": "~"}


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
        below = "" if axes is None else rf"_{{\mathrm{{axis}}\,{axes_text(axes)}}}"
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
    THIN: ClassVar = '<mspace width="0.17em"></mspace>'

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
        return self._op("·") if e.is_number(after) else self.THIN

    def elementwise(self) -> str:
        return self._op("⊙")

    def matrix_times(self) -> str:
        return self.THIN

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
        return f'<msup>{base}<mi mathvariant="normal">T</mi></msup>'

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
        inner = self.row(*between(args, self._op(",")))
        return self.row(f"<mi>{written}</mi>", self._op("\u2061"), self.parentheses(inner))

    def folded(self, how: str, x: Expr, axes: Any) -> tuple[str, int]:
        sign = self._op("∑") if how == "sum" else "<mi>mean</mi>"
        if axes is not None:
            sign = f"<munder>{sign}<mtext>axis {axes_text(axes)}</mtext></munder>"
        if how == "sum":
            return self.row(sign, self.inside(x, PRODUCT)), SUM
        return self.row(sign, self.parentheses(self.show(x))), ATOM

    def derivative(self, of: str, by: str) -> str:
        d = "<mo>∂</mo>"
        return f"<mfrac>{self.row(d, of)}{self.row(d, by)}</mfrac>"

    def shape(self, shape: tuple[int, ...]) -> str:
        sizes = self.row(*between((self.digits(str(n)) for n in shape), self._op("×")))
        return self.row(self._op("∈"), f"<msup><mi>ℝ</mi>{sizes}</msup>")


LATEX, MATHML = Latex(), MathML()


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
