"""Einstein's summation, made of permutations, sums and matrix products."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

from ..core import dtype as dtypes
from ..core.tensor import unwrap
from ..errors import hint
from .matmul import conversion, matmul
from .permute import permute
from .reduce import sum
from .shape import reshape
from .slicing import diagonal

if TYPE_CHECKING:
    from ..tensor import Tensor

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def einsum(*args: Any) -> Tensor:
    """Sums of products over named axes: einsum("ij,jk->ik", a, b) is a @ b.

    An axis whose letter is missing on the right is summed over; without `->` the letters that
    occur once are kept, in alphabetical order. `...` stands for axes without a name. The equation
    may also be given as lists of numbers: einsum(a, [0, 1], b, [1, 2], [0, 2]). Products are taken
    from left to right.

    >>> x = tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> einsum("ij->j", x), einsum("ii", x)
    (tensor([4., 6.]), tensor(5.))
    """
    equation, operands = _arguments(args)
    ranks = tuple([unwrap(x).ndim for x in operands])
    terms, result_labels = _parsed(equation, ranks)
    _check_sizes(operands, terms)
    parts = [_without_repeats(x, labels) for x, labels in zip(operands, terms, strict=True)]
    x, labels = parts[0]
    for i, (y, others) in enumerate(parts[1:], 1):
        later = {label for _, more in parts[i + 1 :] for label in more}
        x, labels = _pair(x, labels, y, others, later | set(result_labels))
    x, labels = _summed(x, labels, set(result_labels))
    if labels != result_labels:
        x = permute(x, tuple([labels.index(label) for label in result_labels]))
    return x


def _arguments(args: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """The equation and the operands, from either way of giving them."""
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, "
            "or at least one operand and its subscripts list"
        )
    if isinstance(args[0], str):
        several = len(args) == 2 and isinstance(args[1], (list, tuple))
        return args[0].replace(" ", ""), list(args[1] if several else args[1:])
    operands, lists = list(args[: len(args) // 2 * 2 : 2]), args[1::2]
    equation = ",".join([_letters(each) for each in lists])
    return (f"{equation}->{_letters(args[-1])}" if len(args) % 2 else equation), operands


def _letters(labels: Any) -> str:
    return "".join(["..." if label is Ellipsis else LETTERS[label] for label in labels])


@lru_cache(maxsize=256)
def _parsed(equation: str, ranks: tuple[int, ...]) -> tuple[list[list[str]], list[str]]:
    """Labels of the operands' axes and of the result's; those of an ellipsis are ".1", ".0"."""
    left, arrow, right = equation.partition("->")
    texts = left.split(",")
    if len(texts) != len(ranks):
        few = "fewer" if len(texts) > len(ranks) else "more"
        raise RuntimeError(f"einsum(): {few} operands were provided than specified in the equation")
    terms, start = [], 0
    for place, (text, rank) in enumerate(zip(texts, ranks, strict=True)):
        terms.append(_labels(text, start, rank, place))
        start += len(text) + 1
    every = [label for labels in terms for label in labels]
    unnamed = sorted({label for label in every if label[0] == "."}, key=lambda s: -int(s[1:]))
    if not arrow:
        named = sorted(label for label in set(every) - set(unnamed) if every.count(label) == 1)
        return terms, unnamed + named
    out = _labels(right, len(left) + 2, None, None, unnamed)
    for label in out:
        if out.count(label) > 1:
            raise RuntimeError(
                f"einsum(): output subscript {label} appears more than once in the output"
            )
        if label not in every:
            raise RuntimeError(
                f"einsum(): output subscript {label} does not appear in the equation for any "
                "input operand"
            )
    return terms, out


def _labels(
    text: str, start: int, rank: int | None, place: int | None, unnamed: list[str] | None = None
) -> list[str]:
    """The labels of one operand's axes, or of the result's."""
    head, dots, tail = text.partition("...")
    where = "the output" if place is None else f"operand {place}"
    for offset, letter in enumerate(head + " " * len(dots) + tail):
        if letter == ".":
            raise RuntimeError(f"einsum(): found '.' for {where} that is not part of any ellipsis")
        if letter not in LETTERS + " ":
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {start + offset} in the equation "
                "string, subscripts must be in [a-zA-Z]"
            )
    if rank is None:
        return [*head, *(unnamed or []), *tail] if dots else [*head]
    named = len(head) + len(tail)
    if named > rank or (named < rank and not dots):
        least = "is more than" if dots else "does not match"
        raise RuntimeError(
            f"einsum(): the number of subscripts in the equation ({named}) {least} the number of "
            f"dimensions ({rank}) for operand {place}"
            + ("" if dots else " and no ellipsis was given")
        )
    return [*head, *[f".{i}" for i in reversed(range(rank - named))], *tail]


def _check_sizes(operands: list[Any], terms: list[list[str]]) -> None:
    """Axes of one name must have one size, or size 1."""
    seen: dict[str, int] = {}
    for place, (x, labels) in enumerate(zip(operands, terms, strict=True)):
        for label, n in zip(labels, unwrap(x).shape, strict=True):
            known = seen.get(label, 1)
            if n != known and 1 not in (n, known):
                raise RuntimeError(
                    hint(
                        f"einsum(): subscript {label} has size {n} for operand {place} which does "
                        f"not broadcast with previously seen size {known}",
                        f"the shapes are {[tuple(unwrap(x).shape) for x in operands]}",
                    )
                )
            seen[label] = max(n, known) if known != 1 else n


def _without_repeats(x: Any, labels: list[str]) -> tuple[Any, list[str]]:
    """The diagonal over axes of the same name."""
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            x = diagonal(x, 0, first, second)  # which becomes the last axis
            labels = [each for i, each in enumerate(labels) if i not in (first, second)] + [label]
    return x, labels


def _pair(x: Any, xs: list[str], y: Any, ys: list[str], keep: set[str]) -> tuple[Any, list[str]]:
    """The product of two operands, summed over the names that are not needed any more."""
    x, xs = _without_ones(x, xs, y, ys)
    y, ys = _without_ones(y, ys, x, xs)
    x, xs = _summed(x, xs, keep | set(ys))
    y, ys = _summed(y, ys, keep | set(xs))
    both = [label for label in xs if label in ys]
    stack = [label for label in both if label in keep]
    inner = [label for label in both if label not in keep]
    rows = [label for label in xs if label not in ys]
    cols = [label for label in ys if label not in xs]
    a, b = _laid_out(x, xs, stack + rows + inner), _laid_out(y, ys, stack + inner + cols)
    sizes = dict(zip(xs + ys, unwrap(x).shape + unwrap(y).shape, strict=True))
    if not inner:
        shape = [sizes[label] for label in stack + rows] + [1] * len(cols)
        other = [sizes[label] for label in stack] + [1] * len(rows) + [sizes[c] for c in cols]
        return reshape(a, tuple(shape)) * reshape(b, tuple(other)), stack + rows + cols
    n, k, m = (prod([sizes[label] for label in group]) for group in (rows, inner, cols))
    batch = [prod([sizes[label] for label in stack])] if stack else []
    _check_dtypes(unwrap(a), unwrap(b))
    product = matmul(reshape(a, (*batch, n, k)), reshape(b, (*batch, k, m)))
    labels = stack + rows + cols
    return reshape(product, tuple([sizes[label] for label in labels])), labels


def _check_dtypes(a: Any, b: Any) -> None:
    one, two = dtypes.of_array(a), dtypes.of_array(b)
    if one is not two:
        raise RuntimeError(
            hint(f"expected scalar type {one.short} but found {two.short}", conversion(one, two))
        )


def _without_ones(x: Any, xs: list[str], y: Any, ys: list[str]) -> tuple[Any, list[str]]:
    """x without axes of size 1 that are broadcast to an axis of y."""
    shape, other = unwrap(x).shape, dict(zip(ys, unwrap(y).shape, strict=True))
    kept = [i for i, label in enumerate(xs) if shape[i] != 1 or other.get(label, 1) == 1]
    if len(kept) == len(xs):
        return x, xs
    return reshape(x, tuple([shape[i] for i in kept])), [xs[i] for i in kept]


def _summed(x: Any, labels: list[str], keep: set[str]) -> tuple[Any, list[str]]:
    """The sum over the axes whose names are not kept."""
    axes = [i for i, label in enumerate(labels) if label not in keep]
    if not axes:
        return x, labels
    return sum(x, axes), [label for label in labels if label in keep]


def _laid_out(x: Any, labels: list[str], order: list[str]) -> Any:
    if labels == order:
        return x
    return permute(x, tuple([labels.index(label) for label in order]))
