"""The trace document: what was recorded, as a dictionary of what JSON knows.

It is what a page shows and what other programs may read; the numbers in it are the program's.
"""

from __future__ import annotations

import linecache
import os
from collections.abc import Callable, Iterable
from typing import Any

import numpy

from .derivation import Derivations, local_formula
from .landscape import landscape
from .recording import Operation, Quantity, Recorder, Step
from .replica import Replica
from .values import Snapshot, describe, short

POINTS = 2000
"""A history has at most so many points; of a longer one every second, third ... is shown."""
OPERATIONS = 20000
"""Operations of one step that are shown, the newest ones."""

SYMBOLS = {
    "Add": "+",
    "AddScaled": "+",
    "Sub": "−",
    "SubScaled": "−",
    "Rsub": "−",
    "Neg": "−",
    "Mul": "×",
    "Div": "÷",
    "Pow": "xʸ",
    "PowOfNumber": "aˣ",
    "Sqrt": "√",
    "Abs": "|x|",
    "Sum": "Σ",
    "SumDim": "Σ",
    "Prod": "Π",
    "ProdDim": "Π",
    "Exp": "eˣ",
    "T": "ᵀ",
    "Transpose": "ᵀ",
    "Matmul": "@",
    "Mm": "@",
    "MmNT": "@",
    "MmTN": "@",
    "RowsMm": "@",
    "Bmm": "@",
    "Mv": "@",
    "VecMat": "@",
    "Dot": "·",
    "Linear": "xWᵀ+b",
    "StackedLinear": "xWᵀ+b",
    "Addmm": "A+BC",
}
POWERS = str.maketrans("0123456789-.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻·")


def symbol(operation: Operation) -> str:
    """How an operation is written in one or two characters; its name where there is no sign."""
    name = operation.kind.__name__
    if name == "PowScalar" and operation.saved is not None:
        return "x" + f"{operation.saved.exponent:g}".translate(POWERS)
    return SYMBOLS.get(name, name.removesuffix("Backward").lower())


class Writer:
    """Writes one step: gives ids to tensors and operations, and describes them."""

    def __init__(self, step: Step, files: Files) -> None:
        self.step = step
        self.files = files
        self.operations = step.operations[-OPERATIONS:]
        self.ids: dict[int, str] = {}
        self.tensors: list[Quantity] = []
        self.modules: dict[int, str | None] = {}
        for number, operation in enumerate(self.operations):
            self.ids[id(operation)] = f"o{number}"
        for operation in self.operations:
            for quantity in operation.inputs:
                self._meet(quantity, operation)
            for index, quantity in enumerate(operation.outputs):
                if index == 0 or quantity.grad is not None:
                    self._meet(quantity, operation)
        for quantity in step.leaves.values():
            self._meet(quantity, None)
        self.replica = Replica(step)

    def _meet(self, quantity: Quantity | None, operation: Operation | None) -> None:
        if quantity is not None and id(quantity) not in self.ids:
            self.ids[id(quantity)] = f"t{len(self.tensors)}"
            self.tensors.append(quantity)
            self.modules[id(quantity)] = operation.module if operation is not None else None

    def written(self) -> dict[str, Any]:
        """The step of the document."""
        operations = [self.operation(each) for each in self.operations]
        return {
            "index": self.step.index,
            "loss": self.step.loss,
            "tensors": [self.tensor(each) for each in self.tensors],
            "ops": operations,
            "forward": [each["id"] for each in operations],
            "backward": [self.ids[id(o)] for o in self.step.backward if id(o) in self.ids],
            "derivations": list(self.derivations()),
        }

    def tensor(self, quantity: Quantity) -> dict[str, Any]:
        """A tensor of the document."""
        value, made_by = quantity.value, quantity.operation
        return {
            "id": self.ids[id(quantity)],
            "name": quantity.name,
            "shape": list(value.shape) if value is not None else None,
            "dtype": str(value.dtype) if value is not None else None,
            "leaf": made_by is None,
            "requires_grad": id(quantity.tensor) in self.step.leaves or made_by is not None,
            "value": _data(value),
            "grad": _data(quantity.grad),
            "op": self.ids.get(id(made_by)),
            "module": self.modules[id(quantity)],
        }

    def operation(self, operation: Operation) -> dict[str, Any]:
        """An operation of the document."""
        inputs, outputs = operation.inputs, operation.outputs
        return {
            "id": self.ids[id(operation)],
            "symbol": symbol(operation),
            "name": operation.kind.__name__,
            "inputs": [None if q is None else self.ids[id(q)] for q in inputs],
            "outputs": [self.ids[id(q)] for q in outputs if id(q) in self.ids],
            "file": self.files.key(operation.file),
            "line": operation.line,
            "module": operation.module,
            "locals": list(self.local_derivatives(operation)),
        }

    def local_derivatives(self, operation: Operation) -> Iterable[dict[str, Any]]:
        """The derivative of an operation by each input that a gradient goes to."""
        node = operation.saved
        if node is None:
            return
        for index, source in enumerate(node.sources[: len(operation.inputs)]):
            if source is not None:
                formula = self.formula(operation, index)
                yield {"input": index, "formula": formula, "value": local_value(operation, index)}

    def formula(self, operation: Operation, index: int) -> dict[str, str] | None:
        """The derivative of an operation by one of its inputs, as one writes it."""
        arrived = [q.grad.array if q.grad is not None else None for q in operation.outputs]
        grad = arrived if operation.kind.several else arrived[0]
        names = self.replica.names
        return _tried(local_formula, operation.saved, index, names, grad)

    def derivations(self) -> Iterable[dict[str, Any]]:
        """The chain rule written out for each leaf that a gradient arrived at."""
        replica = self.replica
        if replica.root is None:
            return
        whole = _tried(Derivations, replica.root, replica.names, replica.values)
        for quantity in self.tensors:
            leaf = replica.leaves.get(id(quantity))
            if whole is not None and leaf is not None and quantity.grad is not None:
                found = _tried(whole.of, leaf)
                if found is not None:
                    steps = [each | {"op": self.made_by(each["op"])} for each in found["steps"]]
                    yield {"tensor": self.ids[id(quantity)], **found, "steps": steps}

    def made_by(self, node: int) -> str | None:
        """The operation that the node with this `id` is of."""
        return self.ids.get(id(self.replica.operations.get(node)))


def _data(value: Snapshot | None) -> dict[str, Any] | None:
    return None if value is None else value.describe()


def local_value(operation: Operation, index: int) -> dict[str, Any] | None:
    """The number (or, element by element, numbers) that an incoming gradient is multiplied by.

    It is the operation's rule, run on a gradient of ones; None where the rule mixes elements.
    """
    node, output = operation.saved, operation.outputs[0].value
    if output is None or output.array is None or operation.kind.variadic:
        return None
    if operation.kind.kind != "pointwise" and output.array.size != 1:
        return None
    ones = numpy.ones(output.shape, output.dtype)
    rule = operation.kind.rules[index]
    grads = [ones] + [None] * (len(operation.outputs) - 1)
    try:
        with numpy.errstate(all="ignore"):
            found = rule(node, *grads) if rule is not None else None
    except Exception:  # a rule that needs what was not kept
        return None
    return None if found is None else describe(numpy.asarray(found))


def _tried(write: Callable[..., Any], *args: Any) -> Any:
    """A formula, or None where there is none for this operation."""
    try:
        with numpy.errstate(all="ignore"):
            return write(*args)
    except Exception:  # a derivation is an addition; the values stand without it
        return None


class Files:
    """The program's files by the short names that the document uses."""

    def __init__(self, program: str) -> None:
        self.names: dict[str, str] = {}
        self.program = program

    def key(self, path: str | None) -> str | None:
        """The short name of a file: its last part, with its folder if two are the same."""
        if path is None:
            return None
        if path not in self.names:
            short_name = os.path.basename(path) or path
            if short_name in self.names.values():
                short_name = os.path.join(os.path.basename(os.path.dirname(path)), short_name)
            self.names[path] = short_name if short_name not in self.names.values() else path
        return self.names[path]

    def source(self) -> dict[str, list[str]]:
        """The lines of every file that was named."""
        texts = {name: linecache.getlines(path) for path, name in self.names.items()}
        return {name: [line.rstrip("\n") for line in lines] for name, lines in texts.items()}


def document(
    recorder: Recorder, program: str, status: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The document of a recording. `status` says how the program ended, None if it simply did.

    >>> document(Recorder(), "empty.py")["status"]["message"]
    'no backward pass: nothing was differentiated'
    """
    files = Files(program)
    if os.path.isfile(program):
        files.key(os.path.abspath(program))
    steps = [recorder.steps[index] for index in sorted(recorder.steps)]
    writers = [Writer(step, files) for step in steps]
    written = [writer.written() for writer in writers]
    status = status or note(recorder)
    if status is not None:
        status = {"file": None, "line": None, "op": None, **status}
        status["file"] = files.key(status["file"])
        failed = id(recorder.failed)
        status["op"] = next((w.ids[failed] for w in writers if failed in w.ids), None)
    return {
        "program": os.path.basename(program) or program,
        "status": status,
        "source": files.source(),
        "steps": written,
        "run": run(recorder),
    }


def note(recorder: Recorder) -> dict[str, Any] | None:
    """What a person should know first of a program that ended as it should."""
    losses = recorder.history.loss
    if not losses:
        message = "no backward pass: nothing was differentiated"
        return {"type": "note", "message": message}
    first = next((i for i, v in enumerate(losses) if v is not None and not numpy.isfinite(v)), None)
    if first is None:
        return None
    return {"type": "note", "message": f"the loss is {losses[first]} in step {first}"}


def run(recorder: Recorder) -> dict[str, Any]:
    """The history of all steps, and the landscape of the loss around it."""
    history = recorder.history
    stride = -(-(len(history.loss) + 1) // POINTS)

    def thin(values: list[Any]) -> list[Any]:
        return [_rounded(value) for value in values[::stride]]

    series = {
        name: {key: thin(values) for key, values in getattr(history, name).items()}
        for name in ("grad_norm", "update_norm", "params")
    }
    loss, lr = thin(history.loss), thin(history.lr)
    return {"stride": stride, "loss": loss, "lr": lr, **series, **landscape(recorder)}


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    if value is None or not numpy.isfinite(value):
        return value
    return short(value)
