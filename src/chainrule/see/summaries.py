"""The layers of a model: output shapes, parameters, multiply-adds and the memory of a step.

Runs the model once on the input it is given and puts back what that changed: buffers, random state.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any

from ..autograd.grad_mode import enable_grad, no_grad
from ..core.primitive import Primitive
from ..core.tensor import TensorBase, plain
from ..errors import hint
from ..nn.modules.module import Module
from ..ops.conv import Convolution, ConvolutionTranspose
from ..ops.linear import Addr
from ..ops.matmul import MmTN, Product
from ..random import get_rng_state, set_rng_state
from ..watch import Watcher, watching

HEADINGS = ("layer", "type", "output", "parameters", "multiply-adds")
UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


@dataclass
class Layer:
    """One line of a summary; parameters and multiply-adds are its own, not its children's."""

    name: str
    type: str
    depth: int
    parameters: int = 0
    output: Any = None  # shape, or shapes; None if the layer was not called
    calls: int = 0
    multiply_adds: int = 0

    def cells(self) -> tuple[str, ...]:
        """The texts of the columns."""
        kind = f"{self.type} ×{self.calls}" if self.calls > 1 else self.type
        output = "not called" if self.calls == 0 else str(self.output)
        return self.name, kind, output, f"{self.parameters:,}", f"{self.multiply_adds:,}"


@dataclass
class Summary:
    """What `summary` found. `str` is a table, and a notebook shows it as HTML."""

    layers: list[Layer]
    trainable: int
    memory: dict[str, int] = field(default_factory=dict)  # bytes by purpose

    @property
    def parameters(self) -> int:
        """The number of parameters, each counted once."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def multiply_adds(self) -> int:
        """The number of multiply-adds of products and convolutions in one forward pass."""
        return sum(layer.multiply_adds for layer in self.layers)

    def _rows(self) -> list[tuple[str, ...]]:
        total = ("total", "", "", f"{self.parameters:,}", f"{self.multiply_adds:,}")
        return [*(layer.cells() for layer in self.layers), total]

    def _notes(self) -> list[str]:
        frozen = self.parameters - self.trainable
        kept = ", ".join(f"{name} {in_units(size)}" for name, size in self.memory.items())
        return [f"trainable {self.trainable:,}, frozen {frozen:,}", f"memory: {kept}"]

    def __str__(self) -> str:
        indents = [2 * layer.depth for layer in self.layers]
        rows = [HEADINGS, *self._rows()]
        rows = [
            (" " * indent + row[0], *row[1:])
            for indent, row in zip([0, *indents, 0], rows, strict=True)
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = []
        for row in rows:
            words = [cell.ljust(width) for cell, width in zip(row[:3], widths[:3], strict=True)]
            words += [cell.rjust(width) for cell, width in zip(row[3:], widths[3:], strict=True)]
            lines.append("  ".join(words))
        rule = "─" * len(lines[0])
        return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1], *self._notes()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        indents = [layer.depth for layer in self.layers] + [0]
        head = "".join(f'<th style="text-align:left">{name}</th>' for name in HEADINGS)
        body = []
        for indent, row in zip(indents, self._rows(), strict=True):
            styles = [f"text-align:left;padding-left:{1 + 1.5 * indent}em"]
            styles += ["text-align:left"] * 2 + ["text-align:right"] * 2
            cells = (
                f'<td style="{style}">{escape(cell)}</td>'
                for style, cell in zip(styles, row, strict=True)
            )
            body.append(f"<tr>{''.join(cells)}</tr>")
        notes = "<br>".join(self._notes())
        return f"<table><tr>{head}</tr>{''.join(body)}</table><p>{notes}</p>"


def summary(model: Module, *inputs: Any) -> Summary:
    """The layers that a model runs on these inputs, with shapes, parameters and costs.

    Parameters shared by several layers count for the first. Multiply-adds are those of matrix
    products and convolutions, counted for the layer in which they run. "kept for backward" is what
    the graph holds beside parameters and inputs. The model runs in the mode it is in.

    Raises TypeError if `model` is no Module, and whatever the model raises on these inputs.

    >>> from chainrule import nn
    >>> net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    >>> summary(net, torch.ones(16, 4))
    layer       type        output   parameters  multiply-adds
    ──────────────────────────────────────────────────────────
    Sequential  Sequential  (16, 2)           0              0
      0         Linear      (16, 8)          40            512
      1         ReLU        (16, 8)           0              0
      2         Linear      (16, 2)          18            256
    ──────────────────────────────────────────────────────────
    total                                    58            768
    trainable 58, frozen 0
    memory: parameters 232 B, gradients 232 B, buffers 0 B, kept for backward 512 B
    """
    if not isinstance(model, Module):
        message = f"summary() needs a Module, not {type(model).__name__}"
        raise TypeError(hint(message, "of a function draw the graph: see.draw(loss)"))
    watcher = Costs(model)
    with unchanged(model), enable_grad():
        given = [_differentiable(value) for value in inputs]
        with watching(watcher):
            model(*given)
    watcher.count_parameters(model)
    parameters = list(model.parameters())
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    known = {id(_root(tensor._data)) for tensor in (*parameters, *model.buffers())}
    known |= {id(_root(value._data)) for value in given if isinstance(value, TensorBase)}
    memory = {
        "parameters": _size_of(parameters),
        "gradients": _size_of(trained),
        "buffers": _size_of(list(model.buffers())),
        "kept for backward": kept(watcher.nodes, known),
    }
    return Summary(list(watcher.layers.values()), sum(p.numel() for p in trained), memory)


class Costs(Watcher):
    """Notes which layer runs, what it returns and what its operations cost."""

    def __init__(self, model: Module) -> None:
        self.layers: dict[Module, Layer] = {}
        self.running: list[Layer] = []
        self.nodes: list[Primitive] = []
        for path, module in model.named_modules():
            name = path.rpartition(".")[2] or type(module).__name__
            depth = path.count(".") + 1 if path else 0
            self.layers[module] = Layer(name, type(module).__name__, depth)

    def count_parameters(self, model: Module) -> None:
        """Class and parameters of each layer; after the run, which makes those of lazy layers."""
        seen: set[int] = set()
        for module in model.modules():
            own = [p for p in module.parameters(recurse=False) if id(p) not in seen]
            seen.update(map(id, own))
            if module in self.layers:
                self.layers[module].type = type(module).__name__
                self.layers[module].parameters = sum(p.numel() for p in own)

    def entered(self, module: Any, args: tuple[Any, ...]) -> None:
        layer = self.layers.get(module) or Layer("", type(module).__name__, 0)
        layer.calls += 1
        self.running.append(layer)

    def left(self, module: Any, args: tuple[Any, ...], result: Any) -> None:
        self.running.pop().output = shapes(result)

    def recorded(self, node: Any, inputs: Any, results: Any) -> None:
        self.nodes.append(node)
        if self.running:
            self.running[-1].multiply_adds += multiply_adds(node, inputs, results)


def multiply_adds(node: Any, inputs: Any, results: Any) -> int:
    """How many products of two numbers a matrix product or convolution adds up; else 0."""
    if not isinstance(node, Product | Convolution | ConvolutionTranspose):
        return 0
    size = {
        name: tuple(plain(given).shape)
        for name, given in zip(type(node).inputs, inputs, strict=True)
        if hasattr(plain(given), "shape")
    }
    out: int = results[0].numel()
    if isinstance(node, Convolution):
        return out * _product(size["weight"][1:])
    if isinstance(node, ConvolutionTranspose):
        return _product(size["x"]) * _product(size["weight"][1:])
    if isinstance(node, Addr):
        return out
    return out * size["x"][-2 if isinstance(node, MmTN) else -1]


def kept(nodes: list[Primitive], known: set[int]) -> int:
    """Bytes of the arrays that nodes saved, each memory once, without those known by id."""
    arrays: dict[int, Any] = {}
    for node in nodes:
        for name in type(node).saves:
            saved = getattr(node, name, None)
            for array in saved if isinstance(saved, list | tuple) else (saved,):
                if hasattr(array, "nbytes"):
                    root = _root(array)
                    arrays[id(root)] = root
    return sum(int(root.nbytes) for key, root in arrays.items() if key not in known)


@contextmanager
def unchanged(model: Module) -> Iterator[None]:
    """Put back the buffers and the random state that a run changes."""
    before = [(buffer, buffer.clone()) for buffer in model.buffers() if _has_data(buffer)]
    state = get_rng_state()
    try:
        yield
    finally:
        set_rng_state(state)
        with no_grad():
            for buffer, value in before:
                buffer.copy_(value)


def shapes(result: Any) -> Any:
    """Shapes in place of the tensors of a result."""
    if isinstance(result, TensorBase):
        return tuple(result._data.shape)
    if isinstance(result, dict):
        return {key: shapes(value) for key, value in result.items()}
    if isinstance(result, list | tuple):
        return [shapes(value) for value in result]
    return type(result).__name__


def in_units(size: int) -> str:
    """Bytes in the largest unit that leaves at least one.

    >>> in_units(2048)
    '2.0 KiB'
    """
    value, unit = float(size), 0
    while value >= 1024 and unit < len(UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.1f} {UNITS[unit]}" if unit else f"{size} B"


def _differentiable(given: Any) -> Any:
    """A copy of a tensor from which on all is recorded, also in a frozen model."""
    if not isinstance(given, TensorBase):
        return given
    tensor: Any = given
    copy = tensor.detach().clone()
    return copy.requires_grad_().view_as(copy) if copy.is_floating_point() else copy


def _has_data(tensor: Any) -> bool:
    return getattr(tensor, "_data", None) is not None


def _size_of(tensors: list[Any]) -> int:
    return sum(int(tensor._data.nbytes) for tensor in tensors)


def _root(array: Any) -> Any:
    """The array that owns the memory of a view."""
    while getattr(array, "base", None) is not None:
        array = array.base
    return array


def _product(numbers: tuple[int, ...]) -> int:
    result = 1
    for number in numbers:
        result *= number
    return result
