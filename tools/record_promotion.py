"""Record the dtypes in which PyTorch's operands meet into tests/golden/promotion.json.

Every pair of dtypes, each operand with dimensions or without, and every dtype against Python's
numbers; for addition, division and comparison. Run this with a Python that has torch:
``python tools/record_promotion.py``.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

GOLDEN = Path(__file__).parent.parent / "tests" / "golden" / "promotion.json"
INTEGERS = ("uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64")
FLOATS = ("float16", "bfloat16", "float32", "float64")
DTYPES = ("bool", *INTEGERS, *FLOATS, "complex64", "complex128")
NUMBERS = {"bool": True, "int": 1, "float": 1.0, "complex": 1j}
OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "add": torch.add,
    "div": torch.div,
    "eq": torch.eq,
    "result_type": torch.result_type,
}


def operand(name: str) -> Any:
    """The operand that a name stands for: "int64" has a dimension, "int64()" has none,
    "number int" is a number of Python."""
    if name.startswith("number "):
        return NUMBERS[name.removeprefix("number ")]
    shape = () if name.endswith("()") else (2,)
    return torch.ones(shape, dtype=getattr(torch, name.removesuffix("()")))


def answer(function: Callable[[Any, Any], Any], first: str, second: str) -> str:
    """The dtype of the result, or the type of the error."""
    try:
        result = function(operand(first), operand(second))
    except Exception as error:
        return type(error).__name__
    return str(getattr(result, "dtype", result)).removeprefix("torch.")


def table() -> dict[str, dict[str, dict[str, str]]]:
    """By operation, first operand and second operand."""
    tensors = [f"{name}{rank}" for name in DTYPES for rank in ("", "()")]
    numbers = [f"number {name}" for name in NUMBERS]
    return {
        name: {
            first: {second: answer(function, first, second) for second in (*tensors, *numbers)}
            for first in tensors
        }
        for name, function in OPERATIONS.items()
    }


def main() -> None:
    """Write the table, and which dtype may be stored in which."""
    types = {name: getattr(torch, name) for name in DTYPES}
    cast = {a: [b for b in DTYPES if torch.can_cast(types[a], types[b])] for a in DTYPES}
    GOLDEN.write_text(json.dumps({"can_cast": cast, **table()}, indent=0) + "\n")


if __name__ == "__main__":
    main()
