"""Record what PyTorch prints for many tensors into tests/golden/printing.json.

A case describes its tensor as data (see `build`), with the print options and the suffixes; run
this with a Python that has torch: ``python tools/record_printing.py [--seed N] [--random N]``.
"""

import argparse
import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

GOLDEN = Path(__file__).parent.parent / "tests" / "golden" / "printing.json"
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FLOATS = ("float16", "bfloat16", "float32", "float64")
COMPLEX = ("complex64", "complex128")
EVERY = ("bool", *INTEGERS, *FLOATS, *COMPLEX)
NAN, INF = float("nan"), float("inf")

Case = dict[str, Any]


def build(case: Case) -> np.ndarray:
    """The values of a case in NumPy, wide enough for every dtype but not yet of its dtype.

    ``values`` lists the numbers (a pair is a complex one); ``random`` draws them: a seed, the
    lowest and highest power of ten, how many decimals they keep and the odds of special values.
    """
    shape = case["shape"]
    size = int(np.prod(shape))
    if "values" in case:
        values = np.array([complex(*v) if isinstance(v, list) else v for v in case["values"]])
        return np.resize(values, shape) if size else np.empty(shape)
    draw = case["random"]
    stream = np.random.RandomState(draw["seed"])  # its stream never changes between versions
    if case["dtype"] in ("bool", *INTEGERS):
        low, high = draw["low"], draw["high"]
        return stream.randint(low, high + 1, size=size, dtype=np.int64).reshape(shape)
    parts = 2 if case["dtype"] in COMPLEX else 1
    numbers = stream.uniform(-1, 1, (size, parts))
    numbers *= 10.0 ** stream.uniform(draw["low"], draw["high"], (size, parts))
    if draw["decimals"] is not None:
        numbers = np.round(numbers, draw["decimals"])
    if draw["positive"]:
        numbers = np.abs(numbers)
    special = stream.choice([NAN, INF, -INF, 0.0, -0.0], (size, parts))
    numbers = np.where(stream.uniform(size=(size, parts)) < draw["special"], special, numbers)
    return numbers.view(np.complex128 if parts == 2 else np.float64).reshape(shape)


def of(values: list[Any], dtype: str = "float32", shape: Any = None, **rest: Any) -> Case:
    """The case that lists its values, repeated to fill the shape."""
    shape = [len(values)] if shape is None else shape
    return {"values": values, "dtype": dtype, "shape": shape, **rest}


def dtype_cases() -> Iterator[Case]:
    """Every dtype in small shapes, empty ones, summarised ones, at its limits, as the default."""
    small = [[], [1], [0], [0, 3], [2, 0, 1], [30], [2, 3], [2, 2, 2], [1, 2, 1, 2]]
    for dtype, shape in product(EVERY, small):
        yield of([1, 0, 1, 1, 0], dtype, shape)
    for shape in ([1001], [40, 40], [7, 150], [3, 400], [8, 9, 20], [1, 1, 1, 1200], [7, 1, 7, 30]):
        yield of([1, -25, 3], "int64", shape)
        yield of([0.5, -25, 3, NAN], "float64", shape)
        yield of([[0.5, -2], [3, 1e5]], "complex64", shape)
    for dtype in INTEGERS:
        yield of([int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)], dtype)
    for dtype in FLOATS:
        limits = {"float16": (65504.0, 6e-8), "float64": (1.7e308, 5e-324)}
        biggest, smallest = limits.get(dtype, (3e38, 1e-38))
        for values in ([biggest], [smallest], [biggest, smallest], [-biggest, 0.0], [0.1, 1 / 3]):
            yield of(values, dtype)
            yield of(values, dtype, options={"precision": 20})
    for default, dtype, size in product(FLOATS, EVERY, (2, 0)):
        yield of([1], dtype, [size], default_dtype=default)


def notation_cases() -> Iterator[Case]:
    """Values around the switches of notation, and those that are not ordinary numbers."""
    switches = (
        [[a, b] for a in (1.0, 1.5) for b in (999.5, 1000.0, 1000.5, 1001.0, 1500.0, 1501.0, 2e4)]
        + [[a, b] for a in (1e8, 1e8 + 8, 99999999.0, 123456.5) for b in (1e6, 12345678.0)]
        + [[1e-4], [9.9999e-5], [1.1e-4, 0.1], [1e-4, 0.1001], [1e-5, 1.0], [1e5, 1.5], [1e9, 1]]
        + [[1e8], [1e8 + 8], [1e8, 1e7], [-1e9], [2.0**40, 2.0**41], [1e20, 1e-20], [1e-45, 1]]
    )
    specials = [[NAN], [INF, 1, 2], [-INF, NAN], [NAN, 1e10], [0.0, -0.0], [-0.0, 1.5], [-0.0, 3]]
    specials += [[-1.5, INF, -INF, NAN, 100.25], [0.0, -0.0, NAN, INF], [-0.0, 1e-9], [0.0] * 20]
    for values in switches + specials:
        yield of(values, "float64")
        for sci_mode in (True, False):
            yield of(values, options={"sci_mode": sci_mode})
    nasty = [0.0, -0.0, 1.5, -2.0, NAN, INF, -INF, 1e10]
    for re, im in product(nasty, nasty):
        yield of([[re, im], [1, 2.25]], "complex128")


def layout_cases() -> Iterator[Case]:
    """Odd options, and suffixes that cross the line width."""
    for values, edgeitems, threshold in product(([2.0], [1, 1.5]), (0, 1, 2, 5), (0, 5, 1000)):
        for shape in ([], [1], [12], [4, 4], [3, 11], [2, 2, 1000]):
            options = {"edgeitems": edgeitems, "threshold": threshold}
            yield of(values, shape=shape, options=options)
    for linewidth, precision in product((-5, 0, 10, 40, 79, 120), (0, 1, 8)):
        options = {"linewidth": linewidth, "precision": precision}
        yield of([1.5, -2.25, 1e3], shape=[15], options=options, requires_grad=True)
        yield of([[1.5, -2.25], [1e6, 1]], "complex64", [2, 9], options=options)
    for profile in ("default", "short", "full"):
        yield of([1.2345, 2], shape=[1002], options={"profile": profile})
    for count in range(10, 30):
        yield of([1.0], "float64", [count], requires_grad=True)
        yield of([1.0], "float32", [count], grad_fn=True)
        yield of([1.25], "float64", [2, count], grad_fn=True)


def random_cases(seed: int, count: int) -> list[Case]:
    """Tensors of random dtype, shape, magnitudes, memory order and options."""
    stream = np.random.RandomState(seed)

    def pick(options: Any) -> Any:
        return options[stream.randint(len(options))]

    cases = []
    for number in range(count):
        dtype = pick(("bool", *INTEGERS, *FLOATS * 4, *COMPLEX * 3))
        shape = [pick((0, 1, 2, 3, 5, 7, 11, 23)) for _ in range(pick((0, 1, 1, 2, 2, 3, 4, 5)))]
        if np.prod(shape) > 400:
            shape = [*shape[:1], pick((50, 1001))]
        low = float(pick((-40, -8, -4, -3, -1, 0, 0, 0, 2, 7)))
        draw = {
            "seed": seed * 100_000 + number,
            "low": low,
            "high": low + pick((0, 1, 2, 4, 9, 60)),
        }
        draw |= {"decimals": pick((None, None, 0, 0, 1, 4)), "positive": bool(pick((0, 1)))}
        draw["special"] = pick((0, 0, 0, 0.1, 0.6, 1))
        if dtype in INTEGERS:
            bits = pick((3, 7, np.iinfo(dtype).bits - 1))
            draw |= {"low": 0 if dtype[0] == "u" else -(2 ** min(bits, 62)), "high": 2**bits - 1}
        elif dtype == "bool":
            draw |= {"low": 0, "high": 1}
        case = {"random": draw, "dtype": dtype, "shape": shape}
        options = {
            "precision": pick((None, None, None, 0, 1, 2, 6, 10, 17)),
            "threshold": pick((None, None, None, 0, 10, 100)),
            "edgeitems": pick((None, None, None, 0, 1, 2, 5)),
            "linewidth": pick((None, None, None, 20, 50, 81, 132)),
            "sci_mode": pick((None, None, None, True, False)),
        }
        case["options"] = {name: v for name, v in options.items() if v is not None}
        case["order"] = pick(("plain", "plain", "transposed", "strided"))
        case[pick(("requires_grad", "grad_fn", "nothing"))] = dtype in FLOATS + COMPLEX
        cases.append({name: value for name, value in case.items() if value not in ({}, False)})
    return cases


def arrange(array: Any, order: str) -> Any:
    """The same elements laid out otherwise in memory; works on arrays and tensors."""
    if order == "transposed" and array.ndim:
        return array.swapaxes(0, -1)
    if order == "strided" and array.ndim:
        return array[..., ::2]
    return array


def record(case: Case) -> str:
    """What PyTorch prints for the case."""
    import torch

    dtype = getattr(torch, case["dtype"])
    near = {"bfloat16": "float32"}.get(case["dtype"], case["dtype"])
    with np.errstate(all="ignore"):
        tensor = torch.from_numpy(build(case).astype(near)).to(dtype)
    tensor = arrange(tensor, case.get("order", "plain"))
    torch.set_default_dtype(getattr(torch, case.get("default_dtype", "float32")))
    if case.get("requires_grad"):
        tensor = tensor.detach().requires_grad_(True)
    if case.get("grad_fn"):
        tensor = tensor.detach().requires_grad_(True).clone()
    try:
        with torch._tensor_str.printoptions(**case.get("options", {})):
            return repr(tensor)
    finally:
        torch.set_default_dtype(torch.float32)


def main() -> None:
    """Write the golden file."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--random", type=int, default=300, help="how many random cases")
    parser.add_argument("--out", type=Path, default=GOLDEN)
    options = parser.parse_args()
    cases = [*dtype_cases(), *notation_cases(), *layout_cases()]
    cases += random_cases(options.seed, options.random)
    lines = [json.dumps({**case, "printed": record(case)}) for case in cases]
    options.out.write_text("[\n" + ",\n".join(lines) + "\n]\n")
    print(f"{len(lines)} cases, {options.out.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
