"""Trace documents written by hand, for the tests of the page and its layout."""

from typing import Any

Document = dict[str, Any]


def data(text: str, heat: list[list[float]] | None = None) -> Document:
    stats = {"mean": 0.1, "std": 1.0, "min": -2.0, "max": 2.0, "nan": 0} if heat else None
    return {"text": text, "stats": stats, "heat": heat}


def tensor(identity: int, name: str | None, value: str, grad: str | None, **other: Any) -> Document:
    found = {"id": f"t{identity}", "name": name, "shape": [], "dtype": "float32", "leaf": False}
    found |= {"value": data(value), "grad": data(grad) if grad else None}
    return found | {"op": None, "module": None} | other


def math(mathml: str, latex: str, text: str) -> Document:
    return {"mathml": f"<math>{mathml}</math>", "latex": latex, "text": text}


def op(identity: int, symbol: str, inputs: list[int], outputs: list[int], **other: Any) -> Document:
    found = {"id": f"o{identity}", "symbol": symbol, "name": symbol}
    found |= {"inputs": [f"t{i}" for i in inputs], "outputs": [f"t{i}" for i in outputs]}
    found |= {"file": "line.py", "line": 3, "module": None, "locals": []}
    return found | other


def scalar() -> Document:
    """`loss = (x*w - y)**2` at x=2, w=1, y=4."""
    x, twice = math("<mi>x</mi>", "x", "x"), math("<mn>2</mn><mi>d</mi>", "2 d", "2*d")
    one = math("<mn>1</mn>", "1", "1")
    ops = [
        op(1, "×", [1, 2], [4], locals=[{"input": 1, "formula": x, "value": data("2.0")}]),
        op(2, "−", [4, 3], [5], locals=[{"input": 0, "formula": one, "value": data("1.0")}]),
        op(3, "□²", [5], [6], locals=[{"input": 0, "formula": twice, "value": data("-4.0")}]),
    ]
    tensors = [
        tensor(1, "x", "2.0", None, leaf=True),
        tensor(2, "w", "1.0", "-8.0", leaf=True),
        tensor(3, "y", "4.0", None, leaf=True),
        tensor(4, "y_hat", "2.0", "-4.0", op="o1"),
        tensor(5, None, "-2.0", "-4.0", op="o2"),
        tensor(6, "loss", "4.0", "1.0", op="o3"),
    ]
    factor = (
        "<mrow data-node='o3'><mn>-4</mn></mrow><mo>·</mo><mrow data-node='o1'><mn>2</mn></mrow>"
    )
    whole = math(f"{factor}<mo>=</mo><mn>-8</mn>", r"-4 \cdot 2 = -8", "-4 * 2 = -8")
    steps = [{"math": twice, "op": "o3"}, {"math": one, "op": "o2"}, {"math": x, "op": "o1"}]
    derivation = {"tensor": "t2", "math": whole, "steps": steps}
    step = {"index": 0, "loss": 4.0, "tensors": tensors, "ops": ops, "derivations": [derivation]}
    step |= {"forward": ["o1", "o2", "o3"], "backward": ["o3", "o2", "o1"]}
    lines = ["import torch", "x, y = 2.0, 4.0", "loss = (x * w - y) ** 2", "loss.backward()"]
    return {
        "program": "line.py",
        "status": None,
        "source": {"line.py": lines},
        "steps": [step],
        "run": run(),
    }


def run() -> Document:
    """Ten steps of gradient descent on that loss and on one of two parameters."""
    ws, bs = [2 - 0.8**k for k in range(10)], [1 - 0.9**k for k in range(10)]
    grid = [k / 4 for k in range(17)]
    loss = [(2 * w - 4) ** 2 for w in ws]
    bowl = [[(2 * a - 4) ** 2 + 3 * (b - 1) ** 2 for a in grid] for b in grid]
    path = [[w, b, (2 * w - 4) ** 2 + 3 * (b - 1) ** 2] for w, b in zip(ws, bs, strict=True)]
    lines = [{"step": k, "points": [[0, 0], [4, 4 * w]]} for k, w in enumerate(ws)]
    return {
        "loss": loss,
        "lr": [0.05] * 10,
        "grad_norm": {"w": [4 * abs(2 * w - 4) for w in ws], "b": [6 * abs(b - 1) for b in bs]},
        "update_norm": {"w": [0.2 * abs(2 * w - 4) for w in ws]},
        "params": {"w": [[w] for w in ws], "b": [[b, None] for b in bs]},
        "curve": {"name": "w", "x": grid, "loss": [(2 * w - 4) ** 2 for w in grid]}
        | {"path": [[w, (2 * w - 4) ** 2] for w in ws]},
        "surface": {"names": ["w", "b"], "x": grid, "y": grid, "loss": bowl, "path": path},
        "boundary": {
            "names": ["x0", "x1"],
            "x": [0, 1],
            "y": [0, 1],
            "points": [[0, 0, 0], [1, 1, 1]],
            "regions": [{"step": 0, "rows": [[[0, 2]], [[0, 1], [1, 1]]]}],
        },
        "fit": {"names": ["x", "y"], "points": [[1, 2], [2, 4], [3, 6]], "lines": lines},
    }


def network(layers: int = 2) -> Document:
    """Linear layers and activations in modules, with heat maps."""
    heat = [[(3 * i + 5 * j) % 16 / 15 for j in range(16)] for i in range(8)]
    tensors = [tensor(1, "x", "64 × 784 float32", None, leaf=True, shape=[64, 784])]
    tensors[0]["value"] = data("64 × 784 float32", heat)
    ops, count, last = [], 1, 1
    for layer in range(layers):
        module = f"net.{2 * layer}"
        weight, out, active = count + 1, count + 2, count + 3
        tensors += [
            tensor(weight, f"net.{2 * layer}.weight", "", None, shape=[8, 16], module=module)
            | {"value": data("8 × 16 float32", heat), "grad": data("8 × 16 float32", heat[::-1])},
            tensor(out, None, "", None, shape=[64, 8], op=f"o{2 * layer}")
            | {"value": data("64 × 8 float32", heat), "grad": data("64 × 8 float32", heat)},
            tensor(active, f"h{layer}", "0.5", "0.25", shape=[64, 8], op=f"o{2 * layer + 1}"),
        ]
        ops += [
            op(2 * layer, "@", [last, weight], [out], module=module),
            op(2 * layer + 1, "relu", [out], [active], module=f"net.{2 * layer + 1}", line=4),
        ]
        count, last = active, active
    forward = [each["id"] for each in ops]
    step = {"index": 0, "loss": 0.5, "tensors": tensors, "ops": ops, "derivations": []}
    step |= {"forward": forward, "backward": forward[::-1]}
    lines = [f"line {number}" for number in range(9)]
    return {
        "program": "mlp.py",
        "status": None,
        "source": {"line.py": lines},
        "steps": [step, step | {"index": 7, "loss": None}],
        "run": None,
    }


def chain(length: int) -> Document:
    """One operation after the other, without modules."""
    tensors = [tensor(0, "x", "1.0", "1.0", leaf=True)]
    tensors += [tensor(k, None, f"{k}.0", "1.0", op=f"o{k}") for k in range(1, length + 1)]
    ops = [op(k, "+", [k - 1, 0], [k]) for k in range(1, length + 1)]
    order = [each["id"] for each in ops]
    step = {"index": 0, "loss": 1.0, "tensors": tensors, "ops": ops, "derivations": []}
    step |= {"forward": order, "backward": order[::-1]}
    return {"program": "chain.py", "status": None, "source": {}, "steps": [step], "run": None}
