"""Reductions as they are accumulated: start values, steps, and the type that is precise enough."""

from __future__ import annotations

from . import elementwise
from .loops import BOOL, F32, F64, Block, Const, Expr, is_float

BLOCK = 4096
"""So many float32 terms are summed up in float32, at most; sums of these are added in float64."""


def start(op: str, kind: str) -> Const:
    """The value of a reduction of no elements; for max and min one that every other replaces."""
    if op in ("sum", "any"):
        return Const(False if kind == BOOL else 0, kind)
    if op in ("prod", "all"):
        return Const(True if kind == BOOL else 1, kind)
    low = op == "max"
    if kind == BOOL:
        return Const(not low, BOOL)
    if is_float(kind):
        return Const(float("-inf") if low else float("inf"), kind)
    bits = int(kind[1:])
    if kind[0] == "u":
        return Const(0 if low else (1 << bits) - 1, kind)
    return Const(-(1 << (bits - 1)) if low else (1 << (bits - 1)) - 1, kind)


def step(op: str, block: Block, total: Expr, term: Expr) -> Expr:
    """The total with one more term."""
    if op in ("any", "all"):
        return total | term if op == "any" else total & term
    rules = {
        "sum": elementwise.add,
        "prod": elementwise.multiply,
        "max": elementwise.maximum,
        "min": elementwise.minimum,
    }
    return rules[op](block, total, term)


def precise(op: str, kind: str, count: int) -> str:
    """The type in which `count` terms of a type are accumulated."""
    return F64 if op == "sum" and kind == F32 and count > BLOCK else kind
